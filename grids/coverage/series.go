package coverage

import (
	"time"

	"gridward/grids/coverage/policy"
)

// DayCount is one day of a question's period.
type DayCount struct {
	Day policy.Day
	Met int // obligations that were met on it, for the first time
}

// Series is how coverage grew: by day of the question's period, what was met on
// each, and what is due in all. What was met on days outside, in a half-year
// around a month, is counted before.
type Series struct {
	Due, Before int
	Days        []DayCount // up to today or the period's end
}

// Series counts the query's obligations by the days on which they were met.
func (b *Book) Series(q Query, now time.Time) Series {
	v := b.view(q, now)
	end := min(q.Period.End, v.from.Today+1)
	out := Series{}
	for d := q.Period.First; d < end; d++ {
		out.Days = append(out.Days, DayCount{Day: d})
	}
	v.eachLeaf(func(b *board, l *leaf, _ *policy.Duty, r *Rollup) {
		out.Due += r.Due()
		if q.State != NotDue && q.State != Met {
			return
		}
		for i, n := range l.metOn {
			if day := b.key.period.First + policy.Day(i); day < q.Period.First {
				out.Before += int(n)
			} else if at := int(day - q.Period.First); at < len(out.Days) {
				out.Days[at].Met += int(n)
			}
		}
	})
	return out
}

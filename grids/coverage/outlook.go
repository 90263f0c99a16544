package coverage

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/forecast"
	"gridward/grids/coverage/policy"
)

// Outlook is what is to be expected of a unit's period, with its figures.
type Outlook struct {
	Unit string
	Due  int
	Met  int
	forecast.Outlook
	Band []forecast.Span // of one unit asked for by name
}

// pastPeriods is how many periods before the running one a forecast looks at:
// as many as people stay the same.
const pastPeriods = 6

// Outlooks says what is to be expected of the units of a breakdown in the
// query's period, for the duties of one class with periods of that kind. A
// forecast compares units with each other, so the asker's scope only says whose
// are given. only: the one unit whose band is wanted; empty: none.
func (b *Book) Outlooks(q Query, by By, only string, now time.Time) []Outlook {
	sees := q.Sees
	q.Sees, q.Unit = nil, ""
	courses, passed := b.courses(q, by, now)
	units := make([]forecast.History, 0, len(courses))
	for unit, list := range courses {
		units = append(units, forecast.History{Unit: unit, Past: list[:len(list)-1], Now: list[len(list)-1]})
	}
	slices.SortFunc(units, func(a, b forecast.History) int { return cmp.Compare(a.Unit, b.Unit) })
	m := forecast.Fit(units, passed)
	var out []Outlook
	for _, u := range units {
		if u.Now.Due == 0 || (only != "" && u.Unit != only) || (sees != nil && !sees(u.Unit, u.Unit, u.Unit)) {
			continue
		}
		o := Outlook{Unit: u.Unit, Due: u.Now.Due, Met: u.Now.Met(), Outlook: m.Of(u)}
		if only != "" {
			o.Band = m.Band(u)
		}
		out = append(out, o)
	}
	return out
}

// courses are, by unit, how the query's period and those before it went, the
// oldest first, and how many days of the period have passed.
func (b *Book) courses(q Query, by By, now time.Time) (map[string][]forecast.Course, float64) {
	periods := []policy.Period{q.Period}
	for range pastPeriods {
		before := periods[0].Previous()
		if s := b.now.Load(); s.rules.For(before, q.Known) < 0 || before.First < s.since {
			break
		}
		periods = slices.Insert(periods, 0, before)
	}
	out := map[string][]forecast.Course{}
	var passed float64
	for n, p := range periods {
		asked := q
		asked.Period, asked.State = p, NotDue
		v := b.view(asked, now)
		opens, _ := p.Bounds(v.rules[v.holds()].Zone())
		passed = min(float64(p.Days()), max(0, moment(q, now).Sub(opens).Hours()/24))
		v.eachLeaf(func(b *board, l *leaf, d *policy.Duty, r *Rollup) {
			key := by.key(b, &l.leafKey, d)
			if b.key.period != p || key == "" {
				return
			}
			list := out[key]
			for len(list) <= n {
				list = append(list, forecast.NewCourse(periods[len(list)].Days()))
			}
			c := &list[n]
			c.Due += r.Due()
			for day, met := range l.metOn {
				c.MetOn[day] += met
			}
			out[key] = list
		})
	}
	// Periods before anybody reported anything say nothing of anybody.
	silent := len(periods) - 1
	for key, list := range out {
		for len(list) < len(periods) {
			list = append(list, forecast.NewCourse(periods[len(list)].Days()))
		}
		out[key] = list
		silent = min(silent, slices.IndexFunc(append(list, forecast.Course{Due: 1, MetOn: []int32{1}}), func(c forecast.Course) bool { return c.Met() > 0 }))
	}
	for key, list := range out {
		list = list[silent:]
		for len(list) > 1 && list[0].Due == 0 {
			list = list[1:]
		}
		out[key] = list
	}
	return out, passed
}

// moment is the moment up to which a question looks at what had happened.
func moment(q Query, now time.Time) time.Time {
	switch {
	case !q.Until.IsZero():
		return q.Until
	case !q.Known.IsZero():
		return q.Known
	}
	return now
}

// Missed is an open obligation with the chance that it will be missed.
type Missed struct {
	Item
	forecast.Risk
}

// LikelyMissed lists the query's open obligations by the chance that they will
// be missed, at most limit.
func (b *Book) LikelyMissed(q Query, limit int, now time.Time) []Missed {
	wide := q
	wide.Sees, wide.Unit, wide.Holder, wide.TownLevel, wide.Grid, wide.Category = nil, "", "", "", "", ""
	miss := map[string]float64{}
	for _, o := range b.Outlooks(wide, ByHolder, "", now) {
		if o.Known {
			miss[o.Unit] = o.Miss
		}
	}
	open, items := b.openOf(q, now)
	var before []forecast.Before
	past := wide
	past.Period = q.Period.Previous()
	// The same day of the period before, so that a day's questions share its judgements.
	zone := b.Policy().Zone()
	gone := min(policy.DayAt(moment(q, now), zone)-q.Period.First, policy.Day(past.Period.Days()))
	past.Until = (past.Period.First + gone).Begins(zone)
	was, _ := b.openOf(past, now)
	end := past
	end.Until = q.Period.First.Begins(zone)
	v := b.view(end, now)
	for _, o := range was {
		before = append(before, forecast.Before{Unit: o.Unit, Traits: o.Traits, MissedThen: v.unmet(o.Place, past.Period)})
	}
	var out []Missed
	for _, r := range forecast.Rank(open, before, miss) {
		if len(out) == limit {
			break
		}
		out = append(out, Missed{items[r.Place](), r})
	}
	return out
}

// unmet reports whether a place has an obligation of a period that was not met.
func (v *view) unmet(id uuid.UUID, p policy.Period) bool {
	i, ok := v.at[id]
	if !ok {
		return false
	}
	for n, b := range v.boards {
		for k := b.first[i]; b.key.period == p && k < b.first[i+1]; k++ {
			if j := b.items.at(int(k)); j.state != NotDue && j.state != Met && j.state != Excused && v.wants(n, j.leaf) {
				return true
			}
		}
	}
	return false
}

// openOf are the query's open obligations of its own period with what tells
// whether they will be missed; one a place.
func (b *Book) openOf(q Query, now time.Time) ([]forecast.Open, map[uuid.UUID]func() Item) {
	v := b.view(q, now)
	before := q
	before.Period = q.Period.Previous()
	past := b.view(before, now)
	var out []forecast.Open
	items := map[uuid.UUID]func() Item{}
	v.each(0, func(i, n int, b *board, j *judgement) bool {
		if b.key.period != q.Period || j.state == Met || j.state == Excused {
			return true
		}
		id := v.places.at(i).ID
		if items[id] != nil {
			return true
		}
		duty := int(j.duty)
		items[id] = func() Item { return v.item(i, b, duty) }
		l := b.leaves.at(int(j.leaf))
		t := forecast.Traits{Attempted: j.triedOn != none, SinceDays: int(j.gap)}
		if past.unmet(id, before.Period) {
			t.Missed = 1
		}
		out = append(out, forecast.Open{Place: id, Unit: l.spot.holder(b.term.policy.Duties[j.duty].Body), Traits: t})
		return true
	})
	return out, items
}

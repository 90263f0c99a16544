package coverage

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Due is an obligation that waits for a visit, with what makes it urgent.
type Due struct {
	Item
	Urgency   float64    // greater is more urgent; see [Book.DueList]
	DaysLeft  int        // until the last day; negative when that has passed
	LastVisit time.Time  // the last visit that was done, whatever its list; zero: none is known
	DaysSince int        // since then; -1: none is known
	From      policy.Day // the first day on which a visit counts: the spacing may ask to wait
	Hazards   int        // open hazards at the place
	Worst     int16      // the gravest of them, 1 to 4
}

// HazardsAt are a place's open hazards.
type HazardsAt struct {
	Open  int
	Worst int16
}

// DueList lists the query's obligations that wait for a visit, the most urgent
// first: all that is neither met nor excused. Urgency is the sum of four parts,
// so that a reader can see what it is made of:
//
//	deadline  10 when it has passed, else 10/(1 + days left/3)
//	risk      0 to 4
//	days since the last visit, 1 for each 15, at most 6
//	open hazards, the gravest's severity and half a point for each, at most 8
//
// What is equally urgent goes by place and duty. limit bounds the list and skip
// leaves out its beginning; total is how long it is.
func (b *Book) DueList(q Query, hazards func(place uuid.UUID) HazardsAt, skip, limit int, now time.Time) (list []Due, total int) {
	v := b.view(q, now)
	type entry struct {
		place, board int
		duty         uint8
		urgency      float64
		last         Moment
	}
	var all []entry
	v.each(0, func(i, n int, b *board, j *judgement) bool {
		if j.state == Met || j.state == Excused {
			return true
		}
		p := v.places.at(i)
		e := entry{place: i, board: n, duty: j.duty, last: p.lastDone(b.key.sight, b.term.policy, int(j.duty))}
		e.urgency = urgencyOf(int(b.key.period.End-1-v.from.Today), v.riskOf(p), v.daysSince(e.last), hazards(p.ID))
		all = append(all, e)
		return true
	})
	slices.SortFunc(all, func(a, b entry) int {
		if c := cmp.Compare(b.urgency, a.urgency); c != 0 {
			return c
		}
		x, y := v.places.at(a.place).ID, v.places.at(b.place).ID
		return cmp.Or(bytes.Compare(x[:], y[:]), cmp.Compare(a.board, b.board), cmp.Compare(a.duty, b.duty))
	})
	for _, e := range all[min(skip, len(all)):min(skip+limit, len(all))] {
		board := v.boards[e.board]
		d := Due{Item: v.item(e.place, board, int(e.duty)), Urgency: e.urgency, DaysLeft: int(board.key.period.End - 1 - v.from.Today), DaysSince: v.daysSince(e.last)}
		if e.last > 0 {
			d.LastVisit = e.last.Time()
		}
		h := hazards(d.Fact.ID)
		d.Hazards, d.Worst = h.Open, h.Worst
		d.From = max(board.key.period.First, v.from.Today)
		if d.Verdict.Made > 0 {
			d.From = max(d.From, policy.DayAt(d.LastVisit, board.term.zone)+policy.Day(d.Owed.Spacing))
		}
		list = append(list, d)
	}
	return list, len(all)
}

func urgencyOf(daysLeft int, risk int16, since int, h HazardsAt) float64 {
	u := 10.0
	if daysLeft >= 0 {
		u = 10 / (1 + float64(daysLeft)/3)
	}
	u += float64(risk)
	if since < 0 {
		u += 6
	} else {
		u += min(6, float64(since)/15)
	}
	if h.Open > 0 {
		u += min(8, float64(h.Worst)+float64(h.Open)/2)
	}
	return u
}

// lastDone is when the last visit was done, as far as the sight goes; 0: never.
// Of a visit to people who need care only their own duty knows.
func (p *Place) lastDone(from Sight, rules *policy.Policy, duty int) Moment {
	for i := len(p.Visits) - 1; i >= 0; i-- {
		if v := &p.Visits[i]; v.Outcome == "done" && v.At <= from.Until && v.knownAt(from.Known) && (rules.Duties[duty].Restricted || !rules.Discreet(v.Checklist)) {
			return v.At
		}
	}
	return 0
}

func (v *view) daysSince(m Moment) int {
	if m <= 0 {
		return -1
	}
	return int(v.from.Today - policy.DayAt(m.Time(), v.rules[v.holds()].Zone()))
}

// riskOf is a place's risk as known now.
func (s *state) riskOf(p *Place) int16 {
	if n := len(p.Records); n > 0 {
		return p.Records[n-1].Risk
	}
	return 0
}

package policy

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Version is one version of the policy with the moment at which it was put.
type Version struct {
	*Policy
	Recorded time.Time
}

// Rules are all versions of a district's policy, in the order in which they
// were put. None is ever changed: what was decided by one can be asked again.
type Rules []Version

// For is the version by which a period is judged, as known at an instant (zero:
// as known now); -1 when none holds. A version holds for the periods that begin
// on its first day or later. A period keeps the version that it was made under:
// one that is put after the period began does not touch it, unless it says that
// it is retroactive. Where none was there yet when the period began, the first
// one that was put is the one it is made under.
func (r Rules) For(p Period, known time.Time) int {
	best, first := -1, -1
	for i := range r {
		v := &r[i]
		if DayOf(v.from) > p.First || (!known.IsZero() && !v.Recorded.Before(known)) {
			continue
		}
		if first < 0 {
			first = i
		}
		made := !v.Recorded.After(p.First.Begins(v.zone)) || v.Retroactive != ""
		if made && (best < 0 || !v.from.Before(r[best].from)) {
			best = i
		}
	}
	if best < 0 {
		return first
	}
	return best
}

// Follows says what keeps a version from being put beside these at an instant:
// where a duty's periods become longer or shorter, no period of one kind may
// overlap one of the other, or a visit would meet two obligations of the duty.
// So such a version begins where a period of both kinds begins, and is put
// before that or is retroactive. Every period from the first version's first day
// to two years ahead is looked at.
func (r Rules) Follows(p *Policy, now time.Time) error {
	all := append(slices.Clone(r), Version{Policy: p, Recorded: now})
	kinds := map[string][]Kind{} // by duty
	first, last := DayOf(p.from), max(DayOf(p.from), DayAt(now, p.zone))
	for i := range all {
		first, last = min(first, DayOf(all[i].from)), max(last, DayOf(all[i].from))
		for _, d := range all[i].Duties {
			if d.Period != Custom && !slices.Contains(kinds[d.Duty], d.Period) {
				kinds[d.Duty] = append(kinds[d.Duty], d.Period)
			}
		}
	}
	const twoYears = 731
	var problems []error
	for _, d := range p.Duties {
		if len(kinds[d.Duty]) < 2 {
			continue
		}
		var periods []Period
		for _, kind := range kinds[d.Duty] {
			for q := Containing(first.Date(), kind); q.First < last+twoYears; q = q.Next() {
				if v := all.For(q, time.Time{}); v >= 0 && all[v].owesBy(d.Duty, kind) {
					periods = append(periods, q)
				}
			}
		}
		slices.SortFunc(periods, func(a, b Period) int { return int(a.First - b.First) })
		for i := 1; i < len(periods); i++ {
			if periods[i-1].Overlaps(periods[i]) {
				problems = append(problems, fmt.Errorf("duty %s: its periods become longer or shorter in the middle of one: %s and %s overlap; let the version begin where both begin, and put it before that day or say why it is retroactive", d.Duty, periods[i-1], periods[i]))
				break
			}
		}
	}
	return errors.Join(problems...)
}

// owesBy reports whether a duty has periods of a kind.
func (p *Policy) owesBy(duty string, kind Kind) bool {
	i, ok := p.byDuty[duty]
	return ok && p.Duties[i].Period == kind
}

// On is the version that holds on a day, as known now; -1 when none does.
func (r Rules) On(day Day) int {
	best := -1
	for i := range r {
		if DayOf(r[i].from) <= day && (best < 0 || !r[i].from.Before(r[best].from)) {
			best = i
		}
	}
	return best
}

// PeriodsOf are the periods of a duty of one version that a question about a
// period looks at: those of the calendar by [Period.Periods], a campaign's spans
// where they overlap it.
func (p *Policy) PeriodsOf(duty int, asked Period) []Period {
	d := &p.Duties[duty]
	if d.Period != Custom {
		return asked.Periods(d.Period)
	}
	var out []Period
	for _, s := range d.Spans() {
		if s.Overlaps(asked) {
			out = append(out, s)
		}
	}
	return out
}

// Asked are the periods that a question about a period looks at, each with the
// version by which it is judged, as known at an instant.
func (r Rules) Asked(asked Period, known time.Time) []Judged {
	var out []Judged
	for _, kind := range Calendar {
		for _, p := range asked.Periods(kind) {
			if v := r.For(p, known); v >= 0 && r[v].hasKind(kind) {
				out = append(out, Judged{p, v})
			}
		}
	}
	seen := map[Period]bool{}
	for i := range r {
		for k := range r[i].Campaigns {
			for _, s := range r[i].Campaigns[k].spans {
				if s.Overlaps(asked) && !seen[s] {
					seen[s] = true
					if v := r.For(s, known); v >= 0 && r[v].hasSpan(s) {
						out = append(out, Judged{s, v})
					}
				}
			}
		}
	}
	return out
}

// Judged is a period and the index of the version that judges it.
type Judged struct {
	Period  Period
	Version int
}

func (p *Policy) hasKind(k Kind) bool {
	for i := range p.Duties {
		if p.Duties[i].Period == k {
			return true
		}
	}
	return false
}

func (p *Policy) hasSpan(s Period) bool {
	for i := range p.Duties {
		if p.Duties[i].Falls(s) {
			return true
		}
	}
	return false
}

// Falls reports whether a period is one of the duty's.
func (d *Duty) Falls(p Period) bool {
	if d.Period != p.Kind {
		return false
	}
	if d.campaign == nil {
		return true
	}
	for _, s := range d.campaign.spans {
		if s == p {
			return true
		}
	}
	return false
}

// Affected are the first full periods, one of each kind and one of each
// campaign, that a version judges among others (it is one of them), in order of
// their first days: what a preview of it looks at.
func (r Rules) Affected(version int, others *Policy) []Period {
	p := r[version].Policy
	var out []Period
	judged := func(q Period) bool { return q.First >= DayOf(p.from) && r.For(q, time.Time{}) == version }
	for _, kind := range Calendar {
		if !p.hasKind(kind) && (others == nil || !others.hasKind(kind)) {
			continue
		}
		q := Containing(p.from, kind)
		for range farthest {
			if judged(q) {
				out = append(out, q)
				break
			}
			q = q.Next()
		}
	}
	for _, from := range []*Policy{p, others} {
		for i := 0; from != nil && i < len(from.Campaigns); i++ {
			if at := slices.IndexFunc(from.Campaigns[i].spans, judged); at >= 0 && !slices.Contains(out, from.Campaigns[i].spans[at]) {
				out = append(out, from.Campaigns[i].spans[at])
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Period) int { return int(a.First - b.First) })
	return out
}

// farthest bounds how many periods a version is followed: ten years of days.
const farthest = 3660

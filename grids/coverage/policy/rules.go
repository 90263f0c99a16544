package policy

import (
	"errors"
	"fmt"
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

// Follows says what keeps a version from being put after these: a duty whose
// periods become longer or shorter must do so where a period of both kinds
// begins, or a visit would meet two obligations of it.
func (r Rules) Follows(p *Policy) error {
	before := r.On(DayOf(p.from) - 1)
	if before < 0 {
		return nil
	}
	var problems []error
	for _, d := range p.Duties {
		i, ok := r[before].DutyIndex(d.Duty)
		if !ok {
			continue
		}
		was := r[before].Duties[i].Period
		if was == d.Period || was == Custom || d.Period == Custom {
			continue
		}
		for _, kind := range []Kind{was, d.Period} {
			if Containing(p.from, kind).First != DayOf(p.from) {
				problems = append(problems, fmt.Errorf("duty %s: its period becomes %s instead of %s on %s, in the middle of a %s", d.Duty, d.Period, was, p.ValidFrom, kind))
				break
			}
		}
	}
	return errors.Join(problems...)
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

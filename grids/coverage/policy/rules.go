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

// Follows says what keeps a version from being put beside these at an instant:
// a duty whose periods become longer or shorter must do so where a period of
// both kinds begins, and before that begins, or a visit would meet two
// obligations of it.
func (r Rules) Follows(p *Policy, now time.Time) error {
	var problems []error
	if before := r.On(DayOf(p.from) - 1); before >= 0 {
		problems = append(problems, turns(r[before].Policy, p)...)
		if turning(r[before].Policy, p) && p.Retroactive == "" && now.After(DayOf(p.from).Begins(p.zone)) {
			problems = append(problems, fmt.Errorf("valid_from: %s has begun, and periods of a duty become longer or shorter: let it begin later, or say why it is retroactive", p.ValidFrom))
		}
	}
	var after *Policy
	for i := range r {
		if r[i].from.After(p.from) && (after == nil || r[i].from.Before(after.from)) {
			after = r[i].Policy
		}
	}
	if after != nil {
		problems = append(problems, turns(p, after)...)
	}
	return errors.Join(problems...)
}

// turning reports whether periods of a duty become longer or shorter from one
// version to the next.
func turning(was, is *Policy) bool {
	for _, d := range is.Duties {
		if i, ok := was.DutyIndex(d.Duty); ok && was.Duties[i].Period != d.Period {
			return true
		}
	}
	return false
}

// turns names the duties whose periods become longer or shorter in the middle of one.
func turns(was, is *Policy) []error {
	var problems []error
	for _, d := range is.Duties {
		i, ok := was.DutyIndex(d.Duty)
		if !ok {
			continue
		}
		before := was.Duties[i].Period
		if before == d.Period || before == Custom || d.Period == Custom {
			continue
		}
		for _, kind := range []Kind{before, d.Period} {
			if Containing(is.from, kind).First != DayOf(is.from) {
				problems = append(problems, fmt.Errorf("duty %s: its period becomes %s instead of %s on %s, in the middle of a %s", d.Duty, d.Period, before, is.ValidFrom, kind))
				break
			}
		}
	}
	return problems
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

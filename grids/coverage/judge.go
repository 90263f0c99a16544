package coverage

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// State is where an obligation stands.
type State uint8

// The states. NotDue is no obligation at all.
const (
	NotDue State = iota
	Met
	Attempted
	Open
	Overdue
	Excused
	Disputed
	stateCount
)

var stateNames = [...]string{"not_due", "met", "attempted", "open", "overdue", "excused", "disputed"}

func (s State) String() string { return stateNames[s] }

// ParseState reads a state's name.
func ParseState(s string) (State, error) {
	if i := slices.Index(stateNames[:], s); i > 0 {
		return State(i), nil
	}
	return 0, fmt.Errorf("state %q is none of %v", s, stateNames[1:])
}

// Visit is what an inspection says about a place.
type Visit struct {
	ID        uuid.UUID
	At        time.Time
	Outcome   inspection.Outcome
	Checklist string
}

// Exemption excuses a place from one duty in one period.
type Exemption struct {
	Duty     string
	Period   string
	Reason   string
	Reviewer string
}

// Case is one obligation with all that decides it.
type Case struct {
	Policy     *policy.Policy
	Duty       int // index in Policy.Duties
	Period     policy.Period
	ValidFrom  time.Time // the place's first day, midnight UTC
	ValidTo    time.Time // the first day on which it no longer stands; zero while it does
	Visits     []Visit   // of the place, in any order, repeats allowed
	Exemptions []Exemption
	Now        time.Time

	span span // of the period, where it was looked up before
}

// span is a period's bounds: as days, midnight UTC, and as instants in the
// policy's zone; each end is the first after it.
type span struct{ first, end, opens, closes time.Time }

func spanOf(p *policy.Policy, period policy.Period) span {
	s := span{first: period.FirstDay(), end: period.EndDay()}
	s.opens, s.closes = period.Bounds(p.Zone())
	return s
}

// Verdict is the answer with its reasons.
type Verdict struct {
	State   State
	Due     time.Time // the last day, midnight UTC; zero when not due
	By      uuid.UUID // the visit that met it
	GapDays int       // the longest time without a visit that counts, in days
	Reasons []Reason
	Nearest *Nearest // when not met: the visit that came closest, and why it did not count
}

// Reason is one step of the explanation.
type Reason struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// Nearest is a visit that did not count.
type Nearest struct {
	Visit uuid.UUID
	At    time.Time
	Why   policy.Text
}

// tally is what a walk over the visits finds.
type tally struct {
	met      *Visit // the first visit that meets
	attempts []Visit
	gap      time.Duration
}

// Judge decides one obligation. It is pure: the same case gives the same verdict.
func Judge(c Case) Verdict {
	v, t := decide(&c)
	v.explain(&c, &t)
	return v
}

// decide is Judge without the words: what whole-district counts use.
func decide(c *Case) (Verdict, tally) {
	if c.span.end.IsZero() {
		c.span = spanOf(c.Policy, c.Period)
	}
	first, end, closes := c.span.first, c.span.end, c.span.closes
	if !c.ValidFrom.Before(end) || (!c.ValidTo.IsZero() && !c.ValidTo.After(first)) {
		return Verdict{}, tally{}
	}
	t := c.walk()
	v := Verdict{Due: end.AddDate(0, 0, -1), GapDays: int(t.gap / (24 * time.Hour))}
	switch {
	case t.met != nil:
		v.State, v.By = Met, t.met.ID
	case !c.ValidTo.IsZero() && c.ValidTo.Before(end), inGrace(c.ValidFrom, first, end, c.Policy.GraceDays):
		return Verdict{GapDays: v.GapDays}, t
	case c.exemption() != nil:
		v.State = Excused
	case len(t.attempts) > 0:
		v.State = Attempted
	case c.Now.Before(closes):
		v.State = Open
	default:
		v.State = Overdue
	}
	return v, t
}

// inGrace reports whether a place came so late in the period that it owes
// nothing before the next.
func inGrace(validFrom, first, end time.Time, graceDays int) bool {
	return validFrom.After(first) && int(end.Sub(validFrom)/(24*time.Hour)) < graceDays
}

func (c *Case) exemption() *Exemption {
	if len(c.Exemptions) == 0 {
		return nil
	}
	duty, period := c.Policy.Duties[c.Duty].Duty, c.Period.String()
	for i := range c.Exemptions {
		if e := &c.Exemptions[i]; e.Duty == duty && e.Period == period {
			return e
		}
	}
	return nil
}

// walk looks at each visit once, in order of time; the span is known.
func (c *Case) walk() tally {
	opens, closes := c.span.opens, c.span.closes
	visits := c.Visits
	if !slices.IsSortedFunc(visits, compareVisits) {
		visits = slices.Clone(visits)
		slices.SortFunc(visits, compareVisits)
	}
	var t tally
	stands := time.Date(c.ValidFrom.Year(), c.ValidFrom.Month(), c.ValidFrom.Day(), 0, 0, 0, 0, c.Policy.Zone())
	since := opens // the last visit that counts, or the beginning
	if stands.After(since) {
		since = stands
	}
	until := closes
	if c.Now.Before(until) {
		until = c.Now
	}
	for i := range visits {
		v := &visits[i]
		if i > 0 && v.ID == visits[i-1].ID {
			continue
		}
		serves := c.Policy.Serves(v.Checklist, c.Duty)
		inPeriod := !v.At.Before(opens) && v.At.Before(closes)
		switch {
		case !serves || v.At.After(c.Now.Add(inspection.ClockSkew)) || v.At.Before(stands):
		case v.Outcome == inspection.Done && v.At.Before(opens):
			since = v.At
		case v.Outcome == inspection.Done && inPeriod:
			if t.met == nil {
				t.met = v
			}
			t.gap = max(t.gap, v.At.Sub(since))
			since = v.At
		case inPeriod:
			t.attempts = append(t.attempts, *v)
		}
	}
	t.gap = max(t.gap, until.Sub(since))
	return t
}

func compareVisits(a, b Visit) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return slices.Compare(a.ID[:], b.ID[:])
}

func outcomeOf(s string) inspection.Outcome { return inspection.Outcome(s) }

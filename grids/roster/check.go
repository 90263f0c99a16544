package roster

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"gridward/grids"
	"gridward/grids/coverage/policy"
)

// Limits of what a client may send.
const (
	maxName   = 200
	maxSkills = 32
	maxShifts = 28
	maxHours  = 744 // of the longest month
)

var (
	unitForm  = regexp.MustCompile(`^[0-9]{12}$`)
	clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	bodies    = []policy.Body{policy.CommunityStaff, policy.TownPatrol, policy.Office}
)

// faults collects what is wrong, each fault naming its field.
type faults []error

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

func (f *faults) id(id uuid.UUID) {
	if id == uuid.Nil {
		f.add("id: a UUID made by the client is needed, so that sending it again is the same")
	}
}

func (f *faults) name(field, name string) {
	if strings.TrimSpace(name) == "" || len(name) > maxName {
		f.add("%s: 1 to %d bytes are needed", field, maxName)
	}
}

func (f *faults) unit(code string) {
	if !unitForm.MatchString(code) {
		f.add("unit: %q has not 12 digits", code)
	}
}

func (f *faults) span(s Span, ends bool) {
	switch {
	case s.From.IsZero():
		f.add("from: the first day is needed, such as 2026-10-01")
	case ends && s.To.IsZero():
		f.add("to: the first day after the last is needed, such as 2026-10-08")
	case !s.To.IsZero() && s.To.Before(s.From):
		f.add("to: %s lies before %s", s.To.Format(time.DateOnly), s.From.Format(time.DateOnly))
	}
}

// Check says what is wrong with a team as a client sent it.
func (t *Team) Check() error {
	var f faults
	f.id(t.ID)
	f.name("name", t.Name)
	f.unit(t.Unit)
	if !slices.Contains(bodies, t.Body) {
		f.add("body: %q is none of %v", t.Body, bodies)
	}
	if len(t.Provider) > maxName {
		f.add("provider: longer than %d bytes", maxName)
	}
	f.span(t.Span, false)
	return errors.Join(f...)
}

// Check says what is wrong with a person as a client sent it.
func (p *Person) Check() error {
	var f faults
	f.id(p.ID)
	f.name("name", p.Name)
	f.unit(p.Unit)
	if !slices.Contains(Kinds, p.Kind) {
		f.add("kind: %q is none of %v", p.Kind, Kinds)
	}
	if len(p.Skills) > maxSkills {
		f.add("skills: more than %d", maxSkills)
	}
	for _, s := range p.Skills {
		f.name("skills", s)
	}
	if !(p.HoursPerMonth >= 0 && p.HoursPerMonth <= maxHours) {
		f.add("hours_per_month: %v is not between 0 and %d", p.HoursPerMonth, maxHours)
	}
	if len(p.Shifts) > maxShifts {
		f.add("shifts: more than %d", maxShifts)
	}
	for i, s := range p.Shifts {
		if s.Weekday < 1 || s.Weekday > 7 || !clockForm.MatchString(s.From) || !clockForm.MatchString(s.To) {
			f.add("shifts[%d]: a weekday from 1 (Monday) to 7 and times such as 08:00 are needed", i)
		}
	}
	f.span(p.Span, false)
	return errors.Join(f...)
}

// Check says what is wrong with a posting as a client sent it.
func (p *Posting) Check() error {
	var f faults
	f.id(p.ID)
	if !grids.ValidCode(p.Grid) {
		f.add("grid: %q has not 15 digits", p.Grid)
	}
	if !slices.Contains(Classes, p.Class) {
		f.add("class: %d is none of %v", p.Class, Classes)
	}
	if (p.Team == uuid.Nil) == (p.Person == uuid.Nil) {
		f.add("team, person: exactly one of the two is posted")
	}
	f.span(p.Span, false)
	return errors.Join(f...)
}

// Check says what is wrong with an absence as a client sent it.
func (a *Absence) Check() error {
	var f faults
	f.id(a.ID)
	if a.Person == uuid.Nil {
		f.add("person: who is away is needed")
	}
	if !slices.Contains(absences, a.Reason) {
		f.add("reason: %q is none of %v", a.Reason, absences)
	}
	if a.Substitute == a.Person && a.Person != uuid.Nil {
		f.add("substitute: somebody else than the person who is away")
	}
	f.span(a.Span, true)
	return errors.Join(f...)
}

// Check says what is wrong with a holiday as a client sent it.
func (h *Holiday) Check() error {
	var f faults
	f.id(h.ID)
	f.name("name", h.Name)
	f.unit(h.Unit)
	f.span(h.Span, true)
	return errors.Join(f...)
}

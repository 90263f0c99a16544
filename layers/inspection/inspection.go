// Package inspection keeps what somebody did at a place: 巡查记录. Inspections
// are append-only, their ids are made by the client, and a repeated submission
// is the same inspection.
package inspection

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// Outcome is how a visit ended.
type Outcome string

// The outcomes of a visit. Only Done covers a duty, also when a hazard was
// found; the others are attempts.
const (
	Done     Outcome = "done"
	NoAccess Outcome = "no_access"
	Refused  Outcome = "refused"
	NotFound Outcome = "not_found"
)

// Inspection is one visit to one place.
type Inspection struct {
	ID         uuid.UUID // made by the client
	Place      uuid.UUID
	At         time.Time // when it happened, by the inspector's device
	ReceivedAt time.Time // when the service learned of it
	Inspector  string    // a staff number or name
	Outcome    Outcome
	Checklist  string // class-1, class-2 or class-3: which list was gone through
	Position   *orb.Point
	AccuracyM  *float64 // reported accuracy of Position, metres
	Note       string

	Town, Park, Community string // the place's units at the time of the report
}

// Limits on what a client may send.
const (
	maxInspector = 200
	maxNote      = 4000
	// ClockSkew is how far ahead of the service's clock a device may be.
	ClockSkew = 10 * time.Minute
)

// Check says what is wrong with an inspection as a client sent it; every
// problem, each naming its field. now is when it arrived.
func (i *Inspection) Check(checklists []string, now time.Time) error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if i.ID == uuid.Nil {
		problem("id: a UUID made by the client is needed, so that sending it again is the same inspection")
	}
	if i.Place == uuid.Nil {
		problem("place: the id of the place is needed")
	}
	switch {
	case i.At.IsZero():
		problem("at: the time of the visit is needed, such as 2026-10-31T09:30:00+08:00")
	case i.At.After(now.Add(ClockSkew)):
		problem("at: %s lies in the future (the service's clock says %s)", i.At.Format(time.RFC3339), now.Format(time.RFC3339))
	case i.At.Year() < 2000:
		problem("at: %s is before the year 2000", i.At.Format(time.RFC3339))
	}
	if i.Inspector == "" || len(i.Inspector) > maxInspector {
		problem("inspector: a name or staff number of at most %d bytes is needed", maxInspector)
	}
	switch i.Outcome {
	case Done, NoAccess, Refused, NotFound:
	default:
		problem("outcome: %q is none of done, no_access, refused, not_found", i.Outcome)
	}
	known := false
	for _, c := range checklists {
		known = known || c == i.Checklist
	}
	if !known {
		problem("checklist: %q is none of %v", i.Checklist, checklists)
	}
	if p := i.Position; p != nil && !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90) {
		problem("position: longitude %v and latitude %v are not on Earth", p[0], p[1])
	}
	if a := i.AccuracyM; a != nil && !(*a >= 0 && *a <= 100000) {
		problem("accuracy_m: %v is not between 0 and 100000 metres", *a)
	}
	if len(i.Note) > maxNote {
		problem("note: longer than %d bytes", maxNote)
	}
	return errors.Join(problems...)
}

// Package hazard keeps fire hazards 火灾隐患 and the six states of their life.
package hazard

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
)

// State is where a hazard stands: 发现, 立案, 派遣, 处置, 核查, 结案.
type State string

// The states, in the order in which a hazard goes through them.
const (
	Discovered State = "discovered"
	Filed      State = "filed"
	Dispatched State = "dispatched"
	Handled    State = "handled"
	Verified   State = "verified"
	Closed     State = "closed"
)

// States lists them in order.
var States = []State{Discovered, Filed, Dispatched, Handled, Verified, Closed}

// Origins of a hazard: found on a visit, reported to the 12345 or 119 line, by
// a device, in a campaign, or brought in from another system.
var Origins = []string{"inspection", "12345", "119", "device", "campaign", "import"}

// Hazard is one finding.
type Hazard struct {
	ID           uuid.UUID // made by the client
	Type         string    // a type of the policy's checklists
	Severity     int16     // 1 to 4; 4 is the gravest
	State        State
	Place        uuid.UUID // zero when it lies at no known place
	Inspection   uuid.UUID // the visit that found it; zero if none
	Point        orb.Point
	Key          geo.Key
	DiscoveredAt time.Time
	ClosedAt     time.Time // zero while it is not closed
	Origin       string
	Description  string

	Town, Park, Community string
	Version               int32
}

const maxDescription = 4000

// Check says what is wrong with a hazard as a client sent it; every problem,
// each naming its field. types are the policy's hazard types.
func (h *Hazard) Check(types []string, now time.Time) error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if h.ID == uuid.Nil {
		problem("id: a UUID made by the client is needed, so that sending it again is the same hazard")
	}
	if !slices.Contains(types, h.Type) {
		problem("type: %q is not in the policy; GET /api/hazard-types lists the types", h.Type)
	}
	if h.Severity < 1 || h.Severity > 4 {
		problem("severity: %d is not between 1 and 4", h.Severity)
	}
	if !slices.Contains(States, h.State) {
		problem("state: %q is none of %v", h.State, States)
	}
	if !slices.Contains(Origins, h.Origin) {
		problem("origin: %q is none of %v", h.Origin, Origins)
	}
	switch {
	case h.DiscoveredAt.IsZero():
		problem("discovered_at: the time is needed, such as 2026-10-31T09:30:00+08:00")
	case h.DiscoveredAt.After(now.Add(10 * time.Minute)):
		problem("discovered_at: %s lies in the future", h.DiscoveredAt.Format(time.RFC3339))
	}
	switch {
	case (h.State == Closed) != !h.ClosedAt.IsZero():
		problem("closed_at: needed when, and only when, the state is closed")
	case !h.ClosedAt.IsZero() && h.ClosedAt.Before(h.DiscoveredAt):
		problem("closed_at: before discovered_at")
	}
	if len(h.Description) > maxDescription {
		problem("description: longer than %d bytes", maxDescription)
	}
	return errors.Join(problems...)
}

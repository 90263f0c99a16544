// Package inspection keeps what somebody did at a place: 巡查记录. Inspections
// are append-only, their ids are made by the client, and a repeated submission
// is the same inspection.
package inspection

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
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
	Partial  Outcome = "partial" // some floors or rooms only
	Void     Outcome = "void"    // of a correction: what it corrects never happened
)

// Inspection is one visit to one place.
type Inspection struct {
	ID         uuid.UUID // made by the client
	Place      uuid.UUID
	At         time.Time // when it happened, a wrong clock allowed for
	DeviceAt   time.Time // when it happened by the inspector's device
	ReceivedAt time.Time // when the service learned of it
	SkewS      int32     // the device's clock less ours, seconds; 0 where nobody knows
	Inspector  string    // a staff number or name
	Unit       string    // 12 digits, for which the inspector acted; empty: not known
	Outcome    Outcome
	Checklist  string // class-1, class-2 or class-3: which list was gone through
	Position   *orb.Point
	AccuracyM  *float64 // reported accuracy of Position, metres
	DistanceM  *float64 // of Position from the place's footprint as it was on arrival, metres
	DwellS     *int32   // how long the visit took, seconds
	Device     string   // which device reported it
	Mock       bool     // the device says that Position is mocked
	Photos     []Hash
	Walk       uuid.UUID // one walk that covered several places, else zero
	Corrects   uuid.UUID // the inspection that this one stands for, else zero
	Note       string

	Town, Park, Community string // the place's units at the time of the report
}

// Hash is a photo's SHA-256.
type Hash [32]byte

// MarshalText writes 64 hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// UnmarshalText reads 64 hexadecimal digits.
func (h *Hash) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(h) {
		return fmt.Errorf("%q is no SHA-256 in 64 hexadecimal digits", text)
	}
	copy(h[:], raw)
	return nil
}

// SetClock says what the device's clock showed when it sent the report. Where it
// was off by more than a little, the time of the visit is moved by as much; what
// the device said is kept beside it.
func (i *Inspection) SetClock(sent, now time.Time, tolerance time.Duration) {
	i.DeviceAt = i.At
	if sent.IsZero() {
		return
	}
	skew := sent.Sub(now)
	i.SkewS = int32(max(-1<<31, min(1<<31-1, skew/time.Second)))
	if skew.Abs() > tolerance {
		i.At = i.At.Add(-skew).Truncate(time.Microsecond)
	}
}

// Same reports whether two reports say the same of the same visit.
func (i *Inspection) Same(o *Inspection) bool {
	return i.ID == o.ID && i.Place == o.Place && i.DeviceAt.Equal(o.DeviceAt) && i.Inspector == o.Inspector && i.Outcome == o.Outcome &&
		i.Checklist == o.Checklist && i.Corrects == o.Corrects && i.Note == o.Note
}

// Limits on what a client may send.
const (
	maxInspector = 200
	maxNote      = 4000
	maxDevice    = 200
	maxPhotos    = 50
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
	case Done, NoAccess, Refused, NotFound, Partial:
	case Void:
		if i.Corrects == uuid.Nil {
			problem("outcome: void is for corrections: name the inspection that never happened in corrects")
		}
	default:
		problem("outcome: %q is none of done, partial, no_access, refused, not_found, void", i.Outcome)
	}
	if i.Corrects != uuid.Nil && i.Corrects == i.ID {
		problem("corrects: an inspection cannot correct itself")
	}
	if len(i.Device) > maxDevice {
		problem("device: longer than %d bytes", maxDevice)
	}
	if len(i.Photos) > maxPhotos {
		problem("photos: at most %d go with one visit", maxPhotos)
	}
	if d := i.DwellS; d != nil && (*d < 0 || *d > 24*60*60) {
		problem("dwell_s: %d is not between 0 and a day's seconds", *d)
	}
	if i.Unit != "" && (len(i.Unit) != 12 || strings.Trim(i.Unit, "0123456789") != "") {
		problem("unit: %q is not a code of 12 digits", i.Unit)
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

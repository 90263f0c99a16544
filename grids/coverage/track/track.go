// Package track keeps patrols on foot as devices reported them, and what was
// walked and seen by each. Tracks are append-only, their ids are made by the
// client, and a repeated submission is the same track.
package track

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/twpayne/go-geom"

	"gridward/geo/ewkb"
	"gridward/grids/coverage/beat"
)

// Track is one walk of one device.
type Track struct {
	ID         uuid.UUID // made by the client
	Inspector  string    // a staff number or name
	Unit       string    // 12 digits, for which the inspector patrolled
	Device     string
	ReceivedAt time.Time        // when the service learned of it
	Line       *geom.LineString // longitude, latitude and the time in Unix seconds (layout XYM)
	Accuracy   []float32        // of each position in metres; 0 where the device did not say
	Used       int              // positions that cover something
	Dropped    map[string]int   // the others by reason
	Policy     string           // the version whose rules were asked

	Town, Park, Community string // the unit's own
}

// Limits on what a client may send.
const (
	MaxPositions = 50000
	maxInspector = 200
	maxDevice    = 200
	// longest is how long one track may take: a walk, not a week.
	longest = 24 * time.Hour
	// clockSkew is how far ahead of the service's clock a device may be.
	clockSkew = 10 * time.Minute
	// mostProblems bounds what is said of positions.
	mostProblems = 10
)

// begin is the year 2000: no device reported before it.
const begin = 946684800

// New makes a track of positions: longitude, latitude, the time in Unix seconds
// and, where the device says it, the accuracy in metres. The error names each
// position that cannot be.
func New(id uuid.UUID, inspector, unit, device string, positions [][]float64, now time.Time) (*Track, error) {
	t := &Track{ID: id, Inspector: inspector, Unit: unit, Device: device}
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if id == uuid.Nil {
		problem("id: a UUID made by the client is needed, so that sending it again is the same track")
	}
	if inspector == "" || len(inspector) > maxInspector {
		problem("inspector: a name or staff number of at most %d bytes is needed", maxInspector)
	}
	if len(unit) != 12 || strings.Trim(unit, "0123456789") != "" {
		problem("unit: %q is not a code of 12 digits", unit)
	}
	if len(device) > maxDevice {
		problem("device: longer than %d bytes", maxDevice)
	}
	if n := len(positions); n < 2 || n > MaxPositions {
		problem("points: 2 to %d are needed, there are %d", MaxPositions, n)
		return nil, errors.Join(problems...)
	}
	latest := float64(now.Add(clockSkew).UnixMilli()) / 1000
	flat := make([]float64, 0, 3*len(positions))
	t.Accuracy = make([]float32, len(positions))
	bad := 0
	for i, p := range positions {
		why := ""
		switch {
		case len(p) != 3 && len(p) != 4:
			why = fmt.Sprintf("%d numbers, but longitude, latitude, Unix seconds and perhaps the accuracy are wanted", len(p))
		case !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90):
			why = fmt.Sprintf("longitude %v and latitude %v are not on Earth", p[0], p[1])
		case !(p[2] >= begin):
			why = fmt.Sprintf("%v is no time in Unix seconds since the year 2000", p[2])
		case p[2] > latest:
			why = fmt.Sprintf("%.0f lies in the future (the service's clock says %d)", p[2], now.Unix())
		case i > 0 && len(positions[i-1]) >= 3 && !(p[2] > positions[i-1][2]):
			why = "its time is not after that of the point before"
		case len(p) == 4 && !(p[3] >= 0 && p[3] <= 100000):
			why = fmt.Sprintf("an accuracy of %v is not between 0 and 100000 metres", p[3])
		}
		if why != "" {
			if bad++; bad <= mostProblems {
				problem("points[%d]: %s", i, why)
			}
			continue
		}
		flat = append(flat, p[0], p[1], p[2])
		if len(p) == 4 {
			t.Accuracy[i] = float32(p[3])
		}
	}
	if bad > mostProblems {
		problem("points: %d more are wrong", bad-mostProblems)
	}
	if bad == 0 {
		t.Line = geom.NewLineStringFlat(geom.XYM, flat)
		switch took := t.Ended().Sub(t.Started()); {
		case took < time.Second:
			problem("points: they cover %v, but a walk takes a second at least", took)
		case took > longest:
			problem("points: they cover %v, but one track is of %v at most", took, longest)
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return t, nil
}

// Len is how many positions there are.
func (t *Track) Len() int { return len(t.Accuracy) }

// Started and Ended are the times of the first and last position, to the
// microsecond.
func (t *Track) Started() time.Time { return instant(t.Line.FlatCoords()[2]) }

// Ended is the time of the last position.
func (t *Track) Ended() time.Time {
	flat := t.Line.FlatCoords()
	return instant(flat[len(flat)-1])
}

func instant(unix float64) time.Time {
	whole, part := math.Modf(unix)
	return time.Unix(int64(whole), int64(part*1e6)*1000).UTC()
}

// Fixes are the positions as they are matched.
func (t *Track) Fixes() ([]beat.Fix, error) {
	accuracy := make([]float64, len(t.Accuracy))
	for i, a := range t.Accuracy {
		accuracy[i] = float64(a)
	}
	return beat.Fixes(t.Line, accuracy)
}

// Same reports whether two tracks say the same.
func (t *Track) Same(o *Track) bool {
	return t.ID == o.ID && t.Inspector == o.Inspector && t.Unit == o.Unit && t.Device == o.Device &&
		slices.Equal(t.Line.FlatCoords(), o.Line.FlatCoords()) && slices.Equal(t.Accuracy, o.Accuracy)
}

// Match lays the track along the streets, and says how many of its positions
// cover something. areas are the public areas that it may have come to.
func (t *Track) Match(n *beat.Network, areas []*beat.Area, rules beat.Rules, policy string, zone *time.Location) (Covered, error) {
	fixes, err := t.Fixes()
	if err != nil {
		return Covered{}, err
	}
	walk, err := beat.NewTrack(fixes, rules)
	if err != nil {
		return Covered{}, err
	}
	var c Covered
	c.Walked, c.Counts = n.Match(walk, zone)
	for _, a := range areas {
		c.Looks = append(c.Looks, a.Look(walk, zone)...)
	}
	t.Used, t.Dropped, t.Policy = c.Counts.Used, c.Counts.ByReason(), policy
	return c, nil
}

// Covered is what came of a track.
type Covered struct {
	Walked beat.Walked
	Looks  []beat.Look
	Counts beat.Counts
}

// setLine takes the line as the database has it.
func (t *Track) setLine(g ewkb.Geom) error {
	line, ok := g.T.(*geom.LineString)
	if !ok || line.Layout() != geom.XYM || line.NumCoords() != len(t.Accuracy) {
		return fmt.Errorf("track %s: a LineStringM of %d positions is expected, the database has a %T", t.ID, len(t.Accuracy), g.T)
	}
	t.Line = line
	return nil
}

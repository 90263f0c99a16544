package evidence

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Visit is a reported visit as related evidence and patterns look at it. A
// repeat with the same id is the same visit.
type Visit struct {
	ID        uuid.UUID
	Place     uuid.UUID
	Inspector string    // a staff number or name
	Device    string    // empty where nobody knows
	At        time.Time // by the device's clock

	// Lon and Lat are the reported position, or the place's anchor without one;
	// degrees, WGS 84.
	Lon, Lat    float64
	HasPosition bool
	// AnchorLon and AnchorLat are the place's anchor, from which offsets are taken.
	AnchorLon, AnchorLat float64

	Walk   uuid.UUID  // one walk that covers several places at once; the zero id is none
	Photos [][32]byte // SHA-256 of each photo; all zeros is none
	Clean  bool       // done, and nothing was found
	Own    Own
}

func (v *Visit) position() [2]float64 { return [2]float64{v.Lon, v.Lat} }
func (v *Visit) anchor() [2]float64   { return [2]float64{v.AnchorLon, v.AnchorLat} }

// sameWalk reports whether two visits were reported of one walk.
func sameWalk(a, b *Visit) bool { return a.Walk == b.Walk && a.Walk != uuid.Nil }

// ledger holds visits by inspector and in order of time, each once. A visit is
// named by its row: the inspectors stand in order of their names, so that the
// same visits have the same rows whatever order they came in.
type ledger struct {
	visits []*Visit
	at     []int64  // by row, milliseconds since 1970
	day    []int32  // by row, days since 1970 in the policy's zone
	minute []int16  // by row, minute of the day there
	people []people // in order of their names
}

// people are the rows of one inspector: [lo, hi).
type people struct {
	name   string
	lo, hi int
}

func newLedger(visits []Visit, zone *time.Location) *ledger {
	byName := map[string][]*Visit{}
	for i := range visits {
		v := &visits[i]
		byName[v.Inspector] = append(byName[v.Inspector], v)
	}
	l := &ledger{visits: make([]*Visit, 0, len(visits))}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		own := byName[name]
		slices.SortFunc(own, inTime)
		own = slices.CompactFunc(own, func(a, b *Visit) bool { return a.ID == b.ID })
		l.people = append(l.people, people{name, len(l.visits), len(l.visits) + len(own)})
		l.visits = append(l.visits, own...)
	}
	n := len(l.visits)
	l.at, l.day, l.minute = make([]int64, n), make([]int32, n), make([]int16, n)
	for i, v := range l.visits {
		l.at[i] = v.At.UnixMilli()
		_, offset := v.At.In(zone).Zone()
		local := v.At.Unix() + int64(offset)
		l.day[i] = int32(floorDiv(local, 24*60*60))
		l.minute[i] = int16(floorDiv(local, 60) - int64(l.day[i])*day)
	}
	return l
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// inTime orders visits by time; at the same instant by id, and further so that
// even reports that contradict each other under one id have one order.
func inTime(a, b *Visit) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	if c := bytes.Compare(a.ID[:], b.ID[:]); c != 0 {
		return c
	}
	return cmp.Or(bytes.Compare(a.Place[:], b.Place[:]), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Lon, b.Lon), cmp.Compare(a.Lat, b.Lat))
}

// before orders two rows by time over all inspectors.
func (l *ledger) before(a, b int32) int {
	if c := cmp.Compare(l.at[a], l.at[b]); c != 0 {
		return c
	}
	if c := bytes.Compare(l.visits[a].ID[:], l.visits[b].ID[:]); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"gridward/geo"
	"gridward/geo/planar"
)

// Town is what stands under every plan of a town and no plan changes: its
// communities, the places that are inspected and the streets that are walked.
// It is immutable once [Town.Prepare] was called, and may be shared.
type Town struct {
	Code, Name  string
	Communities []Community // by code
	Places      []Place
	Streets     [][]geo.Point
	// MetresAMinute and Rounds turn street length into walking time: how fast
	// one walks, and how often a month a grid's streets are walked.
	MetresAMinute, Rounds float64

	at         map[string]int // community by code
	placesNear buckets        // by the box of their footprint
	segments   [][2]geo.Point // the streets' pieces
	streetNear buckets        // segments by their box
	whole      []int32        // places that must stay whole
	zones      []planar.Input // the communities as a map's zones
	box        geo.Box
}

// Community is a community's land.
type Community struct {
	Code, Name string
	Outline    geo.Outline
}

// Place is an inspected place as plans need it.
type Place struct {
	ID        uuid.UUID
	Name      string
	Category  string
	Community string // 12 digits
	Anchor    geo.Point
	Footprint geo.Outline // nil for a point or a line
	// Whole: no grid border should divide it (a self-managed compound).
	Whole bool
	// Building: it is a building, which no border should cut.
	Building bool
	Duties   []Duty
}

// Duty is what a place costs whoever holds it.
type Duty struct {
	Class int
	// Centi is the time of its visits in hundredths of a minute a month:
	// integers, so that sums are the same in whatever order they are made.
	Centi int64
}

// Class is the place's first class: the lowest that it owes; 0 if none.
func (p *Place) Class() int {
	c := 0
	for _, d := range p.Duties {
		if c == 0 || d.Class < c {
			c = d.Class
		}
	}
	return c
}

// Prepare checks and indexes a town. The communities must share no interior
// point; places of other communities are an error.
func (t *Town) Prepare() error {
	slices.SortFunc(t.Communities, func(a, b Community) int { return cmp.Compare(a.Code, b.Code) })
	t.at, t.box = map[string]int{}, geo.EmptyBox()
	t.zones = nil
	for i, c := range t.Communities {
		t.at[c.Code] = i
		t.box = t.box.Union(c.Outline.Box())
		t.zones = append(t.zones, planar.Input{Zone: planar.Zone(i), Outline: c.Outline})
	}
	if len(t.at) != len(t.Communities) {
		return fmt.Errorf("town %s: a community stands twice", t.Code)
	}
	if t.MetresAMinute <= 0 {
		t.MetresAMinute = 70
	}
	t.placesNear, t.streetNear, t.segments, t.whole = buckets{}, buckets{}, nil, nil
	for i := range t.Places {
		p := &t.Places[i]
		if _, ok := t.at[p.Community]; !ok {
			return fmt.Errorf("town %s: place %s lies in the community %q, which is not the town's", t.Code, p.ID, p.Community)
		}
		t.placesNear.put(int32(i), p.box())
		if p.Whole {
			t.whole = append(t.whole, int32(i))
		}
	}
	for _, s := range t.Streets {
		for i := 1; i < len(s); i++ {
			if s[i-1] != s[i] {
				t.streetNear.put(int32(len(t.segments)), geo.EmptyBox().Extend(s[i-1]).Extend(s[i]))
				t.segments = append(t.segments, [2]geo.Point{s[i-1], s[i]})
			}
		}
	}
	return nil
}

func (p *Place) box() geo.Box {
	if p.Footprint == nil {
		return geo.Box{Min: p.Anchor, Max: p.Anchor}
	}
	return p.Footprint.Box()
}

// buckets find things by place: squares 2^14 steps (some 170 m) wide.
type buckets map[[2]int32][]int32

const bucketShift = 14

func (b buckets) put(i int32, box geo.Box) {
	eachBucket(box, func(k [2]int32) { b[k] = append(b[k], i) })
}

func eachBucket(box geo.Box, fn func([2]int32)) {
	for x := box.Min.X >> bucketShift; x <= box.Max.X>>bucketShift; x++ {
		for y := box.Min.Y >> bucketShift; y <= box.Max.Y>>bucketShift; y++ {
			fn([2]int32{x, y})
		}
	}
}

// near lists what may meet a box, ascending, each once.
func (b buckets) near(box geo.Box) []int32 {
	if box.Min.X > box.Max.X {
		return nil
	}
	var out []int32
	eachBucket(box, func(k [2]int32) { out = append(out, b[k]...) })
	slices.Sort(out)
	return slices.Compact(out)
}

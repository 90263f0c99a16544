package grids

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"gridward/geo"
)

// Area is a named area of a partition: a unit or a grid.
type Area struct {
	Code     string
	Geometry orb.MultiPolygon
}

// Reason is why a place falls to an area.
type Reason string

// The reasons.
const (
	Inside       Reason = "inside"        // it lies wholly in the area
	OnBorder     Reason = "on_border"     // its point is on a border: the lower code has it
	LargestShare Reason = "largest_share" // the area holds most of its footprint
	EqualShares  Reason = "equal_shares"  // two hold as much of it: the lower code has it
)

// Choice is the area that a place falls to.
type Choice struct {
	Code     string
	Reason   Reason
	SharePPM int32 // millionths of the footprint's area that lie in it
}

// Assigner says which area of a partition a place falls to. It is safe for
// concurrent use.
type Assigner struct {
	codes   []string
	locator *geo.Locator
	part    *geo.Partition
	edges   *geo.EdgeIndex
}

// NewAssigner builds the assigner of areas that share no interior point; a
// [*geo.PartitionError] whose faces are indices into the areas by code says
// where they do.
func NewAssigner(areas []Area) (*Assigner, error) {
	sorted := slices.Clone(areas)
	slices.SortFunc(sorted, func(a, b Area) int { return compare(a.Code, b.Code) })
	a := &Assigner{}
	outlines := make([]geo.Outline, len(sorted))
	for i, area := range sorted {
		o, err := geo.NewOutline(area.Geometry)
		if err != nil {
			return nil, fmt.Errorf("area %s: %w", area.Code, err)
		}
		outlines[i] = o
		a.codes = append(a.codes, area.Code)
	}
	var err error
	if a.part, err = geo.NewPartition(outlines); err != nil {
		return nil, fmt.Errorf("areas %s: %w", spell(a.codes, err), err)
	}
	if a.locator, err = geo.NewLocator(a.part); err != nil {
		return nil, err
	}
	a.edges = geo.NewEdgeIndex(a.part)
	return a, nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// spell names the areas of a partition's first fault.
func spell(codes []string, err error) string {
	if f, ok := err.(*geo.PartitionError); ok && len(f.Faults) > 0 {
		s := ""
		for _, i := range f.Faults[0].Faces {
			s += codes[i] + " "
		}
		return s
	}
	return ""
}

// Locate is the area that holds a point; false if none does.
func (a *Assigner) Locate(p geo.Point, key geo.Key) (string, bool) {
	f := a.locator.Locate(key, p)
	if f == geo.None {
		return "", false
	}
	return a.codes[f], true
}

// Assign says which area a place falls to; false if none. A footprint falls to
// the area that holds the largest share of it, a line or point to the one that
// holds its anchor. among, if not nil, limits the areas that may have it.
func (a *Assigner) Assign(footprint orb.Geometry, anchor geo.Point, key geo.Key, among func(code string) bool) (Choice, bool) {
	switch footprint.(type) {
	case orb.Polygon, orb.MultiPolygon:
		near := a.edges.FacesNear(geo.BoxOf(footprint.Bound()))
		if len(near) > 0 {
			return a.largest(footprint, near, among)
		}
	}
	f := a.locator.Locate(key, anchor)
	if f != geo.None && a.part.Outline(f).Side(anchor) == geo.Inside {
		if among != nil && !among(a.codes[f]) {
			return Choice{}, false
		}
		return Choice{a.codes[f], Inside, 1e6}, true
	}
	// On a border: the lowest of the areas that touch it and may have it.
	for _, f := range a.edges.FacesNear(geo.Box{Min: anchor, Max: anchor}) {
		if among == nil || among(a.codes[f]) {
			return Choice{a.codes[f], OnBorder, 1e6}, true
		}
	}
	return Choice{}, false
}

// largest measures the footprint's share in each area near it.
func (a *Assigner) largest(footprint orb.Geometry, near []int32, among func(string) bool) (Choice, bool) {
	foot, err := geo.NewOutline(footprint)
	if err != nil {
		return Choice{}, false // smaller than the lattice: its import was refused
	}
	var shares Shares
	for _, f := range near { // ascending codes, so the first of equals stays
		if among == nil || among(a.codes[f]) {
			shares.Add(a.codes[f], geo.SharedArea(foot, a.part.Outline(f)))
		}
	}
	return shares.Choice(geo.SharedArea(foot, foot))
}

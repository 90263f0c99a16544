package grids

import (
	"fmt"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/layers"
)

// Placement is where a place belongs.
type Placement struct {
	Town, Park, Community string // 12 digits; Park is empty outside every park
	Grid                  string // 15 digits; empty while there is no plan
	Reason                Reason
	SharePPM              int32
}

// Placer says where places belong: first the community that holds the largest
// share of a footprint, then the grid of that community that does; the town
// and the park are those whose land holds the anchor. It is safe for
// concurrent use.
type Placer struct {
	communities, towns, parks, grids *Assigner
	townOf                           map[string]string // community → town, where its parent is one
	communityOf                      map[string]string // grid → community
}

// NewPlacer builds a placer from the units and the grids in force (none: nil).
// Units of one level must not overlap; the parks may lie in towns.
func NewPlacer(units []layers.Unit, grids []Grid) (*Placer, error) {
	p := &Placer{townOf: map[string]string{}, communityOf: map[string]string{}}
	byKind := map[layers.UnitKind][]Area{}
	kinds := map[string]layers.UnitKind{}
	for i := range units {
		u := &units[i]
		kinds[u.Code] = u.Kind
		byKind[u.Kind] = append(byKind[u.Kind], Area{u.Code, u.Geometry})
	}
	for i := range units {
		if u := &units[i]; u.Kind == layers.Community && kinds[u.Parent] == layers.Town {
			p.townOf[u.Code] = u.Parent
		}
	}
	var err error
	for _, level := range []struct {
		kind layers.UnitKind
		into **Assigner
	}{{layers.Community, &p.communities}, {layers.Town, &p.towns}, {layers.Park, &p.parks}} {
		if *level.into, err = NewAssigner(byKind[level.kind]); err != nil {
			return nil, fmt.Errorf("units of level %s overlap: %w", level.kind, err)
		}
	}
	areas := make([]Area, len(grids))
	for i, g := range grids {
		areas[i] = Area{g.Code, g.Geometry}
		p.communityOf[g.Code] = g.Community
	}
	if p.grids, err = NewAssigner(areas); err != nil {
		return nil, fmt.Errorf("grids overlap: %w", err)
	}
	return p, nil
}

// Place says where a place belongs; false if it lies in no community.
func (p *Placer) Place(footprint orb.Geometry, anchor geo.Point, key geo.Key) (Placement, bool) {
	community, ok := p.communities.Assign(footprint, anchor, key, nil)
	if !ok {
		return Placement{}, false
	}
	out := Placement{Community: community.Code, Town: p.townOf[community.Code], Reason: community.Reason, SharePPM: community.SharePPM}
	if out.Town == "" { // a park's community: the town is the one whose land it is
		out.Town, _ = p.towns.Locate(anchor, key)
	}
	out.Park, _ = p.parks.Locate(anchor, key)
	grid, ok := p.grids.Assign(footprint, anchor, key, func(code string) bool { return p.communityOf[code] == community.Code })
	if !ok {
		// The anchor may lie just outside a community that holds most of the footprint.
		grid, ok = p.grids.largestIn(footprint, community.Code, p.communityOf)
	}
	if ok {
		out.Grid, out.Reason, out.SharePPM = grid.Code, grid.Reason, grid.SharePPM
	}
	return out, true
}

// largestIn compares the grids of one community alone.
func (a *Assigner) largestIn(footprint orb.Geometry, community string, communityOf map[string]string) (Choice, bool) {
	switch footprint.(type) {
	case orb.Polygon, orb.MultiPolygon:
	default:
		return Choice{}, false
	}
	var near []int32
	for i, code := range a.codes {
		if communityOf[code] == community {
			near = append(near, int32(i))
		}
	}
	return a.largest(footprint, near, nil)
}

// TownOf is the town that a community belongs to: its parent, or, for a park's
// community, the one whose land it is.
func (p *Placer) TownOf(u *layers.Unit) (string, error) {
	if town := p.townOf[u.Code]; town != "" {
		return town, nil
	}
	anchor, err := geo.Anchor(u.Geometry)
	if err != nil {
		return "", fmt.Errorf("community %s: %w", u.Code, err)
	}
	key, err := geo.KeyAt(anchor)
	if err != nil {
		return "", fmt.Errorf("community %s: %w", u.Code, err)
	}
	town, ok := p.towns.Locate(anchor, key)
	if !ok {
		return "", fmt.Errorf("community %s %s lies in no town", u.Code, u.Name)
	}
	return town, nil
}

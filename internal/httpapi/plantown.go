package httpapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids"
	"gridward/grids/plan"
	"gridward/layers"
	"gridward/tiles"
)

// minWholeM2 is the size from which a self-managed compound is not divided
// (GB/T 30428.1: 10,000 m²); a smaller one is reported only.
const minWholeM2 = 10_000

// planTown gathers what stands under the plans of a town: its communities, a
// park's on its land among them, the places that are inspected, the streets.
func (s *Server) planTown(v *view, code string) (*plan.Town, error) {
	unit, ok := v.tree.Unit(code)
	if !ok || unit.Kind != layers.Town {
		return nil, notFound("town %q", code)
	}
	policy := v.book.Policy()
	t := &plan.Town{Code: code, Name: unit.Name, MetresAMinute: policy.Effort.MetresMinute, Rounds: policy.Effort.RoundsMonth}
	mine := map[string]bool{}
	for _, c := range v.tree.OfKind(layers.Community) {
		if v.townOf(c) != code {
			continue
		}
		o, err := geo.NewOutline(c.Geometry)
		if err != nil {
			return nil, fmt.Errorf("community %s: %w", c.Code, err)
		}
		t.Communities = append(t.Communities, plan.Community{Code: c.Code, Name: c.Name, Outline: o})
		mine[c.Code] = true
	}
	footprints := map[uuid.UUID]*layers.Definition{}
	shapes := map[uuid.UUID]geo.Outline{}
	for _, d := range s.set.All() {
		if !d.Inspected {
			continue
		}
		err := v.each(d.Layer, func(s *tiles.Snapshot, fn func(*tiles.Feature)) {
			s.All(func(_, _, community string) bool { return mine[community] }, fn)
		}, func(f *tiles.Feature) {
			footprints[f.Ref] = d
			switch f.Geometry.(type) {
			case orb.Polygon, orb.MultiPolygon:
				if o, err := geo.NewOutline(f.Geometry); err == nil {
					shapes[f.Ref] = o
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	for _, f := range v.book.Facts() {
		if !mine[f.Community] {
			continue
		}
		d := footprints[f.ID]
		if d == nil {
			continue // it does not stand today
		}
		p := plan.Place{ID: f.ID, Name: f.Name, Category: f.Category, Community: f.Community, Anchor: f.Anchor, Footprint: shapes[f.ID]}
		if p.Footprint != nil && d.Undivided != "" {
			p.Whole = d.Undivided == "must" && p.Footprint.Area() >= minWholeM2
			p.Building = !p.Whole
		}
		for _, o := range f.Owes {
			if minutes := policy.MonthlyMinutes(f.Category, o); minutes > 0 { // campaigns cost nothing in the long run
				p.Duties = append(p.Duties, plan.Duty{Class: policy.Duties[o.Duty].Class, Centi: int64(minutes*100 + 0.5)})
			}
		}
		t.Places = append(t.Places, p)
	}
	slices.SortFunc(t.Places, func(a, b plan.Place) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	bound := unit.Geometry.Bound()
	err := v.each(streetLayer, func(s *tiles.Snapshot, fn func(*tiles.Feature)) { s.Within(bound, fn) }, func(f *tiles.Feature) {
		switch g := f.Geometry.(type) {
		case orb.LineString:
			t.Streets = append(t.Streets, onLattice(g))
		case orb.MultiLineString:
			for _, l := range g {
				t.Streets = append(t.Streets, onLattice(l))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return t, t.Prepare()
}

func onLattice(l orb.LineString) []geo.Point {
	out := make([]geo.Point, len(l))
	for i, p := range l {
		out[i] = geo.Snap(p)
	}
	return out
}

// shapesOf takes stored grids as a layout takes them.
func shapesOf(gs []grids.Grid) ([]plan.GridShape, error) {
	out := make([]plan.GridShape, len(gs))
	for i, g := range gs {
		o, err := geo.NewOutline(g.Geometry)
		if err != nil {
			return nil, fmt.Errorf("grid %s: %w", g.Code, err)
		}
		out[i] = plan.GridShape{Code: g.Code, Name: g.Name, Community: g.Community, Outline: o}
	}
	return out, nil
}

// firstShapes are one grid a community, for a town that has no plan yet.
func firstShapes(t *plan.Town, used map[string]bool) ([]plan.GridShape, error) {
	var out []plan.GridShape
	for _, c := range t.Communities {
		gs := []grids.Grid{{Community: c.Code, Geometry: c.Outline.MultiPolygon()}}
		if err := grids.Number(c.Code, gs, used); err != nil {
			return nil, err
		}
		out = append(out, plan.GridShape{Code: gs[0].Code, Name: c.Name + "第" + gs[0].Code[12:] + "网格", Community: c.Code, Outline: c.Outline})
	}
	return out, nil
}

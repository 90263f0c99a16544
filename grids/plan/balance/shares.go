package balance

import (
	"fmt"

	"gridward/geo"
)

// Share is the land of one grid of a division.
type Share struct {
	Ref    string // empty for a new grid
	Region geo.Outline
	Parts  int // connected parts of the region: more than one only where the zone is in parts
}

// Shares are the land of a zone's grids, all of them, in the division's order;
// nil if every grid has the land that it had. They tile the zone to the last
// lattice step and have the same vertices along common borders, so a planar map
// takes them as they are: none is bent and none refused. A region is in one part
// unless the zone itself is in parts.
func (a *Atoms) Shares(v Division) ([]Share, error) {
	if !v.Changed {
		return nil, nil
	}
	rings := make([]geo.Outline, len(v.Grids))
	for g := range v.Grids {
		for _, i := range v.Grids[g].Atoms {
			rings[g] = append(rings[g], a.Atoms[i].rings...)
		}
	}
	for _, h := range a.Hems {
		if g, _ := h.holder(func(atom int) int { return v.Of[atom] }); g >= 0 {
			rings[g] = append(rings[g], h.Outline...)
		}
	}
	exact := make([]geo.Outline, len(v.Grids))
	for g := range rings {
		exact[g] = geo.Dissolve(rings[g])
	}
	regions := a.straight(exact)
	if geo.Tiles(a.Zone.Outline, regions) != nil {
		regions = exact // vertices that only look idle
		if err := geo.Tiles(a.Zone.Outline, regions); err != nil {
			return nil, fmt.Errorf("community %s: its grids do not tile it: %w", a.Zone.Code, err)
		}
	}
	out := make([]Share, len(v.Grids))
	for g := range v.Grids {
		out[g] = Share{v.Grids[g].Ref, regions[g], len(parts(regions[g]))}
	}
	return out, nil
}

// idle is how far, in lattice steps, a vertex that nobody drew may lie beside the
// line of its neighbours and be left out.
const idle = 1.5

// straight leaves out the vertices that were made where a border crossed one that
// is gone: they lie on no corner of what was drawn, nor where borders meet. Both
// sides of a border lose the same ones. Whether the result tiles is for the
// caller to prove.
func (a *Atoms) straight(regions []geo.Outline) []geo.Outline {
	// The neighbours of every vertex, over all regions: a border between two
	// corners shows the same pair from either side.
	type pair struct{ a, b geo.Point }
	beside := map[geo.Point]pair{}
	corner := map[geo.Point]bool{}
	for _, o := range regions {
		for _, ring := range o {
			n := len(ring)
			for i, q := range ring {
				p := pair{ring[(i+n-1)%n], ring[(i+1)%n]}
				if have, met := beside[q]; met && have != p && have != (pair{p.b, p.a}) {
					corner[q] = true
				}
				beside[q] = p
			}
		}
	}
	out := make([]geo.Outline, len(regions))
	for g, o := range regions {
		for _, ring := range o {
			var kept []geo.Point
			n := len(ring)
			for i, q := range ring {
				before, after := ring[(i+n-1)%n], ring[(i+1)%n]
				if a.drawn[q] || corner[q] || lattice.away(q, before, after) > idle {
					kept = append(kept, q)
				}
			}
			if len(kept) < 3 {
				kept = ring
			}
			out[g] = append(out[g], kept)
		}
	}
	return out
}

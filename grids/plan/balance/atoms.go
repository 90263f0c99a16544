package balance

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gridward/geo"
	"gridward/geo/planar"
)

// Atoms is a zone cut into atoms.
type Atoms struct {
	Zone  *Zone
	Kind  Kind // what it was cut by in the end
	Atoms []Atom
	Hems  []Hem
	Notes []string // what was not done as asked

	plane plane
	drawn map[geo.Point]bool // corners that were drawn, not made where lines meet
	drew  bool               // the present grids' outlines were given
}

// Atom is a connected piece of a zone that is given to one grid whole.
type Atom struct {
	Outline    geo.Outline
	Minutes    float64 // of the places in it and of walking its streets, a month
	AreaM2     float64
	X, Y       float64 // centroid, metres east and north of the zone's middle
	OuterM     float64 // its border on the zone's outline, metres
	Places     int
	Held       []Held // its places by their present grid, ascending; those without one are not listed
	Present    int    // the present grid in which it lies; -1 if none is drawn, or it lies in several
	Neighbours []Border

	rings geo.Outline // of the pieces that it was made of
}

// Held is how many places of an atom a present grid has.
type Held struct{ Grid, Places int }

// Border is what an atom has in common with a neighbour.
type Border struct {
	Atom    int
	Metres  float64
	StreetM float64 // of them along a street or water
	Cuts    int     // buildings that it runs through
	// Open is a border that one can cross: at least a metre of it, or, with no
	// metres at all, a way over to an islet.
	Open bool
}

// tiny is the share of the usual area below which an atom is joined to a
// neighbour.
const tiny = 0.25

// Cut makes the atoms of a zone. The error says what is wrong with the zone; what
// could not be cut as asked is in the notes.
func Cut(ctx context.Context, z *Zone, kind Kind) (*Atoms, error) {
	if err := z.check(); err != nil {
		return nil, err
	}
	before, err := z.present()
	if err != nil {
		return nil, err
	}
	m, err := planar.New([]planar.Input{{Outline: z.Outline}})
	if err != nil {
		return nil, fmt.Errorf("community %s: %w", z.Code, err)
	}
	a := &Atoms{Zone: z, Kind: kind, plane: planeOf(z.Outline.Box()), drawn: map[geo.Point]bool{}, drew: before != nil}
	s := &scissors{m: m, zone: z, plane: a.plane, drawn: a.drawn}
	for _, o := range z.Whole {
		s.boxes = append(s.boxes, o.Box())
	}
	for _, e := range m.Edges() {
		a.drawn[e.A], a.drawn[e.B] = true, true
	}
	var present []planar.Bordered
	if before != nil {
		present = before.Edges()
	}
	least := 0.0
	if kind == Blocks {
		divided, err := s.byLines(present)
		if err != nil {
			return nil, err
		}
		if !divided {
			a.Kind = H3r10
			a.Notes = append(a.Notes, "no street or water divides it: cut by H3 cells of resolution 10")
			if s.m, err = planar.New([]planar.Input{{Outline: z.Outline}}); err != nil {
				return nil, err
			}
		}
	}
	if a.Kind != Blocks {
		res, ok := resolutions[a.Kind]
		if !ok {
			return nil, fmt.Errorf("atoms are %s, %s, %s or %s, not %q", Blocks, H3r9, H3r10, H3r11, kind)
		}
		area, err := s.byCells(res, present)
		if err != nil {
			return nil, err
		}
		least = tiny * area
	}
	if s.left > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%d lines run closer to others than the lattice can tell apart and were left out", s.left))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := a.pieces(s.m, before)
	p.load()
	if least == 0 {
		least = tiny * z.Outline.Area() / float64(len(p.list))
	}
	p.join(least)
	p.bridge()
	return a, ctx.Err()
}

// pieces are connected pieces of land on the way to atoms.
type pieces struct {
	a    *Atoms
	m    *planar.Map
	list []Atom
	of   map[planar.Face][]int // several where a face is in parts; none of a hem
	side map[[2]geo.Point]int  // the piece on the left of an edge; of hems, −1 − the hem
	hems []seam

	outline map[planar.Edge]bool // the edges of the zone's outline
}

// seam is a hem with the metres of it that each piece lies on.
type seam struct {
	geo.Outline
	metres map[int]float64
}

// pieces takes the faces of a map apart where they are in parts. before is the
// map of the present grids.
func (a *Atoms) pieces(m, before *planar.Map) *pieces {
	p := &pieces{a: a, m: m, of: map[planar.Face][]int{}, side: map[[2]geo.Point]int{}, outline: map[planar.Edge]bool{}}
	for _, e := range m.Edges() {
		if e.Left == planar.Outside || e.Right == planar.Outside {
			p.outline[e.Edge] = true
		}
	}
	for _, f := range m.Faces() {
		for _, o := range parts(m.Outline(f)) {
			if p.hem(o) {
				continue
			}
			i := len(p.list)
			atom := Atom{Outline: o, AreaM2: o.Area(), Present: -1, rings: o}
			atom.X, atom.Y = a.plane.centroid(o)
			if a.drew {
				atom.Present = int(before.FaceAt(o.Anchor()))
			}
			p.list = append(p.list, atom)
			p.of[f] = append(p.of[f], i)
			for _, ring := range o {
				for k, q := range ring {
					p.side[[2]geo.Point{q, ring[(k+1)%len(ring)]}] = i
				}
			}
		}
	}
	p.borders()
	return p
}

// hem takes a sliver along the outline for a hem.
func (p *pieces) hem(o geo.Outline) bool {
	if !sliver(o, p.a.plane) {
		return false
	}
	outer := false
	for _, ring := range o {
		for k, q := range ring {
			e := planar.Edge{A: q, B: ring[(k+1)%len(ring)]}
			outer = outer || p.outline[e] || p.outline[planar.Edge{A: e.B, B: e.A}]
		}
	}
	if !outer {
		return false
	}
	p.hems = append(p.hems, seam{o, map[int]float64{}})
	for _, ring := range o {
		for k, q := range ring {
			p.side[[2]geo.Point{q, ring[(k+1)%len(ring)]}] = -len(p.hems)
		}
	}
	return true
}

// parts are the connected parts of an outline.
func parts(o geo.Outline) []geo.Outline {
	var out []geo.Outline
	for _, r := range o {
		if geo.DoubleArea(r) > 0 {
			out = append(out, geo.Outline{r})
		}
	}
	if len(out) == 1 {
		return []geo.Outline{o}
	}
	slices.SortStableFunc(out, func(a, b geo.Outline) int { return cmp.Compare(geo.DoubleArea(a[0]), geo.DoubleArea(b[0])) })
	for _, r := range o {
		if geo.DoubleArea(r) > 0 {
			continue
		}
		for i := range out { // the smallest that holds the hole
			if within(r, out[i][0]) {
				out[i] = append(out[i], r)
				break
			}
		}
	}
	return out
}

// within reports whether a ring lies in another that it may touch.
func within(ring, outer []geo.Point) bool {
	for _, p := range ring {
		switch geo.InRing(p, outer) {
		case geo.Inside:
			return true
		case geo.Outside:
			return false
		}
	}
	return true
}

// centroid is the middle of an outline's land.
func (p plane) centroid(o geo.Outline) (x, y float64) {
	var sum float64
	for _, ring := range o {
		ox, oy := p.at(ring[0])
		for i := 1; i+1 < len(ring); i++ {
			ax, ay := p.at(ring[i])
			bx, by := p.at(ring[i+1])
			w := (ax-ox)*(by-oy) - (ay-oy)*(bx-ox)
			x, y, sum = x+w*(ox+ax+bx)/3, y+w*(oy+ay+by)/3, sum+w
		}
	}
	if sum == 0 {
		return p.at(o[0][0])
	}
	return x / sum, y / sum
}

// besideStreet is how far from a street's line, in metres, a border may run
// and still be said to run along it.
const besideStreet = 12

// borders measures what the pieces have in common.
func (p *pieces) borders() {
	streets, walls := newNearby(), newNearby()
	z := p.a.Zone
	for _, set := range [][][]geo.Point{z.Streets, z.Water} {
		for _, l := range set {
			for i := 1; i < len(l); i++ {
				streets.put(l[i-1], l[i], 0)
			}
		}
	}
	for i, o := range z.Footprints {
		for _, ring := range o {
			for k, q := range ring {
				walls.put(q, ring[(k+1)%len(ring)], i)
			}
		}
	}
	for i := range p.list {
		at := map[int]*Border{}
		cut := map[int]map[int]bool{}
		var order []int
		for _, ring := range p.list[i].Outline {
			for k, q := range ring {
				r := ring[(k+1)%len(ring)]
				length := p.a.plane.length(q, r)
				j, inner := p.side[[2]geo.Point{r, q}]
				if !inner || j < 0 {
					p.list[i].OuterM += length
					if inner {
						p.hems[-1-j].metres[i] += length
					}
					continue
				}
				if i == j {
					continue
				}
				b := at[j]
				if b == nil {
					b = &Border{Atom: j}
					at[j], cut[j] = b, map[int]bool{}
					order = append(order, j)
				}
				b.Metres += length
				if streets.along(p.a.plane, q, r, besideStreet) {
					b.StreetM += length
				}
				box := geo.EmptyBox().Extend(q).Extend(r)
				walls.around(box, func(w int32) {
					if geo.Meet(q, r, walls.segments[w][0], walls.segments[w][1]) == geo.Crossing {
						cut[j][walls.of[w]] = true
					}
				})
			}
		}
		slices.Sort(order)
		for _, j := range order {
			at[j].Cuts = len(cut[j])
			at[j].Open = at[j].Metres >= 1
			p.list[i].Neighbours = append(p.list[i].Neighbours, *at[j])
		}
	}
}

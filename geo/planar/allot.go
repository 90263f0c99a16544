package planar

import (
	"maps"
	"math"
	"slices"

	"gridward/geo"
)

// Share is land for one face: what lies in the region becomes To's, or a new
// face's if To is Outside.
type Share struct {
	To     Face
	Region geo.Outline
}

// Allot hands out the land of a zone by shares at once: where two shares
// overlap the first has it, what lies in none stays with its face, and a face of
// which nothing is left ends. Faces for the shares without one are begun in
// their order. from, unless nil, limits whose land is handed out. With parts,
// faces may fall into parts. Shares that tile the zone, or the land of from,
// exactly leave nothing of the borders that were in it, so these do not bend the
// new ones: each face gets its share to the last vertex.
func (m *Map) Allot(zone Zone, shares []Share, from []Face, parts bool) (Change, error) {
	land := map[Face]bool{}
	for f, at := range m.faces {
		if at.zone == zone && (from == nil || slices.Contains(from, f)) {
			land[f] = true
		}
	}
	touched := map[Face]bool{}
	once := map[Edge]bool{}
	var lines []line
	for _, s := range shares {
		if s.To != Outside {
			if !land[s.To] {
				return Change{}, &Refusal{ErrUnknown, s.Region[0][0], s.To}
			}
			touched[s.To] = true
		}
		for f := range m.meeting(s.Region, zone, from) {
			touched[f] = true
		}
		for _, ring := range s.Region {
			for i, p := range ring {
				if b := ordered(p, ring[(i+1)%len(ring)], 0, 0); !once[b.Edge] {
					once[b.Edge] = true
					lines = append(lines, line{b.A, b.B})
				}
			}
		}
	}
	if len(touched) == 0 || len(lines) == 0 {
		return Change{}, &Refusal{ErrNothing, geo.Point{}, Outside}
	}
	whole := m.tile(land, shares)
	if whole {
		touched = land
	}
	first := m.next
	c, err := m.reworkAs(touched, lines, manner{parts: parts, forget: whole, exact: whole}, func(pieces []piece) ([]Face, []Begun, error) {
		owner, changed := make([]Face, len(pieces)), false
		fresh := map[int]Face{}
		var begun []Begun
		in := locate(pieces, len(shares), func(i int) geo.Outline { return shares[i].Region })
		for i := range pieces {
			owner[i] = pieces[i].parent
			if len(in[i]) == 0 {
				continue
			}
			k := in[i][0]
			owner[i] = shares[k].To
			if owner[i] == Outside {
				if _, there := fresh[k]; !there {
					fresh[k] = Outside
				}
			}
		}
		for k := range shares { // in the shares' order, however the pieces came
			if _, wanted := fresh[k]; wanted {
				fresh[k] = m.next
				begun = append(begun, Begun{m.next, zone})
				m.next++
			}
		}
		for i := range pieces {
			if len(in[i]) > 0 && shares[in[i][0]].To == Outside {
				owner[i] = fresh[in[i][0]]
			}
			changed = changed || owner[i] != pieces[i].parent
		}
		if !changed && !whole { // whole, the borders that were there are not in the pieces
			return nil, nil, &Refusal{ErrNothing, shares[0].Region[0][0], Outside}
		}
		return owner, begun, nil
	})
	if err == nil && len(c.Added)+len(c.Removed) == 0 {
		err = &Refusal{ErrNothing, shares[0].Region[0][0], Outside}
	}
	if err != nil {
		m.next = first
	}
	return c, err
}

// tile reports whether shares tile the land of faces exactly.
func (m *Map) tile(faces map[Face]bool, shares []Share) bool {
	var want, have int64
	regions := make([]geo.Outline, len(shares))
	for i, s := range shares {
		regions[i] = s.Region
		have += s.Region.DoubleArea()
	}
	for f := range faces {
		want += m.DoubleArea(f)
	}
	return want == have && geo.Tiles(m.Land(slices.Collect(maps.Keys(faces))), regions) == nil
}

// Land is the outline of the land that faces have together.
func (m *Map) Land(faces []Face) geo.Outline {
	in := map[Face]bool{}
	for _, f := range faces {
		in[f] = true
	}
	var around []half
	for f := range in {
		at, there := m.faces[f]
		if !there {
			continue
		}
		for e := range at.edges {
			switch s := m.edges[e]; {
			case in[s.Left] && !in[s.Right]:
				around = append(around, half{from: e.A, to: e.B})
			case in[s.Right] && !in[s.Left]:
				around = append(around, half{from: e.B, to: e.A})
			}
		}
	}
	var out geo.Outline
	for _, c := range trace(around) {
		out = append(out, geo.SimpleRings(c.points())...)
	}
	return out
}

// locate lists for each piece the regions in which it lies, ascending.
func locate(pieces []piece, regions int, region func(int) geo.Outline) [][]int {
	boxes := make([]geo.Box, regions)
	for k := range boxes {
		boxes[k] = region(k).Box()
	}
	out := make([][]int, len(pieces))
	for i := range pieces {
		x, y := pieces[i].inner()
		for k, b := range boxes {
			if float64(b.Min.X) < x && x < float64(b.Max.X) && b.Min.Y <= y && y < b.Max.Y && covers(region(k), x, y) {
				out[i] = append(out[i], k)
			}
		}
	}
	return out
}

// inner is a point inside a piece, at x and half a step above y, where no
// corner can be. Borders bend by up to a step on the lattice, so that a point
// nearer to one may lie on the other side of the line that was drawn: the
// piece's height is halved again and again until a point is clear of that, and
// what is thinner everywhere gives the clearest. Also what is a step wide has one.
func (p *piece) inner() (x float64, y int32) {
	const enough, halvings = 2.0, 7
	box := geo.EmptyBox()
	for _, h := range p.outer.halves {
		box = box.Extend(h.from)
	}
	low, height := int64(box.Min.Y), int64(box.Max.Y)-int64(box.Min.Y)
	best := -1.0
	for parts := int64(2); parts <= 1<<halvings; parts *= 2 {
		for k := int64(1); k < parts; k += 2 {
			at := int32(low + min(height*k/parts, height-1))
			mid, ok := p.widest(at)
			if !ok {
				continue
			}
			if d := p.clearance(mid, at); d > best {
				x, y, best = mid, at, d
			}
			if best >= enough {
				return x, y
			}
		}
		if parts > height {
			break
		}
	}
	return x, y
}

// widest is the middle of the widest stretch that a piece has of the horizontal
// half a step above y.
func (p *piece) widest(y int32) (x float64, ok bool) {
	var xs []float64
	p.each(func(h half) {
		if at, ok := crossesAt(h.from, h.to, y); ok {
			xs = append(xs, at)
		}
	})
	slices.Sort(xs)
	wide := -1.0
	for i := 0; i+1 < len(xs); i += 2 {
		if w := xs[i+1] - xs[i]; w > wide {
			x, wide = (xs[i]+xs[i+1])/2, w
		}
	}
	return x, wide >= 0
}

// clearance is the distance, in steps, from a point half a step above y to a
// piece's border.
func (p *piece) clearance(x float64, y int32) float64 {
	near := math.Inf(1)
	p.each(func(h half) {
		ax, ay := float64(h.from.X)-x, float64(h.from.Y)-float64(y)-0.5
		dx, dy := float64(h.to.X)-float64(h.from.X), float64(h.to.Y)-float64(h.from.Y)
		t := min(1, max(0, -(ax*dx+ay*dy)/(dx*dx+dy*dy)))
		near = min(near, math.Hypot(ax+t*dx, ay+t*dy))
	})
	return near
}

// crossesAt is where an edge crosses the horizontal half a step above y.
func crossesAt(a, b geo.Point, y int32) (float64, bool) {
	if (a.Y <= y) == (b.Y <= y) {
		return 0, false
	}
	t := (float64(y) + 0.5 - float64(a.Y)) / (float64(b.Y) - float64(a.Y))
	return float64(a.X) + t*(float64(b.X)-float64(a.X)), true
}

// covers reports whether a region holds the point at x, half a step above y.
func covers(region geo.Outline, x float64, y int32) bool {
	in := false
	for _, ring := range region {
		for i, a := range ring {
			if at, ok := crossesAt(a, ring[(i+1)%len(ring)], y); ok && at > x {
				in = !in
			}
		}
	}
	return in
}

// thin is the mean width, in steps, below which a piece is a sliver that
// snapping made and no drawing meant.
const thin = 8

func (p *piece) sliver() bool {
	around := 0.0
	for _, c := range append([]cycle{p.outer}, p.holes...) {
		for _, h := range c.halves {
			around += steps(h.from, h.to)
		}
	}
	return float64(p.area) < thin*around/2
}

func steps(a, b geo.Point) float64 {
	return math.Hypot(float64(a.X)-float64(b.X), float64(a.Y)-float64(b.Y))
}

// adopt gives slivers to the owner along their longest border, since no point
// inside them tells reliably where they lie.
func adopt(pieces []piece, owner []Face) {
	across := map[Edge][]int{}
	for i := range pieces {
		pieces[i].each(func(h half) {
			e := ordered(h.from, h.to, 0, 0).Edge
			across[e] = append(across[e], i)
		})
	}
	var slivers []int
	for i := range pieces {
		if pieces[i].sliver() {
			slivers = append(slivers, i)
		}
	}
	settled := map[int]bool{}
	for range slivers { // a sliver beside slivers waits for one of them
		for _, i := range slivers {
			if settled[i] {
				continue
			}
			length := map[Face]float64{}
			pieces[i].each(func(h half) {
				for _, k := range across[ordered(h.from, h.to, 0, 0).Edge] {
					if k != i && (!pieces[k].sliver() || settled[k]) {
						length[owner[k]] += steps(h.from, h.to)
					}
				}
			})
			best, longest := Outside, 0.0
			for _, f := range slices.Sorted(maps.Keys(length)) {
				if length[f] > longest {
					best, longest = f, length[f]
				}
			}
			if best != Outside {
				owner[i], settled[i] = best, true
			}
		}
	}
}

// each calls fn for every half-edge around the piece.
func (p *piece) each(fn func(half)) {
	for _, h := range p.outer.halves {
		fn(h)
	}
	for _, c := range p.holes {
		for _, h := range c.halves {
			fn(h)
		}
	}
}

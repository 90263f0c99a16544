package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gridward/geo"
	"gridward/grids"
)

// Load is work at a point: visits a month.
type Load struct {
	At     geo.Point
	Visits float64
}

// DefaultMaxLoad is how many visits a month one grid may hold before it is split.
const DefaultMaxLoad = 150

// Generate makes a first plan: one grid a community, split where its load is
// above maxLoad. A cut runs between two vertices of the boundary, strictly
// inside, so the neighbours' borders stay as they are to the last step of the
// lattice. What could not be split is named in the notes. used are the codes
// that were ever given; the new ones are added.
func Generate(communities []grids.Area, load map[string][]Load, maxLoad float64, used map[string]bool) (out []grids.Grid, notes []string, err error) {
	for _, c := range communities {
		o, err := geo.NewOutline(c.Geometry)
		if err != nil {
			return nil, nil, fmt.Errorf("community %s: %w", c.Code, err)
		}
		parts, note := split(o, load[c.Code], maxLoad)
		if note != "" {
			notes = append(notes, "community "+c.Code+": "+note)
		}
		var gs []grids.Grid
		for _, p := range parts {
			gs = append(gs, grids.Grid{Community: c.Code, Geometry: p.MultiPolygon(), AreaM2: p.Area()})
		}
		if err := grids.Number(c.Code, gs, used); err != nil {
			return nil, nil, err
		}
		slices.SortFunc(gs, func(a, b grids.Grid) int { return cmp.Compare(a.Code, b.Code) })
		out = append(out, gs...)
	}
	return out, notes, nil
}

// split divides an outline until no part's load is above the bound.
func split(o geo.Outline, load []Load, bound float64) (parts []geo.Outline, note string) {
	total := sum(load)
	if total <= bound {
		return []geo.Outline{o}, ""
	}
	a, b, ok := bestCut(o, load)
	if !ok {
		return []geo.Outline{o}, fmt.Sprintf("%.0f visits a month are above %.0f, and no cut between two of its corners divides it", total, bound)
	}
	inA := func(l Load) bool { return a.Side(l.At) != geo.Outside }
	var la, lb []Load
	for _, l := range load {
		if inA(l) {
			la = append(la, l)
		} else {
			lb = append(lb, l)
		}
	}
	pa, na := split(a, la, bound)
	pb, nb := split(b, lb, bound)
	return append(pa, pb...), cmp.Or(na, nb)
}

func sum(load []Load) (total float64) {
	for _, l := range load {
		total += l.Visits
	}
	return total
}

// maxCandidates bounds the cuts looked at in a ring of many vertices.
const maxCandidates = 6000

// bestCut is the cut that balances load best while it stays short.
func bestCut(o geo.Outline, load []Load) (a, b geo.Outline, ok bool) {
	ring := slices.MaxFunc(o, func(x, y []geo.Point) int { return cmp.Compare(geo.DoubleArea(x), geo.DoubleArea(y)) })
	var rest geo.Outline // other parts and all holes
	for _, r := range o {
		if &r[0] != &ring[0] {
			rest = append(rest, r)
		}
	}
	n := len(ring)
	total := sum(load)
	type cut struct {
		i, j  int
		score float64
	}
	var cuts []cut
	step := max(1, n*n/2/maxCandidates)
	for i := 0; i < n; i++ {
		for j := i + 2; j < n; j++ {
			if (i*n+j)%step != 0 || (i == 0 && j == n-1) {
				continue
			}
			half := ring[i : j+1]
			area := math.Abs(float64(geo.DoubleArea(half)) / float64(geo.DoubleArea(ring)))
			if area < 0.15 || area > 0.85 {
				continue
			}
			length := geo.Distance(ring[i].Orb(), ring[j].Orb())
			cuts = append(cuts, cut{i, j, length * (1 + 4*math.Abs(area-0.5))})
		}
	}
	slices.SortFunc(cuts, func(x, y cut) int {
		return cmp.Or(cmp.Compare(x.score, y.score), cmp.Compare(x.i, y.i), cmp.Compare(x.j, y.j))
	})
	best := math.Inf(1)
	tried := 0
	for _, c := range cuts {
		if c.score >= best || tried == 60 {
			break
		}
		if !clear(o, ring[c.i], ring[c.j]) {
			continue
		}
		tried++
		x, y := halves(ring, rest, c.i, c.j)
		share := 0.0
		for _, l := range load {
			if x.Side(l.At) != geo.Outside {
				share += l.Visits / total
			}
		}
		if share < 0.1 || share > 0.9 {
			continue
		}
		if s := c.score * (1 + 3*math.Abs(share-0.5)); s < best {
			best, a, b, ok = s, x, y, true
		}
	}
	return a, b, ok
}

// clear reports whether the segment from p to q, two vertices of the outline,
// runs strictly inside it.
func clear(o geo.Outline, p, q geo.Point) bool {
	for _, r := range o {
		for i, a := range r {
			b := r[(i+1)%len(r)]
			switch geo.Meet(p, q, a, b) {
			case geo.Crossing, geo.Along:
				return false
			case geo.Touching:
				if (a != p && a != q && geo.OnSegment(a, p, q)) || (b != p && b != q && geo.OnSegment(b, p, q)) {
					return false
				}
			}
		}
	}
	mid := geo.Point{X: int32((int64(p.X) + int64(q.X)) / 2), Y: int32((int64(p.Y) + int64(q.Y)) / 2)}
	return o.Side(mid) == geo.Inside
}

// halves cuts the ring at two vertices and gives holes and other parts to the
// half that holds them, or is first.
func halves(ring []geo.Point, rest geo.Outline, i, j int) (a, b geo.Outline) {
	a = geo.Outline{slices.Clone(ring[i : j+1])}
	b = geo.Outline{append(slices.Clone(ring[j:]), ring[:i+1]...)}
	for _, r := range rest {
		if (geo.Outline{b[0]}).Side(r[0]) == geo.Inside || ((geo.Outline{b[0]}).Side(r[0]) == geo.Boundary && geo.DoubleArea(r) < 0 && (geo.Outline{a[0]}).Side(r[0]) == geo.Outside) {
			b = append(b, r)
		} else {
			a = append(a, r)
		}
	}
	return a, b
}

package beat

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// Reach is a part of a street that lies in a grid.
type Reach struct {
	Street uuid.UUID
	Grid   string
	Span
}

// sample is how far apart in metres a street is looked at: a grid met for less
// may be missed.
const sample = 10.0

// Reaches cuts a street by the grids in which it lies: in order of grid and
// place, those of one grid apart from each other. locate says in which grid a
// point lies, or nothing; where its answer changes the place is sought by
// bisection to the centimetre.
//
// Borders of grids like to run along streets, and a point on a border belongs
// to one side by a rule that does not concern whoever walks there. So the street
// is looked at so many metres beside its middle, left and right: a street
// between two grids is both grids' to walk, and the grids' lengths add up to more
// than the street's. With beside 0 the middle alone counts. Where a border
// crosses the street aslant both grids get the few metres of the crossing.
func (n *Network) Reaches(street uuid.UUID, beside float64, locate func(lon, lat float64) string) []Reach {
	i, ok := n.index(street)
	if !ok {
		return nil
	}
	found := map[string][]Span{}
	sides := []float64{-beside, beside}
	if beside == 0 {
		sides = sides[:1]
	}
	for k := range n.courses[i].parts {
		p := &n.courses[i].parts[k]
		for v := 1; v < len(p.points); v++ {
			for _, side := range sides {
				n.cutSegment(p, v, side, locate, func(grid string, s Span) { found[grid] = append(found[grid], s) })
			}
		}
	}
	var out []Reach
	for grid, spans := range found {
		for _, s := range Join(spans...) {
			out = append(out, Reach{street, grid, s})
		}
	}
	slices.SortFunc(out, func(a, b Reach) int { return cmp.Or(cmp.Compare(a.Grid, b.Grid), cmp.Compare(a.From, b.From)) })
	return out
}

// cutSegment cuts the segment before vertex v, seen from one side.
func (n *Network) cutSegment(p *part, v int, side float64, locate func(lon, lat float64) string, found func(grid string, s Span)) {
	a, b := n.flat.of(p.points[v-1]), n.flat.of(p.points[v])
	from, to := p.at[v-1], p.at[v]
	d := b.minus(a)
	left := vec{-d.y / d.length() * side, d.x / d.length() * side}
	grid := func(at float64) string {
		q := a.toward(b, (at-from)/(to-from))
		var o orb.Point = n.flat.point(vec{q.x + left.x, q.y + left.y})
		return locate(o[0], o[1])
	}
	note := func(code string, from, to float64) {
		if code != "" {
			found(code, Span{centimetres(from), centimetres(to)})
		}
	}
	begin, at, here := from, from, grid(from)
	for at < to {
		next := min(at+sample, to)
		there := grid(next)
		for there != here {
			// Between at and next: the last place that is still here.
			lo, hi, beyond := at, next, there
			for hi-lo > 0.005 {
				mid := (lo + hi) / 2
				if g := grid(mid); g == here {
					lo = mid
				} else {
					hi, beyond = mid, g
				}
			}
			note(here, begin, hi)
			begin, at, here = hi, hi, beyond
		}
		at = next
	}
	note(here, begin, to)
}

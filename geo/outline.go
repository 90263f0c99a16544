package geo

import (
	"fmt"

	"github.com/paulmach/orb"
)

// Outline is the boundary of one area on the lattice: closed rings without
// their repeated last vertex, outer rings counter-clockwise and holes
// clockwise, so that the area lies to the left of every edge.
type Outline [][]Point

// maxBox bounds W·H of an outline's box so that every doubled area, also at
// half a lattice step, fits 64 bits: 4·W·H < 2^63. It allows 137° by 137°.
const maxBox = int64(1) << 61 >> 1

// NewOutline reads a polygon or multipolygon: every coordinate snapped to the
// lattice, repeated vertices dropped, rings turned. Rings are taken as they
// stand; whether they cross is for [NewPartition] or a validity check to say.
func NewOutline(g orb.Geometry) (Outline, error) {
	var polygons orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		polygons = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		polygons = g
	default:
		return nil, fmt.Errorf("an area must be a Polygon or MultiPolygon, not %T", g)
	}
	var out Outline
	for i, polygon := range polygons {
		for j, ring := range polygon {
			pts := make([]Point, 0, len(ring))
			for _, v := range ring {
				p, err := SnapChecked(v)
				if err != nil {
					return nil, fmt.Errorf("polygon %d ring %d: %w", i, j, err)
				}
				if len(pts) == 0 || pts[len(pts)-1] != p {
					pts = append(pts, p)
				}
			}
			if len(pts) > 1 && pts[0] == pts[len(pts)-1] {
				pts = pts[:len(pts)-1]
			}
			if len(pts) < 3 {
				if j == 0 {
					break // nothing is left of this polygon on the lattice
				}
				continue
			}
			if (DoubleArea(pts) > 0) != (j == 0) {
				reverse(pts)
			}
			out = append(out, pts)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the area is smaller than the lattice (1e-7 degree): nothing is left of it")
	}
	if b := out.Box(); b.width()*b.height() > maxBox {
		return nil, fmt.Errorf("the area's box %v is too large for exact arithmetic (137 by 137 degrees at most)", b)
	}
	return out, nil
}

func reverse(p []Point) {
	for i, j := 0, len(p)-1; i < j; i, j = i+1, j-1 {
		p[i], p[j] = p[j], p[i]
	}
}

// DoubleArea is twice the signed area of an open or closed ring in square
// lattice steps, positive when counter-clockwise. Exact; the package
// documentation gives the bound.
func DoubleArea(ring []Point) int64 {
	if len(ring) < 3 {
		return 0
	}
	var sum int64
	for i := 1; i+1 < len(ring); i++ {
		sum += cross(ring[0], ring[i], ring[i+1])
	}
	return sum
}

// DoubleArea is twice the area inside the outline in square lattice steps.
func (o Outline) DoubleArea() int64 {
	var sum int64
	for _, r := range o {
		sum += DoubleArea(r)
	}
	return sum
}

// Side tells where p lies in relation to the outline, by the even–odd rule.
func (o Outline) Side(p Point) Side {
	inside := false
	for _, r := range o {
		switch InRing(p, r) {
		case Boundary:
			return Boundary
		case Inside:
			inside = !inside
		}
	}
	if inside {
		return Inside
	}
	return Outside
}

// Box is the smallest box around the outline.
func (o Outline) Box() Box {
	b := EmptyBox()
	for _, r := range o {
		for _, p := range r {
			b = b.Extend(p)
		}
	}
	return b
}

// Box is a closed box on the lattice.
type Box struct{ Min, Max Point }

// EmptyBox holds no point; extending it by one gives the box of that point.
func EmptyBox() Box {
	const big = 1<<31 - 1
	return Box{Point{big, big}, Point{-big, -big}}
}

// BoxOf is the box around a bound in degrees, each corner snapped.
func BoxOf(b orb.Bound) Box { return Box{Snap(b.Min), Snap(b.Max)} }

// Extend is the smallest box that holds b and p.
func (b Box) Extend(p Point) Box {
	return Box{Point{min(b.Min.X, p.X), min(b.Min.Y, p.Y)}, Point{max(b.Max.X, p.X), max(b.Max.Y, p.Y)}}
}

// Union is the smallest box that holds both.
func (b Box) Union(c Box) Box { return b.Extend(c.Min).Extend(c.Max) }

// Meets reports whether the boxes share a point.
func (b Box) Meets(c Box) bool {
	return b.Min.X <= c.Max.X && c.Min.X <= b.Max.X && b.Min.Y <= c.Max.Y && c.Min.Y <= b.Max.Y
}

// Holds reports whether p lies in the closed box.
func (b Box) Holds(p Point) bool {
	return b.Min.X <= p.X && p.X <= b.Max.X && b.Min.Y <= p.Y && p.Y <= b.Max.Y
}

// Bound is the box in degrees.
func (b Box) Bound() orb.Bound { return orb.Bound{Min: b.Min.Orb(), Max: b.Max.Orb()} }

func (b Box) width() int64  { return int64(b.Max.X) - int64(b.Min.X) }
func (b Box) height() int64 { return int64(b.Max.Y) - int64(b.Min.Y) }

// MultiPolygon is the outline in degrees: each outer ring with the holes that
// lie in it, every ring closed.
func (o Outline) MultiPolygon() orb.MultiPolygon {
	var out orb.MultiPolygon
	var outer []Outline
	for _, r := range o {
		if DoubleArea(r) > 0 {
			out = append(out, orb.Polygon{degrees(r)})
			outer = append(outer, Outline{r})
		}
	}
	for _, r := range o {
		if DoubleArea(r) > 0 {
			continue
		}
		// The smallest outer ring that holds the hole is its own.
		best, at := int64(0), 0
		for i, f := range outer {
			if a := f.DoubleArea(); holds(f, r) && (best == 0 || a < best) {
				best, at = a, i
			}
		}
		if len(out) > 0 {
			out[at] = append(out[at], degrees(r))
		}
	}
	return out
}

// holds reports whether a ring lies in an outline: some vertex of it inside,
// or all of them on the boundary.
func holds(o Outline, ring []Point) bool {
	for _, p := range ring {
		switch o.Side(p) {
		case Inside:
			return true
		case Outside:
			return false
		}
	}
	return true
}

func degrees(r []Point) orb.Ring {
	out := make(orb.Ring, 0, len(r)+1)
	for _, p := range r {
		out = append(out, p.Orb())
	}
	return append(out, out[0])
}

package geo

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Anchor is the one point that stands for a geometry: where its H3 key is
// taken and its label stands. It is the point itself, the vertex in the middle
// of a line, or a point inside an area: its centroid where that lies inside,
// else the middle of the widest stretch of a horizontal through it. It is on
// the lattice. An empty geometry has none and is an error.
func Anchor(g orb.Geometry) (Point, error) {
	switch g := g.(type) {
	case orb.Point:
		return SnapChecked(g)
	case orb.MultiPoint:
		if len(g) > 0 {
			return SnapChecked(g[0])
		}
	case orb.LineString:
		if len(g) > 0 {
			return SnapChecked(g[len(g)/2])
		}
	case orb.MultiLineString:
		if len(g) > 0 {
			return Anchor(slices.MaxFunc(g, func(a, b orb.LineString) int { return len(a) - len(b) }))
		}
	case orb.Polygon, orb.MultiPolygon:
		o, err := NewOutline(g)
		if err != nil {
			return Point{}, err
		}
		return o.Anchor(), nil
	case orb.Collection:
		if len(g) > 0 {
			return Anchor(g[0])
		}
	}
	return Point{}, fmt.Errorf("a %T without coordinates has no anchor", g)
}

// Anchor is a point inside the outline's largest part; see [Anchor].
func (o Outline) Anchor() Point {
	ring := slices.MaxFunc(o, func(a, b []Point) int {
		return int(max(-1, min(1, DoubleArea(a)-DoubleArea(b))))
	})
	c := centroid(ring)
	if o.Side(c) == Inside {
		return c
	}
	// A horizontal half a step off every vertex, through the ring's middle.
	box := Outline{ring}.Box()
	y := int32((int64(box.Min.Y) + int64(box.Max.Y)) / 2)
	var xs []float64
	for _, r := range o {
		for i, a := range r {
			b := r[(i+1)%len(r)]
			if (a.Y <= y) != (b.Y <= y) {
				t := (float64(y) + 0.5 - float64(a.Y)) / (float64(b.Y) - float64(a.Y))
				xs = append(xs, float64(a.X)+t*(float64(b.X)-float64(a.X)))
			}
		}
	}
	slices.Sort(xs)
	best, wide := c, -1.0
	for i := 0; i+1 < len(xs); i += 2 {
		p := Point{int32(math.Floor((xs[i] + xs[i+1]) / 2)), y}
		if w := xs[i+1] - xs[i]; w > wide && o.Side(p) != Outside {
			best, wide = p, w
		}
	}
	if wide < 0 {
		return ring[0] // thinner than the lattice: a boundary point must do
	}
	return best
}

func centroid(ring []Point) Point {
	o := ring[0]
	var x, y, sum float64
	for i := 1; i+1 < len(ring); i++ {
		w := float64(cross(o, ring[i], ring[i+1]))
		x += w * (float64(ring[i].X) + float64(ring[i+1].X) - 2*float64(o.X))
		y += w * (float64(ring[i].Y) + float64(ring[i+1].Y) - 2*float64(o.Y))
		sum += w
	}
	if sum == 0 {
		return o
	}
	return Point{o.X + int32(math.Round(x/(3*sum))), o.Y + int32(math.Round(y/(3*sum)))}
}

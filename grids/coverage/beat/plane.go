package beat

import (
	"math"

	"github.com/paulmach/orb"

	"gridward/geo"
)

// vec is a place or a direction in local metres, x to the east.
type vec struct{ x, y float64 }

func (a vec) minus(b vec) vec             { return vec{a.x - b.x, a.y - b.y} }
func (a vec) dot(b vec) float64           { return a.x*b.x + a.y*b.y }
func (a vec) cross(b vec) float64         { return a.x*b.y - a.y*b.x }
func (a vec) length() float64             { return math.Hypot(a.x, a.y) }
func (a vec) to(b vec) float64            { return math.Hypot(b.x-a.x, b.y-a.y) }
func (a vec) toward(b vec, t float64) vec { return vec{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)} }

// plane is a flat map around a point (equirectangular). Its scale is right at
// the point; east–west it is off by tan φ for each radian north or south, at
// Shanghai 1e-4 for a kilometre and 1.2e-3 at the edge of a district, which is
// six centimetres in the fifty metres that are measured with it. What is
// reported is never measured here but on the ellipsoid, by [geo.Distance].
type plane struct {
	origin orb.Point
	x, y   float64 // metres a degree
}

func planeAt(origin orb.Point) plane {
	lon, lat := geo.MetersToDegrees(origin[1])
	return plane{origin, 1 / lon, 1 / lat}
}

func (p plane) of(q orb.Point) vec {
	return vec{(q[0] - p.origin[0]) * p.x, (q[1] - p.origin[1]) * p.y}
}

func (p plane) point(v vec) orb.Point {
	return orb.Point{p.origin[0] + v.x/p.x, p.origin[1] + v.y/p.y}
}

// along is how far along the segment ab, as a share of it, the point of the
// segment that is nearest to p lies.
func along(a, b, p vec) float64 {
	d := b.minus(a)
	l := d.dot(d)
	if l == 0 {
		return 0
	}
	return max(0, min(1, p.minus(a).dot(d)/l))
}

package geo

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// DistanceTo is how far a point lies from a geometry in metres, 0 inside an
// area. Edges are straight in the plane that touches the ellipsoid at the point,
// so it is good for what lies within some kilometres; see [Distance].
func DistanceTo(p orb.Point, g orb.Geometry) float64 {
	lon, lat := MetersToDegrees(p[1])
	local := func(q orb.Point) orb.Point { return orb.Point{(q[0] - p[0]) / lon, (q[1] - p[1]) / lat} }
	nearest := math.Inf(1)
	path := func(points []orb.Point) {
		for i, q := range points {
			here := local(q)
			if i == 0 {
				nearest = min(nearest, math.Hypot(here[0], here[1]))
				continue
			}
			nearest = min(nearest, planar.DistanceFromSegment(local(points[i-1]), here, orb.Point{}))
		}
	}
	var walk func(g orb.Geometry)
	walk = func(g orb.Geometry) {
		switch g := g.(type) {
		case orb.Point:
			path([]orb.Point{g})
		case orb.MultiPoint:
			for _, q := range g {
				path([]orb.Point{q})
			}
		case orb.LineString:
			path(g)
		case orb.MultiLineString:
			for _, l := range g {
				path(l)
			}
		case orb.Polygon:
			if planar.PolygonContains(g, p) {
				nearest = 0
			}
			for _, r := range g {
				path(r)
			}
		case orb.MultiPolygon:
			for _, one := range g {
				walk(one)
			}
		case orb.Collection:
			for _, one := range g {
				walk(one)
			}
		}
	}
	walk(g)
	return nearest
}

package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// The WGS 84 ellipsoid (CGCS2000's differs by 0.1 mm in the minor axis).
const (
	semiMajor     = 6378137.0 // metres
	flattening    = 1 / 298.257223563
	eccentricity2 = flattening * (2 - flattening)
)

// Area is the area of the outline on the WGS 84 ellipsoid in square metres.
//
// It is taken in the ellipsoid's cylindrical equal-area projection (Snyder,
// Map Projections: A Working Manual, 1987, eqs. 10-14 and 3-12), where it is
// exact but for the edges: an edge of length L is taken as straight there and
// not as a geodesic, which lies up to L²·tan φ/(8·R) beside it: half a
// millimetre for 200 m at Shanghai, 1.2 m for 10 km. A grid's area differs from
// PostGIS's ST_Area(geography) by 1 or 2 parts per million for that reason.
func (o Outline) Area() float64 {
	var sum float64
	for _, ring := range o {
		if len(ring) < 3 {
			continue
		}
		x0, y0 := float64(ring[0].X), equalAreaY(ring[0])
		var px, py float64
		for _, p := range ring[1:] {
			x, y := float64(p.X)-x0, equalAreaY(p)-y0
			sum += px*y - x*py
			px, py = x, y
		}
	}
	return sum / 2 * Unit * math.Pi / 180 * semiMajor
}

// equalAreaY is Snyder's y in metres: a·q/2.
func equalAreaY(p Point) float64 {
	s := math.Sin(float64(p.Y) * Unit * math.Pi / 180)
	e := math.Sqrt(eccentricity2)
	q := (1 - eccentricity2) * (s/(1-eccentricity2*s*s) + math.Atanh(e*s)/e)
	return semiMajor * q / 2
}

// Distance is the distance of two points in metres on the WGS 84 ellipsoid,
// from the two radii of curvature at the middle latitude. Below 10 km and 60°
// of latitude it differs from the geodesic by less than 1 part in 100,000.
func Distance(a, b orb.Point) float64 {
	mid := (a[1] + b[1]) / 2 * math.Pi / 180
	s := math.Sin(mid)
	w := 1 - eccentricity2*s*s
	n := semiMajor / math.Sqrt(w)    // across the meridian
	m := n * (1 - eccentricity2) / w // along the meridian
	dx := (b[0] - a[0]) * math.Pi / 180 * n * math.Cos(mid)
	dy := (b[1] - a[1]) * math.Pi / 180 * m
	return math.Hypot(dx, dy)
}

// Length is the length of a path in metres; see [Distance] for the error.
func Length(path []orb.Point) float64 {
	var sum float64
	for i := 1; i < len(path); i++ {
		sum += Distance(path[i-1], path[i])
	}
	return sum
}

// MetersToDegrees is how many degrees of longitude and of latitude one metre
// is at latitude lat (degrees).
func MetersToDegrees(lat float64) (lon, latitude float64) {
	const d = 1e-3
	return d / Distance(orb.Point{0, lat}, orb.Point{d, lat}), d / Distance(orb.Point{0, lat - d/2}, orb.Point{0, lat + d/2})
}

package geo

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Unit is the size of one lattice step in degrees.
const Unit = 1e-7

// stepsPerDegree is how many lattice steps make a degree.
const stepsPerDegree = 1e7

// Point is a place on the lattice: X is the longitude and Y the latitude, both
// in 1e-7 degree, WGS 84. The zero value is a valid point in the Gulf of Guinea.
type Point struct{ X, Y int32 }

// ErrOutsideWorld says that a coordinate is not finite, or lies outside
// longitude ±180 or latitude ±90.
var ErrOutsideWorld = errors.New("coordinate is not a finite longitude (±180) and latitude (±90)")

// Snap moves a longitude/latitude in degrees to the nearest lattice point,
// halves away from zero. Coordinates must be finite and in the world; use
// [SnapChecked] for coordinates from outside.
func Snap(p orb.Point) Point {
	return Point{int32(math.Round(p[0] * stepsPerDegree)), int32(math.Round(p[1] * stepsPerDegree))}
}

// SnapChecked is [Snap] for coordinates from outside; it returns
// [ErrOutsideWorld] for what no longitude and latitude can be.
func SnapChecked(p orb.Point) (Point, error) {
	if !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90) { // false for NaN
		return Point{}, fmt.Errorf("(%v, %v): %w", p[0], p[1], ErrOutsideWorld)
	}
	return Snap(p), nil
}

// Orb is the point in degrees, longitude first.
func (p Point) Orb() orb.Point {
	return orb.Point{float64(p.X) / stepsPerDegree, float64(p.Y) / stepsPerDegree}
}

// String is the point in degrees with all seven decimals, longitude first.
func (p Point) String() string {
	return fmt.Sprintf("%.7f %.7f", float64(p.X)/stepsPerDegree, float64(p.Y)/stepsPerDegree)
}

// SnapGeometry returns a copy of g with every coordinate on the lattice.
// Consecutive vertices that fall together become one; a ring that collapses to
// fewer than three distinct vertices is dropped, and so is a polygon whose
// outer ring is. The result may therefore be an empty geometry of g's type.
func SnapGeometry(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case nil:
		return nil
	case orb.Point:
		return Snap(g).Orb()
	case orb.MultiPoint:
		out := make(orb.MultiPoint, len(g))
		for i, p := range g {
			out[i] = Snap(p).Orb()
		}
		return out
	case orb.LineString:
		return orb.LineString(snapPath(g))
	case orb.MultiLineString:
		out := make(orb.MultiLineString, 0, len(g))
		for _, l := range g {
			if s := snapPath(l); len(s) > 1 {
				out = append(out, orb.LineString(s))
			}
		}
		return out
	case orb.Ring:
		return snapRing(g)
	case orb.Polygon:
		return snapPolygon(g)
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, 0, len(g))
		for _, p := range g {
			if s := snapPolygon(p); len(s) > 0 {
				out = append(out, s)
			}
		}
		return out
	case orb.Collection:
		out := make(orb.Collection, len(g))
		for i, m := range g {
			out[i] = SnapGeometry(m)
		}
		return out
	case orb.Bound:
		return orb.Bound{Min: Snap(g.Min).Orb(), Max: Snap(g.Max).Orb()}
	default:
		panic(fmt.Sprintf("geo: SnapGeometry of %T", g))
	}
}

func snapPath(in []orb.Point) []orb.Point {
	out := make([]orb.Point, 0, len(in))
	for _, p := range in {
		if q := Snap(p).Orb(); len(out) == 0 || out[len(out)-1] != q {
			out = append(out, q)
		}
	}
	return out
}

func snapRing(in orb.Ring) orb.Ring {
	if out := snapPath(in); len(out) >= 4 {
		return orb.Ring(out)
	}
	return nil
}

func snapPolygon(in orb.Polygon) orb.Polygon {
	var out orb.Polygon
	for i, r := range in {
		s := snapRing(r)
		if s == nil && i == 0 {
			return nil
		}
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

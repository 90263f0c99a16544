package geo

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
)

// PlanView is the two-dimensional orb geometry of a go-geom geometry: the
// third and fourth numbers are left behind. It is the only conversion between
// the two libraries.
func PlanView(g geom.T) (orb.Geometry, error) {
	switch g := g.(type) {
	case *geom.Point:
		if g.Empty() {
			return nil, fmt.Errorf("an empty point has no plan view")
		}
		return orb.Point{g.X(), g.Y()}, nil
	case *geom.MultiPoint:
		return orb.MultiPoint(path(g.FlatCoords(), g.Stride())), nil
	case *geom.LineString:
		return orb.LineString(path(g.FlatCoords(), g.Stride())), nil
	case *geom.MultiLineString:
		out := make(orb.MultiLineString, g.NumLineStrings())
		for i := range out {
			l := g.LineString(i)
			out[i] = path(l.FlatCoords(), l.Stride())
		}
		return out, nil
	case *geom.Polygon:
		return planPolygon(g), nil
	case *geom.MultiPolygon:
		out := make(orb.MultiPolygon, g.NumPolygons())
		for i := range out {
			out[i] = planPolygon(g.Polygon(i))
		}
		return out, nil
	case *geom.GeometryCollection:
		out := make(orb.Collection, g.NumGeoms())
		for i := range out {
			m, err := PlanView(g.Geom(i))
			if err != nil {
				return nil, fmt.Errorf("member %d: %w", i, err)
			}
			out[i] = m
		}
		return out, nil
	default:
		return nil, fmt.Errorf("no plan view of a %T", g)
	}
}

func planPolygon(g *geom.Polygon) orb.Polygon {
	out := make(orb.Polygon, g.NumLinearRings())
	for i := range out {
		r := g.LinearRing(i)
		out[i] = orb.Ring(path(r.FlatCoords(), r.Stride()))
	}
	return out
}

func path(flat []float64, stride int) []orb.Point {
	out := make([]orb.Point, 0, len(flat)/stride)
	for i := 0; i+1 < len(flat); i += stride {
		out = append(out, orb.Point{flat[i], flat[i+1]})
	}
	return out
}

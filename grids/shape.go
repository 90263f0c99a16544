package grids

import (
	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

// Shape is an area as the overlay library takes it, coordinates in degrees.
func Shape(g orb.Geometry) geom.Geometry {
	var polygons []geom.Polygon
	add := func(p orb.Polygon) {
		rings := make([]geom.LineString, len(p))
		for i, r := range p {
			flat := make([]float64, 0, 2*len(r))
			for _, v := range r {
				flat = append(flat, v[0], v[1])
			}
			rings[i] = geom.NewLineString(geom.NewSequence(flat, geom.DimXY))
		}
		polygons = append(polygons, geom.NewPolygon(rings))
	}
	switch g := g.(type) {
	case orb.Polygon:
		add(g)
	case orb.MultiPolygon:
		for _, p := range g {
			add(p)
		}
	}
	return geom.NewMultiPolygon(polygons).AsGeometry()
}

// Polygons are the areas of an overlay's result; lines and points in it, where
// areas only touch, are left out.
func Polygons(g geom.Geometry) orb.MultiPolygon {
	var out orb.MultiPolygon
	for _, part := range g.Dump() {
		if part.Type() != geom.TypePolygon || part.IsEmpty() {
			continue
		}
		p := part.MustAsPolygon()
		var polygon orb.Polygon
		for i := -1; i < p.NumInteriorRings(); i++ {
			line := p.ExteriorRing()
			if i >= 0 {
				line = p.InteriorRingN(i)
			}
			seq := line.Coordinates()
			ring := make(orb.Ring, seq.Length())
			for k := range ring {
				c := seq.GetXY(k)
				ring[k] = orb.Point{c.X, c.Y}
			}
			polygon = append(polygon, ring)
		}
		out = append(out, polygon)
	}
	return out
}

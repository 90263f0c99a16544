package layers

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

// Valid says what makes an area invalid: rings that cross, holes outside. It
// is checked here and never repaired in the database.
func Valid(g orb.Geometry) error {
	var polygons []orb.Polygon
	switch g := g.(type) {
	case orb.Polygon:
		polygons = []orb.Polygon{g}
	case orb.MultiPolygon:
		polygons = g
	default:
		return nil
	}
	parts := make([]geom.Polygon, len(polygons))
	for i, p := range polygons {
		rings := make([]geom.LineString, len(p))
		for j, r := range p {
			flat := make([]float64, 0, 2*len(r))
			for _, v := range r {
				flat = append(flat, v[0], v[1])
			}
			rings[j] = geom.NewLineString(geom.NewSequence(flat, geom.DimXY))
		}
		parts[i] = geom.NewPolygon(rings)
	}
	if err := geom.NewMultiPolygon(parts).Validate(); err != nil {
		return fmt.Errorf("the area is not valid: %w", err)
	}
	return nil
}

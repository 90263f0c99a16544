package crs

import (
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"
	"github.com/twpayne/go-geom"
)

// Geometry turns every coordinate of a geometry into WGS 84; the argument stays
// as it is.
func (s System) Geometry(g orb.Geometry) orb.Geometry {
	if g == nil {
		return nil
	}
	return project.Geometry(orb.Clone(g), s.to)
}

// Solid does the same for a geometry with depth, which stays as it is.
func (s System) Solid(g geom.T) geom.T {
	if g == nil {
		return nil
	}
	flat, stride := g.FlatCoords(), g.Stride()
	for i := 0; i+1 < len(flat); i += stride {
		p := s.to(orb.Point{flat[i], flat[i+1]})
		flat[i], flat[i+1] = p[0], p[1]
	}
	return g
}

package balance

import (
	"fmt"
	"math"

	"gridward/geo"
	"gridward/geo/planar"
)

// Zone is a community to be divided into grids.
type Zone struct {
	Code    string
	Outline geo.Outline
	// Grids are those it has now, in the order that [Place.Grid] counts them. If
	// all have an outline, they must tile the zone, and atoms keep to their
	// borders: what is not changed then keeps its border exactly.
	Grids      []Grid
	Places     []Place
	Streets    [][]geo.Point // walked by patrols; borders like to run along them
	Water      [][]geo.Point // walked by nobody; borders like to run along it
	Whole      []geo.Outline // each must stay in one grid: a self-managed compound
	Footprints []geo.Outline // buildings, which borders should not cut

	WalkMinutes float64 // work of a kilometre of street, minutes a month
}

// Grid is one of the grids that a zone has now.
type Grid struct {
	Ref     string
	Outline geo.Outline
}

// Place is something to be inspected. Where it lies beyond the zone's outline,
// its work is counted at the nearest atom.
type Place struct {
	At      geo.Point
	Minutes float64 // a month
	Grid    int     // index of its present grid in [Zone.Grids], or -1
}

// check refuses what no division can be made of.
func (z *Zone) check() error {
	if len(z.Outline) == 0 || z.Outline.DoubleArea() <= 0 {
		return fmt.Errorf("community %s has no land", z.Code)
	}
	for i, p := range z.Places {
		if p.Grid < -1 || p.Grid >= len(z.Grids) {
			return fmt.Errorf("community %s: place %d lies in grid %d, of %d", z.Code, i, p.Grid, len(z.Grids))
		}
		if !(p.Minutes >= 0) || math.IsInf(p.Minutes, 0) {
			return fmt.Errorf("community %s: place %d has %v minutes of work", z.Code, i, p.Minutes)
		}
	}
	if !(z.WalkMinutes >= 0) || math.IsInf(z.WalkMinutes, 0) {
		return fmt.Errorf("community %s: %v minutes a kilometre", z.Code, z.WalkMinutes)
	}
	return nil
}

// present is a map of the zone's present grids, a face each in their order; nil
// where their outlines are not given.
func (z *Zone) present() (*planar.Map, error) {
	outlines := make([]geo.Outline, len(z.Grids))
	faces := make([]planar.Input, len(z.Grids))
	for i, g := range z.Grids {
		if len(g.Outline) == 0 {
			return nil, nil
		}
		outlines[i], faces[i] = g.Outline, planar.Input{Outline: g.Outline}
	}
	if len(faces) == 0 {
		return nil, nil
	}
	if err := geo.Tiles(z.Outline, outlines); err != nil {
		return nil, fmt.Errorf("the grids of community %s do not tile it: %w", z.Code, err)
	}
	m, err := planar.New(faces)
	if err != nil {
		return nil, fmt.Errorf("the grids of community %s: %w", z.Code, err)
	}
	return m, nil
}

// plane is a flat picture of the land around a point, in metres: at the scale of
// a community its lengths are right to 1 part in 10,000.
type plane struct {
	origin geo.Point
	kx, ky float64 // metres a step
}

func planeOf(box geo.Box) plane {
	mid := geo.Point{
		X: int32((int64(box.Min.X) + int64(box.Max.X)) / 2),
		Y: int32((int64(box.Min.Y) + int64(box.Max.Y)) / 2),
	}
	lon, lat := geo.MetersToDegrees(mid.Orb()[1])
	return plane{mid, geo.Unit / lon, geo.Unit / lat}
}

func (p plane) at(q geo.Point) (x, y float64) {
	return (float64(q.X) - float64(p.origin.X)) * p.kx, (float64(q.Y) - float64(p.origin.Y)) * p.ky
}

func (p plane) point(x, y float64) geo.Point {
	return geo.Point{X: p.origin.X + int32(math.Round(x/p.kx)), Y: p.origin.Y + int32(math.Round(y/p.ky))}
}

func (p plane) length(a, b geo.Point) float64 {
	return math.Hypot((float64(a.X)-float64(b.X))*p.kx, (float64(a.Y)-float64(b.Y))*p.ky)
}

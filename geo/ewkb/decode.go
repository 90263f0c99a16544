package ewkb

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	orbewkb "github.com/paulmach/orb/encoding/ewkb"
	"github.com/twpayne/go-geom"
	geomewkb "github.com/twpayne/go-geom/encoding/ewkb"

	"gridward/geo"
)

// inspect checks bytes from the database before a decoder sees them.
func (c codec) inspect(src []byte) (Head, error) {
	h, err := inspect(src, c.maxVertices)
	if err == nil && h.SRID != 0 && h.SRID != SRID {
		err = fmt.Errorf("ewkb: the geometry has SRID %d; only %d is read", h.SRID, SRID)
	}
	return h, err
}

// plan reads a geometry's plan view.
func (c codec) plan(src []byte) (orb.Geometry, error) {
	a, err := c.any(src)
	return a.Geometry, err
}

// solid reads a geometry with all its numbers.
func (c codec) solid(src []byte) (geom.T, error) {
	if _, err := c.inspect(src); err != nil {
		return nil, err
	}
	return geomewkb.Unmarshal(src)
}

func (c codec) any(src []byte) (Any, error) {
	h, err := c.inspect(src)
	if err != nil {
		return Any{}, err
	}
	if h.EmptyPoints > 0 {
		return Any{}, errors.New("ewkb: an empty point has no place on the plane")
	}
	if h.Stride == 2 {
		g, _, err := orbewkb.Unmarshal(src)
		return Any{Geometry: g}, err
	}
	var a Any
	if a.Solid, err = geomewkb.Unmarshal(src); err != nil {
		return Any{}, err
	}
	if a.Geometry, err = geo.PlanView(a.Solid); err != nil {
		return Any{}, err
	}
	return a, nil
}

// PlanScan is pgx's.
func (c codec) PlanScan(_ *pgtype.Map, _ uint32, format int16, target any) pgtype.ScanPlan {
	if format != pgx.BinaryFormatCode {
		return nil
	}
	switch target.(type) {
	case *Orb:
		return scan(func(src []byte, to *Orb) (err error) { to.Geometry, err = c.plan(src); return err }, true)
	case *Geom:
		return scan(func(src []byte, to *Geom) (err error) { to.T, err = c.solid(src); return err }, true)
	case *Any:
		return scan(func(src []byte, to *Any) (err error) { *to, err = c.any(src); return err }, true)
	case *orb.Geometry:
		return scan(func(src []byte, to *orb.Geometry) (err error) { *to, err = c.plan(src); return err }, true)
	case *geom.T:
		return scan(func(src []byte, to *geom.T) (err error) { *to, err = c.solid(src); return err }, true)
	case *orb.Point:
		return scanOrb[orb.Point](c)
	case *orb.MultiPoint:
		return scanOrb[orb.MultiPoint](c)
	case *orb.LineString:
		return scanOrb[orb.LineString](c)
	case *orb.MultiLineString:
		return scanOrb[orb.MultiLineString](c)
	case *orb.Polygon:
		return scanOrb[orb.Polygon](c)
	case *orb.MultiPolygon:
		return scanOrb[orb.MultiPolygon](c)
	case *orb.Collection:
		return scanOrb[orb.Collection](c)
	case *geom.Point:
		return scanGeom[geom.Point](c)
	case *geom.MultiPoint:
		return scanGeom[geom.MultiPoint](c)
	case *geom.LineString:
		return scanGeom[geom.LineString](c)
	case *geom.MultiLineString:
		return scanGeom[geom.MultiLineString](c)
	case *geom.Polygon:
		return scanGeom[geom.Polygon](c)
	case *geom.MultiPolygon:
		return scanGeom[geom.MultiPolygon](c)
	case *geom.GeometryCollection:
		return scanGeom[geom.GeometryCollection](c)
	}
	return nil
}

// scanPlan reads into a *T. Where NULL is allowed it sets T's zero value.
type scanPlan[T any] struct {
	read func([]byte, *T) error
	null bool
}

func scan[T any](read func([]byte, *T) error, null bool) pgtype.ScanPlan {
	return scanPlan[T]{read, null}
}

// Scan is pgx's.
func (p scanPlan[T]) Scan(src []byte, target any) error {
	to := target.(*T)
	if src == nil {
		if !p.null {
			return fmt.Errorf("NULL cannot be read into a %T: read it into a pointer, or into ewkb.Orb or ewkb.Geom", *to)
		}
		var zero T
		*to = zero
		return nil
	}
	return p.read(src, to)
}

// scanOrb reads one kind of plane geometry and refuses the others.
func scanOrb[T orb.Geometry](c codec) pgtype.ScanPlan {
	return scan(func(src []byte, to *T) error {
		g, err := c.plan(src)
		if err != nil {
			return err
		}
		v, ok := g.(T)
		if !ok {
			return fmt.Errorf("a %s was read where a %T is wanted", g.GeoJSONType(), *to)
		}
		*to = v
		return nil
	}, false)
}

// scanGeom reads one kind of go-geom's geometries and refuses the others.
func scanGeom[T any](c codec) pgtype.ScanPlan {
	return scan(func(src []byte, to *T) error {
		g, err := c.solid(src)
		if err != nil {
			return err
		}
		v, ok := g.(any).(*T)
		if !ok {
			return fmt.Errorf("a %T was read where a %T is wanted", g, to)
		}
		*to = *v
		return nil
	}, false)
}

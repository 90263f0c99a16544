// Package ewkb lets pgx read and write PostGIS geometries in binary: orb's for
// the plane, go-geom's where depth or time matter. Counts in the bytes are
// checked before anything is allocated, so bytes that promise a billion
// vertices cost nothing.
package ewkb

import (
	"context"
	"database/sql/driver"
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

// SRID of everything that Gridward stores: WGS 84, longitude first.
const SRID = 4326

// Orb is a plane geometry in a query's arguments or results.
type Orb struct{ Geometry orb.Geometry }

// Geom is a geometry with depth or time in a query's arguments.
type Geom struct{ T geom.T }

// Any reads a geometry with or without depth: Geometry is its plan view, Solid
// is nil where there is no depth.
type Any struct {
	Geometry orb.Geometry
	Solid    geom.T
}

// Register teaches a connection the type geometry. It does nothing in a
// database without PostGIS.
func Register(ctx context.Context, conn *pgx.Conn) error {
	var oid uint32
	err := conn.QueryRow(ctx, `select coalesce(to_regtype('geometry')::oid, 0)`).Scan(&oid)
	if err != nil {
		return fmt.Errorf("find the type geometry: %w", err)
	}
	if oid != 0 {
		conn.TypeMap().RegisterType(&pgtype.Type{Name: "geometry", OID: oid, Codec: codec{}})
	}
	return nil
}

// codec is the binary codec of PostGIS's geometry, whose send format is EWKB.
type codec struct{}

func (codec) FormatSupported(format int16) bool { return format == pgx.BinaryFormatCode }
func (codec) PreferredFormat() int16            { return pgx.BinaryFormatCode }

func (codec) PlanEncode(_ *pgtype.Map, _ uint32, format int16, value any) pgtype.EncodePlan {
	if format != pgx.BinaryFormatCode {
		return nil
	}
	switch value.(type) {
	case Orb:
		return encodeOrb{}
	case Geom:
		return encodeGeom{}
	}
	return nil
}

type encodeOrb struct{}

func (encodeOrb) Encode(value any, buf []byte) ([]byte, error) {
	g := value.(Orb).Geometry
	if g == nil {
		return nil, nil
	}
	raw, err := orbewkb.Marshal(g, SRID)
	if err != nil {
		return nil, fmt.Errorf("encode a %s: %w", g.GeoJSONType(), err)
	}
	return append(buf, raw...), nil
}

type encodeGeom struct{}

func (encodeGeom) Encode(value any, buf []byte) ([]byte, error) {
	g := value.(Geom).T
	if g == nil {
		return nil, nil
	}
	g, err := geom.SetSRID(g, SRID)
	if err != nil {
		return nil, fmt.Errorf("encode a %T: %w", g, err)
	}
	raw, err := geomewkb.Marshal(g, geomewkb.NDR)
	if err != nil {
		return nil, fmt.Errorf("encode a %T: %w", g, err)
	}
	return append(buf, raw...), nil
}

func (codec) PlanScan(_ *pgtype.Map, _ uint32, format int16, target any) pgtype.ScanPlan {
	if format != pgx.BinaryFormatCode {
		return nil
	}
	switch target.(type) {
	case *Orb:
		return scanOrb{}
	case *Any:
		return scanAny{}
	}
	return nil
}

type scanOrb struct{}

func (scanOrb) Scan(src []byte, target any) error {
	out := target.(*Orb)
	if src == nil {
		out.Geometry = nil
		return nil
	}
	h, err := Inspect(src)
	if err != nil {
		return err
	}
	if h.Stride != 2 {
		var a Any
		if err := (scanAny{}).Scan(src, &a); err != nil {
			return err
		}
		out.Geometry = a.Geometry
		return nil
	}
	out.Geometry, _, err = orbewkb.Unmarshal(src)
	return err
}

type scanAny struct{}

func (scanAny) Scan(src []byte, target any) error {
	out := target.(*Any)
	*out = Any{}
	if src == nil {
		return nil
	}
	h, err := Inspect(src)
	if err != nil {
		return err
	}
	if h.Stride == 2 {
		out.Geometry, _, err = orbewkb.Unmarshal(src)
		return err
	}
	if out.Solid, err = geomewkb.Unmarshal(src); err != nil {
		return err
	}
	out.Geometry, err = geo.PlanView(out.Solid)
	return err
}

func (codec) DecodeDatabaseSQLValue(*pgtype.Map, uint32, int16, []byte) (driver.Value, error) {
	return nil, errors.New("geometries are read by pgx itself, not through database/sql")
}

func (c codec) DecodeValue(m *pgtype.Map, oid uint32, format int16, src []byte) (any, error) {
	if src == nil {
		return nil, nil
	}
	var a Any
	if err := (scanAny{}).Scan(src, &a); err != nil {
		return nil, err
	}
	return a, nil
}

var _ pgtype.Codec = codec{}

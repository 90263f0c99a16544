// Package ewkb lets pgx read and write PostGIS geometries in binary: orb's for
// the plane, go-geom's where depth or time matter. Counts in the bytes are
// checked before anything is allocated, so bytes that promise a billion
// vertices cost nothing.
//
// Once [Register] has been called on a connection, an argument or a target of a
// query, of a batch or of CopyFrom may be
//
//   - an orb geometry (orb.Point … orb.Collection, and orb.Geometry), written
//     with SRID 4326; what is read loses its third and fourth numbers;
//   - a go-geom geometry (*geom.Point … *geom.GeometryCollection, and geom.T),
//     whose third and fourth numbers are kept;
//   - one of the wrappers [Orb], [Geom] and [Any], which also carry NULL.
//
// Coordinates are longitude, latitude in degrees.
package ewkb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
)

// SRID of everything that Gridward stores: WGS 84, longitude first.
const SRID = 4326

// Orb is a plane geometry in a query's arguments or results; nil is NULL.
type Orb struct{ Geometry orb.Geometry }

// Geom is a geometry with depth or time in a query's arguments or results; nil
// is NULL.
type Geom struct{ T geom.T }

// Any reads a geometry with or without depth: Geometry is its plan view, Solid
// is nil where there is no depth.
type Any struct {
	Geometry orb.Geometry
	Solid    geom.T
}

// Option changes what [Register] takes.
type Option func(*codec)

// WithMaxVertices refuses geometries of more than n vertices, both read and
// written, in place of [MaxVertices].
func WithMaxVertices(n int) Option { return func(c *codec) { c.maxVertices = n } }

// Register teaches a connection the type geometry, for a pool's AfterConnect.
// It does nothing in a database without PostGIS.
func Register(ctx context.Context, conn *pgx.Conn, options ...Option) error {
	var oid uint32
	err := conn.QueryRow(ctx, `select coalesce(to_regtype('geometry')::oid, 0)`).Scan(&oid)
	if err != nil {
		return fmt.Errorf("find the type geometry: %w", err)
	}
	if oid == 0 {
		return nil
	}
	c := codec{maxVertices: MaxVertices}
	for _, o := range options {
		o(&c)
	}
	t := &pgtype.Type{Name: "geometry", OID: oid, Codec: c}
	conn.TypeMap().RegisterType(t)
	return nil
}

// codec is the binary codec of PostGIS's geometry, whose send format is EWKB.
type codec struct{ maxVertices int }

// FormatSupported is pgx's: binary only.
func (codec) FormatSupported(format int16) bool { return format == pgx.BinaryFormatCode }

// PreferredFormat is pgx's: binary.
func (codec) PreferredFormat() int16 { return pgx.BinaryFormatCode }

// DecodeDatabaseSQLValue is pgx's, for database/sql.
func (codec) DecodeDatabaseSQLValue(*pgtype.Map, uint32, int16, []byte) (driver.Value, error) {
	return nil, errors.New("geometries are read by pgx itself, not through database/sql")
}

// DecodeValue is pgx's, for targets without a type: it gives an [Any].
func (c codec) DecodeValue(_ *pgtype.Map, _ uint32, format int16, src []byte) (any, error) {
	if src == nil {
		return nil, nil
	}
	if format != pgx.BinaryFormatCode {
		return nil, errors.New("a geometry came as text: this connection's query mode is not supported")
	}
	return c.any(src)
}

var _ pgtype.Codec = codec{}

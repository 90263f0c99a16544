package ewkb

import (
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	orbewkb "github.com/paulmach/orb/encoding/ewkb"
	"github.com/twpayne/go-geom"
	geomewkb "github.com/twpayne/go-geom/encoding/ewkb"
)

// PlanEncode is pgx's.
func (c codec) PlanEncode(_ *pgtype.Map, _ uint32, format int16, value any) pgtype.EncodePlan {
	if format != pgx.BinaryFormatCode {
		return nil
	}
	switch value.(type) {
	case Orb, Geom, orb.Geometry, geom.T:
		return encodePlan(c)
	}
	return nil
}

type encodePlan codec

// Encode is pgx's.
func (p encodePlan) Encode(value any, buf []byte) ([]byte, error) {
	var raw []byte
	var err error
	switch v := value.(type) {
	case Orb:
		raw, err = codec(p).encodeOrb(v.Geometry)
	case orb.Geometry:
		raw, err = codec(p).encodeOrb(v)
	case Geom:
		raw, err = codec(p).encodeGeom(v.T)
	case geom.T:
		raw, err = codec(p).encodeGeom(v)
	default:
		err = fmt.Errorf("a %T is not a geometry", value)
	}
	if err != nil {
		return nil, fmt.Errorf("write a geometry: %w", err)
	}
	if len(raw) == 0 {
		return nil, nil // NULL
	}
	return append(buf, raw...), nil
}

func (c codec) encodeOrb(g orb.Geometry) ([]byte, error) {
	if g == nil {
		return nil, nil
	}
	raw, err := orbewkb.Marshal(g, SRID)
	if err != nil || len(raw) == 0 { // a nil slice is no geometry
		return nil, err
	}
	h, err := inspect(raw, c.maxVertices)
	if err != nil {
		return nil, err
	}
	if h.EmptyPoints > 0 {
		return nil, fmt.Errorf("a point of the %s has no place: its numbers are not numbers", g.GeoJSONType())
	}
	return raw, nil
}

// encodeGeom leaves the caller's geometry alone (setting its SRID would be a
// write to something that others may be reading) and puts the SRID into the
// bytes instead.
func (c codec) encodeGeom(g geom.T) ([]byte, error) {
	if g == nil {
		return nil, nil
	}
	if s := g.SRID(); s != 0 && s != SRID {
		return nil, fmt.Errorf("the %T has SRID %d; only %d is stored", g, s, SRID)
	}
	raw, err := geomewkb.Marshal(g, geomewkb.NDR)
	if err != nil {
		return nil, err
	}
	if kind := binary.LittleEndian.Uint32(raw[1:5]); kind&flagSRID == 0 {
		with := make([]byte, 0, len(raw)+4)
		with = append(with, raw[0])
		with = binary.LittleEndian.AppendUint32(with, kind|flagSRID)
		with = binary.LittleEndian.AppendUint32(with, SRID)
		raw = append(with, raw[5:]...)
	}
	_, err = inspect(raw, c.maxVertices)
	return raw, err
}

package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"gridward/geo/geoio"
)

// LonLat is a position in degrees, longitude first. As JSON it is exactly two
// numbers: the decoder alone would take null for 0 and forget a third.
type LonLat orb.Point

// UnmarshalJSON reads [longitude, latitude].
func (p *LonLat) UnmarshalJSON(raw []byte) error {
	var v []*float64
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	if len(v) != 2 || v[0] == nil || v[1] == nil {
		return fmt.Errorf("a position is [longitude, latitude], not %s", bytes.TrimSpace(raw))
	}
	*p = LonLat{*v[0], *v[1]}
	return nil
}

// Region is an area as GeoJSON: a Polygon or MultiPolygon.
type Region struct{ orb.MultiPolygon }

// UnmarshalJSON reads it strictly, as imports do.
func (r *Region) UnmarshalJSON(raw []byte) error {
	g, _, err := geoio.DecodeGeometry(raw)
	if err != nil {
		return err
	}
	switch g := g.(type) {
	case orb.Polygon:
		r.MultiPolygon = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		r.MultiPolygon = g
	default:
		return errors.New("a region is a Polygon or MultiPolygon")
	}
	return nil
}

// MarshalJSON writes it as GeoJSON.
func (r Region) MarshalJSON() ([]byte, error) {
	if len(r.MultiPolygon) == 1 {
		return json.Marshal(geojson.NewGeometry(r.MultiPolygon[0]))
	}
	return json.Marshal(geojson.NewGeometry(r.MultiPolygon))
}

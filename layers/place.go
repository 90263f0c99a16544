package layers

import (
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"

	"gridward/geo"
)

// Place is a 监管对象, anything that must be inspected, or another feature of
// a layer that the map shows (a street, a micro fire station).
type Place struct {
	ID       uuid.UUID
	Layer    string // the definition's name, "shop"
	Source   string // who keeps the record, "amap-2026-10"
	SourceID string // the record's id there; unique within layer and source
	Category string // the policy's object kind, "street_shop"
	Name     string
	Address  string // standard address 标准地址

	// Footprint is the place in plan, longitude/latitude, on the lattice.
	Footprint orb.Geometry
	// Solid is the geometry with depth (metres, negative below ground) where
	// the layer asks for one, else nil. Its plan view is Footprint.
	Solid  geom.T
	Anchor geo.Point // the point that stands for the place, see geo.Anchor
	Key    geo.Key   // H3 cell at resolution 15 of Anchor

	District  string // 6 digits, the shard key
	Town      string // 12 digits; town whose land the anchor lies in
	Park      string // 12 digits, or empty when in no park
	Community string // 12 digits

	Risk       int16 // 0 (none known) to 4 (very high)
	Attributes map[string]any
	Supervised bool      // listed for supervision, 挂牌督办
	Duplicate  uuid.UUID // the place that this one is a second record of; zero if none
	Above      uuid.UUID // for an underground space: the building over it; zero if none

	ValidFrom time.Time // first day it must be inspected, midnight UTC
	ValidTo   time.Time // first day it need not be; zero while it stands
	Version   int32
}

package tiles

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
)

// Feature is one thing on the map, as it goes into a snapshot and comes out.
type Feature struct {
	Ref      uuid.UUID // a place's id; zero for units and grids
	Code     string    // a unit's or grid's code
	Key      geo.Key
	Anchor   geo.Point
	Geometry orb.Geometry // longitude/latitude, on the lattice
	Values   []any        // one a field of the snapshot: a string, a float64, an int, a bool, or nil
	Risk     int16        // 0 to 4: the riskiest are never left out
	Owner
}

// Number is a place's number in tiles. Its id as a text would be half of a tile's
// bytes, which nothing packs; [Snapshot.ByNumber] is the way back.
func Number(ref uuid.UUID) uint64 { return id(ref, "") }

// id is a feature's number in tiles: below 2^53, which is what browsers keep,
// and the same wherever the feature is moved. It has 52 bits of a hash, so of a
// million features two share a number once in 10,000 layers.
func id(ref uuid.UUID, code string) uint64 {
	if code == "" {
		return xxhash.Sum64(ref[:]) >> 12
	}
	if ref == uuid.Nil {
		return xxhash.Sum64String(code) >> 12
	}
	var both [16]byte
	binary.LittleEndian.PutUint64(both[:], xxhash.Sum64(ref[:]))
	binary.LittleEndian.PutUint64(both[8:], xxhash.Sum64String(code))
	return xxhash.Sum64(both[:]) >> 12
}

// compareFeatures is the order of features in a block.
func compareFeatures(a, b *Feature) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), slices.Compare(a.Ref[:], b.Ref[:]), cmp.Compare(a.Code, b.Code))
}

func compareKeys(a, b blockKey) int {
	return cmp.Or(cmp.Compare(a.cell, b.cell), cmp.Compare(a.owner.Town, b.owner.Town), cmp.Compare(a.owner.Park, b.owner.Park), cmp.Compare(a.owner.Community, b.owner.Community))
}

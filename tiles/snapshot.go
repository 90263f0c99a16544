package tiles

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
)

// Feature is one thing on the map.
type Feature struct {
	Ref                   uuid.UUID // a place's id; zero for units and grids
	Code                  string    // a unit's or grid's code
	Key                   geo.Key
	Anchor                geo.Point
	Geometry              orb.Geometry // longitude/latitude
	Props                 map[string]any
	Risk                  int16
	Town, Park, Community string

	bound orb.Bound
	id    uint64
}

// Sees reports whether a scope holds a row of these units.
type Sees func(town, park, community string) bool

// Snapshot is an immutable set of features of one layer, in key order.
type Snapshot struct {
	Layer    string
	features []Feature
	byTile   map[maptile.Tile][]int32 // at indexZoom
	bound    orb.Bound
}

// indexZoom is the zoom of the index: its tiles are about 2 km across.
const indexZoom = 14

// NewSnapshot takes over the features.
func NewSnapshot(layer string, features []Feature) *Snapshot {
	slices.SortFunc(features, func(a, b Feature) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), slices.Compare(a.Ref[:], b.Ref[:]), cmp.Compare(a.Code, b.Code))
	})
	s := &Snapshot{Layer: layer, features: features, byTile: map[maptile.Tile][]int32{}}
	taken := make(map[uint64]bool, len(features))
	for i := range features {
		f := &features[i]
		f.bound = f.Geometry.Bound()
		if i == 0 {
			s.bound = f.bound
		} else {
			s.bound = s.bound.Union(f.bound)
		}
		// A stable number below 2^53: the compact cell, or, where two share
		// one, the low bits of the id.
		f.id = f.Key.Cell().Compact()
		if taken[f.id] {
			f.id = lowBits(f)
		}
		taken[f.id] = true
		lo, hi := maptile.At(f.bound.LeftTop(), indexZoom), maptile.At(f.bound.RightBottom(), indexZoom)
		for x := lo.X; x <= hi.X; x++ {
			for y := lo.Y; y <= hi.Y; y++ {
				t := maptile.New(x, y, indexZoom)
				s.byTile[t] = append(s.byTile[t], int32(i))
			}
		}
	}
	return s
}

func lowBits(f *Feature) uint64 {
	sum := sha256.Sum256(append(f.Ref[:], f.Code...))
	var v uint64
	for _, b := range sum[:7] {
		v = v<<8 | uint64(b)
	}
	return v & (1<<52 - 1)
}

// All calls fn for every feature, in key order.
func (s *Snapshot) All(fn func(*Feature)) {
	for i := range s.features {
		fn(&s.features[i])
	}
}

// Len is the number of features.
func (s *Snapshot) Len() int { return len(s.features) }

// Bound is the box around the features that a scope sees; false if none.
func (s *Snapshot) Bound(sees Sees) (orb.Bound, bool) {
	if sees == nil {
		return s.bound, len(s.features) > 0
	}
	var out orb.Bound
	found := false
	for i := range s.features {
		f := &s.features[i]
		if !sees(f.Town, f.Park, f.Community) {
			continue
		}
		if !found {
			out, found = f.bound, true
		} else {
			out = out.Union(f.bound)
		}
	}
	return out, found
}

// each calls fn for the features whose box meets a box, in key order.
func (s *Snapshot) each(t maptile.Tile, box orb.Bound, fn func(*Feature)) {
	if t.Z < indexZoom-3 {
		for i := range s.features {
			if f := &s.features[i]; f.bound.Intersects(box) {
				fn(f)
			}
		}
		return
	}
	lo, hi := maptile.At(box.LeftTop(), indexZoom), maptile.At(box.RightBottom(), indexZoom)
	var found []int32
	for x := lo.X; x <= hi.X; x++ {
		for y := lo.Y; y <= hi.Y; y++ {
			found = append(found, s.byTile[maptile.New(x, y, indexZoom)]...)
		}
	}
	slices.Sort(found)
	for _, i := range slices.Compact(found) {
		if f := &s.features[i]; f.bound.Intersects(box) {
			fn(f)
		}
	}
}

// Buffers in steps of a tile: a point's symbol reaches further than a line.
const (
	bufferPoint = 128
	bufferShape = 64
	// mostFeatures bounds a tile; what is left out is the least risky, and the
	// answer says so.
	mostFeatures = 20000
)

// Tile is one encoded tile.
type Tile struct {
	Raw     []byte // MVT 2.1; empty when nothing is there
	Reduced bool   // features of low risk were left out
}

// Props gives a feature's properties for a tile; nil leaves the feature out.
type Props func(*Feature) map[string]any

// Encode makes a tile of the features that a scope sees. props, if not nil,
// takes the place of the features' own properties.
func (s *Snapshot) Encode(t maptile.Tile, sees Sees, props Props) (Tile, error) {
	layer, reduced := s.layer(s.Layer, t, sees, props)
	return encode(reduced, layer)
}

// layer gathers the features of a tile.
func (s *Snapshot) layer(name string, t maptile.Tile, sees Sees, props Props) (*mvt.Layer, bool) {
	box := buffered(t, bufferPoint)
	var chosen []*Feature
	s.each(t, box, func(f *Feature) {
		if sees == nil || sees(f.Town, f.Park, f.Community) {
			chosen = append(chosen, f)
		}
	})
	reduced := len(chosen) > mostFeatures
	if reduced {
		byRisk := slices.Clone(chosen)
		slices.SortStableFunc(byRisk, func(a, b *Feature) int { return int(b.Risk) - int(a.Risk) })
		keep := map[*Feature]bool{}
		for _, f := range byRisk[:mostFeatures] {
			keep[f] = true
		}
		chosen = slices.DeleteFunc(chosen, func(f *Feature) bool { return !keep[f] })
	}
	fc := geojson.NewFeatureCollection()
	for _, f := range chosen {
		p := f.Props
		if props != nil {
			if p = props(f); p == nil {
				continue
			}
		}
		fc.Append(&geojson.Feature{ID: float64(f.id), Geometry: orb.Clone(f.Geometry), Properties: p})
	}
	return finish(mvt.NewLayer(name, fc), t), reduced
}

// finish projects, clips and cleans a layer.
func finish(l *mvt.Layer, t maptile.Tile) *mvt.Layer {
	l.Version, l.Extent = 2, Extent
	l.ProjectToTile(t)
	wide := orb.Bound{Min: orb.Point{-bufferPoint, -bufferPoint}, Max: orb.Point{Extent + bufferPoint, Extent + bufferPoint}}
	l.Clip(wide)
	l.RemoveEmpty(0, 0)
	kept := l.Features[:0]
	for _, f := range l.Features {
		if f.Geometry != nil && sound(f.Geometry) {
			kept = append(kept, f)
		}
	}
	l.Features = kept
	return l
}

// sound reports whether something is left of a geometry on the tile's grid.
func sound(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.Polygon:
		return len(g) > 0 && len(g[0]) >= 4
	case orb.MultiPolygon:
		return len(g) > 0
	case orb.LineString:
		return len(g) >= 2
	}
	return true
}

func encode(reduced bool, layers ...*mvt.Layer) (Tile, error) {
	some := mvt.Layers{}
	for _, l := range layers {
		if len(l.Features) > 0 {
			some = append(some, l)
		}
	}
	if len(some) == 0 {
		return Tile{}, nil
	}
	raw, err := mvt.Marshal(some)
	if err != nil {
		return Tile{}, fmt.Errorf("encode a tile of %s: %w", layers[0].Name, err)
	}
	return Tile{Raw: raw, Reduced: reduced}, nil
}

// Join is one tile of several layers.
func Join(parts ...Tile) Tile {
	var out Tile
	for _, p := range parts {
		out.Raw = append(out.Raw, p.Raw...) // layers of a tile may simply follow each other
		out.Reduced = out.Reduced || p.Reduced
	}
	return out
}

// ETag is the tile's weak tag: the same bytes, the same tag, and nothing else
// goes into it.
func (t Tile) ETag() string {
	sum := sha256.Sum256(t.Raw)
	return `W/"` + hex.EncodeToString(sum[:9]) + `"`
}

// Gzip packs a tile's bytes.
func (t Tile) Gzip() ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, 5)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(t.Raw); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}

// EncodeAs is Encode under another layer name.
func (s *Snapshot) EncodeAs(name string, t maptile.Tile, sees Sees, props Props) (Tile, error) {
	layer, reduced := s.layer(name, t, sees, props)
	return encode(reduced, layer)
}

// Part is one of several snapshots that share a layer of a tile.
type Part struct {
	Snapshot *Snapshot
	Props    Props
}

// EncodePoints makes one layer of the anchors of features of several snapshots.
func EncodePoints(name string, t maptile.Tile, sees Sees, parts []Part) (Tile, error) {
	box := buffered(t, bufferPoint)
	fc := geojson.NewFeatureCollection()
	for _, part := range parts {
		part.Snapshot.each(t, box, func(f *Feature) {
			if sees != nil && !sees(f.Town, f.Park, f.Community) {
				return
			}
			at := f.Anchor.Orb()
			if !box.Contains(at) { // beyond the buffer; a neighbour has it
				return
			}
			if p := part.Props(f); p != nil {
				fc.Append(&geojson.Feature{ID: float64(lowBits(f)), Geometry: at, Properties: p})
			}
		})
	}
	return encode(false, finish(mvt.NewLayer(name, fc), t))
}

package tiles

import (
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// Sees reports whether a scope holds a row of these units; nil sees all.
type Sees func(town, park, community string) bool

func (s Sees) owner(o Owner) bool { return s == nil || s(o.Town, o.Park, o.Community) }

// Scope is whose eyes a tile is for.
type Scope struct {
	Key  string // tells the scopes of a district apart
	Sees Sees
}

// Layout is what the features of a layer have in common.
type Layout struct {
	Layer  string
	Fields []string // the names of attributes, in the order of [Feature.Values]
	// Borders says that the areas share borders and are to be simplified
	// together, so that neighbours never part.
	Borders bool
}

// Snapshot is an immutable set of features of one layer, in blocks of one owner
// and place each.
type Snapshot struct {
	Layout
	blocks []*block // in the order of their keys
	words  words
	dict   *dictionary // for whoever makes the next snapshot
	keys   []string    // of tags: code, then the fields
	count  int
	box    box
	cuts   cuts
	slim   bool // see [Snapshot.Slim]
}

// NewSnapshot puts features into blocks. Those of one snapshot line are made one
// after the other: [Snapshot.With] shares what did not change.
func NewSnapshot(layout Layout, features []Feature) *Snapshot {
	list := make([]*Feature, len(features))
	for i := range features {
		list[i] = &features[i]
	}
	s := (&Snapshot{Layout: layout, dict: newDictionary()}).with(list, nil)
	s.clip()
	return s
}

// With is the snapshot without some features and with others, by their ids. Blocks
// that they are not in are shared. Areas that share borders are made anew instead,
// since a border's shape hangs on its neighbours'.
func (s *Snapshot) With(without []uuid.UUID, features []Feature) *Snapshot {
	out := map[uuid.UUID]bool{}
	for _, id := range without {
		out[id] = true
	}
	list := make([]*Feature, len(features))
	for i := range features {
		list[i] = &features[i]
		out[features[i].Ref] = true
	}
	if s.Borders {
		panic("tiles: a snapshot of areas that share borders is made anew") // a caller's mistake
	}
	return s.with(list, out)
}

// with makes the next snapshot: the features of blocks that lose or gain some
// are put into new ones.
func (s *Snapshot) with(add []*Feature, without map[uuid.UUID]bool) *Snapshot {
	next := &Snapshot{Layout: s.Layout, dict: s.dict, slim: s.slim}
	groups := map[blockKey][]*Feature{}
	for _, f := range add {
		key := blockKey{f.Key.Parent(blockResolution), f.Owner}
		groups[key] = append(groups[key], f)
	}
	for _, b := range s.blocks {
		loses := len(without) > 0 && slices.ContainsFunc(b.refs, func(r uuid.UUID) bool { return without[r] })
		gains, gained := groups[b.blockKey]
		if !loses && !gained {
			next.blocks = append(next.blocks, b)
			continue
		}
		for i := range b.len() {
			if !without[b.refs[i]] {
				if s.slim {
					panic("tiles: blocks of a slim snapshot are replaced as wholes: see Blockmates")
				}
				gains = append(gains, s.feature(b, i))
			}
		}
		groups[b.blockKey] = gains
	}
	keys := make([]blockKey, 0, len(groups))
	for key, list := range groups {
		if len(list) > 0 {
			keys = append(keys, key)
			slices.SortFunc(list, compareFeatures)
		}
	}
	slices.SortFunc(keys, compareKeys)
	zooms := s.zoomsOf(keys, groups)
	for _, key := range keys { // one after the other: the dictionary has one writer
		next.blocks = append(next.blocks, next.newBlock(key, groups[key], zooms))
	}
	next.finish()
	return next
}

// newBlock puts features into a block as the snapshot keeps them.
func (s *Snapshot) newBlock(key blockKey, features []*Feature, zooms map[*Feature][][]uint8) *block {
	if !s.slim {
		return newBlock(key, features, len(s.Fields), s.dict, zooms)
	}
	b := newBlock(key, features, len(s.Fields), newDictionary(), zooms)
	b.slim()
	return b
}

// clip lets go of room that a snapshot made from nothing does not use.
func (s *Snapshot) clip() {
	s.dict.clip()
	s.words = s.dict.words()
}

// finish sums up the blocks.
func (s *Snapshot) finish() {
	slices.SortFunc(s.blocks, func(a, b *block) int { return compareKeys(a.blockKey, b.blockKey) })
	s.words = s.dict.words()
	s.keys = append([]string{"code"}, s.Fields...)
	s.count, s.box = 0, nowhere
	for _, b := range s.blocks {
		s.count += b.len()
		s.box = s.box.union(b.box)
	}
}

// zoomsOf simplifies areas that share borders.
func (s *Snapshot) zoomsOf(keys []blockKey, groups map[blockKey][]*Feature) map[*Feature][][]uint8 {
	if !s.Borders {
		return nil
	}
	var rings [][]world
	var owners []*Feature
	for _, key := range keys {
		for _, f := range groups[key] {
			for _, r := range ringsOf(f.Geometry) {
				rings, owners = append(rings, r.xy), append(owners, f)
			}
		}
	}
	out := map[*Feature][][]uint8{}
	for i, z := range firstZooms(rings) {
		out[owners[i]] = append(out[owners[i]], z)
	}
	return out
}

// feature is a feature as it came; of a slim snapshot without shape and values.
func (s *Snapshot) feature(b *block, i int) *Feature {
	f := &Feature{Ref: b.refs[i], Key: b.key(i), Anchor: b.anchors[i].point(), Risk: int16(b.risks[i]), Owner: b.owner}
	if b.codes != nil {
		f.Code = b.codes[i]
	}
	if s.slim {
		return f
	}
	f.Geometry, f.Values = b.geometry(i), make([]any, len(s.Fields))
	for k := range f.Values {
		f.Values[k] = s.words.value(b.values[k*b.len()+i]) // the dictionary itself is its writer's
	}
	return f
}

// Value is a field's value; nil where there is none.
func (s *Snapshot) Value(f *Feature, field string) any {
	if k := slices.Index(s.Fields, field); k >= 0 {
		return f.Values[k]
	}
	return nil
}

// All calls fn for every feature that a scope sees (nil: all), a copy each.
func (s *Snapshot) All(sees Sees, fn func(*Feature)) {
	for _, b := range s.blocks {
		if !sees.owner(b.owner) {
			continue
		}
		for i := range b.len() {
			fn(s.feature(b, i))
		}
	}
}

// Within calls fn for every feature whose box meets a box in degrees.
func (s *Snapshot) Within(bound orb.Bound, fn func(*Feature)) {
	area := nowhere.with(worldOf(bound.Min)).with(worldOf(bound.Max))
	for _, b := range s.blocks {
		if !b.box.meets(area) {
			continue
		}
		for i := range b.len() {
			if b.boxOf(i).meets(area) {
				fn(s.feature(b, i))
			}
		}
	}
}

// ByNumber is the place that has a number in tiles, if a scope sees it.
func (s *Snapshot) ByNumber(number uint64, sees Sees) (uuid.UUID, bool) {
	for _, b := range s.blocks {
		if b.codes != nil || !sees.owner(b.owner) {
			continue
		}
		for _, ref := range b.refs {
			if Number(ref) == number {
				return ref, true
			}
		}
	}
	return uuid.Nil, false
}

// Len is the number of features.
func (s *Snapshot) Len() int { return s.count }

// Size is the bytes that the snapshot holds in memory, without what Go spends
// on the slices themselves.
func (s *Snapshot) Size() int {
	n := s.dict.size()
	for _, b := range s.blocks {
		n += b.bytes
	}
	return n
}

// Bound is the box around the features that a scope sees; false if none.
func (s *Snapshot) Bound(sees Sees) (orb.Bound, bool) {
	area := nowhere
	for _, b := range s.blocks {
		if sees.owner(b.owner) {
			area = area.union(b.box)
		}
	}
	return area.bound(), area != nowhere
}

// appendVersion adds to a digest what tells this version of an area from every
// other, as far as a scope sees it.
func (s *Snapshot) appendVersion(h *xxhash.Digest, area box, sees Sees) {
	for _, b := range s.blocks {
		b.appendVersion(h, area, sees)
	}
}

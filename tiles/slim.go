package tiles

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"gridward/geo"
)

// A layer that is too large for memory has a slim snapshot: it knows where each
// feature is and whose, and tells versions of a tile apart as any other does, but
// shapes and values are read from the database when a tile is drawn. It holds 33
// bytes a point and 50 an area, whatever their shapes and attributes.

// Slim reports whether shapes and values are not in memory.
func (s *Snapshot) Slim() bool { return s.slim }

// Builder makes a snapshot of features that come one after the other, in the
// order of their keys, and never holds more of them than one block's cell has.
type Builder struct {
	out    *Snapshot
	most   int
	bytes  int
	cell   geo.Cell
	groups map[blockKey][]*Feature
}

// NewBuilder makes a snapshot slim if it holds more than so many bytes; 0 never.
// Areas that share borders are not for it, since they are simplified together.
func NewBuilder(layout Layout, most int) *Builder {
	if layout.Borders {
		panic("tiles: areas that share borders come all at once") // a caller's mistake
	}
	return &Builder{out: &Snapshot{Layout: layout, dict: newDictionary()}, most: most, groups: map[blockKey][]*Feature{}}
}

// Add takes the next feature. The error says that it came out of order.
func (b *Builder) Add(f Feature) error {
	cell := f.Key.Parent(blockResolution)
	if cell != b.cell {
		if cell < b.cell {
			return fmt.Errorf("tiles: feature %s of cell %v comes after cell %v: features are to come in the order of their keys", f.Ref, cell, b.cell)
		}
		b.flush()
		b.cell = cell
	}
	key := blockKey{cell, f.Owner}
	b.groups[key] = append(b.groups[key], &f)
	return nil
}

// flush makes blocks of a cell.
func (b *Builder) flush() {
	keys := make([]blockKey, 0, len(b.groups))
	for key, list := range b.groups {
		slices.SortFunc(list, compareFeatures)
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	for _, key := range keys {
		made := b.out.newBlock(key, b.groups[key], nil)
		b.out.blocks = append(b.out.blocks, made)
		b.bytes += made.bytes
	}
	clear(b.groups)
	if b.most > 0 && !b.out.slim && b.bytes+b.out.dict.size() > b.most {
		b.out.slim, b.out.dict = true, newDictionary()
		for _, made := range b.out.blocks {
			made.slim()
		}
	}
}

// Snapshot is what came.
func (b *Builder) Snapshot() *Snapshot {
	b.flush()
	b.out.finish()
	b.out.clip()
	return b.out
}

// Blockmates are the features that are in a block with one of some, or in a block
// that some are put into: to replace features of a slim snapshot all of these are
// given to [Snapshot.With] anew.
func (s *Snapshot) Blockmates(ids []uuid.UUID, features []Feature) []uuid.UUID {
	of, into := map[uuid.UUID]bool{}, map[blockKey]bool{}
	for _, id := range ids {
		of[id] = true
	}
	for i := range features {
		into[blockKey{features[i].Key.Parent(blockResolution), features[i].Owner}] = true
	}
	var out []uuid.UUID
	for _, b := range s.blocks {
		if into[b.blockKey] || slices.ContainsFunc(b.refs, func(r uuid.UUID) bool { return of[r] }) {
			out = append(out, b.refs...)
		}
	}
	return out
}

// Chosen are the features that a tile of a slim snapshot shows to a scope, and
// whether others were left out.
func Chosen(t Address, scope Scope, s *Snapshot) (ids []uuid.UUID, reduced bool) {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	p.chosen = p.chosen[:0]
	p.choose(s, frameOf(t, bufferPoint), frameOf(t, bufferShape), scope.Sees, false)
	d := Drawing{Parts: []*Snapshot{s}}
	rule := d.cut(t.Depth(), scope)
	for _, r := range p.chosen {
		if rule.keeps(r) {
			ids = append(ids, r.Ref())
		} else {
			reduced = true
		}
	}
	return ids, reduced
}

// DrawThose makes a tile of features that were read for it.
func DrawThose(t Address, layout Layout, features []Feature, reduced bool) Tile {
	out := Draw(t, Scope{}, Drawing{Name: layout.Layer, Parts: []*Snapshot{NewSnapshot(layout, features)}})
	out.Reduced = out.Reduced || reduced
	return out
}

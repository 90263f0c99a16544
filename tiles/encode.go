package tiles

import (
	"encoding/binary"
	"slices"
	"strconv"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"

	"gridward/tiles/mvt"
)

// Buffers in steps of a tile: a point's symbol reaches further than a line.
const (
	bufferPoint = 128
	bufferShape = 64
)

// Tile is one encoded tile.
type Tile struct {
	Raw     []byte // MVT 2.1; empty when nothing is there
	Reduced bool   // features of low risk were left out
}

// Join is one tile of several: layers of a tile may simply follow each other.
func Join(parts ...Tile) Tile {
	var out Tile
	for _, p := range parts {
		out.Raw = append(out.Raw, p.Raw...)
		out.Reduced = out.Reduced || p.Reduced
	}
	return out
}

// Row is a feature while a tile is drawn. It is valid during the call only.
type Row struct {
	snapshot *Snapshot
	block    *block
	i        int
}

// Ref is a place's id.
func (r Row) Ref() uuid.UUID { return r.block.refs[r.i] }

// Code is a unit's or grid's code.
func (r Row) Code() string {
	if r.block.codes == nil {
		return ""
	}
	return r.block.codes[r.i]
}

// Text is a field's text, by the number of the field; empty where it has none.
func (r Row) Text(field int) string {
	s, _ := r.snapshot.words.value(r.block.values[field*r.block.len()+r.i]).(string)
	return s
}

// Drawing is how the features of snapshots are drawn into one layer of a tile.
type Drawing struct {
	Name   string
	Labels bool // their anchors rather than their shapes
	Parts  []*Snapshot
	// Keys and Show, where set, take the place of the features' own
	// attributes: Show tags the feature at hand, by the numbers of Keys, or
	// tags nothing and is false to leave it out.
	Keys []string
	Show func(Row, *mvt.Layer) bool
}

// pen is what drawing a tile needs again and again.
type pen struct {
	layer   mvt.Layer
	chosen  []Row
	scratch [2][]world
	path    []world
	local   [][2]int32
}

var pens = sync.Pool{New: func() any { return &pen{} }}

// Draw makes a tile of the features that a scope sees.
func Draw(t Address, scope Scope, drawings ...Drawing) Tile {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	var out Tile
	for i := range drawings {
		reduced := p.draw(t, scope, &drawings[i])
		out.Raw = p.layer.AppendTo(out.Raw)
		out.Reduced = out.Reduced || reduced
	}
	return out
}

// AppendVersion adds to a digest what a tile of drawings rests on, as far as a
// scope sees it: equal digests, equal tiles. Of drawings that tag features
// themselves it is what they show.
func AppendVersion(h *xxhash.Digest, t Address, scope Scope, drawings ...Drawing) {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	wide, narrow := frameOf(t, bufferPoint), frameOf(t, bufferShape)
	var room [16]byte
	for i := range drawings {
		d := &drawings[i]
		rule := d.cut(t.Depth(), scope)
		rule.appendVersion(h)
		for _, s := range d.Parts {
			s.appendVersion(h, wide.box, scope.Sees)
		}
		if d.Show == nil {
			continue
		}
		p.layer.Begin(d.Name, d.Keys)
		p.chosen = p.chosen[:0]
		for _, s := range d.Parts {
			p.choose(s, wide, narrow, scope.Sees, d.Labels)
		}
		for _, r := range p.chosen {
			if rule.keeps(r) && d.Show(r, &p.layer) {
				binary.LittleEndian.PutUint64(room[:], id(r.Ref(), r.Code()))
				binary.LittleEndian.PutUint64(room[8:], uint64(len(p.layer.Tags())))
				h.Write(room[:])
			}
		}
		h.Write(p.layer.Tags())
		h.Write(p.layer.Values())
	}
}

func (p *pen) draw(t Address, scope Scope, d *Drawing) (reduced bool) {
	wide, narrow := frameOf(t, bufferPoint), frameOf(t, bufferShape)
	keys := d.Keys
	if d.Show == nil && len(d.Parts) > 0 {
		keys = d.Parts[0].keys
	}
	p.layer.Begin(d.Name, keys)
	p.chosen = p.chosen[:0]
	for _, s := range d.Parts {
		p.choose(s, wide, narrow, scope.Sees, d.Labels)
	}
	rule := d.cut(t.Depth(), scope)
	for _, r := range p.chosen {
		if !rule.keeps(r) {
			reduced = true
			continue
		}
		b := r.block
		kind := mvt.Points
		if d.Labels || b.kinds == nil {
			p.point(b.anchors[r.i], wide)
		} else {
			kind = b.kinds[r.i]
			p.shape(r, t.Depth(), wide, narrow)
		}
		if p.layer.Shape.Empty() {
			continue
		}
		if d.Show != nil {
			if !d.Show(r, &p.layer) {
				p.layer.Drop() // the shape
				continue
			}
		} else {
			p.tag(r)
		}
		p.layer.Add(id(b.refs[r.i], r.Code()), kind)
	}
	return reduced
}

// choose takes the features whose boxes meet the tile's.
func (p *pen) choose(s *Snapshot, wide, narrow frame, sees Sees, labels bool) {
	for _, b := range s.blocks {
		if !b.box.meets(wide.box) || !sees.owner(b.owner) {
			continue
		}
		all := wide.box.holds(b.box)
		for i := range b.len() {
			if !all {
				switch {
				case labels || b.kinds == nil:
					if !wide.box.has(b.anchors[i]) {
						continue
					}
				case b.kinds[i] == mvt.Points:
					if !wide.box.meets(b.boxOf(i)) {
						continue
					}
				case !narrow.box.meets(b.boxOf(i)):
					continue
				}
			}
			p.chosen = append(p.chosen, Row{s, b, i})
		}
	}
}

// tag gives a feature its own attributes.
func (p *pen) tag(r Row) {
	b, n := r.block, r.block.len()
	if c := r.Code(); c != "" {
		p.layer.Unique(0, c)
	}
	for k := range r.snapshot.Fields {
		if at := b.values[k*n+r.i]; at != 0 {
			p.layer.Encoded(k+1, at, r.snapshot.words.encoded(at))
		}
	}
}

func (p *pen) point(w world, f frame) {
	if f.box.has(w) { // beyond the buffer a neighbour has it
		at := f.local(w)
		p.layer.Shape.Point(at[0], at[1])
	}
}

// shape draws a feature's shape as far as it lies in the tile and its buffer.
func (p *pen) shape(r Row, zoom int, wide, narrow frame) {
	b := r.block
	if b.kinds[r.i] == mvt.Points {
		p.point(b.anchors[r.i], wide)
		return
	}
	whole := narrow.box.holds(b.boxOf(r.i))
	outer := false // whether the last outer ring was drawn
	b.eachPart(r.i, func(xy []world, zooms []uint8, hole bool) {
		if b.kinds[r.i] == mvt.Lines {
			if whole {
				p.line(xy, narrow)
				return
			}
			clipLine(xy, narrow.box, &p.scratch, func(part []world) { p.line(part, narrow) })
			return
		}
		if hole && !outer {
			return
		}
		if zooms != nil {
			p.path = p.path[:0]
			for i, w := range xy {
				if int(zooms[i]) <= zoom {
					p.path = append(p.path, w)
				}
			}
			xy = p.path
		}
		if !whole {
			xy = clipRing(xy, narrow.box, &p.scratch)
		}
		drawn := p.ring(xy, narrow, hole)
		if !hole {
			outer = drawn
		}
	})
}

// steps turns a path into tile steps without repeats.
func (p *pen) steps(xy []world, f frame) [][2]int32 {
	out := slices.Grow(p.local[:0], len(xy))
	var last [2]int32
	for i, w := range xy {
		if at := f.local(w); i == 0 || at != last {
			out, last = append(out, at), at
		}
	}
	p.local = out
	return out
}

func (p *pen) line(xy []world, f frame) {
	if local := p.steps(xy, f); len(local) > 1 {
		p.layer.Shape.Line(local)
	}
}

// ring draws a ring unless nothing is left of it on the tile's steps. Rounding
// may turn a thin one over: it is turned back.
func (p *pen) ring(xy []world, f frame, hole bool) bool {
	local := p.steps(xy, f)
	for len(local) > 1 && local[0] == local[len(local)-1] {
		local = local[:len(local)-1]
	}
	local = withoutSpurs(local)
	if len(local) < 3 {
		return false
	}
	area := mvt.Area(local)
	if area == 0 {
		return false
	}
	if (area < 0) != hole {
		slices.Reverse(local)
	}
	p.layer.Shape.Ring(local)
	return true
}

// withoutSpurs takes out vertices from which a ring goes back the way it came,
// and repeats: they bound nothing. Vertices on the line between their neighbours
// stay, for another area may have a corner there.
func withoutSpurs(ring [][2]int32) [][2]int32 {
	for changed := true; changed && len(ring) > 2; {
		changed = false
		n, first, last := len(ring), ring[0], ring[len(ring)-1]
		kept := ring[:0]
		for i := range n {
			at, before, next := ring[i], last, first
			if len(kept) > 0 {
				before = kept[len(kept)-1]
			}
			if i+1 < n {
				next = ring[i+1]
			}
			ax, ay := int64(at[0])-int64(before[0]), int64(at[1])-int64(before[1])
			bx, by := int64(next[0])-int64(at[0]), int64(next[1])-int64(at[1])
			if at == before || ax*by == ay*bx && ax*bx+ay*by < 0 {
				changed = true
				continue
			}
			kept = append(kept, at)
		}
		ring = kept
	}
	return ring
}

// Tag is a weak tag of a number.
func Tag(v uint64) string { return `W/"` + strconv.FormatUint(v, 36) + `"` }

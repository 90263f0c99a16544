package tiles

import (
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/tiles/mvt"
)

// blockResolution is the H3 resolution of the cells by which features are put
// into blocks: 5 km² each.
const blockResolution = 7

// Owner is whose a feature is: the units that may see it.
type Owner struct{ Town, Park, Community string }

// blockKey is what the features of a block have in common. A block is of one
// owner, so that all of it is seen or nothing, and what it says of itself tells
// nothing of others.
type blockKey struct {
	cell  geo.Cell
	owner Owner
}

// blockHead is what tiles ask of a block before they look into it.
type blockHead struct {
	blockKey
	hash uint64 // of all that tiles show of it
	box  box
}

// appendVersion adds the block's version to a digest if it meets an area and a
// scope sees it.
func (b *blockHead) appendVersion(d *xxhash.Digest, area box, sees Sees) {
	if b.box.meets(area) && sees.owner(b.owner) {
		var room [8]byte
		binary.LittleEndian.PutUint64(room[:], b.hash)
		d.Write(room[:])
	}
}

// block is the features of one owner in one cell, in columns, in the order of
// their keys. It is immutable.
type block struct {
	blockHead

	refs    []uuid.UUID
	codes   []string // empty where features have none
	digits  []uint32 // of keys, below the cell's own
	anchors []world
	risks   []int8
	values  []uint32 // a column a field: an index of the dictionary plus one, or none
	bytes   int

	// Shapes; empty in a block of points.
	kinds []mvt.Kind
	boxes []smallBox
	steps uint     // log2 of what boxes count in
	parts []uint32 // where each feature's parts begin, and where the last one's end; empty where each has one
	ends  []uint32 // where each part's vertices end; the uppermost bit says that a ring is a hole
	xy    []world
	zooms []uint8 // of each vertex the first zoom at which it is drawn; empty: all
}

const holeBit = 1 << 31

func (b *block) len() int { return len(b.refs) }

// boxOf is the box of a feature.
func (b *block) boxOf(i int) box {
	if b.boxes == nil {
		w := b.anchors[i]
		return box{w.x, w.y, w.x, w.y}
	}
	s, o := b.boxes[i], b.box
	at := func(from int32, n uint16) int32 { return inWorld(int64(from) + int64(n)<<b.steps) }
	return box{at(o.minX, s.minX), at(o.minY, s.minY), at(o.minX, s.maxX), at(o.minY, s.maxY)}
}

// smallBox is a feature's box from the block's corner, in steps of the block, so
// that it is never smaller than the feature and seldom larger by a hand's breadth.
type smallBox struct{ minX, minY, maxX, maxY uint16 }

// shrink keeps boxes as small ones; the block's own box must be known.
func (b *block) shrink(boxes []box) {
	width, height := int64(b.box.maxX)-int64(b.box.minX), int64(b.box.maxY)-int64(b.box.minY)
	for max(width, height)>>b.steps >= 1<<16-1 {
		b.steps++
	}
	b.boxes = make([]smallBox, len(boxes))
	for i, x := range boxes {
		down := func(v, from int32) uint16 { return uint16((int64(v) - int64(from)) >> b.steps) }
		up := func(v, from int32) uint16 { return uint16((int64(v) - int64(from) + 1<<b.steps - 1) >> b.steps) }
		b.boxes[i] = smallBox{down(x.minX, b.box.minX), down(x.minY, b.box.minY), up(x.maxX, b.box.minX), up(x.maxY, b.box.minY)}
	}
}

// digitBits is what of a key is below the digits of a block's cell: as many as
// three bits a resolution.
const digitBits = 3 * (geo.KeyResolution - blockResolution)

// key is a feature's key: the cell's digits and its own.
func (b *block) key(i int) geo.Key {
	lowest, _ := b.cell.Keys()
	return lowest | geo.Key(b.digits[i])
}

// partsOf are the numbers of a feature's parts.
func (b *block) partsOf(i int) (from, to uint32) {
	if b.parts == nil {
		return uint32(i), uint32(i) + 1
	}
	return b.parts[i], b.parts[i+1]
}

// eachPart calls fn for the parts of a feature's shape: lines, or rings without
// the last vertex.
func (b *block) eachPart(i int, fn func(xy []world, zooms []uint8, hole bool)) {
	for p, last := b.partsOf(i); p < last; p++ {
		from := uint32(0)
		if p > 0 {
			from = b.ends[p-1] &^ holeBit
		}
		to := b.ends[p] &^ holeBit
		var zooms []uint8
		if b.zooms != nil {
			zooms = b.zooms[from:to]
		}
		fn(b.xy[from:to], zooms, b.ends[p]&holeBit != 0)
	}
}

// geometry is a feature's shape in degrees, as it came.
func (b *block) geometry(i int) orb.Geometry {
	if b.kinds == nil || b.kinds[i] == mvt.Points {
		return b.anchors[i].point().Orb()
	}
	var lines orb.MultiLineString
	var areas orb.MultiPolygon
	b.eachPart(i, func(xy []world, _ []uint8, hole bool) {
		path := make([]orb.Point, 0, len(xy)+1)
		for _, w := range xy {
			path = append(path, w.point().Orb())
		}
		if b.kinds[i] == mvt.Lines {
			lines = append(lines, path)
			return
		}
		slices.Reverse(path) // the world's y runs down
		path = append(path, path[0])
		if hole && len(areas) > 0 {
			last := &areas[len(areas)-1]
			*last = append(*last, path)
			return
		}
		areas = append(areas, orb.Polygon{path})
	})
	switch {
	case len(lines) == 1:
		return lines[0]
	case len(lines) > 1:
		return lines
	case len(areas) == 1:
		return areas[0]
	}
	return areas
}

// newBlock puts features into columns. zooms, if not nil, gives the vertices of
// each feature's rings their first zooms.
func newBlock(key blockKey, features []*Feature, fields int, dict *dictionary, zooms map[*Feature][][]uint8) *block {
	n := len(features)
	b := &block{blockHead: blockHead{blockKey: key, box: nowhere}, refs: make([]uuid.UUID, n), digits: make([]uint32, n), anchors: make([]world, n), risks: make([]int8, n), values: make([]uint32, n*fields)}
	shapes := slices.ContainsFunc(features, func(f *Feature) bool { return f.Geometry.Dimensions() > 0 })
	var boxes []box
	if shapes {
		b.kinds, boxes, b.parts = make([]mvt.Kind, n), make([]box, n), make([]uint32, 1, n+1)
	}
	h := xxhash.New()
	var room [8]byte
	number := func(v uint64) {
		binary.LittleEndian.PutUint64(room[:], v)
		h.Write(room[:])
	}
	text := func(s string) {
		number(uint64(len(s)))
		h.WriteString(s)
	}
	for i, f := range features {
		b.refs[i], b.digits[i], b.risks[i] = f.Ref, uint32(f.Key)&(1<<digitBits-1), int8(f.Risk)
		b.anchors[i] = worldOf(f.Anchor.Orb())
		if f.Code != "" {
			if b.codes == nil {
				b.codes = make([]string, n)
			}
			b.codes[i] = f.Code
		}
		h.Write(f.Ref[:])
		text(f.Code)
		number(uint64(f.Risk))
		for k, v := range f.Values {
			at := dict.add(v)
			b.values[k*n+i] = at
			number(uint64(len(dict.encoded(at))))
			h.Write(dict.encoded(at))
		}
		if shapes {
			boxes[i] = b.addShape(i, f.Geometry, zooms[f])
			b.parts = append(b.parts, uint32(len(b.ends)))
			b.box = b.box.union(boxes[i])
		}
		b.box = b.box.with(b.anchors[i])
	}
	for _, w := range b.anchors {
		number(uint64(uint32(w.x))<<32 | uint64(uint32(w.y)))
	}
	for _, w := range b.xy {
		number(uint64(uint32(w.x))<<32 | uint64(uint32(w.y)))
	}
	for _, e := range b.ends {
		number(uint64(e))
	}
	for _, p := range b.parts {
		number(uint64(p))
	}
	h.Write(b.zooms)
	b.hash = h.Sum64()
	if shapes {
		b.shrink(boxes)
	}
	one := true // part each
	for i, end := range b.parts {
		one = one && int(end) == i
	}
	if one {
		b.parts = nil
	}
	b.xy, b.ends, b.zooms = slices.Clone(b.xy), slices.Clone(b.ends), slices.Clone(b.zooms) // without room to grow
	b.weigh()
	return b
}

// weigh counts what the block holds in memory.
func (b *block) weigh() {
	n := b.len()
	b.bytes = 16*n + 4*n + 8*n + n + 4*len(b.values) + len(b.kinds) + 8*len(b.boxes) + 4*len(b.parts) + 4*len(b.ends) + 8*len(b.xy) + len(b.zooms)
	for _, c := range b.codes {
		b.bytes += 16 + len(c)
	}
}

// slim lets go of shapes and values. What is left says where each feature is,
// whose it is, and which version of all of them this was.
func (b *block) slim() {
	b.values, b.parts, b.ends, b.xy, b.zooms = nil, nil, nil, nil, nil
	b.weigh()
}

// addShape projects a feature's shape, and gives its box.
func (b *block) addShape(i int, g orb.Geometry, zooms [][]uint8) box {
	around := nowhere.with(b.anchors[i])
	part := func(xy []world, flag uint32) {
		b.xy = append(b.xy, xy...)
		for _, w := range xy {
			around = around.with(w)
		}
		b.ends = append(b.ends, uint32(len(b.xy))|flag)
	}
	switch g := g.(type) {
	case orb.LineString:
		b.kinds[i] = mvt.Lines
		part(projected(g), 0)
	case orb.MultiLineString:
		b.kinds[i] = mvt.Lines
		for _, l := range g {
			part(projected(l), 0)
		}
	case orb.Polygon, orb.MultiPolygon:
		b.kinds[i] = mvt.Polygons
		for k, r := range ringsOf(g) {
			flag := uint32(0)
			if r.hole {
				flag = holeBit
			}
			part(r.xy, flag)
			if zooms != nil {
				b.zooms = append(b.zooms, zooms[k]...)
			}
		}
	default:
		b.kinds[i] = mvt.Points
	}
	return around
}

// projected is a path in the world, without repeats.
func projected(path []orb.Point) []world {
	out := make([]world, 0, len(path))
	for _, p := range path {
		if w := worldOf(p); len(out) == 0 || out[len(out)-1] != w {
			out = append(out, w)
		}
	}
	return out
}

// ring is a projected ring without the last vertex: outer rings clockwise on a
// screen, holes the other way and after their outer ring.
type ring struct {
	xy   []world
	hole bool
}

// ringsOf projects the rings of an area. Rings without area are left out, an
// outer one with its holes.
func ringsOf(g orb.Geometry) []ring {
	var out []ring
	polygon := func(p orb.Polygon) {
		for k, r := range p {
			xy := projected(r)
			for len(xy) > 1 && xy[0] == xy[len(xy)-1] {
				xy = xy[:len(xy)-1]
			}
			area := twiceArea(xy)
			if len(xy) < 3 || area == 0 {
				if k == 0 {
					return
				}
				continue
			}
			if (area > 0) == (k > 0) {
				slices.Reverse(xy)
			}
			out = append(out, ring{xy, k > 0})
		}
	}
	switch g := g.(type) {
	case orb.Polygon:
		polygon(g)
	case orb.MultiPolygon:
		for _, p := range g {
			polygon(p)
		}
	}
	return out
}

// twiceArea has the sign of a ring's area with y down: above zero it runs
// clockwise on a screen.
func twiceArea(xy []world) float64 {
	if len(xy) < 3 {
		return 0
	}
	sum, o := 0.0, xy[0]
	for i := 1; i < len(xy)-1; i++ {
		ax, ay := float64(xy[i].x)-float64(o.x), float64(xy[i].y)-float64(o.y)
		bx, by := float64(xy[i+1].x)-float64(o.x), float64(xy[i+1].y)-float64(o.y)
		sum += ax*by - bx*ay
	}
	return sum
}

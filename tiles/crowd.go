package tiles

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb/maptile"
)

// mostFeatures bounds the features of a layer in a tile.
const mostFeatures = 20000

// rank is how much a feature is to be kept when a zoom is crowded: its risk and
// then, among equals, a part of its number, so that it is the same in every
// tile, whatever else is there.
type rank int32

// ranksPerRisk is into how many parts features of equal risk are divided. An edit
// seldom moves the cut by one of them, and then all tiles of the zoom change.
const ranksPerRisk = 64

func rankOf(risk int8, id uint64) rank {
	return rank(risk)*ranksPerRisk + rank(id>>46) // the id has 52 bits
}

// cut is the rule by which a zoom leaves out features: those below a rank. It is
// found from the zoom's fullest tile and holds for all of them. A rule of each
// tile would end at its edges: places would thin out along a line that
// is nowhere on the ground.
type cut struct {
	least rank
	any   bool // something is left out somewhere
}

// keeps reports whether a feature stays.
func (c cut) keeps(r Row) bool {
	return !c.any || rankOf(r.block.risks[r.i], id(r.Ref(), r.Code())) >= c.least
}

// appendVersion adds the rule to a digest: it is one of the things that a tile
// rests on.
func (c cut) appendVersion(h *xxhash.Digest) {
	if c.any {
		var room [4]byte
		binary.LittleEndian.PutUint32(room[:], uint32(c.least))
		h.Write(room[:])
	}
}

// cuts keeps the rules of a snapshot by zoom and scope: they are the same as long
// as the snapshots drawn into the layer are.
type cuts struct {
	mu   sync.Mutex
	kept map[cutKey]keptCut
}

type cutKey struct {
	zoom   int
	scope  string
	labels bool
}

type keptCut struct {
	parts []*Snapshot
	cut
}

// cut is the rule of a drawing at a zoom, as far as a scope sees. Its number of
// features is taken in WebMercatorQuad; tiles of other matrices that are as large
// follow the same rule.
func (d *Drawing) cut(zoom int, scope Scope) cut {
	if len(d.Parts) == 0 {
		return cut{}
	}
	keeper, key := &d.Parts[0].cuts, cutKey{zoom, scope.Key, d.Labels}
	keeper.mu.Lock()
	defer keeper.mu.Unlock() // who asks for the same waits, rather than count too
	if k, ok := keeper.kept[key]; ok && slices.Equal(k.parts, d.Parts) {
		return k.cut
	}
	found := d.findCut(zoom, scope)
	if keeper.kept == nil {
		keeper.kept = map[cutKey]keptCut{}
	}
	keeper.kept[key] = keptCut{d.Parts, found}
	return found
}

// findCut counts what tiles of a zoom would hold.
func (d *Drawing) findCut(zoom int, scope Scope) cut {
	shift := uint(WebMercatorQuad.sideBits(zoom))
	buffer := int64(bufferPoint) << shift >> extentBits
	// No tile holds more than the blocks that meet it do.
	most := map[[2]int64]int{}
	for _, s := range d.Parts {
		for _, b := range s.blocks {
			if !scope.Sees.owner(b.owner) {
				continue
			}
			area := b.box.wider(buffer)
			for x := (int64(area.minX) + half) >> shift; x <= (int64(area.maxX)+half)>>shift; x++ {
				for y := (int64(area.minY) + half) >> shift; y <= (int64(area.maxY)+half)>>shift; y++ {
					most[[2]int64{x, y}] += b.len()
				}
			}
		}
	}
	var out cut
	p := pens.Get().(*pen)
	defer pens.Put(p)
	for at, n := range most {
		if n <= mostFeatures {
			continue
		}
		t := Mercator(maptile.New(uint32(at[0]), uint32(at[1]), maptile.Zoom(zoom)))
		p.chosen = p.chosen[:0]
		for _, s := range d.Parts {
			p.choose(s, frameOf(t, bufferPoint), frameOf(t, bufferShape), scope.Sees, d.Labels)
		}
		if least, over := leastOf(p.chosen); over && (!out.any || least > out.least) {
			out = cut{least, true}
		}
	}
	return out
}

// leastOf is the rank from which on no more than so many features are there; the
// highest rank stays, however many it has.
func leastOf(rows []Row) (least rank, over bool) {
	if len(rows) <= mostFeatures {
		return 0, false
	}
	counts := map[rank]int{}
	for _, r := range rows {
		counts[rankOf(r.block.risks[r.i], id(r.Ref(), r.Code()))]++
	}
	ranks := make([]rank, 0, len(counts))
	for r := range counts {
		ranks = append(ranks, r)
	}
	slices.Sort(ranks)
	slices.Reverse(ranks)
	n := 0
	for i, r := range ranks {
		if n += counts[r]; n > mostFeatures {
			return ranks[max(0, i-1)], true
		}
	}
	return 0, false
}

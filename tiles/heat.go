package tiles

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"
	"sync"
	"unsafe"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"

	"gridward/geo"
)

// HeatMin and HeatMax are the zooms that have heat tiles; a map shows the
// deepest ones beyond.
const (
	HeatMin = 6
	HeatMax = 16
)

// HeatResolution is the H3 resolution of the hexagons at a zoom, the same for
// the whole zoom: about 4,000 hexagons a tile at most.
func HeatResolution(zoom int) int {
	table := [...]int{6: 5, 7: 6, 8: 6, 9: 7, 10: 8, 11: 8, 12: 9, 13: 10, 14: 10, 15: 11, 16: 11}
	return table[min(max(zoom, HeatMin), HeatMax)]
}

// The resolutions that heat tiles have.
const (
	coarsest = 5
	finest   = 11
)

// Weights turn a hazard into heat.
type Weights struct {
	Severity     []float64 // by severity 1 to 4
	Closed       float64   // the factor of a closed hazard
	HalfLifeDays float64
}

// Spark is a hazard as heat sees it.
type Spark struct {
	ID       uuid.UUID
	Place    uuid.UUID // zero: at none
	Key      geo.Key
	Point    geo.Point
	Day      int32 // on which it was found, in days since 1970 in the district's zone
	Kind     SparkKind
	IsClosed bool
	Owner
}

// SparkKind is what filters ask for. Few hazards differ in it, so it is counted
// by number.
type SparkKind struct {
	Type     string
	Class    int8 // of the place; 0: none
	Severity int8 // 1 to 4
	State    string
}

// Heat is an immutable set of hazards in blocks of one owner and place, each
// with how many of each kind were found on each day in each hexagon.
type Heat struct {
	blocks   []*heatBlock
	kinds    *kinds
	hexagons *hexagons
	weights  Weights
	open     map[uuid.UUID]openAt // by place
	surfaces *surfaces
	exposed  []*Snapshot // the places among which hazards are
}

// heatBlock is the hazards of one owner in one cell.
type heatBlock struct {
	blockHead
	sparks []Spark // in the order of keys
	levels [finest - coarsest + 1]level
}

// level counts a block's hazards by hexagon, day and kind.
type level struct {
	cells  []geo.Cell
	starts []uint32 // of each cell's counts, and where the last one's end
	days   []int32  // of each count, ascending in a cell
	kinds  []uint16
	counts []uint32
}

// each calls fn for what a cell counts of the days from first to last.
func (l *level) each(cell int, first, last int32, fn func(day int32, kind uint16, n float64)) {
	from, to := int(l.starts[cell]), int(l.starts[cell+1])
	for i := from + sort.Search(to-from, func(i int) bool { return l.days[from+i] >= first }); i < to && l.days[i] <= last; i++ {
		fn(l.days[i], l.kinds[i], float64(l.counts[i]))
	}
}

// kinds numbers kinds. It is only ever added to.
type kinds struct {
	mu   sync.RWMutex
	list []SparkKind
	of   map[SparkKind]uint16
}

func (k *kinds) number(kind SparkKind) uint16 {
	k.mu.Lock()
	defer k.mu.Unlock()
	n, ok := k.of[kind]
	if !ok {
		n = uint16(len(k.list))
		k.of[kind], k.list = n, append(k.list, kind)
	}
	return n
}

func (k *kinds) all() []SparkKind {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.list
}

// openAt are a place's hazards that are not closed.
type openAt struct {
	count int
	worst int16
}

// OpenAt is how many hazards of a place are not closed, and the gravest's severity.
func (h *Heat) OpenAt(place uuid.UUID) (count int, worst int16) {
	o := h.open[place]
	return o.count, o.worst
}

// Len is the number of hazards.
func (h *Heat) Len() int {
	n := 0
	for _, b := range h.blocks {
		n += len(b.sparks)
	}
	return n
}

// Size is the bytes that the heat holds in memory: hazards, what is counted of
// them, and outlines, without what Go spends on maps and the slices themselves.
func (h *Heat) Size() int {
	n := h.hexagons.size()
	for _, b := range h.blocks {
		n += len(b.sparks) * int(unsafe.Sizeof(Spark{}))
		for i := range b.levels {
			l := &b.levels[i]
			n += 8*len(l.cells) + 4*len(l.starts) + 4*len(l.days) + 2*len(l.kinds) + 4*len(l.counts)
		}
	}
	return n
}

// NewHeat takes over hazards. The error is H3's, of a key that is no cell.
func NewHeat(sparks []Spark, w Weights) (*Heat, error) {
	empty := &Heat{kinds: &kinds{of: map[SparkKind]uint16{}}, hexagons: newHexagons(), weights: w}
	return empty.With(sparks)
}

// Among is the heat with the places among which its hazards are: what is asked
// per 100 of them.
func (h *Heat) Among(places []*Snapshot) *Heat {
	next := *h
	next.exposed, next.surfaces = places, newSurfaces()
	return &next
}

// With is the heat with some hazards new or changed. Blocks that they are not
// in are shared.
func (h *Heat) With(sparks []Spark) (*Heat, error) {
	next := &Heat{kinds: h.kinds, hexagons: h.hexagons, weights: h.weights, surfaces: newSurfaces(), open: map[uuid.UUID]openAt{}, exposed: h.exposed}
	changed := map[uuid.UUID]bool{}
	groups := map[blockKey][]Spark{}
	for _, s := range sparks {
		changed[s.ID] = true
		key := blockKey{s.Key.Parent(blockResolution), s.Owner}
		groups[key] = append(groups[key], s)
	}
	for _, b := range h.blocks {
		loses := slices.ContainsFunc(b.sparks, func(s Spark) bool { return changed[s.ID] })
		gains, gained := groups[b.blockKey]
		if !loses && !gained {
			next.blocks = append(next.blocks, b)
			continue
		}
		for _, s := range b.sparks {
			if !changed[s.ID] {
				gains = append(gains, s)
			}
		}
		groups[b.blockKey] = gains
	}
	for key, list := range groups {
		if len(list) == 0 {
			continue
		}
		b, err := next.newBlock(key, list)
		if err != nil {
			return nil, err
		}
		next.blocks = append(next.blocks, b)
	}
	slices.SortFunc(next.blocks, func(a, b *heatBlock) int { return compareKeys(a.blockKey, b.blockKey) })
	for _, b := range next.blocks {
		for i := range b.sparks {
			if z := &b.sparks[i]; z.Place != uuid.Nil && !z.IsClosed {
				o := next.open[z.Place]
				next.open[z.Place] = openAt{o.count + 1, max(o.worst, int16(z.Kind.Severity))}
			}
		}
	}
	return next, nil
}

func (h *Heat) newBlock(key blockKey, sparks []Spark) (*heatBlock, error) {
	slices.SortFunc(sparks, func(a, b Spark) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), slices.Compare(a.ID[:], b.ID[:]))
	})
	b := &heatBlock{blockHead: blockHead{blockKey: key, box: nowhere}, sparks: sparks}
	digest := xxhash.New()
	var room [16]byte
	numbers := make([]uint16, len(sparks))
	for i := range sparks {
		s := &sparks[i]
		numbers[i] = h.kinds.number(s.Kind)
		b.box = b.box.with(worldOf(s.Point.Orb()))
		digest.Write(s.ID[:])
		binary.LittleEndian.PutUint64(room[:], uint64(s.Key))
		binary.LittleEndian.PutUint32(room[8:], uint32(s.Day))
		room[12], room[13] = byte(s.Kind.Class), byte(s.Kind.Severity)
		digest.Write(room[:14])
		digest.WriteString(s.Kind.Type)
		digest.WriteString("\x00" + s.Kind.State + "\x00")
	}
	b.hash = digest.Sum64()
	for res := coarsest; res <= finest; res++ {
		b.levels[res-coarsest] = countBy(sparks, numbers, res)
		for _, c := range b.levels[res-coarsest].cells {
			if _, err := h.hexagons.of(c); err != nil { // none is made while a tile waits
				return nil, fmt.Errorf("heat: %w", err)
			}
		}
	}
	return b, nil
}

// countBy counts hazards, sorted by key, by cell, day and kind.
func countBy(sparks []Spark, numbers []uint16, res int) level {
	type entry struct {
		day  int32
		kind uint16
	}
	var l level
	counts := map[entry]uint32{}
	var order []entry
	flush := func() {
		slices.SortFunc(order, func(a, b entry) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.kind, b.kind)) })
		for _, e := range order {
			l.days, l.kinds, l.counts = append(l.days, e.day), append(l.kinds, e.kind), append(l.counts, counts[e])
		}
		clear(counts)
		order = order[:0]
	}
	for i := range sparks {
		c := sparks[i].Key.Parent(res)
		if n := len(l.cells); n == 0 || l.cells[n-1] != c {
			flush()
			l.cells, l.starts = append(l.cells, c), append(l.starts, uint32(len(l.days)))
		}
		e := entry{sparks[i].Day, numbers[i]}
		if counts[e] == 0 {
			order = append(order, e)
		}
		counts[e]++
	}
	flush()
	l.starts = append(l.starts, uint32(len(l.days)))
	return l
}

// AppendVersion adds to a digest what tells this version of a heat tile's area
// from every other, as far as a scope sees it, and from tiles of other filters: a
// map that changes its filter compares tags of the same tile. Hexagons reach
// beyond their hazards, the farther the wider weight is spread.
func (h *Heat) AppendVersion(d *xxhash.Digest, t Address, f *HeatFilter, sees Sees) {
	area := frameOf(t, bufferShape).box
	reach := int64(math.Ceil(float64(1+2*f.Rings) * 2.5 * edgeOf(HeatResolution(t.Depth()))))
	area = area.wider(reach)
	d.WriteString(f.key())
	for _, b := range h.blocks {
		b.appendVersion(d, area, sees)
	}
	if f.PerPlaces {
		for _, s := range h.exposed {
			s.appendVersion(d, area, sees)
		}
	}
}

// edgeOf is the average edge of a hexagon in world steps at 60 degrees of
// latitude, where steps are half as long as at the equator: more than anywhere
// that districts are. Edges shrink by the square root of 7 (H3's own table has
// 8.54 km at resolution 5).
func edgeOf(res int) float64 {
	const metresAStep = 40075016.686 / (1 << 32) / 2
	return 9900 / math.Pow(math.Sqrt(7), float64(res-coarsest)) / metresAStep
}

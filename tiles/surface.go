package tiles

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gridward/geo"
	"gridward/tiles/mvt"
)

// HeatFilter says which hazards count; zero fields do not narrow.
type HeatFilter struct {
	Types       []string
	Class       int      // of the places
	Severity    int      // at least
	States      []string //
	Unit        string   // a town, park or community
	First, Last int32    // days since 1970, both included; 0: open
	Today       int32    // from which age is counted
	PerPlaces   bool     // hazards per 100 places in the hexagon rather than weight
	Rings       int      // how many hexagons far weight is spread, 0 to 3
	Previous    bool     // compare with the same number of days before
}

// key is the filter in one word: equal filters have equal keys.
func (f *HeatFilter) key() string {
	types, states := slices.Clone(f.Types), slices.Clone(f.States)
	slices.Sort(types)
	slices.Sort(states)
	return strings.Join([]string{strings.Join(types, ","), strconv.Itoa(f.Class), strconv.Itoa(f.Severity), strings.Join(states, ","), f.Unit,
		strconv.Itoa(int(f.First)), strconv.Itoa(int(f.Last)), strconv.Itoa(int(f.Today)), strconv.Itoa(f.Rings), strconv.FormatBool(f.Previous), strconv.FormatBool(f.PerPlaces)}, ";")
}

func (f *HeatFilter) takes(k *SparkKind) bool {
	return (len(f.Types) == 0 || slices.Contains(f.Types, k.Type)) &&
		(f.Class == 0 || int(k.Class) == f.Class) &&
		int(k.Severity) >= f.Severity &&
		(len(f.States) == 0 || slices.Contains(f.States, k.State))
}

func (f *HeatFilter) inUnit(o Owner) bool {
	return f.Unit == "" || f.Unit == o.Town || f.Unit == o.Park || f.Unit == o.Community
}

// cellHeat is what a hexagon holds.
type cellHeat struct {
	*hexagon
	count    int
	weight   float64
	worst    int8
	previous float64 // the weight of the days before
	places   int     // that are exposed, where that was asked for
	shown    uint32  // the weight as tiles have it, by the surface's dictionary
}

// Surface is the heat of a resolution as a scope sees it: every hexagon with its
// whole total, in the order of cells.
type Surface struct {
	cells     []cellHeat
	compared  bool
	perPlaces bool
	words     words
}

// Len is the number of hexagons.
func (s *Surface) Len() int { return len(s.cells) }

// surfaces keeps those that were asked for of one set of hazards.
type surfaces struct {
	mu sync.Mutex
	by map[string]*surfaceOnce
}

type surfaceOnce struct {
	once sync.Once
	s    *Surface
	err  error
}

func newSurfaces() *surfaces { return &surfaces{by: map[string]*surfaceOnce{}} }

// mostSurfaces bounds what is kept: whoever asks for more filters than that
// pays for each again.
const mostSurfaces = 256

// Surface is the heat of a zoom as a scope sees it.
func (h *Heat) Surface(zoom int, f HeatFilter, scope Scope) (*Surface, error) {
	res := HeatResolution(zoom)
	key := strconv.Itoa(res) + "|" + scope.Key + "|" + f.key()
	h.surfaces.mu.Lock()
	one := h.surfaces.by[key]
	if one == nil {
		if len(h.surfaces.by) >= mostSurfaces {
			for old := range h.surfaces.by { // any of them
				delete(h.surfaces.by, old)
				break
			}
		}
		one = &surfaceOnce{}
		h.surfaces.by[key] = one
	}
	h.surfaces.mu.Unlock()
	one.once.Do(func() {
		if one.s, one.err = h.surface(res, f, scope.Sees); one.err == nil {
			one.s.encode()
		}
	})
	return one.s, one.err
}

func (h *Heat) surface(res int, f HeatFilter, sees Sees) (*Surface, error) {
	all := h.kinds.all()
	weights, severities := make([]float64, len(all)), make([]int8, len(all))
	for i := range all {
		if k := &all[i]; f.takes(k) {
			weights[i], severities[i] = h.weights.of(k), k.Severity
		}
	}
	first, last := f.First, f.Last
	if first == 0 {
		first = math.MinInt32
	}
	if last == 0 {
		last = math.MaxInt32
	}
	compare := f.Previous && f.First != 0 && f.Last != 0
	out := &Surface{compared: compare}
	for _, b := range h.blocks {
		if !sees.owner(b.owner) || !f.inUnit(b.owner) {
			continue
		}
		l := &b.levels[res-coarsest]
		for c, cell := range l.cells {
			sum := cellHeat{}
			l.each(c, first, last, func(day int32, kind uint16, n float64) {
				if severities[kind] > 0 {
					sum.count += int(n)
					sum.weight += n * weights[kind] * h.weights.decay(f.Today-day)
					sum.worst = max(sum.worst, severities[kind])
				}
			})
			if compare {
				length := last - first + 1
				l.each(c, first-length, first-1, func(day int32, kind uint16, n float64) { // as old as it was then
					if severities[kind] > 0 {
						sum.previous += n * weights[kind] * h.weights.decay(f.Today-length-day)
					}
				})
			}
			if sum.count == 0 && sum.previous == 0 {
				continue
			}
			var err error
			if sum.hexagon, err = h.hexagons.of(cell); err != nil {
				return nil, fmt.Errorf("heat: %w", err)
			}
			out.cells = append(out.cells, sum)
		}
	}
	out.merge()
	if f.PerPlaces {
		h.perPlaces(out, res, &f, sees)
		return out, nil
	}
	if f.Rings > 0 {
		return h.spread(out, f.Rings)
	}
	return out, nil
}

// encode writes down the weights once for all tiles.
func (s *Surface) encode() {
	dict := newDictionary()
	for i := range s.cells {
		s.cells[i].shown = dict.add(rounded(s.cells[i].weight))
	}
	s.words = dict.words()
}

// merge adds up the parts of a cell that several owners share.
func (s *Surface) merge() {
	slices.SortStableFunc(s.cells, func(a, b cellHeat) int { return cmp.Compare(a.cell, b.cell) })
	kept := s.cells[:0]
	for _, c := range s.cells {
		if n := len(kept); n > 0 && kept[n-1].cell == c.cell {
			k := &kept[n-1]
			k.count, k.weight, k.worst, k.previous = k.count+c.count, k.weight+c.weight, max(k.worst, c.worst), k.previous+c.previous
			continue
		}
		kept = append(kept, c)
	}
	s.cells = kept
}

// perPlaces makes of weights how many hazards there are for each 100 places of a
// hexagon, which is at least one: a hazard lies at something.
func (h *Heat) perPlaces(s *Surface, res int, f *HeatFilter, sees Sees) {
	exposed := map[geo.Cell]int{}
	for _, snapshot := range h.exposed {
		for _, b := range snapshot.blocks {
			if sees.owner(b.owner) && f.inUnit(b.owner) {
				for i := range b.len() {
					k := b.key(i)
					exposed[k.Parent(res)]++
				}
			}
		}
	}
	for i := range s.cells {
		c := &s.cells[i]
		c.places = exposed[c.cell]
		c.weight = 100 * float64(c.count) / float64(max(1, c.places))
	}
	s.perPlaces = true
}

// spread smooths weight over the rings of hexagons around each: a hexagon d
// rings away gets a part in proportion to rings+1-d, and all parts together are
// the whole. Counts and severities stay where they are.
func (h *Heat) spread(s *Surface, rings int) (*Surface, error) {
	type parts struct{ weight, previous float64 }
	sums := make(map[geo.Cell]parts, 2*len(s.cells))
	here := make(map[geo.Cell]*cellHeat, len(s.cells))
	for i := range s.cells {
		c := &s.cells[i]
		here[c.cell] = c
		disk, err := c.cell.Rings(rings)
		if err != nil {
			return nil, fmt.Errorf("heat: %w", err)
		}
		whole := 0.0
		for d, ring := range disk {
			whole += float64(len(ring) * (rings + 1 - d))
		}
		for d, ring := range disk {
			part := float64(rings+1-d) / whole
			for _, n := range ring {
				p := sums[n]
				sums[n] = parts{p.weight + c.weight*part, p.previous + c.previous*part}
			}
		}
	}
	out := &Surface{compared: s.compared}
	for cell, p := range sums {
		c := cellHeat{weight: p.weight, previous: p.previous}
		if own := here[cell]; own != nil {
			c.count, c.worst = own.count, own.worst
		}
		var err error
		if c.hexagon, err = h.hexagons.of(cell); err != nil {
			return nil, fmt.Errorf("heat: %w", err)
		}
		out.cells = append(out.cells, c)
	}
	out.merge()
	return out, nil
}

// of is the weight of a hazard of a kind when it is found.
func (w *Weights) of(k *SparkKind) float64 {
	v := w.Severity[min(max(int(k.Severity), 1), len(w.Severity))-1]
	if k.State == closedState {
		v *= w.Closed
	}
	return v
}

// closedState is the state of hazards that are over.
const closedState = "closed"

// decay is what is left of a weight after so many days.
func (w *Weights) decay(days int32) float64 {
	return math.Exp2(-float64(max(days, 0)) / w.HalfLifeDays)
}

// heatKeys are the tags of a hexagon.
var heatKeys = []string{"count", "weight", "max_severity", "change", "places"}

// HeatFields are the tags of a hexagon with their types, for TileJSON. Its number
// is its cell, as [geo.Cell.Compact] has it.
func HeatFields() map[string]string {
	return map[string]string{"count": "Number", "weight": "Number", "max_severity": "Number", "change": "Number", "places": "Number"}
}

// Draw makes a tile of hexagons, chosen by their outlines.
func (s *Surface) Draw(t Address) Tile {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	f := frameOf(t, bufferShape)
	p.layer.Begin("heat", heatKeys)
	for i := range s.cells {
		c := &s.cells[i]
		if !c.box.meets(f.box) {
			continue
		}
		switch {
		case !f.box.holds(c.box):
			if !p.ring(clipRing(c.xy, f.box, &p.scratch), f, false) {
				continue
			}
		case f.spans(c.box): // convex, and large enough to stay so
			p.layer.Shape.Ring(p.steps(c.xy, f))
		case !p.ring(c.xy, f, false):
			continue
		}
		p.layer.Int(0, int64(c.count))
		p.layer.Encoded(1, c.shown, s.words.encoded(c.shown))
		p.layer.Int(2, int64(c.worst))
		if s.compared {
			p.layer.Number(3, rounded(c.weight-c.previous))
		}
		if s.perPlaces {
			p.layer.Int(4, int64(c.places))
		}
		p.layer.Add(c.cell.Compact(), mvt.Polygons)
	}
	return Tile{Raw: p.layer.AppendTo(nil)}
}

// rounded keeps three decimals: more than a colour shows.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }

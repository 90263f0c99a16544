package balance

import "slices"

// graph is the atoms of a zone in columns, for the search.
type graph struct {
	n       int
	grids   int       // present grids
	work    []float64 // what is balanced: minutes, or m² where there is no work at all
	minutes []float64
	area    []float64
	outer   []float64
	x, y    []float64
	present []int32 // the present grid to which most of an atom belongs, -1 if none

	// Neighbours of atom i are the entries from start[i] to start[i+1].
	start  []int32
	to     []int32
	metres []float64
	rough  []float64 // metres that count against a border there: away from streets, through buildings
	open   []bool

	// Places of atom i by present grid are the entries from first[i] to first[i+1].
	first  []int32
	holder []int32
	places []float64

	hems hemmed

	total, land, held float64 // work, m², places that have a present grid
}

// perCut is how many metres away from a street a cut building is worth.
const perCut = 50

func newGraph(a *Atoms) *graph {
	n := len(a.Atoms)
	g := &graph{
		n: n, grids: len(a.Zone.Grids), work: make([]float64, n), minutes: make([]float64, n), area: make([]float64, n), outer: make([]float64, n),
		x: make([]float64, n), y: make([]float64, n), present: make([]int32, n), start: make([]int32, n+1), first: make([]int32, n+1), hems: newHemmed(a),
	}
	for i := range a.Atoms {
		t := &a.Atoms[i]
		g.minutes[i], g.area[i], g.outer[i], g.x[i], g.y[i] = t.Minutes, t.AreaM2, t.OuterM, t.X, t.Y
		g.total += t.Minutes
		g.land += t.AreaM2
		for _, b := range t.Neighbours {
			g.to = append(g.to, int32(b.Atom))
			g.metres = append(g.metres, b.Metres)
			g.rough = append(g.rough, b.Metres-b.StreetM+perCut*float64(b.Cuts))
			g.open = append(g.open, b.Open)
		}
		g.start[i+1] = int32(len(g.to))
		g.present[i] = int32(t.Present)
		most := 0
		for _, h := range t.Held {
			g.holder = append(g.holder, int32(h.Grid))
			g.places = append(g.places, float64(h.Places))
			g.held += float64(h.Places)
			if t.Present < 0 && h.Places > most {
				g.present[i], most = int32(h.Grid), h.Places
			}
		}
		g.first[i+1] = int32(len(g.holder))
	}
	g.work = g.minutes
	if g.total == 0 {
		g.work, g.total = g.area, g.land
	}
	return g
}

// loaded is how many atoms have work: more grids than that would have some
// with nothing to do.
func (g *graph) loaded() int {
	n := 0
	for _, w := range g.work {
		if w > 0 {
			n++
		}
	}
	return n
}

// bound is the deviation that the atom with the most work forces on k grids.
func (g *graph) bound(k int) float64 {
	if k < 2 {
		return 0
	}
	return max(0, slices.Max(g.work)*float64(k)/g.total-1)
}

// kept is how many places of an atom would stay with a present grid.
func (g *graph) kept(i, grid int32) float64 {
	for k := g.first[i]; k < g.first[i+1]; k++ {
		if g.holder[k] == grid {
			return g.places[k]
		}
	}
	return 0
}

// visited marks atoms without being cleared in between.
type visited struct {
	mark []int32
	now  int32
}

func newVisited(n int) *visited { return &visited{mark: make([]int32, n)} }

func (v *visited) begin() {
	v.now++
	if v.now < 0 {
		clear(v.mark)
		v.now = 1
	}
}

func (v *visited) visit(i int32) bool {
	if v.mark[i] == v.now {
		return false
	}
	v.mark[i] = v.now
	return true
}

// stays reports whether a grid stays connected without one of its atoms,
// exactly: whether the atom is no articulation of it. Mostly its neighbours in
// the grid touch each other and nothing else need be looked at.
func (s *state) stays(v int32) bool {
	g, in := s.g, s.of[v]
	s.ring = s.ring[:0]
	for e := g.start[v]; e < g.start[v+1]; e++ {
		if u := g.to[e]; g.open[e] && s.of[u] == in {
			s.ring = append(s.ring, u)
		}
	}
	if len(s.ring) < 2 {
		return len(s.ring) == 1
	}
	// Within the ring of neighbours first.
	s.seen.begin()
	for _, u := range s.ring {
		s.seen.visit(u) // marked: in the ring and not reached
	}
	ring := s.seen.now
	s.queue = append(s.queue[:0], s.ring[0])
	s.seen.mark[s.ring[0]] = 0
	reached := 1
	for k := 0; k < len(s.queue); k++ {
		u := s.queue[k]
		for e := g.start[u]; e < g.start[u+1]; e++ {
			if w := g.to[e]; g.open[e] && s.seen.mark[w] == ring {
				s.seen.mark[w] = 0
				s.queue = append(s.queue, w)
				reached++
			}
		}
	}
	if reached == len(s.ring) {
		return true
	}
	// Then all over the grid, until every neighbour is reached.
	s.seen.begin()
	s.seen.visit(v)
	s.seen.visit(s.ring[0])
	s.queue = append(s.queue[:0], s.ring[0])
	wanted := len(s.ring) - 1
	for k := 0; k < len(s.queue) && wanted > 0; k++ {
		u := s.queue[k]
		for e := g.start[u]; e < g.start[u+1]; e++ {
			w := g.to[e]
			if !g.open[e] || s.of[w] != in || !s.seen.visit(w) {
				continue
			}
			s.queue = append(s.queue, w)
			for _, r := range s.ring {
				if r == w {
					wanted--
				}
			}
		}
	}
	return wanted == 0
}

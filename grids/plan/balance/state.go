package balance

import "math"

// Weights say what counts how much; 1 each is a sound mixture, 0 leaves a thing
// out of account.
type Weights struct {
	Load    float64 // every grid has the same work
	Compact float64 // grids are round
	Stable  float64 // places keep their grid
	Streets float64 // borders run along streets and water, and through no building
}

// state is a division under way, with all sums kept up to date.
type state struct {
	g    *graph
	k    int
	of   []int32 // grid of each atom
	ref  []int32 // the present grid that a grid continues, -1 for a new one
	work []float64
	area []float64
	edge []float64 // perimeter in metres
	size []int32
	on   [][]held  // by hem
	kept []float64 // places that stay, of those in the grid

	mean   float64 // work of a grid
	circle float64 // circumference of a round grid of the usual size, metres
	usual  float64 // length of the border of a usual grid, for the scale of rough borders
	places float64 // places of a usual grid
	w      Weights

	seen  *visited
	ring  []int32
	queue []int32
}

func newState(g *graph, k int, of, ref []int32, w Weights) *state {
	s := &state{
		g: g, k: k, of: of, ref: ref, work: make([]float64, k), area: make([]float64, k), edge: make([]float64, k), size: make([]int32, k), kept: make([]float64, k),
		mean: g.total / float64(k), usual: 4 * math.Sqrt(g.land/float64(k)), circle: math.Sqrt(4 * math.Pi * g.land / float64(k)), places: math.Max(1, g.held/float64(k)), w: w, seen: newVisited(g.n),
	}
	s.sum()
	return s
}

// sum works out every sum anew.
func (s *state) sum() {
	for _, list := range [][]float64{s.work, s.area, s.edge, s.kept} {
		clear(list)
	}
	clear(s.size)
	s.on = make([][]held, s.g.hems.hems)
	for i := int32(0); i < int32(s.g.n); i++ {
		a := s.of[i]
		s.work[a] += s.g.work[i]
		s.area[a] += s.g.area[i]
		s.edge[a] += s.g.outer[i]
		s.size[a]++
		for h := s.g.hems.at[i]; h < s.g.hems.at[i+1]; h++ {
			s.hold(s.g.hems.hem[h], a, s.g.hems.metres[h])
		}
		if s.ref[a] >= 0 {
			s.kept[a] += s.g.kept(i, s.ref[a])
		}
		for e := s.g.start[i]; e < s.g.start[i+1]; e++ {
			if s.of[s.g.to[e]] != a {
				s.edge[a] += s.g.metres[e]
			}
		}
	}
}

// allowance is the deviation from the mean that costs little: below it shapes
// and borders may decide.
const allowance = 0.03

// uneven is the cost of a grid's work.
func (s *state) uneven(work float64) float64 {
	d := math.Abs(work/s.mean - 1)
	return 20*d*d + 6*math.Max(0, d-allowance)
}

// shape is the perimeter over that of a circle of the same area: one over the
// square root of Polsby and Popper's figure.
func shape(area, edge float64) float64 { return edge / math.Sqrt(4*math.Pi*area) }

// move is what giving an atom to another grid would do.
type move struct {
	atom         int32
	to           int32
	less, more   float64 // perimeter of the grid that loses it, and of the one that gets it
	gone, gained float64 // places that stayed where it was, and would stay where it goes
	cost         float64
}

// weigh works out a move; the cost is what it adds to the whole.
func (s *state) weigh(v, to int32) move {
	g, from := s.g, s.of[v]
	m := move{atom: v, to: to}
	var total, here, there, rough float64
	for e := g.start[v]; e < g.start[v+1]; e++ {
		total += g.metres[e]
		switch s.of[g.to[e]] {
		case from:
			here += g.metres[e]
			rough += g.rough[e]
		case to:
			there += g.metres[e]
			rough -= g.rough[e]
		}
	}
	m.less = s.edge[from] + 2*here - total - g.outer[v]
	m.more = s.edge[to] + total - 2*there + g.outer[v]
	if s.w.Load > 0 {
		x := g.work[v]
		m.cost += s.w.Load * (s.uneven(s.work[from]-x) - s.uneven(s.work[from]) + s.uneven(s.work[to]+x) - s.uneven(s.work[to]))
	}
	if s.w.Compact > 0 {
		a := g.area[v]
		m.cost += s.w.Compact * (shape(s.area[from]-a, m.less) - shape(s.area[from], s.edge[from]) + shape(s.area[to]+a, m.more) - shape(s.area[to], s.edge[to]))
		if h := &g.hems; h.at[v] < h.at[v+1] {
			m.cost += s.w.Compact * 2 * s.doubled(v, to) / s.circle
		}
	}
	if g.held > 0 && g.first[v] < g.first[v+1] {
		if s.ref[from] >= 0 {
			m.gone = g.kept(v, s.ref[from])
		}
		if s.ref[to] >= 0 {
			m.gained = g.kept(v, s.ref[to])
		}
		m.cost += s.w.Stable * (m.gone - m.gained) / s.places
	}
	m.cost += s.w.Streets * rough / s.usual / 2
	return m
}

// do makes a move.
func (s *state) do(m move) {
	from, v := s.of[m.atom], m.atom
	s.of[v] = m.to
	for h := s.g.hems.at[v]; h < s.g.hems.at[v+1]; h++ {
		s.hold(s.g.hems.hem[h], from, -s.g.hems.metres[h])
		s.hold(s.g.hems.hem[h], m.to, s.g.hems.metres[h])
	}
	s.work[from] -= s.g.work[v]
	s.work[m.to] += s.g.work[v]
	s.area[from] -= s.g.area[v]
	s.area[m.to] += s.g.area[v]
	s.edge[from], s.edge[m.to] = m.less, m.more
	s.size[from]--
	s.size[m.to]++
	s.kept[from] -= m.gone
	s.kept[m.to] += m.gained
}

// deviation is the largest |work/mean − 1| of a grid.
func (s *state) deviation() float64 {
	worst := 0.0
	for _, w := range s.work {
		worst = math.Max(worst, math.Abs(w/s.mean-1))
	}
	return worst
}

// moved is how many places would change hands.
func (s *state) moved() float64 {
	n := s.g.held
	for _, k := range s.kept {
		n -= k
	}
	return math.Round(n)
}

package balance

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// randomGraph is a connected graph of atoms on a lattice with holes and bridges.
func randomGraph(r *rand.Rand, wide, high int) *graph {
	a := &Atoms{Zone: &Zone{Grids: make([]Grid, 1+r.IntN(4))}}
	number := map[[2]int]int{}
	for x := range wide {
		for y := range high {
			if r.IntN(6) > 0 || len(number) == 0 {
				number[[2]int{x, y}] = len(a.Atoms)
				at := Atom{Minutes: math.Floor(r.ExpFloat64() * 10), AreaM2: 1 + r.Float64(), X: float64(x), Y: float64(y), OuterM: r.Float64(), Present: r.IntN(len(a.Zone.Grids)+1) - 1}
				if r.IntN(2) == 0 {
					at.Held = []Held{{r.IntN(len(a.Zone.Grids)), 1 + r.IntN(5)}}
				}
				a.Atoms = append(a.Atoms, at)
			}
		}
	}
	for p, i := range number {
		for _, d := range [3][2]int{{1, 0}, {0, 1}, {1, 1}} {
			if j, there := number[[2]int{p[0] + d[0], p[1] + d[1]}]; there && r.IntN(5) > 0 {
				b := Border{Metres: r.Float64(), Open: r.IntN(8) > 0}
				b.Atom = j
				a.Atoms[i].Neighbours = append(a.Atoms[i].Neighbours, b)
				b.Atom = i
				a.Atoms[j].Neighbours = append(a.Atoms[j].Neighbours, b)
			}
		}
	}
	for range r.IntN(5) {
		h := Hem{}
		for range 1 + r.IntN(4) {
			h.add(r.IntN(len(a.Atoms)), r.Float64())
		}
		a.Hems = append(a.Hems, h)
	}
	(&pieces{a: a}).bridge()
	return newGraph(a)
}

// inParts counts the connected parts of a grid.
func inParts(g *graph, of []int32, grid int32) int {
	n := 0
	seen := make([]bool, g.n)
	for i := range of {
		if of[i] != grid || seen[i] {
			continue
		}
		n++
		seen[i] = true
		for queue := []int32{int32(i)}; len(queue) > 0; queue = queue[1:] {
			for e := g.start[queue[0]]; e < g.start[queue[0]+1]; e++ {
				if u := g.to[e]; g.open[e] && of[u] == grid && !seen[u] {
					seen[u] = true
					queue = append(queue, u)
				}
			}
		}
	}
	return n
}

// TestMoves makes random moves: a grid is called connected without an atom just
// when brute force says so, and every sum stays what counting anew gives.
func TestMoves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		g := randomGraph(r, 2+r.IntN(8), 2+r.IntN(8))
		k := 1 + r.IntN(min(6, g.n))
		of := g.diagram(k)
		for a := range int32(k) {
			if inParts(g, of, a) != 1 {
				t.Fatalf("the diagram's grid %d is in %d parts", a, inParts(g, of, a))
			}
		}
		if of2, _, ok := g.continued(k); ok {
			for a := range int32(k) {
				if inParts(g, of2, a) != 1 {
					t.Fatalf("grid %d, continued, is in %d parts", a, inParts(g, of2, a))
				}
			}
		}
		s := newState(g, k, of, g.match(of, k), Weights{1, r.Float64(), r.Float64(), r.Float64()})
		whole := cost(s)
		for range 200 {
			v := r.Int32N(int32(g.n))
			if g.start[v] == g.start[v+1] {
				continue
			}
			e := g.start[v] + r.Int32N(g.start[v+1]-g.start[v])
			to := s.of[g.to[e]]
			if to == s.of[v] || s.size[s.of[v]] == 1 {
				continue
			}
			from := s.of[v]
			s.of[v] = -1
			want := inParts(g, s.of, from) == 1
			s.of[v] = from
			if got := s.stays(v); got != want {
				t.Fatalf("without atom %d its grid stays connected: %v, want %v", v, got, want)
			}
			if !want || !g.open[e] {
				continue
			}
			m := s.weigh(v, to)
			s.do(m)
			if now := cost(s); math.Abs(now-whole-m.cost) > 1e-6 {
				t.Fatalf("a move is said to cost %f, it costs %f", m.cost, now-whole)
			}
			whole = cost(s)
			again := newState(g, k, slices.Clone(s.of), s.ref, s.w)
			for a := range k {
				if math.Abs(again.work[a]-s.work[a]) > 1e-6 || math.Abs(again.edge[a]-s.edge[a]) > 1e-6 || math.Abs(again.area[a]-s.area[a]) > 1e-6 || again.kept[a] != s.kept[a] || again.size[a] != s.size[a] {
					t.Fatalf("the sums of grid %d are off", a)
				}
			}
		}
	})
}

// cost is the whole cost of a division, counted plainly.
func cost(s *state) float64 {
	sum := 0.0
	for a := range s.k {
		sum += s.w.Load*s.uneven(s.work[a]) + s.w.Compact*shape(s.area[a], s.edge[a]) - s.w.Stable*s.kept[a]/s.places
	}
	for _, list := range s.on {
		total, most := 0.0, 0.0
		for _, x := range list {
			total += x.metres
			most = max(most, x.metres)
		}
		sum += s.w.Compact * 2 * (total - most) / s.circle
	}
	for i := range s.of {
		for e := s.g.start[i]; e < s.g.start[i+1]; e++ {
			if s.of[s.g.to[e]] != s.of[i] {
				sum += s.w.Streets * s.g.rough[e] / s.usual / 2 / 2 // from either side
			}
		}
	}
	return sum
}

// TestAssign is held to trying every assignment.
func TestAssign(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 4))
		n := 1 + r.IntN(6)
		gain := make([][]float64, n)
		for i := range gain {
			gain[i] = make([]float64, n)
			for j := range gain[i] {
				gain[i][j] = float64(r.IntN(20))
			}
		}
		best := 0.0
		var try func(i int, used int, sum float64)
		try = func(i, used int, sum float64) {
			if i == n {
				best = max(best, sum)
				return
			}
			for j := range n {
				if used&(1<<j) == 0 {
					try(i+1, used|1<<j, sum+gain[i][j])
				}
			}
		}
		try(0, 0, 0)
		got, taken := 0.0, map[int]bool{}
		for i, j := range assign(gain) {
			got += gain[i][j]
			taken[j] = true
		}
		if got != best || len(taken) != n {
			t.Fatalf("%v of %v, want %v", got, gain, best)
		}
	})
}

// TestApportion gives out grids: none too few, none too many, and moving one from
// one zone to another never makes the two more alike (Huntington and Hill).
func TestApportion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
		var zones []*graph
		capacity := 0
		for range 1 + r.IntN(6) {
			g := randomGraph(r, 1+r.IntN(5), 1+r.IntN(5))
			zones = append(zones, g)
			capacity += max(1, g.loaded())
		}
		want := 1 + r.IntN(40)
		k := apportion(zones, want)
		sum := 0
		for z, n := range k {
			if n < 1 || n > max(1, zones[z].loaded()) {
				t.Fatalf("zone %d has %d grids of at most %d", z, n, zones[z].loaded())
			}
			sum += n
		}
		some := false // work anywhere
		for _, g := range zones {
			some = some || slices.Max(g.minutes) > 0
		}
		if some && sum > max(want, len(zones)) {
			t.Fatalf("%d grids, want %d", sum, want)
		}
		for a, g := range zones {
			for b, h := range zones {
				x, y := work(g), work(h)
				if a == b || k[a] == 1 || k[b] >= h.loaded() || x == 0 || y == 0 {
					continue
				}
				now := apart(x/float64(k[a]), y/float64(k[b]))
				if then := apart(x/float64(k[a]-1), y/float64(k[b]+1)); then < now-1e-9 {
					t.Fatalf("zones with %f and %f have %d and %d grids; one moved makes them %f apart, not %f", x, y, k[a], k[b], then, now)
				}
			}
		}
	})
}

func work(g *graph) (sum float64) {
	for _, m := range g.minutes {
		sum += m
	}
	return sum
}

// apart is the relative difference of two numbers.
func apart(a, b float64) float64 { return math.Max(a, b)/math.Min(a, b) - 1 }

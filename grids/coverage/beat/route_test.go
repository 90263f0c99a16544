package beat

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// tangle is a network of random lines, some of them closed, some shared ends.
func tangle(t *rapid.T, r *rand.Rand) *Network {
	var ends []orb.Point
	place := func() orb.Point {
		if len(ends) > 0 && r.IntN(3) == 0 {
			return ends[r.IntN(len(ends))]
		}
		return orb.Point{121.4 + 0.004*r.Float64(), 31.4 + 0.004*r.Float64()}
	}
	var streets []Street
	for i := range 1 + r.IntN(8) {
		var id uuid.UUID
		binary.BigEndian.PutUint64(id[8:], uint64(i+1))
		line := orb.LineString{place()}
		for range 1 + r.IntN(3) {
			line = append(line, place())
		}
		if r.IntN(4) == 0 {
			line = append(line, line[0])
		}
		ends = append(ends, line[0], line[len(line)-1])
		streets = append(streets, Street{ID: id, Line: line})
	}
	n, err := NewNetwork(streets, Usual())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWaysAreShortest holds the router to Floyd and Warshall's algorithm over
// all nodes, and its ways to hanging together.
func TestWaysAreShortest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 40))
		n := tangle(t, r)
		if len(n.edges) == 0 {
			return
		}
		nodes := len(n.first) - 1
		dist := make([][]float64, nodes)
		for i := range dist {
			dist[i] = make([]float64, nodes)
			for j := range dist[i] {
				if i != j {
					dist[i][j] = math.Inf(1)
				}
			}
		}
		for _, e := range n.edges {
			dist[e.a][e.b] = min(dist[e.a][e.b], e.to-e.from)
			dist[e.b][e.a] = dist[e.a][e.b]
		}
		for k := range nodes {
			for i := range nodes {
				for j := range nodes {
					dist[i][j] = min(dist[i][j], dist[i][k]+dist[k][j])
				}
			}
		}
		router := newRouter(n)
		on := func() *candidate {
			i := r.IntN(len(n.edges))
			e := &n.edges[i]
			return &candidate{edge: int32(i), at: e.from + r.Float64()*(e.to-e.from)}
		}
		for range 20 {
			a, b := on(), on()
			ea, eb := &n.edges[a.edge], &n.edges[b.edge]
			want := math.Inf(1)
			if a.edge == b.edge {
				want = math.Abs(a.at - b.at)
			}
			for _, x := range [2]struct {
				node int32
				d    float64
			}{{ea.a, a.at - ea.from}, {ea.b, ea.to - a.at}} {
				want = min(want, x.d+dist[x.node][eb.a]+b.at-eb.from, x.d+dist[x.node][eb.b]+eb.to-b.at)
			}
			limit := 2000 * r.Float64()
			router.begin(a, limit)
			got, _, ok := router.to(b)
			if ok && got < want-1e-6 || !ok && want < limit-1e-6 {
				t.Fatalf("from %+v to %+v: %v %v, want %v", a, b, got, ok, want)
			}
			if !ok || want > limit-1e-6 {
				continue
			}
			if got > want+1e-6 {
				t.Fatalf("from %+v to %+v: %v, want %v", a, b, got, want)
			}
			sum := 0.0
			way := router.way(b, nil)
			for i, p := range way {
				sum += math.Abs(p.to - p.from)
				if i > 0 && n.nodeAt(p.street, p.from) != n.nodeAt(way[i-1].street, way[i-1].to) {
					t.Fatalf("the way %v hangs together nowhere between %d and %d", way, i-1, i)
				}
			}
			if way[0].from != a.at || way[len(way)-1].to != b.at || math.Abs(sum-got) > 1e-6 {
				t.Fatalf("the way %v from %v to %v has %v m, want %v", way, a.at, b.at, sum, got)
			}
		}
	})
}

// nodeAt is the node at a measure of a street.
func (n *Network) nodeAt(street int32, at float64) int32 {
	for _, e := range n.edges {
		if e.street == street && e.from == at {
			return e.a
		}
		if e.street == street && e.to == at {
			return e.b
		}
	}
	return -1
}

// TestCandidatesAreNearest holds the search by bins to one over all links.
func TestCandidatesAreNearest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 41))
		n := tangle(t, r)
		for range 20 {
			s := stop{at: orb.Point{121.399 + 0.006*r.Float64(), 31.399 + 0.006*r.Float64()}, accuracy: 50 * r.Float64(), fixes: 1}
			p := n.flat.of(s.at)
			want := map[int32]float64{}
			for _, l := range n.links {
				off := p.to(l.a.toward(l.b, along(l.a, l.b, p)))
				if old, ok := want[l.edge]; off <= n.rules.ToleranceM+s.accuracy+n.rules.UsualWidthM/2 && (!ok || off < old) {
					want[l.edge] = off
				}
			}
			got := n.candidates(&s, vec{}, nil)
			if len(got) != min(len(want), mostCandidates) {
				t.Fatalf("%d candidates, want %d", len(got), len(want))
			}
			for _, c := range got {
				if off, ok := want[c.edge]; !ok || off != c.off {
					t.Fatalf("edge %d is %v off, want %v", c.edge, c.off, off)
				}
			}
		}
	})
}

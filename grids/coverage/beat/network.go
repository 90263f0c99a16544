package beat

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// Network is the streets of a district cut where they meet, so that ways can be
// found along them. It is never changed once it is made and safe for concurrent
// use.
type Network struct {
	rules   Rules
	courses []course // by id
	flat    plane
	edges   []edge
	// at node k meet the edges meeting[first[k]:first[k+1]]
	first   []int32
	meeting []int32
	links   []link
	bins    bins
	widest  float64 // half the width of the widest street
}

// edge is a street between two places where streets meet or end.
type edge struct {
	street   int32
	a, b     int32   // nodes
	from, to float64 // measures of a and b in metres, from < to
}

// link is one straight piece of an edge.
type link struct {
	a, b     vec
	edge     int32
	from, to float64 // measures
}

// NewNetwork cuts streets where they meet: at common vertices, where they cross
// and where one ends on another. It refuses what is no line on the earth and an
// id that comes twice; a street without length is kept and never walked. The
// order of the streets does not matter.
func NewNetwork(streets []Street, rules Rules) (*Network, error) {
	if err := rules.Check(); err != nil {
		return nil, fmt.Errorf("rules of patrols: %w", err)
	}
	n := &Network{rules: rules}
	bound := orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}} // nothing yet
	for _, s := range streets {
		c, err := newCourse(s, rules.UsualWidthM)
		if err != nil {
			return nil, err
		}
		n.courses = append(n.courses, c)
		n.widest = max(n.widest, c.half)
		for _, p := range c.parts {
			for _, q := range p.points {
				if bound.IsEmpty() {
					bound = q.Bound()
				}
				bound = bound.Extend(q)
			}
		}
	}
	slices.SortFunc(n.courses, func(a, b course) int { return bytes.Compare(a.id[:], b.id[:]) })
	for i := 1; i < len(n.courses); i++ {
		if n.courses[i].id == n.courses[i-1].id {
			return nil, fmt.Errorf("street %s comes twice", n.courses[i].id)
		}
	}
	n.flat = planeAt(bound.Center())
	k := knots{straights: n.straights()}
	k.findAll()
	n.join(&k)
	n.bins = newBins(len(n.links), func(i int) (vec, vec) { return n.links[i].a, n.links[i].b })
	return n, nil
}

func (n *Network) straights() []straight {
	var out []straight
	for i := range n.courses {
		for j, p := range n.courses[i].parts {
			for v := 1; v < len(p.points); v++ {
				out = append(out, straight{street: int32(i), part: int32(j), index: int32(v - 1), last: v == len(p.points)-1,
					a: n.flat.of(p.points[v-1]), b: n.flat.of(p.points[v]), from: p.at[v-1], to: p.at[v]})
			}
		}
	}
	return out
}

// join makes edges between successive cuts, and the lists of edges by node.
func (n *Network) join(k *knots) {
	cuts := k.thinned()
	numbers := map[int32]int32{}
	number := func(c cut) int32 {
		root := k.find(c.node)
		if _, ok := numbers[root]; !ok {
			numbers[root] = int32(len(numbers))
		}
		return numbers[root]
	}
	for i := 1; i < len(cuts); i++ {
		a, b := cuts[i-1], cuts[i]
		if a.street == b.street && a.part == b.part {
			n.edges = append(n.edges, edge{a.street, number(a), number(b), a.at, b.at})
			n.lay(&n.courses[a.street].parts[a.part])
		}
	}
	n.first = make([]int32, len(numbers)+1)
	each := func(fn func(node, e int32)) {
		for i := range n.edges {
			fn(n.edges[i].a, int32(i))
			if n.edges[i].b != n.edges[i].a {
				fn(n.edges[i].b, int32(i))
			}
		}
	}
	each(func(node, _ int32) { n.first[node+1]++ })
	for i := 1; i < len(n.first); i++ {
		n.first[i] += n.first[i-1]
	}
	n.meeting = make([]int32, n.first[len(n.first)-1])
	next := slices.Clone(n.first)
	each(func(node, e int32) {
		n.meeting[next[node]] = e
		next[node]++
	})
}

// lay adds the straight pieces of the newest edge.
func (n *Network) lay(p *part) {
	e := &n.edges[len(n.edges)-1]
	at, last := e.from, n.flat.of(p.point(e.from))
	add := func(to float64, q vec) {
		n.links = append(n.links, link{last, q, int32(len(n.edges) - 1), at, to})
		at, last = to, q
	}
	i, _ := slices.BinarySearch(p.at, e.from)
	for ; i < len(p.at) && p.at[i] < e.to; i++ {
		if p.at[i] > e.from {
			add(p.at[i], n.flat.of(p.points[i]))
		}
	}
	add(e.to, n.flat.of(p.point(e.to)))
}

// index is where a street stands in the order of ids.
func (n *Network) index(street uuid.UUID) (int, bool) {
	return slices.BinarySearchFunc(n.courses, street, func(c course, id uuid.UUID) int { return bytes.Compare(c.id[:], id[:]) })
}

// Streets are the ids of all streets, ascending.
func (n *Network) Streets() []uuid.UUID {
	out := make([]uuid.UUID, len(n.courses))
	for i := range n.courses {
		out[i] = n.courses[i].id
	}
	return out
}

// Length is the length of a street in centimetres; 0 of one that is not there.
func (n *Network) Length(street uuid.UUID) int64 {
	if i, ok := n.index(street); ok {
		return n.courses[i].length
	}
	return 0
}

// Size is how many edges and how many nodes the streets were cut into.
func (n *Network) Size() (edges, nodes int) { return len(n.edges), len(n.first) - 1 }

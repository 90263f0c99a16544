package beat

// router finds shortest ways within a few hundred metres (Dijkstra 1959). It
// keeps its memory from search to search: a node's distance holds while its
// stamp is the search's own.
type router struct {
	n     *Network
	dist  []float64
	via   []int32 // the edge by which a node was reached; -1 where the search began
	stamp []uint32
	turn  uint32
	queue []waiting
	from  *candidate
}

type waiting struct {
	dist float64
	node int32
}

func newRouter(n *Network) *router {
	nodes := len(n.first) - 1
	return &router{n: n, dist: make([]float64, nodes), via: make([]int32, nodes), stamp: make([]uint32, nodes)}
}

// begin searches from a place on an edge up to limit metres.
func (r *router) begin(c *candidate, limit float64) {
	r.from = c
	r.turn++
	r.queue = r.queue[:0]
	e := &r.n.edges[c.edge]
	r.offer(e.a, c.at-e.from, -1, limit)
	r.offer(e.b, e.to-c.at, -1, limit)
	for len(r.queue) > 0 {
		w := r.pop()
		if w.dist > r.dist[w.node] {
			continue // reached by a shorter way since
		}
		for _, i := range r.n.meeting[r.n.first[w.node]:r.n.first[w.node+1]] {
			e := &r.n.edges[i]
			r.offer(e.a+e.b-w.node, w.dist+e.to-e.from, i, limit)
		}
	}
}

// offer is a way to a node; it is taken if it is the shortest so far.
func (r *router) offer(node int32, dist float64, via int32, limit float64) {
	if dist > limit {
		return
	}
	if r.stamp[node] == r.turn && dist >= r.dist[node] {
		return
	}
	r.stamp[node], r.dist[node], r.via[node] = r.turn, dist, via
	r.push(waiting{dist, node})
}

// to is the length of the way to a place, and the node by which it comes to
// the place's edge: -1 along the edge itself, when both are on it. ok is false
// where there is no way within the limit of the search.
func (r *router) to(c *candidate) (dist float64, by int32, ok bool) {
	e := &r.n.edges[c.edge]
	by = -1
	if c.edge == r.from.edge {
		dist, ok = max(c.at-r.from.at, r.from.at-c.at), true
	}
	for _, end := range [2]struct {
		node int32
		more float64
	}{{e.a, c.at - e.from}, {e.b, e.to - c.at}} {
		if r.stamp[end.node] != r.turn {
			continue
		}
		if d := r.dist[end.node] + end.more; !ok || d < dist {
			dist, by, ok = d, end.node, true
		}
	}
	return dist, by, ok
}

// piece is a part of an edge that was walked, from one measure to another,
// which may be the lower.
type piece struct {
	street   int32
	from, to float64
}

// way is the way of the last search to a place, in the order of walking.
func (r *router) way(c *candidate, out []piece) []piece {
	_, by, ok := r.to(c)
	if !ok {
		return out
	}
	street := r.n.edges[c.edge].street
	if by < 0 {
		return append(out, piece{street, r.from.at, c.at})
	}
	// Backwards from the end, then turned.
	begin := len(out)
	e := &r.n.edges[c.edge]
	out = append(out, piece{street, nearer(e, by, c.at), c.at})
	for r.via[by] >= 0 {
		e = &r.n.edges[r.via[by]]
		other := e.a + e.b - by
		out = append(out, piece{e.street, end(e, other), end(e, by)})
		by = other
	}
	e = &r.n.edges[r.from.edge]
	out = append(out, piece{e.street, r.from.at, nearer(e, by, r.from.at)})
	for i, j := begin, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// end is the measure of an edge at one of its nodes.
func end(e *edge, node int32) float64 {
	if e.a == node {
		return e.from
	}
	return e.to
}

// nearer is the measure at which somebody who is on the edge leaves it for a
// node; a loop has the node at both ends.
func nearer(e *edge, node int32, at float64) float64 {
	if e.a == e.b && e.to-at < at-e.from {
		return e.to
	}
	return end(e, node)
}

func (r *router) push(w waiting) {
	r.queue = append(r.queue, w)
	i := len(r.queue) - 1
	for i > 0 {
		up := (i - 1) / 2
		if r.queue[up].dist <= r.queue[i].dist {
			break
		}
		r.queue[up], r.queue[i] = r.queue[i], r.queue[up]
		i = up
	}
}

func (r *router) pop() waiting {
	top := r.queue[0]
	last := len(r.queue) - 1
	r.queue[0] = r.queue[last]
	r.queue = r.queue[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			return top
		}
		if down+1 < last && r.queue[down+1].dist < r.queue[down].dist {
			down++
		}
		if r.queue[i].dist <= r.queue[down].dist {
			return top
		}
		r.queue[i], r.queue[down] = r.queue[down], r.queue[i]
		i = down
	}
}

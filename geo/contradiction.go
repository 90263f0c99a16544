package geo

import "slices"

// spoke is an edge seen from one of its ends.
type spoke struct {
	to          Point
	left, right int32 // faces seen from the hub outwards
	edge        int32
}

// contradictions proves that the faces around every node follow each other:
// turning counter-clockwise, the face left of one spoke is the face right of
// the next. With no crossing edges that makes each connected part of the map
// sound by itself; islands then proves the parts against each other.
func (p *Partition) contradictions() []Fault {
	hubs := p.hubs()
	var faults []Fault
	for at, spokes := range hubs {
		for i, s := range spokes {
			next := spokes[(i+1)%len(spokes)]
			if s.left != next.right {
				faults = append(faults, Fault{DoubleCover, at, solid(s.left, next.right)})
			}
		}
	}
	if len(faults) == 0 {
		faults = p.islands(hubs)
	}
	slices.SortFunc(faults, func(a, b Fault) int {
		if less(a.At, b.At) {
			return -1
		}
		return 1
	})
	return faults
}

func (p *Partition) hubs() map[Point][]spoke {
	hubs := make(map[Point][]spoke, len(p.Edges))
	for i, e := range p.Edges {
		hubs[e.A] = append(hubs[e.A], spoke{e.B, e.Left, e.Right, int32(i)})
		hubs[e.B] = append(hubs[e.B], spoke{e.A, e.Right, e.Left, int32(i)})
	}
	for at, spokes := range hubs {
		slices.SortFunc(spokes, func(s, t spoke) int { return turn(at, s.to, t.to) })
	}
	return hubs
}

// turn orders two points around a hub counter-clockwise, from due east
// (exclusive of nothing: east itself comes first).
func turn(hub, p, q Point) int {
	ph, qh := lowerHalf(hub, p), lowerHalf(hub, q)
	if ph != qh {
		if qh {
			return -1
		}
		return 1
	}
	return -Orientation(hub, p, q)
}

// lowerHalf reports whether p lies in the half turn from due west
// (inclusive) to due east (exclusive), going through south.
func lowerHalf(hub, p Point) bool {
	return p.Y < hub.Y || (p.Y == hub.Y && p.X < hub.X)
}

// islands finds each connected part of the edges and checks that the face on
// its outer side is the face of the rest of the map there.
func (p *Partition) islands(hubs map[Point][]spoke) []Fault {
	part := make(map[Point]int, len(hubs))
	var starts []Point // the leftmost, then lowest node of each part
	for at := range hubs {
		if _, done := part[at]; done {
			continue
		}
		id := len(starts)
		starts = append(starts, at)
		part[at] = id
		for queue := []Point{at}; len(queue) > 0; {
			q := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			if less(q, starts[id]) {
				starts[id] = q
			}
			for _, s := range hubs[q] {
				if _, done := part[s.to]; !done {
					part[s.to] = id
					queue = append(queue, s.to)
				}
			}
		}
	}
	if len(starts) < 2 {
		return nil
	}
	var faults []Fault
	for id, at := range starts {
		// All spokes of the leftmost, lowest node point east or north, so the
		// sector that looks west ends at the first of them turning from south.
		first := slices.MinFunc(hubs[at], func(s, t spoke) int { return -Orientation(at, s.to, t.to) })
		around := None
		for _, e := range p.Edges {
			if part[e.A] != id {
				around ^= leftOf(e, at)
			}
		}
		if around != first.right {
			faults = append(faults, Fault{Nested, at, solid(around, first.right, first.left)})
		}
	}
	return faults
}

// leftOf is what crossing the edge changes for a ray that comes from the far
// west to p, as the exclusive or of the faces on its two sides: 0 when the ray
// does not cross it. p must not lie on the edge. A partition's faces along a
// ray change from one side of each edge to the other, so the exclusive or of
// all crossings and of the face at the start is the face at the end.
func leftOf(e Edge, p Point) int32 {
	if (e.A.Y <= p.Y) == (e.B.Y <= p.Y) {
		return 0
	}
	if (cross(e.A, e.B, p) < 0) == (e.B.Y > e.A.Y) {
		return e.Left ^ e.Right
	}
	return 0
}

func solid(f ...int32) []int32 {
	return faces(slices.DeleteFunc(f, func(x int32) bool { return x == None })...)
}

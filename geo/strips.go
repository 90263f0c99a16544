package geo

// strips holds a partition's edges by horizontal strips, so that one ray asks
// only the edges at its height. It serves building; answering is the locator's.
type strips struct {
	partition *Partition
	min       int64
	height    int64
	edges     [][]int32
}

func newStrips(p *Partition) *strips {
	n := int64(max(1, len(p.Edges)/4))
	s := &strips{partition: p, min: int64(p.box.Min.Y), height: p.box.height()/n + 1}
	s.edges = make([][]int32, n)
	for i, e := range p.Edges {
		lo, hi := min(e.A.Y, e.B.Y), max(e.A.Y, e.B.Y)
		for k := s.strip(int64(lo)); k <= s.strip(int64(hi)); k++ {
			s.edges[k] = append(s.edges[k], int32(i))
		}
	}
	return s
}

func (s *strips) strip(y int64) int64 { return (y - s.min) / s.height }

func (s *strips) at(y int64) []int32 {
	if k := s.strip(y); y >= s.min && k < int64(len(s.edges)) {
		return s.edges[k]
	}
	return nil
}

// faceAt is the face at p, which must lie on no edge.
func (s *strips) faceAt(p Point) int32 {
	face := None
	for _, i := range s.at(int64(p.Y)) {
		face ^= leftOf(s.partition.Edges[i], p)
	}
	return face
}

// faceAtHalf is the face at p + (½, ½), which must lie on no edge.
func (s *strips) faceAtHalf(p Point) int32 {
	face := None
	for _, i := range s.at(int64(p.Y)) {
		e := s.partition.Edges[i]
		if (e.A.Y <= p.Y) == (e.B.Y <= p.Y) {
			continue
		}
		if d := crossHalf(e, p); (d < 0) == (e.B.Y > e.A.Y) {
			face ^= e.Left ^ e.Right
		}
	}
	return face
}

// halfPointOnEdge reports whether p + (½, ½) lies on an edge.
func (s *strips) halfPointOnEdge(p Point) bool {
	for _, i := range s.at(int64(p.Y)) {
		e := s.partition.Edges[i]
		if (e.A.Y <= p.Y) != (e.B.Y <= p.Y) && crossHalf(e, p) == 0 {
			return true
		}
	}
	return false
}

// crossHalf is twice [cross] of the edge and p + (½, ½).
func crossHalf(e Edge, p Point) int64 {
	ax, ay := int64(e.A.X), int64(e.A.Y)
	return (int64(e.B.X)-ax)*(2*int64(p.Y)+1-2*ay) - (int64(e.B.Y)-ay)*(2*int64(p.X)+1-2*ax)
}

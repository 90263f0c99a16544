package geo

// EdgeIndex finds the edges of a partition near a box.
type EdgeIndex struct{ strips *strips }

// NewEdgeIndex indexes a partition's edges.
func NewEdgeIndex(p *Partition) *EdgeIndex { return &EdgeIndex{newStrips(p)} }

// FacesNear are the faces beside the edges that meet the box, ascending; none
// when the box lies wholly in one face or outside all.
func (x *EdgeIndex) FacesNear(box Box) []int32 {
	var near []int32
	s := x.strips
	last := min(s.strip(int64(box.Max.Y)), int64(len(s.edges)-1))
	for k := max(0, s.strip(int64(box.Min.Y))); k <= last; k++ {
		for _, i := range s.edges[k] {
			e := &s.partition.Edges[i]
			if MeetsBox(e.A, e.B, box) {
				near = append(near, e.Left, e.Right)
			}
		}
	}
	return solid(near...)
}

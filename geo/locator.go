package geo

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/uber/h3-go/v4"
)

// Locator answers which face of a partition holds a point. It divides the
// partition's land into H3 cells: a cell that no edge comes near answers at
// once, a border cell keeps the few edges that come near it and the exact
// predicate decides. Cells are as coarse as they can be, so the table stays
// small where a face is large. Build it once; it is safe for concurrent use.
type Locator struct {
	partition *Partition
	// leaves in key order; each reaches to the next one's first key.
	first []Key
	face  []int32 // the face, None, or below None: ^(index of the border cell) - 1
	// border cells and their edges
	cells []borderCell
	edges []Edge
}

// borderCell is a cell near edges. Its corner lies half a step right of and
// above the lattice point, so that no vertex is ever in line with it.
type borderCell struct {
	corner Point
	face   int32 // the face at the corner
	from   int32 // its edges are edges[from:to]
	to     int32
	box    Box
}

const (
	// fewEdges is the number of edges at which a border cell is not divided
	// further: testing one costs about as much as a step of the search.
	fewEdges = 4
	// finest is the finest resolution of a border cell, about 7 m across:
	// below it the edges that remain meet in one node.
	finest = 13
	// reach widens a cell's box so that it holds every descendant. The
	// centres of descendants stray at most Σ 7^(-k/2) = 0.6076 cell spacings
	// from the centre, 1.0524 circumradii; a box around the six vertices
	// reaches at least 0.866 circumradii; 1.0524/0.866 = 1.216, and the rest
	// is for the last descendant's own size and H3's distortion.
	reach = 1.35
	// cornerRoom is how many steps beside its box a border cell's corner may lie.
	cornerRoom = 16
)

// NewLocator builds the locator of a partition. It calls H3 a few microseconds
// for each cell of the table (hundreds of thousands for a district).
func NewLocator(p *Partition) (*Locator, error) {
	l := &Locator{partition: p}
	if len(p.Edges) == 0 {
		return l, nil
	}
	start, err := startCells(p.box)
	if err != nil {
		return nil, fmt.Errorf("locator: %w", err)
	}
	b := locatorBuilder{Locator: l, strips: newStrips(p)}
	all := make([]int32, len(p.Edges))
	for i := range all {
		all[i] = int32(i)
	}
	for _, c := range start {
		if err := b.divide(c, all); err != nil {
			return nil, fmt.Errorf("locator: %w", err)
		}
		// The next start cell need not be this one's neighbour in key order.
		_, hi := c.Keys()
		b.leaf(hi+1, None)
	}
	return l, nil
}

// startCells are cells of one resolution, in key order, that together hold
// every point of the box. The resolution is chosen so that there are few.
func startCells(box Box) ([]Cell, error) {
	bound := box.Bound()
	size := max(bound.Max[0]-bound.Min[0], bound.Max[1]-bound.Min[1], 1e-6)
	res := 1
	for res < 9 && cellDegrees(res+1)*8 > size {
		res++
	}
	for res < 9 && cellDegrees(res) > size {
		res++
	}
	// Samples closer together than a cell's inradius hit every cell or a
	// neighbour of it; one ring of neighbours more makes up for the rest.
	step := cellDegrees(res) / 4
	found, sampled := map[h3.Cell]bool{}, map[h3.Cell]bool{}
	for y := bound.Min[1]; ; y += step {
		y = min(y, bound.Max[1])
		for x := bound.Min[0]; ; x += step {
			x = min(x, bound.Max[0])
			c, err := h3.LatLngToCell(h3.NewLatLng(y, x), res)
			if err != nil {
				return nil, err
			}
			if !sampled[c] {
				sampled[c] = true
				near, err := h3.GridDisk(c, 1)
				if err != nil {
					return nil, err
				}
				for _, n := range near {
					found[n] = true
				}
			}
			if x == bound.Max[0] {
				break
			}
		}
		if y == bound.Max[1] {
			break
		}
	}
	out := make([]Cell, 0, len(found))
	for c := range found {
		out = append(out, Cell(c))
	}
	slices.Sort(out)
	return out, nil
}

// cellDegrees is about the edge length of a cell in degrees of latitude.
func cellDegrees(res int) float64 { return 10 / math.Pow(math.Sqrt(7), float64(res)) }

type locatorBuilder struct {
	*Locator
	strips *strips
}

// divide adds the leaves of one cell, in key order.
func (b *locatorBuilder) divide(c Cell, candidates []int32) error {
	box, center, err := reachOf(c)
	if err != nil {
		return err
	}
	lo, _ := c.Keys()
	if !box.Meets(b.partition.box) {
		b.leaf(lo, None)
		return nil
	}
	// The walk to a point of the box begins at a corner a little outside it:
	// an edge that passes between the two counts.
	wide := Box{Point{box.Min.X - cornerRoom, box.Min.Y - cornerRoom}, box.Max}
	var near []int32
	for _, i := range candidates {
		if e := &b.partition.Edges[i]; MeetsBox(e.A, e.B, wide) {
			near = append(near, i)
		}
	}
	if len(near) == 0 {
		b.leaf(lo, b.strips.faceAt(center))
		return nil
	}
	if len(near) <= fewEdges || c.Resolution() >= finest {
		return b.border(lo, box, near)
	}
	children, err := h3.Cell(c).ImmediateChildren()
	if err != nil {
		return fmt.Errorf("children of cell %s: %w", c, err)
	}
	for _, child := range children {
		if err := b.divide(Cell(child), near); err != nil {
			return err
		}
	}
	return nil
}

func (b *locatorBuilder) leaf(lo Key, face int32) {
	if n := len(b.face); n > 0 && b.face[n-1] == face {
		return // the leaf before reaches on
	}
	b.first, b.face = append(b.first, lo), append(b.face, face)
}

func (b *locatorBuilder) border(lo Key, box Box, near []int32) error {
	corner := Point{box.Min.X - 1, box.Min.Y - 1}
	for b.strips.halfPointOnEdge(corner) {
		if corner.X--; corner.X <= box.Min.X-cornerRoom {
			return fmt.Errorf("every corner of the border cell at %v lies on an edge", box.Min)
		}
	}
	cell := borderCell{corner: corner, box: box, face: b.strips.faceAtHalf(corner), from: int32(len(b.edges))}
	for _, i := range near {
		b.edges = append(b.edges, b.partition.Edges[i])
	}
	cell.to = int32(len(b.edges))
	b.first, b.face = append(b.first, lo), append(b.face, ^int32(len(b.cells))-1)
	b.cells = append(b.cells, cell)
	return nil
}

// reachOf is a box that holds every point whose resolution-15 key descends
// from c, and the cell's centre.
func reachOf(c Cell) (Box, Point, error) {
	mid, err := h3.Cell(c).LatLng()
	if err != nil {
		return Box{}, Point{}, fmt.Errorf("centre of cell %s: %w", c, err)
	}
	vertices, err := h3.Cell(c).Boundary()
	if err != nil {
		return Box{}, Point{}, fmt.Errorf("outline of cell %s: %w", c, err)
	}
	var dx, dy float64
	for _, v := range vertices {
		d := math.Abs(v.Lng - mid.Lng)
		if d > 180 {
			d = 360 // the cell spans the antimeridian: take the whole turn
		}
		dx, dy = max(dx, d), max(dy, math.Abs(v.Lat-mid.Lat))
	}
	limit := func(v, bound float64) int32 { return int32(math.Round(max(-bound, min(bound, v)) * stepsPerDegree)) }
	return Box{
		Point{limit(mid.Lng-dx*reach, 180), limit(mid.Lat-dy*reach, 90)},
		Point{limit(mid.Lng+dx*reach, 180), limit(mid.Lat+dy*reach, 90)},
	}, Point{limit(mid.Lng, 180), limit(mid.Lat, 90)}, nil
}

// MeetsBox reports whether the closed segment ab shares a point with
// the closed box, exactly.
func MeetsBox(a, b Point, box Box) bool {
	if max(a.X, b.X) < box.Min.X || min(a.X, b.X) > box.Max.X ||
		max(a.Y, b.Y) < box.Min.Y || min(a.Y, b.Y) > box.Max.Y {
		return false
	}
	if box.Holds(a) || box.Holds(b) {
		return true
	}
	// Neither end inside and the boxes meet: the segment meets the box unless
	// all four corners lie strictly on one side of its line.
	o := Orientation(a, b, box.Min)
	return o == 0 ||
		Orientation(a, b, box.Max) != o ||
		Orientation(a, b, Point{box.Min.X, box.Max.Y}) != o ||
		Orientation(a, b, Point{box.Max.X, box.Min.Y}) != o
}

// Locate is the face that holds p, or [None]. key must be p's own key. A point
// on a shared edge or node is in the lowest face that touches it.
func (l *Locator) Locate(key Key, p Point) int32 {
	i, exact := slices.BinarySearch(l.first, key)
	if !exact {
		i--
	}
	if i < 0 {
		return None
	}
	if f := l.face[i]; f >= None {
		return f
	}
	return l.decide(i, p)
}

// LocateSorted is [Locator.Locate] for many points whose keys ascend: it walks
// the table once instead of searching it for every point. The faces go to
// out, which must be as long as keys and points.
func (l *Locator) LocateSorted(keys []Key, points []Point, out []int32) {
	if len(keys) != len(points) || len(keys) != len(out) {
		panic(fmt.Sprintf("geo: LocateSorted: %d keys, %d points, %d places for faces", len(keys), len(points), len(out)))
	}
	first, face := l.first, l.face
	i, end := -1, Key(math.MinInt64) // the leaf and the first key after it
	for j, key := range keys {
		if key >= end {
			i = l.advance(i, key)
			end = math.MaxInt64
			if i+1 < len(first) {
				end = first[i+1]
			}
		}
		if i < 0 {
			out[j] = None
		} else if f := face[i]; f >= None {
			out[j] = f
		} else {
			out[j] = l.decide(i, points[j])
		}
	}
}

// advance is the last leaf at or after i whose first key is not above key, by
// doubling steps: neighbours in key order are near each other in the table.
func (l *Locator) advance(i int, key Key) int {
	lo, step := i, 1
	for lo+step < len(l.first) && l.first[lo+step] <= key {
		lo += step
		step *= 2
	}
	rest := l.first[lo+1 : min(lo+step, len(l.first))]
	n, exact := slices.BinarySearchFunc(rest, key, func(k, key Key) int { return cmp.Compare(k, key) })
	if exact {
		n++
	}
	return lo + n
}

// decide finds the face of p in a border cell. It walks from the cell's
// corner, whose face is known, up to p's height and then right to p; each edge
// crossed on the way exchanges its left face for its right one, so the
// exclusive or of all of them turns the corner's face into p's.
func (l *Locator) decide(leaf int, p Point) int32 {
	c := &l.cells[-(l.face[leaf] + 2)]
	if !c.box.Holds(p) {
		return l.partition.FaceAt(p) // the key was not p's own
	}
	face := c.face
	touched := int32(math.MaxInt32)
	x0, y0 := int64(c.corner.X), int64(c.corner.Y)
	px, py := int64(p.X), int64(p.Y)
	edges := l.edges[c.from:c.to]
	for i := range edges {
		e := &edges[i]
		ax, ay, bx, by := int64(e.A.X), int64(e.A.Y), int64(e.B.X), int64(e.B.Y)
		if ay > by { // take every edge upwards
			ax, ay, bx, by = bx, by, ax, ay
		}
		if py >= ay && py <= by {
			d := (bx-ax)*(py-ay) - (by-ay)*(px-ax) // > 0: p left of the edge
			if d == 0 {
				if px >= min(ax, bx) && px <= max(ax, bx) {
					touched = min(touched, lowest(e))
				}
			} else if py < by && d < 0 && rightOfHalf(ax, ay, bx, by, x0, py) {
				face ^= e.Left ^ e.Right // crossed on the way right
			}
		}
		if (ax <= x0) != (bx <= x0) && crossesUp(ax, ay, bx, by, x0, y0, py) {
			face ^= e.Left ^ e.Right // crossed on the way up
		}
	}
	if touched != math.MaxInt32 {
		return touched
	}
	return face
}

// rightOfHalf reports whether the upward edge, just above height y, lies right
// of x0+½. Doubled coordinates keep the half exact.
func rightOfHalf(ax, ay, bx, by, x0, y int64) bool {
	d := 2*(bx-ax)*(y-ay) - (by-ay)*(2*x0+1-2*ax)
	return d > 0 || (d == 0 && bx > ax)
}

// crossesUp reports whether the upward edge crosses the vertical x0+½ above
// y0+½ and not above y.
func crossesUp(ax, ay, bx, by, x0, y0, y int64) bool {
	// Height of the crossing h = ay + (by-ay)·(x0+½-ax)/(bx-ax), compared
	// with y0+½ and y after multiplying by 2·(bx-ax), whose sign matters.
	w := bx - ax
	n := (by - ay) * (2*x0 + 1 - 2*ax) // 2·w·(h-ay)
	low, high := n-w*(2*y0+1-2*ay), n-2*w*(y-ay)
	if w < 0 {
		low, high = -low, -high
	}
	return low > 0 && high <= 0
}

// lowest is the lower face of the two beside an edge that is a face.
func lowest(e *Edge) int32 {
	switch {
	case e.Left == None:
		return e.Right
	case e.Right == None:
		return e.Left
	}
	return min(e.Left, e.Right)
}

package geo

import "math"

// bins holds the edges of a set of rings by square bins of the plane, so that
// the edges near another are found without asking all.
type bins struct {
	min  Point
	size int64
	cols int64
	rows int64
	of   [][]int32
	seen []int32 // the last query that saw an edge, plus one
	turn int32
}

func newBins(edges []piece) *bins {
	box := EmptyBox()
	for _, e := range edges {
		box = box.Extend(e.a).Extend(e.b)
	}
	b := &bins{min: box.Min, seen: make([]int32, len(edges))}
	if len(edges) == 0 {
		return b
	}
	// About one bin an edge: a bin then holds a handful of them.
	b.size = max(1, int64(math.Sqrt(float64(box.width()+1)*float64(box.height()+1)/float64(len(edges)))))
	b.cols, b.rows = box.width()/b.size+1, box.height()/b.size+1
	b.of = make([][]int32, b.cols*b.rows)
	for i, e := range edges {
		b.visit(e, func(bin int64) { b.of[bin] = append(b.of[bin], int32(i)) })
	}
	return b
}

// visit calls fn for each bin of the edge's box, skipping those that the
// edge's line passes by in rows: per row only the stretch it can reach.
func (b *bins) visit(e piece, fn func(bin int64)) {
	y0, y1 := int64(min(e.a.Y, e.b.Y)), int64(max(e.a.Y, e.b.Y))
	lo, hi := e.a, e.b
	if lo.Y > hi.Y {
		lo, hi = hi, lo
	}
	for row := (y0 - int64(b.min.Y)) / b.size; row <= (y1-int64(b.min.Y))/b.size; row++ {
		// The stretch of x where the edge can be while in this row, one step wide of rounding.
		top := min(y1, int64(b.min.Y)+(row+1)*b.size)
		bottom := max(y0, int64(b.min.Y)+row*b.size)
		x0, x1 := xAt(lo, hi, bottom), xAt(lo, hi, top)
		if x0 > x1 {
			x0, x1 = x1, x0
		}
		if lo.Y == hi.Y {
			x0, x1 = float64(min(lo.X, hi.X)), float64(max(lo.X, hi.X))
		}
		first := max(0, (int64(math.Floor(x0))-1-int64(b.min.X))/b.size)
		last := min(b.cols-1, (int64(math.Ceil(x1))+1-int64(b.min.X))/b.size)
		for col := first; col <= last; col++ {
			fn(row*b.cols + col)
		}
	}
}

func xAt(lo, hi Point, y int64) float64 {
	if lo.Y == hi.Y {
		return float64(lo.X)
	}
	t := float64(y-int64(lo.Y)) / float64(int64(hi.Y)-int64(lo.Y))
	return float64(lo.X) + t*float64(int64(hi.X)-int64(lo.X))
}

// near calls fn once for every edge that shares a bin with e, e included.
func (b *bins) near(e piece, fn func(i int)) {
	b.turn++
	b.visit(e, func(bin int64) {
		for _, i := range b.of[bin] {
			if b.seen[i] != b.turn {
				b.seen[i] = b.turn
				fn(int(i))
			}
		}
	})
}

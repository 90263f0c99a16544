package beat

import "math"

// bins holds segments by square bins of the plane. Streets are spread evenly
// and every question is about some tens of metres, so plain squares beat a tree
// and H3 cells: an index is two divisions.
type bins struct {
	min        vec
	size       float64
	cols, rows int
	first      []int32 // the items of bin k are items[first[k]:first[k+1]]
	items      []int32
}

// smallestBin in metres: about what is asked for at once.
const smallestBin = 50

func newBins(n int, segment func(i int) (a, b vec)) bins {
	lo, hi := vec{math.Inf(1), math.Inf(1)}, vec{math.Inf(-1), math.Inf(-1)}
	for i := range n {
		a, b := segment(i)
		lo = vec{min(lo.x, a.x, b.x), min(lo.y, a.y, b.y)}
		hi = vec{max(hi.x, a.x, b.x), max(hi.y, a.y, b.y)}
	}
	if n == 0 {
		return bins{size: smallestBin, first: []int32{0}}
	}
	// Not many more bins than segments, however far apart these lie.
	w, h := hi.x-lo.x, hi.y-lo.y
	size := max(smallestBin, math.Sqrt(w*h/float64(n)), (w+h)/float64(n))
	x := bins{min: lo, size: size, cols: int(w/size) + 1, rows: int(h/size) + 1}
	x.first = make([]int32, x.cols*x.rows+1)
	for i := range n {
		a, b := segment(i)
		x.pass(a, b, 0, func(bin int) { x.first[bin+1]++ })
	}
	for k := range x.cols * x.rows {
		x.first[k+1] += x.first[k]
	}
	x.items = make([]int32, x.first[x.cols*x.rows])
	next := append([]int32(nil), x.first...)
	for i := range n {
		a, b := segment(i)
		x.pass(a, b, 0, func(bin int) {
			x.items[next[bin]] = int32(i)
			next[bin]++
		})
	}
	return x
}

func (x *bins) col(v float64) int { return max(0, min(x.cols-1, int((v-x.min.x)/x.size))) }
func (x *bins) row(v float64) int { return max(0, min(x.rows-1, int((v-x.min.y)/x.size))) }

// pass calls fn for each bin that comes within so many metres of the segment,
// and for some more: row by row, only the stretch of the row that it can be in.
func (x *bins) pass(a, b vec, within float64, fn func(bin int)) {
	if a.y > b.y {
		a, b = b, a
	}
	for row := x.row(a.y - within); row <= x.row(b.y+within); row++ {
		left, right := min(a.x, b.x), max(a.x, b.x)
		if b.y-a.y > x.size {
			bottom := x.min.y + float64(row)*x.size
			enter := max(0, (bottom-within-a.y)/(b.y-a.y))
			leave := min(1, (bottom+x.size+within-a.y)/(b.y-a.y))
			p, q := a.toward(b, enter).x, a.toward(b, leave).x
			// A centimetre for what rounding may lose.
			left, right = max(left, min(p, q)-0.01), min(right, max(p, q)+0.01)
		}
		for col := x.col(left - within); col <= x.col(right+within); col++ {
			fn(row*x.cols + col)
		}
	}
}

// near calls fn for the segments that come within a square around p that
// reaches so many metres each way, and for some more; for one in several bins
// more than once.
func (x *bins) near(p vec, reach float64, fn func(i int32)) {
	if len(x.items) == 0 {
		return
	}
	if p.x < x.min.x-reach || p.y < x.min.y-reach ||
		p.x > x.min.x+float64(x.cols)*x.size+reach || p.y > x.min.y+float64(x.rows)*x.size+reach {
		return
	}
	for row := x.row(p.y - reach); row <= x.row(p.y+reach); row++ {
		for col := x.col(p.x - reach); col <= x.col(p.x+reach); col++ {
			bin := row*x.cols + col
			for _, i := range x.items[x.first[bin]:x.first[bin+1]] {
				fn(i)
			}
		}
	}
}

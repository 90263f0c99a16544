package tiles

import (
	"fmt"
	"math"
	"slices"
)

// HeatLevels is the number of classes of a legend.
const HeatLevels = 6

// Classes are ways to divide weights into [HeatLevels] classes.
type Classes string

// Quantiles put a fixed share of hexagons into each class, fewer the graver;
// Jenks puts borders where weights differ most (Fisher, On grouping for maximum
// homogeneity, 1958).
const (
	Quantiles Classes = "quantiles"
	Jenks     Classes = "jenks"
)

// ErrClasses says that there is no such way to divide.
var ErrClasses = fmt.Errorf("classes must be %s or %s", Quantiles, Jenks)

// shares are the quantiles at which the classes begin.
var shares = [HeatLevels]float64{0, 0.4, 0.65, 0.82, 0.92, 0.98}

// Legend is each class's lower bound, ascending: a hexagon is of the last class
// whose bound its weight reaches. Without hexagons all are 0.
func (s *Surface) Legend(c Classes) (out [HeatLevels]float64, err error) {
	w := make([]float64, 0, len(s.cells))
	for i := range s.cells {
		if v := rounded(s.cells[i].weight); v > 0 {
			w = append(w, v)
		}
	}
	slices.Sort(w)
	switch {
	case c != Quantiles && c != Jenks:
		return out, fmt.Errorf("%q: %w", c, ErrClasses)
	case len(w) == 0:
		return out, nil
	case c == Quantiles:
		for i, q := range shares {
			out[i] = w[int(q*float64(len(w)-1))]
		}
	default:
		out = jenks(w)
	}
	// Bounds ascend strictly, so that a map's steps are steps.
	for i := 1; i < HeatLevels; i++ {
		if out[i] <= out[i-1] {
			out[i] = rounded(out[i-1] + 0.001)
		}
	}
	return out, nil
}

// mostBins bounds the work of jenks, which grows with its square.
const mostBins = 400

// bin is equal or nearly equal weights.
type bin struct{ lower, count, sum, squares float64 }

// jenks divides sorted weights so that the sum of squared distances from the
// classes' means is least.
func jenks(w []float64) (out [HeatLevels]float64) {
	var bins []bin
	for from := 0; from < len(w); {
		to := from
		least := (len(w) + mostBins - 1) / mostBins
		for to < len(w) && (to-from < least || w[to] == w[to-1]) {
			to++
		}
		b := bin{lower: w[from]}
		for _, v := range w[from:to] {
			b.count, b.sum, b.squares = b.count+1, b.sum+v, b.squares+v*v
		}
		bins, from = append(bins, b), to
	}
	n := len(bins)
	before := make([]bin, n+1) // sums of the first i
	for i, b := range bins {
		p := before[i]
		before[i+1] = bin{count: p.count + b.count, sum: p.sum + b.sum, squares: p.squares + b.squares}
	}
	spread := func(i, j int) float64 { // of bins i to j-1
		a, b := before[i], before[j]
		sum := b.sum - a.sum
		return (b.squares - a.squares) - sum*sum/(b.count-a.count)
	}
	classes := min(HeatLevels, n)
	cost, cut := make([][]float64, classes+1), make([][]int, classes+1)
	for k := range cost {
		cost[k], cut[k] = make([]float64, n+1), make([]int, n+1)
		for j := range cost[k] {
			cost[k][j] = math.Inf(1)
		}
	}
	cost[0][0] = 0
	for k := 1; k <= classes; k++ {
		for j := k; j <= n; j++ {
			for i := k - 1; i < j; i++ {
				if c := cost[k-1][i] + spread(i, j); c < cost[k][j] {
					cost[k][j], cut[k][j] = c, i
				}
			}
		}
	}
	for k, j := classes, n; k > 0; k-- {
		j = cut[k][j]
		out[k-1] = bins[j].lower
	}
	for k := classes; k < HeatLevels; k++ {
		out[k] = out[k-1]
	}
	return out
}

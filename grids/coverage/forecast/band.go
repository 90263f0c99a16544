package forecast

import "math"

// Span is how many obligations will be met by the end of a day: with 80 %
// between low and high, as likely above mid as below.
type Span struct {
	Day            int // of the period, from 0
	Low, Mid, High int
}

// Band is the way to the end, for a chart: a span for the day that runs and each
// after it, the last of them the outlook's. Nil when the outlook is not known or
// no day is left.
func (m *Model) Band(h History) []Span {
	o, weights := m.weigh(&h)
	if !o.Known || o.DaysLeft == 0 {
		return nil
	}
	out := make([]Span, 0, o.DaysLeft)
	for day := h.Now.Days - o.DaysLeft; day < h.Now.Days; day++ {
		s := h.span(&o, weights, m.timing.gone(&h, m.share(&h), day))
		s.Day = day
		if n := len(out); n > 0 { // so already, but for rounding
			last := out[n-1]
			s.Low, s.Mid, s.High = max(s.Low, last.Low), max(s.Mid, last.Mid), max(s.High, last.High)
		}
		out = append(out, s)
	}
	return out
}

// span is how many will be met when a share of all that will be met from now on
// is behind: a mixture of binomials over the grid.
func (h *History) span(o *Outlook, weights []float64, gone float64) Span {
	met := h.Now.Due - o.Remaining
	if weights == nil {
		return Span{Low: met, Mid: met, High: met}
	}
	most := h.atMost(o)
	chances := make([]float64, o.Remaining+1)
	heap, meets, sum := 0.0, 0.0, 0.0 // neighbours that weigh little are taken together
	for j, w := range weights {
		heap, meets = heap+w, meets+w*min(1-misses[j], most)
		if heap >= heapful || j == 0 || j == len(weights)-1 {
			addBinomial(chances, heap, min(1, meets/heap)*gone)
			heap, meets = 0, 0
		}
	}
	for _, c := range chances {
		sum += c
	}
	low, mid, high := 0.1*sum, 0.5*sum, 0.9*sum
	s := Span{Low: h.Now.Due, Mid: h.Now.Due, High: h.Now.Due}
	sum = 0
	for k, c := range chances {
		if sum += c; sum >= low {
			s.Low = min(s.Low, met+k)
		}
		if sum >= mid {
			s.Mid = min(s.Mid, met+k)
		}
		if sum >= high {
			s.High = met + k
			break
		}
	}
	return s
}

// heapful is the weight from which a binomial is worth its own.
const heapful = 0.01

// addBinomial adds the chances of 0 to n successes at p each, times a weight; n
// is one less than there is room for. It goes from the likeliest outwards, so
// that nothing underflows on the way.
func addBinomial(chances []float64, weight, p float64) {
	n := len(chances) - 1
	switch {
	case weight <= 0:
	case p <= 0:
		chances[0] += weight
	case p >= 1:
		chances[n] += weight
	default:
		mode := min(n, int(float64(n+1)*p))
		top := weight * math.Exp(logFactorial(n)-logFactorial(mode)-logFactorial(n-mode)+float64(mode)*math.Log(p)+float64(n-mode)*math.Log1p(-p))
		least, odds := top*1e-9, p/(1-p)
		for k, c := mode, top; k <= n && c > least; k++ {
			chances[k] += c
			c *= float64(n-k) / float64(k+1) * odds
		}
		for k, c := mode, top; k > 0; k-- {
			if c *= float64(k) / float64(n-k+1) / odds; c <= least {
				break
			}
			chances[k-1] += c
		}
	}
}

func logFactorial(n int) float64 {
	l, _ := math.Lgamma(float64(n) + 1)
	return l
}

package balance

import (
	"context"
	"math"
	"math/rand/v2"
)

// heat is the temperatures between which a search cools, in units of cost.
type heat struct{ from, to float64 }

// anneal looks for a better division by random moves of an atom over a border:
// one that costs is made with the probability exp(−cost/temperature), and none
// that would part a grid. It ends with the best division seen, after a number of
// tries or when cancelled. step hears of every so many tries.
func (s *state) anneal(ctx context.Context, r *rand.Rand, tries int, h heat, step func(tries int)) {
	if s.k < 2 || s.g.n < 2 || tries < 1 {
		return
	}
	const breath = 4096 // tries between looks at the context
	best := append([]int32(nil), s.of...)
	cost, least := 0.0, -1e-9
	done := 0
	for done < tries && ctx.Err() == nil {
		temperature := 0.0
		if h.from > 0 {
			temperature = h.from * math.Pow(h.to/h.from, float64(done)/float64(tries))
		}
		n := min(breath, tries-done)
		for range n {
			cost += s.try(r, temperature)
		}
		done += n
		step(n)
		if cost < least {
			least = cost
			copy(best, s.of)
		}
	}
	if cost > least {
		copy(s.of, best)
	}
	s.sum()
}

// try makes a random move, or not; it returns what the whole costs more.
func (s *state) try(r *rand.Rand, temperature float64) float64 {
	g := s.g
	v := int32(r.Uint32N(uint32(g.n)))
	first, last := g.start[v], g.start[v+1]
	if first == last {
		return 0
	}
	e := first + int32(r.Uint32N(uint32(last-first)))
	from, to := s.of[v], s.of[g.to[e]]
	if to == from || !g.open[e] || s.size[from] == 1 {
		return 0
	}
	m := s.weigh(v, to)
	if m.cost > 0 && (temperature == 0 || r.Float64() >= math.Exp(-m.cost/temperature)) {
		return 0
	}
	if !s.stays(v) {
		return 0
	}
	s.do(m)
	return m.cost
}

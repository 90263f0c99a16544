package forecast

import (
	"math"
	"slices"
)

// The least from which a forecast is made.
const (
	MinShare = 1.0 / 6 // of the running period: 5 or 6 days of a month
	MinUnits = 8       // with a past period, the unit itself among them
)

// Surest is the highest chance that is given while something remains.
const Surest = 0.999

// Model is what all units together say about a moment of a period.
type Model struct {
	passed float64   // days of the running period, with the fraction of the day that runs
	units  int       // with a past period
	usual  []float64 // the grid's weights of a unit of which nothing is known
	keep   float64   // the probability that a unit goes on as it was
	timing timing    // the days on which all units work

	likely map[tally][]float64 // of every tally that was seen, so that each is worked out once
}

// Keep is the probability, as learned, that a unit goes on from one period to
// the next as it was.
func (m *Model) Keep() float64 { return m.keep }

// Fit learns from all units of one kind, such as all communities for class I,
// when passed days of the running period have gone by: whole days, and the
// fraction of the day that runs.
func Fit(units []History, passed float64) *Model {
	m := &Model{passed: max(0, passed), timing: timingOf(units), likely: map[tally][]float64{}}
	var all [][]tally
	for i := range units {
		if t := units[i].tallies(m.share(&units[i])); len(t) > 0 {
			all = append(all, t)
		}
	}
	// In an order of their own, so that sums do not depend on that of the units.
	slices.SortFunc(all, func(a, b []tally) int { return slices.CompareFunc(a, b, compareTallies) })
	m.units = len(all)
	evidence := make([][][]float64, len(all))
	for i, own := range all {
		for _, t := range own {
			if m.likely[t] == nil {
				m.likely[t] = t.likelihood()
			}
		}
		evidence[i] = m.evidence(own)
	}
	m.usual = usual(all, m.likely)
	m.keep = steadiness(evidence, m.usual)
	return m
}

// evidence is how likely each tally is along the grid.
func (m *Model) evidence(own []tally) [][]float64 {
	out := make([][]float64, len(own))
	for i, t := range own {
		if out[i] = m.likely[t]; out[i] == nil {
			out[i] = t.likelihood()
		}
	}
	return out
}

// share is how much of the unit's running period has passed.
func (m *Model) share(h *History) float64 {
	if h.Now.Days <= 0 {
		return 1
	}
	return min(1, m.passed/float64(h.Now.Days))
}

// steadiness is the likeliest probability that a unit goes on from one period to
// the next as it was, as if 19 of 20 units had been seen to do so before.
func steadiness(evidence [][][]float64, usual []float64) float64 {
	// How much likelier a period is after the unit's last one than after any.
	var likelier []float64
	for _, own := range evidence {
		for k := 1; k < len(own); k++ {
			before, after, both := 0.0, 0.0, 0.0
			for j, w := range usual {
				before += w * own[k-1][j]
				after += w * own[k][j]
				both += w * own[k-1][j] * own[k][j]
			}
			if before > 0 && after > 0 {
				likelier = append(likelier, both/before/after)
			}
		}
	}
	best, keep := math.Inf(-1), 0.0
	for _, k := range [...]float64{0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99} {
		fit := 19*math.Log(k) + math.Log1p(-k)
		for _, l := range likelier {
			fit += math.Log(k*l + 1 - k)
		}
		if fit > best {
			best, keep = fit, k
		}
	}
	return keep
}

// follow writes what may be expected of a unit in the period after its past
// ones, as weights of the grid.
func follow(weights []float64, own [][]float64, usual []float64, keep float64) {
	copy(weights, usual)
	for _, l := range own {
		sum := 0.0
		for j := range weights {
			weights[j] *= l[j]
			sum += weights[j]
		}
		if sum <= 0 { // beyond what a float can tell: as if it were not known
			copy(weights, usual)
			continue
		}
		for j := range weights {
			weights[j] = keep*weights[j]/sum + (1-keep)*usual[j]
		}
	}
}

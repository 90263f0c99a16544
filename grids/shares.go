package grids

import "math"

// Shares chooses among the areas that hold parts of a footprint. The zero value
// is ready; areas are added in the order of their codes.
type Shares struct{ of []share }

type share struct {
	code   string
	areaM2 float64
}

// Add says how much of the footprint an area holds.
func (s *Shares) Add(code string, areaM2 float64) { s.of = append(s.of, share{code, areaM2}) }

// Choice is the area with the largest share of a footprint of a size, to the
// millionth; among equals the first that was added. false if none has a
// millionth of it.
func (s *Shares) Choice(footprintM2 float64) (Choice, bool) {
	best := Choice{SharePPM: -1}
	for _, a := range s.of {
		ppm := int32(math.Round(a.areaM2 / footprintM2 * 1e6))
		switch {
		case ppm > best.SharePPM && ppm > 0:
			best = Choice{a.code, LargestShare, ppm}
		case ppm == best.SharePPM && ppm > 0:
			best.Reason = EqualShares
		}
	}
	if best.SharePPM >= 1e6 {
		best.Reason = Inside
	}
	return best, best.SharePPM > 0
}

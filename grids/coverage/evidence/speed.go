package evidence

import (
	"math"

	"gridward/geo"
)

// hop is a way from one visit to the next that nobody goes so fast.
type hop struct {
	from, to int32
	metres   float64 // less what the accuracies leave open
	seconds  float64 // with what the clocks leave open
	kmh      float64
}

// hops are the impossible ways between consecutive visits of an inspector, in
// order of rows.
func (r *Rules) hops(l *ledger) []hop {
	var out []hop
	for _, p := range l.people {
		for row := p.lo + 1; row < p.hi; row++ {
			if h, ok := r.hop(l, row-1, row); ok {
				out = append(out, h)
			}
		}
	}
	return out
}

// degreeM is more metres than a degree of latitude or longitude ever has.
const degreeM = 111700

func (r *Rules) hop(l *ledger, from, to int) (hop, bool) {
	a, b := l.visits[from], l.visits[to]
	h := hop{from: int32(from), to: int32(to)}
	h.seconds = float64(l.at[to]-l.at[from])/1000 + r.Speed.GrainS + math.Abs(float64(b.Own.SkewS)-float64(a.Own.SkewS))
	enough := max(r.Speed.FromM, h.seconds*r.Speed.OverKMH/3.6) // metres
	if (math.Abs(b.Lon-a.Lon)+math.Abs(b.Lat-a.Lat))*degreeM < enough || sameWalk(a, b) {
		return h, false // most pairs, without a distance taken
	}
	h.metres = geo.Distance(a.position(), b.position()) - r.slack(a) - r.slack(b)
	h.kmh = h.metres / max(h.seconds, 1) * 3.6
	return h, h.metres >= r.Speed.FromM && h.kmh > r.Speed.OverKMH
}

// slack is how far from its position an inspector may have stood.
func (r *Rules) slack(v *Visit) float64 {
	switch {
	case !v.HasPosition:
		return r.Speed.PlaceM
	case v.Own.AccuracyM > 0:
		return float64(v.Own.AccuracyM)
	}
	return 0
}

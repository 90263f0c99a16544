package beat

import (
	"cmp"
	"math"
	"slices"
)

// candidate is a place on a street where a stop may have been.
type candidate struct {
	edge      int32
	at        float64 // measure in metres
	off       float64 // how far from the stop, in metres
	direction vec     // of the street there, length 1
	half      float64 // of the street's width
	fit       float64 // log-likelihood of the stop
	score     float64 // of the best way up to here
	back      int32   // the candidate before on that way
}

// mostCandidates of a stop are kept, those that fit best.
const mostCandidates = 8

// candidates are the nearest places of each edge within the rules' reach of a
// stop, the best fit first. heading is the direction of travel in metres from
// the stop before to the one after, as far as it can be trusted.
func (n *Network) candidates(s *stop, heading vec, out []candidate) []candidate {
	p := n.flat.of(s.at)
	more := n.rules.ToleranceM + s.accuracy
	reach := more + n.widest
	n.bins.near(p, reach, func(i int32) {
		l := &n.links[i]
		t := along(l.a, l.b, p)
		off := p.to(l.a.toward(l.b, t))
		half := n.courses[n.edges[l.edge].street].half
		if off > more+half {
			return
		}
		c := candidate{edge: l.edge, at: l.from + t*(l.to-l.from), off: off, half: half}
		d := l.b.minus(l.a)
		c.direction = vec{d.x / d.length(), d.y / d.length()}
		for k := range out {
			if out[k].edge == c.edge {
				if c.off < out[k].off || c.off == out[k].off && c.at < out[k].at {
					out[k] = c
				}
				return
			}
		}
		out = append(out, c)
	})
	spread := s.spread()
	for k := range out {
		out[k].fit = emission(out[k].off, out[k].half, spread) + out[k].agreement(heading, spread)
	}
	slices.SortFunc(out, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.fit, a.fit), cmp.Compare(a.edge, b.edge)) })
	return out[:min(len(out), mostCandidates)]
}

// emission is the logarithm of how likely a stop is so far from a street's
// middle: the walker is anywhere across the street's width, evenly, and the
// receiver errs normally around that. (Newson and Krumm take a street for a
// line; on a carriageway of 32 m that would put everybody beside it.)
func emission(off, half, spread float64) float64 {
	half = max(half, 0.5)
	scale := spread * math.Sqrt2
	share := math.Erfc((off-half)/scale) - math.Erfc((off+half)/scale)
	return math.Log(max(share, 1e-300) / (4 * half))
}

// certainty is what a direction of travel weighs at most: a right angle
// to the street makes a place e^certainty less likely.
const certainty = 2.0

// agreement is how well a street's direction fits the direction of travel, 0 or
// less. The heading is trusted as far as it is longer than the errors of its ends.
func (c *candidate) agreement(heading vec, spread float64) float64 {
	l := heading.length()
	if l == 0 {
		return 0
	}
	sine := heading.cross(c.direction) / l
	trust := min(1, l/(4*spread))
	return -certainty * trust * trust * sine * sine
}

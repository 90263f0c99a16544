package beat

import (
	"math"
	"time"
)

// Match lays a track along the streets: a hidden Markov model whose states are
// the places on streets near each stop (Newson and Krumm, Hidden Markov Map
// Matching Through Noise and Sparseness, 2009). A stop's likelihood falls with
// its distance from the street and with the angle between street and travel, a
// step's with the difference between the way along the streets and the straight
// line; Viterbi's algorithm finds the likeliest sequence. Days are calendar
// days of the zone.
//
// Where no way leads on, one stop is left out; where that does not help, what
// was walked breaks off and begins anew.
func (n *Network) Match(t *Track, zone *time.Location) (Walked, Counts) {
	m := matcher{n: n, router: newRouter(n), zone: zone, counts: t.Counts()}
	for _, leg := range t.legs {
		for i := 0; i < len(leg); {
			i = m.chain(leg, i)
		}
	}
	m.counts.Used = m.counts.Given
	for _, k := range m.counts.Dropped {
		m.counts.Used -= k
	}
	return Union(m.walked), m.counts
}

type matcher struct {
	n      *Network
	router *router
	zone   *time.Location
	counts Counts
	walked Walked
	pieces []piece
	pool   [][]candidate // layers to use again
}

// layer is a stop of a chain with its candidates.
type layer struct {
	stop  *stop
	cands []candidate
}

// chain matches stops from leg[begin] as far as they hang together and says
// where the next chain begins.
func (m *matcher) chain(leg []stop, begin int) (next int) {
	first := m.candidates(leg, begin, 0)
	if len(first) == 0 {
		m.counts.Dropped[OffStreet] += leg[begin].fixes
		return begin + 1
	}
	for k := range first {
		first[k].score = first[k].fit
	}
	layers := []layer{{&leg[begin], first}}
	skipped, why := -1, OffStreet
	next = len(leg)
	for i := begin + 1; i < len(leg); i++ {
		last := &layers[len(layers)-1]
		reached, reason := false, OffStreet
		if seconds(leg[i].first-last.stop.last) <= m.n.rules.LongestGapS {
			cands := m.candidates(leg, i, len(layers))
			if len(cands) > 0 {
				reason = NoWay
				reached = m.step(last, &leg[i], cands)
			}
			if reached {
				if skipped >= 0 {
					m.counts.Dropped[why] += leg[skipped].fixes
					skipped = -1
				}
				layers = append(layers, layer{&leg[i], cands})
				continue
			}
		}
		if skipped >= 0 {
			break
		}
		skipped, why = i, reason
	}
	if skipped >= 0 {
		next = skipped
		m.counts.Breaks.Street++
	}
	m.finish(layers)
	return next
}

// candidates are those of a stop, in memory that is kept for the layer.
func (m *matcher) candidates(leg []stop, i, layer int) []candidate {
	for len(m.pool) <= layer {
		m.pool = append(m.pool, make([]candidate, 0, 2*mostCandidates))
	}
	before, after := m.n.flat.of(leg[max(0, i-1)].at), m.n.flat.of(leg[min(len(leg)-1, i+1)].at)
	m.pool[layer] = m.n.candidates(&leg[i], after.minus(before), m.pool[layer][:0])
	return m.pool[layer]
}

const (
	// detour is how much longer than the straight line a way may be.
	detour = 2.0
	// leeway in metres is what it may be longer besides: a crossing's width.
	leeway = 20.0
	// bend in metres is the difference between way and line that makes a step
	// e times less likely, besides the stops' own errors (β of Newson and Krumm).
	bend = 2.0
)

// limit is how long the way from a stop to the next may be in metres, beside
// how far its ends are off the street: nobody walks around three blocks between
// two fixes, nor faster than the rules allow.
func (m *matcher) limit(a, b *stop, straight float64) float64 {
	return min(m.n.rules.TopSpeed*seconds(b.arrive-a.leave), detour*straight) + leeway
}

// step finds the best way to each candidate of the next stop; false when none
// can be reached.
func (m *matcher) step(last *layer, to *stop, cands []candidate) bool {
	straight := m.n.flat.of(last.stop.at).to(m.n.flat.of(to.at))
	limit := m.limit(last.stop, to, straight)
	scale := bend + last.stop.spread() + to.spread()
	furthest := 0.0
	for k := range cands {
		cands[k].score = math.Inf(-1)
		furthest = max(furthest, cands[k].off)
	}
	reached := false
	for i := range last.cands {
		from := &last.cands[i]
		if math.IsInf(from.score, -1) {
			continue
		}
		m.router.begin(from, limit+from.off+furthest)
		for k := range cands {
			c := &cands[k]
			dist, _, ok := m.router.to(c)
			if !ok || dist > limit+from.off+c.off {
				continue
			}
			if score := from.score - math.Abs(dist-straight)/scale + c.fit; score > c.score {
				c.score, c.back = score, int32(i)
				reached = true
			}
		}
	}
	return reached
}

// finish takes the likeliest sequence of a chain and notes what was walked.
func (m *matcher) finish(layers []layer) {
	if len(layers) == 1 {
		m.counts.Dropped[Alone] += layers[0].stop.fixes
		return
	}
	last := layers[len(layers)-1].cands
	best := 0
	for k := range last {
		if last[k].score > last[best].score {
			best = k
		}
	}
	for i := len(layers) - 1; i > 0; i-- {
		c := &layers[i].cands[best]
		from := &layers[i-1].cands[c.back]
		m.walk(&layers[i-1], from, &layers[i], c)
		m.toTheEnd(layers[i].stop, c)
		best = int(c.back)
	}
	m.toTheEnd(layers[0].stop, &layers[0].cands[best])
}

// halfWindow is how far somebody walks in half a window, in metres.
const halfWindow = 7.0

// toTheEnd lets somebody who came within the tolerance of a dead end, and two
// thirds of the way there, have walked it to the end. The stop at the turn is
// a mean of fixes before and after it, so it never lies at the wall itself: it is
// believed to lie before it by half a window's walk or by a fix's error, as it
// is beside a street. Otherwise a lane of forty metres could never be walked.
func (m *matcher) toTheEnd(s *stop, c *candidate) {
	e := &m.n.edges[c.edge]
	near := min(m.n.rules.ToleranceM+max(halfWindow, s.accuracy), (e.to-e.from)/3)
	for _, end := range [2]struct {
		node int32
		at   float64
	}{{e.a, e.from}, {e.b, e.to}} {
		if dead := m.n.first[end.node+1]-m.n.first[end.node] == 1 && e.a != e.b; dead && math.Abs(end.at-c.at) <= near {
			m.walked = m.n.along(m.walked, []piece{{e.street, c.at, end.at}}, s.arrive, s.arrive, m.zone)
		}
	}
}

// walk notes the way between two places, which the step found before.
func (m *matcher) walk(a *layer, from *candidate, b *layer, to *candidate) {
	straight := m.n.flat.of(a.stop.at).to(m.n.flat.of(b.stop.at))
	m.router.begin(from, m.limit(a.stop, b.stop, straight)+from.off+to.off)
	m.pieces = m.router.way(to, m.pieces[:0])
	m.walked = m.n.along(m.walked, m.pieces, a.stop.leave, b.stop.arrive, m.zone)
}

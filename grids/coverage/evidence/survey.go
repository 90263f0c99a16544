package evidence

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// look goes over all visits once for every kind of pattern.
func (r *Rules) look(l *ledger, contradictions []Contradiction) *survey {
	n := len(l.visits)
	s := &survey{ledger: l, has: make([]kinds, n), looks: make([]kinds, n), codes: make([]signs, n), mixUps: map[int]mixUp{}}
	add := func(k Kind, row int32, weight float64) { s.hits[k] = append(s.hits[k], hit{row: row, weight: weight}) }

	found := r.relate(l)
	for _, h := range found.hops {
		add(KindSpeed, h.to, h.kmh)
		s.codes[h.from] |= 1 << CodeSpeed
		s.codes[h.to] |= 1 << CodeSpeed
	}
	for _, b := range found.runs {
		for row := b.first; row <= b.last; row++ {
			add(KindBurst, row, float64(b.units))
			s.codes[row] |= 1 << CodeBurst
		}
	}
	for _, d := range found.shared {
		add(KindSharedDevice, d.row, float64(d.inspectors))
		s.codes[d.row] |= 1 << CodeSharedDevice
	}
	for _, c := range found.copies {
		add(KindPhotoAgain, c.later, 0)
		s.codes[c.later] |= 1 << CodePhotoAgain
	}
	r.contradicted(l, contradictions, func(row int32, after time.Duration, c *Contradiction) {
		s.hits[KindContradicted] = append(s.hits[KindContradicted], hit{row, -after.Seconds(), c.Kind})
	})
	for row, v := range l.visits {
		s.looks[row] = v.looksAt()
		s.codes[row] |= r.signs(&v.Own, int(l.minute[row]))
	}
	for who, p := range l.people {
		r.lookAt(s, who, p, add)
	}
	for k := range s.hits {
		slices.SortFunc(s.hits[k], func(a, b hit) int { return cmp.Compare(a.row, b.row) })
		for _, h := range s.hits[k] {
			s.has[h.row] |= 1 << k
		}
	}
	for row := range s.looks {
		s.looks[row] |= s.has[row] // what was seen could be seen, whatever else a report left out
	}
	return s
}

// lookAt goes over one inspector's visits for what depends on no one else's.
func (r *Rules) lookAt(s *survey, who int, p people, add func(Kind, int32, float64)) {
	l := s.ledger
	r.intervals(l, p, func(row int) { s.looks[row] |= 1 << KindRegular }, func(row int) { add(KindRegular, int32(row), 0) })
	for _, c := range r.copied(l, p) {
		add(KindCopiedPosition, c[0], 0)
	}
	offsets := r.offsets(l, p)
	explained := map[int32]bool{}
	if m, ok := r.mixUp(offsets); ok {
		s.mixUps[who] = m
		for _, o := range m.members {
			explained[o.row] = true
			add(KindCoordinateSystem, o.row, 0)
		}
		rest := offsets[:0:0]
		for _, o := range offsets {
			if !explained[o.row] {
				rest = append(rest, o)
			}
		}
		offsets = rest
	}
	for _, o := range r.sameOffset(l, offsets) {
		add(KindSameOffset, o.row, o.from(0, 0))
	}
	fixed := map[uuid.UUID]bool{} // walks with a fix: the cellar under a compound has none of its own
	for _, v := range l.visits[p.lo:p.hi] {
		if v.Walk != uuid.Nil && v.HasPosition {
			fixed[v.Walk] = true
		}
	}
	for row := p.lo; row < p.hi; row++ {
		for _, k := range ownKinds {
			if s.codes[row]&k.codes == 0 || (k.kind == KindFar && explained[int32(row)]) || (k.kind == KindNoPosition && fixed[l.visits[row].Walk]) {
				continue
			}
			weight := 0.0
			if k.kind == KindFar {
				weight = float64(l.visits[row].Own.ExcessM)
			}
			add(k.kind, int32(row), weight)
		}
	}
}

// tally is what a supervisor could count of an inspector, by kinds.
type tally struct {
	days int
	of   [kindCount]count
}

// count has the hits and looks, on how many days there were any, and the sum
// over the days of their shares.
type count struct {
	hits, looks       int
	hitDays, lookDays int
	shares            float64
}

func (t *tally) add(o *tally, sign int) {
	for k := range t.of {
		a, b := &t.of[k], &o.of[k]
		a.hits += sign * b.hits
		a.looks += sign * b.looks
		a.lookDays += sign * b.lookDays
		a.shares += float64(sign) * b.shares
	}
}

// days calls fn for each of an inspector's days with its rows, [first, end).
func (l *ledger) days(p people, fn func(first, end int)) {
	for first := p.lo; first < p.hi; {
		end := first + 1
		for end < p.hi && l.day[end] == l.day[first] {
			end++
		}
		fn(first, end)
		first = end
	}
}

// tally counts an inspector's visits.
func (s *survey) tally(p people) (t tally) {
	s.ledger.days(p, func(first, end int) {
		var hits, looks [kindCount]int
		for row := first; row < end; row++ {
			for k := range kindCount {
				looks[k] += int(s.looks[row] >> k & 1)
				hits[k] += int(s.has[row] >> k & 1)
			}
		}
		t.days++
		for k := range kindCount {
			c := &t.of[k]
			c.hits += hits[k]
			c.looks += looks[k]
			if hits[k] > 0 {
				c.hitDays++
			}
			if looks[k] > 0 {
				c.lookDays++
				c.shares += float64(hits[k]) / float64(looks[k])
			}
		}
	})
	return t
}

// shares are the hits among the looks of each of an inspector's days, where
// there was anything to look at.
func (s *survey) shares(p people, k Kind) (out []float64) {
	s.ledger.days(p, func(first, end int) {
		hits, looks := 0, 0
		for row := first; row < end; row++ {
			looks += int(s.looks[row] >> k & 1)
			hits += int(s.has[row] >> k & 1)
		}
		if looks > 0 {
			out = append(out, float64(hits)/float64(looks))
		}
	})
	return out
}

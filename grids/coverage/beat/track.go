package beat

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"gridward/geo"
)

// Track is a walk as it can be believed: legs of stops, each leg without a
// break in time or a ride. It is the same whatever the order of the fixes and
// however often one was sent.
type Track struct {
	rules  Rules
	legs   [][]stop
	counts Counts
}

// stop is where somebody was for a while: the mean of some fixes.
type stop struct {
	at            orb.Point
	accuracy      float64 // the mean of the fixes'
	fixes         int
	first, last   int64 // instants of the first and the last fix, Unix nanoseconds
	arrive, leave int64 // from when to when the mean is the place: a moment for somebody who moves
}

// spread is the standard deviation of a stop's place along either axis. 68 % of
// a round normal distribution lie within 1.515 of them. Errors of successive
// fixes are akin, so a mean of many is not believed beyond half the error of
// one; and a metre and a half is what the map itself is worth.
func (s *stop) spread() float64 {
	one := s.accuracy / 1.515
	return max(1.5, one/2, one/math.Sqrt(float64(s.fixes)))
}

// NewTrack reads a walk. The fixes may be one device's of a day, in any order;
// they are not changed.
func NewTrack(fixes []Fix, rules Rules) (*Track, error) {
	if err := rules.Check(); err != nil {
		return nil, fmt.Errorf("rules of patrols: %w", err)
	}
	t := &Track{rules: rules, counts: Counts{Given: len(fixes)}}
	clean := t.withoutJumps(t.clean(fixes))
	if len(clean) == 0 {
		return t, nil
	}
	flat := planeAt(clean[0].point())
	for _, leg := range t.split(flat, t.means(flat, clean)) {
		t.legs = append(t.legs, settle(flat, leg))
	}
	return t, nil
}

// Counts say what became of the fixes so far: Used are those that are neither
// broken nor ridden.
func (t *Track) Counts() Counts {
	c := t.counts
	c.Used = c.Given
	for _, n := range c.Dropped {
		c.Used -= n
	}
	return c
}

// clean are the fixes that can be used, in order of time, one for each instant.
func (t *Track) clean(fixes []Fix) []Fix {
	out := make([]Fix, 0, len(fixes))
	for _, f := range fixes {
		if _, err := geo.SnapChecked(f.point()); err != nil || f.At.Unix() <= 0 || f.At.Unix() >= latest || !(f.AccuracyM >= 0) {
			t.counts.Dropped[Invalid]++
			continue
		}
		if f.AccuracyM == 0 {
			f.AccuracyM = t.rules.UsualAccuracyM
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Fix) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.AccuracyM, b.AccuracyM), cmp.Compare(a.Lon, b.Lon), cmp.Compare(a.Lat, b.Lat))
	})
	kept := out[:0]
	for i, f := range out {
		switch {
		case i > 0 && f.At.Equal(out[i-1].At):
			t.counts.Dropped[Repeated]++
		case f.AccuracyM > t.rules.WorstAccuracyM:
			t.counts.Dropped[Inaccurate]++
		default:
			kept = append(kept, f)
		}
	}
	return kept
}

// withoutJumps drops each fix that nobody can have gone to and come back from
// in time: a reflection off a building's front.
func (t *Track) withoutJumps(fixes []Fix) []Fix {
	if len(fixes) < 3 {
		return fixes
	}
	flat := planeAt(fixes[0].point())
	far := func(a, b *Fix) bool {
		reach := t.rules.TopSpeed*b.At.Sub(a.At).Seconds() + 2*math.Hypot(a.AccuracyM, b.AccuracyM)
		return flat.of(a.point()).to(flat.of(b.point())) > reach
	}
	out := append(make([]Fix, 0, len(fixes)), fixes[0])
	for i := 1; i+1 < len(fixes); i++ {
		before, f, after := &out[len(out)-1], &fixes[i], &fixes[i+1]
		if far(before, f) && far(f, after) && !far(before, after) {
			t.counts.Dropped[Jump]++
			continue
		}
		out = append(out, *f)
	}
	return append(out, fixes[len(fixes)-1])
}

// window is how long fixes are taken together. Ten seconds are 14 m at a
// walk: the mean of five fixes is more than twice as good as one, and a corner
// is cut by 3.5 m at most. Windows begin at whole multiples, so two uploads of one
// walk take the same fixes together.
const window = int64(10 * time.Second)

// means takes the fixes of each window together, weighted by how good they are.
func (t *Track) means(flat plane, fixes []Fix) []stop {
	var out []stop
	for i := 0; i < len(fixes); {
		s := stop{first: fixes[i].At.UnixNano()}
		var x, y, weight, when float64
		for bin := s.first / window; i < len(fixes); i++ {
			f := &fixes[i]
			at := f.At.UnixNano()
			if at/window != bin {
				break
			}
			w := 1 / (f.AccuracyM * f.AccuracyM)
			v := flat.of(f.point())
			x, y, when, weight = x+w*v.x, y+w*v.y, when+w*float64(at-s.first), weight+w
			s.accuracy += f.AccuracyM
			s.fixes++
			s.last = at
		}
		s.at = flat.point(vec{x / weight, y / weight})
		s.accuracy /= float64(s.fixes)
		s.arrive = s.first + int64(when/weight)
		s.leave = s.arrive
		out = append(out, s)
	}
	return out
}

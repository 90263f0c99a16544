package forecast

import (
	"cmp"
	"math"
	"slices"

	"github.com/google/uuid"
)

// Traits are what can be told of an open obligation's place on a day.
type Traits struct {
	Missed    int  // periods missed in a row until now; 0: the last was met; negative: not known
	Attempted bool // a visit of this period did not get in
	SinceDays int  // days since the last visit that was done; negative when there was none
}

// Open is an obligation that is open now.
type Open struct {
	Place uuid.UUID
	Unit  string
	Traits
}

// Before is an obligation of a past period that was open at the same moment of
// it, with its traits of that day, and what became of it.
type Before struct {
	Unit string
	Traits
	MissedThen bool // not met by that period's end
}

// Risk is the chance of an open obligation not to be met by the end, and what
// it rests on: how many of its like there were before, and were missed.
type Risk struct {
	Open
	Chance           float64
	Like, LikeMissed int
}

// Rank orders open obligations, the likeliest to be missed first; equal ones by
// the place's id. miss is the chance by the unit alone, [Outlook].Miss; units
// that are not in it go by what they missed before.
//
// Obligations of like traits share one correction of their units' odds: the one
// under which what became of such before is likeliest, drawn towards none. So
// traits that tell nothing change nothing, and none is credited with what is its
// unit's doing. That all units share it is a simplification.
func Rank(open []Open, before []Before, miss map[string]float64) []Risk {
	units := missedBy(before)
	like := map[kind]*group{}
	for i := range before {
		k := before[i].kind()
		if like[k] == nil {
			like[k] = &group{odds: map[float64]int{}}
		}
		like[k].add(units.chance(before[i].Unit), before[i].MissedThen)
	}
	for _, g := range like {
		g.fit()
	}
	out := make([]Risk, len(open))
	for i, o := range open {
		chance, known := miss[o.Unit]
		if !known {
			chance = units.chance(o.Unit)
		}
		out[i] = Risk{Open: o, Chance: chance}
		k := o.kind()
		if k.missed == 2 && like[k] == nil {
			k.missed = 1 // only one period was known before
		}
		if g := like[k]; g != nil && chance > 0 && chance < 1 {
			out[i].Chance, out[i].Like, out[i].LikeMissed = logistic(logit(chance)+g.shift), g.n, g.missed
		}
	}
	slices.SortFunc(out, func(a, b Risk) int {
		return cmp.Or(cmp.Compare(b.Chance, a.Chance), slices.Compare(a.Place[:], b.Place[:]), cmp.Compare(a.Unit, b.Unit))
	})
	return out
}

// kind is a bin of traits.
type kind struct {
	missed    int // -1 to 2, which is 2 or more
	attempted bool
	since     int // 0 up to 30 days, 1 up to 45, 2 longer or never
}

func (t Traits) kind() kind {
	k := kind{min(2, max(-1, t.Missed)), t.Attempted, 0}
	switch {
	case t.SinceDays < 0 || t.SinceDays > 45:
		k.since = 2
	case t.SinceDays > 30:
		k.since = 1
	}
	return k
}

// missed is what became of each unit's open obligations, and of all.
type missed struct {
	of  map[string]tally
	all tally
}

func missedBy(before []Before) missed {
	m := missed{of: map[string]tally{}}
	for i := range before {
		t := m.of[before[i].Unit]
		if before[i].MissedThen {
			t.missed++
			m.all.missed++
		} else {
			t.met++
			m.all.met++
		}
		m.of[before[i].Unit] = t
	}
	return m
}

// chance is the share that a unit missed, had it ten obligations more that went
// as everybody's did; and everybody two more, one of them missed.
func (m *missed) chance(unit string) float64 {
	all := (m.all.missed + 1) / (m.all.met + m.all.missed + 2)
	t := m.of[unit]
	return (t.missed + 10*all) / (t.met + t.missed + 10)
}

// group is what became of obligations of like traits.
type group struct {
	n, missed int
	odds      map[float64]int // the logarithm of their units' odds, and how many have it
	shift     float64         // to be added to it
}

func (g *group) add(chance float64, missed bool) {
	g.n++
	g.odds[logit(chance)]++
	if missed {
		g.missed++
	}
}

// shiftSpread is how far apart shifts are taken to be before anything is known: one
// in three kinds of place has odds of more than twice or less than half.
const shiftSpread = 0.7

// fit finds the likeliest shift by bisection, since the slope of the logarithm of
// the likelihood falls all the way.
func (g *group) fit() {
	odds := make([]float64, 0, len(g.odds))
	for o := range g.odds {
		odds = append(odds, o)
	}
	slices.Sort(odds)
	low, high := -8.0, 8.0
	for range 40 {
		mid := (low + high) / 2
		slope := float64(g.missed) - mid/(shiftSpread*shiftSpread)
		for _, o := range odds {
			slope -= float64(g.odds[o]) * logistic(o+mid)
		}
		if slope > 0 {
			low = mid
		} else {
			high = mid
		}
	}
	g.shift = (low + high) / 2
}

func logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

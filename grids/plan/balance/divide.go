package balance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
)

// Options say what to divide into, and how hard to look.
type Options struct {
	Grids      int     // over all zones, at least one each
	MaxMinutes float64 // or: as many as it takes for no grid to have more work a month
	// If neither is given, each zone keeps its number of grids.

	Weights Weights
	Seed    uint64
	// Seconds is how long the search shall take on two cores, about: it is turned
	// into a number of tries, so that the answer does not depend on the clock.
	// 0 means 5.
	Seconds float64
	// Progress hears how much is done, from 0 to 1, one call at a time.
	Progress func(done float64)
}

// The options of a result.
const (
	Balanced = "balanced" // the work as even as it can be made
	Middle   = "middle"   // as the weights say
	Stable   = "stable"   // few places change hands
)

// Result is three choices between even work and few moved places: from Balanced
// to Stable the deviation never falls and the places moved never rise.
type Result struct {
	Options   []Option
	Notes     []string
	Cancelled bool // before the search was over: the options are whole, but might have been better
}

// Option is a division of all zones.
type Option struct {
	Name string
	Figures
	Zones []Division // in the order of the zones
}

// triesPerSecond is how many moves two cores weigh in a second, on a slow machine.
const triesPerSecond = 15e6

// mostTries bounds the tries an atom in each of a zone's searches: more find
// nothing better.
const mostTries = 3000

// search is one way to look for a division.
type search struct {
	stable float64 // factor of the weight
	load   float64
	fresh  bool // begins with a power diagram, not with the present grids
	heat   heat
}

var searches = []search{
	{stable: 0.05, load: 2, fresh: true, heat: heat{0.12, 0.002}},
	{stable: 0.2, load: 2, heat: heat{0.06, 0.002}},
	{stable: 1, load: 1, heat: heat{0.03, 0.002}},
	{stable: 5, load: 1, heat: heat{0.01, 0.001}},
}

// Divide divides zones into grids. Every grid lies in one zone and is connected
// (in a zone that is itself in parts, by way of the shortest gap).
func Divide(ctx context.Context, zones []*Atoms, o Options) (*Result, error) {
	if len(zones) == 0 {
		return nil, errors.New("there is no community to divide")
	}
	for _, x := range []float64{o.MaxMinutes, o.Seconds, o.Weights.Load, o.Weights.Compact, o.Weights.Stable, o.Weights.Streets} {
		if !(x >= 0) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%v is no weight, bound or time", x)
		}
	}
	if o.Grids < 0 || (o.Grids > 0 && o.MaxMinutes > 0) {
		return nil, errors.New("give a number of grids or a bound for their work, one of the two")
	}
	d := &division{zones: zones, o: o, graphs: make([]*graph, len(zones)), found: make([][]candidate, len(zones))}
	if d.o.Seconds == 0 {
		d.o.Seconds = 5
	}
	atoms := 0
	parallel(len(zones), func(z int) { d.graphs[z] = newGraph(zones[z]) })
	for _, g := range d.graphs {
		atoms += g.n
	}
	d.size()
	d.tries = min(mostTries, d.o.Seconds*triesPerSecond/float64(atoms)/float64(len(searches)))
	d.meter = newMeter(o.Progress, float64(atoms)*d.tries*float64(len(searches)))
	d.run(ctx)
	r := &Result{Notes: d.notes, Cancelled: ctx.Err() != nil}
	for n, name := range []string{Balanced, Middle, Stable} {
		r.Options = append(r.Options, d.option(name, n))
	}
	d.meter.finish()
	return r, nil
}

// division is the work of [Divide].
type division struct {
	zones  []*Atoms
	graphs []*graph
	o      Options
	k      []int
	tries  float64 // an atom in each search
	meter  *meter
	found  [][]candidate // by zone: balanced, middle, stable
	notes  []string
}

// size says how many grids each zone gets.
func (d *division) size() {
	d.k = make([]int, len(d.zones))
	switch {
	case d.o.Grids > 0:
		if d.o.Grids < len(d.zones) {
			d.notes = append(d.notes, fmt.Sprintf("%d grids for %d communities: each has one", d.o.Grids, len(d.zones)))
		}
		d.k = apportion(d.graphs, d.o.Grids)
		sum := 0
		for _, k := range d.k {
			sum += k
		}
		if sum < d.o.Grids {
			d.notes = append(d.notes, fmt.Sprintf("only %d grids, since a grid needs an atom with work in it", sum))
		}
	case d.o.MaxMinutes > 0:
		for z, g := range d.graphs {
			work := 0.0
			for _, m := range g.minutes {
				work += m
			}
			d.k[z] = max(1, min(g.loaded(), int(math.Ceil(work/d.o.MaxMinutes))))
		}
	default:
		for z, g := range d.graphs {
			d.k[z] = max(1, min(g.grids, g.loaded()))
		}
	}
}

// run searches in all zones. The order of work does not show in the answer, since
// each search has its own source of chance and its own place for what it found.
func (d *division) run(ctx context.Context) {
	order := make([]int, len(d.zones)) // large zones first, so that none is left over at the end
	for z := range order {
		order[z] = z
		d.found[z] = make([]candidate, len(searches))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(d.graphs[b].n, d.graphs[a].n) })
	if d.o.MaxMinutes > 0 {
		parallel(len(order), func(n int) { d.raise(ctx, order[n]) })
	}
	parallel(len(order)*len(searches), func(n int) {
		z, way := order[n/len(searches)], n%len(searches)
		d.found[z][way] = d.search(ctx, z, way)
	})
	for z := range d.found {
		d.found[z] = front(d.found[z])
	}
}

// raise gives a zone a grid more, up to three times, while one has more work than
// the bound and more than one atom.
func (d *division) raise(ctx context.Context, z int) {
	g := d.graphs[z]
	for range 3 {
		c := d.search(ctx, z, 0)
		s := newState(g, d.k[z], c.of, c.ref, Weights{})
		over := false
		for a, w := range s.work {
			over = over || (w > d.o.MaxMinutes && s.size[a] > 1)
		}
		if !over || d.k[z] >= g.loaded() || ctx.Err() != nil {
			return
		}
		d.k[z]++
	}
}

// candidate is a division of one zone with what the choice is made by.
type candidate struct {
	of, ref   []int32
	deviation float64
	moved     float64
}

// target is the deviation up to which the most even search is done anew with
// more weight on the work, where no atom forces more.
const target = 0.05

// search divides a zone in one way; the first way is the one that must be even.
func (d *division) search(ctx context.Context, z, way int) candidate {
	g, how, k := d.graphs[z], searches[way], d.k[z]
	best := d.attempt(ctx, z, way, how)
	for again := 1; way == 0 && again <= 3 && best.deviation > max(target, g.bound(k)+1e-6) && ctx.Err() == nil; again++ {
		how.load *= 4
		how.heat.from *= 2
		if c := d.attempt(ctx, z, way+again*len(searches), how); c.deviation < best.deviation {
			best = c
		}
	}
	return best
}

// attempt is one search, with a source of chance of its own.
func (d *division) attempt(ctx context.Context, z, number int, how search) candidate {
	g, k := d.graphs[z], d.k[z]
	var of, ref []int32
	begun := false
	if !how.fresh {
		of, ref, begun = g.continued(k)
	}
	if !begun {
		of = g.diagram(k)
		ref = g.match(of, k)
	}
	w := d.o.Weights
	w.Stable *= how.stable
	w.Load *= how.load
	s := newState(g, k, of, ref, w)
	name := fnv.New64a()
	name.Write([]byte(d.zones[z].Zone.Code))
	r := rand.New(rand.NewPCG(d.o.Seed, name.Sum64()+uint64(number)))
	tries := int(d.tries * float64(g.n))
	s.anneal(ctx, r, tries*9/10, how.heat, d.meter.add)
	s.anneal(ctx, r, tries-tries*9/10, heat{}, d.meter.add)
	s.ref = g.match(s.of, k)
	s.sum()
	return candidate{s.of, s.ref, s.deviation(), s.moved()}
}

// front picks from a zone's candidates the three of the result: the most even,
// the one in which the fewest places move, and one between.
func front(found []candidate) []candidate {
	byDeviation := func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.deviation, b.deviation), cmp.Compare(a.moved, b.moved))
	}
	even := slices.MinFunc(found, byDeviation)
	calm := slices.MinFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.moved, b.moved), cmp.Compare(a.deviation, b.deviation))
	})
	middle := even
	for _, c := range found {
		if c.deviation > even.deviation && c.moved < even.moved && c.deviation < calm.deviation && c.moved > calm.moved {
			middle = c
			break
		}
	}
	return []candidate{even, middle, calm}
}

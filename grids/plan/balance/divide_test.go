package balance_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/planar"
	"gridward/grids/plan/balance"
)

// TestDivide divides random communities and holds the result to everything that
// is promised; then it applies every result to a map of the present grids.
func TestDivide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		kind := rapid.SampledFrom([]balance.Kind{balance.Blocks, balance.H3r10, balance.H3r10, balance.H3r11}).Draw(t, "kind")
		zones := communities(t, r, 2+r.IntN(4))
		if r.IntN(2) == 0 {
			for _, z := range zones {
				compounds(r, z)
			}
		}
		o := balance.Options{Seed: r.Uint64(), Seconds: 0.02, Weights: balance.Weights{Load: 1, Compact: r.Float64(), Stable: r.Float64(), Streets: r.Float64()}}
		switch r.IntN(4) {
		case 0:
			o.MaxMinutes = 100 + r.Float64()*400
		case 1:
		default:
			o.Grids = 1 + r.IntN(30)
		}
		var atoms []*balance.Atoms
		for _, z := range zones {
			a, err := balance.Cut(context.Background(), z, kind)
			if err != nil {
				t.Fatal(err)
			}
			atoms = append(atoms, a)
		}
		res, err := balance.Divide(context.Background(), atoms, o)
		if err != nil {
			t.Fatal(err)
		}
		names := []string{balance.Balanced, balance.Middle, balance.Stable}
		for n, opt := range res.Options {
			if opt.Name != names[n] {
				t.Fatalf("option %d is %q", n, opt.Name)
			}
			if o.Grids > 0 && opt.Grids != max(len(zones), o.Grids) && (opt.Grids > max(len(zones), o.Grids) || len(res.Notes) == 0) {
				t.Fatalf("%d grids, wanted %d", opt.Grids, o.Grids)
			}
			if opt.Deviation < opt.Bound-1e-9 {
				t.Fatalf("the deviation is %f, below its bound %f", opt.Deviation, opt.Bound)
			}
			if n > 0 && (opt.Deviation < res.Options[n-1].Deviation-1e-9 || opt.Moved > res.Options[n-1].Moved) {
				t.Fatalf("%s is no choice: deviation %f after %f, moved %d after %d", opt.Name, opt.Deviation, res.Options[n-1].Deviation, opt.Moved, res.Options[n-1].Moved)
			}
			for k := range zones {
				sound(t, atoms[k], opt.Zones[k])
			}
			applies(t, zones, atoms, opt)
		}
	})
}

// sound checks a division of a zone by brute force.
func sound(t fatal, a *balance.Atoms, v balance.Division) {
	seen := make([]int, len(a.Atoms))
	refs := map[string]bool{}
	total, minutes := 0.0, 0.0
	for i := range a.Atoms {
		total += a.Atoms[i].Minutes
	}
	worst := 0.0
	for g, grid := range v.Grids {
		if len(grid.Atoms) == 0 {
			t.Fatalf("grid %d of %s has no atom", g, v.Zone)
		}
		if onePart(a.Zone.Outline) && !connected(a, grid.Atoms) {
			t.Fatalf("grid %d of %s is in parts", g, v.Zone)
		}
		for _, i := range grid.Atoms {
			seen[i]++
			if v.Of[i] != g {
				t.Fatalf("atom %d is said to be in %d and listed in %d", i, v.Of[i], g)
			}
		}
		if grid.Ref != "" && refs[grid.Ref] {
			t.Fatalf("%s is continued twice", grid.Ref)
		}
		refs[grid.Ref] = true
		minutes += grid.Minutes
		if total > 0 {
			worst = math.Max(worst, math.Abs(grid.Minutes*float64(len(v.Grids))/total-1))
		}
	}
	for i, n := range seen {
		if n != 1 {
			t.Fatalf("atom %d is in %d grids", i, n)
		}
	}
	if math.Abs(minutes-total) > 1e-6*total+1e-6 || math.Abs(worst-v.Deviation) > 1e-6 {
		t.Fatalf("%f minutes of %f; deviation %f, said to be %f", minutes, total, worst, v.Deviation)
	}
}

// applies allots a division's shares on a map of the present grids: none is
// refused, each face is what was promised.
func applies(t fatal, zones []*balance.Zone, atoms []*balance.Atoms, o balance.Option) {
	var faces []planar.Input
	face := map[string]planar.Face{}
	for k, z := range zones {
		for _, g := range z.Grids {
			face[g.Ref] = planar.Face(len(faces))
			faces = append(faces, planar.Input{Zone: planar.Zone(k), Outline: g.Outline})
		}
	}
	m, err := planar.New(faces)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for k, z := range zones {
		v := o.Zones[k]
		shares, err := atoms[k].Shares(v)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if shares == nil {
			for g := range v.Grids {
				if v.Grids[g].Ref == "" {
					t.Fatalf("%s has a new grid and no share", z.Code)
				}
			}
			continue
		}
		var out []planar.Share
		for _, s := range shares {
			to := planar.Outside
			if s.Ref != "" {
				to = face[s.Ref]
			}
			if onePart(z.Outline) && (s.Parts != 1 || !onePart(s.Region)) {
				t.Fatalf("a share of %s is in parts: %v", z.Code, s.Region)
			}
			out = append(out, planar.Share{To: to, Region: s.Region})
		}
		if _, err := m.Allot(planar.Zone(k), out, nil, !onePart(z.Outline)); err != nil && !errors.Is(err, planar.ErrNothing) {
			t.Fatalf("%s: %v", z.Code, err)
		}
		var have []planar.Face
		for _, f := range m.Faces() {
			if of, _ := m.ZoneOf(f); of == planar.Zone(k) {
				have = append(have, f)
			}
		}
		if len(have) != len(v.Grids) {
			t.Fatalf("%s has %d grids, want %d", z.Code, len(have), len(v.Grids))
		}
		for g, s := range shares {
			f := have[slices.IndexFunc(have, func(f planar.Face) bool {
				return m.DoubleArea(f) == s.Region.DoubleArea() && geo.Tiles(s.Region, []geo.Outline{m.Outline(f)}) == nil
			})]
			if s.Ref != "" && f != face[s.Ref] {
				t.Fatalf("the share of %s went to face %d", s.Ref, f)
			}
			if p := m.Perimeter(f); math.Abs(p-v.Grids[g].PerimeterM) > 0.01*p+2 {
				t.Fatalf("grid %d of %s: the border has %f m, said to be %f", g, z.Code, p, v.Grids[g].PerimeterM)
			}
		}
		for n, c := range z.Whole {
			var regions []geo.Outline
			for _, s := range shares {
				regions = append(regions, s.Region)
			}
			wholeIn(t, n, c, z.Outline, regions)
		}
	}
}

// square is a town of one zone, 1.2 km wide, as even as can be.
func square() *balance.Zone {
	z := &balance.Zone{Code: "a", Outline: geo.Outline{{origin, {X: origin.X + 6*step, Y: origin.Y}, {X: origin.X + 6*step, Y: origin.Y + 6*step}, {X: origin.X, Y: origin.Y + 6*step}}}}
	for x := range int32(30) {
		for y := range int32(30) {
			z.Places = append(z.Places, balance.Place{At: geo.Point{X: origin.X + x*step/5 + 1000, Y: origin.Y + y*step/5 + 1000}, Minutes: 5, Grid: -1})
		}
	}
	return z
}

func cut(t testing.TB, z *balance.Zone, kind balance.Kind) *balance.Atoms {
	t.Helper()
	a, err := balance.Cut(context.Background(), z, kind)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func divide(t testing.TB, o balance.Options, atoms ...*balance.Atoms) *balance.Result {
	t.Helper()
	r, err := balance.Divide(context.Background(), atoms, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var even = balance.Weights{Load: 1, Compact: 1, Stable: 1, Streets: 0.2}

// TestSameAnswer divides twice with one seed, on one core and on all.
func TestSameAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var atoms []*balance.Atoms
	for _, z := range communities(t, r, 4) {
		atoms = append(atoms, cut(t, z, balance.H3r11))
	}
	o := balance.Options{Grids: 16, Weights: even, Seed: 7, Seconds: 0.2}
	one := divide(t, o, atoms...)
	cores := runtime.GOMAXPROCS(1)
	two := divide(t, o, atoms...)
	runtime.GOMAXPROCS(cores)
	if !reflect.DeepEqual(one, two) {
		t.Error("the same seed gave another answer")
	}
	o.Seed = 8
	if reflect.DeepEqual(one, divide(t, o, atoms...)) {
		t.Error("another seed gave the same answer")
	}
}

// TestCancel stops a search: it ends at once with a whole division.
func TestCancel(t *testing.T) {
	t.Parallel()
	a := cut(t, square(), balance.H3r11)
	for _, wait := range []time.Duration{0, 30 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		began := time.Now()
		r, err := balance.Divide(ctx, []*balance.Atoms{a}, balance.Options{Grids: 12, Weights: even, Seconds: 600})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("cancelled after %v, it came back after %v", wait, d)
		}
		if !r.Cancelled {
			t.Error("it does not say that it was cancelled")
		}
		for _, o := range r.Options {
			sound(t, a, o.Zones[0])
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := balance.Cut(ctx, square(), balance.H3r11); !errors.Is(err, context.Canceled) {
		t.Errorf("cutting cancelled: %v", err)
	}
}

// TestProgress hears of the work from 0 to 1, in order.
func TestProgress(t *testing.T) {
	t.Parallel()
	var heard []float64
	divide(t, balance.Options{Grids: 8, Weights: even, Seconds: 0.3, Progress: func(d float64) { heard = append(heard, d) }}, cut(t, square(), balance.H3r11))
	if len(heard) < 20 || !slices.IsSorted(heard) || heard[len(heard)-1] != 1 {
		t.Errorf("heard %v", heard)
	}
}

// TestStable gives stability more and more weight: fewer and fewer places move.
func TestStable(t *testing.T) {
	t.Parallel()
	z := square()
	present(t, z, []geo.Point{{X: origin.X + step, Y: origin.Y - step}, {X: origin.X + step*3/2, Y: origin.Y + 7*step}}, []geo.Point{{X: origin.X - step, Y: origin.Y + 3*step}, {X: origin.X + 7*step, Y: origin.Y + 3*step}})
	a := cut(t, z, balance.H3r11)
	last := math.MaxInt
	for _, w := range []float64{0, 2, 1000} {
		o := divide(t, balance.Options{Grids: 4, Weights: balance.Weights{Load: 1, Compact: 0.5, Stable: w}, Seconds: 0.5}, a).Options[2]
		t.Logf("weight %g: %d of %d places move, deviation %.3f", w, o.Moved, o.Held, o.Deviation)
		if o.Moved > last {
			t.Errorf("with the weight %g %d places move, with less %d", w, o.Moved, last)
		}
		last = o.Moved
		if w == 1000 {
			if o.Moved != 0 {
				t.Errorf("%d places move though stability is all", o.Moved)
			}
		}
	}
}

// present draws a zone's present grids with lines.
func present(t testing.TB, z *balance.Zone, lines ...[]geo.Point) {
	t.Helper()
	m, err := planar.New([]planar.Input{{Outline: z.Outline}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if _, err := m.Split(l, nil); err != nil {
			t.Fatal(err)
		}
	}
	z.Grids = nil
	at := map[planar.Face]int{}
	for k, f := range m.Faces() {
		at[f] = k
		z.Grids = append(z.Grids, balance.Grid{Ref: string(rune('A' + k)), Outline: m.Outline(f)})
	}
	for i := range z.Places {
		z.Places[i].Grid = at[m.FaceAt(z.Places[i].At)]
	}
}

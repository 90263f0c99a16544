package balance_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gridward/geo"
	"gridward/grids/plan/balance"
)

// box is a rectangle in steps of the mesh, east and north of the origin.
func box(x0, y0, x1, y1 float64) []geo.Point {
	at := func(x, y float64) geo.Point {
		return geo.Point{X: origin.X + int32(x*step), Y: origin.Y + int32(y*step)}
	}
	return []geo.Point{at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)}
}

func reversed(ring []geo.Point) []geo.Point {
	out := slices.Clone(ring)
	slices.Reverse(out)
	return out
}

// TestSplitterCases is where the best known splitter of survey areas fails, as its
// users reported it, and what else a planner may bring.
func TestSplitterCases(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4)) // begun anew for each case
	scatter := func(z *balance.Zone, n int, ring []geo.Point, minutes float64) {
		b := geo.Outline{ring}.Box()
		for range n {
			z.Places = append(z.Places, balance.Place{At: geo.Point{X: b.Min.X + r.Int32N(b.Max.X-b.Min.X), Y: b.Min.Y + r.Int32N(b.Max.Y-b.Min.Y)}, Minutes: minutes, Grid: -1})
		}
	}
	lines := func(z *balance.Zone) { // streets all over, but for the west
		for i := range 6 {
			y := 0.5 + float64(i)
			p := box(2, y, 6, y)
			z.Streets = append(z.Streets, p[:2])
			p = box(2+float64(i)*0.7, 0, 2+float64(i)*0.7, 6)
			z.Streets = append(z.Streets, []geo.Point{p[0], p[2]})
		}
	}
	for name, c := range map[string]struct {
		kind  balance.Kind
		zone  func() *balance.Zone
		grids int
		want  int     // grids
		most  float64 // deviation
		note  bool
	}{
		"5 buildings in some and 150 in others": {balance.H3r11, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			scatter(z, 600, box(0, 0, 2, 2), 6)
			scatter(z, 60, box(2, 0, 6, 6), 6)
			return z
		}, 8, 8, 0.05, false},
		"tasks without buildings": {balance.H3r11, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			scatter(z, 3, box(0, 0, 3, 3), 10)
			return z
		}, 20, 3, 1, true},
		"tasks outside the area": {balance.H3r10, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			scatter(z, 100, box(-3, -3, 9, 9), 5) // half of them lie beyond the border and count all the same
			return z
		}, 3, 3, 0.5, false},
		"no dividing lines": {balance.Blocks, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			scatter(z, 300, box(0, 0, 6, 6), 6)
			return z
		}, 4, 4, 0.15, true},
		"lines only on one side": {balance.Blocks, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			scatter(z, 600, box(2, 0, 6, 6), 6)
			lines(z)
			return z
		}, 4, 4, 0.2, false},
		"a street that is the border": {balance.Blocks, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			b := box(0, 0, 6, 6)
			z.Streets = append(z.Streets, append(slices.Clone(b), b[0]))
			scatter(z, 300, b, 6)
			lines(z)
			return z
		}, 4, 4, 0.5, false}, // the west is one block
		"the same street twice, a step beside itself": {balance.Blocks, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			scatter(z, 300, box(0, 0, 6, 6), 6)
			lines(z)
			for _, s := range slices.Clone(z.Streets) {
				z.Streets = append(z.Streets, []geo.Point{{X: s[0].X + 1, Y: s[0].Y + 1}, {X: s[1].X + 1, Y: s[1].Y}})
			}
			return z
		}, 4, 4, 0.5, false},
		"no place and no street": {balance.H3r11, func() *balance.Zone {
			return &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
		}, 6, 6, 0, false},
		"smaller than a cell": {balance.H3r9, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 0.3, 0.3)}}
			scatter(z, 10, box(0, 0, 0.3, 0.3), 6)
			return z
		}, 4, 1, 0, true},
		"everything in one building": {balance.H3r11, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			scatter(z, 200, box(1, 1, 1.001, 1.001), 6)
			return z
		}, 5, 1, 0, true},
		"a hole": {balance.H3r11, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6), reversed(box(1, 1, 5, 5))}}
			scatter(z, 900, box(0, 0, 6, 6), 6)
			return z
		}, 6, 6, 0.2, false},
		"an islet": {balance.H3r11, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 4, 4), box(5, 5, 5.5, 5.5)}}
			scatter(z, 300, box(0, 0, 4, 4), 6)
			return z
		}, 4, 4, 0.05, true},
		"two halves that meet in a corner": {balance.H3r11, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 3, 3), box(3, 3, 6, 6)}}
			scatter(z, 300, box(0, 0, 3, 3), 6)
			scatter(z, 300, box(3, 3, 6, 6), 6)
			return z
		}, 4, 4, 0.05, true},
		"compounds all over": {balance.H3r11, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			for x := range 6 {
				for y := range 6 {
					z.Whole = append(z.Whole, geo.Outline{box(float64(x)+0.1, float64(y)+0.1, float64(x)+0.9, float64(y)+0.9)})
				}
			}
			scatter(z, 1800, box(0, 0, 6, 6), 6)
			return z
		}, 4, 4, 0.1, false},
		"one compound in two parts": {balance.H3r11, func() *balance.Zone {
			z := &balance.Zone{Code: "a", Outline: geo.Outline{box(0, 0, 6, 6)}}
			z.Whole = append(z.Whole, geo.Outline{box(1, 1, 2, 2), box(4, 4, 5, 5)})
			scatter(z, 1800, box(0, 0, 6, 6), 6)
			return z
		}, 2, 2, 0.3, false},
	} {
		t.Run(name, func(t *testing.T) {
			r = rand.New(rand.NewPCG(4, 4))
			z := c.zone()
			a := cut(t, z, c.kind)
			res := divide(t, balance.Options{Grids: c.grids, Weights: even, Seed: 1, Seconds: 0.5}, a)
			o := res.Options[0]
			t.Logf("%d atoms into %d grids: deviation %.3f (bound %.3f), Polsby–Popper %.3f; %v %v", len(a.Atoms), o.Grids, o.Deviation, o.Bound, o.Compactness, a.Notes, res.Notes)
			if o.Grids != c.want || o.Deviation > c.most {
				t.Errorf("%d grids with a deviation of %.3f; want %d and at most %.3f", o.Grids, o.Deviation, c.want, c.most)
			}
			if noted := len(a.Notes)+len(res.Notes) > 0; noted != c.note {
				t.Errorf("notes: %v %v", a.Notes, res.Notes)
			}
			for _, o := range res.Options {
				sound(t, a, o.Zones[0])
				places := 0
				for _, g := range o.Zones[0].Grids {
					places += g.Places
					if len(z.Places) > 0 && g.Places == 0 {
						t.Error("a grid has nothing to do")
					}
				}
				if places != len(z.Places) {
					t.Errorf("%d places of %d", places, len(z.Places))
				}
				z.Grids = []balance.Grid{{Ref: "x", Outline: z.Outline}}
				applies(t, []*balance.Zone{z}, []*balance.Atoms{a}, o)
			}
		})
	}
}

// TestBordersRunOutsideBuildings weighs streets and buildings: borders cut fewer.
func TestBordersRunOutsideBuildings(t *testing.T) {
	t.Parallel()
	z := square()
	for i := range 12 {
		for k := range 12 {
			x, y := float64(i)/2+0.1, float64(k)/2+0.1
			z.Footprints = append(z.Footprints, geo.Outline{box(x, y, x+0.25, y+0.25)})
		}
	}
	for i := range 5 {
		at := float64(i) + 1
		p, q := box(0, at, 6, at), box(at, 0, at, 6)
		z.Streets = append(z.Streets, p[:2], []geo.Point{q[0], q[2]})
	}
	for _, kind := range []balance.Kind{balance.H3r11, balance.Blocks} {
		a := cut(t, z, kind)
		w := even
		w.Streets = 0
		blind := divide(t, balance.Options{Grids: 6, Weights: w, Seconds: 0.5}, a).Options[0]
		w.Streets = 3
		seeing := divide(t, balance.Options{Grids: 6, Weights: w, Seconds: 0.5}, a).Options[0]
		t.Logf("%s: %d buildings cut and %.0f m off the streets; with weight %d and %.0f", kind, blind.Cuts, blind.RoughM, seeing.Cuts, seeing.RoughM)
		if kind == balance.Blocks && (seeing.Cuts > 0 || seeing.RoughM > 1) {
			t.Errorf("street blocks: %d buildings cut, %.0f m off the streets", seeing.Cuts, seeing.RoughM)
		}
		if kind == balance.H3r11 && (seeing.Cuts > blind.Cuts || seeing.RoughM > 0.9*blind.RoughM) {
			t.Errorf("%s: weighing streets, %d buildings cut (%d without), %.0f m off the streets (%.0f)", kind, seeing.Cuts, blind.Cuts, seeing.RoughM, blind.RoughM)
		}
	}
}

// TestMaxMinutes divides by a bound of work.
func TestMaxMinutes(t *testing.T) {
	t.Parallel()
	a := cut(t, square(), balance.H3r11) // 4,500 minutes in all
	for _, most := range []float64{320, 450, 900, 10000} {
		o := divide(t, balance.Options{MaxMinutes: most, Weights: even, Seconds: 0.5}, a).Options[0]
		if fewest := int(math.Ceil(4500 / most)); o.Grids < fewest || o.Grids > fewest+2 {
			t.Errorf("%.0f minutes at most: %d grids, %d would do", most, o.Grids, fewest)
		}
		for _, g := range o.Zones[0].Grids {
			if g.Minutes > most {
				t.Errorf("%.0f minutes at most: a grid has %.1f", most, g.Minutes)
			}
		}
	}
}

// TestRefusals are inputs that no division can be made of.
func TestRefusals(t *testing.T) {
	t.Parallel()
	z := square()
	a := cut(t, z, balance.H3r10)
	for name, o := range map[string]balance.Options{
		"both":     {Grids: 3, MaxMinutes: 100},
		"negative": {Grids: -1},
		"weight":   {Weights: balance.Weights{Load: math.NaN()}},
		"time":     {Seconds: math.Inf(1)},
	} {
		if _, err := balance.Divide(context.Background(), []*balance.Atoms{a}, o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := balance.Divide(context.Background(), nil, balance.Options{}); err == nil {
		t.Error("no community was taken")
	}
	bad := map[string]func(z *balance.Zone) balance.Kind{
		"no land": func(z *balance.Zone) balance.Kind { z.Outline = nil; return balance.H3r10 },
		"kind":    func(*balance.Zone) balance.Kind { return "squares" },
		"grid":    func(z *balance.Zone) balance.Kind { z.Places[0].Grid = 3; return balance.H3r10 },
		"minutes": func(z *balance.Zone) balance.Kind { z.Places[0].Minutes = math.NaN(); return balance.H3r10 },
		"no tiling": func(z *balance.Zone) balance.Kind {
			z.Grids = []balance.Grid{{Ref: "x", Outline: geo.Outline{box(0, 0, 3, 6)}}}
			return balance.H3r10
		},
	}
	for name, spoil := range bad {
		z := square()
		if _, err := balance.Cut(context.Background(), z, spoil(z)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

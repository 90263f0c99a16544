package beat_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/grids/coverage/beat"
)

func rectangle(x0, y0, x1, y1 float64) orb.Polygon {
	return orb.Polygon{{at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1), at(x0, y0)}}
}

// path is a walk through places at 1.3 m/s, a fix each 2 s.
func path(r *rand.Rand, noise float64, places ...orb.Point) []beat.Fix {
	s := usualStroll
	s.noise, s.lost, s.outages, s.stops = noise, 0, 0, 0
	w := receiver{r: r, stroll: s}
	for i := 1; i < len(places); i++ {
		line := orb.LineString{places[i-1], places[i]}
		w.along(&beat.Street{Line: line}, 0, geo.Length(line))
	}
	for i := range w.fixes {
		w.fixes[i].AccuracyM = max(2, w.fixes[i].AccuracyM)
	}
	return w.fixes
}

func looks(t testing.TB, a *beat.Area, fixes []beat.Fix) []beat.Look {
	t.Helper()
	track, err := beat.NewTrack(fixes, beat.Usual())
	if err != nil {
		t.Fatal(err)
	}
	return a.Look(track, shanghai(t))
}

// TestPublicAreas walks in and around a compound of 200 m by 120 m.
func TestPublicAreas(t *testing.T) {
	t.Parallel()
	grounds := rectangle(0, 0, 200, 120)
	var houses []orb.Geometry
	for y := 15.0; y < 120; y += 36 {
		houses = append(houses, rectangle(20, y, 180, y+12))
	}
	plain, err := beat.NewArea(number(0), grounds)
	if err != nil {
		t.Fatal(err)
	}
	built, err := beat.NewArea(number(1), grounds, houses...)
	if err != nil {
		t.Fatal(err)
	}
	if share := float64(built.Cells()) / float64(plain.Cells()); share < 0.75 || share > 0.78 { // 3 houses of 160 by 12 m
		t.Errorf("%d cells of %d are public", built.Cells(), plain.Cells())
	}
	for _, c := range []struct {
		name      string
		places    []orb.Point
		low, high int // percent seen
		inside    time.Duration
		covered   bool
	}{
		{"along the middle", []orb.Point{at(-60, 60), at(260, 60)}, 30, 36, 150 * time.Second, false},
		{"between the houses and back", []orb.Point{at(-40, 8), at(190, 8), at(190, 40), at(10, 40), at(10, 75), at(190, 75), at(190, 112), at(-40, 112)}, 95, 100, 650 * time.Second, true},
		{"outside along the wall", []orb.Point{at(-30, -12), at(230, -12), at(230, 132), at(-30, 132)}, 0, 0, 0, false},
		{"across a corner", []orb.Point{at(-40, 55), at(55, -40)}, 0, 0, 0, false},
		{"to the gate and back", []orb.Point{at(-40, 60), at(30, 60), at(-40, 60)}, 5, 15, 40 * time.Second, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, noise := range []float64{0, 4} {
				got := plain.Seen(looks(t, plain, path(rand.New(rand.NewPCG(1, 1)), noise, c.places...)), 0, always)
				percent := 100 * got.Seen / got.Cells
				if percent < c.low-3*int(noise)/2 || percent > c.high+3*int(noise)/2 || (got.Inside-c.inside).Abs() > 30*time.Second || got.Enough(beat.Usual()) != c.covered {
					t.Errorf("noise %v: %+v (%d %%), want %d to %d %% in %v", noise, got, percent, c.low, c.high, c.inside)
				}
			}
		})
	}
}

func TestAreasThatAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := beat.NewArea(number(0), orb.LineString{at(0, 0), at(1, 1)}); err == nil {
		t.Error("a line is no area")
	}
	if _, err := beat.NewArea(number(0), rectangle(0, 0, 30000, 10)); err == nil {
		t.Error("30 km is no compound")
	}
	if _, err := beat.NewArea(number(0), rectangle(0, 0, 30, 10), orb.Point{}); err == nil {
		t.Error("a point is no building")
	}
	tiny, err := beat.NewArea(number(0), rectangle(0, 0, 30, 20), rectangle(-5, -5, 40, 40))
	if err != nil {
		t.Fatal(err)
	}
	if s := tiny.Seen(nil, 0, always); s.Cells != 0 || s.Enough(beat.Usual()) {
		t.Errorf("an area that is all building: %+v", s)
	}
}

// TestLooksAreASet adds up what several walks saw, in any order and twice.
func TestLooksAreASet(t *testing.T) {
	t.Parallel()
	a, err := beat.NewArea(number(0), rectangle(0, 0, 200, 120))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 11))
		var all [][]beat.Look
		for range 3 {
			fixes := path(r, 4, at(300*r.Float64()-50, 200*r.Float64()-40), at(300*r.Float64()-50, 200*r.Float64()-40), at(300*r.Float64()-50, 200*r.Float64()-40))
			shift := time.Duration(r.IntN(48)) * time.Hour
			if r.IntN(3) == 0 {
				shift = 14*time.Hour + 58*time.Minute // over midnight
			}
			for i := range fixes {
				fixes[i].At = fixes[i].At.Add(shift)
			}
			track, err := beat.NewTrack(fixes, beat.Usual())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, a.Look(track, time.FixedZone("", 8*3600)))
		}
		want := beat.UnionLooks(all...)
		slices.Reverse(all)
		for _, got := range [][]beat.Look{beat.UnionLooks(all...), beat.UnionLooks(append(all, all[1])...), beat.UnionLooks(want, want)} {
			if d := cmp.Diff(want, got); d != "" {
				t.Fatal(d)
			}
		}
		whole := a.Seen(want, 0, always)
		for _, one := range all {
			if s := a.Seen(one, 0, always); s.Seen > whole.Seen || s.Inside > whole.Inside {
				t.Fatalf("one walk saw %+v, all %+v", s, whole)
			}
		}
		for _, l := range want {
			for i, s := range l.Stays {
				begins, ends := l.Day.Begins(time.FixedZone("", 8*3600)), (l.Day + 1).Begins(time.FixedZone("", 8*3600))
				if !s.From.Before(s.To) || s.From.Before(begins) || s.To.After(ends) || i > 0 && !l.Stays[i-1].To.Before(s.From) {
					t.Fatalf("stays %v on %v", l.Stays, l.Day)
				}
			}
		}
	})
}

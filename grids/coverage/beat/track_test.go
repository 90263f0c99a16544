package beat_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"pgregory.net/rapid"

	"gridward/grids/coverage/beat"
)

// straightWalk is 400 m along a street in 400 s, a fix each 2 s, without errors.
func straightWalk() []beat.Fix {
	var out []beat.Fix
	for s := 0.0; s <= 400; s += 2 {
		p := at(s, 0)
		out = append(out, beat.Fix{At: start.Add(time.Duration(s) * time.Second), Lon: p[0], Lat: p[1], AccuracyM: 5})
	}
	return out
}

// TestWhyFixesAreDropped spoils a walk in one way at a time.
func TestWhyFixesAreDropped(t *testing.T) {
	t.Parallel()
	n := network(t, []beat.Street{
		{ID: number(0), WidthM: 7, Line: orb.LineString{at(-50, 0), at(450, 0)}},
		{ID: number(1), WidthM: 7, Line: orb.LineString{at(-50, 900), at(450, 900)}},
	})
	move := func(f *beat.Fix, x, y float64) {
		p := at(x, y)
		f.Lon, f.Lat = p[0], p[1]
	}
	for _, c := range []struct {
		name   string
		spoil  func(f []beat.Fix) []beat.Fix
		want   map[string]int
		breaks beat.Breaks
		atMost float64 // metres that are covered
		least  float64
	}{
		{"nothing wrong", func(f []beat.Fix) []beat.Fix { return f }, nil, beat.Breaks{}, 400, 380},
		{"no fix at all", func(f []beat.Fix) []beat.Fix { return nil }, nil, beat.Breaks{}, 0, 0},
		{"one fix", func(f []beat.Fix) []beat.Fix { return f[:1] }, map[string]int{"alone": 1}, beat.Breaks{}, 0, 0},
		{"no time, no place, no accuracy", func(f []beat.Fix) []beat.Fix {
			f[3].At, f[5].Lat, f[7].AccuracyM, f[9].Lon, f[11].AccuracyM = time.Time{}, 95, -1, math.NaN(), math.NaN()
			return f
		}, map[string]int{"invalid": 5}, beat.Breaks{}, 400, 380},
		{"sent twice", func(f []beat.Fix) []beat.Fix { return append(f, f[20:30]...) }, map[string]int{"repeated": 10}, beat.Breaks{}, 400, 380},
		{"two of an instant: the better one holds", func(f []beat.Fix) []beat.Fix {
			g := f[100]
			g.AccuracyM = 20
			move(&g, 200, 60)
			return append(f, g)
		}, map[string]int{"repeated": 1}, beat.Breaks{}, 400, 380},
		{"twenty bad ones", func(f []beat.Fix) []beat.Fix {
			for i := 50; i < 70; i++ {
				f[i].AccuracyM = 80
			}
			return f
		}, map[string]int{"inaccurate": 20}, beat.Breaks{}, 400, 380},
		{"a reflection", func(f []beat.Fix) []beat.Fix { move(&f[60], 120, 300); return f }, map[string]int{"jump": 1}, beat.Breaks{}, 400, 380},
		{"no fix for 50 s", func(f []beat.Fix) []beat.Fix { return append(f[:80], f[105:]...) }, nil, beat.Breaks{}, 400, 380},
		{"no fix for 80 s", func(f []beat.Fix) []beat.Fix { return append(f[:80], f[120:]...) }, nil, beat.Breaks{Gap: 1}, 325, 290},
		{"through a compound for 100 s", func(f []beat.Fix) []beat.Fix {
			for i := 80; i < 130; i++ {
				move(&f[i], float64(2*i), 3*float64(min(i-80, 130-i, 23)))
			}
			return f
		}, map[string]int{"off_street": 40}, beat.Breaks{Street: 1}, 330, 270},
		{"a fix each 40 s, and one of them off the street", func(f []beat.Fix) []beat.Fix {
			var out []beat.Fix
			for i := 0; i < len(f); i += 20 {
				out = append(out, f[i])
			}
			move(&out[5], 200, 70)
			return out
		}, map[string]int{"off_street": 1}, beat.Breaks{Street: 1}, 320, 310},
		{"a fix each 25 s, and one of them off the street", func(f []beat.Fix) []beat.Fix {
			var out []beat.Fix
			for i := 0; i < len(f); i += 12 {
				out = append(out, f[i])
			}
			move(&out[8], 200, 70)
			return out
		}, map[string]int{"off_street": 1}, beat.Breaks{}, 400, 380},
		{"beside the street by 14 m", func(f []beat.Fix) []beat.Fix {
			for i := range f {
				move(&f[i], float64(2*i), 14)
			}
			return f
		}, nil, beat.Breaks{}, 400, 380},
		{"beside the street by 20 m", func(f []beat.Fix) []beat.Fix {
			for i := range f {
				move(&f[i], float64(2*i), 20)
			}
			return f
		}, map[string]int{"off_street": 201}, beat.Breaks{}, 0, 0},
		{"to another street that no way leads to", func(f []beat.Fix) []beat.Fix {
			for i := 100; i < 201; i++ {
				f[i].At = f[i].At.Add(50 * time.Second)
				move(&f[i], float64(2*i), 900)
			}
			return f
		}, nil, beat.Breaks{Ride: 1}, 400, 350},
		{"on accuracies that nobody knows", func(f []beat.Fix) []beat.Fix {
			for i := range f {
				f[i].AccuracyM = 0
			}
			return f
		}, nil, beat.Breaks{}, 400, 380},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, counts := matched(t, n, c.spoil(straightWalk()))
			got := counts.ByReason()
			if c.want == nil {
				c.want = map[string]int{}
			}
			if d := cmp.Diff(c.want, got); d != "" || counts.Breaks != c.breaks {
				t.Errorf("dropped (-want +got):\n%s breaks %+v, want %+v", d, counts.Breaks, c.breaks)
			}
			covered := 0.0
			for _, s := range w {
				covered += float64(s.Length()) / 100
			}
			if covered > c.atMost+0.1 || covered < c.least {
				t.Errorf("%.1f m are covered, want %v to %v", covered, c.least, c.atMost)
			}
		})
	}
}

func TestFixesOfLines(t *testing.T) {
	t.Parallel()
	m := geom.NewLineStringFlat(geom.XYM, []float64{121.4, 31.4, 1792544400.5, 121.5, 31.5, 1792544402})
	zm := geom.NewLineStringFlat(geom.XYZM, []float64{121.4, 31.4, 7, 1792544400.5, 121.5, 31.5, 8, 1792544402})
	for _, line := range []*geom.LineString{m, zm} {
		fixes, err := beat.Fixes(line, []float64{4, 5})
		if err != nil {
			t.Fatal(err)
		}
		if len(fixes) != 2 || fixes[0].At.UnixMilli() != 1792544400500 || fixes[1].Lat != 31.5 || fixes[1].AccuracyM != 5 {
			t.Errorf("%+v", fixes)
		}
	}
	if fixes, err := beat.Fixes(geom.NewLineStringFlat(geom.XYM, []float64{1, 2, math.NaN(), 1, 2, -5, 1, 2, 1e300}), nil); err != nil || len(fixes) != 3 || !fixes[0].At.IsZero() || !fixes[1].At.IsZero() || !fixes[2].At.IsZero() {
		t.Errorf("%+v, %v", fixes, err)
	}
	if fixes, err := beat.Fixes(geom.NewLineString(geom.XYM), nil); err != nil || len(fixes) != 0 {
		t.Errorf("an empty track: %v, %v", fixes, err)
	}
	for _, c := range []struct {
		line       *geom.LineString
		accuracies []float64
		want       string
	}{
		{geom.NewLineStringFlat(geom.XY, []float64{1, 2}), nil, "XY"},
		{geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, 3}), nil, "XYZ"},
		{m, []float64{1}, "2 positions with 1 acc"},
	} {
		if _, err := beat.Fixes(c.line, c.accuracies); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// TestWildTracksDoNoHarm gives what no device gives.
func TestWildTracksDoNoHarm(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 10))
	n := network(t, newTown(r, 3).streets)
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 180, -180, 90, 121.4005, 31.4005, 1e-300}))
	near := rapid.Float64Range(0, 0.005)
	rapid.Check(t, func(t *rapid.T) {
		fixes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) beat.Fix {
			if rapid.Bool().Draw(t, "wild") {
				return beat.Fix{At: time.Unix(rapid.Int64().Draw(t, "at"), 0), Lon: number.Draw(t, "lon"), Lat: number.Draw(t, "lat"), AccuracyM: number.Draw(t, "accuracy")}
			}
			return beat.Fix{At: time.Unix(1.79e9+rapid.Int64Range(0, 2000).Draw(t, "at"), rapid.Int64Range(0, 1e9).Draw(t, "part")),
				Lon: corner[0] + near.Draw(t, "lon"), Lat: corner[1] + near.Draw(t, "lat"), AccuracyM: rapid.Float64Range(1e-3, 60).Draw(t, "accuracy")}
		}), 0, 40).Draw(t, "fixes")
		track, err := beat.NewTrack(fixes, beat.Usual())
		if err != nil {
			t.Fatal(err)
		}
		w, c := n.Match(track, time.UTC)
		sum := c.Used
		for _, k := range c.Dropped {
			sum += k
		}
		if sum != len(fixes) || c.Used < 0 {
			t.Fatalf("%d fixes, but %+v", len(fixes), c)
		}
		for _, s := range w {
			if s.From < 0 || s.To > n.Length(s.Street) || s.From >= s.To {
				t.Fatalf("%+v on a street of %d cm", s, n.Length(s.Street))
			}
		}
	})
}

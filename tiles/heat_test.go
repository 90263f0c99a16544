package tiles_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/layers/hazard"
	"gridward/tiles"
)

// today is a day as heat counts them.
const today = 20700

var weights = tiles.Weights{Severity: []float64{1, 2, 4, 8}, Closed: 0.25, HalfLifeDays: 30}

// weightOf is a hazard's weight, written down a second time.
func weightOf(s *tiles.Spark) float64 {
	v := weights.Severity[s.Kind.Severity-1]
	if s.Kind.State == "closed" {
		v *= weights.Closed
	}
	return v * math.Pow(0.5, float64(today-s.Day)/weights.HalfLifeDays)
}

func hazards(t testing.TB, r *rand.Rand, n int) []tiles.Spark {
	t.Helper()
	out := make([]tiles.Spark, n)
	for i := range out {
		p := geo.Snap(orb.Point{121.40 + 0.1*r.Float64(), 31.30 + 0.1*r.Float64()})
		key, err := geo.KeyAt(p)
		if err != nil {
			t.Fatal(err)
		}
		state := hazard.States[r.IntN(6)]
		out[i] = tiles.Spark{ID: randomID(r), Key: key, Point: p, Day: today - int32(r.IntN(90)), IsClosed: state == hazard.Closed,
			Kind:  tiles.SparkKind{Type: []string{"a", "b"}[r.IntN(2)], Class: int8(r.IntN(4)), Severity: int8(1 + r.IntN(4)), State: string(state)},
			Owner: tiles.Owner{Town: []string{"west", "east"}[r.IntN(2)], Community: []string{"c", "d"}[r.IntN(2)]}}
	}
	return out
}

func surface(t testing.TB, h *tiles.Heat, zoom int, f tiles.HeatFilter, sees tiles.Sees) *tiles.Surface {
	t.Helper()
	s, err := h.Surface(zoom, f, scopeOf(sees))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestHeatIsWholeAcrossTiles adds up the hexagons of all tiles of a zoom, each
// once: the sum is that of the hazards, also when it is spread, and a hexagon
// that two tiles share has the same figures in both.
func TestHeatIsWholeAcrossTiles(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 9))
	all := hazards(t, r, 800)
	heat, err := tiles.NewHeat(all, weights)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []tiles.HeatFilter{{}, {Types: []string{"a"}}, {Severity: 3}, {Class: 2}, {States: []string{"closed"}}, {First: today - 30}, {First: today - 40, Last: today - 20}, {Unit: "d"}, {Rings: 2}} {
		f.Today = today
		wantCount, wantWeight := 0, 0.0
		for i := range all {
			h := &all[i]
			if (len(f.Types) == 0 || h.Kind.Type == "a") && (f.Class == 0 || h.Kind.Class == 2) && int(h.Kind.Severity) >= f.Severity && (len(f.States) == 0 || h.Kind.State == "closed") &&
				(f.First == 0 || h.Day >= f.First) && (f.Last == 0 || h.Day <= f.Last) && (f.Unit == "" || h.Community == "d") && h.Town == "west" {
				wantCount++
				wantWeight += weightOf(h)
			}
		}
		for _, z := range []maptile.Zoom{9, 11, 13} {
			cells := map[float64]map[string]any{}
			lo, hi := maptile.At(orb.Point{121.37, 31.43}, z), maptile.At(orb.Point{121.53, 31.27}, z)
			for x := lo.X; x <= hi.X; x++ {
				for y := lo.Y; y <= hi.Y; y++ {
					out := surface(t, heat, int(z), f, only("west")).Draw(tiles.Mercator(maptile.New(x, y, z)))
					if len(out.Raw) == 0 {
						continue
					}
					for _, c := range decode(t, out.Raw)["heat"].Features {
						key := c.ID.(float64)
						if known := cells[key]; known != nil && (known["count"] != c.Properties["count"] || known["weight"] != c.Properties["weight"]) {
							t.Fatalf("hexagon %.0f differs between tiles: %v and %v", key, known, c.Properties)
						}
						cells[key] = c.Properties
					}
				}
			}
			count, weight := 0.0, 0.0
			for _, c := range cells {
				count += c["count"].(float64)
				weight += c["weight"].(float64)
			}
			if int(count) != wantCount || math.Abs(weight-wantWeight) > 0.001*float64(len(cells)+1) {
				t.Errorf("zoom %d, filter %+v: %v hazards of weight %.3f, want %d of %.3f", z, f, count, weight, wantCount, wantWeight)
			}
		}
	}
}

// TestHeatComparesSpans: change is the weight now less that of as many days
// before, as it was then.
func TestHeatComparesSpans(t *testing.T) {
	t.Parallel()
	all := hazards(t, rand.New(rand.NewPCG(3, 9)), 300)
	heat, err := tiles.NewHeat(all, weights)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for i := range all {
		switch s := all[i]; {
		case s.Day > today-10:
			want += weightOf(&s)
		case s.Day > today-20:
			s.Day += 10
			want -= weightOf(&s)
		}
	}
	got := 0.0
	z := maptile.Zoom(9)
	lo, hi := maptile.At(orb.Point{121.37, 31.43}, z), maptile.At(orb.Point{121.53, 31.27}, z)
	seen := map[any]bool{}
	for x := lo.X; x <= hi.X; x++ {
		for y := lo.Y; y <= hi.Y; y++ {
			out := surface(t, heat, 9, tiles.HeatFilter{First: today - 9, Last: today, Today: today, Previous: true}, nil).Draw(tiles.Mercator(maptile.New(x, y, z)))
			for _, c := range decode(t, out.Raw)["heat"].Features {
				if !seen[c.ID] {
					got += c.Properties["change"].(float64)
				}
				seen[c.ID] = true
			}
		}
	}
	if math.Abs(got-want) > 0.01 {
		t.Errorf("change %.3f, want %.3f", got, want)
	}
}

// TestHeatFollowsChanges: heat with changed hazards is heat made anew; what
// differs has another version, and another town's hazards leave no trace.
func TestHeatFollowsChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 4))
		all := hazards(t, r, 150)
		old, err := tiles.NewHeat(all, weights)
		if err != nil {
			rt.Fatal(err)
		}
		changed := all[r.IntN(len(all))]
		changed.Kind.State, changed.IsClosed = "closed", true
		if r.IntN(2) == 0 {
			changed.Town = "east"
		}
		next := append([]tiles.Spark(nil), all...)
		for i := range next {
			if next[i].ID == changed.ID {
				next[i] = changed
			}
		}
		got, err := old.With([]tiles.Spark{changed})
		if err != nil {
			rt.Fatal(err)
		}
		want, err := tiles.NewHeat(next, weights)
		if err != nil {
			rt.Fatal(err)
		}
		var own []tiles.Spark
		for _, s := range next {
			if s.Town == "west" {
				own = append(own, s)
			}
		}
		wests, err := tiles.NewHeat(own, weights)
		if err != nil {
			rt.Fatal(err)
		}
		f := tiles.HeatFilter{Today: today, Rings: r.IntN(3)}
		for range 5 {
			tile := maptile.At(orb.Point{121.39 + 0.12*r.Float64(), 31.29 + 0.12*r.Float64()}, maptile.Zoom(8+r.IntN(8)))
			draw := func(h *tiles.Heat, sees tiles.Sees) ([]byte, uint64) {
				d := xxhash.New()
				h.AppendVersion(d, tiles.Mercator(tile), &f, sees)
				return surface(t, h, int(tile.Z), f, sees).Draw(tiles.Mercator(tile)).Raw, d.Sum64()
			}
			a, va := draw(old, nil)
			b, vb := draw(got, nil)
			c, vc := draw(want, nil)
			if !bytes.Equal(b, c) || vb != vc {
				rt.Fatalf("tile %v is another one than that made anew", tile)
			}
			if va == vb && !bytes.Equal(a, b) {
				rt.Fatalf("tile %v changed and kept its version", tile)
			}
			x, vx := draw(got, only("west"))
			y, vy := draw(wests, only("west"))
			if !bytes.Equal(x, y) || vx != vy {
				rt.Fatalf("tile %v of the west depends on the east's hazards", tile)
			}
		}
	})
}

// TestVersionsTellFilters: a map that changes its filter asks for the same tile
// again and compares tags, so they differ though no hazard does.
func TestVersionsTellFilters(t *testing.T) {
	t.Parallel()
	heat, err := tiles.NewHeat(hazards(t, rand.New(rand.NewPCG(5, 2)), 100), weights)
	if err != nil {
		t.Fatal(err)
	}
	tile := tiles.Mercator(maptile.At(orb.Point{121.45, 31.35}, 10))
	hexagons, points := map[uint64]int{}, map[uint64]int{}
	for i, f := range []tiles.HeatFilter{{}, {Types: []string{"a"}}, {Severity: 3}, {Class: 2}, {States: []string{"closed"}}, {First: today - 30}, {Last: today - 20}, {Unit: "d"}, {Rings: 1}, {PerPlaces: true}, {Today: 1}} {
		f.Today += today
		d := xxhash.New()
		heat.AppendVersion(d, tile, &f, nil)
		if other, ok := hexagons[d.Sum64()]; ok {
			t.Errorf("hexagons of filters %d and %d have one version", other, i)
		}
		hexagons[d.Sum64()] = i
		d.Reset()
		heat.AppendPointsVersion(d, tile, &f, nil)
		if other, ok := points[d.Sum64()]; ok {
			t.Errorf("hazards of filters %d and %d have one version", other, i)
		}
		points[d.Sum64()] = i
	}
}

// TestLegendsAscend: classes of either kind begin at ascending weights, the
// first at the least, and Jenks divides better than quantiles do.
func TestLegendsAscend(t *testing.T) {
	t.Parallel()
	heat, err := tiles.NewHeat(hazards(t, rand.New(rand.NewPCG(5, 9)), 900), weights)
	if err != nil {
		t.Fatal(err)
	}
	s := surface(t, heat, 12, tiles.HeatFilter{Today: today}, nil)
	for _, c := range []tiles.Classes{tiles.Quantiles, tiles.Jenks} {
		bounds, err := s.Legend(c)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(bounds); i++ {
			if bounds[i] <= bounds[i-1] {
				t.Errorf("%s: %v", c, bounds)
			}
		}
	}
	if _, err := s.Legend("other"); err == nil {
		t.Error("other classes are taken")
	}
}

// TestHeatPerPlaces divides the hazards of each hexagon by the places in it, as a
// scope sees both.
func TestHeatPerPlaces(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 6))
	all, at := hazards(t, r, 400), places(t, r, 900)
	heat, err := tiles.NewHeat(all, weights)
	if err != nil {
		t.Fatal(err)
	}
	heat = heat.Among([]*tiles.Snapshot{tiles.NewSnapshot(layout, at[:500]), tiles.NewSnapshot(layout, at[500:])})
	f := tiles.HeatFilter{Today: today, PerPlaces: true}
	const z = maptile.Zoom(9)
	found, exposed := map[uint64]int{}, map[uint64]int{}
	for i := range all {
		if all[i].Town == "west" {
			found[all[i].Key.Parent(tiles.HeatResolution(int(z))).Compact()]++
		}
	}
	for i := range at {
		if at[i].Town == "west" {
			exposed[at[i].Key.Parent(tiles.HeatResolution(int(z))).Compact()]++
		}
	}
	seen := 0
	lo, hi := maptile.At(orb.Point{121.37, 31.43}, z), maptile.At(orb.Point{121.53, 31.27}, z)
	for x := lo.X; x <= hi.X; x++ {
		for y := lo.Y; y <= hi.Y; y++ {
			out := surface(t, heat, int(z), f, only("west")).Draw(tiles.Mercator(maptile.New(x, y, z)))
			for _, c := range decode(t, out.Raw)["heat"].Features {
				id := uint64(c.ID.(float64))
				want := math.Round(100000*float64(found[id])/math.Max(1, float64(exposed[id]))) / 1000
				if c.Properties["weight"].(float64) != want || c.Properties["places"].(float64) != float64(exposed[id]) {
					t.Errorf("hexagon %d: %v, want %.3f among %d", id, c.Properties, want, exposed[id])
				}
				seen++
			}
		}
	}
	if seen < 10 {
		t.Errorf("%d hexagons", seen)
	}
}

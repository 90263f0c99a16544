package planar_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
	"gridward/geo/planar"
)

func square(x, y, w, h int32) geo.Outline {
	return geo.Outline{{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}}
}

// TestExamineKnownFlaws has the kinds of broken coverages that the validators of
// JTS and GEOS know, each with what must be found.
func TestExamineKnownFlaws(t *testing.T) {
	t.Parallel()
	const k = 100000
	whole := []geo.Outline{square(0, 0, 4*k, 2*k)}
	type want map[planar.Flaw]int
	for _, c := range []struct {
		name   string
		zones  []geo.Outline
		claims []geo.Outline
		want   want
	}{
		{"sound", whole, []geo.Outline{square(0, 0, 2*k, 2*k), square(2*k, 0, 2*k, 2*k)}, want{}},
		{"collinear edges whose vertices differ", whole, []geo.Outline{
			{{{X: 0, Y: 0}, {X: 2 * k, Y: 0}, {X: 2 * k, Y: 2 * k}, {X: 0, Y: 2 * k}}},
			{{{X: 2 * k, Y: 0}, {X: 4 * k, Y: 0}, {X: 4 * k, Y: 2 * k}, {X: 2 * k, Y: 2 * k}, {X: 2 * k, Y: k}}}}, want{}},
		{"a gap", whole, []geo.Outline{square(0, 0, 2*k, 2*k), square(2*k+k/2, 0, 2*k-k/2, 2*k)}, want{planar.Gap: 1}},
		{"an overlap", whole, []geo.Outline{square(0, 0, 2*k+k/2, 2*k), square(2*k, 0, 2*k, 2*k)}, want{planar.Overlap: 1}},
		{"a sliver of one step", whole, []geo.Outline{square(0, 0, 2*k, 2*k), square(2*k+1, 0, 2*k-1, 2*k)}, want{planar.Gap: 1}},
		{"one twice", whole, []geo.Outline{square(0, 0, 2*k, 2*k), square(2*k, 0, 2*k, 2*k), square(2*k, 0, 2*k, 2*k)}, want{planar.Overlap: 1}},
		{"one in another", whole, []geo.Outline{square(0, 0, 4*k, 2*k), square(k, k/2, k, k)}, want{planar.Overlap: 1}},
		{"a hole filled exactly", whole, []geo.Outline{append(square(0, 0, 4*k, 2*k), []geo.Point{{X: k, Y: k / 2}, {X: k, Y: k}, {X: 2 * k, Y: k}, {X: 2 * k, Y: k / 2}}), square(k, k/2, k, k/2)}, want{}},
		{"touching in a corner, two gaps", whole, []geo.Outline{square(0, 0, 2*k, k), square(2*k, k, 2*k, k)}, want{planar.Gap: 2}},
		{"beyond the zone", whole, []geo.Outline{square(0, 0, 2*k, 2*k), square(2*k, 0, 2*k+k/2, 2*k)}, want{planar.Beyond: 1}},
		{"into another zone", []geo.Outline{square(0, 0, 2*k, 2*k), square(2*k, 0, 2*k, 2*k)}, []geo.Outline{square(0, 0, 2*k+k/2, 2*k), square(2*k+k/2, 0, 2*k-k/2, 2*k)}, want{planar.Beyond: 1, planar.Gap: 1}},
		{"a dangle", whole, []geo.Outline{{{{X: 0, Y: 0}, {X: 2 * k, Y: 0}, {X: 2 * k, Y: k}, {X: 3 * k, Y: k}, {X: 2 * k, Y: k}, {X: 2 * k, Y: 2 * k}, {X: 0, Y: 2 * k}}}, square(2*k, 0, 2*k, 2*k)}, want{planar.Dangle: 1}},
		{"a bow tie", whole, []geo.Outline{{{{X: 0, Y: 0}, {X: 2 * k, Y: 2 * k}, {X: 2 * k, Y: 0}, {X: 0, Y: 2 * k}}}, square(2*k, 0, 2*k, 2*k)}, want{planar.Gap: 2}},
		{"nowhere near", whole, []geo.Outline{square(0, 0, 4*k, 2*k), square(40*k, 0, k, k)}, want{planar.Empty: 1, planar.Beyond: 1}},
		{"nobody", whole, nil, want{planar.Gap: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var claims []planar.Claim
			for _, o := range c.claims {
				claims = append(claims, planar.Claim{Outline: o})
			}
			s, err := planar.Examine(c.zones, claims)
			if err != nil {
				t.Fatal(err)
			}
			got := want{}
			for _, f := range s.Findings {
				got[f.Flaw]++
			}
			if len(got) != len(c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			for flaw, n := range c.want {
				if got[flaw] != n {
					t.Errorf("%d × %s, want %d (%v)", got[flaw], flaw, n, s.Findings)
				}
			}
			holds(t, s.Map, c.zones)
			proves(t, s.Map, c.zones)
		})
	}
}

// coverage is a random town, divided; its zones and grids.
func coverage(r *rand.Rand) (zones, grids []geo.Outline, zoneOf []int) {
	zones = geotest.Mesh(r, 6, 6, 1+r.IntN(3), origin, step)
	var in []planar.Input
	for z, o := range zones {
		in = append(in, planar.Input{Zone: planar.Zone(z), Outline: o})
	}
	m, err := planar.New(in)
	if err != nil {
		panic(err)
	}
	for range 8 {
		a := geo.Point{X: origin.X - step/2 + r.Int32N(7*step), Y: origin.Y - step/2 + r.Int32N(7*step)}
		b := geo.Point{X: origin.X - step/2 + r.Int32N(7*step), Y: origin.Y - step/2 + r.Int32N(7*step)}
		m.Split([]geo.Point{a, b}, nil)
	}
	for _, f := range m.Faces() {
		z, _ := m.ZoneOf(f)
		grids, zoneOf = append(grids, m.Outline(f)), append(zoneOf, int(z))
	}
	return zones, grids, zoneOf
}

// TestExamineSound finds nothing in what is sound and gives it back as it is.
func TestExamineSound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zones, grids, _ := coverage(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7)))
		var claims []planar.Claim
		for _, g := range grids {
			claims = append(claims, planar.Claim{Outline: g})
		}
		s, err := planar.Examine(zones, claims)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Findings) > 0 {
			t.Fatalf("found %+v", s.Findings[0])
		}
		for i, g := range grids {
			if s.Map.DoubleArea(s.Faces[i]) != g.DoubleArea() {
				t.Fatalf("grid %d has another area", i)
			}
		}
	})
}

// TestExamineBroken breaks sound coverages: a report or a sound map, and every
// face that is not as it was claimed is named in a finding.
func TestExamineBroken(t *testing.T) {
	t.Parallel()
	flaws, refused, done := map[planar.Flaw]int{}, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		s := examineBroken(t, seed)
		if s == nil {
			refused++
			return
		}
		done++
		for _, f := range s.Findings {
			flaws[f.Flaw]++
		}
	})
	t.Logf("%d examined, %d refused, found %v", done, refused, flaws)
	if refused*20 > done || flaws[planar.Gap] == 0 || flaws[planar.Overlap] == 0 || flaws[planar.Beyond] == 0 || flaws[planar.Dangle] == 0 {
		t.Errorf("%d examined, %d refused, found %v", done, refused, flaws)
	}
}

// FuzzExamine lets the fuzzer choose what breaks.
func FuzzExamine(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	f.Add(uint64(631)) // an overlap with a tail thinner than a step, where halfway up is on the tail
	f.Fuzz(func(t *testing.T, seed uint64) { examineBroken(t, seed) })
}

func examineBroken(t fatal, seed uint64) *planar.Survey {
	r := rand.New(rand.NewPCG(seed, 8))
	zones, grids, _ := coverage(r)
	for range 1 + r.IntN(4) {
		i := r.IntN(len(grids))
		o := slices.Clone(grids[i])
		for k := range o {
			o[k] = slices.Clone(o[k])
		}
		k := r.IntN(len(o))
		v := r.IntN(len(o[k]))
		jump := func(d int32) geo.Point {
			return geo.Point{X: o[k][v].X + r.Int32N(2*d+1) - d, Y: o[k][v].Y + r.Int32N(2*d+1) - d}
		}
		switch r.IntN(8) {
		case 0: // a corner a little off
			o[k][v] = jump(1 + r.Int32N(20))
		case 1: // a corner far off
			o[k][v] = jump(step)
		case 2: // a corner lost
			if len(o[k]) > 3 {
				o[k] = slices.Delete(o[k], v, v+1)
			}
		case 3: // a spike
			o[k] = slices.Insert(o[k], v+1, jump(step), o[k][v])
		case 4: // six decimals
			for k := range o {
				for v := range o[k] {
					o[k][v] = geo.Point{X: (o[k][v].X + 5) / 10 * 10, Y: (o[k][v].Y + 5) / 10 * 10}
				}
			}
		case 5: // moved as a whole
			d := jump(300)
			dx, dy := d.X-o[k][v].X, d.Y-o[k][v].Y
			for k := range o {
				for v := range o[k] {
					o[k][v].X, o[k][v].Y = o[k][v].X+dx, o[k][v].Y+dy
				}
			}
		case 6: // lost
			grids = slices.Delete(grids, i, i+1)
			if len(grids) == 0 {
				grids = append(grids, o)
			}
			continue
		case 7: // twice
			grids = append(grids, o)
			continue
		}
		grids[i] = o
	}
	var claims []planar.Claim
	for _, g := range grids {
		claims = append(claims, planar.Claim{Outline: g})
	}
	s, err := planar.Examine(zones, claims)
	if err != nil {
		return nil
	}
	holds(t, s.Map, zones)
	proves(t, s.Map, zones)
	named := map[int]bool{}
	for _, f := range s.Findings {
		for _, c := range f.Claims {
			named[c] = true
		}
		if f.Mend >= 0 {
			named[f.Mend] = true
		}
	}
	for i, g := range grids {
		if named[i] || s.Faces[i] == planar.Outside {
			if !named[i] {
				t.Fatalf("claim %d is gone and no finding names it", i)
			}
			continue
		}
		// Snapping bends a border by less than a step; nothing else may differ.
		around := 0.0
		for _, ring := range g {
			for k, p := range ring {
				around += geo.Distance(p.Orb(), ring[(k+1)%len(ring)].Orb())
			}
		}
		o := s.Map.Outline(s.Faces[i])
		if d := o.Area() + g.Area() - 2*geo.SharedArea(g, o); math.Abs(d) > 0.03*around+0.01*math.Sqrt(g.Area()) {
			t.Fatalf("claim %d differs from its face by %f m² and no finding names it", i, d)
		}
	}
	return s
}

package balance_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"gridward/geo/planar"
	"gridward/grids/plan/balance"
)

// TestAgain divides what was divided before, as planners do every quarter: the
// borders that came of it, with their hems, are cut along once more, and who wants
// no place to move gets the very same grids.
func TestAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 6))
		kinds := []balance.Kind{balance.Blocks, balance.H3r10, balance.H3r11}
		first, second := kinds[r.IntN(3)], kinds[r.IntN(3)]
		z := communities(t, r, 2)[r.IntN(2)]
		if !onePart(z.Outline) {
			return
		}
		m, err := planar.New([]planar.Input{{Outline: z.Outline}})
		if err != nil {
			t.Fatal(err)
		}
		z.Grids = []balance.Grid{{Ref: "0", Outline: z.Outline}}
		for i := range z.Places {
			z.Places[i].Grid = 0
		}
		for round, kind := range []balance.Kind{first, second} {
			a, err := balance.Cut(context.Background(), z, kind)
			if err != nil {
				t.Fatal(err)
			}
			if round > 0 && first == second {
				o := balance.Options{Weights: balance.Weights{Load: 1, Compact: 1, Stable: 1e6}, Seconds: 0.02, Seed: 1}
				res, err := balance.Divide(context.Background(), []*balance.Atoms{a}, o)
				if err != nil {
					t.Fatal(err)
				}
				if calm := res.Options[2]; calm.Moved != 0 {
					t.Fatalf("%d of %d places move, though nothing need change", calm.Moved, calm.Held)
				}
			}
			o := balance.Options{Grids: 2 + r.IntN(6), Weights: even, Seconds: 0.02, Seed: r.Uint64()}
			res, err := balance.Divide(context.Background(), []*balance.Atoms{a}, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range res.Options {
				sound(t, a, o.Zones[0])
				applies(t, []*balance.Zone{z}, []*balance.Atoms{a}, o)
			}
			shares, err := a.Shares(res.Options[0].Zones[0])
			if err != nil {
				t.Fatal(err)
			}
			if shares == nil {
				return
			}
			var land []planar.Share
			for _, s := range shares {
				land = append(land, planar.Share{To: planar.Outside, Region: s.Region})
			}
			if _, err := m.Allot(0, land, nil, false); err != nil {
				t.Fatal(err)
			}
			z.Grids = nil
			at := map[planar.Face]int{}
			for i, f := range m.Faces() {
				at[f] = i
				z.Grids = append(z.Grids, balance.Grid{Ref: string(rune('a' + i)), Outline: m.Outline(f)})
			}
			for i := range z.Places {
				z.Places[i].Grid = at[m.FaceAt(z.Places[i].At)]
			}
		}
	})
}

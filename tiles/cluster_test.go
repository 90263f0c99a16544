package tiles_test

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"gridward/tiles"
)

// TestClustersAreWhole adds up the clusters of every tile of a zoom, each once: all
// hazards are there, the gravest severity is never lost, and a cluster that two
// tiles draw is the same in both.
func TestClustersAreWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 5))
		all := hazards(t, r, 300)
		heat, err := tiles.NewHeat(all, weights)
		if err != nil {
			rt.Fatal(err)
		}
		f := tiles.HeatFilter{Today: today, Severity: r.IntN(4)}
		want, worst := 0, int8(0)
		for i := range all {
			if int(all[i].Kind.Severity) >= f.Severity && all[i].Town == "west" {
				want++
				worst = max(worst, all[i].Kind.Severity)
			}
		}
		z := maptile.Zoom(8 + r.IntN(8))
		found := map[float64][2]float64{}
		lo, hi := maptile.At(orb.Point{121.39, 31.41}, z), maptile.At(orb.Point{121.51, 31.29}, z)
		for x := lo.X; x <= hi.X; x++ {
			for y := lo.Y; y <= hi.Y; y++ {
				out := heat.DrawPoints(tiles.Mercator(maptile.New(x, y, z)), f, only("west"))
				if len(out.Raw) == 0 {
					continue
				}
				for _, c := range decode(t, out.Raw)["hazards"].Features {
					figures := [2]float64{c.Properties["count"].(float64), c.Properties["max_severity"].(float64)}
					if known, twice := found[c.ID.(float64)]; twice && known != figures {
						rt.Fatalf("zoom %d: cluster %v is %v and %v", z, c.ID, known, figures)
					}
					found[c.ID.(float64)] = figures
					if (c.Properties["id"] != nil) != (figures[0] == 1) {
						rt.Fatalf("zoom %d: %v", z, c.Properties)
					}
				}
			}
		}
		count, gravest := 0, 0.0
		for _, c := range found {
			count += int(c[0])
			gravest = max(gravest, c[1])
		}
		if count != want || int8(gravest) != worst {
			rt.Fatalf("zoom %d: %d hazards of severity %v, want %d of %d", z, count, gravest, want, worst)
		}
	})
}

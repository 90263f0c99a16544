package tiles_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"gridward/geo/crs"
	"gridward/tiles"
)

// TestMatricesPutPlacesWhereTheyBelong draws places in every matrix and compares
// where they stand with the matrix's own formula, written down a second time.
func TestMatricesPutPlacesWhereTheyBelong(t *testing.T) {
	t.Parallel()
	all := places(t, rand.New(rand.NewPCG(7, 7)), 300)
	for i := range all {
		all[i].Geometry = all[i].Anchor.Orb()
	}
	snap := tiles.NewSnapshot(layout, all)
	at := map[string]orb.Point{}
	for _, f := range all {
		at[f.Values[0].(string)] = f.Anchor.Orb()
	}
	const around = 20037508.342789244
	// The column and row of a point, with what lies behind the point as a fraction.
	for name, where := range map[string]func(orb.Point, float64) (x, y float64){
		"WebMercatorQuad": func(p orb.Point, z float64) (float64, float64) {
			m := project.WGS84.ToMercator(p)
			return (m[0] + around) / (2 * around) * math.Exp2(z), (around - m[1]) / (2 * around) * math.Exp2(z)
		},
		"WorldCRS84Quad": func(p orb.Point, z float64) (float64, float64) {
			return (p[0] + 180) / 180 * math.Exp2(z), (90 - p[1]) / 180 * math.Exp2(z)
		},
		"GCJ02Quad": func(p orb.Point, z float64) (float64, float64) {
			m := project.WGS84.ToMercator(crs.ToGCJ02(p))
			return (m[0] + around) / (2 * around) * math.Exp2(z), (around - m[1]) / (2 * around) * math.Exp2(z)
		},
	} {
		matrix, err := tiles.ParseMatrix(name)
		if err != nil || matrix.String() != name {
			t.Fatalf("%v %v", matrix, err)
		}
		for _, z := range []int{10, 13, 16} {
			for label, p := range at {
				x, y := where(p, float64(z))
				address := tiles.Address{Tile: maptile.New(uint32(x), uint32(y), maptile.Zoom(z)), Matrix: matrix}
				found := false
				for _, f := range decode(t, tiles.Draw(address, tiles.Scope{}, tiles.Drawing{Name: "x", Parts: []*tiles.Snapshot{snap}}).Raw)["x"].Features {
					if f.Properties["name"] == label {
						found = true
						got := f.Geometry.(orb.Point)
						if wx, wy := (x-math.Floor(x))*4096, (y-math.Floor(y))*4096; math.Abs(got[0]-wx) > 1 || math.Abs(got[1]-wy) > 1 {
							t.Fatalf("%s: %s stands at %v of %v, want %.1f %.1f", name, label, got, address, wx, wy)
						}
					}
				}
				if !found {
					t.Fatalf("%s: %s is not on %v", name, label, address)
				}
			}
		}
	}
	if _, err := tiles.ParseMatrix("other"); err == nil {
		t.Error("another matrix is taken")
	}
	if a, err := tiles.ParseTile(tiles.WorldCRS84Quad, "0", "1", "0"); err != nil || a.X != 1 || a.Depth() != 1 {
		t.Errorf("%v %v", a, err)
	}
	if _, err := tiles.ParseTile(tiles.WorldCRS84Quad, "0", "0", "1"); err == nil {
		t.Error("a row beyond the world is taken")
	}
}

// TestAreasInEveryMatrix draws squares that cross tiles' borders: in each matrix
// nothing sticks out of the buffer, and the parts of neighbouring tiles meet.
func TestAreasInEveryMatrix(t *testing.T) {
	t.Parallel()
	all := places(t, rand.New(rand.NewPCG(8, 7)), 60)
	snap := tiles.NewSnapshot(layout, all)
	for _, matrix := range []tiles.Matrix{tiles.WebMercatorQuad, tiles.WorldCRS84Quad, tiles.GCJ02Quad} {
		drawn := 0
		for z := maptile.Zoom(14); z <= 17; z++ {
			columns := math.Exp2(float64(z))
			lat := 31.35
			y := uint32((1 - math.Asinh(math.Tan(lat*math.Pi/180))/math.Pi) / 2 * columns)
			x := uint32((121.45 + 180) / 360 * columns)
			if matrix == tiles.WorldCRS84Quad {
				x, y = uint32((121.45+180)/180*columns), uint32((90-lat)/180*columns)
			}
			for dx := range uint32(5) {
				for dy := range uint32(5) {
					out := tiles.Draw(tiles.Address{Tile: maptile.New(x+dx-2, y+dy-2, z), Matrix: matrix}, tiles.Scope{}, tiles.Drawing{Name: "x", Parts: []*tiles.Snapshot{snap}})
					if len(out.Raw) == 0 {
						continue
					}
					for _, f := range decode(t, out.Raw)["x"].Features {
						bound := f.Geometry.Bound()
						// Boxes of GCJ-02 are bent, so shapes may reach a little further.
						if reach := 200.0; bound.Min[0] < -reach || bound.Min[1] < -reach || bound.Max[0] > 4096+reach || bound.Max[1] > 4096+reach {
							t.Errorf("%v at zoom %d: %v", matrix, z, bound)
						}
						drawn++
					}
				}
			}
		}
		if drawn == 0 {
			t.Errorf("%v: nothing was drawn", matrix)
		}
	}
}

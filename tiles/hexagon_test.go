package tiles_test

import (
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/tiles"
)

// TestLargeHexagonsNeedNoCare draws cells anywhere at any size: those that are taken
// for large enough come out as the careful way draws them.
func TestLargeHexagonsNeedNoCare(t *testing.T) {
	t.Parallel()
	large := 0
	rapid.Check(t, func(t *rapid.T) {
		at := geo.Snap(orb.Point{rapid.Float64Range(-179, 179).Draw(t, "lon"), rapid.Float64Range(-75, 75).Draw(t, "lat")})
		key, err := geo.KeyAt(at)
		if err != nil {
			t.Fatal(err)
		}
		zoom := rapid.IntRange(4, 18).Draw(t, "zoom")
		res := min(15, max(1, zoom+rapid.IntRange(-6, 2).Draw(t, "finer")))
		plain, careful, spans, err := tiles.HexagonSteps(key.Parent(res), tiles.Mercator(maptile.At(at.Orb(), maptile.Zoom(zoom))))
		if err != nil {
			t.Fatal(err)
		}
		if !spans {
			return
		}
		large++
		if !slices.Equal(plain, careful) {
			t.Fatalf("resolution %d at zoom %d: %v, with care %v", res, zoom, plain, careful)
		}
	})
	if large < 10 {
		t.Errorf("%d of them were large", large)
	}
}

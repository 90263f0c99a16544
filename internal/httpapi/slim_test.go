package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"
)

// TestLayersTooLargeForMemory serves the same district a second time with no room
// for any layer: the tiles say the same under the same tags, before a change and
// after it, to everybody, and TileJSON says where they come from.
func TestLayersTooLargeForMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.account(t, "planner", "planner", westTown)
	small := *w
	small.layerBytes = 1
	small.serve(t)
	said := func(w *world, who, path string) (tag string, out []string) {
		t.Helper()
		a := w.ask(t, who, "GET", path, nil)
		if a.code == http.StatusNoContent {
			return a.header.Get("Etag"), nil
		}
		if a.code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.code, a.body)
		}
		parsed, err := mvt.Unmarshal(a.body)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range parsed {
			for _, f := range l.Features {
				out = append(out, fmt.Sprint(l.Name, f.ID, f.Geometry, f.Properties))
			}
		}
		slices.Sort(out)
		return a.header.Get("Etag"), out
	}
	shown := 0
	compare := func() {
		t.Helper()
		for _, who := range []string{"admin", "west", "east"} {
			for _, set := range []string{"street-shop", "self-built-rental", "coverage", "heat", "street-shop,heat"} {
				for z := maptile.Zoom(13); z <= 16; z++ {
					for _, lon := range []float64{121.42, 121.43, 121.4999, 121.52} {
						at := maptile.At(orb.Point{lon, 31.35}, z)
						path := fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", set, at.Z, at.X, at.Y)
						tag, features := said(w, who, path)
						slimTag, slim := said(&small, who, path)
						if tag != slimTag || !slices.Equal(features, slim) {
							t.Errorf("%s to %s is %s %v, from the database %s %v", path, who, tag, features, slimTag, slim)
						}
						shown += len(features)
					}
				}
			}
		}
	}
	compare()
	if shown == 0 {
		t.Fatal("nothing is shown")
	}
	for set, want := range map[string]string{"street-shop": "sql", "heat": "memory", "heat,street-shop": "sql"} {
		var got struct{ Served string }
		if small.ask(t, "admin", "GET", "/tiles/"+set+".json", nil).json(t, &got); got.Served != want {
			t.Errorf("%s is served from %q, want %s", set, got.Served, want)
		}
		if w.ask(t, "admin", "GET", "/tiles/"+set+".json", nil).json(t, &got); got.Served != "memory" {
			t.Errorf("%s is served from %q where there is room", set, got.Served)
		}
	}
	// A place of the west changes: both servers learn of it from the feed.
	shop := w.places[westTown][0]
	path := func() string {
		at := maptile.At(orb.Point{121.42, 31.35}, 15)
		return fmt.Sprintf("/tiles/street-shop/%d/%d/%d.mvt", at.Z, at.X, at.Y)
	}()
	before, _ := said(&small, "admin", path)
	if a := w.ask(t, "planner", "PATCH", "/api/places/"+shop.String(), map[string]any{"id": uuid.New(), "version": 1, "risk": 4}); a.code != http.StatusOK {
		t.Fatalf("%d %s", a.code, a.body)
	}
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		tag, _ := said(&small, "admin", path)
		mine, _ := said(w, "admin", path)
		if tag != before && tag == mine {
			break
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatal("the change is not seen")
		}
	}
	compare()
}

// inMemoryAndNot runs a test of what works on the places of layers: with the
// layers in memory, and with no room for any.
func inMemoryAndNot(t *testing.T, make func(testing.TB) *world, test func(*testing.T, *world)) {
	t.Parallel()
	for name, layerBytes := range map[string]int{"in memory": 0, "from the database": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := make(t)
			if layerBytes > 0 {
				w.layerBytes = layerBytes
				w.serve(t)
			}
			test(t, w)
		})
	}
}

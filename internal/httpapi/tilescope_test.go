package httpapi_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// TestTilesOfATownTellNothingOfAnother changes things in the east at random and
// asks for the west's tiles in between: of every set, around the border too, they
// are the same to the byte and to the header, and so is what TileJSON counts.
func TestTilesOfATownTellNothingOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	var paths []string
	for _, set := range []string{"units", "grids", "coverage", "heat", "hazards", "street-shop", "self-built-rental", "units,grids,heat,street-shop"} {
		for z := maptile.Zoom(8); z <= 16; z += 2 {
			for _, lon := range []float64{121.42, 121.4999, 121.5001, 121.52} {
				at := maptile.At(orb.Point{lon, 31.35}, z)
				paths = append(paths, fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", set, at.Z, at.X, at.Y))
				if set == "heat" {
					paths = append(paths, fmt.Sprintf("/tiles/heat/%d/%d/%d.h3t", at.Z, at.X, at.Y), fmt.Sprintf("/tiles/heat/%d/%d/%d.mvt?smooth=3", at.Z, at.X, at.Y),
						fmt.Sprintf("/tiles/heat/%d/%d/%d.mvt?measure=per_100_places", at.Z, at.X, at.Y))
				}
			}
		}
		paths = append(paths, "/tiles/"+set+".json")
	}
	w.ask(t, "west", "POST", "/api/hazards", map[string]any{"id": uuid.New(), "type": "lpg_misuse", "severity": 2, "lon": 121.4998, "lat": 31.35, "discovered_at": w.now.Add(-time.Hour), "origin": "12345"})
	look := func() (out []string) {
		for _, path := range paths {
			a := w.ask(t, "west", "GET", path, nil, "Accept-Encoding", []string{"gzip", "identity", "zstd"}[len(out)%3])
			if a.code != http.StatusOK && a.code != http.StatusNoContent && a.code != http.StatusNotFound {
				t.Fatalf("%s: %d %s", path, a.code, a.body)
			}
			a.header.Del("Date")
			a.header.Del("X-Request-Id")
			if a.code == http.StatusNotFound {
				a.body = nil // names the request
				a.header.Del("Content-Length")
			}
			var names []string
			for name := range a.header {
				names = append(names, name)
			}
			slices.Sort(names)
			var b strings.Builder
			fmt.Fprintln(&b, a.code)
			for _, name := range names {
				fmt.Fprintln(&b, name, a.header[name])
			}
			b.Write(a.body)
			out = append(out, b.String())
		}
		return out
	}
	admin := func(method, path string, body map[string]any, want int) {
		t.Helper()
		if a := w.ask(t, "admin", method, path, body); a.code != want {
			t.Fatalf("%s %s: %d %s", method, path, a.code, a.body)
		}
	}
	before := look()
	east := w.places[eastTown]
	whole := func() []byte {
		at := maptile.At(orb.Point{121.52, 31.35}, 12)
		return w.ask(t, "admin", "GET", fmt.Sprintf("/tiles/coverage,heat,street-shop/12/%d/%d.mvt", at.X, at.Y), nil).body
	}
	changed := 0
	for range 8 {
		was := whole()
		place := east[r.IntN(len(east))]
		switch r.IntN(4) {
		case 0:
			admin("POST", "/api/hazards", map[string]any{"id": uuid.New(), "type": "lpg_misuse", "severity": 1 + r.IntN(4), "place": place, "discovered_at": w.now.Add(-time.Hour), "origin": "119"}, http.StatusCreated)
		case 1:
			admin("POST", "/api/hazards", map[string]any{"id": uuid.New(), "type": "lpg_misuse", "severity": 4, "lon": 121.5001, "lat": 31.35, "discovered_at": w.now.Add(-time.Hour), "origin": "119"}, http.StatusCreated)
		case 2:
			admin("POST", "/api/inspections", w.visitAt(place, "done"), http.StatusCreated)
		case 3:
			admin("POST", "/api/care", map[string]any{"id": uuid.New(), "place": place, "people": 1 + r.IntN(5)}, http.StatusCreated)
		}
		if !bytes.Equal(was, whole()) {
			changed++
		}
		for i, now := range look() {
			if now != before[i] {
				t.Fatalf("%s of the west changed with the east:\n%.300s\nwas\n%.300s", paths[i], now, before[i])
			}
		}
	}
	if changed == 0 {
		t.Error("nothing of this showed on anybody's map")
	}
}

package httpapi_test

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/tiles"
)

// columnAndRow is where a point in degrees of a matrix's maps lies at a zoom, with
// its place within the tile as a fraction: the matrices' own formulas.
func columnAndRow(matrix string, p orb.Point, z int) (x, y float64) {
	n := math.Exp2(float64(z))
	if matrix == "WorldCRS84Quad" {
		return (p[0] + 180) / 180 * n, (90 - p[1]) / 180 * n
	}
	return (p[0] + 180) / 360 * n, (1 - math.Asinh(math.Tan(p[1]*math.Pi/180))/math.Pi) / 2 * n
}

// TestTileJSONPromisesWhatTilesKeep asks in every matrix for the tiles that a
// TileJSON's template, zooms and bounds promise, and for those beside.
func TestTileJSONPromisesWhatTilesKeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for k := range 3 {
		hazard := map[string]any{"id": uuid.New(), "type": "lpg_misuse", "severity": 3, "lon": 121.42 + 0.05*float64(k), "lat": 31.35, "discovered_at": w.now.Add(-time.Hour), "origin": "12345"}
		if a := w.ask(t, "admin", "POST", "/api/hazards", hazard); a.code != http.StatusCreated {
			t.Fatalf("%d %s", a.code, a.body)
		}
	}
	for _, c := range []struct {
		path, matrix, crs, folder string
		ahead                     int
		bounds                    [4]float64 // west, south, east, north
		within                    float64    // degrees; a step of the world is 8.4e-8
	}{
		{"", "WebMercatorQuad", "http://www.opengis.net/def/crs/EPSG/0/3857", "/tiles/", 0, [4]float64{121.4, 31.3, 121.6, 31.4}, 1e-7},
		{"WebMercatorQuad/", "WebMercatorQuad", "http://www.opengis.net/def/crs/EPSG/0/3857", "/tiles/WebMercatorQuad/", 0, [4]float64{121.4, 31.3, 121.6, 31.4}, 1e-7},
		{"WorldCRS84Quad/", "WorldCRS84Quad", "http://www.opengis.net/def/crs/OGC/1.3/CRS84", "/tiles/WorldCRS84Quad/", 1, [4]float64{121.4, 31.3, 121.6, 31.4}, 1e-7},
		// In Shanghai GCJ-02 lies about 450 m to the east and 200 m to the south.
		{"GCJ02Quad/", "GCJ02Quad", "GCJ-02", "/tiles/GCJ02Quad/", 0, [4]float64{121.4047, 31.2979, 121.6046, 31.3980}, 6e-4},
	} {
		for set, depths := range map[string][2]int{"units": {0, 14}, "grids": {10, 16}, "coverage": {6, 16}, "heat": {6, 16}, "hazards": {8, 16}, "street-shop": {13, 16}, "units,heat": {0, 16}} {
			var about tiles.TileJSON
			w.ask(t, "admin", "GET", "/tiles/"+c.path+set+".json", nil).json(t, &about)
			lo, hi := max(0, depths[0]-c.ahead), depths[1]-c.ahead
			if about.Matrix != c.matrix || about.CRS != c.crs || about.MinZoom != lo || about.MaxZoom != hi || !slices.Equal(about.Tiles, []string{w.URL + c.folder + set + "/{z}/{x}/{y}.mvt"}) {
				t.Fatalf("%s%s.json: %+v, want zooms %d to %d", c.path, set, about, lo, hi)
			}
			for i, v := range about.Bounds {
				if math.Abs(v-c.bounds[i]) > c.within {
					t.Errorf("%s%s.json: bounds %v, want %v", c.path, set, *about.Bounds, c.bounds)
				}
			}
			status := func(z int, x, y float64) int {
				t.Helper()
				path := strings.NewReplacer("{z}", strconv.Itoa(z), "{x}", fmt.Sprint(int(x)), "{y}", fmt.Sprint(int(y))).Replace(strings.TrimPrefix(about.Tiles[0], w.URL))
				a := w.ask(t, "admin", "GET", path, nil)
				if a.code == http.StatusNotFound && a.header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s: 404 as %s", path, a.header.Get("Content-Type"))
				}
				return a.code
			}
			b := *about.Bounds
			for z := max(0, lo-2); z <= hi+2; z++ {
				x0, y0 := columnAndRow(c.matrix, orb.Point{b[0], b[3]}, z)
				x1, y1 := columnAndRow(c.matrix, orb.Point{b[2], b[1]}, z)
				full, asked := 0, 0
				for _, x := range []float64{x0, (x0 + x1) / 2, math.Nextafter(x1, 0)} {
					for _, y := range []float64{y0, (y0 + y1) / 2, math.Nextafter(y1, 0)} {
						code := status(z, x, y)
						if promised := z >= lo && z <= hi; (code == http.StatusNotFound) == promised || promised && code != http.StatusOK && code != http.StatusNoContent {
							t.Fatalf("%s%s at zoom %d: %d, though zooms %d to %d are promised", c.path, set, z, code, lo, hi)
						}
						asked++
						if code == http.StatusOK {
							full++
						}
					}
				}
				// Areas fill the box in each of its corners, and nothing lies two tiles beside it.
				if slices.Contains([]string{"units", "grids", "coverage"}, set) && z >= lo && z <= hi {
					if full != asked {
						t.Errorf("%s%s at zoom %d: %d of %d tiles at the bounds have something", c.path, set, z, full, asked)
					}
					if z >= 8 {
						for _, at := range [][2]float64{{x0 - 2, y0}, {x1 + 2, y0}, {x0, y0 - 2}, {x0, y1 + 2}} {
							if code := status(z, at[0], at[1]); code != http.StatusNoContent {
								t.Errorf("%s%s at zoom %d: %d beyond the bounds", c.path, set, z, code)
							}
						}
					}
				}
			}
			for _, l := range about.VectorLayers {
				if l.MinZoom < lo || l.MaxZoom > hi || l.ID == "places" && l.MinZoom != 13-c.ahead {
					t.Errorf("%s%s.json: layer %+v", c.path, set, l)
				}
			}
			if !strings.Contains(set, "heat") {
				if about.Legends != nil || about.Resolutions != nil {
					t.Errorf("%s%s.json has legends", c.path, set)
				}
				continue
			}
			for z := 6 - c.ahead; z <= 16-c.ahead; z++ {
				if got := about.Resolutions[strconv.Itoa(z)]; got != tiles.HeatResolution(z+c.ahead) {
					t.Errorf("%s%s.json: resolution %d at zoom %d", c.path, set, got, z)
				}
				if got := about.Legends[strconv.Itoa(z)]; len(got) != tiles.HeatLevels || got[0] <= 0 {
					t.Errorf("%s%s.json: legend %v at zoom %d", c.path, set, got, z)
				}
			}
			if len(about.Resolutions) != 11 || !maps.EqualFunc(about.Resolutions, about.Legends, func(int, []float64) bool { return true }) {
				t.Errorf("%s%s.json: resolutions %v, legends %v", c.path, set, about.Resolutions, about.Legends)
			}
		}
	}
}

// TestTileJSONPassesParametersOn keeps what was asked for in the template, but for
// what only legends know.
func TestTileJSONPassesParametersOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var about tiles.TileJSON
	w.ask(t, "admin", "GET", "/tiles/GCJ02Quad/heat.json?severity=2&classes=jenks", nil).json(t, &about)
	if want := w.URL + "/tiles/GCJ02Quad/heat/{z}/{x}/{y}.mvt?severity=2"; about.Tiles[0] != want {
		t.Errorf("%s, want %s", about.Tiles[0], want)
	}
}

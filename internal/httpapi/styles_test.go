package httpapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gridward/tiles"
)

// styleAnswer is what a test reads of a style.
type styleAnswer struct {
	Version int
	Center  []float64
	Sources map[string]struct{ URL string }
	Layers  []styleLayer
}

type styleLayer struct {
	ID, Type, Source string
	SourceLayer      string `json:"source-layer"`
	Paint            map[string]any
}

// TestStylesNameWhatTilesHave follows every source of every built-in map to its
// TileJSON, which must know every layer that the style draws.
func TestStylesNameWhatTilesHave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var list struct {
		Items []struct{ Map, ZH, EN, URL string }
	}
	w.ask(t, "admin", "GET", "/styles", nil).json(t, &list)
	var names []string
	for _, m := range list.Items {
		names = append(names, m.Map)
		if m.ZH == "" || m.EN == "" || m.URL != w.URL+"/styles/"+m.Map+".json" {
			t.Errorf("listed as %+v", m)
		}
		for _, who := range []string{"admin", "viewer"} {
			var s styleAnswer
			a := w.ask(t, who, "GET", strings.TrimPrefix(m.URL, w.URL), nil)
			a.json(t, &s)
			if s.Version != 8 || a.header.Get("Cache-Control") != "private, no-cache" || a.header.Get("Vary") != "Accept-Encoding, Authorization" {
				t.Errorf("%s: version %d, %v", m.Map, s.Version, a.header)
			}
			if want := map[string]float64{"admin": 121.5, "viewer": 121.45}[who]; len(s.Center) != 2 || s.Center[0] != want {
				t.Errorf("%s of %s looks at %v", m.Map, who, s.Center)
			}
			known := map[string][]string{}
			for set, source := range s.Sources {
				var about tiles.TileJSON
				w.ask(t, who, "GET", strings.TrimPrefix(source.URL, w.URL), nil).json(t, &about)
				for _, l := range about.VectorLayers {
					known[set] = append(known[set], l.ID)
				}
			}
			var ids []string
			for _, l := range s.Layers {
				if slices.Contains(ids, l.ID) {
					t.Errorf("%s has two layers %s", m.Map, l.ID)
				}
				ids = append(ids, l.ID)
				if l.Type != "background" && !slices.Contains(known[l.Source], l.SourceLayer) {
					t.Errorf("%s: %s draws %q of %s, which has %v", m.Map, l.ID, l.SourceLayer, l.Source, known[l.Source])
				}
			}
			if last := ids[len(ids)-1]; !strings.HasSuffix(last, "-name") && last != "hazard-count" {
				t.Errorf("%s: %s lies above the names", m.Map, last)
			}
		}
	}
	if want := []string{"coverage", "heat", "hazards", "places", "grids"}; !slices.Equal(names, want) {
		t.Errorf("the maps are %v, want %v", names, want)
	}
}

// TestStylesPassParametersOn gives a map's own source what was asked for, and no other.
func TestStylesPassParametersOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]string{
		"/styles/heat.json?severity=2&classes=jenks&type=lpg_misuse": "/tiles/heat.json?classes=jenks&severity=2&type=lpg_misuse",
		"/styles/hazards.json?state=filed,closed":                    "/tiles/hazards.json?state=filed%2Cclosed",
		"/styles/coverage.json?period=2026-10&class=2":               "/tiles/coverage.json?class=2&period=2026-10",
	} {
		var s styleAnswer
		w.ask(t, "admin", "GET", path, nil).json(t, &s)
		set, _, _ := strings.Cut(strings.TrimPrefix(want, "/tiles/"), ".")
		if s.Sources[set].URL != w.URL+want || s.Sources["units"].URL != w.URL+"/tiles/units.json" {
			t.Errorf("%s: %+v, want %s", path, s.Sources, want)
		}
	}
	var s styleAnswer
	w.ask(t, "admin", "GET", "/styles/grids.json", nil, "X-Forwarded-Proto", "https").json(t, &s)
	if want := "https" + strings.TrimPrefix(w.URL, "http") + "/tiles/grids.json"; s.Sources["grids"].URL != want {
		t.Errorf("behind a proxy: %+v, want %s", s.Sources, want)
	}
}

// TestHeatStyleStepsByLegend compares the colours' steps with the TileJSON's bounds.
func TestHeatStyleStepsByLegend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := w.places[westTown]
	for i, place := range at {
		hazard := map[string]any{"id": place, "type": "lpg_misuse", "severity": i%4 + 1, "lon": 121.42 + 0.01*float64(i), "lat": 31.35, "discovered_at": w.now, "origin": "12345"}
		if a := w.ask(t, "admin", "POST", "/api/hazards", hazard); a.code != 201 {
			t.Fatalf("%d %s", a.code, a.body)
		}
	}
	var s styleAnswer
	var about tiles.TileJSON
	w.ask(t, "admin", "GET", "/styles/heat.json?classes=jenks", nil).json(t, &s)
	w.ask(t, "admin", "GET", "/tiles/heat.json?classes=jenks", nil).json(t, &about)
	i := slices.IndexFunc(s.Layers, func(l styleLayer) bool { return l.ID == "heat" })
	steps := s.Layers[i].Paint["fill-color"].([]any) // step, zoom, of the first zoom, 7, of zoom 7, …
	bounds := func(of any) (out []float64) {
		for i, v := range of.([]any)[2:] { // colour, bound, colour, …
			if i%2 == 1 {
				out = append(out, v.(float64))
			}
		}
		return out
	}
	if len(steps) != 3+2*10 {
		t.Fatalf("%d parts: %v", len(steps), steps)
	}
	for z := tiles.HeatMin; z <= tiles.HeatMax; z++ {
		k := 2 + 2*(z-tiles.HeatMin)
		if z > tiles.HeatMin && steps[k-1] != float64(z) {
			t.Errorf("step %v, want zoom %d", steps[k-1], z)
		}
		zoom, _ := json.Marshal(z)
		if got, want := bounds(steps[k]), about.Legends[string(zoom)][1:]; !slices.Equal(got, want) {
			t.Errorf("zoom %d: %v, want %v", z, got, want)
		}
	}
}

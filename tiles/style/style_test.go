package style_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"gridward/layers"
	"gridward/tiles/style"
	"gridward/web"
)

func palette(t *testing.T) *style.Palette {
	t.Helper()
	p, err := style.ParsePalette(web.Palette)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func drawn(t *testing.T, m style.Map, in style.Input) style.Style {
	t.Helper()
	in.Palette, in.TileJSON = palette(t), func(set string) string { return "http://x/" + set + ".json" }
	return m.Style(in)
}

func mapNamed(t *testing.T, name string) style.Map {
	t.Helper()
	i := slices.IndexFunc(style.Maps(), func(m style.Map) bool { return m.Name == name })
	if i < 0 {
		t.Fatalf("no map %s", name)
	}
	return style.Maps()[i]
}

// TestOnlyLayersOfTheDeployment draws every map for one that has no streets, no
// water and one layer of its own.
func TestOnlyLayersOfTheDeployment(t *testing.T) {
	t.Parallel()
	own := []*layers.Definition{{Layer: "own", Group: "object", Color: "#123456"}, {Layer: "hills", Group: "base", Color: "#654321"}}
	for _, m := range style.Maps() {
		s := drawn(t, m, style.Input{Layers: own})
		for source := range s.Sources {
			if !slices.Contains([]string{"units", "grids", "coverage", "heat", "hazards", "own"}, source) {
				t.Errorf("%s: source %s", m.Name, source)
			}
		}
		if _, has := s.Sources["own"]; has != (m.Name == "places") {
			t.Errorf("%s: sources %v", m.Name, s.Sources)
		}
		if s.Center != nil || s.Zoom != 0 {
			t.Errorf("%s looks at %v though nothing is to be seen", m.Name, s.Center)
		}
	}
}

// TestColorsAreThePalettes finds every colour of every map in the palette, but for
// those that the layers of a deployment have of their own.
func TestColorsAreThePalettes(t *testing.T) {
	t.Parallel()
	set, err := layers.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	allowed := string(web.Palette)
	for _, d := range set.All() {
		allowed += " " + d.Color
	}
	var colors func(v any) []string
	colors = func(v any) (out []string) {
		switch v := v.(type) {
		case string:
			if strings.HasPrefix(v, "#") || strings.HasPrefix(v, "rgb") {
				return []string{v}
			}
		case []any:
			for _, one := range v {
				out = append(out, colors(one)...)
			}
		case map[string]any:
			for _, one := range v {
				out = append(out, colors(one)...)
			}
		}
		return out
	}
	for _, m := range style.Maps() {
		raw, err := json.Marshal(drawn(t, m, style.Input{Layers: set.All(), Legends: map[int][]float64{6: {1, 2, 3, 4, 5, 6}, 7: {1, 2, 3, 4, 5, 7}}}).Layers)
		if err != nil {
			t.Fatal(err)
		}
		var read any
		if err := json.Unmarshal(raw, &read); err != nil {
			t.Fatal(err)
		}
		found := colors(read)
		for _, c := range found {
			if !strings.Contains(allowed, c) {
				t.Errorf("%s: %s is not in the palette", m.Name, c)
			}
		}
		if len(found) < 10 {
			t.Errorf("%s has only the colours %v", m.Name, found)
		}
	}
}

// TestHeatWithoutHexagons keeps steps ascending where every bound is 0.
func TestHeatWithoutHexagons(t *testing.T) {
	t.Parallel()
	s := drawn(t, mapNamed(t, "heat"), style.Input{Legends: map[int][]float64{6: make([]float64, 6), 7: {1, 2, 3, 4, 5, 6}}})
	i := slices.IndexFunc(s.Layers, func(l style.Layer) bool { return l.ID == "heat" })
	got, _ := json.Marshal(s.Layers[i].Paint["fill-color"])
	p := palette(t).Heat
	if want := `["step",["zoom"],"` + p[0] + `",7,["step",["get","weight"],"` + p[0] + `",2,"` + p[1] + `",3,"` + p[2] + `",4,"` + p[3] + `",5,"` + p[4] + `",6,"` + p[5] + `"]]`; string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestTheFirstViewHoldsTheBox computes what a map of 900 × 640 pixels shows, but for
// what lies at its edges.
func TestTheFirstViewHoldsTheBox(t *testing.T) {
	t.Parallel()
	for _, b := range []orb.Bound{{Min: orb.Point{121.3, 31.27}, Max: orb.Point{121.52, 31.52}}, {Min: orb.Point{121.3, 31.27}, Max: orb.Point{121.5, 31.3}}} {
		s := drawn(t, mapNamed(t, "heat"), style.Input{Bound: b})
		pixels := 512 * math.Exp2(s.Zoom)
		wide := (b.Max[0] - b.Min[0]) / 360 * pixels
		mercator := func(lat float64) float64 { return math.Asinh(math.Tan(lat*math.Pi/180)) / (2 * math.Pi) }
		high := (mercator(b.Max[1]) - mercator(b.Min[1])) * pixels
		if wide > 840 || high > 560 || wide < 760 && high < 500 {
			t.Errorf("%v at zoom %v is %.0f × %.0f pixels", b, s.Zoom, wide, high)
		}
	}
}

// TestPalettesAreWhole refuses what would draw a layer in black.
func TestPalettesAreWhole(t *testing.T) {
	t.Parallel()
	for old, new := range map[string]string{`"sea"`: `"see"`, `"#2166ac" },`: `"blue" },`, `"severity": [`: `"severity": ["#000000", `, `"fonts"`: `"font"`} {
		if _, err := style.ParsePalette([]byte(strings.Replace(string(web.Palette), old, new, 1))); err == nil {
			t.Errorf("a palette with %s for %s is taken", new, old)
		}
	}
	if _, err := style.ParsePalette([]byte("[]")); err == nil {
		t.Error("a list is taken")
	}
}

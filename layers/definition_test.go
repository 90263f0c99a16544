package layers_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"gridward/layers"
)

func shipped(t testing.TB) *layers.Set {
	t.Helper()
	set, err := layers.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestShippedLayers(t *testing.T) {
	t.Parallel()
	want := []string{"water", "green", "street", "building", "residential-compound", "self-built-rental", "underground-space",
		"street-shop", "three-in-one", "workshop", "large-rental", "construction-site", "flammables", "heritage", "homestay",
		"large-producer", "important-building", "micro-station"}
	if diff := cmp.Diff(want, shipped(t).Names()); diff != "" {
		t.Errorf("shipped layers (-want +got):\n%s", diff)
	}
}

func TestCategoryOfABuilding(t *testing.T) {
	t.Parallel()
	building, _ := shipped(t).Get("building")
	for _, c := range []struct {
		want       string
		attributes map[string]any
	}{
		{"residential_building", map[string]any{"use": "residential", "floors": int64(6), "height_m": 18.0}},
		{"high_rise_residential", map[string]any{"use": "residential", "height_m": 27.0}},
		{"high_rise_residential", map[string]any{"use": "residential", "floors": int64(10)}},
		{"high_rise_other", map[string]any{"use": "office", "height_m": 24.5}},
		{"other_building", map[string]any{"use": "office", "height_m": 24.0}},
		{"self_built_house", map[string]any{"use": "rural"}},
		{"small_commercial", map[string]any{"use": "commercial"}},
		{"workshop", map[string]any{"use": "industrial", "height_m": 9.0}},
		{"other_building", map[string]any{}},
	} {
		if got := building.CategoryOf(c.attributes); got != c.want {
			t.Errorf("%v is %s, want %s", c.attributes, got, c.want)
		}
	}
}

func TestReadAttributes(t *testing.T) {
	t.Parallel()
	shop, _ := shipped(t).Get("street-shop")
	got, err := shop.Read(map[string]any{"trade": "餐饮", "area_m2": " 45.5 ", "street": "宝杨路", "unknown": 1.0})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"trade": "restaurant", "area_m2": 45.5, "street": "宝杨路"}, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		raw  map[string]any
		want error
	}{
		{map[string]any{}, layers.ErrMissingAttribute},
		{map[string]any{"trade": "  "}, layers.ErrMissingAttribute},
		{map[string]any{"trade": "circus"}, layers.ErrNotInEnumeration},
		{map[string]any{"trade": "retail", "area_m2": "large"}, layers.ErrBadValue},
		{map[string]any{"trade": "retail", "area_m2": -1.0}, layers.ErrBadValue},
		{map[string]any{"trade": "retail", "area_m2": "NaN"}, layers.ErrBadValue},
	} {
		if _, err := shop.Read(c.raw); !errors.Is(err, c.want) {
			t.Errorf("Read(%v) says %v, want %v", c.raw, err, c.want)
		}
	}
}

// TestALayerNeedsNoCode adds a layer by a file alone.
func TestALayerNeedsNoCode(t *testing.T) {
	t.Parallel()
	const kiosk = `
layer: charging-shed
order: 50
name: {zh: 充电棚, en: Charging shed}
group: object
geometry: [Point]
inspected: true
class: policy
category: {default: charging_shed}
color: "#123456"
zoom: {min: 12, max: 16}
attributes:
  - {name: sockets, zh: 插座数, en: Sockets, type: integer, required: true}
`
	own := fstest.MapFS{"charging-shed.yaml": {Data: []byte(kiosk)}, "heritage.yaml": {Data: []byte(strings.Replace(kiosk, "charging-shed", "heritage", 1))}}
	set, err := layers.Shipped(own)
	if err != nil {
		t.Fatal(err)
	}
	if h, ok := set.Get("heritage"); !ok || h.Color != "#123456" || len(set.All()) != len(shipped(t).All())+1 {
		t.Errorf("a definition of one's own does not stand in the shipped one's place: %+v", set.Names())
	}
	d, ok := set.Get("charging-shed")
	if !ok || d.CategoryOf(nil) != "charging_shed" {
		t.Fatalf("the layer is not there: %+v", d)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a field nobody knows", "order: 50", "order: 50\nwhatever: 1", "whatever"},
		{"a bad colour", "#123456", "red", "color"},
		{"a reserved name", "charging-shed", "heat", "layer"},
		{"an enum without values", "type: integer", "type: enum", "enum"},
	} {
		raw := strings.Replace(kiosk, c.old, c.new, 1)
		if _, err := layers.Parse([]byte(raw)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error naming %q", c.name, err, c.want)
		}
	}
}

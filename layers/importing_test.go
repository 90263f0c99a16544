package layers_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/geo/geoio"
	"gridward/layers"
)

// inShanghai is a district of one community: a box of 0.3 by 0.3 degrees.
func inShanghai(_ orb.Geometry, at geo.Point, _ geo.Key) (town, park, community string, ok bool) {
	p := at.Orb()
	// Strips of 0.005 degree (480 m) are communities, so that a shift shows.
	if p[0] < 121.3 || p[0] > 121.6 || p[1] < 31.2 || p[1] > 31.5 {
		return "", "", "", false
	}
	return "310113001000", "", "strip-" + string(rune('A'+int((p[0]-121.3)/0.005)%26)), true
}

func importFile(t *testing.T, layer, name, text string, change func(*layers.Importer)) *layers.Result {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := geoio.Open(path, geoio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	d, ok := shipped(t).Get(layer)
	if !ok {
		t.Fatal("no layer " + layer)
	}
	m := layers.Importer{Layer: d, System: crs.WGS84, Source: "t", Day: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), Units: inShanghai, CommunityName: func(c string) string { return c }}
	if change != nil {
		change(&m)
	}
	r, err := m.Read(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEveryBadRowIsNamed reads a file in which every row but two has a mistake.
func TestEveryBadRowIsNamed(t *testing.T) {
	t.Parallel()
	// 121.602 lies just east of the district and comes inside when the shift of
	// GCJ-02 is taken off.
	const rows = `id,trade,area_m2,lon,lat
1,retail,20,121.4,31.3
2,circus,20,121.4,31.3
3,,20,121.4,31.3
4,retail,many,121.4,31.3
5,retail,20,31.3,121.4
6,retail,20,116.4,39.9
7,retail,20,121.602,31.3
1,retail,20,121.4,31.3
8,retail,20,x,31.3
9,餐饮,20,121.45,31.35
10,retail,20,121.4,131.3
`
	r := importFile(t, "street-shop", "a.csv", rows, nil)
	want := map[int]layers.Mistake{2: layers.NotEnumerated, 3: layers.MissingAttribute, 4: layers.BadAttribute, 5: layers.WrongAxisOrder, 6: layers.OutsideDistrict,
		7: layers.WrongSystem, 8: layers.Duplicate, 9: layers.NotValid, 11: layers.NotValid}
	got := map[int]layers.Mistake{}
	for _, b := range r.Bad {
		got[b.Row] = b.Mistake
		if b.SourceID == "" || b.Reason == "" || !strings.Contains(b.String(), b.Reason) {
			t.Errorf("a bad row without its id or reason: %+v", b)
		}
	}
	for row, m := range want {
		if got[row] != m {
			t.Errorf("row %d: %q, want %q (%v)", row, got[row], m, r.Bad)
		}
	}
	if r.Rows != 11 || len(r.Places) != 2 || len(r.Bad) != len(want) || r.Places[1].Attributes["trade"] != "restaurant" {
		t.Errorf("%d rows, %d good, %d bad", r.Rows, len(r.Places), len(r.Bad))
	}
}

func TestImportKeepsDepthAndRefusesBrokenAreas(t *testing.T) {
	t.Parallel()
	const file = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"floor":"B1","depth_m":4,"use":"parking"},"geometry":{"type":"Polygon","coordinates":[[[121.4,31.3,-4],[121.401,31.3,-4],[121.401,31.301,-4],[121.4,31.3,-4]]]}},
{"type":"Feature","properties":{"floor":"B1","depth_m":4,"use":"parking"},"geometry":{"type":"Polygon","coordinates":[[[121.4,31.3],[121.401,31.3],[121.401,31.301],[121.4,31.3]]]}},
{"type":"Feature","properties":{"floor":"B1","depth_m":4,"use":"parking"},"geometry":{"type":"Polygon","coordinates":[[[121.4,31.3,-4],[121.401,31.301,-4],[121.401,31.3,-4],[121.4,31.301,-4],[121.4,31.3,-4]]]}}
]}`
	r := importFile(t, "underground-space", "u.geojson", file, nil)
	if len(r.Places) != 1 || r.Places[0].Solid == nil || r.Places[0].Category != "underground_space" {
		t.Errorf("good: %+v", r.Places)
	}
	if len(r.Bad) != 2 || r.Bad[0].Mistake != layers.NotValid || r.Bad[1].Mistake != layers.NotValid {
		t.Errorf("bad: %v", r.Bad)
	}
}

// TestTheDetective shifts coordinates to GCJ-02 and says nothing of it: rows
// that name their community give it away.
func TestTheDetective(t *testing.T) {
	t.Parallel()
	file := func(shift func(orb.Point) orb.Point) string {
		var b strings.Builder
		b.WriteString("id,trade,community,wkt\n")
		for i := range 60 {
			p := orb.Point{121.33 + 0.0037*float64(i), 31.25 + 0.003*float64(i)}
			s, _ := geo.SnapChecked(p)
			_, _, c, _ := inShanghai(nil, s, 0)
			q := shift(p)
			b.WriteString(strings.Join([]string{string(rune('A' + i)), "retail", c, "\"" + "POINT (" + geo.Snap(q).String() + ")\""}, ",") + "\n")
		}
		return b.String()
	}
	if r := importFile(t, "street-shop", "right.csv", file(func(p orb.Point) orb.Point { return p }), nil); len(r.Warnings) > 0 {
		t.Errorf("right coordinates are suspected: %v", r.Warnings)
	}
	if r := importFile(t, "street-shop", "mars.csv", file(crs.ToGCJ02), nil); len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "GCJ-02") {
		t.Errorf("GCJ-02 goes unnoticed: %v", r.Warnings)
	}
	if r := importFile(t, "street-shop", "mars.csv", file(crs.ToGCJ02), func(m *layers.Importer) { m.System = crs.GCJ02 }); len(r.Warnings) > 0 {
		t.Errorf("GCJ-02 taken as such is suspected: %v", r.Warnings)
	}
}

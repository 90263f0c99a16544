package layers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
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

// imported is a whole import's outcome.
type imported struct {
	layers.Report
	places []layers.Place
	bad    []layers.BadRow
}

func importFile(t *testing.T, layer, name, text string, change func(*layers.Importer)) imported {
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
	var r imported
	m.Bad = func(b layers.BadRow) { r.bad = append(r.bad, b) }
	for p, err := range m.Places(in, &r.Report) {
		if err != nil {
			t.Fatal(err)
		}
		r.places = append(r.places, *p)
	}
	if r.Good != len(r.places) || r.Bad != len(r.bad) || r.Rows != r.Good+r.Bad {
		t.Errorf("%d rows, %d good, %d bad; yielded %d and named %d", r.Rows, r.Good, r.Bad, len(r.places), len(r.bad))
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
	for _, b := range r.bad {
		got[b.Row] = b.Mistake
		if b.SourceID == "" || b.Reason == "" || !strings.Contains(b.String(), b.Reason) {
			t.Errorf("a bad row without its id or reason: %+v", b)
		}
	}
	for row, m := range want {
		if got[row] != m {
			t.Errorf("row %d: %q, want %q (%v)", row, got[row], m, r.bad)
		}
	}
	if r.Rows != 11 || len(r.places) != 2 || len(r.bad) != len(want) || r.places[1].Attributes["trade"] != "restaurant" {
		t.Errorf("%d rows, %d good, %d bad", r.Rows, len(r.places), len(r.bad))
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
	if len(r.places) != 1 || r.places[0].Solid == nil || r.places[0].Category != "underground_space" {
		t.Errorf("good: %+v", r.places)
	}
	if len(r.bad) != 2 || r.bad[0].Mistake != layers.NotValid || r.bad[1].Mistake != layers.NotValid {
		t.Errorf("bad: %v", r.bad)
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
	// And the other way: right coordinates that are said to be Baidu's.
	if r := importFile(t, "street-shop", "right.csv", file(func(p orb.Point) orb.Point { return p }), func(m *layers.Importer) { m.System = crs.BD09 }); len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "look like EPSG:4326") {
		t.Errorf("WGS 84 taken for BD-09 goes unnoticed: %v", r.Warnings)
	}
}

// TestTheDetectiveKnowsPlaces gives rows no community: where the register has
// the same ids, or a name that only one place bears, gives the shift away.
func TestTheDetectiveKnowsPlaces(t *testing.T) {
	t.Parallel()
	known, named := map[string]layers.Known{}, map[string]geo.Point{}
	var b strings.Builder
	b.WriteString("id,trade,name,wkt\n")
	for i := range 40 {
		p := orb.Point{121.33 + 0.005*float64(i), 31.25 + 0.004*float64(i)}
		id := fmt.Sprintf("s%d", i)
		if i%2 == 0 {
			known[id] = layers.Known{ID: uuid.New(), Anchor: geo.Snap(p)}
		} else {
			named["shop "+id] = geo.Snap(p)
		}
		fmt.Fprintf(&b, "%s,retail,shop %s,\"POINT (%v)\"\n", id, id, geo.Snap(crs.ToBD09(p)))
	}
	with := func(m *layers.Importer) { m.Known, m.Named = known, named }
	if r := importFile(t, "street-shop", "b.csv", b.String(), with); len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "of 40 rows that the register knows 0 lie where it has them as EPSG:4326, 40 as BD-09") {
		t.Errorf("BD-09 goes unnoticed: %q", r.Warnings)
	}
	if r := importFile(t, "street-shop", "b.csv", b.String(), func(m *layers.Importer) { with(m); m.System = crs.BD09 }); len(r.Warnings) > 0 {
		t.Errorf("BD-09 taken as such is suspected: %q", r.Warnings)
	}
	// A street that moved 200 m as a whole is no wrong system.
	moved := map[string]geo.Point{}
	for name, at := range named {
		moved[name] = geo.Point{X: at.X + 20000, Y: at.Y}
	}
	if r := importFile(t, "street-shop", "b.csv", b.String(), func(m *layers.Importer) { m.System, m.Named = crs.BD09, moved }); len(r.Warnings) > 0 {
		t.Errorf("a move is suspected: %q", r.Warnings)
	}
}

// TestMetresAreNoDegrees imports metres as degrees and degrees as metres: the
// system is suspected, by name where one fits.
func TestMetresAreNoDegrees(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString("id,trade,lon,lat\n")
	at := orb.Point{121.41, 31.35}
	for i, name := range []string{"EPSG:4549", "EPSG:4528", "EPSG:3857"} {
		s, err := crs.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		p := s.FromWGS84(at)
		fmt.Fprintf(&rows, "%d,retail,%v,%v\n%d,retail,%v,%v\n", 2*i, p[0], p[1], 2*i+1, p[1], p[0])
	}
	rows.WriteString("9,retail,1234567,7654321\n")
	r := importFile(t, "street-shop", "metres.csv", rows.String(), nil)
	if len(r.bad) != 7 {
		t.Fatalf("%d of 7 rows are bad: %v", len(r.bad), r.bad)
	}
	for i, want := range []string{"EPSG:4549", "EPSG:4549 with the northing first", "EPSG:4528", "EPSG:4528 with the northing first", "EPSG:3857", "EPSG:3857 with the northing first", "no"} {
		b, kind := r.bad[i], layers.WrongSystem
		if want == "no" {
			kind, want = layers.NotValid, "not a finite longitude"
		}
		if b.Mistake != kind || !strings.Contains(b.Reason, want) {
			t.Errorf("%v, want %s: %s", b, kind, want)
		}
	}
	r = importFile(t, "street-shop", "degrees.csv", "id,trade,lon,lat\n1,retail,121.41,31.35\n2,retail,80,10\n", func(m *layers.Importer) { m.System = crs.WebMercator })
	if len(r.bad) != 2 || r.bad[0].Mistake != layers.WrongSystem || r.bad[1].Mistake != layers.OutsideDistrict {
		t.Errorf("degrees as metres: %v", r.bad)
	}
}

// TestRowsWithoutIDsAreSaidOnce imports a file whose rows bear no ids.
func TestRowsWithoutIDsAreSaidOnce(t *testing.T) {
	t.Parallel()
	warned := func(text string) (n int) {
		for _, w := range importFile(t, "street-shop", "shops.csv", text, nil).Warnings {
			if strings.Contains(w, "have no id") {
				n++
			}
		}
		return n
	}
	if n := warned("trade,lon,lat\nretail,121.41,31.35\nretail,121.42,31.35\n"); n != 1 {
		t.Errorf("%d warnings of rows without ids, want one", n)
	}
	if n := warned("id,trade,lon,lat\n7,retail,121.41,31.35\n"); n != 0 {
		t.Error("ids that are there are warned of")
	}
}

package geoio_test

import (
	"archive/zip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"gridward/geo/geoio"
)

func read(t *testing.T, path string, o geoio.Options) []geoio.Record {
	t.Helper()
	r, err := geoio.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []geoio.Record
	for r.Next() {
		out = append(out, r.Record())
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const features = `{"type":"FeatureCollection","name":"x","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},"features":[
{"type":"Feature","properties":{"name":"宝林","n":3},"geometry":{"type":"Point","coordinates":[121.4,31.3]}},
{"type":"Feature","id":7,"properties":null,"geometry":{"type":"Polygon","coordinates":[[[0,0,-5],[1,0,-5],[1,1,-5],[0,0,-5]]]}},
{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[null,2]}}
]}`

func TestGeoJSON(t *testing.T) {
	t.Parallel()
	got := read(t, file(t, "a.geojson", features), geoio.Options{})
	if len(got) != 3 || got[0].Geometry != (orb.Point{121.4, 31.3}) || got[0].Attributes["name"] != "宝林" {
		t.Fatalf("got %+v", got)
	}
	if got[1].Solid == nil || got[1].Attributes["id"] != 7.0 {
		t.Errorf("the polygon's depth or id is lost: %+v", got[1])
	}
	if got[2].Problem == nil || got[2].Row != 3 {
		t.Errorf("[null,2] was taken: %+v", got[2])
	}
	seq := `{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}}
` + "\x1e" + `{"type":"Feature","properties":{"a":2},"geometry":{"type":"Point","coordinates":[3,4]}}
`
	if got := read(t, file(t, "a.geojsonl", seq), geoio.Options{}); len(got) != 2 || got[1].Geometry != (orb.Point{3, 4}) {
		t.Errorf("a text sequence gives %+v", got)
	}
}

func TestDecodeGeometryRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		``, `null`, `[]`, `{"type":"Point"}`, `{"type":"Point","coordinates":[1]}`, `{"type":"Point","coordinates":[1,2,3,4]}`,
		`{"type":"Point","coordinates":[null,2]}`, `{"type":"Point","coordinates":["1",2]}`, `{"type":"Point","coordinates":[1e400,2]}`,
		`{"type":"Point","coordinates":[1,2],"coordinates":[3,4]}`, `{"type":"Point","TYPE":"Point","coordinates":[1,2]}`,
		`{"type":"Circle","coordinates":[1,2]}`, `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}`, `{"type":"Polygon","coordinates":[]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]}`, `{"type":"LineString","coordinates":[[0,0]]}`,
		`{"type":"GeometryCollection","geometries":[]}`, `{"type":"Point","coordinates":[[1,2]]}`,
	} {
		if g, _, err := geoio.DecodeGeometry([]byte(bad)); err == nil {
			t.Errorf("%s was taken as %v", bad, g)
		}
	}
}

func FuzzDecodeGeometry(f *testing.F) {
	f.Add([]byte(`{"type":"Point","coordinates":[1,2]}`))
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[0,0,1],[1,0,1],[1,1,1],[0,0,1]]]}`))
	f.Add([]byte(`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if g, _, err := geoio.DecodeGeometry(raw); err == nil && g == nil {
			t.Fatal("no geometry and no error")
		}
	})
}

func TestCSV(t *testing.T) {
	t.Parallel()
	got := read(t, file(t, "a.csv", "\xef\xbb\xbf名称,经度,纬度\n宝林,121.4,31.3\n坏,x,31\n短,1\n"), geoio.Options{})
	if len(got) != 3 || got[0].Geometry != (orb.Point{121.4, 31.3}) || got[0].Attributes["名称"] != "宝林" || got[1].Problem == nil || got[2].Problem == nil {
		t.Errorf("got %+v", got)
	}
	gbk := "\xc3\xfb\xb3\xc6,lon,lat\n\xb1\xa6\xc1\xd6,1,2\n" // 名称, 宝林
	if got := read(t, file(t, "b.csv", gbk), geoio.Options{}); got[0].Attributes["名称"] != "宝林" {
		t.Errorf("GBK gives %+v", got[0].Attributes)
	}
	if got := read(t, file(t, "c.csv", "id,wkt\n1,\"POLYGON Z ((0 0 -3,1 0 -3,1 1 -3,0 0 -3))\"\n"), geoio.Options{}); got[0].Solid == nil {
		t.Errorf("WKT with depth gives %+v", got[0])
	}
}

// TestWhatGDALWrites reads GeoPackages and Shapefiles (UTF-8 and GBK) that
// GDAL wrote, and what we write GDAL reads.
func TestWhatGDALWrites(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr is not here; make deps-test installs it")
	}
	points := file(t, "p.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"宝林","n":3},"geometry":{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]}}]}`)
	dir := t.TempDir()
	run := func(args ...string) string {
		out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	want := read(t, points, geoio.Options{})[0].Geometry
	gpkg := filepath.Join(dir, "p.gpkg")
	run("ogr2ogr", "-f", "GPKG", gpkg, points)
	r, err := geoio.Open(gpkg, geoio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.CRS() != "EPSG:4326" {
		t.Errorf("the GeoPackage says %q", r.CRS())
	}
	r.Close()
	if got := read(t, gpkg, geoio.Options{}); len(got) != 1 || got[0].Attributes["name"] != "宝林" || !orb.Equal(got[0].Geometry, want) {
		t.Errorf("GeoPackage gives %+v", got)
	}
	for _, encoding := range []string{"UTF-8", "GBK"} {
		shp := filepath.Join(dir, encoding)
		run("ogr2ogr", "-f", "ESRI Shapefile", "-lco", "ENCODING="+encoding, shp, points)
		archive := filepath.Join(dir, encoding+".zip")
		pack(t, shp, archive)
		got := read(t, archive, geoio.Options{})
		if len(got) != 1 || got[0].Attributes["name"] != "宝林" {
			t.Errorf("%s Shapefile gives %+v", encoding, got)
		}
		if p, ok := got[0].Geometry.(orb.Polygon); !ok || len(p) != 2 {
			t.Errorf("%s Shapefile gives %v", encoding, got[0].Geometry)
		}
	}
	solid := read(t, file(t, "s.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0,-5],[1,0,-5],[1,1,-5],[0,0,-5]]]}}]}`), geoio.Options{})[0]
	ours := filepath.Join(dir, "ours.gpkg")
	gp, err := geoio.NewGeoPackage(ours, "地下空间", []string{"name", "n"}, map[string]string{"n": "integer"}, time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []geoio.Record{{Geometry: want, Attributes: map[string]any{"name": "宝林", "n": int64(3)}}, {Geometry: solid.Geometry, Solid: solid.Solid, Attributes: map[string]any{"name": "B1"}}} {
		if err := gp.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := gp.Close(); err != nil {
		t.Fatal(err)
	}
	if out := run("ogrinfo", "-al", "-ro", ours); !strings.Contains(out, "宝林") || !strings.Contains(out, "-5") || strings.Contains(out, "Warning") {
		t.Errorf("ogrinfo reads our GeoPackage as\n%s", out)
	}
	if got := read(t, ours, geoio.Options{}); len(got) != 2 || got[0].Attributes["n"] != int64(3) || !orb.Equal(got[0].Geometry, want) || got[1].Solid == nil {
		t.Errorf("our GeoPackage reads back as %+v", got)
	}
	for _, name := range []string{"w.geojson", "w.csv"} {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := geoio.NewGeoJSON(f)
		if strings.HasSuffix(name, "csv") {
			if w, err = geoio.NewCSV(f, []string{"name", "formula"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Write(geoio.Record{Geometry: want, Attributes: map[string]any{"name": "宝林", "formula": "=1+1"}}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if out := run("ogrinfo", "-al", path); !strings.Contains(out, "宝林") {
			t.Errorf("ogrinfo reads %s as\n%s", name, out)
		}
		got := read(t, path, geoio.Options{})[0]
		if diff := cmp.Diff(want, got.Geometry); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if strings.HasSuffix(name, "csv") && got.Attributes["formula"] != "'=1+1" {
			t.Errorf("a formula was written as it was: %v", got.Attributes["formula"])
		}
	}
}

// TestEveryShapeGDALWrites reads each kind of shape back as it was: depth,
// holes, parts, dates; and names rows and bytes that are missing.
func TestEveryShapeGDALWrites(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr is not here; make deps-test installs it")
	}
	for name, geometry := range map[string]string{
		"point":      `{"type":"Point","coordinates":[121.4,31.3]}`,
		"pointz":     `{"type":"Point","coordinates":[121.4,31.3,-4.5]}`,
		"multipoint": `{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}`,
		"line":       `{"type":"LineString","coordinates":[[1,2],[3,4],[5,4]]}`,
		"lines":      `{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8],[9,9]]]}`,
		"linez":      `{"type":"LineString","coordinates":[[1,2,3],[3,4,5]]}`,
		"area":       `{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]}`,
		"areaz":      `{"type":"Polygon","coordinates":[[[0,0,-5],[4,0,-5],[4,4,-6],[0,4,-5],[0,0,-5]],[[1,1,-5],[1,2,-5],[2,2,-5],[2,1,-5],[1,1,-5]]]}`,
		"island":     `{"type":"MultiPolygon","coordinates":[[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[1,8],[8,8],[8,1],[1,1]]],[[[3,3],[6,3],[6,6],[3,6],[3,3]],[[4,4],[4,5],[5,5],[5,4],[4,4]]]]}`,
		"notch":      `{"type":"MultiPolygon","coordinates":[[[[0,0],[8,0],[8,8],[4,2],[0,8],[0,0]]],[[[0,8],[4,2],[8,8],[0,8]]]]}`,
		"metres":     `{"type":"Polygon","coordinates":[[[351000,3460000],[351040,3460000],[351040,3460040],[351000,3460040],[351000,3460000]],[[351010,3460010],[351010,3460020],[351020,3460020],[351010,3460010]]]}`,
		"areas":      `{"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]],[[[5,5],[6,5],[6,6],[5,5]]]]}`,
	} {
		source := file(t, "s.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":"1","on":"2026-10-31"},"geometry":`+geometry+`},{"type":"Feature","properties":{"a":"2","on":null},"geometry":`+geometry+`}]}`)
		want := read(t, source, geoio.Options{})[0]
		dir := filepath.Join(t.TempDir(), name)
		if out, err := exec.Command("ogr2ogr", "-f", "ESRI Shapefile", dir, source).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		archive := dir + ".zip"
		pack(t, dir, archive)
		got := read(t, archive, geoio.Options{})
		if len(got) != 2 || got[1].Attributes["a"] != "2" || got[0].Attributes["on"] != "2026-10-31" || got[1].Attributes["on"] != "" {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		for _, g := range got {
			if g.Problem != nil || !sameShape(g.Geometry, want.Geometry) {
				t.Errorf("%s: %v (%v), want %v", name, g.Geometry, g.Problem, want.Geometry)
			}
			if name == "areaz" || name == "pointz" {
				if g.Solid == nil || g.Solid.FlatCoords()[2] != map[string]float64{"areaz": -5, "pointz": -4.5}[name] {
					t.Errorf("%s lost its depth: %v", name, g.Solid)
				}
			}
		}
		// A file that was cut, or whose halves do not match, is an error and not a short list.
		for _, part := range []string{"shp", "dbf"} {
			cut := filepath.Join(t.TempDir(), "cut")
			if err := os.CopyFS(cut, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(cut, "s."+part)
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, less := range []int{3, (len(raw) - 100) / 2} {
				if part == "dbf" {
					less = 1 + less%20
				}
				if err := os.WriteFile(path, raw[:len(raw)-less], 0o600); err != nil {
					t.Fatal(err)
				}
				pack(t, cut, cut+".zip")
				r, err := geoio.Open(cut+".zip", geoio.Options{})
				if err == nil {
					for r.Next() {
					}
					err = r.Err()
					r.Close()
				}
				if err == nil {
					t.Errorf("%s: %d bytes less of the .%s go unnoticed", name, less, part)
				}
			}
		}
	}
}

// sameShape compares geometries up to where a ring begins and which way it runs.
func sameShape(a, b orb.Geometry) bool {
	if a.GeoJSONType() != b.GeoJSONType() {
		return false
	}
	switch a := a.(type) {
	case orb.Polygon:
		return sameShape(orb.MultiPolygon{a}, orb.MultiPolygon{b.(orb.Polygon)})
	case orb.MultiPolygon:
		rings := func(m orb.MultiPolygon) (out []string) {
			for _, p := range m {
				for _, r := range p {
					var vs []string
					for _, v := range r[1:] {
						vs = append(vs, fmt.Sprint(v))
					}
					slices.Sort(vs)
					out = append(out, strings.Join(vs, " "))
				}
			}
			slices.Sort(out)
			return out
		}
		return len(a) == len(b.(orb.MultiPolygon)) && slices.Equal(rings(a), rings(b.(orb.MultiPolygon)))
	}
	return orb.Equal(a, b)
}

func FuzzTextFiles(f *testing.F) {
	f.Add("a.csv", []byte("id,lon,lat\n1,121.4,31.3\n"))
	f.Add("a.csv", []byte("id,wkt\n1,\"POLYGON ((0 0,1 0,1 1,0 0))\"\n"))
	f.Add("a.tsv", []byte("\xc3\xfb\xb3\xc6\tlon\tlat\n\xb1\xa6\t1\t2\n"))
	f.Add("a.geojson", []byte(features))
	f.Add("a.geojsonl", []byte(`{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}}`))
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		ext := filepath.Ext(name)
		if ext != ".csv" && ext != ".tsv" && ext != ".geojson" && ext != ".geojsonl" {
			return
		}
		path := filepath.Join(t.TempDir(), "a"+ext)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := geoio.Open(path, geoio.Options{})
		if err != nil {
			return
		}
		defer r.Close()
		for row := 1; r.Next(); row++ {
			if rec := r.Record(); rec.Row != row || (rec.Geometry == nil) == (rec.Problem == nil) || rec.Attributes == nil && rec.Problem == nil {
				t.Fatalf("row %d: %+v", row, rec)
			}
		}
	})
}

func pack(t *testing.T, dir, to string) {
	t.Helper()
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	if err := z.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"fmt"
	"testing"
)

// TestMapNamesTheFilesColumnOnTheLeft imports with --map source=target, and
// wants both sides held to what there is before anything is read.
func TestMapNamesTheFilesColumnOnTheLeft(t *testing.T) {
	p := newDistrict(t)
	shops := p.file("shops.csv", "bh,mc,yt,a=b,lon,lat\n1,宝林,retail,南路,121.41,31.35\n2,高境,零售,北路,121.51,31.35\n")
	in := func(fails bool, mapping string, more ...string) string {
		return p.do(fails, append([]string{"import", "--layer", "street-shop", "--crs", "EPSG:4326", "--map", mapping, shops}, more...)...)
	}
	p.has(in(true, "trade=yt"), `no target "yt"`, "trade", "source_id", "address")
	p.has(in(true, "yt2=trade"), "no column yt2", "bh, lat, lon, mc, yt")
	p.has(in(true, "yt=trade;mc=trade"), "both stand for trade")
	p.has(in(true, "yt"), "source=target")
	p.has(in(true, "yt=trade", "--value", "yt.retail=retail"), `no attribute "yt"`, "trade")
	p.has(in(true, "yt=trade", "--value", "trade.retail=dragons"), "dragons", "restaurant")
	p.has(in(false, "bh=source_id;mc=name;mc=street;yt=trade;a=b=address"), "2 good, 0 bad", "street-shop: 2 added")
	out := p.file("out.csv", "")
	p.do(false, "export", "--layer", "street-shop", "--out", out)
	p.has(p.do(false, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--source", "again", "--dry-run", out), "2 good")
	p.has(p.do(true, "import", "--hazards", "--crs", "EPSG:4326", "--map", "mc=what", shops), `no target "what"`, "discovered_at")

	// GeoJSON has no head: a column may stand in the last row only.
	rows := p.file("rows.geojson", `{"type":"FeatureCollection","features":[
{"type":"Feature","id":7,"properties":{"trade":"retail"},"geometry":{"type":"Point","coordinates":[121.41,31.35]}},
{"type":"Feature","id":8,"properties":{"trade":"retail","mc":"末"},"geometry":{"type":"Point","coordinates":[121.42,31.35]}}]}`)
	p.has(p.do(false, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--map", "mc=name", rows), "2 good")
	p.has(p.do(true, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--map", "nc=name", rows), "no column nc", "id, mc, trade")
	p.has(p.do(true, "plan", "read", "--town", "310113001000", "--crs", "EPSG:4326", "--map", "code=bm", rows), `no target "bm"`, "community")
	p.has(p.do(true, "plan", "read", "--town", "310113001000", "--crs", "EPSG:4326", "--map", "bm=code", rows), "no column bm")
}

// TestBrokenRowsAndTailsNameTheRow imports files with text that is none, and
// files that end in the middle.
func TestBrokenRowsAndTailsNameTheRow(t *testing.T) {
	p := newDistrict(t)
	in := func(name, text string) string {
		return p.do(true, "import", "--layer", "street-shop", "--crs", "EPSG:4326", p.file(name, text))
	}
	row := func(id int, props string) string {
		return fmt.Sprintf(`{"type":"Feature","id":%d,"properties":{"trade":"retail"%s},"geometry":{"type":"Point","coordinates":[121.41,31.35]}}`, id, props)
	}
	head := `{"type":"FeatureCollection","features":[`
	said := in("nul.geojson", head+row(1, "")+","+row(2, `,"name":"a\u0000b"`)+","+row(3, `,"name":{"zh":"\u0000"}`)+"]}")
	p.has(said, "row 2", "row 3", `attribute "name"`, "1 good, 2 bad")
	p.lacks(said, "SQLSTATE")
	p.has(in("nul.csv", "id,trade,name,lon,lat\n1,retail,x,121.41,31.35\n2,retail,a\x00b,121.41,31.35\n"), "row 2", `attribute "name"`, "1 good, 1 bad")
	for name, text := range map[string]string{
		"cut.geojson":   head + row(1, "") + "," + row(2, "")[:60],
		"comma.geojson": head + row(1, "") + ",",
		"cut.csv":       "id,trade,lon,lat\n1,retail,121.41,31.35\n2,\"retail",
		"quote.csv":     "id,trade,lon,lat\n1,retail,121.41,31.35\n2,re\"tail,121.41,31.35\n",
	} {
		said := in(name, text)
		p.has(said, name, "row 2")
		p.lacks(said, "SQLSTATE", "COPY")
	}
	p.has(in("end.geojson", head+row(1, "")), "end.geojson", "after row 1")
}

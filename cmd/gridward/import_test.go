package main

import "testing"

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

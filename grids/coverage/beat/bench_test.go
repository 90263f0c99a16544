package beat_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"gridward/fixtures"
	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/grids/coverage/beat"
)

// demoTown is the streets of the demo district, which meet in common vertices.
func demoTown(t testing.TB) *town {
	t.Helper()
	d, err := fixtures.Generate(1, time.Date(2026, 10, 21, 10, 0, 0, 0, time.UTC), nil)
	if err != nil {
		t.Fatal(err)
	}
	out := &town{kind: map[uuid.UUID]string{}}
	nodes := map[orb.Point]int{}
	node := func(p orb.Point) int {
		if _, ok := nodes[p]; !ok {
			nodes[p] = len(out.nodes)
			out.nodes, out.from = append(out.nodes, p), append(out.from, nil)
		}
		return nodes[p]
	}
	for i, p := range d.Places["street"] {
		line := p.Footprint.(orb.LineString)
		out.streets = append(out.streets, beat.Street{ID: p.ID, Line: line, WidthM: p.Attributes["width_m"].(float64)})
		at := 0.0
		for v := 1; v < len(line); v++ {
			a, b, l := node(line[v-1]), node(line[v]), geo.Distance(line[v-1], line[v])
			out.from[a] = append(out.from[a], hop{i, a, b, at, at + l})
			out.from[b] = append(out.from[b], hop{i, b, a, at + l, at})
			at += l
		}
	}
	return out
}

// aDay is eight hours of a walk with a fix each two seconds: 14,400 fixes, less
// the few that are lost.
func aDay(seed uint64, town *town) ([]beat.Fix, truth) {
	s := usualStroll
	s.seconds, s.lost, s.outages = 8*3600, 0, 1
	return town.walk(rand.New(rand.NewPCG(seed, 30)), s)
}

// checkDemo holds what is found on a day in the demo district to what was
// walked. It is part of the benchmark, since making the district takes minutes
// under the race detector.
func checkDemo(b *testing.B, town *town, n *beat.Network, fixes []beat.Fix, real truth) {
	edges, nodes := n.Size()
	want := 0
	for _, s := range town.streets {
		want += len(s.Line.(orb.LineString)) - 1
	}
	if nodes != len(town.nodes) || edges != want {
		b.Errorf("%d edges and %d nodes, want %d and %d", edges, nodes, want, len(town.nodes))
	}
	w, counts := matched(b, n, fixes)
	var got score
	enough, full := 0, 0
	for _, s := range town.streets {
		on := w.On(s.ID, 0, always)
		got.add(on, real[s.ID])
		if n.Share(w, s.ID, 0, always).Enough(beat.Usual()) {
			enough++
		}
		if r := beat.Join(real[s.ID]...); (beat.Share{Walked: r.Length(), Length: n.Length(s.ID)}).Enough(beat.Usual()) {
			full++
		}
	}
	b.Logf("%d streets, %d edges, %d nodes; %d fixes, %d used, dropped %v, breaks %+v: %v; %d streets count as walked, %d were",
		len(town.streets), edges, nodes, len(fixes), counts.Used, counts.ByReason(), counts.Breaks, got, enough, full)
	if got.recall() < 0.95 || got.precision() < 0.95 || enough != full {
		b.Error(got)
	}
}

// BenchmarkMatch matches a day of one patrol on the demo's streets: 14,400
// fixes, from the fixes to what was walked. Beside it PostGIS joins the same
// points with the streets near them, in metres and with an index (which a reach
// that depends on the street could not use: 24 m are the widest one's), on one
// core: only the first step of what Match does.
func BenchmarkMatch(b *testing.B) {
	town := demoTown(b)
	n := network(b, town.streets)
	fixes, real := aDay(1, town)
	checkDemo(b, town, n, fixes, real)
	zone := shanghai(b)
	conn := inPostGIS(b, town.streets)
	if _, err := conn.Exec(b.Context(), `create table fix (geom geometry, accuracy float8)`); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.CopyFrom(b.Context(), pgx.Identifier{"fix"}, []string{"geom", "accuracy"}, pgx.CopyFromSlice(len(fixes), func(i int) ([]any, error) {
		return []any{ewkb.Orb{Geometry: orb.Point{fixes[i].Lon, fixes[i].Lat}}, fixes[i].AccuracyM}, nil
	})); err != nil {
		b.Fatal(err)
	}
	for _, sql := range []string{
		`update line set geom = st_transform(st_setsrid(geom, 4326), 32651)`, `update fix set geom = st_transform(st_setsrid(geom, 4326), 32651)`,
		`create index on line using gist (geom)`, `analyze line`, `analyze fix`,
	} {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			b.Fatal(err)
		}
	}
	var pairs int
	var postgis time.Duration
	for range 3 { // the best of three
		began := time.Now()
		if err := conn.QueryRow(context.Background(), `select count(*) from fix f join line l on st_dwithin(l.geom, f.geom, 24 + f.accuracy) where st_dwithin(l.geom, f.geom, 8 + l.width / 2 + f.accuracy)`).Scan(&pairs); err != nil {
			b.Fatal(err)
		}
		if took := time.Since(began); postgis == 0 || took < postgis {
			postgis = took
		}
	}
	var busy time.Duration
	rounds := 0
	for b.Loop() {
		began := time.Now()
		track, err := beat.NewTrack(fixes, beat.Usual())
		if err != nil {
			b.Fatal(err)
		}
		n.Match(track, zone)
		busy += time.Since(began)
		rounds++
	}
	mine := busy.Seconds() / float64(rounds)
	b.ReportMetric(1000*mine, "ms/day")
	b.ReportMetric(float64(len(fixes))/mine, "fixes/s")
	b.ReportMetric(1000*postgis.Seconds(), "postgis-ms")
	b.ReportMetric(postgis.Seconds()/mine, "x-postgis-dwithin")
}

// BenchmarkNewNetwork cuts the demo's streets.
func BenchmarkNewNetwork(b *testing.B) {
	town := demoTown(b)
	for b.Loop() {
		if _, err := beat.NewNetwork(town.streets, beat.Usual()); err != nil {
			b.Fatal(err)
		}
	}
}

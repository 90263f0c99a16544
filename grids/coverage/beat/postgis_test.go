package beat_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/geo/geotest"
	"gridward/grids/coverage/beat"
	"gridward/internal/testdb"
)

// inPostGIS loads streets into a database.
func inPostGIS(t testing.TB, streets []beat.Street) *pgx.Conn {
	t.Helper()
	conn := testdb.Owner(t, testdb.New(t))
	ctx := context.Background()
	if err := ewkb.Register(ctx, conn); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `create table line (id uuid primary key, width float8, geom geometry); set max_parallel_workers_per_gather = 0; set jit = off`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"line"}, []string{"id", "width", "geom"}, pgx.CopyFromSlice(len(streets), func(i int) ([]any, error) {
		return []any{streets[i].ID, streets[i].WidthM, ewkb.Orb{Geometry: streets[i].Line}}, nil
	})); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestLengthsEqualPostGIS compares streets with ST_Length of geography, and
// gaps with ST_LineSubstring. That cuts by shares of the flat length, so it is
// asked in UTM zone 51, whose scale does not change along a street.
func TestLengthsEqualPostGIS(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(21, 1))
	town := newTown(r, 8)
	n := network(t, town.streets)
	conn := inPostGIS(t, town.streets)
	fixes, _ := town.walk(r, usualStroll)
	w, _ := matched(t, n, fixes)
	gaps := 0
	for _, s := range town.streets {
		var length float64
		if err := conn.QueryRow(t.Context(), `select st_length(geom::geography) from line where id = $1`, s.ID).Scan(&length); err != nil {
			t.Fatal(err)
		}
		if d := float64(n.Length(s.ID))/100 - length; d > 0.005+1e-5*length || d < -0.005-1e-5*length {
			t.Errorf("street %s has %d cm, PostGIS %f m", s.ID, n.Length(s.ID), length)
		}
		for _, g := range n.Gaps(w, s.ID, 0, always) {
			gaps++
			from, to := float64(g.From)/float64(n.Length(s.ID)), float64(g.To)/float64(n.Length(s.ID))
			var apart, long float64
			if err := conn.QueryRow(t.Context(), `
				with cut as (select st_transform(st_linesubstring(st_transform(st_setsrid(geom, 4326), 32651), $2, $3), 4326) as part from line where id = $1)
				select greatest(st_distance(st_startpoint(part)::geography, st_startpoint(st_geomfromtext($4, 4326))::geography),
					st_distance(st_endpoint(part)::geography, st_endpoint(st_geomfromtext($4, 4326))::geography),
					st_hausdorffdistance(part, st_geomfromtext($4, 4326)) * 111000),
					st_length(part::geography) from cut`, s.ID, from, to, wkt.MarshalString(g.Line)).Scan(&apart, &long); err != nil {
				t.Fatal(err)
			}
			if apart > 0.02 {
				t.Errorf("street %s, gap %v: PostGIS cuts %.3f m beside it", s.ID, g.Span, apart)
			}
			if d := float64(g.Length())/100 - long; d > 0.02 || d < -0.02 {
				t.Errorf("street %s, gap %v of %d cm: PostGIS says %.3f m", s.ID, g.Span, g.Length(), long)
			}
		}
	}
	t.Logf("%d streets and %d gaps agree", len(town.streets), gaps)
}

// TestNetworkEqualsPostGIS compares the pieces into which streets are cut with
// ST_Node's. Networks where PostGIS finds places nearer to each other than 3 m
// are left out, since such places are taken as one here.
func TestNetworkEqualsPostGIS(t *testing.T) {
	t.Parallel()
	conn := inPostGIS(t, nil)
	compared := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 22))
		var streets []beat.Street
		var all orb.MultiLineString
		for i := range 3 + r.IntN(7) {
			line := orb.LineString{at(2000*r.Float64(), 2000*r.Float64())}
			for range 1 + r.IntN(3) {
				line = append(line, at(2000*r.Float64(), 2000*r.Float64()))
			}
			streets = append(streets, beat.Street{ID: number(i), Line: line})
			all = append(all, line)
		}
		var edges, nodes int
		var shortest, nearest float64
		if err := conn.QueryRow(t.Context(), `
			with part as (select (st_dump(st_node($1::geometry))).geom as g),
			tip as (select st_startpoint(g) as p from part union all select st_endpoint(g) from part)
			select (select count(*) from part), (select count(distinct st_snaptogrid(p, 1e-8)) from tip), (select min(st_length(g)) * 95000 from part),
				(select coalesce(min(st_distance(a.g, b.g)) * 95000, 1e9) from part a, part b where not st_intersects(a.g, b.g))`,
			ewkb.Orb{Geometry: all}).Scan(&edges, &nodes, &shortest, &nearest); err != nil {
			t.Fatal(err)
		}
		if min(shortest, nearest) < 3 {
			continue
		}
		compared++
		if e, v := network(t, streets).Size(); e != edges || v != nodes {
			t.Errorf("seed %d: %d edges and %d nodes, PostGIS finds %d and %d", seed, e, v, edges, nodes)
		}
	}
	if compared < 20 {
		t.Errorf("only %d networks were compared", compared)
	}
	t.Logf("%d networks agree", compared)
}

// TestReachesEqualPostGIS cuts streets by the faces of a partition.
func TestReachesEqualPostGIS(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(23, 1))
	origin := geo.Snap(corner)
	p, err := geo.NewPartition(geotest.Mesh(r, 10, 10, 14, geo.Point{X: origin.X - 3000, Y: origin.Y - 3000}, 12000))
	if err != nil {
		t.Fatal(err)
	}
	l, err := geo.NewLocator(p)
	if err != nil {
		t.Fatal(err)
	}
	town := newTown(r, 7)
	n := network(t, town.streets)
	conn := inPostGIS(t, town.streets)
	if _, err := conn.Exec(t.Context(), `create table face (id int primary key, geom geometry)`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.CopyFrom(t.Context(), pgx.Identifier{"face"}, []string{"id", "geom"}, pgx.CopyFromSlice(p.Faces(), func(i int) ([]any, error) {
		return []any{int32(i), ewkb.Orb{Geometry: p.Outline(int32(i)).MultiPolygon()}}, nil
	})); err != nil {
		t.Fatal(err)
	}
	locate := func(lon, lat float64) string {
		at := geo.Snap(orb.Point{lon, lat})
		key, err := geo.KeyAt(at)
		if err != nil {
			t.Fatal(err)
		}
		f := l.Locate(key, at)
		if f == geo.None {
			return ""
		}
		return string(rune('A' + f))
	}
	got := map[uuid.UUID]map[string]int64{}
	pieces := 0
	for _, s := range town.streets {
		got[s.ID] = map[string]int64{}
		for _, reach := range n.Reaches(s.ID, 0, locate) {
			got[s.ID][reach.Grid] += reach.Length()
			pieces++
		}
	}
	rows, err := conn.Query(t.Context(), `select l.id, f.id, st_length(st_intersection(l.geom, f.geom)::geography) from line l join face f on st_intersects(l.geom, f.geom)`)
	if err != nil {
		t.Fatal(err)
	}
	var street uuid.UUID
	var face int32
	var length float64
	compared := 0
	if _, err := pgx.ForEachRow(rows, []any{&street, &face, &length}, func() error {
		mine := float64(got[street][string(rune('A'+face))]) / 100
		delete(got[street], string(rune('A'+face)))
		// A grid that is met for less than a sample may be missed, once at each crossing.
		if d := mine - length; d > 0.1 || d < -0.1 {
			t.Errorf("street %s in face %d: %.2f m, PostGIS %.2f m", street, face, mine, length)
		}
		compared++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for id, rest := range got {
		if len(rest) > 0 {
			t.Errorf("street %s lies in grids that PostGIS does not find: %v", id, rest)
		}
	}
	t.Logf("%d streets in %d pieces, %d pairs of street and grid agree", len(town.streets), pieces, compared)
}

// TestStreetsBetweenGrids lays a street along a border, where the locator's
// answer is one side's or the other's by chance.
func TestStreetsBetweenGrids(t *testing.T) {
	t.Parallel()
	s := beat.Street{ID: number(0), Line: orb.LineString{at(0, 0), at(130, 41), at(301, 99)}}
	n := network(t, []beat.Street{s})
	line := s.Line.(orb.LineString)
	locate := func(lon, lat float64) string {
		if lon > at(220, 0)[0] {
			return ""
		}
		k := 0
		if lon > line[1][0] {
			k = 1
		}
		a, b := line[k], line[k+1]
		if (b[0]-a[0])*(lat-a[1])-(b[1]-a[1])*(lon-a[0]) > 0 {
			return "north"
		}
		return "south"
	}
	total := map[string]int64{}
	for _, r := range n.Reaches(s.ID, 2, locate) {
		total[r.Grid] += r.Length()
	}
	want := 100 * (geo.Distance(line[0], line[1]) + geo.Distance(line[1], line[2])*90/171)
	for _, grid := range []string{"north", "south"} {
		if d := float64(total[grid]) - want; d > 200 || d < -200 {
			t.Errorf("%s of the border lie %d cm, want %.0f", grid, total[grid], want)
		}
	}
	if len(total) != 2 {
		t.Errorf("%v", total)
	}
}

// TestAreasEqualPostGIS compares the share of an area in sight with that of
// ST_Buffer around the same walk.
func TestAreasEqualPostGIS(t *testing.T) {
	t.Parallel()
	conn := inPostGIS(t, nil)
	worst := 0.0
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 24))
		w, h := 60+300*r.Float64(), 60+300*r.Float64()
		grounds := orb.Polygon{{at(0, 0), at(w, 20*r.Float64()), at(w*(0.7+0.3*r.Float64()), h), at(-20*r.Float64(), h), at(0, 0)}}
		a, err := beat.NewArea(number(0), grounds)
		if err != nil {
			t.Fatal(err)
		}
		walk := orb.LineString{at(0.1*w, 0.3*h)}
		for range 4 {
			walk = append(walk, at(w*(0.1+0.6*r.Float64()), h*(0.1+0.8*r.Float64())))
		}
		got := a.Seen(looks(t, a, path(r, 0, walk...)), 0, always)
		var want float64
		if err := conn.QueryRow(t.Context(), `select st_area(st_intersection(st_setsrid($1::geometry, 4326), st_buffer(st_setsrid($2::geometry, 4326)::geography, 20, 'quad_segs=16')::geometry)::geography) / st_area(st_setsrid($1::geometry, 4326)::geography)`,
			ewkb.Orb{Geometry: grounds}, ewkb.Orb{Geometry: walk}).Scan(&want); err != nil {
			t.Fatal(err)
		}
		share := float64(got.Seen) / float64(got.Cells)
		worst = max(worst, share-want, want-share)
		if d := share - want; d > 0.03 || d < -0.06 { // ends and corners of the walk are cut by up to a window
			t.Errorf("seed %d: %.3f of %.0f by %.0f m were seen, PostGIS says %.3f", seed, share, w, h, want)
		}
	}
	t.Logf("the largest difference is %.3f of the area", worst)
}

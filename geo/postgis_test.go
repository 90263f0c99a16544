package geo_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/geo/geotest"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// inPostGIS loads a partition's faces and points in key order into a database.
func inPostGIS(t testing.TB, p *geo.Partition, points []geo.Point) *pgx.Conn {
	t.Helper()
	conn := testdb.Owner(t, testdb.New(t))
	ctx := context.Background()
	if err := ewkb.Register(ctx, conn); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `create table face (id int primary key, geom geometry); create table point (id int, geom geometry)`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"face"}, []string{"id", "geom"}, pgx.CopyFromSlice(p.Faces(), func(i int) ([]any, error) {
		return []any{int32(i), ewkb.Orb{Geometry: p.Outline(int32(i)).MultiPolygon()}}, nil
	})); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"point"}, []string{"id", "geom"}, pgx.CopyFromSlice(len(points), func(i int) ([]any, error) {
		return []any{int32(i), ewkb.Orb{Geometry: points[i].Orb()}}, nil
	})); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `create index on face using gist (geom); analyze face; analyze point; set max_parallel_workers_per_gather = 0; set jit = off`); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestLocatorEqualsPostGIS compares a million points with ST_Contains. PostGIS
// puts a point on an edge into no face; those are left out.
func TestLocatorEqualsPostGIS(t *testing.T) {
	t.Parallel()
	n := 1_000_000
	if testing.Short() {
		n = 50_000
	}
	r := rand.New(rand.NewPCG(11, 12))
	p, err := geo.NewPartition(geotest.Mesh(r, 60, 60, 500, geo.Point{X: 1213000000, Y: 312800000}, 20000))
	if err != nil {
		t.Fatal(err)
	}
	l, err := geo.NewLocator(p)
	if err != nil {
		t.Fatal(err)
	}
	points := inside(r, p, n)
	points, ks := sortByKey(points, keys(t, points))
	got := make([]int32, n)
	l.LocateSorted(ks, points, got)
	conn := inPostGIS(t, p, points)
	rows, err := conn.Query(t.Context(), `select p.id, f.id from point p join face f on st_contains(f.geom, p.geom)`)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]int32, n)
	for i := range want {
		want[i] = geo.None
	}
	var point, face int32
	if _, err := pgx.ForEachRow(rows, []any{&point, &face}, func() error { want[point] = face; return nil }); err != nil {
		t.Fatal(err)
	}
	onEdge := 0
	for i, q := range points {
		if got[i] == want[i] {
			continue
		}
		if want[i] == geo.None && got[i] != geo.None && p.Outline(got[i]).Side(q) == geo.Boundary {
			onEdge++
			continue
		}
		t.Fatalf("%v: the locator says %d, PostGIS %d", q, got[i], want[i])
	}
	t.Logf("%d points agree, %d lie on an edge", n-onEdge, onEdge)
}

// TestSQLKeysEqualGo holds the SQL functions of H3 keys to the Go ones.
func TestSQLKeysEqualGo(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	r := rand.New(rand.NewPCG(3, 4))
	err := db.Read(t.Context(), postgres.API, postgres.Scope{District: "310113"}, func(ctx context.Context, tx *postgres.Tx) error {
		for range 300 {
			k, err := geo.KeyAt(geo.Point{X: int32(r.IntN(3600000000) - 1800000000), Y: int32(r.IntN(1700000000) - 850000000)})
			if err != nil {
				return err
			}
			res := r.IntN(16)
			cell := k.Parent(res)
			var parent, lo, hi int64
			if err := tx.QueryRow(ctx, `select gridward.h3_parent($1, $2), gridward.h3_first_key($3), gridward.h3_last_key($3)`, int64(k), res, int64(cell)).Scan(&parent, &lo, &hi); err != nil {
				return err
			}
			first, last := cell.Keys()
			if geo.Cell(parent) != cell || geo.Key(lo) != first || geo.Key(hi) != last {
				t.Fatalf("%v at %d: SQL says %x [%x %x], Go %x [%x %x]", k, res, parent, lo, hi, uint64(cell), first, last)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMeasuresEqualPostGIS compares areas and lengths with geography's, within
// what the edges' form explains (see Outline.Area).
func TestMeasuresEqualPostGIS(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	p, err := geo.NewPartition(geotest.Mesh(r, 8, 8, 12, geo.Point{X: 1213000000, Y: 312800000}, 20000))
	if err != nil {
		t.Fatal(err)
	}
	conn := inPostGIS(t, p, nil)
	for f := range int32(p.Faces()) {
		var area, border float64
		if err := conn.QueryRow(t.Context(), `select st_area(geom::geography), st_perimeter(geom::geography) from face where id = $1`, f).Scan(&area, &border); err != nil {
			t.Fatal(err)
		}
		length := 0.0
		for _, polygon := range p.Outline(f).MultiPolygon() {
			for _, ring := range polygon {
				length += geo.Length(ring)
			}
		}
		if d := p.Outline(f).Area()/area - 1; d > 3e-6 || d < -3e-6 {
			t.Errorf("face %d: area %f, PostGIS %f", f, p.Outline(f).Area(), area)
		}
		if d := length/border - 1; d > 1e-5 || d < -1e-5 {
			t.Errorf("face %d: border %f, PostGIS %f", f, length, border)
		}
	}
}

// BenchmarkLocate places a million points of a district into 3,000 grids, from
// H3 keys in key order, on one core, beside the same join in PostGIS on one
// core; the database's own time is taken, without sending rows.
func BenchmarkLocate(b *testing.B) {
	p := district(b)
	l, err := geo.NewLocator(p)
	if err != nil {
		b.Fatal(err)
	}
	points := inside(rand.New(rand.NewPCG(2, 2)), p, 1_000_000)
	points, ks := sortByKey(points, keys(b, points))
	conn := inPostGIS(b, p, points)
	began := time.Now()
	var n int
	if err := conn.QueryRow(context.Background(), `select count(*) from point p join face f on st_contains(f.geom, p.geom)`).Scan(&n); err != nil {
		b.Fatal(err)
	}
	postgis := float64(len(points)) / time.Since(began).Seconds()
	rate := benchmarkLocate(b, l, ks, points)
	b.ReportMetric(rate/postgis, "x-postgis")
	b.ReportMetric(postgis, "postgis-points/s")
}

package ewkb_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/twpayne/go-geom"
	geomwkt "github.com/twpayne/go-geom/encoding/wkt"

	"gridward/geo/ewkb"
	"gridward/internal/testdb"
)

// connect is a connection that knows geometries, with a table for one of each.
func connect(t testing.TB, options ...ewkb.Option) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), testdb.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	if err := ewkb.Register(t.Context(), conn, options...); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `create temporary table shape (id int, g geometry)`); err != nil {
		t.Fatal(err)
	}
	return conn
}

var planeShapes = []string{
	"POINT(121.48 31.4)",
	"LINESTRING(121 31,122 32,121.5 31.25)",
	"LINESTRING EMPTY",
	"POLYGON((121 31,122 31,122 32,121 31),(121.2 31.1,121.3 31.1,121.3 31.2,121.2 31.1))",
	"POLYGON EMPTY",
	"MULTIPOINT((121 31),(122 32))",
	"MULTILINESTRING((121 31,122 32),(121 30,120 30))",
	"MULTIPOLYGON(((121 31,122 31,122 32,121 31)),((1 1,2 1,2 2,1 1)))",
	"GEOMETRYCOLLECTION(POINT(121 31),LINESTRING(1 2,3 4),GEOMETRYCOLLECTION(POINT(5 6)))",
}

// TestPlaneShapesBothWays asks PostGIS what it received and reads what it sends.
func TestPlaneShapesBothWays(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	for _, text := range planeShapes {
		want, err := wkt.Unmarshal(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, arg := range []any{want, ewkb.Orb{Geometry: want}} {
			var same bool
			var got orb.Geometry
			var any ewkb.Any
			var wrapped ewkb.Orb
			err = conn.QueryRow(t.Context(), `select ST_OrderingEquals($1::geometry, ST_GeomFromText($2, 4326)) and ST_SRID($1) = 4326,
				ST_GeomFromText($2, 4326), ST_GeomFromText($2, 4326), ST_GeomFromText($2)`, arg, text).Scan(&same, &got, &any, &wrapped)
			if err != nil {
				t.Fatalf("%s as %T: %v", text, arg, err)
			}
			if !same {
				t.Errorf("%s as %T: PostGIS got another geometry", text, arg)
			}
			for _, g := range []orb.Geometry{got, any.Geometry, wrapped.Geometry} {
				if !orb.Equal(want, g) {
					t.Errorf("%s came back as %v", text, g)
				}
			}
			if any.Solid != nil {
				t.Errorf("%s: Any has a solid", text)
			}
		}
	}
}

// TestSolidsKeepDepthAndTime round-trips Z, M and ZM.
func TestSolidsKeepDepthAndTime(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	for _, text := range []string{
		"POINT (121 31)", "POINT Z (121 31 -5.5)", "POINT M (121 31 7)", "POINT ZM (121 31 -5 7)", "POINT EMPTY",
		"LINESTRING M (121 31 1, 122 32 2)", "LINESTRING ZM (121 31 3 1, 122 32 4 2)",
		"POLYGON Z ((121 31 -4, 122 31 -4, 122 32 -4, 121 31 -4))",
		"MULTIPOLYGON Z (((121 31 -4, 122 31 -4, 122 32 -4, 121 31 -4)))",
		"MULTIPOINT Z (1 2 3, 4 5 6)", "MULTILINESTRING M ((1 2 3, 4 5 6))",
		"GEOMETRYCOLLECTION Z (POINT Z (1 2 3), LINESTRING Z (1 2 3, 4 5 6))",
	} {
		shape, err := geomwkt.Unmarshal(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, arg := range []any{shape, ewkb.Geom{T: shape}} {
			var same bool
			var got geom.T
			var wrapped ewkb.Geom
			err = conn.QueryRow(t.Context(), `select ST_AsEWKB($1::geometry) = ST_AsEWKB(ST_GeomFromEWKT('SRID=4326;' || $2)),
				ST_GeomFromEWKT('SRID=4326;' || $2), $1::geometry`, arg, text).Scan(&same, &got, &wrapped)
			if err != nil {
				t.Fatalf("%s as %T: %v", text, arg, err)
			}
			if !same {
				t.Errorf("%s as %T: PostGIS got other bytes", text, arg)
			}
			for _, g := range []geom.T{got, wrapped.T} {
				back, err := geomwkt.Marshal(g)
				if err != nil || back != text {
					t.Errorf("%s came back as %s (%v)", text, back, err)
				}
				if g.SRID() != ewkb.SRID {
					t.Errorf("%s came back with SRID %d", text, g.SRID())
				}
			}
		}
		if shape.SRID() != 0 {
			t.Errorf("%s: writing it changed the caller's geometry", text)
		}
	}
}

// TestAnyHasBothViews reads a solid and its plan view at once.
func TestAnyHasBothViews(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	var a ewkb.Any
	var p orb.Point
	var solid geom.Polygon
	err := conn.QueryRow(t.Context(), `select 'SRID=4326;POLYGON Z ((1 2 -3,4 5 -3,6 1 -3,1 2 -3))'::geometry,
		'SRID=4326;POINT Z (1 2 3)'::geometry, 'SRID=4326;POLYGON Z ((1 2 -3,4 5 -3,6 1 -3,1 2 -3))'::geometry`).Scan(&a, &p, &solid)
	if err != nil {
		t.Fatal(err)
	}
	if want := (orb.Polygon{{{1, 2}, {4, 5}, {6, 1}, {1, 2}}}); !orb.Equal(a.Geometry, want) {
		t.Errorf("plan view %v", a.Geometry)
	}
	if a.Solid == nil || a.Solid.Stride() != 3 || a.Solid.FlatCoords()[2] != -3 || solid.FlatCoords()[2] != -3 {
		t.Errorf("solid %v, %v", a.Solid, solid)
	}
	if p != (orb.Point{1, 2}) {
		t.Errorf("point %v", p)
	}
}

func TestConcreteTargetsRefuseOtherShapes(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	var polygon orb.MultiPolygon
	err := conn.QueryRow(t.Context(), `select 'SRID=4326;POINT(1 2)'::geometry`).Scan(&polygon)
	if err == nil || !strings.Contains(err.Error(), "Point") {
		t.Errorf("a point read into a MultiPolygon: %v", err)
	}
	var line geom.LineString
	if err := conn.QueryRow(t.Context(), `select 'SRID=4326;POINT(1 2)'::geometry`).Scan(&line); err == nil {
		t.Error("a point was read into a geom.LineString")
	}
}

func TestNull(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	g, s := orb.Geometry(orb.Point{1, 2}), geom.T(geom.NewPointFlat(geom.XY, []float64{1, 2}))
	o, m, a := ewkb.Orb{Geometry: g}, ewkb.Geom{T: s}, ewkb.Any{Geometry: g, Solid: s}
	p, q := &orb.Point{1, 2}, geom.NewPointFlat(geom.XY, []float64{1, 2})
	err := conn.QueryRow(t.Context(), `select $1::geometry, $2::geometry, $3::geometry, $4::geometry, $5::geometry, $1::geometry, $1::geometry`,
		ewkb.Orb{}, ewkb.Geom{}, nil, (*geom.Point)(nil), orb.LineString(nil)).Scan(&g, &s, &o, &m, &a, &p, &q)
	if err != nil {
		t.Fatal(err)
	}
	if g != nil || s != nil || o.Geometry != nil || m.T != nil || a.Geometry != nil || a.Solid != nil || p != nil || q != nil {
		t.Errorf("NULL came back as %v %v %v %v %v %v %v", g, s, o, m, a, p, q)
	}
	var plain orb.Point
	if err := conn.QueryRow(t.Context(), `select null::geometry`).Scan(&plain); err == nil {
		t.Error("NULL was read into a Point")
	}
}

// TestWhatIsRefused lists geometries that must not cross the border.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	conn := connect(t, ewkb.WithMaxVertices(5))
	for name, arg := range map[string]any{
		"a point without a place":     orb.Point{math.NaN(), math.NaN()},
		"half a point":                geom.NewPointFlat(geom.XY, []float64{1, math.NaN()}),
		"an infinite line":            orb.LineString{{1, 2}, {math.Inf(1), 2}},
		"more vertices than allowed":  make(orb.LineString, 6),
		"another SRID":                geom.NewPointFlat(geom.XY, []float64{1, 2}).SetSRID(3857),
		"a linear ring of no polygon": geom.NewLinearRingFlat(geom.XY, []float64{0, 0, 1, 0, 1, 1, 0, 0}),
	} {
		if _, err := conn.Exec(t.Context(), `insert into shape (g) values ($1)`, arg); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	for name, text := range map[string]string{
		"an empty point":             `'SRID=4326;POINT EMPTY'::geometry`,
		"an empty point among some":  `'SRID=4326;MULTIPOINT(1 2, EMPTY)'::geometry`,
		"another SRID":               `'SRID=3857;POINT(1 2)'::geometry`,
		"a curve":                    `'SRID=4326;CIRCULARSTRING(0 0,1 1,2 0)'::geometry`,
		"more vertices than allowed": `ST_Buffer('SRID=4326;POINT(1 2)'::geometry, 1)`,
		"an infinite number":         `ST_MakePoint('Infinity', 1)`,
	} {
		var g ewkb.Orb
		if err := conn.QueryRow(t.Context(), `select `+text).Scan(&g); err == nil {
			t.Errorf("%s was read: %v", name, g.Geometry)
		}
	}
	if err := conn.Ping(t.Context()); err != nil {
		t.Errorf("the connection does not survive a refusal: %v", err)
	}
}

// TestCopyAndBatch writes by COPY and by batch, both kinds of geometry and NULL.
func TestCopyAndBatch(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	ring := orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}
	solid := geom.NewPointFlat(geom.XYZ, []float64{1, 2, 3})
	n, err := conn.CopyFrom(t.Context(), pgx.Identifier{"shape"}, []string{"id", "g"}, pgx.CopyFromRows([][]any{
		{1, ring}, {2, ewkb.Orb{Geometry: ring}}, {3, solid}, {4, ewkb.Geom{T: solid}}, {5, ewkb.Orb{}}, {6, nil}}))
	if err != nil || n != 6 {
		t.Fatalf("%d rows copied: %v", n, err)
	}
	batch := &pgx.Batch{}
	batch.Queue(`insert into shape values (7, $1)`, ring)
	if err := conn.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), `select coalesce(ST_AsEWKT(g), 'null') from shape order by id`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	const flat, deep = "SRID=4326;POLYGON((0 0,1 0,1 1,0 0))", "SRID=4326;POINT(1 2 3)"
	if diff := cmp.Diff([]string{flat, flat, deep, deep, "null", "null", flat}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := conn.CopyFrom(t.Context(), pgx.Identifier{"shape"}, []string{"g"}, pgx.CopyFromRows([][]any{{orb.Point{math.Inf(1), 0}}})); err == nil {
		t.Error("an infinite point was copied")
	}
}

// TestUntypedTarget is what a target of type any gets.
func TestUntypedTarget(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	var v any
	if err := conn.QueryRow(t.Context(), `select 'SRID=4326;POINT(1 2)'::geometry`).Scan(&v); err != nil {
		t.Fatal(err)
	}
	if a, ok := v.(ewkb.Any); !ok || !orb.Equal(a.Geometry, orb.Point{1, 2}) {
		t.Errorf("got %#v", v)
	}
}

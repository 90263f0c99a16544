package geo_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/internal/testdb"
)

// TestDistanceToEqualsPostGIS compares distances from points to areas with a
// hole, lines and points with ST_Distance in the azimuthal plane around the point;
// that of geography is off by up to 0.4 % between a point and a line.
func TestDistanceToEqualsPostGIS(t *testing.T) {
	t.Parallel()
	conn := testdb.Owner(t, testdb.New(t))
	ctx := context.Background()
	if err := ewkb.Register(ctx, conn); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	near := func(spread float64) orb.Point {
		return orb.Point{121.4 + spread*(r.Float64()-0.5), 31.4 + spread*(r.Float64()-0.5)}
	}
	box := func(c orb.Point, d float64) orb.Ring {
		return orb.Ring{{c[0] - d, c[1] - d}, {c[0] + d, c[1] - d}, {c[0] + d, c[1] + d}, {c[0] - d, c[1] + d}, {c[0] - d, c[1] - d}}
	}
	inside := 0
	for i := range 300 {
		c := near(0.01)
		hole := box(c, 0.0004)
		hole.Reverse()
		g := []orb.Geometry{orb.Polygon{box(c, 0.001), hole}, orb.MultiPolygon{{box(c, 0.0005)}, {box(near(0.01), 0.0003)}}, orb.LineString{near(0.01), near(0.01), near(0.01)},
			orb.MultiLineString{{near(0.01), near(0.01)}, {near(0.01), near(0.01)}}, near(0.01), orb.MultiPoint{near(0.01), near(0.01)}}[i%6]
		p := near(0.01)
		if i%6 < 2 {
			p = orb.Point{c[0] + 0.002*(r.Float64()-0.5), c[1] + 0.002*(r.Float64()-0.5)}
		}
		var want float64
		if err := conn.QueryRow(ctx, `select st_distance(st_transform($1::geometry, plane), st_transform($2::geometry, plane))
			from (select format('+proj=aeqd +lat_0=%s +lon_0=%s +ellps=WGS84 +units=m', st_y($2::geometry), st_x($2::geometry)) as plane) p`, ewkb.Orb{Geometry: g}, ewkb.Orb{Geometry: p}).Scan(&want); err != nil {
			t.Fatal(err)
		}
		got := geo.DistanceTo(p, g)
		if math.Abs(got-want) > 0.03+want*1e-4 {
			t.Errorf("%s: %v m from %v, PostGIS says %v", g.GeoJSONType(), got, p, want)
		}
		if got == 0 {
			inside++
		}
	}
	if inside < 10 {
		t.Errorf("only %d points were inside", inside)
	}
}

package tiles_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"gridward/geo"
	"gridward/internal/testdb"
	"gridward/tiles"
	own "gridward/tiles/mvt"
)

// star is a ring of at least so many vertices around a middle, bent in and out,
// on the lattice. Eight leave a circle of 0.3 radii free.
func star(r *rand.Rand, middle orb.Point, radius float64, least int) orb.Ring {
	n := least + r.IntN(20)
	ring := make(orb.Ring, 0, n+1)
	for i := range n {
		a := 2 * math.Pi * (float64(i) + 0.8*r.Float64()) / float64(n)
		d := radius * (0.45 + 0.55*r.Float64())
		ring = append(ring, geo.Snap(orb.Point{middle[0] + d*math.Cos(a), middle[1] + d*math.Sin(a)}).Orb())
	}
	return append(ring, ring[0])
}

// TestShapesAreWhatPostGISDraws draws 10,000 random lines and areas, with and
// without holes, each on a random tile near it, and compares area and length with
// those of ST_AsMVTGeom: they differ by no more than rounding to the tile's steps
// may do.
func TestShapesAreWhatPostGISDraws(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), testdb.New(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	r := rand.New(rand.NewPCG(17, 4))
	const n = 10000
	shapes, at := make([]orb.Geometry, n), make([]maptile.Tile, n)
	var raw [][]byte
	var zs, xs, ys []int32
	for i := range n {
		middle := geo.Snap(orb.Point{121.4 + 0.1*r.Float64(), 31.3 + 0.1*r.Float64()}).Orb()
		z := maptile.Zoom(9 + r.IntN(8))
		width := 360 / math.Exp2(float64(z)) // of a tile, in degrees
		radius := width * math.Exp2(-6+8*r.Float64())
		at[i] = maptile.At(orb.Point{middle[0] + 1.5*width*(r.Float64()-0.5), middle[1] + 1.2*width*(r.Float64()-0.5)}, z)
		switch i % 3 {
		case 0:
			shapes[i] = orb.Polygon{star(r, middle, radius, 3)}
		case 1:
			hole := star(r, middle, radius*0.3, 3)
			hole.Reverse()
			shapes[i] = orb.Polygon{star(r, middle, radius, 8), hole}
		case 2:
			ring := star(r, middle, radius, 3)
			shapes[i] = orb.LineString(ring[:len(ring)-1])
		}
		b, err := wkb.Marshal(shapes[i])
		if err != nil {
			t.Fatal(err)
		}
		raw, zs, xs, ys = append(raw, b), append(zs, int32(z)), append(xs, int32(at[i].X)), append(ys, int32(at[i].Y))
	}
	rows, err := conn.Query(t.Context(), `
		select i, coalesce(st_area(g), 0), coalesce(st_length(g), 0), coalesce(st_perimeter(g), 0), coalesce(st_npoints(g), 0)
		from unnest($1::bytea[], $2::int[], $3::int[], $4::int[]) with ordinality as t(wkb, z, x, y, i)
		cross join lateral (select st_asmvtgeom(st_transform(st_geomfromwkb(wkb, 4326), 3857), st_tileenvelope(z, x, y), 4096, $5, true) as g) m
		order by i`, raw, zs, xs, ys, tiles.BufferShape)
	if err != nil {
		t.Fatal(err)
	}
	var i, points int
	var area, length, perimeter float64
	drawn, bad := 0, 0
	if _, err := pgx.ForEachRow(rows, []any{&i, &area, &length, &perimeter, &points}, func() error {
		i--
		a, l, vertices := measured(t, shapes[i], at[i])
		if a+l > 0 {
			drawn++
		}
		// Each end of an edge is rounded by at most half a step each way, on both
		// sides; where a line grazes the box, that moves the cut along it.
		slack := 1.5 * (perimeter + length + float64(points+vertices) + 8)
		if math.Abs(a-area) > slack || math.Abs(l-length) > 3*float64(points+vertices)+6+length/100 {
			if bad++; bad < 6 {
				t.Errorf("%d on %v: area %.0f and length %.0f, PostGIS has %.0f and %.0f (allowed %.0f): %v", i, at[i], a, l, area, length, slack, shapes[i])
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if drawn < n/3 || bad > 0 {
		t.Errorf("%d shapes were drawn, %d otherwise than by PostGIS", drawn, bad)
	}
}

// measured is the area and length of a shape as a tile draws it. Rings must run
// the right way, be closed, have an area, and stay within the buffer.
func measured(t *testing.T, g orb.Geometry, at maptile.Tile) (area, length float64, vertices int) {
	t.Helper()
	anchor, err := geo.Anchor(g)
	if err != nil {
		return 0, 0, 0
	}
	snap := tiles.NewSnapshot(tiles.Layout{Layer: "x"}, []tiles.Feature{{Code: "1", Anchor: anchor, Geometry: g}})
	raw := tiles.Draw(tiles.Mercator(at), tiles.Scope{}, tiles.Drawing{Name: "x", Parts: []*tiles.Snapshot{snap}}).Raw
	if len(raw) == 0 {
		return 0, 0, 0
	}
	layers, err := mvt.Unmarshal(raw)
	if err != nil {
		t.Fatalf("%v on %v: %v", g, at, err)
	}
	ring := func(r orb.Ring, hole bool) {
		local := make([][2]int32, 0, len(r))
		for _, p := range r {
			if p[0] < -tiles.BufferShape-1 || p[1] < -tiles.BufferShape-1 || p[0] > own.Extent+tiles.BufferShape+1 || p[1] > own.Extent+tiles.BufferShape+1 {
				t.Errorf("%v on %v: vertex %v is beyond the buffer", g, at, p)
			}
			local = append(local, [2]int32{int32(p[0]), int32(p[1])})
		}
		if n := len(local); n < 4 || local[0] != local[n-1] || (own.Area(local[:n-1]) < 0) != hole || own.Area(local[:n-1]) == 0 {
			t.Errorf("%v on %v: ring %v, a hole %v", g, at, r, hole)
		}
		vertices += len(r)
	}
	polygon := func(p orb.Polygon) {
		for k, r := range p {
			ring(r, k > 0)
			sign := 1.0
			if k > 0 {
				sign = -1
			}
			area += sign * math.Abs(planar.Area(r))
		}
	}
	switch g := layers[0].Features[0].Geometry.(type) {
	case orb.Polygon:
		polygon(g)
	case orb.MultiPolygon:
		for _, p := range g {
			polygon(p)
		}
	case orb.LineString:
		vertices += len(g)
		length += planar.Length(g)
	case orb.MultiLineString:
		for _, l := range g {
			vertices += len(l)
		}
		length += planar.Length(g)
	}
	return area, length, vertices
}

package ewkb_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/paulmach/orb"
	orbewkb "github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/twpayne/go-geom"
	geomewkb "github.com/twpayne/go-geom/encoding/ewkb"

	"gridward/geo/ewkb"
)

// emptyNaN is how PostGIS writes the numbers of an empty point.
const emptyNaN = uint64(0x7ff8000000000000)

func le(v ...any) []byte {
	b := []byte{1}
	for _, v := range v {
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	return b
}

// TestCountsAreCheckedFirst gives bytes that promise far more than they hold.
func TestCountsAreCheckedFirst(t *testing.T) {
	const many = uint32(math.MaxUint32)
	nested := le(uint32(1), 1.0, 2.0)
	for range ewkb.MaxDepth + 1 {
		nested = append(le(uint32(7), uint32(1)), nested...)
	}
	for name, raw := range map[string][]byte{
		"line": le(uint32(2), many), "polygon": le(uint32(3), many), "ring": le(uint32(3), uint32(1), many),
		"multipoint": le(uint32(4), many), "multipolygon": le(uint32(6), many), "collection": le(uint32(7), many),
		"solid line": le(uint32(0xC0000002), many), "nested": nested,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ewkb.Inspect(raw)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ewkb.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<16 {
			t.Errorf("%s: %d bytes were allocated for a refusal", name, grown)
		}
	}
	// As many members as the bytes hold, each of them empty.
	hollow := le(uint32(3), uint32(ewkb.MaxVertices+1))
	hollow = append(hollow, make([]byte, 4*(ewkb.MaxVertices+1))...)
	if _, err := ewkb.Inspect(hollow); !errors.Is(err, ewkb.ErrTooLarge) {
		t.Errorf("a million empty rings: %v", err)
	}
}

func TestInspectRefuses(t *testing.T) {
	t.Parallel()
	point := le(uint32(1), 1.0, 2.0)
	for name, raw := range map[string][]byte{
		"nothing": {}, "half a type": {1, 1, 0}, "byte order": {2, 1, 0, 0, 0}, "a type of ISO": le(uint32(1001), 1.0, 2.0, 3.0),
		"type 0": le(uint32(0)), "a short point": le(uint32(1), 1.0), "left over": append(point[:len(point):len(point)], 0),
		"a line in a multipoint":    append(le(uint32(4), uint32(1)), le(uint32(2), uint32(0))...),
		"a solid in a plane":        append(le(uint32(4), uint32(1)), le(uint32(0x80000001), 1.0, 2.0, 3.0)...),
		"depth in a track":          append(le(uint32(0x40000007), uint32(1)), le(uint32(0x80000001), 1.0, 2.0, 3.0)...),
		"another SRID in a member":  append(le(uint32(0x20000004), uint32(4326), uint32(1)), le(uint32(0x20000001), uint32(3857), 1.0, 2.0)...),
		"a vertex that is no place": le(uint32(2), uint32(2), 1.0, math.NaN(), math.NaN(), 2.0),
		"infinity":                  le(uint32(1), math.Inf(-1), 1.0),
		"half an empty point":       le(uint32(1), emptyNaN, 1.0),
		"another not-a-number":      le(uint32(1), emptyNaN|uint64(1), emptyNaN|uint64(1)),
	} {
		if h, err := ewkb.Inspect(raw); err == nil {
			t.Errorf("%s was taken: %+v", name, h)
		}
	}
}

func TestInspectCounts(t *testing.T) {
	t.Parallel()
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		g, err := wkt.Unmarshal("GEOMETRYCOLLECTION(POINT(1 2),MULTIPOLYGON(((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0)),((0 0,1 0,1 1,0 0))))")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := orbewkb.Marshal(g, 4326, order)
		if err != nil {
			t.Fatal(err)
		}
		h, err := ewkb.Inspect(raw)
		if want := (ewkb.Head{Type: 7, Stride: 2, SRID: 4326, Vertices: 13}); err != nil || h != want {
			t.Errorf("%v: %+v, %v; want %+v", order, h, err, want)
		}
	}
}

// FuzzInspect: what Inspect takes, both decoders read, with as many vertices
// as it counted; what it refuses costs nothing.
func FuzzInspect(f *testing.F) {
	for _, text := range planeShapes {
		g, err := wkt.Unmarshal(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(orbewkb.MustMarshal(g, 4326))
	}
	for _, s := range []string{
		"01010000a0e61000000000000000405e400000000000003f400000000000001440", // POINT Z
		"0101000020e6100000000000000000f87f000000000000f87f",                 // POINT EMPTY
		"0106000000ffffffff", "01ff0000000000", "0007000000010000000001",
	} {
		raw, err := hex.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, err := ewkb.Inspect(raw)
		if err != nil {
			return
		}
		solid, err := geomewkb.Unmarshal(raw)
		if err != nil {
			t.Fatalf("%x was taken and go-geom refuses it: %v", raw, err)
		}
		if n := vertices(solid); n != h.Vertices-h.EmptyPoints {
			t.Fatalf("%x: %d vertices counted, %d decoded, %d empty points", raw, h.Vertices, n, h.EmptyPoints)
		}
		if h.Stride != 2 {
			return
		}
		plane, srid, err := orbewkb.Unmarshal(raw)
		if err != nil {
			t.Fatalf("%x was taken and orb refuses it: %v", raw, err)
		}
		if srid != int(h.SRID) {
			t.Fatalf("%x: SRID %d and %d", raw, srid, h.SRID)
		}
		if h.EmptyPoints > 0 {
			return
		}
		again, srid, err := orbewkb.Unmarshal(orbewkb.MustMarshal(plane, 4326))
		if err != nil || srid != 4326 || !orb.Equal(plane, again) {
			t.Fatalf("%x changed when written again: %v and %v, %v", raw, plane, again, err)
		}
	})
}

func vertices(g geom.T) int {
	if c, ok := g.(*geom.GeometryCollection); ok {
		n := 0
		for i := range c.NumGeoms() {
			n += vertices(c.Geom(i))
		}
		return n
	}
	return len(g.FlatCoords()) / g.Stride()
}

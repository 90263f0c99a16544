package mvt_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"pgregory.net/rapid"

	"gridward/tiles/mvt"
)

// TestAnotherDecoderReadsEveryFeature writes random layers and reads them with
// orb's decoder.
func TestAnotherDecoderReadsEveryFeature(t *testing.T) {
	t.Parallel()
	var l mvt.Layer // one for all: nothing of a layer stays for the next
	rapid.Check(t, func(t *rapid.T) {
		keys := []string{"id", "name", "n", "x", "yes", "word", "code"}
		l.Begin("layer", keys)
		type want struct {
			id    uint64
			tags  map[string]any
			shape orb.Geometry
		}
		var wants []want
		words := []string{"甲", "乙", ""}
		for i := range rapid.IntRange(0, 30).Draw(t, "features") {
			w := want{id: rapid.Uint64Range(0, 1<<53-1).Draw(t, "id"), tags: map[string]any{}}
			if rapid.Bool().Draw(t, "named") {
				s := rapid.String().Draw(t, "name")
				l.String(1, s)
				w.tags["name"] = s
			}
			if rapid.Bool().Draw(t, "counted") {
				n := rapid.Int64Range(-1<<53+1, 1<<53-1).Draw(t, "n")
				l.Int(2, n)
				w.tags["n"] = float64(n)
			}
			if rapid.Bool().Draw(t, "measured") {
				x := rapid.Float64().Draw(t, "x")
				l.Number(3, x)
				w.tags["x"] = x
			}
			if rapid.Bool().Draw(t, "answered") {
				y := rapid.Bool().Draw(t, "yes")
				l.Bool(4, y)
				w.tags["yes"] = y
			}
			if k := rapid.IntRange(0, 3).Draw(t, "word"); k < 3 {
				l.Encoded(5, uint32(k), mvt.AppendString(nil, words[k]))
				w.tags["word"] = words[k]
			}
			if rapid.Bool().Draw(t, "coded") {
				l.Unique(6, string(rune('a'+i)))
				w.tags["code"] = string(rune('a' + i))
			}
			at := func() [2]int32 {
				return [2]int32{rapid.Int32Range(-5000, 9000).Draw(t, "x"), rapid.Int32Range(-5000, 9000).Draw(t, "y")}
			}
			point := func(p [2]int32) orb.Point { return orb.Point{float64(p[0]), float64(p[1])} }
			kind := mvt.Points
			switch a, b := at(), at(); {
			case rapid.Bool().Draw(t, "dropped"):
				l.Drop()
				continue
			case a == b || rapid.Bool().Draw(t, "point"):
				l.Shape.Point(a[0], a[1])
				w.shape = point(a)
			default:
				kind = mvt.Lines
				l.Shape.Line([][2]int32{a, b})
				w.shape = orb.LineString{point(a), point(b)}
			}
			l.Add(w.id, kind)
			wants = append(wants, w)
		}
		raw := l.AppendTo(nil)
		if len(wants) == 0 {
			if len(raw) != 0 || l.Len() != 0 {
				t.Fatalf("%d bytes without a feature", len(raw))
			}
			return
		}
		layers, err := orbmvt.Unmarshal(raw)
		if err != nil || len(layers) != 1 || layers[0].Name != "layer" || layers[0].Version != 2 || layers[0].Extent != mvt.Extent || len(layers[0].Features) != len(wants) {
			t.Fatalf("%v, %v", layers, err)
		}
		for i, f := range layers[0].Features {
			w := wants[i]
			if f.ID != float64(w.id) || !orb.Equal(f.Geometry, w.shape) || len(f.Properties) != len(w.tags) {
				t.Fatalf("feature %d: %v %v %v, want %+v", i, f.ID, f.Geometry, f.Properties, w)
			}
			for k, v := range w.tags {
				if f.Properties[k] != v {
					t.Fatalf("feature %d: %s is %v (%T), want %v", i, k, f.Properties[k], f.Properties[k], v)
				}
			}
		}
	})
}

// TestValuesComeBack encodes values for a dictionary and takes them back.
func TestValuesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, x, y := rapid.String().Draw(t, "s"), rapid.Float64().Draw(t, "x"), rapid.Bool().Draw(t, "y")
		for want, raw := range map[any][]byte{s: mvt.AppendString(nil, s), x: mvt.AppendNumber(nil, x), y: mvt.AppendBool(nil, y)} {
			if got, err := mvt.DecodeValue(raw); err != nil || got != want {
				t.Fatalf("%v came back as %v, %v", want, got, err)
			}
		}
	})
}

func TestNumbersThatAreNone(t *testing.T) {
	t.Parallel()
	var l mvt.Layer
	l.Begin("x", []string{"n"})
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		l.Number(0, v)
	}
	if len(l.Tags()) > 0 {
		t.Errorf("tags %v", l.Tags())
	}
}

// FuzzDecodeValue: whatever is read is written the same way again.
func FuzzDecodeValue(f *testing.F) {
	f.Add([]byte{})
	f.Add(mvt.AppendString(nil, "甲"))
	f.Add(mvt.AppendNumber(nil, -3))
	f.Add(mvt.AppendNumber(nil, 0.1))
	f.Add(mvt.AppendNumber(nil, 0.5))
	f.Add(mvt.AppendBool(nil, true))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := mvt.DecodeValue(raw)
		if err != nil {
			return
		}
		var again []byte
		switch v := v.(type) {
		case string:
			again = mvt.AppendString(nil, v)
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return
			}
			again = mvt.AppendNumber(nil, v)
		case bool:
			again = mvt.AppendBool(nil, v)
		}
		if back, err := mvt.DecodeValue(again); err != nil || back != v {
			t.Fatalf("%v is %v written anew, %v", v, back, err)
		}
	})
}

// BenchmarkLayer writes 4,000 points with five tags.
func BenchmarkLayer(b *testing.B) {
	b.ReportAllocs()
	var l mvt.Layer
	word := mvt.AppendString(nil, "street_shop")
	var out []byte
	for b.Loop() {
		l.Begin("x", []string{"id", "word", "n", "name", "yes"})
		for i := range 4000 {
			l.ID(0, [16]byte{byte(i), byte(i >> 8)})
			l.Encoded(1, uint32(i%7), word)
			l.Int(2, int64(i%5))
			l.String(3, "name")
			l.Bool(4, i%2 == 0)
			l.Shape.Point(int32(i), int32(i))
			l.Add(uint64(i), mvt.Points)
		}
		out = l.AppendTo(out[:0])
	}
	if !bytes.Contains(out, []byte("street_shop")) {
		b.Fatal("nothing was written")
	}
}

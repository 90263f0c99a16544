package crs_test

import (
	"errors"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"gridward/geo/crs"
)

func parse(t testing.TB, name string) crs.System {
	t.Helper()
	s, err := crs.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestVectors holds the systems to what others compute: PROJ 9.1's cs2cs for
// the plane ones (metres), the test suites of coordtransform and eviltransform
// for the Chinese ones (degrees).
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		system    string
		wgs, want orb.Point
		tolerance float64
	}{
		{"EPSG:4549", orb.Point{121.48, 31.40}, orb.Point{640760.079611525, 3476270.80221864}, 1e-4},
		{"EPSG:4549", orb.Point{121.30, 31.28}, orb.Point{623796.222970112, 3462747.73205652}, 1e-4},
		{"EPSG:4549", orb.Point{118.55, 45.2}, orb.Point{386070.59479737, 5008194.16596826}, 1e-4},
		{"EPSG:4528", orb.Point{121.48, 31.40}, orb.Point{40640760.0796115, 3476270.80221864}, 1e-4},
		{"EPSG:4550", orb.Point{121.48, 31.40}, orb.Point{355435.188251256, 3476322.71075652}, 1e-4},
		{"EPSG:3857", orb.Point{121.48, 31.40}, orb.Point{13523091.7415669, 3684806.44242203}, 1e-4},
		{"GCJ-02", orb.Point{116.404, 39.915}, orb.Point{116.41024449916938, 39.91640428150164}, 1e-12},
		{"GCJ-02", orb.Point{121.5272106, 31.1774276}, orb.Point{121.531541859215, 31.17530398364597}, 1e-12},
		{"GCJ-02", orb.Point{113.912316, 22.543847}, orb.Point{113.9171764808363, 22.540796131694766}, 1e-12},
		{"GCJ-02", orb.Point{139.6917, 35.6895}, orb.Point{139.6917, 35.6895}, 0},
		{"BD-09", orb.Point{116.404, 39.915}, orb.Point{116.41662724378733, 39.922699552216216}, 1e-12},
	} {
		s := parse(t, c.system)
		got := s.FromWGS84(c.wgs)
		if math.Abs(got[0]-c.want[0]) > c.tolerance || math.Abs(got[1]-c.want[1]) > c.tolerance {
			t.Errorf("%s of %v is %.12v, want %.12v", c.system, c.wgs, got, c.want)
		}
		back := s.ToWGS84(c.want)
		if math.Abs(back[0]-c.wgs[0]) > 1e-9 || math.Abs(back[1]-c.wgs[1]) > 1e-9 {
			t.Errorf("%v of %s comes back as %.12v, want %v", c.want, c.system, back, c.wgs)
		}
	}
}

// TestRoundTrips goes there and back within a tenth of a millimetre.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	names := []string{"EPSG:4490", "EPSG:3857", "EPSG:4549", "EPSG:4528", "GCJ-02", "BD-09", "fourparam:dx=-3457000.12,dy=-500123.4,rot=12.5,scale=-3.2,base=EPSG:4549"}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "system")
		p := orb.Point{rapid.Float64Range(118, 122.5).Draw(t, "lon"), rapid.Float64Range(18, 53).Draw(t, "lat")}
		s, err := crs.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		q := s.ToWGS84(s.FromWGS84(p))
		if math.Abs(p[0]-q[0]) > 1e-9 || math.Abs(p[1]-q[1]) > 1e-9 {
			t.Fatalf("%s: %v comes back as %v", name, p, q)
		}
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490", "epsg:4549": "EPSG:4549", "gcj02": "GCJ-02", "bd-09": "BD-09", "urn:ogc:def:crs:OGC:1.3:CRS84": "EPSG:4326"} {
		if got := parse(t, name).String(); got != want {
			t.Errorf("Parse(%q) is %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{"", "EPSG:2163", "EPSG:4512", "EPSG:4555", "mars"} {
		if _, err := crs.Parse(name); !errors.Is(err, crs.ErrUnknown) {
			t.Errorf("Parse(%q): %v", name, err)
		}
	}
	for _, name := range []string{"fourparam:dx=1", "fourparam:dx=1,dy=2,rot=0,scale=0,base=EPSG:4326", "fourparam:dx=x,dy=2,rot=0,scale=0,base=EPSG:4549"} {
		if _, err := crs.Parse(name); err == nil {
			t.Errorf("Parse(%q) was taken", name)
		}
	}
}

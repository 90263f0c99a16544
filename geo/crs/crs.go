// Package crs turns coordinates as Chinese data really comes into WGS 84
// longitude and latitude, and back.
//
// What is exact and what is not:
//
//   - WGS 84 (EPSG:4326) and CGCS2000 (EPSG:4490) are taken as one: the two
//     differ by less than a lattice step's worth in any use here.
//   - Gauss–Krüger zones (EPSG:4513–4554) follow Krüger's series to n^6
//     (Karney, Transverse Mercator with an accuracy of a few nanometers, 2011):
//     below a micrometre within a zone.
//   - Web Mercator (EPSG:3857) is its own definition.
//   - GCJ-02 (Amap, Tencent) and BD-09 (Baidu) follow the formulas that are
//     widely published; nobody outside has the official ones. The way back is
//     found by iteration to 1e-10 degree, so a round trip is exact; how far the
//     formulas are from the official ones is not known, a metre or two by
//     comparison of public vectors.
//   - A city's own plane grid is the four-parameter transform that the city
//     gives, as exact as its parameters.
package crs

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/paulmach/orb"
)

// System is a coordinate system. The zero value is none; use [Parse].
type System struct {
	name string
	to   func(orb.Point) orb.Point // into WGS 84
	from func(orb.Point) orb.Point
	// Geographic systems have degrees, longitude first; plane ones metres, easting first.
	geographic bool
}

// String is the system's name as [Parse] takes it.
func (s System) String() string { return s.name }

// Geographic reports whether coordinates are degrees.
func (s System) Geographic() bool { return s.geographic }

// ToWGS84 turns a coordinate of the system into longitude and latitude.
func (s System) ToWGS84(p orb.Point) orb.Point { return s.to(p) }

// FromWGS84 turns longitude and latitude into a coordinate of the system.
func (s System) FromWGS84(p orb.Point) orb.Point { return s.from(p) }

func same(p orb.Point) orb.Point { return p }

var (
	// WGS84 is EPSG:4326.
	WGS84 = System{"EPSG:4326", same, same, true}
	// CGCS2000 is EPSG:4490.
	CGCS2000 = System{"EPSG:4490", same, same, true}
	// GCJ02 is the "Mars" system of Amap and Tencent.
	GCJ02 = System{"GCJ-02", FromGCJ02, ToGCJ02, true}
	// BD09 is Baidu's.
	BD09 = System{"BD-09", FromBD09, ToBD09, true}
	// WebMercator is EPSG:3857, in metres.
	WebMercator = System{"EPSG:3857", fromMercator, toMercator, false}
)

// Planes are the systems in metres that everybody has: Web Mercator and the
// zones of CGCS2000.
func Planes() []System { return planes() }

var planes = sync.OnceValue(func() []System {
	out := []System{WebMercator}
	for code := 4513; code <= 4554; code++ {
		if s, err := Parse(fmt.Sprintf("EPSG:%d", code)); err == nil {
			out = append(out, s)
		}
	}
	return out
})

// ErrUnknown says that a name is no coordinate system; the text lists those that are.
var ErrUnknown = errors.New("unknown coordinate system: known are EPSG:4326 (WGS84), EPSG:4490 (CGCS2000), EPSG:4513 to 4554 (CGCS2000 Gauss–Krüger), EPSG:3857, GCJ-02, BD-09, and fourparam:dx=…,dy=…,rot=…,scale=…,base=EPSG:… for a city's own grid (metres, seconds, parts per million)")

var epsg = regexp.MustCompile(`^(?:EPSG:|URN:OGC:DEF:CRS:EPSG::)?([0-9]{4})$`)

// Parse finds a system by name.
func Parse(name string) (System, error) {
	n := strings.ToUpper(strings.TrimSpace(name))
	switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(n) {
	case "WGS84", "CRS84", "OGC:CRS84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84":
		return WGS84, nil
	case "CGCS2000":
		return CGCS2000, nil
	case "GCJ02":
		return GCJ02, nil
	case "BD09":
		return BD09, nil
	}
	if m := epsg.FindStringSubmatch(n); m != nil {
		code, _ := strconv.Atoi(m[1])
		switch {
		case code == 4326:
			return WGS84, nil
		case code == 4490:
			return CGCS2000, nil
		case code == 3857:
			return WebMercator, nil
		case code >= 4513 && code <= 4533: // zones 25 to 45, the zone before the easting
			zone := code - 4513 + 25
			return gaussKruger(fmt.Sprintf("EPSG:%d", code), float64(zone)*3, float64(zone)*1e6+500000), nil
		case code >= 4534 && code <= 4554: // the same meridians, 75° to 135° E, without the zone
			return gaussKruger(fmt.Sprintf("EPSG:%d", code), float64(code-4534)*3+75, 500000), nil
		}
	}
	if rest, ok := strings.CutPrefix(n, "FOURPARAM:"); ok {
		return fourParameters(strings.TrimSpace(name), rest)
	}
	return System{}, fmt.Errorf("%q: %w", name, ErrUnknown)
}

// fourParameters is a city's own plane grid: base = R(rot)·(1+scale)·p + (dx, dy).
func fourParameters(name, text string) (System, error) {
	v := map[string]float64{}
	base := ""
	for _, part := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(part, "=")
		if key == "BASE" {
			base = value
			continue
		}
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return System{}, fmt.Errorf("four-parameter transform: %s=%q is not a number", strings.ToLower(key), value)
		}
		v[key] = f
	}
	for _, key := range []string{"DX", "DY", "ROT", "SCALE"} {
		if _, ok := v[key]; !ok {
			return System{}, fmt.Errorf("four-parameter transform: %s is missing; dx, dy (metres), rot (seconds) and scale (parts per million) are needed, and base", strings.ToLower(key))
		}
	}
	on, err := Parse(base)
	if err != nil || on.geographic {
		return System{}, fmt.Errorf("four-parameter transform: base %q must be a plane system such as EPSG:4549", base)
	}
	sin, cos := math.Sincos(v["ROT"] / 3600 * math.Pi / 180)
	k := 1 + v["SCALE"]/1e6
	dx, dy := v["DX"], v["DY"]
	return System{name, func(p orb.Point) orb.Point {
		return on.to(orb.Point{dx + k*(p[0]*cos-p[1]*sin), dy + k*(p[0]*sin+p[1]*cos)})
	}, func(p orb.Point) orb.Point {
		q := on.from(p)
		x, y := (q[0]-dx)/k, (q[1]-dy)/k
		return orb.Point{x*cos + y*sin, y*cos - x*sin}
	}, false}, nil
}

const mercatorRadius = 6378137.0

func toMercator(p orb.Point) orb.Point {
	return orb.Point{p[0] * math.Pi / 180 * mercatorRadius, math.Asinh(math.Tan(p[1]*math.Pi/180)) * mercatorRadius}
}

func fromMercator(p orb.Point) orb.Point {
	return orb.Point{p[0] / mercatorRadius * 180 / math.Pi, math.Atan(math.Sinh(p[1]/mercatorRadius)) * 180 / math.Pi}
}

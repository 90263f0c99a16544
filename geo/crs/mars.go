package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// The Krasovsky ellipsoid, on which the published GCJ-02 formulas stand.
const (
	krasovskyA  = 6378245.0
	krasovskyE2 = 0.00669342162296594323
)

// outsideChina is the box in which GCJ-02 shifts anything; elsewhere it is the identity.
func outsideChina(p orb.Point) bool {
	return p[0] < 72.004 || p[0] > 137.8347 || p[1] < 0.8293 || p[1] > 55.8271
}

// ToGCJ02 shifts a WGS 84 coordinate as Amap and Tencent do; the identity
// outside China.
func ToGCJ02(p orb.Point) orb.Point {
	if outsideChina(p) {
		return p
	}
	x, y := p[0]-105, p[1]-35
	lat := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x))
	lon := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x))
	sin := func(v float64) float64 { return math.Sin(v * math.Pi) }
	both := (20*sin(6*x) + 20*sin(2*x)) * 2 / 3
	lat += both + (20*sin(y)+40*sin(y/3))*2/3 + (160*sin(y/12)+320*sin(y/30))*2/3
	lon += both + (20*sin(x)+40*sin(x/3))*2/3 + (150*sin(x/12)+300*sin(x/30))*2/3
	s := math.Sin(p[1] * math.Pi / 180)
	magic := 1 - krasovskyE2*s*s
	root := math.Sqrt(magic)
	return orb.Point{
		p[0] + lon*180/(krasovskyA/root*math.Cos(p[1]*math.Pi/180)*math.Pi),
		p[1] + lat*180/(krasovskyA*(1-krasovskyE2)/(magic*root)*math.Pi),
	}
}

// FromGCJ02 is the coordinate whose ToGCJ02 is p, to 1e-10 degree.
func FromGCJ02(p orb.Point) orb.Point {
	if outsideChina(p) {
		return p
	}
	return invert(ToGCJ02, p)
}

const bdFactor = math.Pi * 3000 / 180

// ToBD09 shifts a WGS 84 coordinate as Baidu does.
func ToBD09(p orb.Point) orb.Point { return gcjToBD(ToGCJ02(p)) }

// FromBD09 is the coordinate whose ToBD09 is p, to 1e-10 degree.
func FromBD09(p orb.Point) orb.Point { return FromGCJ02(invert(gcjToBD, p)) }

func gcjToBD(p orb.Point) orb.Point {
	z := math.Hypot(p[0], p[1]) + 0.00002*math.Sin(p[1]*bdFactor)
	theta := math.Atan2(p[1], p[0]) + 0.000003*math.Cos(p[0]*bdFactor)
	return orb.Point{z*math.Cos(theta) + 0.0065, z*math.Sin(theta) + 0.006}
}

// invert finds what f takes to p by going back the remaining difference: the
// shift changes so slowly that each step gains about three digits.
func invert(f func(orb.Point) orb.Point, p orb.Point) orb.Point {
	q := p
	for range 30 {
		r := f(q)
		dx, dy := p[0]-r[0], p[1]-r[1]
		q[0] += dx
		q[1] += dy
		if math.Abs(dx) < 1e-11 && math.Abs(dy) < 1e-11 {
			break
		}
	}
	return q
}

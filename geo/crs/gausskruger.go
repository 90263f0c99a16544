package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// The CGCS2000 ellipsoid.
const (
	cgcsA = 6378137.0
	cgcsF = 1 / 298.257222101
)

// Krüger's series in the third flattening n, Karney (2011) eqs. 35 and 36.
var (
	krugerA     float64 // the rectifying radius
	alpha, beta [6]float64
	ecc         = math.Sqrt(cgcsF * (2 - cgcsF))
)

func init() {
	n := cgcsF / (2 - cgcsF)
	n2, n3, n4, n5, n6 := n*n, n*n*n, n*n*n*n, n*n*n*n*n, n*n*n*n*n*n
	krugerA = cgcsA / (1 + n) * (1 + n2/4 + n4/64 + n6/256)
	alpha = [6]float64{
		n/2 - 2*n2/3 + 5*n3/16 + 41*n4/180 - 127*n5/288 + 7891*n6/37800,
		13*n2/48 - 3*n3/5 + 557*n4/1440 + 281*n5/630 - 1983433*n6/1935360,
		61*n3/240 - 103*n4/140 + 15061*n5/26880 + 167603*n6/181440,
		49561*n4/161280 - 179*n5/168 + 6601661*n6/7257600,
		34729*n5/80640 - 3418889*n6/1995840,
		212378941 * n6 / 319334400,
	}
	beta = [6]float64{
		n/2 - 2*n2/3 + 37*n3/96 - n4/360 - 81*n5/512 + 96199*n6/604800,
		n2/48 + n3/15 - 437*n4/1440 + 46*n5/105 - 1118711*n6/3870720,
		17*n3/480 - 37*n4/840 - 209*n5/4480 + 5569*n6/90720,
		4397*n4/161280 - 11*n5/504 - 830251*n6/7257600,
		4583*n5/161280 - 108847*n6/3991680,
		20648693 * n6 / 638668800,
	}
}

// gaussKruger is the zone of a central meridian (degrees) and false easting (metres).
func gaussKruger(name string, meridian, easting float64) System {
	return System{name, func(p orb.Point) orb.Point {
		xi, eta := p[1]/krugerA, (p[0]-easting)/krugerA
		x, y := xi, eta
		for j, b := range beta {
			k := 2 * float64(j+1)
			x -= b * math.Sin(k*xi) * math.Cosh(k*eta)
			y -= b * math.Cos(k*xi) * math.Sinh(k*eta)
		}
		sinh, cos := math.Sinh(y), math.Cos(x)
		lon := math.Atan2(sinh, cos)
		tau := math.Sin(x) / math.Hypot(sinh, cos)
		return orb.Point{meridian + lon*180/math.Pi, math.Atan(geographicTan(tau)) * 180 / math.Pi}
	}, func(p orb.Point) orb.Point {
		lon := (p[0] - meridian) * math.Pi / 180
		tau := conformalTan(math.Tan(p[1] * math.Pi / 180))
		x := math.Atan2(tau, math.Cos(lon))
		y := math.Asinh(math.Sin(lon) / math.Hypot(tau, math.Cos(lon)))
		xi, eta := x, y
		for j, a := range alpha {
			k := 2 * float64(j+1)
			xi += a * math.Sin(k*x) * math.Cosh(k*y)
			eta += a * math.Cos(k*x) * math.Sinh(k*y)
		}
		return orb.Point{easting + krugerA*eta, krugerA * xi}
	}, false}
}

// conformalTan is the tangent of the conformal latitude (Karney eqs. 7–9).
func conformalTan(tau float64) float64 {
	sigma := math.Sinh(ecc * math.Atanh(ecc*tau/math.Hypot(1, tau)))
	return tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
}

// geographicTan inverts conformalTan by Newton's method (Karney eqs. 19–21).
func geographicTan(want float64) float64 {
	tau := want
	for range 5 {
		at := conformalTan(tau)
		step := (want - at) / math.Hypot(1, at) * (1 + (1-ecc*ecc)*tau*tau) / ((1 - ecc*ecc) * math.Hypot(1, tau))
		tau += step
		if math.Abs(step) < 1e-14*math.Max(1, math.Abs(tau)) {
			break
		}
	}
	return tau
}

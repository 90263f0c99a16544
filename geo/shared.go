package geo

import "math"

// SharedArea is the area in square metres that two outlines share, by the sum
// over pairs of edges of the area that lies below both: each outline is the
// signed sum of the trapezoids between its edges and a common base line, and so
// is what they share. No crossing is computed and no shape is built, so shared
// edges, touching corners and slivers are no special cases. Coordinates are taken
// as a plane at the middle latitude of a; the relative error is that of the
// cosine over a's height (1e-5 for 10 km) and, absolutely, some 1e-9 of a's area.
func SharedArea(a, b Outline) float64 {
	box := a.Box()
	ox, oy := float64(box.Min.X), float64(box.Min.Y)
	height := float64(box.Max.Y) - oy
	var sum float64
	each(b, func(p, q Point) {
		if max(p.X, q.X) <= box.Min.X || min(p.X, q.X) >= box.Max.X || max(p.Y, q.Y) <= box.Min.Y {
			return // it has nothing of a above the base line under it
		}
		f := span(p, q, ox, oy)
		if f.left == f.right {
			return
		}
		each(a, func(p, q Point) {
			e := span(p, q, ox, oy)
			lo, hi := max(e.left, f.left), min(e.right, f.right)
			if lo < hi {
				sum += e.sign * f.sign * below(e, f, lo, hi, height)
			}
		})
	})
	mid := (float64(box.Min.Y) + height/2) * Unit
	lon, lat := MetersToDegrees(mid)
	return math.Max(0, sum*Unit*Unit/(lon*lat))
}

func each(o Outline, fn func(p, q Point)) {
	for _, r := range o {
		for i, p := range r {
			fn(p, r[(i+1)%len(r)])
		}
	}
}

// stretch is an edge as a function of x: from left to right, y = at + slope·x.
type stretch struct {
	left, right, at, slope float64
	sign                   float64 // +1 where the outline lies below it
}

func span(p, q Point, ox, oy float64) stretch {
	px, py, qx, qy := float64(p.X)-ox, float64(p.Y)-oy, float64(q.X)-ox, float64(q.Y)-oy
	s := stretch{sign: -1}
	if qx < px { // the outline lies to the left of the edge: below one that runs west
		px, py, qx, qy, s.sign = qx, qy, px, py, 1
	}
	s.left, s.right = px, qx
	if qx > px {
		s.slope = (qy - py) / (qx - px)
	}
	s.at = py - s.slope*px
	return s
}

// below is the integral of the lower of two edges, but not below the base line
// or above the height, from lo to hi.
func below(e, f stretch, lo, hi, height float64) float64 {
	cuts := [8]float64{lo, hi}
	n := 2
	cut := func(x float64) {
		if x > lo && x < hi {
			cuts[n] = x
			n++
		}
	}
	if e.slope != f.slope {
		cut((f.at - e.at) / (e.slope - f.slope))
	}
	if f.slope != 0 {
		cut(-f.at / f.slope)
		cut((height - f.at) / f.slope)
	}
	for i := 1; i < n; i++ { // four at most: insertion
		for k := i; k > 0 && cuts[k] < cuts[k-1]; k-- {
			cuts[k], cuts[k-1] = cuts[k-1], cuts[k]
		}
	}
	var sum float64
	for i := 1; i < n; i++ {
		x := (cuts[i-1] + cuts[i]) / 2 // straight between cuts: the middle is the mean
		y := math.Min(e.at+e.slope*x, math.Max(0, math.Min(height, f.at+f.slope*x)))
		sum += y * (cuts[i] - cuts[i-1])
	}
	return sum
}

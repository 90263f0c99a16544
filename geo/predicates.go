package geo

// Orientation tells on which side of the line from a to b the point c lies:
// +1 to the left (a, b, c turn counter-clockwise), -1 to the right, 0 when the
// three are collinear. It is exact for any three points of the lattice; the
// package documentation says why 64 bits suffice.
func Orientation(a, b, c Point) int {
	d := cross(a, b, c)
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}

// cross is twice the signed area of the triangle a, b, c in square lattice steps.
func cross(a, b, c Point) int64 {
	return (int64(b.X)-int64(a.X))*(int64(c.Y)-int64(a.Y)) -
		(int64(b.Y)-int64(a.Y))*(int64(c.X)-int64(a.X))
}

// OnSegment reports whether p lies on the closed segment from a to b.
func OnSegment(p, a, b Point) bool {
	return between(p.X, a.X, b.X) && between(p.Y, a.Y, b.Y) && cross(a, b, p) == 0
}

func between(v, a, b int32) bool {
	return (a <= v && v <= b) || (b <= v && v <= a)
}

// Meeting is how two closed segments meet.
type Meeting uint8

// The ways in which two segments can meet.
const (
	Apart    Meeting = iota // no common point
	Touching                // one common point that is an end of at least one of them
	Crossing                // one common point, inside both
	Along                   // a common stretch of positive length
)

// Meet tells how the closed segments ab and cd meet, exactly. Segments of
// length zero count as points.
func Meet(a, b, c, d Point) Meeting {
	if !boxesMeet(a, b, c, d) {
		return Apart
	}
	o1, o2 := Orientation(a, b, c), Orientation(a, b, d)
	o3, o4 := Orientation(c, d, a), Orientation(c, d, b)
	switch {
	case o1*o2 < 0 && o3*o4 < 0:
		return Crossing
	case o1 == 0 && o2 == 0 && o3 == 0 && o4 == 0: // all on one line
		return meetOnLine(a, b, c, d)
	case o1 == 0 && OnSegment(c, a, b), o2 == 0 && OnSegment(d, a, b),
		o3 == 0 && OnSegment(a, c, d), o4 == 0 && OnSegment(b, c, d):
		return Touching
	}
	return Apart
}

// meetOnLine is Meet for four collinear points whose boxes meet.
func meetOnLine(a, b, c, d Point) Meeting {
	lo, hi := maxPoint(minPoint(a, b), minPoint(c, d)), minPoint(maxPoint(a, b), maxPoint(c, d))
	switch {
	case less(lo, hi):
		return Along
	case lo == hi:
		return Touching
	}
	return Apart
}

func boxesMeet(a, b, c, d Point) bool {
	return max(a.X, b.X) >= min(c.X, d.X) && max(c.X, d.X) >= min(a.X, b.X) &&
		max(a.Y, b.Y) >= min(c.Y, d.Y) && max(c.Y, d.Y) >= min(a.Y, b.Y)
}

// less orders points by X, then Y. On one line it is the order along that line.
func less(a, b Point) bool { return a.X < b.X || (a.X == b.X && a.Y < b.Y) }

func minPoint(a, b Point) Point {
	if less(b, a) {
		return b
	}
	return a
}

func maxPoint(a, b Point) Point {
	if less(a, b) {
		return b
	}
	return a
}

// Side is where a point lies in relation to a ring or polygon.
type Side uint8

// The sides of a ring.
const (
	Outside Side = iota
	Boundary
	Inside
)

// InRing tells where p lies in relation to the ring, exactly. The ring may be
// given closed (last vertex equal to the first) or open, in either direction.
// It must be simple; for others the even–odd rule decides.
func InRing(p Point, ring []Point) Side {
	inside := false
	n := len(ring)
	for i, j := 0, n-1; i < n; j, i = i, i+1 {
		a, b := ring[j], ring[i]
		if OnSegment(p, a, b) {
			return Boundary
		}
		if (a.Y > p.Y) == (b.Y > p.Y) {
			continue
		}
		// The edge crosses the horizontal through p; it does so right of p
		// when p is left of it, seen upwards.
		if (cross(a, b, p) > 0) == (b.Y > a.Y) {
			inside = !inside
		}
	}
	if inside {
		return Inside
	}
	return Outside
}

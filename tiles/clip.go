package tiles

import "math"

// clipRing cuts a ring (the first vertex not repeated) to a box, half-plane by
// half-plane (Sutherland and Hodgman, Reentrant polygon clipping, 1974). Where
// a bent ring leaves the box several times, its parts stay joined along the
// box's edge: that is outside of what a tile shows, and adds no area. The answer
// may share memory with scratch, which is returned for the next call.
func clipRing(ring []world, b box, scratch *[2][]world) []world {
	in := ring
	for side := range 4 {
		out := scratch[side&1][:0]
		if len(in) == 0 {
			return nil
		}
		last := in[len(in)-1]
		lastIn := inside(last, b, side)
		for _, w := range in {
			now := inside(w, b, side)
			if now != lastIn {
				out = append(out, crossing(last, w, b, side))
			}
			if now {
				out = append(out, w)
			}
			last, lastIn = w, now
		}
		scratch[side&1] = out
		in = out
	}
	return in
}

// The sides of a box are numbered west, east, north, south.
func inside(w world, b box, side int) bool {
	switch side {
	case 0:
		return w.x >= b.minX
	case 1:
		return w.x <= b.maxX
	case 2:
		return w.y >= b.minY
	}
	return w.y <= b.maxY
}

// crossing is where an edge meets the line of a side, to the nearest step, the
// same whichever way the edge runs: neighbours that share it stay together.
func crossing(a, c world, b box, side int) world {
	if a.x > c.x || a.x == c.x && a.y > c.y {
		a, c = c, a
	}
	switch side {
	case 0:
		return world{b.minX, between(a.x, a.y, c.x, c.y, b.minX)}
	case 1:
		return world{b.maxX, between(a.x, a.y, c.x, c.y, b.maxX)}
	case 2:
		return world{between(a.y, a.x, c.y, c.x, b.minY), b.minY}
	}
	return world{between(a.y, a.x, c.y, c.x, b.maxY), b.maxY}
}

// between is v at u on the line from (u0, v0) to (u1, v1), u0 not u1. The
// quotient needs 66 bits, of which a float64 keeps the upper 53: more than the
// answer has.
func between(u0, v0, u1, v1, u int32) int32 {
	d := (float64(u) - float64(u0)) / (float64(u1) - float64(u0)) * (float64(v1) - float64(v0))
	if d < 0 {
		return int32(int64(v0) - int64(0.5-d))
	}
	return int32(int64(v0) + int64(d+0.5))
}

// clipLine cuts a line to a box and calls emit for each part that is left.
func clipLine(line []world, b box, scratch *[2][]world, emit func([]world)) {
	part := scratch[0][:0]
	end := func() {
		if len(part) > 1 {
			emit(part)
		}
		part = part[:0]
	}
	for i := 1; i < len(line); i++ {
		a, c := line[i-1], line[i]
		from, to, ok := clipEdge(a, c, b)
		if !ok {
			end()
			continue
		}
		if len(part) == 0 || part[len(part)-1] != from {
			end()
			part = append(part, from)
		}
		part = append(part, to)
		if to != c {
			end()
		}
	}
	end()
	scratch[0] = part
}

// clipEdge is what of an edge lies in a box (Liang and Barsky, A new concept and
// method for line clipping, 1984).
func clipEdge(a, c world, b box) (from, to world, ok bool) {
	begin, end := 0.0, 1.0
	dx, dy := float64(c.x)-float64(a.x), float64(c.y)-float64(a.y)
	for _, side := range [4][2]float64{
		{-dx, float64(a.x) - float64(b.minX)}, {dx, float64(b.maxX) - float64(a.x)},
		{-dy, float64(a.y) - float64(b.minY)}, {dy, float64(b.maxY) - float64(a.y)},
	} {
		switch p, q := side[0], side[1]; {
		case p == 0 && q < 0:
			return from, to, false
		case p < 0:
			begin = max(begin, q/p)
		case p > 0:
			end = min(end, q/p)
		}
	}
	if begin > end {
		return from, to, false
	}
	at := func(s float64) world {
		x, y := math.Round(float64(a.x)+s*dx), math.Round(float64(a.y)+s*dy)
		return world{int32(max(float64(b.minX), min(float64(b.maxX), x))), int32(max(float64(b.minY), min(float64(b.maxY), y)))}
	}
	from, to = a, c
	if begin > 0 {
		from = at(begin)
	}
	if end < 1 {
		to = at(end)
	}
	return from, to, true
}

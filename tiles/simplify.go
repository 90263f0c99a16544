package tiles

import (
	"cmp"
	"slices"
)

// Areas that share borders are simplified once, border by border, so that
// neighbours never part: each vertex is given the first zoom at which it is
// drawn, by how far it stands out from the line between vertices that are drawn
// before it (Douglas and Peucker, 1973). A vertex where more than two borders
// meet is drawn at every zoom.

// tolerance is how far, in tile steps, a border may be drawn beside itself: half
// a pixel of a tile shown at 512 pixels.
const tolerance = 4

// firstZooms gives each vertex of rings the first zoom at which it is drawn.
func firstZooms(rings [][]world) [][]uint8 {
	// Where the same borders meet, vertices have more or fewer than two neighbours.
	neighbours := map[world][]world{}
	for _, r := range rings {
		for i, w := range r {
			for _, n := range [2]world{r[(i+1)%len(r)], r[(i+len(r)-1)%len(r)]} {
				if !slices.Contains(neighbours[w], n) {
					neighbours[w] = append(neighbours[w], n)
				}
			}
		}
	}
	first := map[world]uint8{}
	out := make([][]uint8, len(rings))
	for k, r := range rings {
		var ends []int
		for i, w := range r {
			if len(neighbours[w]) != 2 {
				ends = append(ends, i)
			}
		}
		if len(ends) < 2 {
			ends = islandEnds(r, ends)
		}
		for e, from := range ends {
			to := ends[(e+1)%len(ends)]
			n := (to - from + len(r)) % len(r)
			if n == 0 {
				n = len(r)
			}
			arc := make([]world, n+1)
			for i := range arc {
				arc[i] = r[(from+i)%len(r)]
			}
			if compareWorld(arc[0], arc[n]) > 0 { // the neighbour walks it the other way
				slices.Reverse(arc)
			}
			first[arc[0]], first[arc[n]] = 0, 0
			thin(arc, 0, first)
		}
		out[k] = make([]uint8, len(r))
	}
	for k, r := range rings {
		for i, w := range r {
			out[k][i] = first[w]
		}
	}
	return out
}

func compareWorld(a, b world) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) }

// islandEnds are two vertices of a ring that meets no other, or only once: the
// lowest, or the one where it meets, and the farthest from it.
func islandEnds(r []world, ends []int) []int {
	from := 0
	if len(ends) == 1 {
		from = ends[0]
	} else {
		for i, w := range r {
			if compareWorld(w, r[from]) < 0 {
				from = i
			}
		}
	}
	far, at := -1.0, from
	for i, w := range r {
		dx, dy := float64(w.x)-float64(r[from].x), float64(w.y)-float64(r[from].y)
		if d := dx*dx + dy*dy; d > far || d == far && compareWorld(w, r[at]) < 0 {
			far, at = d, i
		}
	}
	return []int{min(from, at), max(from, at)}
}

// thin gives the vertices between the ends of an arc their first zooms; none is
// drawn before the arc's own vertex that stands out most.
func thin(arc []world, since uint8, first map[world]uint8) {
	if len(arc) < 3 {
		return
	}
	most, at := -1.0, 0
	a, b := arc[0], arc[len(arc)-1]
	for i, w := range arc[1 : len(arc)-1] {
		if d := offLine(w, a, b); d > most {
			most, at = d, i+1
		}
	}
	zoom := max(since, zoomOf(most))
	first[arc[at]] = zoom
	thin(arc[:at+1], zoom, first)
	thin(arc[at:], zoom, first)
}

// offLine is the square of the distance of a point from a segment.
func offLine(p, a, b world) float64 {
	x, y := float64(a.x), float64(a.y)
	dx, dy := float64(b.x)-x, float64(b.y)-y
	if dx != 0 || dy != 0 {
		t := ((float64(p.x)-x)*dx + (float64(p.y)-y)*dy) / (dx*dx + dy*dy)
		switch {
		case t > 1:
			x, y = float64(b.x), float64(b.y)
		case t > 0:
			x, y = x+t*dx, y+t*dy
		}
	}
	ex, ey := float64(p.x)-x, float64(p.y)-y
	return ex*ex + ey*ey
}

// zoomOf is the first zoom at which a distance, squared, in world steps may be
// more than the tolerance. A tile step is 2^(20-zoom) world steps.
func zoomOf(squared float64) uint8 {
	z := 20
	for step := 1.0; z > 0 && squared > step*step*tolerance*tolerance; step *= 2 {
		z--
	}
	return uint8(z)
}

// Package geotest makes random geometry for tests.
package geotest

import (
	"math/rand/v2"
	"slices"

	"gridward/geo"
)

// Mesh is a random partition: a warped grid of quads, grown together into
// faces that may have holes, several parts and long shared borders.
func Mesh(r *rand.Rand, cols, rows, faces int, origin geo.Point, step int32) []geo.Outline {
	at := make([]geo.Point, (cols+1)*(rows+1))
	for y := 0; y <= rows; y++ {
		for x := 0; x <= cols; x++ {
			jitter := func() int32 { return int32(r.Int64N(int64(step)*3/5)) - step*3/10 }
			at[y*(cols+1)+x] = geo.Point{X: origin.X + int32(x)*step + jitter(), Y: origin.Y + int32(y)*step + jitter()}
		}
	}
	label := make([]int, cols*rows)
	for i := range label {
		label[i] = -1
	}
	for f := range faces { // seeds
		label[(f*7919)%len(label)] = f
	}
	for slices.Contains(label, -1) { // grow
		i := r.IntN(len(label))
		if label[i] != -1 {
			continue
		}
		x, y := i%cols, i/cols
		for _, n := range r.Perm(4) {
			nx, ny := x+[]int{1, -1, 0, 0}[n], y+[]int{0, 0, 1, -1}[n]
			if nx >= 0 && nx < cols && ny >= 0 && ny < rows && label[ny*cols+nx] >= 0 {
				label[i] = label[ny*cols+nx]
				break
			}
		}
	}
	type edge struct{ a, b geo.Point }
	edges := make([]map[edge]bool, faces)
	for i, f := range label {
		if edges[f] == nil {
			edges[f] = map[edge]bool{}
		}
		x, y := i%cols, i/cols
		corner := []geo.Point{at[y*(cols+1)+x], at[y*(cols+1)+x+1], at[(y+1)*(cols+1)+x+1], at[(y+1)*(cols+1)+x]}
		for k := range corner {
			e := edge{corner[k], corner[(k+1)%4]}
			if edges[f][edge{e.b, e.a}] {
				delete(edges[f], edge{e.b, e.a})
			} else {
				edges[f][e] = true
			}
		}
	}
	out := make([]geo.Outline, faces)
	for f, set := range edges {
		from := map[geo.Point][]geo.Point{}
		for e := range set {
			from[e.a] = append(from[e.a], e.b)
		}
		for len(from) > 0 {
			var start geo.Point
			for p := range from {
				start = p
				break
			}
			var ring []geo.Point
			for p := start; ; {
				ring = append(ring, p)
				next := from[p]
				q := next[0]
				if len(next) == 2 { // two parts touch here: keep to the one turned left of, so rings stay simple
					prev := ring[max(0, len(ring)-2)]
					if geo.Orientation(prev, p, next[0]) < geo.Orientation(prev, p, next[1]) {
						q = next[1]
					}
					from[p] = slices.DeleteFunc(next, func(x geo.Point) bool { return x == q })
				} else {
					delete(from, p)
				}
				if p = q; p == start {
					break
				}
			}
			out[f] = append(out[f], ring)
		}
	}
	return out
}

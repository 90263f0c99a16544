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
	cells := make([][][]geo.Point, faces)
	for i, f := range label {
		x, y := i%cols, i/cols
		cells[f] = append(cells[f], []geo.Point{at[y*(cols+1)+x], at[y*(cols+1)+x+1], at[(y+1)*(cols+1)+x+1], at[(y+1)*(cols+1)+x]})
	}
	out := make([]geo.Outline, faces)
	for f := range cells {
		out[f] = geo.Dissolve(cells[f])
	}
	return out
}

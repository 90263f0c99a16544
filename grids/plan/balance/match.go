package balance

import "math"

// match says which present grid each new one continues, so that the fewest
// places change hands and, where places do not decide, the most land stays: an
// assignment of the most overlap (Kuhn 1955; the version with potentials by
// Jonker and Volgenant 1987). -1 for a grid that continues none.
func (g *graph) match(of []int32, k int) []int32 {
	ref := make([]int32, k)
	for a := range ref {
		ref[a] = -1
	}
	if g.grids == 0 {
		return ref
	}
	n := max(k, g.grids)
	gain := make([][]float64, n)
	for a := range gain {
		gain[a] = make([]float64, n)
	}
	for i, a := range of {
		for e := g.first[i]; e < g.first[i+1]; e++ {
			gain[a][g.holder[e]] += g.places[e]
		}
		if p := g.present[i]; p >= 0 {
			gain[a][p] += 0.5 * g.area[i] / g.land // all the land together is worth less than one place
		}
	}
	for a, p := range assign(gain) {
		if a < k && p < g.grids && gain[a][p] > 0 {
			ref[a] = int32(p)
		}
	}
	return ref
}

// assign gives each row a column of its own so that the sum is greatest.
func assign(gain [][]float64) []int {
	n := len(gain)
	u, v := make([]float64, n+1), make([]float64, n+1)
	row := make([]int, n+1) // of each column, from 1; 0 is free
	way := make([]int, n+1)
	for i := 1; i <= n; i++ {
		row[0] = i
		least := make([]float64, n+1)
		done := make([]bool, n+1)
		for j := range least {
			least[j] = math.Inf(1)
		}
		at := 0
		for row[at] != 0 {
			done[at] = true
			delta, next := math.Inf(1), 0
			for j := 1; j <= n; j++ {
				if done[j] {
					continue
				}
				if c := -gain[row[at]-1][j-1] - u[row[at]] - v[j]; c < least[j] {
					least[j], way[j] = c, at
				}
				if least[j] < delta {
					delta, next = least[j], j
				}
			}
			for j := range done {
				if done[j] {
					u[row[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			at = next
		}
		for at != 0 {
			row[at] = row[way[at]]
			at = way[at]
		}
	}
	out := make([]int, n)
	for j := 1; j <= n; j++ {
		out[row[j]-1] = j - 1
	}
	return out
}

package balance

import (
	"cmp"
	"math"
	"slices"
)

// diagram divides all atoms into k grids, each connected: a centroidal power
// diagram (every atom to the site with the least squared distance minus weight,
// sites at the middle of their work, weights moved until the work is even),
// begun from cuts across the longer way.
func (g *graph) diagram(k int) []int32 {
	all := make([]int32, g.n)
	for i := range all {
		all[i] = int32(i)
	}
	of := make([]int32, g.n)
	g.halve(all, k, 0, of)
	g.connect(of, k)
	best := slices.Clone(of)
	least := g.unevenness(best, k)
	weight := make([]float64, k)
	scale := g.land / float64(k) / math.Pi // the squared radius of a usual grid
	mean := g.total / float64(k)
	for range 24 {
		x, y, work := make([]float64, k), make([]float64, k), make([]float64, k)
		by := make([]float64, k)
		for i, a := range of {
			w := g.work[i]/g.total + g.area[i]/g.land // the middle of work and land: neither alone makes good sites
			x[a] += w * g.x[i]
			y[a] += w * g.y[i]
			by[a] += w
			work[a] += g.work[i]
		}
		for a := range k {
			x[a], y[a] = x[a]/by[a], y[a]/by[a]
			weight[a] += 0.25 * scale * math.Max(-1, math.Min(1, 1-work[a]/mean))
		}
		for i := range of {
			nearest := math.Inf(1)
			for a := range k {
				dx, dy := g.x[i]-x[a], g.y[i]-y[a]
				if d := dx*dx + dy*dy - weight[a]; d < nearest {
					nearest, of[i] = d, int32(a)
				}
			}
		}
		g.connect(of, k)
		if u := g.unevenness(of, k); u < least {
			least = u
			copy(best, of)
		}
	}
	return best
}

// unevenness is the sum of squared deviations of a division.
func (g *graph) unevenness(of []int32, k int) float64 {
	work := make([]float64, k)
	for i, a := range of {
		work[a] += g.work[i]
	}
	mean, sum := g.total/float64(k), 0.0
	for _, w := range work {
		sum += (w/mean - 1) * (w/mean - 1)
	}
	return sum
}

// halve cuts atoms across their longer way into two parts of the same work a
// grid, and goes on until each part is one grid, numbered from first.
func (g *graph) halve(atoms []int32, k int, first int32, of []int32) {
	if k == 1 || len(atoms) < 2 {
		for _, i := range atoms {
			of[i] = first
		}
		return
	}
	var mx, my, sum float64
	for _, i := range atoms {
		mx, my, sum = mx+g.area[i]*g.x[i], my+g.area[i]*g.y[i], sum+g.area[i]
	}
	mx, my = mx/sum, my/sum
	var xx, xy, yy float64
	for _, i := range atoms {
		dx, dy := g.x[i]-mx, g.y[i]-my
		xx, xy, yy = xx+g.area[i]*dx*dx, xy+g.area[i]*dx*dy, yy+g.area[i]*dy*dy
	}
	angle := math.Atan2(2*xy, xx-yy) / 2 // of the longer axis of inertia
	cos, sin := math.Cos(angle), math.Sin(angle)
	order := slices.Clone(atoms)
	slices.SortStableFunc(order, func(i, j int32) int {
		return cmp.Compare(g.x[i]*cos+g.y[i]*sin, g.x[j]*cos+g.y[j]*sin)
	})
	total := 0.0
	for _, i := range order {
		total += g.work[i]
	}
	left := k / 2
	want, have, cut := total*float64(left)/float64(k), 0.0, 0
	for cut < len(order)-1 && (have+g.work[order[cut]]/2 < want || cut == 0) {
		have += g.work[order[cut]]
		cut++
	}
	cut = max(min(left, len(order)-1), min(cut, len(order)-(k-left))) // an atom for every grid, if there are so many
	g.halve(order[:cut], left, first, of)
	g.halve(order[cut:], k-left, first+int32(left), of)
}

// connect leaves each grid its part with the most work, gives the rest away over
// the longest borders, and takes an atom or more from the fullest grids for grids
// that have none.
func (g *graph) connect(of []int32, k int) {
	part := make([]int32, g.n) // numbered over all grids
	var work []float64
	var grid []int32
	for i := range part {
		part[i] = -1
	}
	var queue []int32
	for i := int32(0); i < int32(g.n); i++ {
		if part[i] >= 0 || of[i] < 0 {
			continue
		}
		n := int32(len(work))
		work, grid = append(work, 0), append(grid, of[i])
		part[i] = n
		queue = append(queue[:0], i)
		for q := 0; q < len(queue); q++ {
			u := queue[q]
			work[n] += g.work[u] + 1e-9*g.area[u]
			for e := g.start[u]; e < g.start[u+1]; e++ {
				if w := g.to[e]; g.open[e] && part[w] < 0 && of[w] == of[i] {
					part[w] = n
					queue = append(queue, w)
				}
			}
		}
	}
	main := make([]int32, k)
	for a := range main {
		main[a] = -1
	}
	for n, a := range grid {
		if main[a] < 0 || work[n] > work[main[a]] {
			main[a] = int32(n)
		}
	}
	for i := range of {
		if of[i] >= 0 && part[i] != main[of[i]] {
			of[i] = -1
		}
	}
	g.grow(of)
	for a := range k {
		if main[a] < 0 {
			g.found(of, k, int32(a))
		}
	}
}

// grow gives atoms without a grid to a neighbour's, over the longest border,
// round by round from the grids outwards.
func (g *graph) grow(of []int32) {
	var open []int32
	for i, a := range of {
		if a < 0 {
			open = append(open, int32(i))
		}
	}
	if len(open) == g.n {
		of[0], open = 0, open[1:]
	}
	type give struct{ atom, to int32 }
	for len(open) > 0 {
		var gives []give
		rest := open[:0]
		for _, i := range open {
			best, longest := int32(-1), -1.0
			for e := g.start[i]; e < g.start[i+1]; e++ {
				if a := of[g.to[e]]; g.open[e] && a >= 0 && g.metres[e] > longest {
					best, longest = a, g.metres[e]
				}
			}
			if best < 0 {
				rest = append(rest, i)
			} else {
				gives = append(gives, give{i, best})
			}
		}
		for _, v := range gives {
			of[v.atom] = v.to
		}
		open = rest
		if len(gives) == 0 {
			return // the graph is connected, so this is never
		}
	}
}

// found makes a grid that has no atom out of half of the one with the most work
// that has two.
func (g *graph) found(of []int32, k int, fresh int32) {
	work, size := make([]float64, k), make([]int, k)
	for i, a := range of {
		work[a] += g.work[i] + 1e-9*g.area[i]
		size[a]++
	}
	fullest := int32(-1)
	for a := range work {
		if size[a] > 1 && (fullest < 0 || work[a] > work[fullest]) {
			fullest = int32(a)
		}
	}
	if fullest < 0 {
		return
	}
	g.bisect(of, fullest, fresh)
}

// bisect gives a part of a grid, about half of its work, to a new one; both are
// connected. It follows a spanning tree of the grid, breadth first from an atom
// at its edge, and takes the branch whose work is nearest to half.
func (g *graph) bisect(of []int32, grid, fresh int32) {
	last := int32(-1)
	for i, a := range of {
		if a == grid {
			last = int32(i)
			break
		}
	}
	var order []int32
	back := map[int32]int32{}
	for range 3 { // the farthest from anywhere lies at an edge; once more for the tree
		clear(back)
		back[last] = -1
		order = append(order[:0], last)
		for q := 0; q < len(order); q++ {
			u := order[q]
			for e := g.start[u]; e < g.start[u+1]; e++ {
				w := g.to[e]
				if _, met := back[w]; g.open[e] && of[w] == grid && !met {
					back[w] = u
					order = append(order, w)
				}
			}
		}
		last = order[len(order)-1]
	}
	branch := map[int32]float64{}
	total := 0.0
	for q := len(order) - 1; q >= 0; q-- {
		u := order[q]
		own := g.work[u] + 1e-9*g.area[u]
		total += own
		branch[u] += own
		if back[u] >= 0 {
			branch[back[u]] += branch[u]
		}
	}
	top, nearest := int32(-1), math.Inf(1)
	for _, u := range order[1:] {
		if d := math.Abs(branch[u] - total/2); d < nearest {
			top, nearest = u, d
		}
	}
	in := map[int32]bool{top: true}
	for _, u := range order { // parents come before their branches
		if in[u] || (back[u] >= 0 && in[back[u]]) {
			in[u] = true
			of[u] = fresh
		}
	}
}

// continued begins with the present grids: those beyond k with the least work are
// given away, and missing ones are taken from the fullest. It returns for each
// grid the present one that it continues, -1 for a new one; false if nothing is
// divided yet.
func (g *graph) continued(k int) (of, ref []int32, ok bool) {
	work := make([]float64, g.grids)
	there := make([]bool, g.grids)
	for i, a := range g.present {
		if a >= 0 {
			work[a] += g.work[i]
			there[a] = true
			ok = true
		}
	}
	if !ok {
		return nil, nil, false
	}
	var keep []int32
	for a := range there {
		if there[a] {
			keep = append(keep, int32(a))
		}
	}
	slices.SortStableFunc(keep, func(a, b int32) int { return cmp.Compare(work[b], work[a]) })
	keep = keep[:min(k, len(keep))]
	slices.Sort(keep)
	label := make([]int32, g.grids)
	for a := range label {
		label[a] = -1
	}
	ref = make([]int32, k)
	for n := range ref {
		ref[n] = -1
		if n < len(keep) {
			ref[n], label[keep[n]] = keep[n], int32(n)
		}
	}
	of = make([]int32, g.n)
	for i, a := range g.present {
		of[i] = -1
		if a >= 0 {
			of[i] = label[a]
		}
	}
	g.connect(of, k)
	return of, ref, true
}

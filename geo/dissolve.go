package geo

import "slices"

// Dissolve joins cells that share whole edges, vertex for vertex, into one
// outline: the edges that two of them share cancel. Rings that touch
// themselves in a node come out as several simple rings. The order of the
// result depends on the cells alone.
func Dissolve(cells [][]Point) Outline {
	type edge struct{ a, b Point }
	open := map[edge]bool{}
	for _, c := range cells {
		for i, a := range c {
			e := edge{a, c[(i+1)%len(c)]}
			if back := (edge{e.b, e.a}); open[back] {
				delete(open, back)
			} else {
				open[e] = true
			}
		}
	}
	next := map[Point][]Point{}
	starts := make([]Point, 0, len(open))
	for e := range open {
		if len(next[e.a]) == 0 {
			starts = append(starts, e.a)
		}
		next[e.a] = append(next[e.a], e.b)
	}
	slices.SortFunc(starts, comparePoints)
	for _, n := range next {
		slices.SortFunc(n, comparePoints)
	}
	var out Outline
	for _, start := range starts {
		for len(next[start]) > 0 {
			ring := []Point{start}
			for p := start; ; {
				q := next[p][0] // where several leave, any will do: simplify parts the ring there
				next[p] = next[p][1:]
				if q == start {
					break
				}
				ring = append(ring, q)
				p = q
			}
			out = append(out, SimpleRings(ring)...)
		}
	}
	return out
}

// SimpleRings takes a ring apart where it comes back to a vertex: a hole that
// touches its outer ring is a ring of its own. What encloses nothing is left out.
func SimpleRings(ring []Point) (out Outline) {
	at := map[Point]int{}
	var stack []Point
	for _, p := range ring {
		if i, seen := at[p]; seen {
			part := slices.Clone(stack[i:])
			for _, q := range stack[i:] {
				delete(at, q)
			}
			stack = stack[:i]
			if len(part) > 2 {
				out = append(out, part)
			}
		}
		at[p] = len(stack)
		stack = append(stack, p)
	}
	if len(stack) > 2 {
		out = append(out, stack)
	}
	return out
}

func comparePoints(a, b Point) int {
	switch {
	case less(a, b):
		return -1
	case a == b:
		return 0
	}
	return 1
}

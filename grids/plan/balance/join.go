package balance

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"gridward/geo"
)

// groups are pieces joined with each other.
type groups struct {
	list   []Atom
	parent []int
	areas  []float64
	beside []map[int]float64 // metres of border to the pieces around, by piece or former group
}

func (g *groups) root(i int) int {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

// union joins two groups; the result goes by the lower number.
func (g *groups) union(i, j int) {
	i, j = g.root(i), g.root(j)
	if i == j {
		return
	}
	if j < i {
		i, j = j, i
	}
	g.parent[j] = i
	g.areas[i] += g.areas[j]
	for k, m := range g.beside[j] {
		g.beside[i][k] += m
	}
	g.beside[j] = nil
}

// around is the border in metres of a group to each of its neighbours.
func (g *groups) around(i int) map[int]float64 {
	out := map[int]float64{}
	for k, m := range g.beside[i] {
		if r := g.root(k); r != i {
			out[r] += m
		}
	}
	return out
}

// join makes atoms of the pieces: those of one compound are one, and what is
// below an area (m²) goes to the neighbour along the longest border, rather one
// in the same present grid.
func (p *pieces) join(least float64) {
	g := &groups{list: p.list, parent: make([]int, len(p.list)), areas: make([]float64, len(p.list)), beside: make([]map[int]float64, len(p.list))}
	for i := range p.list {
		g.parent[i], g.areas[i], g.beside[i] = i, p.list[i].AreaM2, map[int]float64{}
		for _, b := range p.list[i].Neighbours {
			g.beside[i][b.Atom] = b.Metres
		}
	}
	boxes := make([]geo.Box, 0, len(p.list))
	for i := range p.list {
		if len(p.a.Zone.Whole) > 0 {
			boxes = append(boxes, p.list[i].Outline.Box())
		}
	}
	for i, o := range p.a.Zone.Whole {
		if !p.keepWhole(g, o, boxes) {
			p.a.Notes = append(p.a.Notes, fmt.Sprintf("area %d to be kept whole lies in parts that no land of the community joins", i))
		}
	}
	order := make([]int, len(p.list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p.list[i].AreaM2, p.list[j].AreaM2) })
	for again := true; again; {
		again = false
		for _, i := range order {
			if g.root(i) != i || g.areas[i] >= least {
				continue
			}
			best, longest, same := -1, 0.0, false
			around := g.around(i)
			for _, k := range slices.Sorted(maps.Keys(around)) {
				alike := p.list[k].Present == p.list[i].Present
				if (alike && !same) || (alike == same && around[k] > longest) {
					best, longest, same = k, around[k], alike
				}
			}
			if best >= 0 {
				g.union(i, best)
				again = true
			}
		}
	}
	var number map[int]int
	p.a.Atoms, number = p.grouped(g)
	for _, h := range p.hems {
		of := Hem{Outline: h.Outline}
		for _, i := range slices.Sorted(maps.Keys(h.metres)) {
			of.add(number[g.root(i)], h.metres[i])
		}
		p.a.Hems = append(p.a.Hems, of)
	}
}

// keepWhole joins the pieces of which more than a sliver lies in a compound. Where
// they do not hang together, the pieces on the shortest way between them join them.
func (p *pieces) keepWhole(g *groups, compound geo.Outline, boxes []geo.Box) bool {
	box, area := compound.Box(), compound.Area()
	var in []int
	for i := range p.list {
		if !boxes[i].Meets(box) {
			continue
		}
		if shared := geo.SharedArea(p.list[i].Outline, compound); shared > 0.5*p.list[i].AreaM2 || shared > math.Max(1, 0.002*area) {
			in = append(in, i)
		}
	}
	if len(in) < 2 {
		return true
	}
	for _, i := range in {
		for _, b := range p.list[i].Neighbours {
			if _, also := slices.BinarySearch(in, b.Atom); also { // over however short a border
				g.union(i, b.Atom)
			}
		}
	}
	for _, i := range in[1:] {
		if g.root(i) != g.root(in[0]) && !p.joinAlong(g, in[0], i) {
			return false
		}
	}
	return true
}

// joinAlong joins two pieces and those on the shortest way between them.
func (p *pieces) joinAlong(g *groups, from, to int) bool {
	back := map[int]int{from: from}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == to {
			for ; at != from; at = back[at] {
				g.union(at, back[at])
			}
			return true
		}
		for _, b := range p.list[at].Neighbours {
			if _, met := back[b.Atom]; !met {
				back[b.Atom] = at
				queue = append(queue, b.Atom)
			}
		}
	}
	return false
}

// grouped makes an atom of each group.
func (p *pieces) grouped(g *groups) ([]Atom, map[int]int) {
	number := map[int]int{}
	var members [][]int
	for i := range p.list {
		r := g.root(i)
		if _, known := number[r]; !known {
			number[r] = len(members)
			members = append(members, nil)
		}
		members[number[r]] = append(members[number[r]], i)
	}
	out := make([]Atom, len(members))
	for k, list := range members {
		atom := Atom{Present: p.list[list[0]].Present}
		held := map[int]int{}
		at := map[int]*Border{}
		for _, i := range list {
			q := &p.list[i]
			atom.Minutes += q.Minutes
			atom.AreaM2 += q.AreaM2
			atom.X += q.X * q.AreaM2
			atom.Y += q.Y * q.AreaM2
			atom.OuterM += q.OuterM
			atom.Places += q.Places
			atom.rings = append(atom.rings, q.Outline...)
			if q.Present != atom.Present {
				atom.Present = -1
			}
			for _, h := range q.Held {
				held[h.Grid] += h.Places
			}
			for _, b := range q.Neighbours {
				j := number[g.root(b.Atom)]
				if j == k {
					continue
				}
				if at[j] == nil {
					at[j] = &Border{Atom: j}
				}
				at[j].Metres += b.Metres
				at[j].StreetM += b.StreetM
				at[j].Cuts += b.Cuts
				at[j].Open = at[j].Open || b.Open
			}
		}
		atom.X, atom.Y = atom.X/atom.AreaM2, atom.Y/atom.AreaM2
		atom.Held = heldOf(held)
		for _, j := range slices.Sorted(maps.Keys(at)) {
			atom.Neighbours = append(atom.Neighbours, *at[j])
		}
		atom.Outline = p.list[list[0]].Outline
		if len(list) > 1 {
			atom.Outline = geo.Dissolve(atom.rings)
		}
		out[k] = atom
	}
	return out, number
}

// bridge joins the parts of a zone that is not all of one piece, each to the
// nearest, so that an islet goes with the mainland.
func (p *pieces) bridge() {
	atoms := p.a.Atoms
	for bridges := 0; ; bridges++ {
		part := components(atoms)
		if slices.Max(part) == 0 {
			if bridges > 0 {
				p.a.Notes = append(p.a.Notes, fmt.Sprintf("it lies in %d parts: a grid may have land in more than one", bridges+1))
			}
			return
		}
		from, to, near := -1, -1, math.Inf(1)
		for i := range atoms {
			if part[i] != 0 {
				continue
			}
			for j := range atoms {
				if d := math.Hypot(atoms[i].X-atoms[j].X, atoms[i].Y-atoms[j].Y); part[j] != 0 && d < near {
					from, to, near = i, j, d
				}
			}
		}
		link(&atoms[from], to)
		link(&atoms[to], from)
	}
}

func link(a *Atom, to int) {
	for i := range a.Neighbours {
		if a.Neighbours[i].Atom == to {
			a.Neighbours[i].Open = true // by a border of less than a metre
			return
		}
	}
	a.Neighbours = append(a.Neighbours, Border{Atom: to, Open: true})
	slices.SortFunc(a.Neighbours, func(x, y Border) int { return x.Atom - y.Atom })
}

// components numbers the connected parts of atoms, the first atom's being 0.
func components(atoms []Atom) []int {
	part := make([]int, len(atoms))
	for i := range part {
		part[i] = -1
	}
	n := 0
	for i := range atoms {
		if part[i] >= 0 {
			continue
		}
		part[i] = n
		for queue := []int{i}; len(queue) > 0; queue = queue[1:] {
			for _, b := range atoms[queue[0]].Neighbours {
				if b.Open && part[b.Atom] < 0 {
					part[b.Atom] = n
					queue = append(queue, b.Atom)
				}
			}
		}
		n++
	}
	return part
}

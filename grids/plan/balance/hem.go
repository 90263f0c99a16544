package balance

import "gridward/geo"

// Hem is a strip of a step or two beside an edge of the zone's outline, on which
// several atoms lie. The edge cannot be divided between its corners, so one grid
// has the strip and the whole edge, and where atoms of other grids lie on it,
// the strip is border twice: the less of that, the better.
type Hem struct {
	Outline geo.Outline
	On      []Stretch // the atoms on it, ascending
}

// Stretch is how much of a hem an atom lies on.
type Stretch struct {
	Atom   int
	Metres float64
}

func (h *Hem) add(atom int, metres float64) {
	for i := range h.On {
		if h.On[i].Atom == atom {
			h.On[i].Metres += metres
			return
		}
	}
	h.On = append(h.On, Stretch{atom, metres})
}

// holder is the grid that lies on most of a hem, -1 if none does, and how many
// metres of it others lie on.
func (h *Hem) holder(of func(atom int) int) (grid int, others float64) {
	grid = -1
	most, total := 0.0, 0.0
	for i, s := range h.On {
		g, sum := of(s.Atom), 0.0
		for _, t := range h.On[i:] {
			if of(t.Atom) == g {
				sum += t.Metres
			}
		}
		total += s.Metres
		if sum > most {
			grid, most = g, sum
		}
	}
	return grid, total - most
}

package balance

// hemmed are the hems of a graph in columns: the hems on which atom i lies, and
// how much of each it lies on, are the entries from at[i] to at[i+1].
type hemmed struct {
	at     []int32
	hem    []int32
	metres []float64
	hems   int
}

func newHemmed(a *Atoms) hemmed {
	h := hemmed{at: make([]int32, len(a.Atoms)+1), hems: len(a.Hems)}
	type part struct {
		hem    int32
		metres float64
	}
	of := make([][]part, len(a.Atoms))
	for n := range a.Hems {
		for _, s := range a.Hems[n].On {
			of[s.Atom] = append(of[s.Atom], part{int32(n), s.Metres})
		}
	}
	for i := range of {
		for _, p := range of[i] {
			h.hem, h.metres = append(h.hem, p.hem), append(h.metres, p.metres)
		}
		h.at[i+1] = int32(len(h.hem))
	}
	return h
}

// held is how many metres of a hem a grid lies on.
type held struct {
	grid   int32
	metres float64
}

// hold adds metres of a hem to a grid.
func (s *state) hold(hem, grid int32, metres float64) {
	list := s.on[hem]
	for i := range list {
		if list[i].grid == grid {
			list[i].metres += metres
			if list[i].metres < 0.001 { // nothing but what rounding left
				list[i] = list[len(list)-1]
				s.on[hem] = list[:len(list)-1]
			}
			return
		}
	}
	s.on[hem] = append(list, held{grid, metres})
}

// doubled is how many metres more of the hems at an atom would be border twice, if
// it went to another grid.
func (s *state) doubled(v, to int32) float64 {
	h, from, sum := &s.g.hems, s.of[v], 0.0
	for k := h.at[v]; k < h.at[v+1]; k++ {
		own := h.metres[k]
		before, after := 0.0, own
		for _, x := range s.on[h.hem[k]] {
			before = max(before, x.metres)
			switch x.grid {
			case from:
				after = max(after, x.metres-own)
			case to:
				after = max(after, x.metres+own)
			default:
				after = max(after, x.metres)
			}
		}
		sum += before - after
	}
	return sum
}

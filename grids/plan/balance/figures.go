package balance

import "math"

// Figures are what a division comes to.
type Figures struct {
	Grids int
	// Deviation is the largest |minutes/mean − 1| of a grid, the mean being that
	// of its own zone; 0 in zones without work.
	Deviation float64
	// Bound is the deviation that the largest atom forces in its zone: what no
	// division into atoms can go below.
	Bound float64
	// Compactness is the mean of Polsby and Popper's 4π·area/perimeter² of the grids.
	Compactness float64
	// Moved places change hands, of Held places that have a grid now.
	Moved, Held int
	// RoughM is the length of borders inside the zones away from streets and water,
	// in metres; Cuts is how many times a border runs through a building.
	RoughM float64
	Cuts   int
}

// MovedShare is the share of places that change hands, from 0 to 1.
func (f Figures) MovedShare() float64 {
	if f.Held == 0 {
		return 0
	}
	return float64(f.Moved) / float64(f.Held)
}

// Division is a zone divided into grids.
type Division struct {
	Zone      string
	Grids     []Divided
	Of        []int // for each atom the index of its grid
	Deviation float64
	Bound     float64
	// Changed is false if every grid has the very land that it had.
	Changed bool
}

// Divided is a grid of a division.
type Divided struct {
	Ref         string // the present grid that it continues; empty for a new one
	Atoms       []int  // ascending
	Minutes     float64
	AreaM2      float64
	PerimeterM  float64
	Compactness float64
	Places      int
	Kept        int // places that it had before
}

// option puts the zones' n-th candidates together.
func (d *division) option(name string, n int) Option {
	o := Option{Name: name}
	for z, a := range d.zones {
		c := d.found[z][n]
		v := a.division(c.of, c.ref, d.k[z])
		o.Zones = append(o.Zones, v)
		o.add(a, v)
	}
	o.Compactness /= float64(max(1, o.Grids))
	return o
}

// add counts a zone in; the compactness is a sum until all are there.
func (f *Figures) add(a *Atoms, v Division) {
	f.Grids += len(v.Grids)
	f.Deviation = math.Max(f.Deviation, v.Deviation)
	f.Bound = math.Max(f.Bound, v.Bound)
	for _, g := range v.Grids {
		f.Compactness += g.Compactness
	}
	for i := range a.Atoms {
		t := &a.Atoms[i]
		in := v.Grids[v.Of[i]].Ref
		for _, h := range t.Held {
			f.Held += h.Places
			if a.Zone.Grids[h.Grid].Ref != in {
				f.Moved += h.Places
			}
		}
		for _, b := range t.Neighbours {
			if b.Atom > i && v.Of[b.Atom] != v.Of[i] {
				f.RoughM += b.Metres - b.StreetM
				f.Cuts += b.Cuts
			}
		}
	}
}

// division works out the grids of a zone from the grid of each atom.
func (a *Atoms) division(of, ref []int32, k int) Division {
	v := Division{Zone: a.Zone.Code, Grids: make([]Divided, k), Of: make([]int, len(of)), Changed: len(a.Zone.Grids) != k || !a.drew}
	most, total := 0.0, 0.0
	for g := range v.Grids {
		if ref[g] >= 0 {
			v.Grids[g].Ref = a.Zone.Grids[ref[g]].Ref
		}
	}
	for i, g := range of {
		t, in := &a.Atoms[i], &v.Grids[g]
		v.Of[i] = int(g)
		in.Atoms = append(in.Atoms, i)
		in.Minutes += t.Minutes
		in.AreaM2 += t.AreaM2
		in.PerimeterM += t.OuterM
		in.Places += t.Places
		total += t.Minutes
		most = math.Max(most, t.Minutes)
		for _, h := range t.Held {
			if int32(h.Grid) == ref[g] {
				in.Kept += h.Places
			}
		}
		for _, b := range t.Neighbours {
			if of[b.Atom] != g {
				in.PerimeterM += b.Metres
			}
		}
		v.Changed = v.Changed || ref[g] < 0 || int32(t.Present) != ref[g]
	}
	for n := range a.Hems {
		if g, others := a.Hems[n].holder(func(atom int) int { return int(of[atom]) }); g >= 0 {
			v.Grids[g].PerimeterM += 2 * others
		}
	}
	mean := total / float64(k)
	for g := range v.Grids {
		in := &v.Grids[g]
		in.Compactness = 4 * math.Pi * in.AreaM2 / (in.PerimeterM * in.PerimeterM)
		if mean > 0 {
			v.Deviation = math.Max(v.Deviation, math.Abs(in.Minutes/mean-1))
		}
	}
	if mean > 0 && k > 1 {
		v.Bound = math.Max(0, most/mean-1)
	}
	return v
}

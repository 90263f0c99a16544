package beat

import (
	"cmp"
	"math"
	"slices"
)

// touch is how near, in metres, a street's end must come to another street to
// be taken as joined to it, and two crossings to each other to be taken as one.
// Maps join streets at a common vertex; what was drawn by hand or came through
// another projection misses it by centimetres.
const touch = 1.0

// back is how far along itself a street must have gone before it can meet
// itself, and over which cuts of one place are one cut: a street whose vertices
// lie close together comes near another with several segments at once.
const back = 4 * touch

// straight is one straight segment of a street before it is cut.
type straight struct {
	street, part int32
	index        int32 // of the segment in its part
	last         bool  // of its part
	a, b         vec
	from, to     float64 // measures in metres
}

// cut is a place where a street meets another, or itself, or ends.
type cut struct {
	street, part int32
	at           float64 // metres along the street
	node         int32
}

// knots finds where streets meet. Its nodes are sets of cuts that are the same
// place (disjoint sets: parent leads to the one that stands for all).
type knots struct {
	straights []straight
	cuts      []cut
	parent    []int32
}

func (k *knots) node() int32 {
	k.parent = append(k.parent, int32(len(k.parent)))
	return int32(len(k.parent) - 1)
}

func (k *knots) find(n int32) int32 {
	for k.parent[n] != n {
		k.parent[n] = k.parent[k.parent[n]]
		n = k.parent[n]
	}
	return n
}

// same makes two nodes one, under the lower number.
func (k *knots) same(a, b int32) {
	a, b = k.find(a), k.find(b)
	k.parent[max(a, b)] = min(a, b)
}

// meet notes that two segments meet at shares t and u of them. A street is
// near itself everywhere: it meets itself only where it comes back.
func (k *knots) meet(s, r *straight, t, u float64) {
	p, q := s.measure(t), r.measure(u)
	if s.street == r.street && s.part == r.part && math.Abs(p-q) <= back {
		return
	}
	node := k.node()
	k.cuts = append(k.cuts, cut{s.street, s.part, p, node}, cut{r.street, r.part, q, node})
}

// measure is the measure at a share of the segment, its ends' own at the ends.
func (s *straight) measure(t float64) float64 {
	switch t {
	case 0:
		return s.from
	case 1:
		return s.to
	}
	return s.from + t*(s.to-s.from)
}

// compare looks where two segments meet: where they cross, and where an end of
// one lies on the other. Segments that lie on each other meet at their ends.
func (k *knots) compare(s, r *straight) {
	d, e := s.b.minus(s.a), r.b.minus(r.a)
	if det := d.cross(e); det != 0 {
		w := r.a.minus(s.a)
		if t, u := w.cross(e)/det, w.cross(d)/det; t > 0 && t < 1 && u > 0 && u < 1 {
			k.meet(s, r, t, u)
		}
	}
	for i, end := range [2]vec{s.a, s.b} {
		if u := along(r.a, r.b, end); end.to(r.a.toward(r.b, u)) <= touch {
			k.meet(s, r, float64(i), u)
		}
	}
	for i, end := range [2]vec{r.a, r.b} {
		if t := along(s.a, s.b, end); end.to(s.a.toward(s.b, t)) <= touch {
			k.meet(s, r, t, float64(i))
		}
	}
}

// successive reports whether two segments of a part follow each other; the
// vertex between them is no crossing.
func successive(s, r *straight) bool {
	return s.street == r.street && s.part == r.part && (s.index+1 == r.index || r.index+1 == s.index)
}

// findAll compares each segment with those near it and adds the ends of all parts.
func (k *knots) findAll() {
	near := newBins(len(k.straights), func(i int) (vec, vec) { return k.straights[i].a, k.straights[i].b })
	seen := make([]int32, len(k.straights))
	for i := range k.straights {
		s := &k.straights[i]
		if s.index == 0 {
			k.cuts = append(k.cuts, cut{s.street, s.part, s.from, k.node()})
		}
		if s.last {
			k.cuts = append(k.cuts, cut{s.street, s.part, s.to, k.node()})
		}
		ask := func(bin int) {
			for _, j := range near.items[near.first[bin]:near.first[bin+1]] {
				if r := &k.straights[j]; int(j) > i && seen[j] != int32(i+1) {
					seen[j] = int32(i + 1)
					if !successive(s, r) && apart(s, r) <= touch {
						k.compare(s, r)
					}
				}
			}
		}
		near.pass(s.a, s.b, touch, ask)
	}
}

// apart is how far apart the boxes of two segments are, the larger of x and y.
func apart(s, r *straight) float64 {
	gap := func(a, b, c, d float64) float64 { return max(min(c, d)-max(a, b), min(a, b)-max(c, d)) }
	return max(gap(s.a.x, s.b.x, r.a.x, r.b.x), gap(s.a.y, s.b.y, r.a.y, r.b.y))
}

// thinned are the cuts in order along each street, where those of one place, or
// nearer to each other than touch, are one; a part keeps both of its ends. It
// goes over them twice, since cuts that are far apart on one street may turn
// out to be one place on another.
func (k *knots) thinned() []cut {
	slices.SortFunc(k.cuts, func(a, b cut) int {
		return cmp.Or(cmp.Compare(a.street, b.street), cmp.Compare(a.part, b.part), cmp.Compare(a.at, b.at), cmp.Compare(a.node, b.node))
	})
	k.thin()
	return k.thin()
}

func (k *knots) thin() []cut {
	var out []cut
	for i, c := range k.cuts {
		begins := i == 0 || k.cuts[i-1].street != c.street || k.cuts[i-1].part != c.part
		ends := i+1 == len(k.cuts) || k.cuts[i+1].street != c.street || k.cuts[i+1].part != c.part
		last := len(out) - 1
		switch {
		case begins || c.at-out[last].at > back,
			c.at-out[last].at > touch && k.find(c.node) != k.find(out[last].node):
			out = append(out, c)
		case !ends: // too near to the one before
			k.same(c.node, out[last].node)
		case last == 0 || out[last-1].street != c.street || out[last-1].part != c.part:
			out = append(out, c) // a part shorter than touch
		default:
			k.same(c.node, out[last].node)
			out[last].at = c.at
		}
	}
	return out
}

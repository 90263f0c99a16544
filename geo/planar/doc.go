// Package planar is the planar map: a partition of land into faces that can be
// edited and never opens a gap.
//
// # What it is
//
// A map is a set of straight edges on the lattice of package geo. Each edge is
// stored once and knows the face on either side, so the two faces along it
// cannot disagree about where it runs. Faces lie in zones (the communities of a
// town); an edge between two zones, or between a zone and the land outside, is
// fixed: no operation moves it, because what lies beyond belongs to somebody
// else. Edges between faces of one zone are free.
//
// # What an operation does
//
// Every operation takes the edges around the faces that it touches, adds its
// own lines, cuts all of them where they meet (on the lattice), traces the
// pieces that come out and gives each piece to a face. Edges with one face on
// both sides are dropped. So an operation cannot leave a gap or an overlap: it
// only ever says to whom a piece belongs. It returns a [Change], the edges that
// went and came, which [Map.Revert] takes back exactly.
//
// # Where lines meet
//
// Two edges rarely cross at a lattice point. Where a line crosses a free edge,
// both are bent to the nearest lattice point, by less than a step (1 cm). A
// fixed edge is never bent: the line ends at the nearest lattice point on its own
// side and runs along the fixed edge to its nearer end, at most two steps beside
// it. The strip between them is narrower than a finger and belongs to one of
// the two faces; promise 1 holds in it to the last lattice point. When lines
// are so close to each other that the lattice cannot keep them apart, the
// operation is refused with [ErrTight] and the map stays as it was. Before any
// change is made, what it would put on the map is proved: its edges meet nothing
// but at common ends, and around every end the faces follow each other.
//
// # What others drew
//
// [Examine] takes areas as somebody drew them and reports each gap, overlap,
// sliver and dangle with its place and what would mend it; it mends nothing by
// itself.
package planar

package geo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// None is the face outside every face of a partition.
const None int32 = -1

// Edge is one straight piece of a partition's boundaries. Left and Right are
// the faces on either side, seen from A to B; [None] is outside.
type Edge struct {
	A, B        Point
	Left, Right int32
}

// Partition is a set of faces that share no interior point, stored as edges
// that know the face on either side: an edge is stored once, so the two faces
// along it cannot disagree about where it runs. Faces are known by their index
// in the slice given to [NewPartition].
type Partition struct {
	Edges    []Edge
	outlines []Outline
	box      Box
}

// Fault is a place where areas do not partition the plane.
type Fault struct {
	Kind  FaultKind
	At    Point
	Faces []int32 // the faces concerned, ascending
}

// FaultKind is the way in which areas fail to be a partition.
type FaultKind string

// The faults that [NewPartition] finds.
const (
	CrossingEdges FaultKind = "edges cross"
	DoubleCover   FaultKind = "two faces on one side of an edge"
	Nested        FaultKind = "one face lies inside another"
	SelfTouching  FaultKind = "a face runs along an edge twice"
)

// PartitionError lists every fault found; the areas are no partition.
type PartitionError struct{ Faults []Fault }

func (e *PartitionError) Error() string {
	const show = 5
	var b strings.Builder
	fmt.Fprintf(&b, "the areas are not a partition: %d faults", len(e.Faults))
	for i, f := range e.Faults {
		if i == show {
			fmt.Fprintf(&b, "; and %d more", len(e.Faults)-show)
			break
		}
		fmt.Fprintf(&b, "; %s at %v (faces %v)", f.Kind, f.At, f.Faces)
	}
	return b.String()
}

// NewPartition builds the partition whose faces are the given outlines. Where
// a vertex of one face lies exactly on an edge of another, the edge is split
// there. It proves that the faces overlap nowhere, exactly: no two edges cross,
// around every node the faces follow each other without contradiction, and no
// island contradicts the face around it. Otherwise it returns a
// [*PartitionError]. Gaps are not faults here: what no face covers is [None].
func NewPartition(outlines []Outline) (*Partition, error) {
	p := &Partition{outlines: outlines, box: EmptyBox()}
	for _, o := range outlines {
		p.box = p.box.Union(o.Box())
	}
	if len(outlines) > 0 && p.box.width()*p.box.height() > maxBox {
		return nil, fmt.Errorf("the partition's box %v is too large for exact arithmetic (137 by 137 degrees at most)", p.box.Bound())
	}
	pieces, faults := node(outlines)
	p.Edges, faults = pair(pieces, faults)
	if len(faults) == 0 {
		faults = p.contradictions()
	}
	if len(faults) > 0 {
		return nil, &PartitionError{faults}
	}
	return p, nil
}

// Faces is the number of faces.
func (p *Partition) Faces() int { return len(p.outlines) }

// Outline is the boundary of a face, as it was given.
func (p *Partition) Outline(face int32) Outline { return p.outlines[face] }

// Box is the smallest box around all faces.
func (p *Partition) Box() Box { return p.box }

// Border is the outer boundary: the edges with nothing on one side.
func (p *Partition) Border() []Edge {
	var out []Edge
	for _, e := range p.Edges {
		if e.Left == None || e.Right == None {
			out = append(out, e)
		}
	}
	return out
}

// FaceAt is the face that holds q by asking every face: the plain definition
// that [Locator] is measured against. On a shared edge or node it is the
// lowest face that touches it, whichever is asked first.
func (p *Partition) FaceAt(q Point) int32 {
	for i, o := range p.outlines {
		if o.Box().Holds(q) && o.Side(q) != Outside {
			return int32(i)
		}
	}
	return None
}

// piece is a directed edge of one face, the face to its left.
type piece struct {
	a, b Point
	face int32
}

// node splits every ring edge at the vertices that lie on it, and reports
// edges that cross.
func node(outlines []Outline) ([]piece, []Fault) {
	var whole []piece
	for f, o := range outlines {
		for _, ring := range o {
			for i, a := range ring {
				whole = append(whole, piece{a, ring[(i+1)%len(ring)], int32(f)})
			}
		}
	}
	bins := newBins(whole)
	var out []piece
	var faults []Fault
	cuts := make([]Point, 0, 8)
	for i, e := range whole {
		cuts = cuts[:0]
		bins.near(e, func(j int) {
			o := whole[j]
			if OnSegment(o.a, e.a, e.b) && o.a != e.a && o.a != e.b {
				cuts = append(cuts, o.a)
			}
			if j > i && Meet(e.a, e.b, o.a, o.b) == Crossing {
				faults = append(faults, Fault{CrossingEdges, crossingPoint(e, o), faces(e.face, o.face)})
			}
		})
		slices.SortFunc(cuts, func(p, q Point) int { return along(e.a, e.b, p, q) })
		from := e.a
		for _, c := range slices.Compact(cuts) {
			out = append(out, piece{from, c, e.face})
			from = c
		}
		out = append(out, piece{from, e.b, e.face})
	}
	return out, faults
}

// along orders two points of the segment ab by their way from a.
func along(a, b, p, q Point) int {
	if a.X != b.X {
		if a.X < b.X {
			return cmp.Compare(p.X, q.X)
		}
		return cmp.Compare(q.X, p.X)
	}
	if a.Y < b.Y {
		return cmp.Compare(p.Y, q.Y)
	}
	return cmp.Compare(q.Y, p.Y)
}

// crossingPoint is the lattice point nearest to where two crossing edges meet.
// It is for reporting only; no decision rests on it.
func crossingPoint(e, o piece) Point {
	d1 := float64(cross(o.a, o.b, e.a))
	d2 := float64(cross(o.a, o.b, e.b))
	t := d1 / (d1 - d2)
	return Point{
		e.a.X + int32(t*float64(int64(e.b.X)-int64(e.a.X))),
		e.a.Y + int32(t*float64(int64(e.b.Y)-int64(e.a.Y))),
	}
}

// pair joins the two directions of each edge.
func pair(pieces []piece, faults []Fault) ([]Edge, []Fault) {
	type ends struct{ a, b Point }
	at := make(map[ends]int, len(pieces))
	edges := make([]Edge, 0, len(pieces)*2/3)
	for _, p := range pieces {
		key, forward := ends{p.a, p.b}, true
		if less(p.b, p.a) {
			key, forward = ends{p.b, p.a}, false
		}
		i, known := at[key]
		if !known {
			i = len(edges)
			at[key] = i
			edges = append(edges, Edge{key.a, key.b, None, None})
		}
		side, other := &edges[i].Left, &edges[i].Right
		if !forward {
			side, other = other, side
		}
		switch {
		case *side != None:
			faults = append(faults, Fault{DoubleCover, key.a, faces(*side, p.face)})
		case *other == p.face:
			faults = append(faults, Fault{SelfTouching, key.a, faces(p.face)})
		default:
			*side = p.face
		}
	}
	slices.SortFunc(edges, func(d, e Edge) int {
		return cmp.Or(cmp.Compare(d.A.Y, e.A.Y), cmp.Compare(d.A.X, e.A.X), cmp.Compare(d.B.Y, e.B.Y), cmp.Compare(d.B.X, e.B.X))
	})
	return edges, faults
}

func faces(f ...int32) []int32 {
	slices.Sort(f)
	return slices.Compact(f)
}

package geo

import "fmt"

// Tiles proves that faces tile an outline exactly: they overlap nowhere, reach
// nowhere beyond it and leave nothing of it open. It returns nil, or a
// [*PartitionError] (overlap, or reaching out: a fault with the last face, one
// above the faces' own, is with the land outside), or [ErrGaps].
//
// The proof adds the land outside, a box with the outline as its holes, as one
// more face. The whole is then a partition of the box, so every edge but the
// box's own has a face on either side.
func Tiles(outline Outline, faces []Outline) error {
	all := make([]Outline, 0, len(faces)+2)
	all = append(all, faces...)
	b := outline.Box()
	for _, f := range faces {
		b = b.Union(f.Box())
	}
	const margin = 10
	b.Min, b.Max = Point{b.Min.X - margin, b.Min.Y - margin}, Point{b.Max.X + margin, b.Max.Y + margin}
	outside := Outline{{b.Min, {b.Max.X, b.Min.Y}, b.Max, {b.Min.X, b.Max.Y}}}
	for _, ring := range outline {
		turned := append([]Point(nil), ring...)
		reverse(turned)
		outside = append(outside, turned) // an outer ring becomes a hole, a hole becomes land
	}
	p, err := NewPartition(append(all, outside))
	if err != nil {
		return err
	}
	open := 0
	var at Point
	for _, e := range p.Border() {
		if onBox(e.A, b) && onBox(e.B, b) {
			continue
		}
		open++
		at = e.A
	}
	if open > 0 {
		return fmt.Errorf("%w: %d edges with nothing on one side, one of them at %v", ErrGaps, open, at)
	}
	return nil
}

// ErrGaps says that faces leave a part of their outline open.
var ErrGaps = fmt.Errorf("the faces leave gaps")

func onBox(p Point, b Box) bool {
	return p.X == b.Min.X || p.X == b.Max.X || p.Y == b.Min.Y || p.Y == b.Max.Y
}

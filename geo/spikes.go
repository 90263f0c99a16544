package geo

import "math"

// WithoutSpikes is the outline as it may be drawn: tips at which the border
// turns back on itself within a few lattice steps are cut off. An exact division
// of land has such tips, a centimetre wide and metres long, where a line ends
// beside an edge that it must not bend; rounded to a tile's grid they would be
// folds, which renderers fill wrongly. What is left is not exact: it is for
// pictures alone.
func (o Outline) WithoutSpikes(steps float64) Outline {
	out := make(Outline, 0, len(o))
	for _, ring := range o {
		kept := append([]Point(nil), ring...)
		for i := 0; i < len(kept) && len(kept) > 3; {
			n := len(kept)
			a, b, c := kept[(i+n-1)%n], kept[i], kept[(i+1)%n]
			if !spike(a, b, c, steps) {
				i++
				continue
			}
			kept = append(kept[:i], kept[i+1:]...)
			i = max(0, i-2) // its neighbours may be one now
		}
		if len(kept) > 2 && DoubleArea(kept) != 0 {
			out = append(out, kept)
		}
	}
	if len(out) == 0 {
		return o
	}
	return out
}

// spike reports whether the way from a over b to c turns back on itself so that
// the shorter of its legs runs within some steps of the longer.
func spike(a, b, c Point, steps float64) bool {
	ax, ay := float64(a.X)-float64(b.X), float64(a.Y)-float64(b.Y)
	cx, cy := float64(c.X)-float64(b.X), float64(c.Y)-float64(b.Y)
	if ax*cx+ay*cy <= 0 {
		return false // it goes on, or turns at a right angle or more
	}
	longer := max(math.Hypot(ax, ay), math.Hypot(cx, cy))
	return math.Abs(ax*cy-ay*cx)/longer <= steps
}

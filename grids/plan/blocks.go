package plan

import (
	"errors"
	"slices"

	"gridward/geo"
	"gridward/geo/planar"
)

// minBlockM2 is the size below which a block is joined to its neighbour: the
// space between two lanes of a street, say.
const minBlockM2 = 400

// Blocks cuts a community by its streets into street blocks, the largest first;
// small ones are joined to the neighbour along the longest border. false if the
// community is not the town's. Streets that the lattice cannot part from others
// are left out.
func (t *Town) Blocks(community string) ([]geo.Outline, bool, error) {
	z, ok := t.at[community]
	if !ok {
		return nil, false, nil
	}
	zone := t.Communities[z].Outline
	m, err := planar.New([]planar.Input{{Outline: zone}})
	if err != nil {
		return nil, true, err
	}
	var lines [][]geo.Point
	for _, s := range t.Streets {
		box := geo.EmptyBox()
		for _, p := range s {
			box = box.Extend(p)
		}
		if len(s) > 1 && box.Meets(zone.Box()) {
			lines = append(lines, s)
		}
	}
	if len(lines) == 0 {
		return []geo.Outline{zone}, true, nil
	}
	if _, err := m.Dissect(lines, nil); errors.Is(err, planar.ErrTight) {
		for _, l := range lines {
			m.Dissect([][]geo.Point{l}, nil) // those that can be brought in are
		}
	}
	for {
		joined := false
		for _, f := range m.Faces() {
			if o := m.Outline(f); o.Area() >= minBlockM2 {
				continue
			}
			best, longest := planar.Outside, 0.0
			for _, n := range slices.Sorted(facesOf(m.Neighbours(f))) {
				if l := m.Neighbours(f)[n]; n != planar.Outside && l > longest {
					best, longest = n, l
				}
			}
			if best == planar.Outside {
				continue
			}
			if _, err := m.Merge(false, best, f); err == nil {
				joined = true
			}
		}
		if !joined {
			break
		}
	}
	var out []geo.Outline
	for _, f := range m.Faces() {
		out = append(out, m.Outline(f))
	}
	slices.SortStableFunc(out, func(a, b geo.Outline) int { return int(max(-1, min(1, b.DoubleArea()-a.DoubleArea()))) })
	return out, true, nil
}

func facesOf(m map[planar.Face]float64) func(func(planar.Face) bool) {
	return func(yield func(planar.Face) bool) {
		for f := range m {
			if !yield(f) {
				return
			}
		}
	}
}

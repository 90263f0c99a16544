package geo

import (
	"fmt"
	"slices"
)

// KeyRange is a closed range of keys.
type KeyRange struct{ First, Last Key }

// CoverKeys are a few ranges of keys that together hold the key of every point
// of the box, and of points around it: a box read of the database by keys, to
// be refined by the points themselves.
func CoverKeys(box Box) ([]KeyRange, error) {
	cells, err := startCells(box)
	if err != nil {
		return nil, fmt.Errorf("cover of the box: %w", err)
	}
	var out []KeyRange
	for _, c := range cells {
		reach, _, err := reachOf(c)
		if err != nil {
			return nil, fmt.Errorf("cover of the box: %w", err)
		}
		if !reach.Meets(box) {
			continue
		}
		lo, hi := c.Keys()
		out = append(out, KeyRange{lo, hi})
	}
	slices.SortFunc(out, func(a, b KeyRange) int { return int(max(-1, min(1, a.First-b.First))) })
	return out, nil
}

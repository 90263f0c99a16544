package geo

import (
	"fmt"

	"github.com/uber/h3-go/v4"
)

// ParseCell reads an H3 index in hexadecimal.
func ParseCell(s string) (Cell, error) {
	c := Cell(h3.IndexFromString(s))
	if !c.Valid() {
		return 0, fmt.Errorf("%q is no H3 cell", s)
	}
	return c, nil
}

// Ring is the cell's boundary on the lattice, open, counter-clockwise: the
// corners that it shares with its neighbours and no others. H3 computes a corner
// from each of its three cells a little differently; here it is taken from the
// corner's own index, so that neighbours have the same lattice points. It calls
// H3 through cgo (some microseconds).
func (c Cell) Ring() ([]Point, error) {
	vs, err := h3.CellToVertexes(h3.Cell(c))
	if err != nil {
		return nil, fmt.Errorf("corners of h3 cell %s: %w", c, err)
	}
	ring := make([]Point, 0, len(vs))
	for _, v := range vs {
		if v == 0 {
			continue // a pentagon has five
		}
		at, err := h3.VertexToLatLng(v)
		if err != nil {
			return nil, fmt.Errorf("corner of h3 cell %s: %w", c, err)
		}
		p, err := SnapChecked([2]float64{at.Lng, at.Lat})
		if err != nil {
			return nil, fmt.Errorf("corner of h3 cell %s: %w", c, err)
		}
		ring = append(ring, p)
	}
	if DoubleArea(ring) < 0 {
		reverse(ring)
	}
	return ring, nil
}

// CellsOutline is the land of a set of cells.
func CellsOutline(cells []Cell) (Outline, error) {
	rings := make([][]Point, len(cells))
	for i, c := range cells {
		r, err := c.Ring()
		if err != nil {
			return nil, err
		}
		rings[i] = r
	}
	return Dissolve(rings), nil
}

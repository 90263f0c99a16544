package tiles

import (
	"slices"
	"sync"

	"gridward/geo"
)

// hexagon is a cell's outline on the map, clockwise on a screen.
type hexagon struct {
	cell geo.Cell
	box  box
	xy   []world
}

// hexagons keeps outlines, which H3 makes through cgo.
type hexagons struct {
	mu sync.RWMutex
	by map[geo.Cell]*hexagon
}

func newHexagons() *hexagons { return &hexagons{by: map[geo.Cell]*hexagon{}} }

// of is a cell's outline, made if it is new.
func (h *hexagons) of(c geo.Cell) (*hexagon, error) {
	h.mu.RLock()
	x := h.by[c]
	h.mu.RUnlock()
	if x != nil {
		return x, nil
	}
	outline, err := c.Outline()
	if err != nil {
		return nil, err
	}
	x = &hexagon{cell: c, box: nowhere}
	for _, p := range outline[:len(outline)-1] {
		w := worldOf(p)
		x.xy, x.box = append(x.xy, w), x.box.with(w)
	}
	if twiceArea(x.xy) < 0 {
		slices.Reverse(x.xy)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if first := h.by[c]; first != nil {
		return first, nil
	}
	h.by[c] = x
	return x, nil
}

func (h *hexagons) size() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.by) * (8 + 16 + 24 + 6*8)
}

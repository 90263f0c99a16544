package beat

import (
	"fmt"
	"math"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
)

// Area is a public area, the grounds of a residential compound say, divided
// into square cells. How much of it was covered is how many cells were in
// sight, so that the union of many walks is a union of bits: exact, in any
// order, and small enough to keep by area and day.
type Area struct {
	ID      uuid.UUID
	outline geo.Outline
	flat    plane
	min     vec // the south-west corner of cell 0
	size    float64
	cols    int
	rows    int
	bit     []int32 // by cell, row by row from the south-west; -1 outside
	cells   int
}

const (
	finestCell   = 1.0
	coarsestCell = 10.0
	cellsAcross  = 64 // the sides of the box in cells, about, where that is neither too fine nor too coarse
)

// NewArea divides a Polygon or MultiPolygon in longitude/latitude. A cell
// counts if its middle lies in the area and in none of the buildings that stand
// on it: their ground is not public. Cells are a 64th of the area's width, from
// 1 m to 10 m. Another shape or other buildings make other cells, and what was
// seen before must then be looked at again.
func NewArea(id uuid.UUID, g orb.Geometry, buildings ...orb.Geometry) (*Area, error) {
	o, err := geo.NewOutline(g)
	if err != nil {
		return nil, fmt.Errorf("public area %s: %w", id, err)
	}
	type solid struct {
		outline geo.Outline
		box     geo.Box
	}
	var solids []solid
	for i, b := range buildings {
		s, err := geo.NewOutline(b)
		if err != nil {
			return nil, fmt.Errorf("building %d on public area %s: %w", i, id, err)
		}
		solids = append(solids, solid{s, s.Box()})
	}
	bound := o.Box().Bound()
	a := &Area{ID: id, outline: o, flat: planeAt(bound.Center())}
	a.min = a.flat.of(bound.Min)
	extent := a.flat.of(bound.Max).minus(a.min)
	if max(extent.x, extent.y) > 20000 {
		return nil, fmt.Errorf("public area %s is %.0f km by %.0f km: that is no place to walk in", id, extent.x/1000, extent.y/1000)
	}
	a.size = max(finestCell, min(coarsestCell, math.Sqrt(extent.x*extent.y)/cellsAcross))
	a.cols, a.rows = int(extent.x/a.size)+1, int(extent.y/a.size)+1
	a.bit = make([]int32, a.cols*a.rows)
	for k := range a.bit {
		a.bit[k] = -1
		p := geo.Snap(a.flat.point(a.middle(k)))
		public := o.Side(p) != geo.Outside
		for i := 0; public && i < len(solids); i++ {
			public = !solids[i].box.Holds(p) || solids[i].outline.Side(p) == geo.Outside
		}
		if public {
			a.bit[k] = int32(a.cells)
			a.cells++
		}
	}
	return a, nil
}

// Cells is how many cells the area has.
func (a *Area) Cells() int { return a.cells }

func (a *Area) middle(cell int) vec {
	return vec{a.min.x + (float64(cell%a.cols)+0.5)*a.size, a.min.y + (float64(cell/a.cols)+0.5)*a.size}
}

func (a *Area) holds(p orb.Point) bool { return a.outline.Side(geo.Snap(p)) != geo.Outside }

// light sets the bits of the cells whose middle lies within sight of the way
// from p to q.
func (a *Area) light(bits []uint64, p, q vec, sight float64) {
	limit := func(v float64, n int) int { return max(0, min(n-1, int(math.Floor(v/a.size)))) }
	for row := limit(min(p.y, q.y)-sight-a.min.y, a.rows); row <= limit(max(p.y, q.y)+sight-a.min.y, a.rows); row++ {
		for col := limit(min(p.x, q.x)-sight-a.min.x, a.cols); col <= limit(max(p.x, q.x)+sight-a.min.x, a.cols); col++ {
			cell := row*a.cols + col
			b := a.bit[cell]
			if b < 0 || bits[b/64]&(1<<(b%64)) != 0 {
				continue
			}
			m := a.middle(cell)
			if m.to(p.toward(q, along(p, q, m))) <= sight {
				bits[b/64] |= 1 << (b % 64)
			}
		}
	}
}

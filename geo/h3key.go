package geo

import (
	"fmt"
	"math/bits"

	"github.com/paulmach/orb"
	"github.com/uber/h3-go/v4"
)

// Key is the H3 cell at resolution 15 that holds a point, as the database keeps
// it: one bigint whose order is the order of the cells. An H3 index never sets
// its top bit, so a Key is positive and int64 order is the index's own.
//
// Layout, from the top: 1 reserved bit, 4 mode bits (1 = cell), 3 reserved
// bits, 4 resolution bits, 7 base-cell bits, then fifteen 3-bit digits, the
// coarsest first. A digit finer than the resolution is 7.
type Key int64

const (
	// KeyResolution is the H3 resolution of every Key: cells of about 0.9 m².
	KeyResolution = 15

	resolutionShift = 52
	resolutionMask  = uint64(15) << resolutionShift
)

// KeyAt is the key of the cell that holds p. It calls H3 through cgo (about a
// microsecond): meant for when something is written, never for every request.
func KeyAt(p Point) (Key, error) {
	q := p.Orb()
	c, err := h3.LatLngToCell(h3.NewLatLng(q[1], q[0]), KeyResolution)
	if err != nil {
		return 0, fmt.Errorf("h3 key of %v: %w", p, err)
	}
	return Key(c), nil
}

// Cell is the H3 index of the key itself.
func (k Key) Cell() Cell { return Cell(k) }

// Parent is the cell at resolution res (0–15) that holds the key, by bit
// arithmetic alone.
func (k Key) Parent(res int) Cell { return Cell(uint64(k)).Parent(res) }

// Cell is an H3 index at any resolution.
type Cell uint64

// Resolution is the cell's resolution, 0 (coarsest) to 15.
func (c Cell) Resolution() int { return int(uint64(c)&resolutionMask) >> resolutionShift }

// Parent is the cell at resolution res that holds c. res must not be finer
// than c's own; c itself is the answer when they are equal.
func (c Cell) Parent(res int) Cell {
	unused := uint64(1)<<(3*(KeyResolution-res)) - 1 // digits finer than res are all 7
	return Cell(uint64(c)&^resolutionMask | uint64(res)<<resolutionShift | unused)
}

// Keys is the closed range of keys [lo, hi] that holds every resolution-15
// descendant of c, and no key of another cell of c's resolution. Some keys in
// the range name no cell (a digit 7, or a pentagon's missing child), which
// does no harm to a range read.
func (c Cell) Keys() (lo, hi Key) {
	res := c.Resolution()
	free := uint64(1)<<(3*(KeyResolution-res)) - 1
	base := uint64(c)&^resolutionMask&^free | uint64(KeyResolution)<<resolutionShift
	// The finest digits run from all 0 to all 6: octal 666… = 6/7 of all ones.
	return Key(base), Key(base | free/7*6)
}

// Compact is a number below 2^53 that is unique among cells of c's resolution:
// the base cell and the used digits. Feature ids in tiles use it, since
// browsers lose integers above 2^53.
func (c Cell) Compact() uint64 {
	res := c.Resolution()
	return uint64(c) >> (3 * (KeyResolution - res)) & (1<<(7+3*res) - 1)
}

// String is the index in lower-case hexadecimal, as H3 tools write it.
func (c Cell) String() string { return h3.Cell(c).String() }

// Valid reports whether c is a cell that exists, pentagons' missing children
// and all (by the H3 library).
func (c Cell) Valid() bool { return bits.LeadingZeros64(uint64(c)) > 0 && h3.Cell(c).IsValid() }

// Outline is the cell's boundary in degrees, closed, counter-clockwise: 5 to 10
// vertices and the first again. It calls H3 through cgo (about 2.3 µs); store
// the answer where it is wanted again.
func (c Cell) Outline() (orb.Ring, error) {
	b, err := h3.Cell(c).Boundary()
	if err != nil {
		return nil, fmt.Errorf("outline of h3 cell %s: %w", c, err)
	}
	ring := make(orb.Ring, 0, len(b)+1)
	for _, v := range b {
		ring = append(ring, orb.Point{v.Lng, v.Lat})
	}
	return append(ring, ring[0]), nil
}

// Rings are the cells around c by their distance in steps from it, c itself
// first: fewer than 6 a step where a pentagon is near. It calls H3 through cgo.
func (c Cell) Rings(k int) ([][]Cell, error) {
	found, err := h3.Cell(c).GridDiskDistances(k)
	if err != nil {
		return nil, fmt.Errorf("rings around h3 cell %s: %w", c, err)
	}
	out := make([][]Cell, len(found))
	for d, ring := range found {
		for _, n := range ring {
			out[d] = append(out[d], Cell(n))
		}
	}
	return out, nil
}

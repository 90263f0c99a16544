package tiles

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// MaxZoom is the deepest zoom of the address scheme.
const MaxZoom = 22

// ErrAddress says that a tile's address is no number; ErrOutside that there is
// no such tile in the grid of its zoom.
var (
	ErrAddress = errors.New("a tile's address is three whole numbers: zoom, column, row")
	ErrOutside = errors.New("there is no such tile")
)

// ParseTile reads a tile's address.
func ParseTile(m Matrix, z, x, y string) (Address, error) {
	var n [3]uint64
	for i, s := range []string{z, x, y} {
		v, err := strconv.ParseUint(s, 10, 32)
		if err != nil || (len(s) > 1 && s[0] == '0') { // a tile has one address
			return Address{}, fmt.Errorf("%q: %w", s, ErrAddress)
		}
		n[i] = v
	}
	if n[0] > MaxZoom {
		return Address{}, fmt.Errorf("zoom %d is above %d: %w", n[0], MaxZoom, ErrOutside)
	}
	rows := uint64(1) << n[0]
	columns := rows
	if m == WorldCRS84Quad {
		columns *= 2
	}
	if n[1] >= columns || n[2] >= rows {
		return Address{}, fmt.Errorf("zoom %d of %s has %d columns and %d rows: %w", n[0], m, columns, rows, ErrOutside)
	}
	return Address{maptile.New(uint32(n[1]), uint32(n[2]), maptile.Zoom(n[0])), m}, nil
}

// Extent is the number of steps across a tile.
const Extent = 4096

// Covering are the tiles of a zoom that a box in degrees meets, column by column.
func Covering(bound orb.Bound, z maptile.Zoom) []maptile.Tile {
	nw, se := maptile.At(orb.Point{bound.Min[0], bound.Max[1]}, z), maptile.At(orb.Point{bound.Max[0], bound.Min[1]}, z)
	var out []maptile.Tile
	for x := nw.X; x <= se.X; x++ {
		for y := nw.Y; y <= se.Y; y++ {
			out = append(out, maptile.New(x, y, z))
		}
	}
	return out
}

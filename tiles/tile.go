package tiles

import (
	"errors"
	"fmt"
	"strconv"

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
func ParseTile(z, x, y string) (maptile.Tile, error) {
	var n [3]uint64
	for i, s := range []string{z, x, y} {
		v, err := strconv.ParseUint(s, 10, 32)
		if err != nil || (len(s) > 1 && s[0] == '0') { // a tile has one address
			return maptile.Tile{}, fmt.Errorf("%q: %w", s, ErrAddress)
		}
		n[i] = v
	}
	if n[0] > MaxZoom {
		return maptile.Tile{}, fmt.Errorf("zoom %d is above %d: %w", n[0], MaxZoom, ErrOutside)
	}
	if side := uint64(1) << n[0]; n[1] >= side || n[2] >= side {
		return maptile.Tile{}, fmt.Errorf("zoom %d has %d columns and rows: %w", n[0], side, ErrOutside)
	}
	return maptile.New(uint32(n[1]), uint32(n[2]), maptile.Zoom(n[0])), nil
}

// Extent is the number of steps across a tile.
const Extent = 4096

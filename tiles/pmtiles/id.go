package pmtiles

import "github.com/paulmach/orb/maptile"

// ID is a tile's number: zoom after zoom, and in a zoom along a Hilbert curve.
func ID(t maptile.Tile) uint64 {
	id := (uint64(1)<<(2*t.Z) - 1) / 3 // tiles of the zooms above
	x, y := uint64(t.X), uint64(t.Y)
	for s := uint64(1) << t.Z >> 1; s > 0; s >>= 1 {
		var rx, ry uint64
		if x&s > 0 {
			rx = 1
		}
		if y&s > 0 {
			ry = 1
		}
		id += s * s * (3*rx ^ ry)
		if ry == 0 {
			if rx == 1 {
				x, y = s-1-x&(s-1), s-1-y&(s-1)
			}
			x, y = y, x
		}
		x, y = x&(s-1), y&(s-1)
	}
	return id
}

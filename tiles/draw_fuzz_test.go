package tiles_test

import (
	"encoding/binary"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
)

// FuzzDraw draws any rings and lines, crossing themselves, folded back, around the
// tile and through its corners: orb's decoder reads what comes out, rings have an
// area, run the right way and end with the buffer.
func FuzzDraw(f *testing.F) {
	tile := maptile.At(orb.Point{121.45, 31.35}, 13)
	bound := tile.Bound()
	// Vertices are in eighths of the tile's side from its middle, or in what two bytes have of them.
	path := func(data []byte) (out []orb.Point) {
		for ; len(data) >= 4; data = data[4:] {
			at := func(b []byte, lo, hi float64) float64 {
				return (lo+hi)/2 + (hi-lo)*float64(int16(binary.LittleEndian.Uint16(b)))/(1<<14)
			}
			out = append(out, geo.Snap(orb.Point{at(data, bound.Min[0], bound.Max[0]), at(data[2:], bound.Min[1], bound.Max[1])}).Orb())
		}
		return out
	}
	corner := func(xy ...int16) (out []byte) {
		for _, v := range xy {
			out = binary.LittleEndian.AppendUint16(out, uint16(v))
		}
		return out
	}
	f.Add(byte(0), corner(-2000, -2000, 2000, -2000, 2000, 2000, -2000, 2000), corner(-500, -500, -500, 500, 500, 500, 500, -500))
	f.Add(byte(0), corner(-16000, -16000, 16000, -16000, 16000, 16000, -16000, 16000), corner())   // around all of it
	f.Add(byte(0), corner(-9000, 0, 9000, 1, 9000, 0, -9000, -1), corner(0, 0, 1, 1, 2, 2))        // thin
	f.Add(byte(0), corner(0, 0, 9000, 9000, 9000, 0, 0, 9000), corner())                           // a bow tie through a corner
	f.Add(byte(1), corner(-9000, -9000, 9000, 9000, -9000, -9000), corner(8192, 8192, 8193, 8193)) // back and forth
	f.Fuzz(func(t *testing.T, kind byte, first, second []byte) {
		a, b := path(first), path(second)
		if len(a) > 200 || len(b) > 200 {
			return
		}
		closed := func(p []orb.Point) orb.Ring { return append(orb.Ring(p), p[0]) }
		var shape orb.Geometry
		switch {
		case kind%3 == 0 && len(a) >= 3 && len(b) >= 3:
			shape = orb.Polygon{closed(a), closed(b)}
		case kind%3 == 0 && len(a) >= 3:
			shape = orb.Polygon{closed(a)}
		case kind%3 == 1 && len(a) >= 2:
			shape = orb.LineString(a)
		case kind%3 == 2 && len(a) >= 3 && len(b) >= 3:
			shape = orb.MultiPolygon{{closed(a)}, {closed(b)}}
		default:
			return
		}
		measured(t, shape, tile)
	})
}

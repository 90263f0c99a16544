package tiles

import (
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
)

// ThereAndBack projects a lattice point and takes it back.
func ThereAndBack(p geo.Point) geo.Point { return worldOf(p.Orb()).point() }

// BoxOf is a tile's box with a buffer, in degrees.
func BoxOf(t maptile.Tile, buffer int64) orb.Bound { return frameOf(Mercator(t), buffer).box.bound() }

// BufferShape is how far beyond its tile a shape is drawn, in steps.
const BufferShape = bufferShape

// FirstZooms simplifies rings of degrees together.
func FirstZooms(rings []orb.Ring) [][]uint8 {
	var all [][]world
	for _, r := range rings {
		for _, x := range ringsOf(orb.Polygon{r}) {
			all = append(all, x.xy)
		}
	}
	return firstZooms(all)
}

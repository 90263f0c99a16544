package tiles

import (
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
	"gridward/tiles/mvt"
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

// HexagonSteps is a cell as a tile draws it where it is large enough, and whether it
// is; with the care that small and cut ones take it is to be the same.
func HexagonSteps(c geo.Cell, t Address) (plain, careful [][2]int32, large bool, err error) {
	h, err := newHexagons().of(c)
	if err != nil {
		return nil, nil, false, err
	}
	f, p := frameOf(t, bufferShape), &pen{}
	plain = slices.Clone(p.steps(h.xy, f))
	careful = withoutSpurs(slices.Clone(plain))
	if len(careful) > 2 && mvt.Area(careful) < 0 {
		slices.Reverse(careful)
	}
	return plain, careful, f.spans(h.box), nil
}

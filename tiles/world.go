package tiles

import (
	"math"

	"github.com/paulmach/orb"

	"gridward/geo"
)

// A world coordinate is a place in spherical Mercator (EPSG:3857), the square
// world divided into 2^32 steps each way, x to the right and y down from the
// north, less 2^31 so that it fits an int32. A step is 9.3 mm at the equator
// and less elsewhere: finer than the lattice of [geo.Point], so that lattice
// points come back exactly ([world.point]).
type world struct{ x, y int32 }

// mercatorEdge is the latitude at which the square world ends, in degrees.
const mercatorEdge = 85.05112877980659

const half = 1 << 31

// worldOf projects degrees, longitude first. Latitudes beyond the square end on
// its edge.
func worldOf(p orb.Point) world {
	x := p[0] / 360
	s := math.Sin(max(-mercatorEdge, min(mercatorEdge, p[1])) * math.Pi / 180)
	y := -math.Log((1+s)/(1-s)) / (4 * math.Pi)
	return world{toWorld(x), toWorld(y)}
}

func toWorld(v float64) int32 {
	return inWorld(int64(math.Round(v * (1 << 32))))
}

// degrees is the way back, longitude first.
func (w world) degrees() orb.Point {
	y := -float64(w.y) / (1 << 32) * 2 * math.Pi
	return orb.Point{float64(w.x) / (1 << 32) * 360, math.Atan(math.Sinh(y)) * 180 / math.Pi}
}

// point is the lattice point from which the coordinate came.
func (w world) point() geo.Point { return geo.Snap(w.degrees()) }

// box is a rectangle in the world, edges included.
type box struct{ minX, minY, maxX, maxY int32 }

// nowhere meets no box.
var nowhere = box{math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32}

func (b box) with(w world) box {
	return box{min(b.minX, w.x), min(b.minY, w.y), max(b.maxX, w.x), max(b.maxY, w.y)}
}

func (b box) union(o box) box {
	return box{min(b.minX, o.minX), min(b.minY, o.minY), max(b.maxX, o.maxX), max(b.maxY, o.maxY)}
}

func (b box) meets(o box) bool {
	return b.minX <= o.maxX && b.maxX >= o.minX && b.minY <= o.maxY && b.maxY >= o.minY
}

func (b box) has(w world) bool {
	return b.minX <= w.x && b.maxX >= w.x && b.minY <= w.y && b.maxY >= w.y
}

// wider is the box with so many steps more on every side, as far as the world goes.
func (b box) wider(by int64) box {
	return box{inWorld(int64(b.minX) - by), inWorld(int64(b.minY) - by), inWorld(int64(b.maxX) + by), inWorld(int64(b.maxY) + by)}
}

// inWorld is the nearest coordinate that the world has.
func inWorld(v int64) int32 { return int32(max(-half, min(half-1, v))) }

func (b box) holds(o box) bool {
	return b.minX <= o.minX && b.maxX >= o.maxX && b.minY <= o.minY && b.maxY >= o.maxY
}

// bound is the box in degrees.
func (b box) bound() orb.Bound {
	nw, se := world{b.minX, b.minY}.degrees(), world{b.maxX, b.maxY}.degrees()
	return orb.Bound{Min: orb.Point{nw[0], se[1]}, Max: orb.Point{se[0], nw[1]}}
}

// frame turns world coordinates into steps of a tile.
type frame struct {
	matrix Matrix
	x, y   int64 // the tile's north-west corner, in the matrix's own plane
	round  int64 // half a tile step
	shift  int   // steps of the plane a tile step, as a power of two; below zero beyond zoom 20
	box    box   // of the tile and its buffer, in the world
}

// extentBits is log2 of [Extent].
const extentBits = 12

// frameOf is the frame of a tile with a buffer in tile steps.
func frameOf(t Address, buffer int64) frame {
	side := t.Matrix.side(int(t.Z))
	west, north := t.Matrix.corner()
	f := frame{matrix: t.Matrix, x: int64(t.X)*side + west, y: int64(t.Y)*side + north, shift: t.Matrix.sideBits(int(t.Z)) - extentBits}
	if f.shift > 0 {
		f.round = 1 << (f.shift - 1)
	}
	b := buffer << max(f.shift, 0) >> max(-f.shift, 0) // in steps of the plane
	f.box = t.Matrix.world(f.x-b, f.y-b, f.x+side+b, f.y+side+b)
	return f
}

// spans reports whether a box is so large that the hexagon in it keeps its corners
// apart and stays convex on the tile's steps: its sides are three steps at least.
func (f frame) spans(b box) bool {
	return (int64(b.maxX)-int64(b.minX))>>max(f.shift, 0) >= 8 && (int64(b.maxY)-int64(b.minY))>>max(f.shift, 0) >= 8
}

// local is a world coordinate in tile steps. Tiles that share an edge round
// alike: their corners are whole steps apart.
func (f frame) local(w world) [2]int32 {
	if f.matrix != WebMercatorQuad {
		w = f.matrix.plane(w)
	}
	x, y := int64(w.x)-f.x, int64(w.y)-f.y
	if f.shift >= 0 {
		s := uint(f.shift) & 63
		return [2]int32{int32((x + f.round) >> s), int32((y + f.round) >> s)}
	}
	return [2]int32{int32(x << -f.shift), int32(y << -f.shift)}
}

package tiles

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/geo/crs"
)

// Matrix is a tile matrix set: how the world is divided into tiles.
type Matrix uint8

// The tile matrix sets.
const (
	// WebMercatorQuad is what web maps use: spherical Mercator, one tile at zoom 0.
	WebMercatorQuad Matrix = iota
	// WorldCRS84Quad divides degrees, two tiles side by side at zoom 0: what
	// Tianditu's maps named c use, whose CGCS2000 differs from WGS 84 by less
	// than a tile's step.
	WorldCRS84Quad
	// GCJ02Quad is WebMercatorQuad of coordinates moved to GCJ-02, for maps of
	// Amap and Tencent.
	GCJ02Quad
)

// Matrices are all of them.
var Matrices = []Matrix{WebMercatorQuad, WorldCRS84Quad, GCJ02Quad}

var matrixNames = [...]string{"WebMercatorQuad", "WorldCRS84Quad", "GCJ02Quad"}

func (m Matrix) String() string { return matrixNames[m] }

// CRS names the coordinates of the matrix's plane: an OGC URI, or a plain name
// where OGC has none.
func (m Matrix) CRS() string {
	switch m {
	case WorldCRS84Quad:
		return "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	case GCJ02Quad:
		return "GCJ-02"
	}
	return "http://www.opengis.net/def/crs/EPSG/0/3857"
}

// ParseMatrix reads a name; none is WebMercatorQuad.
func ParseMatrix(name string) (Matrix, error) {
	for m, n := range matrixNames {
		if n == name || name == "" && m == 0 {
			return Matrix(m), nil
		}
	}
	return 0, fmt.Errorf("tile matrix set %q: %w", name, ErrOutside)
}

// Address is a tile of a matrix.
type Address struct {
	maptile.Tile
	Matrix Matrix
}

// Mercator is a tile of WebMercatorQuad.
func Mercator(t maptile.Tile) Address { return Address{Tile: t} }

// Depth is the zoom of WebMercatorQuad at which things are as large: what is drawn
// goes by it.
func (a Address) Depth() int { return int(a.Z) + a.Matrix.ahead() }

// ahead is by how many zooms of WebMercatorQuad things are larger at one zoom of
// the matrix: two tiles go around the world where it has one.
func (m Matrix) ahead() int {
	if m == WorldCRS84Quad {
		return 1
	}
	return 0
}

// Zooms is a range of depths ([Address.Depth]) in the matrix's own zooms; false
// where the matrix begins deeper than the range ends.
func (m Matrix) Zooms(minDepth, maxDepth int) (lo, hi int, ok bool) {
	lo, hi = max(0, minDepth-m.ahead()), maxDepth-m.ahead()
	return lo, hi, hi >= 0
}

// borderSteps is into how many parts [Matrix.Bound] divides a border: two
// kilometres of a district, over which the offsets of GCJ-02 bend by centimetres.
const borderSteps = 32

// Bound is the box in degrees, as maps of the matrix have them, of a box in WGS 84:
// of GCJ-02 the box of its moved corners and borders, since the middle of a border
// may be moved further than both of its ends.
func (m Matrix) Bound(b orb.Bound) orb.Bound {
	if m != GCJ02Quad {
		return b
	}
	out := crs.ToGCJ02(b.Min).Bound()
	for i := range borderSteps + 1 {
		part := float64(i) / borderSteps
		x, y := b.Min[0]+(b.Max[0]-b.Min[0])*part, b.Min[1]+(b.Max[1]-b.Min[1])*part
		for _, p := range [4]orb.Point{{x, b.Min[1]}, {x, b.Max[1]}, {b.Min[0], y}, {b.Max[0], y}} {
			out = out.Extend(crs.ToGCJ02(p))
		}
	}
	return out
}

// sideBits is log2 of a tile's side in steps of the matrix's plane. Of both planes
// 2^32 steps go around the world.
func (m Matrix) sideBits(zoom int) int {
	if m == WorldCRS84Quad {
		return 31 - zoom
	}
	return 32 - zoom
}

func (m Matrix) side(zoom int) int64 { return 1 << m.sideBits(zoom) }

// corner is the plane's north-west corner.
func (m Matrix) corner() (x, y int64) {
	if m == WorldCRS84Quad {
		return -half, -half / 2
	}
	return -half, -half
}

// plane is where a world coordinate lies in the matrix's plane.
func (m Matrix) plane(w world) world {
	switch m {
	case WorldCRS84Quad:
		return world{w.x, toWorld(-w.degrees()[1] / 360)}
	case GCJ02Quad:
		return worldOf(crs.ToGCJ02(w.degrees()))
	}
	return w
}

// marsBend is how far a rectangle of GCJ-02 may be bent, as a part of its width:
// the offsets differ by metres over kilometres.
const marsBend = 500

// world is the box in the world of a rectangle in the plane.
func (m Matrix) world(minX, minY, maxX, maxY int64) box {
	b := box{inWorld(minX), inWorld(minY), inWorld(maxX), inWorld(maxY)}
	switch m {
	case WorldCRS84Quad:
		lat := func(y int64) int32 {
			return worldOf(orb.Point{0, math.Max(-90, math.Min(90, -float64(y)/(1<<32)*360))}).y
		}
		return box{b.minX, lat(minY), b.maxX, lat(maxY)}
	case GCJ02Quad:
		out := nowhere
		for _, w := range [4]world{{b.minX, b.minY}, {b.maxX, b.minY}, {b.minX, b.maxY}, {b.maxX, b.maxY}} {
			out = out.with(worldOf(crs.FromGCJ02(w.degrees())))
		}
		return out.wider(64 + (int64(out.maxX)-int64(out.minX))/marsBend)
	}
	return b
}

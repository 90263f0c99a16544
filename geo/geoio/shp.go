package geoio

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/twpayne/go-geom"
)

// The shapes of a Shapefile (ESRI Shapefile Technical Description, 1998). The
// tens say what stands beside the plan: 1 depth and perhaps a measure, 2 a
// measure.
const (
	shpNull       = 0
	shpPoint      = 1
	shpPolyLine   = 3
	shpPolygon    = 5
	shpMultiPoint = 8
)

const (
	shpMagic  = 9994
	shpHeader = 100
)

// shpReader reads the records of a .shp file one by one. Lengths are checked
// against the file before anything is allocated for them.
type shpReader struct {
	in  io.Reader
	row int
}

func newShpReader(in io.Reader) (*shpReader, error) {
	var head [shpHeader]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || binary.BigEndian.Uint32(head[:]) != shpMagic {
		return nil, errors.New("the .shp does not begin as a Shapefile")
	}
	return &shpReader{in: in}, nil
}

// next is the content of the next record; io.EOF after the last.
func (r *shpReader) next() ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(r.in, head[:]); err == io.EOF {
		return nil, io.EOF
	} else if err != nil {
		return nil, fmt.Errorf("after row %d: the .shp ends in the middle of a record", r.row)
	}
	r.row++
	words := binary.BigEndian.Uint32(head[4:])
	if words < 2 || words > maxFeature/2 {
		return nil, fmt.Errorf("row %d: the .shp says that it has %d bytes", r.row, uint64(words)*2)
	}
	content := make([]byte, 2*words)
	if _, err := io.ReadFull(r.in, content); err != nil {
		return nil, fmt.Errorf("row %d: the .shp ends in the middle of it", r.row)
	}
	return content, nil
}

// vertex is a position with its depth, if there is one.
type vertex struct {
	at orb.Point
	z  float64
}

var errShort = errors.New("the shape is shorter than it says")

// decodeShape reads one record's content: the plan, and the shape with depth
// where it has one and is a point or an area.
func decodeShape(b []byte) (orb.Geometry, geom.T, error) {
	if len(b) < 4 {
		return nil, nil, errShort
	}
	kind := binary.LittleEndian.Uint32(b)
	b = b[4:]
	deep := kind/10 == 1
	if kind > 30 || kind == 31 {
		return nil, nil, fmt.Errorf("a shape of type %d is not read: points, lines and areas are", kind)
	}
	switch base := kind % 10; base {
	case shpNull:
		return nil, nil, ErrNoGeometry
	case shpPoint:
		numbers, err := floats(b, 2)
		if err != nil {
			return nil, nil, err
		}
		at := orb.Point{numbers[0], numbers[1]}
		if deep {
			if numbers, err = floats(b, 3); err != nil {
				return nil, nil, err
			}
			return at, geom.NewPointFlat(geom.XYZ, numbers), nil
		}
		return at, nil, nil
	case shpMultiPoint:
		if len(b) < 36 {
			return nil, nil, errShort
		}
		vs, err := vertices(b[36:], binary.LittleEndian.Uint32(b[32:]), false)
		if err != nil {
			return nil, nil, err
		}
		out := make(orb.MultiPoint, len(vs))
		for i, v := range vs {
			out[i] = v.at
		}
		return out, nil, nil
	case shpPolyLine, shpPolygon:
		parts, err := shapeParts(b, deep)
		if err != nil {
			return nil, nil, err
		}
		if base == shpPolyLine {
			return shapeLines(parts)
		}
		return shapeAreas(parts, deep)
	}
	return nil, nil, fmt.Errorf("a shape of type %d is not read: points, lines and areas are", kind)
}

// floats reads n finite numbers.
func floats(b []byte, n int) ([]float64, error) {
	if len(b) < 8*n {
		return nil, errShort
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		if math.IsNaN(out[i]) || math.IsInf(out[i], 0) {
			return nil, fmt.Errorf("a position holds %v, which is no finite number", out[i])
		}
	}
	return out, nil
}

// vertices reads n positions and, when deep, the depths behind them.
func vertices(b []byte, n uint32, deep bool) ([]vertex, error) {
	if n == 0 {
		return nil, ErrNoGeometry
	}
	if n > maxVertices {
		return nil, fmt.Errorf("more than %d vertices", maxVertices)
	}
	plan, err := floats(b, 2*int(n))
	if err != nil {
		return nil, err
	}
	var depth []float64
	if deep {
		if behind := 16*int(n) + 16; len(b) < behind { // a range stands before the depths
			return nil, errShort
		} else if depth, err = floats(b[behind:], int(n)); err != nil {
			return nil, err
		}
	}
	out := make([]vertex, n)
	for i := range out {
		out[i].at = orb.Point{plan[2*i], plan[2*i+1]}
		if deep {
			out[i].z = depth[i]
		}
	}
	return out, nil
}

// shapeParts reads the parts of a line or an area.
func shapeParts(b []byte, deep bool) ([][]vertex, error) {
	if len(b) < 40 {
		return nil, errShort
	}
	parts, points := binary.LittleEndian.Uint32(b[32:]), binary.LittleEndian.Uint32(b[36:])
	b = b[40:]
	if parts == 0 {
		return nil, ErrNoGeometry
	}
	if parts > points || uint64(len(b)) < 4*uint64(parts) {
		return nil, errShort
	}
	vs, err := vertices(b[4*parts:], points, deep)
	if err != nil {
		return nil, err
	}
	out := make([][]vertex, parts)
	for i := range out {
		from, to := binary.LittleEndian.Uint32(b[4*i:]), points
		if i+1 < len(out) {
			to = binary.LittleEndian.Uint32(b[4*i+4:])
		}
		if from > to || to > points {
			return nil, errors.New("the shape's parts do not follow each other")
		}
		out[i] = vs[from:to]
	}
	return out, nil
}

func shapeLines(parts [][]vertex) (orb.Geometry, geom.T, error) {
	var out orb.MultiLineString
	for _, p := range parts {
		if len(p) < 2 {
			return nil, nil, fmt.Errorf("a line with %d positions", len(p))
		}
		out = append(out, orb.LineString(ring(p)))
	}
	if len(out) == 1 {
		return out[0], nil, nil
	}
	return out, nil, nil
}

func ring(p []vertex) orb.Ring {
	out := make(orb.Ring, len(p))
	for i, v := range p {
		out[i] = v.at
	}
	return out
}

// shapeAreas puts rings together by how they lie in each other: a ring inside
// an even number of others is the outer ring of an area, one inside an odd
// number a hole of the smallest around it. The format says it by the way a ring
// runs, but writers (GDAL's for areas with depth among them) get that wrong.
func shapeAreas(parts [][]vertex, deep bool) (orb.Geometry, geom.T, error) {
	rings := make([]outerOrHole, len(parts))
	for i, p := range parts {
		if len(p) < 4 {
			return nil, nil, fmt.Errorf("a ring with %d positions", len(p))
		}
		if p[0].at != p[len(p)-1].at {
			return nil, nil, fmt.Errorf("the ring that begins at %v is not closed", p[0].at)
		}
		r := ring(p)
		rings[i] = outerOrHole{r, r.Bound(), math.Abs(planar.Area(r))}
	}
	around := make([][]int, len(parts)) // the rings that each lies in
	for i := range parts {
		for k := range parts {
			if i != k && rings[k].holds(rings[i]) {
				around[i] = append(around[i], k)
			}
		}
	}
	var areas [][][]vertex
	areaOf := map[int]int{}
	for i, p := range parts {
		if len(around[i])%2 == 0 {
			areaOf[i] = len(areas)
			areas = append(areas, [][]vertex{p})
		}
	}
	for i, p := range parts {
		if len(around[i])%2 == 0 {
			continue
		}
		nearest := slices.MaxFunc(around[i], func(a, b int) int { return cmp.Compare(len(around[a]), len(around[b])) })
		at, ok := areaOf[nearest]
		if !ok {
			return nil, nil, fmt.Errorf("the ring that begins at %v crosses another", p[0].at)
		}
		areas[at] = append(areas[at], p)
	}
	var plan orb.MultiPolygon
	for _, a := range areas {
		var p orb.Polygon
		for _, r := range a {
			p = append(p, ring(r))
		}
		plan = append(plan, p)
	}
	if len(plan) > 1 {
		return plan, nil, nil
	}
	if !deep {
		return plan[0], nil, nil
	}
	var flat []float64
	var ends []int
	for _, r := range areas[0] {
		for _, v := range r {
			flat = append(flat, v.at[0], v.at[1], v.z)
		}
		ends = append(ends, len(flat))
	}
	return plan[0], geom.NewPolygonFlat(geom.XYZ, flat, ends), nil
}

// outerOrHole is a ring of which it is not known yet which of the two it is.
type outerOrHole struct {
	ring  orb.Ring
	bound orb.Bound
	area  float64 // square units of the file's system
}

// holds reports whether another ring lies in this one. Rings may touch, so the
// middles of edges are asked too: a ring that fills a notch from outside has
// its corners on this one, but an edge beyond it.
func (r outerOrHole) holds(o outerOrHole) bool {
	if o.area >= r.area || !r.bound.Contains(o.bound.Min) || !r.bound.Contains(o.bound.Max) {
		return false
	}
	for i, v := range o.ring[1:] {
		u := o.ring[i]
		if !planar.RingContains(r.ring, v) || !planar.RingContains(r.ring, orb.Point{(u[0] + v[0]) / 2, (u[1] + v[1]) / 2}) {
			return false
		}
	}
	return true
}

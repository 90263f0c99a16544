package geoio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"

	"gridward/geo"
)

// ErrNoGeometry says that a row has none.
var ErrNoGeometry = errors.New("there is no geometry")

// DecodeGeometry reads one GeoJSON geometry strictly: every position is two or
// three finite numbers (encoding/json alone would take null for 0), rings are
// closed, nothing is duplicated, and sizes are bounded. The second answer is
// the geometry with depth where every vertex has one.
func DecodeGeometry(raw []byte) (orb.Geometry, geom.T, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil, ErrNoGeometry
	}
	if err := noDuplicateKeys(raw); err != nil {
		return nil, nil, err
	}
	var g struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return nil, nil, fmt.Errorf("not a geometry: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(g.Coordinates))
	d.UseNumber()
	var any0 any
	if err := d.Decode(&any0); err != nil {
		return nil, nil, fmt.Errorf("coordinates: %w", err)
	}
	p := positions{}
	depth := map[string]int{"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
	levels, ok := depth[g.Type]
	if !ok {
		return nil, nil, fmt.Errorf("geometry type %q is none of Point, LineString, Polygon and their Multi forms", g.Type)
	}
	out, err := p.read(any0, levels)
	if err != nil {
		return nil, nil, err
	}
	plan, solid, err := p.build(g.Type, out)
	if err != nil {
		return nil, nil, err
	}
	return plan, solid, nil
}

// noDuplicateKeys walks the top object's keys; also keys that differ in case
// only are refused, since the decoder would take one for the other.
func noDuplicateKeys(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("a JSON object is wanted")
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
		k := string(bytes.ToLower([]byte(key.(string))))
		if seen[k] {
			return fmt.Errorf("the member %q stands twice", key)
		}
		seen[k] = true
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
	}
	return nil
}

// node is a list of lists down to positions.
type node struct {
	list []node
	at   orb.Point
	z    float64
}

type positions struct {
	count int
	flat  bool // some position has no third number
}

func (p *positions) read(v any, levels int) (node, error) {
	list, ok := v.([]any)
	if !ok {
		return node{}, fmt.Errorf("coordinates: a list is wanted, not %v", v)
	}
	if levels == 0 {
		if p.count++; p.count > maxVertices {
			return node{}, fmt.Errorf("more than %d vertices", maxVertices)
		}
		if len(list) != 2 && len(list) != 3 {
			return node{}, fmt.Errorf("a position has 2 or 3 numbers, not %d", len(list))
		}
		var n [3]float64
		for i, x := range list {
			num, ok := x.(json.Number)
			if !ok {
				return node{}, fmt.Errorf("a position holds %v, which is no number", x)
			}
			f, err := num.Float64()
			if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
				return node{}, fmt.Errorf("a position holds %s, which is no finite number", num)
			}
			n[i] = f
		}
		p.flat = p.flat || len(list) == 2
		return node{at: orb.Point{n[0], n[1]}, z: n[2]}, nil
	}
	out := node{list: make([]node, 0, len(list))}
	for _, x := range list {
		c, err := p.read(x, levels-1)
		if err != nil {
			return node{}, err
		}
		out.list = append(out.list, c)
	}
	return out, nil
}

func (p *positions) build(kind string, n node) (orb.Geometry, geom.T, error) {
	if p.count == 0 {
		return nil, nil, ErrNoGeometry
	}
	path := func(n node, least int, what string) ([]orb.Point, error) {
		if len(n.list) < least {
			return nil, fmt.Errorf("a %s needs %d positions, this has %d", what, least, len(n.list))
		}
		out := make([]orb.Point, len(n.list))
		for i, c := range n.list {
			out[i] = c.at
		}
		return out, nil
	}
	polygon := func(n node) (orb.Polygon, error) {
		var out orb.Polygon
		for _, r := range n.list {
			ring, err := path(r, 4, "ring")
			if err != nil {
				return nil, err
			}
			if ring[0] != ring[len(ring)-1] {
				return nil, fmt.Errorf("the ring that begins at %v is not closed", ring[0])
			}
			out = append(out, ring)
		}
		if len(out) == 0 {
			return nil, errors.New("a polygon without rings")
		}
		return out, nil
	}
	var plan orb.Geometry
	var err error
	switch kind {
	case "Point":
		plan = n.at
	case "MultiPoint":
		var pts []orb.Point
		pts, err = path(n, 1, "MultiPoint")
		plan = orb.MultiPoint(pts)
	case "LineString":
		var pts []orb.Point
		pts, err = path(n, 2, "LineString")
		plan = orb.LineString(pts)
	case "MultiLineString":
		var out orb.MultiLineString
		for _, l := range n.list {
			var pts []orb.Point
			if pts, err = path(l, 2, "LineString"); err != nil {
				break
			}
			out = append(out, pts)
		}
		plan = out
	case "Polygon":
		plan, err = polygon(n)
	case "MultiPolygon":
		var out orb.MultiPolygon
		for _, c := range n.list {
			var one orb.Polygon
			if one, err = polygon(c); err != nil {
				break
			}
			out = append(out, one)
		}
		plan = out
	}
	if err != nil {
		return nil, nil, err
	}
	if kind == "Polygon" && !p.flat {
		var flat []float64
		var ends []int
		for _, r := range n.list {
			for _, c := range r.list {
				flat = append(flat, c.at[0], c.at[1], c.z)
			}
			ends = append(ends, len(flat))
		}
		return plan, geom.NewPolygonFlat(geom.XYZ, flat, ends), nil
	}
	return plan, nil, nil
}

// planOf is the plan view of a go-geom geometry, and the geometry itself where
// it has a depth.
func planOf(g geom.T) (orb.Geometry, geom.T, error) {
	plan, err := geo.PlanView(g)
	if err != nil {
		return nil, nil, err
	}
	if g.Layout() == geom.XYZ {
		return plan, g, nil
	}
	return plan, nil, nil
}

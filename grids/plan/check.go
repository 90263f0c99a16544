// Package plan makes and proves plans: the partition of a town into grids.
package plan

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"

	"gridward/geo"
	"gridward/grids"
)

// Kind is the way in which areas fail to be what they should.
type Kind string

// The kinds of violation.
const (
	Overlap       Kind = "overlap"
	Gap           Kind = "gap"
	BeyondBorder  Kind = "beyond_border" // an area reaches beyond the one that holds it
	DuplicateCode Kind = "duplicate_code"
	BadCode       Kind = "bad_code"
	CodeUsed      Kind = "code_used" // it was given to another grid
	BadShape      Kind = "bad_shape"
	NoUnit        Kind = "no_unit" // a grid's community is not there
)

var kindText = map[Kind][2]string{
	Overlap: {"重叠", "overlap"}, Gap: {"缝隙", "gap"}, BeyondBorder: {"越界", "beyond the border"},
	DuplicateCode: {"代码重复", "duplicate code"}, BadCode: {"代码错误", "wrong code"}, CodeUsed: {"代码已用", "code given before"}, BadShape: {"图形无效", "invalid shape"}, NoUnit: {"所属单位不存在", "unknown unit"},
}

// Violation is one place where a rule is broken.
type Violation struct {
	Kind     Kind
	Codes    []string         // the areas concerned
	At       orb.Point        // a point of it, longitude/latitude
	AreaM2   float64          // of the gap or overlap
	Sliver   bool             // narrower than a metre on average
	Geometry orb.MultiPolygon // the gap or overlap itself
	Detail   string
}

// String is the violation in a line, Chinese first.
func (v Violation) String() string {
	var b strings.Builder
	t := kindText[v.Kind]
	fmt.Fprintf(&b, "%s (%s) %s", t[0], t[1], strings.Join(v.Codes, " × "))
	if v.At != (orb.Point{}) {
		fmt.Fprintf(&b, " at %.7f %.7f", v.At[0], v.At[1])
	}
	if v.AreaM2 > 0 {
		fmt.Fprintf(&b, ", %s m²", figures(v.AreaM2))
	}
	if v.Sliver {
		b.WriteString(", 细缝 sliver")
	}
	if v.Detail != "" {
		b.WriteString(": " + v.Detail)
	}
	return b.String()
}

// figures writes a positive number with no false precision and no rounding to nought.
func figures(x float64) string {
	if x >= 10 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.2g", x)
}

// Tiling checks that parts tile a whole exactly, and reports each place where
// they do not. The exact proof decides; only when it fails are the places
// computed, by the overlay library in floating point.
func Tiling(whole grids.Area, parts []grids.Area) []Violation {
	outline, err := geo.NewOutline(whole.Geometry)
	if err != nil {
		return []Violation{{Kind: BadShape, Codes: []string{whole.Code}, Detail: err.Error()}}
	}
	outlines, bad := outlinesOf(parts)
	if len(bad) > 0 {
		return bad
	}
	proof := geo.Tiles(outline, outlines)
	if proof == nil {
		return nil
	}
	out := Overlaps(parts)
	ws := grids.Shape(whole.Geometry)
	shapes := make([]geom.Geometry, len(parts))
	for i, p := range parts {
		shapes[i] = grids.Shape(p.Geometry)
		if d, err := geom.Difference(shapes[i], ws); err == nil {
			out = append(out, pieces(BeyondBorder, []string{p.Code, whole.Code}, d)...)
		}
	}
	if union, err := geom.UnionMany(shapes); err == nil {
		if d, err := geom.Difference(ws, union); err == nil {
			out = append(out, pieces(Gap, []string{whole.Code}, d)...)
		}
	}
	if len(out) == 0 { // too fine for floating point, yet there
		out = append(out, Violation{Kind: Gap, Codes: []string{whole.Code}, Detail: exactly(proof, parts), Sliver: true})
	}
	return out
}

// exactly words a failed proof with the areas' codes.
func exactly(proof error, parts []grids.Area) string {
	var e *geo.PartitionError
	if !errors.As(proof, &e) || len(e.Faults) == 0 {
		return proof.Error()
	}
	f := e.Faults[0]
	names := make([]string, len(f.Faces))
	for i, n := range f.Faces {
		names[i] = "the land outside"
		if int(n) < len(parts) {
			names[i] = parts[n].Code
		}
	}
	return fmt.Sprintf("%s at %v between %s", f.Kind, f.At, strings.Join(names, " and "))
}

func outlinesOf(parts []grids.Area) (out []geo.Outline, bad []Violation) {
	for _, p := range parts {
		o, err := geo.NewOutline(p.Geometry)
		if err == nil {
			if e := grids.Shape(p.Geometry).Validate(); e != nil {
				err = e
			}
		}
		if err != nil {
			bad = append(bad, Violation{Kind: BadShape, Codes: []string{p.Code}, Detail: err.Error()})
			continue
		}
		out = append(out, o)
	}
	return out, bad
}

// Overlaps reports each overlap of two areas.
func Overlaps(parts []grids.Area) []Violation {
	var out []Violation
	shapes := make([]geom.Geometry, len(parts))
	for i, p := range parts {
		shapes[i] = grids.Shape(p.Geometry)
	}
	for i := range parts {
		for j := i + 1; j < len(parts); j++ {
			if !parts[i].Geometry.Bound().Intersects(parts[j].Geometry.Bound()) {
				continue
			}
			cut, err := geom.Intersection(shapes[i], shapes[j])
			if err != nil {
				out = append(out, Violation{Kind: BadShape, Codes: []string{parts[i].Code, parts[j].Code}, Detail: err.Error()})
				continue
			}
			out = append(out, pieces(Overlap, []string{parts[i].Code, parts[j].Code}, cut)...)
		}
	}
	return out
}

// Enclosed reports each gap that areas leave between them: the holes of their
// union. It is for areas that have no outline of their own to fill.
func Enclosed(parts []grids.Area) []Violation {
	shapes := make([]geom.Geometry, len(parts))
	for i, p := range parts {
		shapes[i] = grids.Shape(p.Geometry)
	}
	union, err := geom.UnionMany(shapes)
	if err != nil {
		return []Violation{{Kind: BadShape, Detail: err.Error()}}
	}
	var out []Violation
	for _, polygon := range grids.Polygons(union) {
		for _, hole := range polygon[1:] {
			ring := slices.Clone(hole)
			ring.Reverse()
			v := piece(Gap, nil, orb.Polygon{ring})
			for _, p := range parts { // the areas around it
				if touches(p.Geometry, hole) {
					v.Codes = append(v.Codes, p.Code)
				}
			}
			out = append(out, v)
		}
	}
	return out
}

// touches reports whether an area has a vertex of a ring.
func touches(g orb.MultiPolygon, ring orb.Ring) bool {
	on := map[orb.Point]bool{}
	for _, v := range ring {
		on[v] = true
	}
	for _, p := range g {
		for _, r := range p {
			for _, v := range r {
				if on[v] {
					return true
				}
			}
		}
	}
	return false
}

func pieces(kind Kind, codes []string, g geom.Geometry) []Violation {
	var out []Violation
	for _, p := range grids.Polygons(g) {
		out = append(out, piece(kind, codes, p))
	}
	slices.SortFunc(out, func(a, b Violation) int { return cmp.Compare(b.AreaM2, a.AreaM2) })
	return out
}

func piece(kind Kind, codes []string, p orb.Polygon) Violation {
	v := Violation{Kind: kind, Codes: slices.Clone(codes), Geometry: orb.MultiPolygon{p}, At: p[0][0]}
	lat := p[0][0][1]
	lon, north := geo.MetersToDegrees(lat)
	v.AreaM2 = math.Abs(grids.Shape(p).Area()) / (lon * north)
	if o, err := geo.NewOutline(p); err == nil {
		v.At = o.Anchor().Orb()
	}
	v.Sliver = v.AreaM2 < 1 || 2*v.AreaM2/geo.Length(p[0]) < 1
	return v
}

// Check proves a town's plan: every grid has a sound and unique code and lies
// in one community, each community is tiled by its grids and the town by its
// communities, so every point of the town has one grid.
func Check(town grids.Area, communities []grids.Area, gs []grids.Grid) []Violation {
	var out []Violation
	seen := map[string]bool{}
	of := map[string][]grids.Area{}
	for _, g := range gs {
		if !grids.ValidCode(g.Code) {
			out = append(out, Violation{Kind: BadCode, Codes: []string{g.Code}, Detail: "15 digits are needed: the community's 12 and a serial of 3"})
		}
		if seen[g.Code] {
			out = append(out, Violation{Kind: DuplicateCode, Codes: []string{g.Code}})
		}
		seen[g.Code] = true
		of[g.Community] = append(of[g.Community], grids.Area{Code: g.Code, Geometry: g.Geometry})
	}
	for _, c := range communities {
		out = append(out, Tiling(c, of[c.Code])...)
		delete(of, c.Code)
	}
	for code, stray := range of {
		for _, g := range stray {
			out = append(out, Violation{Kind: NoUnit, Codes: []string{g.Code}, Detail: "community " + code + " is not in the town " + town.Code})
		}
	}
	return append(out, Tiling(town, communities)...)
}

// CheckCodes holds the codes of a town's next plan to those given before: a
// grid that the plan before had keeps its code, wherever it lies by now; any
// other has a code of the community in which it lies, and one never given.
func CheckCodes(gs []grids.Grid, given map[string]grids.Given) []Violation {
	var out []Violation
	for _, g := range gs {
		was, used := given[g.Code]
		switch {
		case used && was.Latest, !grids.ValidCode(g.Code):
		case used:
			out = append(out, Violation{Kind: CodeUsed, Codes: []string{g.Code},
				Detail: fmt.Sprintf("a grid of %s got it on %s, and the town's plan before does not have that grid", was.Town, was.On.Format(time.DateOnly))})
		case !strings.HasPrefix(g.Code, g.Community):
			out = append(out, Violation{Kind: BadCode, Codes: []string{g.Code},
				Detail: fmt.Sprintf("a new grid of community %s gets a code that begins with it, this one begins with %s", g.Community, g.Code[:12])})
		}
	}
	return out
}

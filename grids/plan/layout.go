package plan

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"gridward/geo"
	"gridward/geo/planar"
	"gridward/grids"
)

// Layout is a division of a town into grids with what lies in each: which place
// falls to which grid, and the work that makes. It is not safe for concurrent use.
type Layout struct {
	Town  *Town
	m     *planar.Map
	grids map[planar.Face]*gridOf
	face  map[string]planar.Face // by reference
	of    []planar.Face          // by place
	on    [][]stretch            // by street segment: where it runs
	parts map[int32]int          // by place that must stay whole: how many grids have a part of it
}

// stretch is a part of a street's segment that lies in one grid.
type stretch struct {
	face planar.Face
	mm   int64
}

// gridOf is one grid of a layout.
type gridOf struct {
	ref, code, name string
	places          []int32 // ascending; replaced, never changed in place
	centi           [4]int64
	streetMM        int64
	areaM2          float64
	perimeterM      float64
}

// GridShape is one grid for [NewLayout].
type GridShape struct {
	Code, Name, Community string
	Outline               geo.Outline
}

// ErrNotTown says that grids do not fit a town's communities.
var ErrNotTown = errors.New("the grids do not fit the town's communities")

// NewLayout lays grids over a town. They must tile its communities exactly: the
// error of a broken partition names the places, and one that wraps [ErrNotTown]
// the community whose land is not covered.
func NewLayout(t *Town, shapes []GridShape) (*Layout, error) {
	shapes = slices.Clone(shapes)
	slices.SortFunc(shapes, func(a, b GridShape) int { return cmp.Compare(a.Code, b.Code) })
	l := &Layout{Town: t, grids: map[planar.Face]*gridOf{}, face: map[string]planar.Face{}}
	in := make([]planar.Input, len(shapes))
	for i, s := range shapes {
		z, ok := t.at[s.Community]
		if !ok {
			return nil, fmt.Errorf("%w: grid %s lies in the community %s, which is not of the town %s", ErrNotTown, s.Code, s.Community, t.Code)
		}
		if _, twice := l.face[s.Code]; twice {
			return nil, fmt.Errorf("%w: grid %s stands twice", ErrNotTown, s.Code)
		}
		in[i] = planar.Input{Zone: planar.Zone(z), Outline: s.Outline}
		l.grids[planar.Face(i)] = &gridOf{ref: s.Code, code: s.Code, name: s.Name}
		l.face[s.Code] = planar.Face(i)
	}
	var err error
	if l.m, err = planar.New(in); err != nil {
		return nil, err
	}
	covered := make([]int64, len(t.Communities))
	for f := range l.grids {
		z, _ := l.m.ZoneOf(f)
		covered[z] += l.m.DoubleArea(f)
	}
	for i, c := range t.Communities {
		if covered[i] != c.Outline.DoubleArea() {
			return nil, fmt.Errorf("%w: the grids of %s %s cover %+d square steps more than it has", ErrNotTown, c.Code, c.Name, (covered[i]-c.Outline.DoubleArea())/2)
		}
	}
	l.settleAll()
	return l, nil
}

// Copy is a layout of its own, equal to this one.
func (l *Layout) Copy() *Layout {
	out := &Layout{Town: l.Town, m: l.m.Clone(), grids: map[planar.Face]*gridOf{}, face: maps.Clone(l.face),
		of: slices.Clone(l.of), on: slices.Clone(l.on), parts: maps.Clone(l.parts)}
	for f, g := range l.grids {
		copied := *g
		out.grids[f] = &copied
	}
	return out
}

// settleAll places everything anew.
func (l *Layout) settleAll() {
	l.of = make([]planar.Face, len(l.Town.Places))
	for _, g := range l.grids {
		g.places, g.centi, g.streetMM = nil, [4]int64{}, 0
	}
	for i := range l.of {
		f := l.placeAt(&l.Town.Places[i], l.m.FaceAt)
		l.of[i] = f
		if g, ok := l.grids[f]; ok {
			g.places = append(g.places, int32(i))
			g.add(&l.Town.Places[i], 1)
		}
	}
	for f := range l.grids {
		l.survey(f)
	}
	l.on = make([][]stretch, len(l.Town.segments))
	for i := range l.Town.segments {
		l.walk(int32(i))
	}
	l.parts = map[int32]int{}
	for _, i := range l.Town.whole {
		l.parts[i] = len(l.divides(i))
	}
}

// survey measures a grid's land.
func (l *Layout) survey(f planar.Face) {
	l.grids[f].areaM2, l.grids[f].perimeterM = l.m.Outline(f).Area(), l.m.Perimeter(f)
}

// divides lists the grids that have a part of a place: a square metre at least
// and one in two hundred of its land.
func (l *Layout) divides(place int32) []planar.Face {
	p := &l.Town.Places[place]
	if p.Footprint == nil {
		return nil
	}
	zone := planar.Zone(l.Town.at[p.Community])
	least := max(1, p.Footprint.Area()/200)
	var out []planar.Face
	for _, f := range l.m.FacesNear(p.box()) {
		if z, _ := l.m.ZoneOf(f); z == zone && geo.SharedArea(p.Footprint, l.m.Outline(f)) >= least {
			out = append(out, f)
		}
	}
	return out
}

func (g *gridOf) add(p *Place, sign int64) {
	for _, d := range p.Duties {
		g.centi[min(max(d.Class, 0), 3)] += sign * d.Centi
	}
}

// placeAt is the grid that a place falls to, by the rules of [grids.Assigner]:
// among the grids of its community the one with the largest share of its
// footprint, or that holds its point; the lower code among equals. find is the
// face at a point that no border is near.
func (l *Layout) placeAt(p *Place, find func(geo.Point) planar.Face) planar.Face {
	zone := planar.Zone(l.Town.at[p.Community])
	near := l.m.FacesNear(p.box())
	if len(near) == 0 {
		if f := find(p.Anchor); f != planar.Outside {
			if z, _ := l.m.ZoneOf(f); z == zone {
				return f
			}
		}
	}
	near = slices.DeleteFunc(near, func(f planar.Face) bool { z, _ := l.m.ZoneOf(f); return z != zone })
	if len(near) == 0 && p.Footprint != nil { // it lies mostly in another community than its anchor
		for f := range l.grids {
			if z, _ := l.m.ZoneOf(f); z == zone {
				near = append(near, f)
			}
		}
	}
	slices.SortFunc(near, func(a, b planar.Face) int { return cmp.Compare(l.grids[a].code, l.grids[b].code) })
	if p.Footprint == nil {
		for _, f := range near {
			if o := l.m.Outline(f); o.Side(p.Anchor) != geo.Outside {
				return f
			}
		}
		return planar.Outside
	}
	if len(near) == 1 {
		return near[0]
	}
	var shares grids.Shares
	for _, f := range near {
		shares.Add(l.grids[f].code, geo.SharedArea(p.Footprint, l.m.Outline(f)))
	}
	c, ok := shares.Choice(geo.SharedArea(p.Footprint, p.Footprint))
	if !ok {
		return planar.Outside
	}
	for _, f := range near {
		if l.grids[f].code == c.Code {
			return f
		}
	}
	return planar.Outside
}

// walk finds anew through which grids a street's segment runs, and counts its
// length for them. What runs along a border is the lower grid's.
func (l *Layout) walk(segment int32) {
	for _, s := range l.on[segment] {
		if g, ok := l.grids[s.face]; ok {
			g.streetMM -= s.mm
		}
	}
	l.on[segment] = l.on[segment][:0:0]
	a, b := l.Town.segments[segment][0], l.Town.segments[segment][1]
	length := geo.Distance(a.Orb(), b.Orb())
	from := 0.0
	for _, t := range append(l.m.Crossings(a, b), 1) {
		mid := (from + t) / 2
		at := geo.Point{X: a.X + int32(math.Round(mid*(float64(b.X)-float64(a.X)))), Y: a.Y + int32(math.Round(mid*(float64(b.Y)-float64(a.Y))))}
		if f := l.m.FaceAt(at); f != planar.Outside {
			mm := int64(math.Round((t - from) * length * 1000))
			l.on[segment] = append(l.on[segment], stretch{f, mm})
			l.grids[f].streetMM += mm
		}
		from = t
	}
}

// Refs lists the grids' references by code.
func (l *Layout) Refs() []string {
	out := make([]*gridOf, 0, len(l.grids))
	for _, g := range l.grids {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *gridOf) int { return cmp.Compare(a.code, b.code) })
	refs := make([]string, len(out))
	for i, g := range out {
		refs[i] = g.ref
	}
	return refs
}

// Grid is one grid of a layout as it stands.
type Grid struct {
	Ref       string // see [Draft]
	Code      string // 15 digits
	Name      string
	Community string // 12 digits
	Outline   geo.Outline
	Figures
}

// Figures are a grid's figures. Times are minutes a month.
type Figures struct {
	Places       int
	VisitMinutes float64    // of the places' duties
	ClassMinutes [4]float64 // the same by class
	WalkMinutes  float64    // of the streets' length
	StreetM      float64
	AreaM2       float64
	PerimeterM   float64
}

// Minutes is a grid's whole work a month.
func (f *Figures) Minutes() float64 { return f.VisitMinutes + f.WalkMinutes }

// Compactness is the Polsby–Popper score, 4π·area/perimeter²: 1 for a circle.
func (f *Figures) Compactness() float64 {
	if f.PerimeterM == 0 {
		return 0
	}
	return 4 * math.Pi * f.AreaM2 / (f.PerimeterM * f.PerimeterM)
}

// Grid looks a grid up by reference.
func (l *Layout) Grid(ref string) (Grid, bool) {
	f, ok := l.face[ref]
	if !ok {
		return Grid{}, false
	}
	return l.grid(f), true
}

func (l *Layout) grid(f planar.Face) Grid {
	g := l.grids[f]
	z, _ := l.m.ZoneOf(f)
	return Grid{Ref: g.ref, Code: g.code, Name: g.name, Community: l.Town.Communities[z].Code, Outline: l.m.Outline(f), Figures: g.figures(l.Town)}
}

func (g *gridOf) figures(t *Town) Figures {
	out := Figures{Places: len(g.places), StreetM: float64(g.streetMM) / 1000, AreaM2: g.areaM2, PerimeterM: g.perimeterM}
	for c, n := range g.centi {
		out.ClassMinutes[c] = float64(n) / 100
		out.VisitMinutes += float64(n) / 100
	}
	out.WalkMinutes = out.StreetM / t.MetresAMinute * t.Rounds
	return out
}

// Grids lists every grid by code.
func (l *Layout) Grids() []Grid {
	out := make([]Grid, 0, len(l.grids))
	for _, ref := range l.Refs() {
		out = append(out, l.grid(l.face[ref]))
	}
	return out
}

// Land is the outline of the land that grids have together.
func (l *Layout) Land(refs []string) geo.Outline {
	var faces []planar.Face
	for _, r := range refs {
		if f, ok := l.face[r]; ok {
			faces = append(faces, f)
		}
	}
	return l.m.Land(faces)
}

// GridOf is the reference of the grid that a place falls to; empty if none.
func (l *Layout) GridOf(place int) string {
	if g, ok := l.grids[l.of[place]]; ok {
		return g.ref
	}
	return ""
}

// PlacesOf lists the places of a grid, as indices into the town's.
func (l *Layout) PlacesOf(ref string) []int32 {
	if f, ok := l.face[ref]; ok {
		return l.grids[f].places
	}
	return nil
}

// MeanMinutes is the mean work of a grid a month.
func (l *Layout) MeanMinutes() float64 {
	var centi, mm int64
	for _, g := range l.grids {
		for _, n := range g.centi {
			centi += n
		}
		mm += g.streetMM
	}
	if len(l.grids) == 0 {
		return 0
	}
	return (float64(centi)/100 + float64(mm)/1000/l.Town.MetresAMinute*l.Town.Rounds) / float64(len(l.grids))
}

// Borders lists the borders of some grids (nil: all) as chains of edges. Sides
// are references, empty outside the town.
func (l *Layout) Borders(refs []string) []Border {
	var only []planar.Face
	if refs != nil {
		only = []planar.Face{}
		for _, r := range refs {
			if f, ok := l.face[r]; ok {
				only = append(only, f)
			}
		}
	}
	found := l.m.Borders(only)
	out := make([]Border, len(found))
	name := func(f planar.Face) string {
		if g, ok := l.grids[f]; ok {
			return g.ref
		}
		return ""
	}
	for i, b := range found {
		out[i] = Border{Left: name(b.Left), Right: name(b.Right), Fixed: b.Fixed, Path: b.Path}
	}
	return out
}

// Border is a stretch of border with the same grids on either side.
type Border struct {
	Left, Right string // references; empty outside the town
	Fixed       bool   // a community's border, which no operation moves
	Path        []geo.Point
}

package plan

import (
	"cmp"
	"fmt"
	"slices"

	"gridward/geo"
	"gridward/geo/planar"
	"gridward/layers"
)

// Comparison is how one division of a town differs from another. Grids are
// named by code, which is the same grid in both.
type Comparison struct {
	Grids       []Changed // those whose land, places or name differ; Ref is the code
	Moved       []MovedPlace
	Lineage     []Descent
	Kept, Total int // places with a grid before that are in the same one now
}

// MovedPlace is a place that another grid has, with the reason.
type MovedPlace struct {
	Place    int
	From, To string // codes
	Why      layers.Text
}

// Descent is how much of a grid's land came from an earlier one.
type Descent struct {
	Code, From string
	AreaM2     float64
	Share      float64 // of the new grid's area
}

// Compare compares two layouts of one town, from the earlier to the later.
func Compare(from, to *Layout) Comparison {
	out := Comparison{}
	out.Kept, out.Total = stability(from, to)
	code := func(l *Layout, f planar.Face) string {
		if g, ok := l.grids[f]; ok {
			return g.code
		}
		return ""
	}
	for i := range from.of {
		if a, b := code(from, from.of[i]), code(to, to.of[i]); a != b {
			out.Moved = append(out.Moved, MovedPlace{i, a, b, to.why(int32(i))})
		}
	}
	byCode := func(l *Layout) map[string]planar.Face {
		m := map[string]planar.Face{}
		for f, g := range l.grids {
			m[g.code] = f
		}
		return m
	}
	was, now := byCode(from), byCode(to)
	for c, f := range now {
		g := to.grids[f]
		changed := Changed{Ref: c, Code: c, Name: g.name, After: g.standing(to.Town)}
		if e, ok := was[c]; ok {
			old := from.grids[e]
			changed.Before = old.standing(from.Town)
			if old.name == g.name && slices.Equal(old.places, g.places) && sameLand(from.m.Outline(e), to.m.Outline(f)) {
				continue
			}
		}
		out.Grids = append(out.Grids, changed)
	}
	for c, e := range was {
		if _, ok := now[c]; !ok {
			g := from.grids[e]
			out.Grids = append(out.Grids, Changed{Ref: c, Code: c, Name: g.name, Before: g.standing(from.Town)})
		}
	}
	slices.SortFunc(out.Grids, func(a, b Changed) int { return cmp.Compare(a.Code, b.Code) })
	out.Lineage = lineage(from, to)
	return out
}

// sameLand compares outlines vertex by vertex; maps give the same land's rings
// in the same order.
func sameLand(a, b geo.Outline) bool {
	return slices.EqualFunc(a, b, func(r, s []geo.Point) bool { return slices.Equal(r, s) })
}

// lineage says from which grids the land of each new or changed grid came: a
// split has one origin with several heirs, a merge several origins of one heir.
// What is less than a square metre is left out.
func lineage(from, to *Layout) []Descent {
	var out []Descent
	for f, g := range to.grids {
		o := to.m.Outline(f)
		if e, ok := faceOfCode(from, g.code); ok && sameLand(from.m.Outline(e), o) {
			continue
		}
		z, _ := to.m.ZoneOf(f)
		for e, old := range from.grids {
			if y, _ := from.m.ZoneOf(e); y != z || !from.m.Box(e).Meets(o.Box()) {
				continue
			}
			if a := geo.SharedArea(o, from.m.Outline(e)); a >= 1 {
				out = append(out, Descent{g.code, old.code, a, min(1, a/g.areaM2)})
			}
		}
	}
	slices.SortFunc(out, func(a, b Descent) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.From, b.From)) })
	return out
}

func faceOfCode(l *Layout, code string) (planar.Face, bool) {
	if f, ok := l.face[code]; ok && l.grids[f].code == code {
		return f, true
	}
	for f, g := range l.grids {
		if g.code == code {
			return f, true
		}
	}
	return 0, false
}

// why says in words why a place falls to its grid.
func (l *Layout) why(place int32) layers.Text {
	p := &l.Town.Places[place]
	g, ok := l.grids[l.of[place]]
	if !ok {
		return layers.Text{ZH: "不在任何网格内", EN: "it lies in no grid"}
	}
	if p.Footprint != nil {
		if among := l.divides(place); len(among) > 1 {
			share := geo.SharedArea(p.Footprint, l.m.Outline(l.of[place])) / geo.SharedArea(p.Footprint, p.Footprint)
			return layers.Text{ZH: fmt.Sprintf("%.0f%%的面积位于%s", share*100, g.name), EN: fmt.Sprintf("%.0f %% of its area lies in %s", share*100, g.name)}
		}
		return layers.Text{ZH: "整体位于" + g.name, EN: "it lies in " + g.name}
	}
	return layers.Text{ZH: "点位于" + g.name, EN: "its point lies in " + g.name}
}

func (l *Layout) faceOf(code string) planar.Face {
	f, _ := faceOfCode(l, code)
	return f
}

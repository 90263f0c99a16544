package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/planar"
	"gridward/grids"
	"gridward/layers"
)

// Rule is a division rule of the unit-grid standard (GB/T 30428.1), in the form
// in which a program can check it.
type Rule string

// The rules.
const (
	RuleTiling    Rule = "tiling"           // 无缝拼接: no gap, no overlap
	RuleCommunity Rule = "one_community"    // 属地管理: each grid inside one community
	RuleBuilding  Rule = "building_cut"     // 管理对象: no building cut
	RuleCompound  Rule = "compound_divided" // 现状管理: self-managed compounds whole
	RuleLoad      Rule = "even_load"        // 负载均衡: even load
	RuleReach     Rule = "reachable"        // 方便管理: in one part, with a street
	RuleCode      Rule = "code"             // codes unique for ever
	RuleDates     Rule = "dates"            // dates sound
)

// Severity says whether a problem stands in the way.
type Severity string

// The severities: an error keeps a draft from being proposed.
const (
	Blocks Severity = "error"
	Warns  Severity = "warning"
)

// Problem is one place where a plan breaks a division rule.
type Problem struct {
	Rule     Rule
	Severity Severity
	Text     layers.Text
	Grids    []string // references
	At       orb.Point
	AreaM2   float64          // of the offending area; 0 if none
	Figure   float64          // what was measured
	Limit    float64          // what it should not exceed
	Geometry orb.MultiPolygon // the offending area; nil if none
	Place    uuid.UUID        // the place concerned; zero if none
}

// RuleFigure is how a rule stands for the plan as a whole.
type RuleFigure struct {
	Rule    Rule
	Checked int     // grids, buildings or compounds that were looked at
	Broken  int     // problems found
	Worst   float64 // the worst figure
	Limit   float64
}

// MaxLoadRatio is how many times the mean work of a grid one grid may have.
const MaxLoadRatio = 1.5

// Problems checks the division rules. base, unless nil, is what the plan came
// from: a compound that was divided there already is no error here.
func (l *Layout) Problems(base *Layout) ([]Problem, []RuleFigure) {
	var out []Problem
	var figures []RuleFigure
	for _, rule := range []struct {
		rule  Rule
		check func() (problems []Problem, checked int, worst, limit float64)
	}{
		{RuleTiling, l.checkTiling}, {RuleCommunity, l.checkCommunities},
		{RuleBuilding, l.checkBuildings}, {RuleCompound, func() ([]Problem, int, float64, float64) { return l.checkCompounds(base) }},
		{RuleLoad, l.checkLoad}, {RuleReach, l.checkReach}, {RuleCode, func() ([]Problem, int, float64, float64) { return l.checkCodes(base) }},
	} {
		problems, checked, worst, limit := rule.check()
		out = append(out, problems...)
		figures = append(figures, RuleFigure{rule.rule, checked, len(problems), worst, limit})
	}
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(b.Figure, a.Figure))
	})
	return out, figures
}

// checkTiling proves each community's tiling by package geo's own proof, which
// knows nothing of planar maps.
func (l *Layout) checkTiling() (out []Problem, checked int, worst, limit float64) {
	of := make([][]geo.Outline, len(l.Town.Communities))
	for f := range l.grids {
		z, _ := l.m.ZoneOf(f)
		of[z] = append(of[z], l.m.Outline(f))
	}
	for i, c := range l.Town.Communities {
		if err := geo.Tiles(c.Outline, of[i]); err != nil {
			out = append(out, Problem{Rule: RuleTiling, Severity: Blocks, Text: layers.Text{ZH: c.Name + "的网格未无缝拼接：" + err.Error(), EN: "the grids of " + c.Name + " do not tile it: " + err.Error()},
				At: c.Outline.Anchor().Orb(), Geometry: c.Outline.MultiPolygon()})
		}
	}
	return out, len(l.grids), float64(len(out)), 0
}

// checkCommunities finds grids with land outside their community.
func (l *Layout) checkCommunities() (out []Problem, checked int, worst, limit float64) {
	for f, g := range l.grids {
		z, _ := l.m.ZoneOf(f)
		o := l.m.Outline(f)
		c := &l.Town.Communities[z]
		for _, ring := range o {
			for _, p := range ring {
				if c.Outline.Side(p) == geo.Outside {
					out = append(out, Problem{Rule: RuleCommunity, Severity: Blocks, Text: layers.Text{ZH: g.name + "越出" + c.Name, EN: g.name + " reaches out of " + c.Name}, Grids: []string{g.ref}, At: p.Orb()})
				}
			}
		}
	}
	return out, len(l.grids), float64(len(out)), 0
}

// checkBuildings finds buildings that borders between grids cut, compounds aside.
func (l *Layout) checkBuildings() (out []Problem, checked int, worst, limit float64) {
	for i := range l.Town.Places {
		p := &l.Town.Places[i]
		if !p.Building || p.Footprint == nil {
			continue
		}
		checked++
		if pr, cut := l.divided(int32(i), RuleBuilding); cut {
			pr.Severity = Warns
			worst = max(worst, pr.Figure)
			out = append(out, pr)
		}
	}
	return out, checked, worst, 0
}

func (l *Layout) checkCompounds(base *Layout) (out []Problem, checked int, worst, limit float64) {
	for _, i := range l.Town.whole {
		checked++
		pr, cut := l.divided(i, RuleCompound)
		if !cut {
			continue
		}
		pr.Severity = Warns
		if base != nil && l.parts[i] > max(1, base.parts[i]) {
			pr.Severity = Blocks
		}
		worst = max(worst, pr.Figure)
		out = append(out, pr)
	}
	return out, checked, worst, 0
}

// divided is the problem of a place that several grids have a part of; its
// figure is the share that is not with the grid that has most of it.
func (l *Layout) divided(place int32, rule Rule) (Problem, bool) {
	among := l.divides(place)
	if len(among) < 2 {
		return Problem{}, false
	}
	p := &l.Town.Places[place]
	whole, most := geo.SharedArea(p.Footprint, p.Footprint), 0.0
	var refs []string
	for _, f := range among {
		most = max(most, geo.SharedArea(p.Footprint, l.m.Outline(f)))
		refs = append(refs, l.grids[f].ref)
	}
	slices.Sort(refs)
	cut := max(0, whole-most)
	name := cmp.Or(p.Name, p.Category)
	return Problem{Rule: rule, Grids: refs, At: p.Anchor.Orb(), AreaM2: cut, Figure: cut / whole, Geometry: p.Footprint.MultiPolygon(), Place: p.ID,
		Text: layers.Text{ZH: fmt.Sprintf("%s被%d个网格分割", name, len(among)), EN: fmt.Sprintf("%s is divided among %d grids", name, len(among))}}, true
}

// checkLoad finds grids with far more work than the mean.
func (l *Layout) checkLoad() (out []Problem, checked int, worst, limit float64) {
	mean := l.MeanMinutes()
	for f, g := range l.grids {
		if mean <= 0 {
			break
		}
		figures := g.figures(l.Town)
		ratio := figures.Minutes() / mean
		worst = max(worst, ratio)
		if ratio > MaxLoadRatio {
			o := l.m.Outline(f)
			out = append(out, Problem{Rule: RuleLoad, Severity: Warns, Grids: []string{g.ref}, At: o.Anchor().Orb(), AreaM2: g.areaM2, Figure: ratio, Limit: MaxLoadRatio, Geometry: o.MultiPolygon(),
				Text: layers.Text{ZH: fmt.Sprintf("%s每月%.0f分钟，为平均的%.1f倍", g.name, figures.Minutes(), ratio), EN: fmt.Sprintf("%s takes %.0f minutes a month, %.1f times the mean", g.name, figures.Minutes(), ratio)}})
		}
	}
	return out, len(l.grids), worst, MaxLoadRatio
}

// checkReach finds grids in several parts, and grids without any street.
func (l *Layout) checkReach() (out []Problem, checked int, worst, limit float64) {
	for f, g := range l.grids {
		o := l.m.Outline(f)
		parts := l.m.Parts(f)
		worst = max(worst, float64(parts))
		z, _ := l.m.ZoneOf(f)
		if parts > 1 && parts > outerRings(l.Town.Communities[z].Outline) {
			out = append(out, Problem{Rule: RuleReach, Severity: Warns, Grids: []string{g.ref}, At: smallestPart(o), Figure: float64(parts), Limit: 1, Geometry: o.MultiPolygon(),
				Text: layers.Text{ZH: fmt.Sprintf("%s分为%d块，互不相连", g.name, parts), EN: fmt.Sprintf("%s is in %d parts that do not hang together", g.name, parts)}})
		}
		if len(l.Town.segments) > 0 && g.streetMM == 0 {
			out = append(out, Problem{Rule: RuleReach, Severity: Warns, Grids: []string{g.ref}, At: o.Anchor().Orb(), Limit: 1, Geometry: o.MultiPolygon(),
				Text: layers.Text{ZH: g.name + "内没有道路", EN: "no street runs through " + g.name}})
		}
	}
	return out, len(l.grids), worst, 1
}

func outerRings(o geo.Outline) int {
	n := 0
	for _, r := range o {
		if geo.DoubleArea(r) > 0 {
			n++
		}
	}
	return n
}

func smallestPart(o geo.Outline) orb.Point {
	least, at := int64(0), orb.Point{}
	for _, r := range o {
		if a := geo.DoubleArea(r); a > 0 && (least == 0 || a < least) {
			least, at = a, (geo.Outline{r}).Anchor().Orb()
		}
	}
	return at
}

// checkCodes finds malformed codes, codes that stand twice, and new grids whose
// code says another community than the one they lie in.
func (l *Layout) checkCodes(base *Layout) (out []Problem, checked int, worst, limit float64) {
	seen := map[string]planar.Face{}
	for _, ref := range l.Refs() {
		f := l.face[ref]
		g := l.grids[f]
		z, _ := l.m.ZoneOf(f)
		community := l.Town.Communities[z].Code
		problem := func(zh, en string) {
			out = append(out, Problem{Rule: RuleCode, Severity: Blocks, Grids: []string{g.ref}, At: l.m.Outline(f).Anchor().Orb(), Text: layers.Text{ZH: g.code + zh, EN: g.code + en}})
		}
		if _, twice := seen[g.code]; twice {
			problem("代码重复", " stands twice")
		}
		seen[g.code] = f
		old := false
		if base != nil {
			_, old = base.face[g.code]
		}
		if !grids.ValidCode(g.code) {
			problem("不是15位网格代码", " is not a grid code of 15 digits")
		} else if base != nil && !old && g.code[:12] != community {
			problem("与所在居村委不符", " does not begin with its community's code "+community)
		}
	}
	return out, len(l.grids), float64(len(out)), 0
}

// CheckDates holds a plan's dates: a draft is drawn on the town's latest plan,
// and a plan ends after it began, or was withdrawn before it began.
func CheckDates(h *Head) ([]Problem, RuleFigure) {
	var out []Problem
	if h.Stale() {
		out = append(out, Problem{Rule: RuleDates, Severity: Blocks, Text: layers.Text{
			ZH: "制图期间本街镇已发布其他方案，须先合并到最新方案", EN: "another plan of the town was published since this one was drawn: rebase it first"}})
	}
	if !h.EffectiveTo.IsZero() && h.EffectiveTo.Before(h.EffectiveFrom) {
		out = append(out, Problem{Rule: RuleDates, Severity: Blocks, Text: layers.Text{
			ZH: "终止日期早于生效日期", EN: "it ends before it begins"}})
	}
	return out, RuleFigure{Rule: RuleDates, Checked: 1, Broken: len(out), Worst: float64(len(out))}
}

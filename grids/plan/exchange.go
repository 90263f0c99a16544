package plan

import (
	"cmp"
	"fmt"
	"slices"

	"gridward/geo"
	"gridward/geo/planar"
	"gridward/layers"
)

// Drawn is one grid as a file has it.
type Drawn struct {
	Code, Name string // either may be empty
	Outline    geo.Outline
}

// Differences are what a file's grids change of a draft.
type Differences struct {
	// Problems are the gaps, overlaps, slivers and dangles of the file, each with
	// its place and what would mend it; the operations have them mended so.
	Problems []Problem
	// Operations bring the draft to what the file has, one a community that
	// differs, and one a grid with another name.
	Operations []Operation
	Unchanged  int // grids that are as they were
}

// Differ compares a file's grids with a draft: a plan that was edited elsewhere
// is brought back as operations to accept. A grid is known by its code where it
// shares land with the draft's grid of that code; else it is the grid of the
// draft that has most of its land, if that is not taken, or a new one, whose code
// the draft gives. The error is that
// of lines that the lattice cannot part.
func (l *Layout) Differ(drawn []Drawn) (*Differences, error) {
	zones := make([]geo.Outline, len(l.Town.Communities))
	for i, c := range l.Town.Communities {
		zones[i] = c.Outline
	}
	claims := make([]planar.Claim, len(drawn))
	for i, g := range drawn {
		claims[i] = planar.Claim{Outline: g.Outline}
	}
	s, err := planar.Examine(zones, claims)
	if err != nil {
		return nil, fmt.Errorf("the grids of the file: %w", err)
	}
	out := &Differences{}
	for _, f := range s.Findings {
		out.Problems = append(out.Problems, l.flaw(f, drawn))
	}
	for z := range l.Town.Communities {
		l.differ(planar.Zone(z), s, drawn, out)
	}
	return out, nil
}

// differ compares one community.
func (l *Layout) differ(z planar.Zone, s *planar.Survey, drawn []Drawn, out *Differences) {
	type claimed struct {
		drawn int // -1: land that nobody claimed
		face  planar.Face
		land  geo.Outline
		grid  planar.Face // of the draft; Outside: a new one
	}
	var claims []claimed
	for i := range drawn {
		if f := s.Faces[i]; f != planar.Outside {
			if y, _ := s.Map.ZoneOf(f); y == z {
				claims = append(claims, claimed{i, f, s.Map.Outline(f), planar.Outside})
			}
		}
	}
	for _, f := range s.Fresh {
		if y, _ := s.Map.ZoneOf(f); y == z {
			claims = append(claims, claimed{-1, f, s.Map.Outline(f), planar.Outside})
		}
	}
	taken := map[planar.Face]bool{}
	for i := range claims { // by code
		if claims[i].drawn < 0 {
			continue
		}
		if f, ok := faceOfCode(l, drawn[claims[i].drawn].Code); ok && !taken[f] {
			if y, _ := l.m.ZoneOf(f); y == z && geo.SharedArea(claims[i].land, l.m.Outline(f)) >= 1 {
				claims[i].grid, taken[f] = f, true
			}
		}
	}
	for i := range claims { // by land
		if claims[i].grid != planar.Outside {
			continue
		}
		for _, ref := range l.Refs() {
			f := l.face[ref]
			if y, _ := l.m.ZoneOf(f); y == z && !taken[f] && geo.SharedArea(claims[i].land, l.m.Outline(f)) > claims[i].land.Area()/2 {
				claims[i].grid, taken[f] = f, true
				break
			}
		}
	}
	same := true
	for _, c := range claims {
		same = same && c.grid != planar.Outside && sameArea(c.land, l.m.Outline(c.grid))
	}
	for f := range l.grids {
		if y, _ := l.m.ZoneOf(f); y == z && !taken[f] {
			same = false // a grid of the draft that the file has not
		}
	}
	op := Operation{Kind: Allot, Community: l.Town.Communities[z].Code, Allow: []Allowance{Disconnect, Cut}}
	var renames []Operation
	slices.SortFunc(claims, func(a, b claimed) int { return cmp.Compare(a.face, b.face) })
	for _, c := range claims {
		share := Share{Region: &Region{c.land.MultiPolygon()}}
		if c.grid != planar.Outside {
			share.Grid = l.grids[c.grid].ref
			if sameArea(c.land, l.m.Outline(c.grid)) {
				out.Unchanged++
			}
			if name := drawn[max(0, c.drawn)].Name; c.drawn >= 0 && name != "" && name != l.grids[c.grid].name {
				renames = append(renames, Operation{Kind: Rename, Grid: share.Grid, Name: name})
			}
		} else if c.drawn >= 0 {
			share.Name = drawn[c.drawn].Name
		}
		op.Shares = append(op.Shares, share)
	}
	if !same {
		out.Operations = append(out.Operations, op)
	}
	out.Operations = append(out.Operations, renames...)
}

// sameArea reports whether outlines are the same land, wherever vertices stand
// on straight borders.
func sameArea(a, b geo.Outline) bool {
	if a.DoubleArea() != b.DoubleArea() {
		return false
	}
	on := func(a, b geo.Outline) bool {
		for _, r := range a {
			for _, p := range r {
				if b.Side(p) != geo.Boundary {
					return false
				}
			}
		}
		return true
	}
	return on(a, b) && on(b, a)
}

var flawText = map[planar.Flaw]layers.Text{
	planar.Gap:     {ZH: "缝隙：没有网格覆盖", EN: "a gap: no grid covers it"},
	planar.Overlap: {ZH: "重叠", EN: "an overlap"},
	planar.Beyond:  {ZH: "越出所在居村委", EN: "it reaches out of its community"},
	planar.Dangle:  {ZH: "悬挂线", EN: "a line that leads out and back"},
	planar.Empty:   {ZH: "不在本街镇范围内", EN: "it lies outside the town"},
}

// flaw words a finding.
func (l *Layout) flaw(f planar.Finding, drawn []Drawn) Problem {
	name := func(i int) string { return cmp.Or(drawn[i].Code, drawn[i].Name, fmt.Sprintf("#%d", i+1)) }
	p := Problem{Rule: RuleTiling, Severity: Warns, Text: flawText[f.Flaw], At: f.At.Orb(), AreaM2: f.AreaM2}
	if f.Land != nil {
		p.Geometry = f.Land.MultiPolygon()
	}
	for _, c := range f.Claims {
		p.Grids = append(p.Grids, name(c))
	}
	if f.Sliver {
		p.Text.ZH, p.Text.EN = p.Text.ZH+"（细缝）", p.Text.EN+" (a sliver)"
	}
	if f.Mend >= 0 {
		p.Text.ZH, p.Text.EN = p.Text.ZH+"；可归入"+name(f.Mend), p.Text.EN+"; it would go to "+name(f.Mend)
	}
	return p
}

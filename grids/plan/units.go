package plan

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/peterstace/simplefeatures/geom"

	"gridward/grids"
	"gridward/layers"
)

var unitCode = regexp.MustCompile(`^[0-9]{12}$`)

// LinkUnits completes a set of units in place: a unit without a parent gets
// the one that holds most of its land (towns and parks the district,
// communities a town; a park's community must name its park), one without a
// code the district's six digits and a serial by name. The set is sorted by
// code. It fails when the levels are not all there or a link leads nowhere.
func LinkUnits(units []layers.Unit, district string) error {
	of := map[layers.UnitKind][]*layers.Unit{}
	for i := range units {
		of[units[i].Kind] = append(of[units[i].Kind], &units[i])
	}
	if len(of[layers.District]) != 1 || len(of[layers.Town]) == 0 || len(of[layers.Community]) == 0 {
		return fmt.Errorf("one district, towns and communities are wanted; there are %d, %d and %d", len(of[layers.District]), len(of[layers.Town]), len(of[layers.Community]))
	}
	taken := map[string]bool{}
	for i := range units {
		taken[units[i].Code] = true
	}
	number := func(list []*layers.Unit, prefix, suffix string) {
		slices.SortStableFunc(list, func(a, b *layers.Unit) int { return cmp.Compare(a.Name, b.Name) })
		serial := 0
		for _, u := range list {
			for !unitCode.MatchString(u.Code) {
				serial++
				if code := fmt.Sprintf("%s%03d%s", prefix, serial, suffix); !taken[code] {
					u.Code, taken[code] = code, true
				}
			}
		}
	}
	top := of[layers.District][0]
	top.Code, top.Parent = district+"000000", ""
	for _, kind := range []layers.UnitKind{layers.Town, layers.Park} {
		number(of[kind], district, "000")
		for _, u := range of[kind] {
			u.Parent = top.Code
		}
	}
	within := map[string][]*layers.Unit{}
	for _, c := range of[layers.Community] {
		if c.Parent == "" {
			var err error
			if c.Parent, err = holding(c, of[layers.Town]); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(append(slices.Clone(of[layers.Town]), of[layers.Park]...), func(u *layers.Unit) bool { return u.Code == c.Parent }) {
			return fmt.Errorf("community %s %s names the parent %s, which is no town and no park", c.Code, c.Name, c.Parent)
		}
		within[c.Parent] = append(within[c.Parent], c)
	}
	for _, parent := range append(slices.Clone(of[layers.Town]), of[layers.Park]...) {
		number(within[parent.Code], parent.Code[:9], "")
	}
	slices.SortFunc(units, func(a, b layers.Unit) int { return cmp.Compare(a.Code, b.Code) })
	return nil
}

// holding is the unit that holds most of another's land.
func holding(u *layers.Unit, among []*layers.Unit) (string, error) {
	best, code := 0.0, ""
	for _, t := range among {
		if !t.Geometry.Bound().Intersects(u.Geometry.Bound()) {
			continue
		}
		cut, err := geom.Intersection(grids.Shape(t.Geometry), grids.Shape(u.Geometry))
		if err != nil {
			return "", fmt.Errorf("%s and %s: %w", t.Name, u.Name, err)
		}
		if area := cut.Area(); area > best {
			best, code = area, t.Code
		}
	}
	if code == "" {
		return "", fmt.Errorf("%s %s lies in no town", u.Kind, u.Name)
	}
	return code, nil
}

// CheckUnits proves that towns tile the district and communities their towns
// (a park's communities the town whose land they are), that parks lie in the
// district apart from each other, and that a park's communities lie in it.
func CheckUnits(units []layers.Unit) []Violation {
	tree := layers.NewTree(units)
	area := func(u *layers.Unit) grids.Area {
		return grids.Area{Code: u.Code + " " + u.Name, Geometry: u.Geometry}
	}
	areas := func(list []*layers.Unit) (out []grids.Area) {
		for _, u := range list {
			out = append(out, area(u))
		}
		return out
	}
	var out []Violation
	seen := map[string]bool{}
	for i := range units {
		if seen[units[i].Code] || !unitCode.MatchString(units[i].Code) {
			out = append(out, Violation{Kind: BadCode, Codes: []string{units[i].Code + " " + units[i].Name}, Detail: "12 digits that no other unit has are wanted"})
		}
		seen[units[i].Code] = true
	}
	top := tree.OfKind(layers.District)[0]
	towns, parks := tree.OfKind(layers.Town), tree.OfKind(layers.Park)
	out = append(out, Tiling(area(top), areas(towns))...)
	for _, p := range parks {
		out = append(out, Beyond(area(top), area(p))...)
	}
	out = append(out, Overlaps(areas(parks))...)
	of := map[string][]grids.Area{}
	for _, c := range tree.OfKind(layers.Community) {
		town, park, _ := tree.Ancestors(c.Code)
		if p, ok := tree.Unit(park); ok {
			out = append(out, Beyond(area(p), area(c))...)
			town, _ = holding(c, towns)
		}
		of[town] = append(of[town], area(c))
	}
	for _, t := range towns {
		out = append(out, Tiling(area(t), of[t.Code])...)
	}
	return out
}

// Beyond reports where an area reaches beyond the one that should hold it.
func Beyond(whole, part grids.Area) []Violation {
	if _, bad := outlinesOf([]grids.Area{whole, part}); len(bad) > 0 {
		return bad
	}
	d, err := geom.Difference(grids.Shape(part.Geometry), grids.Shape(whole.Geometry))
	if err != nil {
		return []Violation{{Kind: BadShape, Codes: []string{part.Code, whole.Code}, Detail: err.Error()}}
	}
	return pieces(BeyondBorder, []string{part.Code, whole.Code}, d)
}

// ErrNoChange says that a file of changes names nothing to change.
var ErrNoChange = errors.New("the file changes no unit")

// Amend is the units that hold with some of them changed or added: a unit
// whose code is known takes the new name and outline, and its parent unless the
// file is silent about it.
func Amend(before, changes []layers.Unit) ([]layers.Unit, error) {
	if len(changes) == 0 {
		return nil, ErrNoChange
	}
	out := slices.Clone(before)
	at := map[string]int{}
	for i, u := range out {
		at[u.Code] = i
	}
	for _, c := range changes {
		i, known := at[c.Code]
		switch {
		case !known:
			out = append(out, c)
			continue
		case out[i].Kind != c.Kind:
			return nil, fmt.Errorf("unit %s is a %s; the file makes it a %s", c.Code, out[i].Kind, c.Kind)
		case c.Parent == "":
			c.Parent = out[i].Parent
		}
		if c.Geometry == nil {
			c.Geometry = out[i].Geometry
		}
		out[i] = c
	}
	return out, nil
}

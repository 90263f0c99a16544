package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/peterstace/simplefeatures/geom"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/geo/geoio"
	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/grids/plan"
	"gridward/internal/postgres"
	"gridward/layers"
)

var unitCode = regexp.MustCompile(`^[0-9]{12}$`)

// importUnits reads district, towns, parks and communities, links each to the
// unit that holds most of its land, gives codes to those that have none, and
// proves that each level tiles the one above.
func (c importCmd) importUnits(ctx context.Context, a *app, tx *postgres.Tx, in geoio.Reader, system crs.System) error {
	column := func(target string) string {
		if v, ok := c.Map[target]; ok {
			return v
		}
		return target
	}
	var units []layers.Unit
	for in.Next() {
		r := in.Record()
		get := func(target string) string {
			if v := r.Attributes[column(target)]; v != nil {
				return fmt.Sprint(v)
			}
			return ""
		}
		if r.Problem != nil {
			return fmt.Errorf("row %d: %w", r.Row, r.Problem)
		}
		kind := get("kind")
		if len(c.Kind) > 0 {
			mapped, ok := c.Kind[kind]
			if !ok {
				fmt.Fprintf(a.out, "row %d (%s): left out, since its kind is %q\n", r.Row, get("name"), kind)
				continue
			}
			kind = mapped
		}
		o, err := geo.NewOutline(system.Geometry(r.Geometry))
		if err != nil {
			return fmt.Errorf("row %d (%s): %w", r.Row, get("name"), err)
		}
		// Where a place has no such level of its own, one outline stands for two.
		for _, kind := range strings.Split(kind, "+") {
			if !slices.Contains([]layers.UnitKind{layers.District, layers.Town, layers.Park, layers.Community}, layers.UnitKind(kind)) {
				return fmt.Errorf("row %d: kind %q is none of district, town, park, community; map it with --kind", r.Row, kind)
			}
			units = append(units, layers.Unit{Code: get("code"), Kind: layers.UnitKind(kind), Name: get("name"), NameEN: get("name_en"), Parent: get("parent"), Geometry: o.MultiPolygon()})
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	if err := linkUnits(units, a.cli.District); err != nil {
		return err
	}
	bad := provedUnits(units)
	for _, v := range bad {
		fmt.Fprintln(a.out, v)
	}
	fmt.Fprintf(a.out, "%d units, %d violations\n", len(units), len(bad))
	for _, u := range units {
		fmt.Fprintf(a.out, "  %s %s %s (in %s)\n", u.Code, u.Kind, u.Name, u.Parent)
	}
	if len(bad) > 0 {
		return errors.New("the units do not tile; nothing was kept")
	}
	p, err := coverage.PolicyAt(ctx, tx, a.now())
	if err != nil {
		return err
	}
	tx.Audit("import", "units", a.cli.District, map[string]any{"units": len(units)})
	return layers.ReplaceUnits(ctx, tx, units, policy.DateOf(a.now(), p.Zone()))
}

// linkUnits gives parents and, where there are none, codes: the district's six
// digits, then a serial of towns by name, then of communities by name.
func linkUnits(units []layers.Unit, district string) error {
	of := map[layers.UnitKind][]*layers.Unit{}
	for i := range units {
		of[units[i].Kind] = append(of[units[i].Kind], &units[i])
	}
	if len(of[layers.District]) != 1 || len(of[layers.Town]) == 0 || len(of[layers.Community]) == 0 {
		return fmt.Errorf("one district, towns and communities are wanted; the file has %d, %d and %d", len(of[layers.District]), len(of[layers.Town]), len(of[layers.Community]))
	}
	number := func(list []*layers.Unit, prefix string, suffix string) {
		slices.SortFunc(list, func(a, b *layers.Unit) int { return cmp.Compare(a.Name, b.Name) })
		for i, u := range list {
			if !unitCode.MatchString(u.Code) {
				u.Code = fmt.Sprintf("%s%03d%s", prefix, i+1, suffix)
			}
		}
	}
	number(of[layers.District], district, "000")
	of[layers.District][0].Code = district + "000000"
	for _, kind := range []layers.UnitKind{layers.Town, layers.Park} {
		number(of[kind], district, "000")
		for _, u := range of[kind] {
			u.Parent = district + "000000"
		}
	}
	within := map[string][]*layers.Unit{}
	for _, c := range of[layers.Community] {
		if c.Parent == "" {
			best := 0.0
			for _, t := range of[layers.Town] {
				if !t.Geometry.Bound().Intersects(c.Geometry.Bound()) {
					continue
				}
				cut, err := geom.Intersection(grids.Shape(t.Geometry), grids.Shape(c.Geometry))
				if err != nil {
					return fmt.Errorf("%s and %s: %w", t.Name, c.Name, err)
				}
				if area := cut.Area(); area > best {
					best, c.Parent = area, t.Code
				}
			}
			if c.Parent == "" {
				return fmt.Errorf("community %s lies in no town", c.Name)
			}
		}
		within[c.Parent] = append(within[c.Parent], c)
	}
	for town, list := range within {
		number(list, town[:9], "")
	}
	slices.SortFunc(units, func(a, b layers.Unit) int { return cmp.Compare(a.Code, b.Code) })
	return nil
}

// provedUnits checks that towns tile the district and communities their towns.
func provedUnits(units []layers.Unit) []plan.Violation {
	tree := layers.NewTree(units)
	area := func(u *layers.Unit) grids.Area { return grids.Area{Code: u.Code + " " + u.Name, Geometry: u.Geometry} }
	var out []plan.Violation
	var towns []grids.Area
	for _, t := range tree.OfKind(layers.Town) {
		towns = append(towns, area(t))
		var inside []grids.Area
		for _, c := range tree.Children(t.Code) {
			u, _ := tree.Unit(c)
			inside = append(inside, area(u))
		}
		out = append(out, plan.Tiling(area(t), inside)...)
	}
	return append(out, plan.Tiling(area(tree.OfKind(layers.District)[0]), towns)...)
}

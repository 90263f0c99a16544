package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/geo/geoio"
	"gridward/grids"
	"gridward/grids/plan"
	"gridward/internal/postgres"
	"gridward/layers"
)

// unitTargets are what the columns of a file of units can stand for.
var unitTargets = []string{"code", "kind", "name", "name_en", "parent"}

// importUnits reads district, towns, parks and communities, links each to the
// unit that holds most of its land, gives codes to those that have none, and
// proves that each level tiles the one above. With --amend the file's units
// change those that hold, and the rest stay.
func (c importCmd) importUnits(ctx context.Context, a *app, tx *postgres.Tx, in geoio.Reader, system crs.System) error {
	p, err := a.policyNow(ctx, tx)
	if err != nil {
		return err
	}
	from := p.today
	if !c.From.IsZero() {
		from = c.From
	}
	units, err := c.readUnits(a, in, system)
	if err != nil {
		return err
	}
	if c.Amend {
		before, err := layers.UnitsAt(ctx, tx, from)
		if err != nil {
			return err
		}
		if units, err = plan.Amend(before, units); err != nil {
			return err
		}
	}
	if err := plan.LinkUnits(units, a.cli.District); err != nil {
		return err
	}
	bad := plan.CheckUnits(units)
	for _, v := range bad {
		fmt.Fprintln(a.out, v)
	}
	fmt.Fprintf(a.out, "%d units, %d violations\n", len(units), len(bad))
	if len(bad) > 0 {
		return errors.New("the units do not tile; nothing was kept")
	}
	changes, err := layers.ReplaceUnits(ctx, tx, units, from)
	if err != nil {
		return err
	}
	for _, u := range units {
		if !c.Amend {
			fmt.Fprintf(a.out, "  %s %s %s (in %s)\n", u.Code, u.Kind, u.Name, u.Parent)
		}
	}
	fmt.Fprintf(a.out, "from %s: %d added, %d changed, %d ended, %d as they were\n", from.Format(time.DateOnly), changes.Added, changes.Changed, changes.Ended, changes.Kept)
	tx.Audit("import", "units", a.cli.District, map[string]any{"from": from.Format(time.DateOnly), "added": changes.Added, "changed": changes.Changed, "ended": changes.Ended})
	if from.After(p.today) {
		fmt.Fprintln(a.out, "places follow on that day")
		return nil
	}
	set, err := a.layers()
	if err != nil {
		return err
	}
	found, err := grids.Assign(ctx, tx, inspectedLayers(set), p.today, nil)
	if err != nil {
		return err
	}
	if found.Places > 0 {
		fmt.Fprintf(a.out, "%d places got other units, %d another grid\n", found.Resettled, found.Moved)
	}
	if n := len(found.Left); n > 0 {
		fmt.Fprintf(a.out, "%d places have no grid by the plans in force: read or generate plans for their towns (gridward plan --help)\n", n)
	}
	return nil
}

// readUnits reads a file's rows as units; one outline may stand for two levels.
func (c importCmd) readUnits(a *app, in geoio.Reader, system crs.System) ([]layers.Unit, error) {
	var units []layers.Unit
	for in.Next() {
		r := in.Record()
		get := func(target string) string {
			if v := r.Attributes[cmp.Or(c.columns[target], target)]; v != nil {
				return fmt.Sprint(v)
			}
			return ""
		}
		if r.Problem != nil {
			return nil, fmt.Errorf("row %d: %w", r.Row, r.Problem)
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
			return nil, fmt.Errorf("row %d (%s): %w", r.Row, get("name"), err)
		}
		for _, kind := range strings.Split(kind, "+") {
			if !slices.Contains([]layers.UnitKind{layers.District, layers.Town, layers.Park, layers.Community}, layers.UnitKind(kind)) {
				return nil, fmt.Errorf("row %d: kind %q is none of district, town, park, community; map it with --kind", r.Row, kind)
			}
			units = append(units, layers.Unit{Code: get("code"), Kind: layers.UnitKind(kind), Name: get("name"), NameEN: get("name_en"), Parent: get("parent"), Geometry: o.MultiPolygon()})
		}
	}
	return units, in.Err()
}

package main

import (
	"context"
	"fmt"
	"strings"

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

type verifyCmd struct {
	Areas string `type:"existingfile" help:"Check the outlines of a file instead: report each overlap, and each gap that they enclose."`
	CRS   string `name:"crs" help:"With --areas: coordinate system of the file."`
	Name  string `default:"name" help:"With --areas: the column that names an outline."`
}

// Run proves the promises on what the database holds, naming each offender.
func (c verifyCmd) Run(ctx context.Context, a *app) error {
	if c.Areas != "" {
		return c.checkAreas(a)
	}
	db, set, err := a.openWithLayers(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	bad := 0
	offend := func(format string, args ...any) {
		bad++
		fmt.Fprintf(a.out, format+"\n", args...)
	}
	err = db.Read(ctx, postgres.Jobs, a.scope("verify"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		// Units of one level tile the level above.
		placer, err := grids.NewPlacer(f.units, nil)
		if err != nil {
			offend("%v", err)
			return nil
		}
		of, err := communitiesOf(f.tree, placer)
		if err != nil {
			offend("%v", err)
			return nil
		}
		var towns []grids.Area
		for _, t := range f.tree.OfKind(layers.Town) {
			towns = append(towns, grids.Area{Code: t.Code, Geometry: t.Geometry})
		}
		district := f.tree.OfKind(layers.District)[0]
		for _, v := range plan.Tiling(grids.Area{Code: district.Code, Geometry: district.Geometry}, towns) {
			offend("towns: %s", v)
		}
		// Promise 1: the grids of each town tile it.
		gs, err := grids.InForce(ctx, tx, f.day)
		if err != nil {
			return err
		}
		byTown := map[string][]grids.Grid{}
		for _, g := range gs {
			byTown[g.Town] = append(byTown[g.Town], g)
		}
		for _, t := range towns {
			for _, v := range plan.Check(t, of[t.Code], byTown[t.Code]) {
				offend("grids of %s: %s", t.Code, v)
			}
		}
		// Every place: a class, one grid, one holder per duty.
		left, err := grids.UnassignedOn(ctx, tx, inspectedLayers(set), f.day)
		if err != nil {
			return err
		}
		for _, u := range left {
			offend("no grid: %s %s %q at %v", u.Layer, u.ID, u.Name, u.Anchor)
		}
		full, err := grids.NewPlacer(f.units, gs)
		if err != nil {
			offend("%v", err)
			return nil
		}
		misplaced, err := grids.MisplacedOn(ctx, tx, full, inspectedLayers(set))
		if err != nil {
			return err
		}
		for _, m := range misplaced {
			offend("misplaced: %s is stored in %s; its geometry says %s", m.ID, m.Stored, m.Says)
		}
		// Coverage judges by the history: what the register says is what it says last.
		strayed, err := layers.ReadUnrecorded(ctx, tx)
		if err != nil {
			return err
		}
		for _, u := range strayed {
			offend("not recorded: %s of %s %s %q", strings.Join(u.Differs, " and "), u.Layer, u.ID, u.Name)
		}
		facts, unclassified, err := coverage.Facts(ctx, tx, coverage.Reading{Layers: inspectedLayers(set), Today: policy.DayOf(f.day)})
		if err != nil {
			return err
		}
		for _, u := range unclassified {
			offend("no class: %s", u)
		}
		duties := 0
		for i := range facts {
			p := &facts[i]
			if len(p.Owes) == 0 {
				offend("no duty: %s %s %q", p.Layer, p.ID, p.Name)
			}
			for _, o := range p.Owes {
				duties++
				unit, _ := coverage.Holder(f.policy.Duties[o.Duty].Body, p.PlacementOf())
				if _, ok := f.tree.Unit(unit); !ok {
					offend("no holder for %s: %s %s %q", f.policy.Duties[o.Duty].Duty, p.Layer, p.ID, p.Name)
				}
			}
		}
		// No grid without a holder on any day.
		staffed, err := a.checkRoster(ctx, tx, f.day, offend)
		if err != nil {
			return err
		}
		if bad == 0 {
			fmt.Fprintf(a.out, "proved: %d towns, %d communities and %d grids tile the district without gap or overlap;\n%d places each have a class, one grid and one holder for each of their %d duties, as the history says%s\n",
				len(towns), len(f.tree.OfKind(layers.Community)), len(gs), len(facts), duties, staffed)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d violations: %w", bad, errViolations)
	}
	return nil
}

// checkAreas reports the faults of a file's outlines one by one.
func (c verifyCmd) checkAreas(a *app) error {
	system, err := crs.Parse(c.CRS)
	if err != nil {
		return err
	}
	in, err := geoio.Open(c.Areas, geoio.Options{})
	if err != nil {
		return err
	}
	defer in.Close()
	bad := 0
	var areas []grids.Area
	var outlines []geo.Outline
	for in.Next() {
		r := in.Record()
		name := fmt.Sprint(r.Attributes[c.Name])
		var o geo.Outline
		if r.Problem == nil {
			o, r.Problem = geo.NewOutline(system.Geometry(r.Geometry))
		}
		if r.Problem != nil {
			bad++
			fmt.Fprintf(a.out, "row %d (%s): %v\n", r.Row, name, r.Problem)
			continue
		}
		areas, outlines = append(areas, grids.Area{Code: name, Geometry: o.MultiPolygon()}), append(outlines, o)
	}
	if err := in.Err(); err != nil {
		return err
	}
	_, proof := geo.NewPartition(outlines)
	violations := plan.Enclosed(areas)
	if proof != nil {
		violations = append(plan.Overlaps(areas), violations...)
	}
	for _, v := range violations {
		fmt.Fprintln(a.out, v)
	}
	if bad += len(violations); bad > 0 || proof != nil {
		return fmt.Errorf("%d outlines, %d violations: %w", len(areas), bad, errViolations)
	}
	fmt.Fprintf(a.out, "proved: %d outlines overlap nowhere and enclose no gap\n", len(areas))
	return nil
}

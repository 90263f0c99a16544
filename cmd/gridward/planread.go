package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/geo/geoio"
	"gridward/grids"
	"gridward/grids/plan"
	"gridward/internal/postgres"
	"gridward/layers"
)

type planReadCmd struct {
	File   string    `arg:"" type:"existingfile" help:"GeoJSON, GeoPackage or zipped Shapefile of the town's grids."`
	Town   string    `required:"" help:"Twelve digits of the town."`
	CRS    string    `name:"crs" required:"" help:"Coordinate system of the file."`
	Map    columnMap `placeholder:"SOURCE=TARGET;…" help:"What the file's columns stand for: bm=code;mc=name. Targets are code, name and community."`
	From   time.Time `format:"2006-01-02" help:"First day of the plan; today without it."`
	DryRun bool      `help:"Check and report only."`

	columns map[string]string // the file's, by target
}

// Run reads a town's plan, reports each violation with its place and area, and
// publishes the plan if there is none.
func (c planReadCmd) Run(ctx context.Context, a *app) error {
	system, err := crs.Parse(c.CRS)
	if err != nil {
		return err
	}
	if c.columns, err = c.Map.columns(c.File, geoio.Options{}, []string{"code", "name", "community"}); err != nil {
		return err
	}
	set, err := a.layers()
	if err != nil {
		return err
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.InScope(ctx, postgres.Jobs, a.scope("plan"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		town, ok := f.tree.Unit(c.Town)
		if !ok || town.Kind != layers.Town {
			return fmt.Errorf("%q is no town of district %s", c.Town, a.cli.District)
		}
		placer, err := grids.NewPlacer(f.units, nil)
		if err != nil {
			return err
		}
		of, err := communitiesOf(f.tree, placer)
		if err != nil {
			return err
		}
		gs, err := c.read(system, placer)
		if err != nil {
			return err
		}
		given, err := grids.GivenCodes(ctx, tx, c.Town)
		if err != nil {
			return err
		}
		used := map[string]bool{}
		for code := range given {
			used[code] = true
		}
		if err := nameGrids(gs, used); err != nil {
			return err
		}
		bad := plan.Check(grids.Area{Code: town.Code, Geometry: town.Geometry}, of[town.Code], gs)
		bad = append(bad, plan.CheckCodes(gs, given)...)
		for _, v := range bad {
			fmt.Fprintln(a.out, v)
		}
		if len(bad) > 0 {
			return fmt.Errorf("%d violations: %w", len(bad), errViolations)
		}
		fmt.Fprintf(a.out, "proved: %d grids tile %s without gap or overlap, each in one community\n", len(gs), town.Name)
		if c.DryRun {
			return nil
		}
		from := c.From
		if from.IsZero() {
			from = f.day
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		err = grids.Publish(ctx, tx, grids.Plan{ID: id, Town: town.Code, Name: town.Name + "网格方案", Origin: filepath.Base(c.File), EffectiveFrom: from, CreatedAt: a.now(), CreatedBy: a.scope("plan").Actor, Review: grids.Review{Reviewer: a.scope("plan").Actor, At: a.now()}, Grids: gs})
		if err != nil || from.After(f.day) {
			return err // a plan of the future moves nobody today
		}
		return a.assign(ctx, tx, set, f.day, nil)
	})
}

// read makes grids of a file's rows; a grid's community is the one that the
// row names, else the one that holds a point inside it.
func (c planReadCmd) read(system crs.System, placer *grids.Placer) ([]grids.Grid, error) {
	in, err := geoio.Open(c.File, geoio.Options{})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var out []grids.Grid
	for in.Next() {
		r := in.Record()
		if r.Problem != nil {
			return nil, fmt.Errorf("row %d: %w", r.Row, r.Problem)
		}
		get := func(target string) string {
			v := r.Attributes[cmp.Or(c.columns[target], target)]
			if v == nil {
				return ""
			}
			return fmt.Sprint(v)
		}
		o, err := geo.NewOutline(system.Geometry(r.Geometry))
		if err != nil {
			return nil, fmt.Errorf("row %d (%s): %w", r.Row, get("code"), err)
		}
		g := grids.Grid{Code: get("code"), Name: get("name"), Town: c.Town, Community: get("community"), Geometry: o.MultiPolygon(), AreaM2: o.Area()}
		if g.Community == "" {
			at := o.Anchor()
			key, err := geo.KeyAt(at)
			if err != nil {
				return nil, fmt.Errorf("row %d: %w", r.Row, err)
			}
			where, ok := placer.Place(at.Orb(), at, key)
			if !ok {
				return nil, fmt.Errorf("row %d (%s): it lies in no community", r.Row, g.Code)
			}
			g.Community = where.Community
		}
		out = append(out, g)
	}
	return out, in.Err()
}

// nameGrids gives codes to the grids that have none, community by community.
func nameGrids(gs []grids.Grid, used map[string]bool) error {
	for _, g := range gs {
		used[g.Code] = true // also those of the file
	}
	without := map[string][]int{}
	for i, g := range gs {
		if g.Code == "" {
			without[g.Community] = append(without[g.Community], i)
		}
	}
	for community, list := range without {
		part := make([]grids.Grid, len(list))
		for k, i := range list {
			part[k] = gs[i]
		}
		if err := grids.Number(community, part, used); err != nil {
			return err
		}
		for k, i := range list {
			gs[i].Code = part[k].Code
		}
	}
	slices.SortFunc(gs, func(a, b grids.Grid) int { return cmp.Compare(a.Code, b.Code) })
	return nil
}

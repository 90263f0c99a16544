package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/grids/plan"
	"gridward/internal/postgres"
	"gridward/layers"
)

type planCmd struct {
	Generate planGenerateCmd `cmd:"" help:"Make a first plan for every town: one grid a community, split where its load is above a bound."`
	Read     planReadCmd     `cmd:"" help:"Read a town's plan from a file, check it and publish it."`
	Assign   planAssignCmd   `cmd:"" help:"Give every place its grid anew, by the plans in force."`
}

type planGenerateCmd struct {
	MaxLoad float64   `default:"150" help:"Visits a month above which a community is split."`
	From    time.Time `format:"2006-01-02" help:"First day of the plans; today without it."`
}

// Run makes, proves and publishes the plans, and assigns every place.
func (c planGenerateCmd) Run(ctx context.Context, a *app) error {
	db, set, err := a.openWithLayers(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.InScope(ctx, postgres.Jobs, a.scope("plan"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		from := c.From
		if from.IsZero() {
			from = f.day
		}
		return a.generatePlans(ctx, tx, set, c.MaxLoad, from, f.day)
	})
}

// generatePlans plans each town by the visits that its places owe a month.
func (a *app) generatePlans(ctx context.Context, tx *postgres.Tx, set *layers.Set, maxLoad float64, from, day time.Time) error {
	done := a.stage("planning grids")
	p, err := coverage.PolicyAt(ctx, tx, a.now())
	if err != nil {
		return err
	}
	units, err := layers.UnitsAt(ctx, tx, day)
	if err != nil {
		return err
	}
	facts, unclassified, err := coverage.Facts(ctx, tx, coverage.Reading{Layers: inspectedLayers(set), Today: policy.DayOf(day)})
	if err != nil {
		return err
	}
	if len(unclassified) > 0 {
		return fmt.Errorf("%d places have no class, the first: %s", len(unclassified), unclassified[0])
	}
	load := map[string][]plan.Load{}
	for _, f := range facts {
		visits := 0.0
		for _, o := range f.Owes {
			visits += p.MonthlyVisits(o)
		}
		load[f.Community] = append(load[f.Community], plan.Load{At: f.Anchor, Visits: visits})
	}
	placer, err := grids.NewPlacer(units, nil)
	if err != nil {
		return err
	}
	tree := layers.NewTree(units)
	of, err := communitiesOf(tree, placer)
	if err != nil {
		return err
	}
	total := 0
	for _, town := range tree.OfKind(layers.Town) {
		used, err := grids.UsedCodes(ctx, tx, town.Code)
		if err != nil {
			return err
		}
		gs, notes, err := plan.Generate(of[town.Code], load, maxLoad, used)
		if err != nil {
			return err
		}
		for _, n := range notes {
			a.log.Info("plan", "town", town.Name, "note", n)
		}
		for i := range gs {
			u, _ := tree.Unit(gs[i].Community)
			gs[i].Name = u.Name + "第" + gs[i].Code[12:] + "网格"
		}
		if bad := plan.Check(grids.Area{Code: town.Code, Geometry: town.Geometry}, of[town.Code], gs); len(bad) > 0 {
			for _, v := range bad {
				fmt.Fprintln(a.err, v)
			}
			return fmt.Errorf("the plan of %s does not tile the town: %d violations, see above", town.Name, len(bad))
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		if err := grids.Publish(ctx, tx, grids.Plan{ID: id, Town: town.Code, Name: town.Name + "网格方案", Origin: "generated", EffectiveFrom: from, CreatedAt: a.now(), CreatedBy: a.scope("plan").Actor, Review: grids.Review{Reviewer: a.scope("plan").Actor, At: a.now()}, Grids: gs}); err != nil {
			return err
		}
		total += len(gs)
	}
	done(fmt.Sprintf("%d grids, each town proved", total))
	if from.After(day) {
		return nil // a plan of the future moves nobody today
	}
	return a.assign(ctx, tx, set, day, nil)
}

// communitiesOf lists each town's communities, a park's among them by their land.
func communitiesOf(tree *layers.Tree, placer *grids.Placer) (map[string][]grids.Area, error) {
	out := map[string][]grids.Area{}
	for _, c := range tree.OfKind(layers.Community) {
		town, err := placer.TownOf(c)
		if err != nil {
			return nil, err
		}
		out[town] = append(out[town], grids.Area{Code: c.Code, Geometry: c.Geometry})
	}
	return out, nil
}

// assign places what an import touched, or everything (nil).
func (a *app) assign(ctx context.Context, tx *postgres.Tx, set *layers.Set, day time.Time, only []uuid.UUID) error {
	done := a.stage("assigning places to grids")
	found, err := grids.Assign(ctx, tx, inspectedLayers(set), day, only)
	if err != nil {
		return err
	}
	done(fmt.Sprintf("%d places: %d inside, %d by the largest share, %d by equal shares, %d on a border; %d got another grid", found.Places,
		found.ByReason[grids.Inside], found.ByReason[grids.LargestShare], found.ByReason[grids.EqualShares], found.ByReason[grids.OnBorder], found.Moved))
	if len(found.Left) == 0 {
		return nil
	}
	return a.leftOver(ctx, tx, set, day)
}

// leftOver tells places whose town has no plan yet, which is said, from places
// that a plan in force lost, which is an error.
func (a *app) leftOver(ctx context.Context, tx *postgres.Tx, set *layers.Set, day time.Time) error {
	gs, err := grids.InForce(ctx, tx, day)
	if err != nil {
		return err
	}
	planned := map[string]bool{}
	for _, g := range gs {
		planned[g.Town] = true
	}
	left, err := grids.UnassignedOn(ctx, tx, inspectedLayers(set), day)
	if err != nil {
		return err
	}
	without := map[string]int{}
	for _, u := range left {
		if planned[u.Town] {
			return fmt.Errorf("%s %s %q at %v lies in no grid of the plan of town %s", u.Layer, u.ID, u.Name, u.Anchor, u.Town)
		}
		without[u.Town]++
	}
	for _, town := range slices.Sorted(maps.Keys(without)) {
		fmt.Fprintf(a.out, "%d places of town %s have no grid: it has no plan yet\n", without[town], town)
	}
	return nil
}

type planAssignCmd struct{}

// Run assigns every place by the plans in force today.
func (planAssignCmd) Run(ctx context.Context, a *app) error {
	db, set, err := a.openWithLayers(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.InScope(ctx, postgres.Jobs, a.scope("plan"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		return a.assign(ctx, tx, set, f.day, nil)
	})
}

var errViolations = errors.New("the promises do not hold; each violation is named above")

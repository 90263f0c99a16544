package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

type coverageCmd struct {
	Unit   string `help:"District (6 or 12 digits), town, park or community; the whole district without it."`
	Period string `help:"A month such as 2026-10 or a half-year such as 2026-H2; the running month without it."`
	Class  int    `enum:"0,1,2,3" default:"0" help:"1, 2 or 3; all without it."`
	Unmet  int    `help:"List so many obligations that are not met, with their reasons." default:"0"`
	JSON   bool   `help:"Print JSON."`
	Check  bool   `help:"Exit with an error unless the period is complete (nothing due is nothing missing)."`
}

var errIncomplete = errors.New("the period is not complete")

// Run prints coverage in integers. An answer is a success whatever it says,
// unless --check asks for the exit code to say it too.
func (c coverageCmd) Run(ctx context.Context, a *app) error {
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	set, err := a.layers()
	if err != nil {
		return err
	}
	now := a.now()
	var book *coverage.Book
	var tree *layers.Tree
	var period policy.Period
	err = db.Read(ctx, postgres.Jobs, a.scope("coverage"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		tree = f.tree
		period = policy.Containing(f.day, policy.Month)
		if c.Period != "" {
			if period, err = policy.ParsePeriod(c.Period); err != nil {
				return err
			}
		}
		since := policy.Containing(period.FirstDay(), policy.HalfYear).FirstDay().AddDate(0, -2, 0)
		book, _, err = coverage.LoadBook(ctx, tx, coverage.Reading{Layers: inspectedLayers(set), Today: policy.DayOf(f.day), Since: since})
		return err
	})
	if err != nil {
		return err
	}
	q := coverage.Query{Period: period, Class: c.Class}
	unit := tree.OfKind(layers.District)[0].Code
	if district := tree.OfKind(layers.District)[0].Code; c.Unit != "" && c.Unit != district && c.Unit != a.cli.District {
		if _, ok := tree.Unit(c.Unit); !ok {
			return fmt.Errorf("unit %q is not in district %s", c.Unit, a.cli.District)
		}
		q.Unit, unit = c.Unit, c.Unit
	}
	whole := book.Coverage(q, now)
	var missing []coverage.Item
	if c.Unmet > 0 {
		missing = book.Unmet(q, coverage.Mark{}, c.Unmet, now)
	}
	if c.JSON {
		err = c.printJSON(a, book, unit, period, whole, missing)
	} else {
		c.printTable(a, book, q, whole, missing, now)
	}
	if done := whole.Complete(); err == nil && c.Check && done != nil && !*done {
		return fmt.Errorf("%w: %d of %d obligations are missing", errIncomplete, whole.Unmet(), whole.Due())
	}
	return err
}

func (c coverageCmd) printJSON(a *app, book *coverage.Book, unit string, period policy.Period, r coverage.Rollup, missing []coverage.Item) error {
	out := map[string]any{"unit": unit, "period": period.String(), "complete": r.Complete(), "total": r.Total(),
		"states": statesOf(r), "longest_gap_days": nil, "policy": book.Policy().Version}
	if r.GapDays >= 0 {
		out["longest_gap_days"] = r.GapDays
	}
	if c.Unmet > 0 {
		rows := []map[string]any{}
		for _, it := range missing {
			rows = append(rows, map[string]any{"place": it.Fact.ID, "layer": it.Fact.Layer, "category": it.Fact.Category, "name": it.Fact.Name, "address": it.Fact.Address,
				"town": it.Fact.Town, "community": it.Fact.Community, "grid": it.Fact.Grid, "duty": it.Duty.Duty, "class": it.Duty.Class, "period": it.Period.String(),
				"state": it.Verdict.State.String(), "due": it.Verdict.Due.String(), "reasons": it.Verdict.Reasons})
		}
		out["unmet"] = rows
	}
	return json.NewEncoder(a.out).Encode(out)
}

func (c coverageCmd) printTable(a *app, book *coverage.Book, q coverage.Query, whole coverage.Rollup, missing []coverage.Item, now time.Time) {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "class\ttotal\tmet\tattempted\topen\toverdue\texcused\tcomplete\tlongest gap\t")
	byClass := book.Breakdown(q, coverage.ByClass, now)
	classes := []string{}
	for k := range byClass {
		classes = append(classes, k)
	}
	slices.Sort(classes)
	for _, k := range append(classes, "all") {
		r := byClass[k]
		if k == "all" {
			r = whole
		}
		gap := "—"
		if r.GapDays >= 0 {
			gap = fmt.Sprintf("%d d", r.GapDays)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t\n", k, r.Total(), r.States[coverage.Met], r.States[coverage.Attempted], r.States[coverage.Open], r.States[coverage.Overdue], r.States[coverage.Excused], completeness(r), gap)
	}
	w.Flush()
	for _, it := range missing {
		fmt.Fprintf(a.out, "%s  %s  %s  %s", it.Verdict.State, it.Period, it.Fact.ID, it.Fact.Name)
		for _, r := range it.Verdict.Reasons {
			fmt.Fprintf(a.out, "  %s", r.ZH)
		}
		fmt.Fprintln(a.out)
	}
}

func completeness(r coverage.Rollup) string {
	done := r.Complete()
	switch {
	case done == nil:
		return "none due"
	case *done:
		return "yes"
	}
	return fmt.Sprintf("no, %d missing", r.Unmet())
}

func statesOf(r coverage.Rollup) map[string]int {
	out := map[string]int{}
	for s := coverage.Met; s <= coverage.Disputed; s++ {
		out[s.String()] = r.States[s]
	}
	return out
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"

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
}

// Run prints coverage in integers; it fails when it is not complete.
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
		book, _, err = coverage.LoadBook(ctx, tx, inspectedLayers(set), f.day, since, now)
		return err
	})
	if err != nil {
		return err
	}
	q := coverage.Query{Period: period, Class: c.Class}
	if district := tree.OfKind(layers.District)[0].Code; c.Unit != "" && c.Unit != district && c.Unit != a.cli.District {
		if _, ok := tree.Unit(c.Unit); !ok {
			return fmt.Errorf("unit %q is not in district %s", c.Unit, a.cli.District)
		}
		q.Unit = c.Unit
	}
	if c.JSON {
		r := book.Coverage(q, now)
		return json.NewEncoder(a.out).Encode(map[string]any{"unit": c.Unit, "period": period.String(), "complete": r.Complete(), "total": r.Total(),
			"states": statesOf(r), "longest_gap_days": r.GapDays, "policy": book.Policy().Version})
	}
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
			r = book.Coverage(q, now)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d d\t\n", k, r.Total(), r.States[coverage.Met], r.States[coverage.Attempted], r.States[coverage.Open], r.States[coverage.Overdue], r.States[coverage.Excused], completeness(r), r.GapDays)
	}
	w.Flush()
	for _, it := range book.Unmet(q, coverage.Mark{}, c.Unmet, now) {
		if c.Unmet == 0 {
			break
		}
		fmt.Fprintf(a.out, "%s  %s  %s  %s", it.Verdict.State, it.Period, it.Fact.ID, it.Fact.Name)
		for _, r := range it.Verdict.Reasons {
			fmt.Fprintf(a.out, "  %s", r.ZH)
		}
		fmt.Fprintln(a.out)
	}
	return nil
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

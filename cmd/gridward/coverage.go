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
	Show    coverageShowCmd    `cmd:"" default:"withargs" help:"Say whether a period is complete, and what is missing."`
	Certify coverageCertifyCmd `cmd:"" help:"Sign what coverage was as known at a moment, and keep it."`
	Prove   coverageProveCmd   `cmd:"" help:"Prove what a certificate says of a place."`
	Check   coverageCheckCmd   `cmd:"" help:"Check a certificate or a proof. Needs no database."`
}

// districtBook is a district's coverage as commands ask it.
type districtBook struct {
	book *coverage.Book
	tree *layers.Tree
	day  time.Time
}

// bookOf reads what a question about a period needs.
func (a *app) bookOf(ctx context.Context, db *postgres.DB, period policy.Period) (*districtBook, error) {
	set, err := a.layers()
	if err != nil {
		return nil, err
	}
	var out districtBook
	err = db.Read(ctx, postgres.Jobs, a.scope("coverage"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		out.tree, out.day = f.tree, f.day
		// A year before: the longest gap begins there.
		out.book, _, err = coverage.LoadBook(ctx, tx, coverage.Reading{Layers: inspectedLayers(set), Today: policy.DayOf(f.day), Since: period.FirstDay().AddDate(-1, 0, 0)})
		return err
	})
	return &out, err
}

// unit finds a unit by its code; the district without one.
func (d *districtBook) unit(code string) (*layers.Unit, error) {
	district := d.tree.OfKind(layers.District)[0]
	if code == "" {
		return district, nil
	}
	u, ok := d.tree.Unit(code)
	if !ok {
		return nil, fmt.Errorf("unit %q is not in the district", code)
	}
	return u, nil
}

type coverageShowCmd struct {
	Unit    string    `help:"District (6 or 12 digits), town, park or community; the whole district without it."`
	Period  string    `help:"A month such as 2026-10 or a half-year such as 2026-H2; the running month without it."`
	Class   int       `enum:"0,1,2,3" default:"0" help:"1, 2 or 3; all without it."`
	KnownAt time.Time `format:"2006-01-02T15:04:05Z07:00" help:"As known at this moment, such as 2026-11-03T00:00:00+08:00."`
	Unmet   int       `help:"List so many obligations that are not met, with their reasons." default:"0"`
	JSON    bool      `help:"Print JSON."`
	Check   bool      `help:"Exit with an error unless the period is complete (nothing due is nothing missing)."`
}

var errIncomplete = errors.New("the period is not complete")

// Run prints coverage in integers. An answer is a success whatever it says,
// unless --check asks for the exit code to say it too.
func (c coverageShowCmd) Run(ctx context.Context, a *app) error {
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now := a.now()
	var period policy.Period
	if c.Period != "" {
		if period, err = policy.ParsePeriod(c.Period); err != nil {
			return err
		}
	} else {
		err := db.Read(ctx, postgres.Jobs, a.scope("coverage"), func(ctx context.Context, tx *postgres.Tx) error {
			f, err := a.policyNow(ctx, tx)
			period = policy.Containing(f.today, policy.Month)
			return err
		})
		if err != nil {
			return err
		}
	}
	of, err := a.bookOf(ctx, db, period)
	if err != nil {
		return err
	}
	book := of.book
	q := coverage.Query{Period: period, Class: c.Class, Known: c.KnownAt}
	unit := of.tree.OfKind(layers.District)[0].Code
	if c.Unit != "" && c.Unit != unit && c.Unit != a.cli.District {
		if _, ok := of.tree.Unit(c.Unit); !ok {
			return fmt.Errorf("unit %q is not in district %s", c.Unit, a.cli.District)
		}
		q.Unit, unit = c.Unit, c.Unit
	}
	if !c.KnownAt.IsZero() {
		settled, err := db.Settled(ctx, a.cli.District)
		if err != nil {
			return err
		}
		if c.KnownAt.After(settled) {
			return fmt.Errorf("%s is not settled: what was learned up to %s is known", c.KnownAt.Format(time.RFC3339), settled.Format(time.RFC3339))
		}
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

func (c coverageShowCmd) printJSON(a *app, book *coverage.Book, unit string, period policy.Period, r coverage.Rollup, missing []coverage.Item) error {
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

func (c coverageShowCmd) printTable(a *app, book *coverage.Book, q coverage.Query, whole coverage.Rollup, missing []coverage.Item, now time.Time) {
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

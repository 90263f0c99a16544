package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

type policyDiffCmd struct {
	policyFile
	JSON bool `help:"Print JSON."`
}

// Run says what a policy would change.
func (c policyDiffCmd) Run(ctx context.Context, a *app) error {
	return policyApplyCmd{policyFile: c.policyFile, JSON: c.JSON, DryRun: true}.Run(ctx, a)
}

type policyApplyCmd struct {
	policyFile
	JSON   bool `help:"Print JSON."`
	DryRun bool `help:"Only show what it would change, as policy diff does."`
}

// Run says what a policy changes, and stores it.
func (c policyApplyCmd) Run(ctx context.Context, a *app) error {
	document, p, err := c.read(a)
	if err != nil {
		return err
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	out, err := a.amendment(ctx, db, document, p)
	if err != nil {
		return err
	}
	if !c.DryRun && !out.Known {
		if out.ships {
			if err := a.storeShipped(ctx, db); err != nil {
				return err
			}
		}
		err := db.InScope(ctx, postgres.Jobs, a.scope("policy"), func(ctx context.Context, tx *postgres.Tx) error {
			_, err := coverage.PutPolicy(ctx, tx, document)
			return err
		})
		if err != nil {
			return err
		}
		out.Stored = true
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	out.print(a)
	return nil
}

// storeShipped keeps the shipped policy beside the first one of the district's
// own, which begins later: until then it holds, as it always did. It was known
// since it began, so that no answer about the past changes.
func (a *app) storeShipped(ctx context.Context, db *postgres.DB) error {
	return db.InScope(ctx, postgres.Jobs, a.scope("policy"), func(ctx context.Context, tx *postgres.Tx) error {
		shipped, err := policy.Default()
		if err != nil {
			return err
		}
		tx.LearnAs(shipped.From())
		_, err = coverage.PutPolicy(ctx, tx, policy.DefaultDocument())
		return err
	})
}

// amendment is what a version of the policy changes.
type amendment struct {
	Version  string          `json:"version"`
	From     string          `json:"valid_from"`
	Replaces *string         `json:"replaces"` // the version that holds on its first day without it
	Known    bool            `json:"stored_before"`
	Stored   bool            `json:"stored"`
	Changes  []policy.Change `json:"changes"`
	Preview  []shifted       `json:"preview"`

	ships bool // the shipped policy is to be stored too
}

// shifted is what changes in one period.
type shifted struct {
	Period string     `json:"period"`
	Kind   string     `json:"kind"`
	Towns  []townward `json:"towns"`
	Total  townward   `json:"total"`
}

// townward is what changes in a town for a class.
type townward struct {
	Town    string `json:"town"`
	Name    string `json:"name"`
	Class   int    `json:"class"`
	Before  int    `json:"before"`
	After   int    `json:"after"`
	Added   int    `json:"added"`
	Removed int    `json:"removed"`
}

// amendment compares a version with the one that it replaces, and counts what
// both ask for.
func (a *app) amendment(ctx context.Context, db *postgres.DB, document string, p *policy.Policy) (*amendment, error) {
	set, err := a.layers()
	if err != nil {
		return nil, err
	}
	now := a.now()
	out := &amendment{Version: p.Version, From: p.ValidFrom, Changes: []policy.Change{}, Preview: []shifted{}}
	err = db.Read(ctx, postgres.Jobs, a.scope("policy"), func(ctx context.Context, tx *postgres.Tx) error {
		stored, err := coverage.Documents(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range stored {
			if d.Version == p.Version && d.Document != document {
				return fmt.Errorf("policy %s %w", p.Version, coverage.ErrVersionStored)
			}
			if d.Version == p.Version {
				out.Known = true
				return nil
			}
		}
		rules, err := coverage.Rules(ctx, tx)
		if err != nil {
			return err
		}
		before, after := rules, append(slices.Clone(rules), policy.Version{Policy: p, Recorded: now})
		switch shipped := len(stored) == 0; {
		case shipped && p.Version == rules[0].Version && document == policy.DefaultDocument():
			after = after[1:] // what is shipped becomes the district's own
		case shipped && p.From().After(rules[0].From()):
			out.ships = true
			fallthrough
		case !shipped:
			if err := before.Follows(p, now); err != nil {
				return fmt.Errorf("policy %s: %w", p.Version, err)
			}
		default:
			after = after[1:] // it stands in place of the shipped one, which does not hold any more
		}
		var replaced *policy.Policy
		if i := before.On(policy.DayOf(p.From())); i >= 0 {
			replaced = before[i].Policy
			out.Replaces = &replaced.Version
		}
		out.Changes = append(out.Changes, policy.Diff(replaced, p)...)
		return a.preview(ctx, tx, set, out, before, after, replaced)
	})
	return out, err
}

// preview counts what the rules before and after ask for in the first full
// periods that the new version judges: of the same places, as known now.
func (a *app) preview(ctx context.Context, tx *postgres.Tx, set *layers.Set, out *amendment, before, after policy.Rules, replaced *policy.Policy) error {
	f, err := a.policyNow(ctx, tx)
	if err != nil {
		return err
	}
	units, err := layers.UnitsAt(ctx, tx, f.today)
	if err != nil {
		return err
	}
	tree := layers.NewTree(units)
	periods := after.Affected(len(after)-1, replaced)
	if len(periods) == 0 {
		return nil
	}
	// The book knows both: the versions before, and the new one behind them.
	all := append(slices.Clone(before), after[len(after)-1])
	since := f.today
	for _, p := range periods {
		if p.FirstDay().Before(since) {
			since = p.FirstDay() // it has begun: what was met of what ended counts
		}
	}
	book, err := a.bookBy(ctx, tx, all, coverage.Reading{Layers: inspectedLayers(set), Today: policy.DayOf(f.today), Since: since})
	if err != nil {
		return err
	}
	for _, period := range periods {
		s := shifted{Period: period.String(), Kind: string(period.Kind), Towns: []townward{}}
		for _, n := range book.Shifts(period, before.For(period, time.Time{}), len(all)-1) {
			row := townward{Town: n.Town, Class: n.Class, Before: n.Before, After: n.After, Added: n.Added, Removed: n.Removed}
			if u, ok := tree.Unit(n.Town); ok {
				row.Name = u.Name
			}
			s.Towns = append(s.Towns, row)
			s.Total.Before, s.Total.After, s.Total.Added, s.Total.Removed = s.Total.Before+n.Before, s.Total.After+n.After, s.Total.Added+n.Added, s.Total.Removed+n.Removed
		}
		out.Preview = append(out.Preview, s)
	}
	return nil
}

// bookBy reads the district's places by given rules, and what was visited since.
func (a *app) bookBy(ctx context.Context, tx *postgres.Tx, rules policy.Rules, r coverage.Reading) (*coverage.Book, error) {
	places, _, err := coverage.Places(ctx, tx, rules, r, nil)
	if err != nil {
		return nil, err
	}
	if r.Since.Before(r.Today.Date()) {
		visits, err := coverage.Visits(ctx, tx, r.Since, nil)
		if err != nil {
			return nil, err
		}
		for i := range places {
			places[i].Visits = visits[places[i].ID]
		}
	}
	return coverage.NewBook(rules, r.Today, places), nil
}

// print says it in words and tables.
func (m *amendment) print(a *app) {
	if m.Known {
		fmt.Fprintf(a.out, "policy %s is stored already, word for word\n", m.Version)
		return
	}
	against := "nothing: no version holds on its first day"
	if m.Replaces != nil {
		against = *m.Replaces
	}
	fmt.Fprintf(a.out, "policy %s, valid from %s, against %s\n", m.Version, m.From, against)
	for _, c := range m.Changes {
		name := c.Rule
		if c.Name != "" {
			name += " " + c.Name
		}
		fmt.Fprintf(a.out, "  %s %s: %s\n", c.How, name, c.Text)
	}
	if len(m.Changes) == 0 {
		fmt.Fprintln(a.out, "  no rule differs")
	}
	if len(m.Preview) == 0 {
		fmt.Fprintln(a.out, "\nno period would be judged by it, or there are no places")
	}
	for i := range m.Preview {
		m.Preview[i].print(a)
	}
	if m.Stored {
		if m.ships {
			fmt.Fprintf(a.out, "\nthe shipped policy is stored beside it: it holds until then")
		}
		fmt.Fprintf(a.out, "\npolicy %s stored; it holds from %s\n", m.Version, m.From)
	}
}

func (s *shifted) print(a *app) {
	fmt.Fprintf(a.out, "\n%s (%s): %d obligations become %d, %d added, %d removed\n", s.Period, s.Kind, s.Total.Before, s.Total.After, s.Total.Added, s.Total.Removed)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "town\tclass\tbefore\tafter\tadded\tremoved\t")
	for _, t := range s.Towns {
		fmt.Fprintf(w, "%s %s\t%d\t%d\t%d\t%d\t%d\t\n", t.Town, t.Name, t.Class, t.Before, t.After, t.Added, t.Removed)
	}
	w.Flush()
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

type policyCmd struct {
	Check policyCheckCmd `cmd:"" help:"Say what is wrong with a policy, each mistake with its line. Needs no database."`
	Diff  policyDiffCmd  `cmd:"" help:"Say what a policy would change: its rules in words, and by town how many obligations it adds and removes."`
	Apply policyApplyCmd `cmd:"" help:"Show the same and store the policy; it holds from its valid_from on."`
	Show  policyShowCmd  `cmd:"" help:"Print the policy that holds today, as YAML to edit and apply."`
}

type policyFile struct {
	File string `arg:"" type:"existingfile" help:"The policy as YAML."`
}

// read reads a policy and holds it to the layers: a category of places without
// a class would lose them.
func (f policyFile) read(a *app) (string, *policy.Policy, error) {
	raw, err := os.ReadFile(f.File)
	if err != nil {
		return "", nil, err
	}
	p, err := policy.Parse(raw)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", f.File, err)
	}
	set, err := a.layers()
	if err != nil {
		return "", nil, err
	}
	if err := classless(p, set); err != nil {
		return "", nil, fmt.Errorf("%s: %w", f.File, err)
	}
	return string(raw), p, nil
}

// classless names the categories of inspected layers that a policy does not know.
func classless(p *policy.Policy, set *layers.Set) error {
	var problems []error
	for _, d := range set.All() {
		if !d.Inspected {
			continue
		}
		for _, c := range d.Categories() {
			if _, ok := p.Category(c); !ok {
				problems = append(problems, fmt.Errorf("categories: %s of layer %s is missing, so its places would have no class", c, d.Layer))
			}
		}
	}
	return errors.Join(problems...)
}

type policyCheckCmd struct{ policyFile }

// Run prints what is wrong, or what the policy is.
func (c policyCheckCmd) Run(_ context.Context, a *app) error {
	_, p, err := c.read(a)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "policy %s, valid from %s: %d duties, %d categories, %d checklists, %d types of hazard; nothing is wrong with it\n",
		p.Version, p.ValidFrom, len(p.Duties), len(p.Categories), len(p.Checklists), len(p.Hazards))
	return nil
}

type policyShowCmd struct {
	Version string `help:"This version instead of the one that holds."`
	List    bool   `help:"List the stored versions, with the first day of each and when it was recorded."`
	JSON    bool   `help:"Print the list as JSON."`
}

// Run prints a policy's text as it was put.
func (c policyShowCmd) Run(ctx context.Context, a *app) error {
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Read(ctx, postgres.Jobs, a.scope("policy"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.policyNow(ctx, tx)
		if err != nil {
			return err
		}
		stored, err := coverage.Documents(ctx, tx)
		if err != nil {
			return err
		}
		if c.List || c.JSON {
			return c.list(a, stored, f.policy)
		}
		want := c.Version
		if want == "" {
			want = f.policy.Version
		}
		var names []string
		for _, d := range stored {
			if d.Version == want {
				fmt.Fprint(a.out, d.Document)
				return nil
			}
			names = append(names, d.Version)
		}
		if len(stored) == 0 && want == f.policy.Version {
			fmt.Fprint(a.out, policy.DefaultDocument())
			return nil
		}
		return fmt.Errorf("there is no policy %q; stored are %s", want, strings.Join(names, ", "))
	})
}

// list prints the stored versions, or the one that was shipped.
func (c policyShowCmd) list(a *app, stored []coverage.Document, holds *policy.Policy) error {
	type version struct {
		Version  string     `json:"version"`
		From     string     `json:"valid_from"`
		Recorded *time.Time `json:"recorded_at"` // null: as shipped
		Holds    bool       `json:"holds_today"`
	}
	versions := []version{}
	for _, d := range stored {
		versions = append(versions, version{d.Version, d.From.Format(time.DateOnly), &d.Recorded, d.Version == holds.Version})
	}
	if len(stored) == 0 {
		versions = append(versions, version{holds.Version, holds.ValidFrom, nil, true})
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(versions)
	}
	for _, v := range versions {
		line := v.Version + " from " + v.From
		if v.Recorded == nil {
			line += ", as shipped"
		} else {
			line += ", recorded " + v.Recorded.In(holds.Zone()).Format("2006-01-02 15:04:05 -07:00")
		}
		if v.Holds {
			line += " (holds today)"
		}
		fmt.Fprintln(a.out, line)
	}
	return nil
}

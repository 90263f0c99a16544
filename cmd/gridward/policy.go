package main

import (
	"context"
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
	Put   policyPutCmd   `cmd:"" help:"Store a version of the policy; it holds from its valid_from on."`
	Show  policyShowCmd  `cmd:"" help:"Print the policy that holds today, as YAML to edit and put back."`
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

type policyPutCmd struct {
	policyFile
}

// Run stores a version.
func (c policyPutCmd) Run(ctx context.Context, a *app) error {
	document, p, err := c.read(a)
	if err != nil {
		return err
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.InScope(ctx, postgres.Jobs, a.scope("policy"), func(ctx context.Context, tx *postgres.Tx) error {
		stored, err := coverage.Documents(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range stored {
			switch {
			case d.Version != p.Version:
			case d.Document == document:
				fmt.Fprintf(a.out, "policy %s is stored already, word for word\n", p.Version)
				return nil
			}
		}
		if _, err := coverage.PutPolicy(ctx, tx, document); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "policy %s stored; it holds from %s\n", p.Version, p.ValidFrom)
		return nil
	})
}

type policyShowCmd struct {
	Version string `help:"This version instead of the one that holds."`
	List    bool   `help:"List the stored versions."`
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
		if c.List {
			for _, d := range stored {
				mark := ""
				if d.Version == f.policy.Version {
					mark = " (holds today)"
				}
				fmt.Fprintf(a.out, "%s from %s%s\n", d.Version, d.From.Format(time.DateOnly), mark)
			}
			if len(stored) == 0 {
				fmt.Fprintf(a.out, "%s from %s, as shipped (holds today)\n", f.policy.Version, f.policy.ValidFrom)
			}
			return nil
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

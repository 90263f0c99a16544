package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"gridward/internal/auth"
	"gridward/internal/postgres"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make an account and print its token, once."`
	Revoke tokenRevokeCmd `cmd:"" help:"End an account."`
}

type tokenCreateCmd struct {
	Role    string        `required:"" help:"admin, planner, inspector, viewer or auditor."`
	Unit    []string      `required:"" help:"Twelve digits of the unit that the account may see; several are allowed. The district's own code is the whole district."`
	Name    string        `help:"Whose account it is." default:"cli"`
	Expires time.Duration `help:"How long it is good, such as 720h; for ever without it."`
}

// Run makes an account for known units and prints its token.
func (c tokenCreateCmd) Run(ctx context.Context, a *app) error {
	role, err := auth.ParseRole(c.Role)
	if err != nil {
		return err
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	var token string
	err = db.InScope(ctx, postgres.API, a.scope("token"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		for _, u := range c.Unit {
			if _, ok := f.tree.Unit(u); !ok {
				return fmt.Errorf("unit %q is not in district %s; GET /api/units lists the units", u, a.cli.District)
			}
		}
		var expires time.Time
		if c.Expires > 0 {
			expires = a.now().Add(c.Expires)
		}
		_, token, err = auth.Create(ctx, tx, c.Name, role, c.Unit, a.now(), expires)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(a.out, token)
	return nil
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"The account's id."`
}

// Run ends an account.
func (c tokenRevokeCmd) Run(ctx context.Context, a *app) error {
	id, err := uuid.Parse(c.ID)
	if err != nil {
		return fmt.Errorf("%q is not an account's id: %w", c.ID, err)
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.InScope(ctx, postgres.API, a.scope("token"), func(ctx context.Context, tx *postgres.Tx) error {
		ok, err := auth.Revoke(ctx, tx, id, a.now())
		if err == nil && !ok {
			err = fmt.Errorf("there is no account %s that is still good", id)
		}
		return err
	})
}

// demoTokenFile keeps the demo administrator's token for the console and scripts.
func (a *app) demoTokenFile() string { return filepath.Join(a.cli.Dir, "demo-token") }

func (a *app) printDemoToken(addr string) {
	raw, err := os.ReadFile(a.demoTokenFile())
	if err != nil {
		return
	}
	fmt.Fprintf(a.out, "Console: http://%s/#token=%s\nThe token is kept in %s.\n", addr, raw, a.demoTokenFile())
}

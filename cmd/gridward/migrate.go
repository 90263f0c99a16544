package main

import (
	"context"
	"fmt"
)

type migrateCmd struct{}

// Run brings the schema up to date and checks the walls.
func (migrateCmd) Run(ctx context.Context, a *app) error {
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.CheckWalls(ctx); err != nil {
		return err
	}
	fmt.Fprintln(a.out, "the schema is up to date")
	return nil
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Ready says whether the database can be written within a second: it writes an
// empty message to the log of the database and waits until that is as durable
// as a commit, on a synchronous standby too where there is one. That the schema
// is as new as the program, [Open] has seen to.
func (db *DB) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var readOnly bool
	err := pgx.BeginFunc(ctx, db.pools[API], func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean`).Scan(&readOnly); err != nil || readOnly {
			return err
		}
		_, err := tx.Exec(ctx, `select pg_current_xact_id(), pg_logical_emit_message(true, 'gridward', 'ready')`)
		return err
	})
	switch {
	case readOnly:
		return errors.New("the database is read-only")
	case err != nil:
		return fmt.Errorf("the database cannot be written: %w", err)
	}
	return nil
}

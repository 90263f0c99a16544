package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// The queue library keeps its own tables in a schema of its own and makes its
// own transactions on them. It gets two pools that know no scope: for them
// every row of a district is behind the policies.

// QueuePool is the pool of the queue library alone; the caller closes it. It
// runs as the service's role.
func (db *DB) QueuePool(ctx context.Context) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(db.url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	db.connConfig(cfg.ConnConfig, "queue")
	cfg.MaxConns = 3 // one listens
	cfg.ConnConfig.RuntimeParams["statement_timeout"] = "15000"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the queue's pool: %w", err)
	}
	return pool, nil
}

// queueSchema is where the queue library keeps its tables.
const queueSchema = "river"

// PrepareQueue lets migrate bring the queue library's tables up to date as the
// owner, in a schema of their own, and gives the service's role the use of them.
func (db *DB) PrepareQueue(ctx context.Context, migrate func(ctx context.Context, pool *pgxpool.Pool, schema string) error) error {
	cfg, err := pgxpool.ParseConfig(db.url)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	cfg.MaxConns = 2 // one waits with the lock
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("prepare the queue: %w", err)
	}
	defer pool.Close()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("prepare the queue: %w", err)
	}
	defer conn.Release()
	// Two programs that start at once must not both make the tables.
	if _, err := conn.Exec(ctx, `select pg_advisory_lock(hashtextextended('gridward queue', 0))`); err != nil {
		return fmt.Errorf("prepare the queue: %w", err)
	}
	defer conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock(hashtextextended('gridward queue', 0))`)
	if _, err := conn.Exec(ctx, `create schema if not exists `+queueSchema); err != nil {
		return fmt.Errorf("make the queue's schema: %w", err)
	}
	if err := migrate(ctx, pool, queueSchema); err != nil {
		return fmt.Errorf("make the queue's tables: %w", err)
	}
	if _, err := conn.Exec(ctx, `grant usage on schema river to gridward_service;
		grant select, insert, update, delete on all tables in schema river to gridward_service;
		grant usage on all sequences in schema river to gridward_service`); err != nil {
		return fmt.Errorf("give the service the use of the queue: %w", err)
	}
	return nil
}

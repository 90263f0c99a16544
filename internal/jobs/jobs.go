// Package jobs is what the service does by itself, through the queue library
// River, of which it is the only importer. Jobs are rows of the database, so
// several servers share them: one of the servers, the leader, puts the periodic
// ones in the queue, and any of them works them off.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"gridward/internal/postgres"
)

// Options say what to work on.
type Options struct {
	DB        *postgres.DB
	Log       *slog.Logger
	Now       func() time.Time // nil: the clock
	Districts []string         // six digits each
	Inspected []string         // layers whose places have grids
}

// Runner works jobs off until it is stopped.
type Runner struct {
	client *river.Client[pgx.Tx]
	pool   *pgxpool.Pool
}

// Migrate makes or updates the queue's tables.
func Migrate(ctx context.Context, db *postgres.DB) error {
	return db.PrepareQueue(ctx, func(ctx context.Context, pool *pgxpool.Pool, schema string) error {
		m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: schema, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
}

// Start begins to work jobs off. [Migrate] has made the queue's tables.
func Start(ctx context.Context, o Options) (*Runner, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &dayWorker{options: o})
	river.AddWorker(workers, &purgeWorker{options: o})
	var periodic []*river.PeriodicJob
	for _, d := range o.Districts {
		periodic = append(periodic,
			// Every few minutes, and nothing to do but once a day: whoever was
			// asleep at midnight, or has another clock, catches up.
			river.NewPeriodicJob(river.PeriodicInterval(5*time.Minute), func() (river.JobArgs, *river.InsertOpts) { return Day{District: d}, nil }, &river.PeriodicJobOpts{RunOnStart: true}),
			river.NewPeriodicJob(river.PeriodicInterval(6*time.Hour), func() (river.JobArgs, *river.InsertOpts) { return Purge{District: d}, nil }, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	pool, err := o.DB.QueuePool(ctx)
	if err != nil {
		return nil, err
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema: "river", Logger: quiet(o.Log), Workers: workers, PeriodicJobs: periodic,
		Queues:     map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}},
		JobTimeout: 30 * time.Minute,
	})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("background work: %w", err)
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		pool.Close()
		return nil, fmt.Errorf("background work: %w", err)
	}
	return &Runner{client, pool}, nil
}

// Stop lets running jobs finish as long as ctx allows, and cancels them then:
// a job that was cut short is worked off again by the next server.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.client.Stop(ctx)
	if err != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, r.client.StopAndCancel(stop))
	}
	r.pool.Close()
	return err
}

// quiet lets through what an operator must know of the queue.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(&atLeast{log.Handler(), slog.LevelWarn}) }

// atLeast drops what is below a level.
type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h *atLeast) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level && h.Handler.Enabled(ctx, l)
}

// WithAttrs and WithGroup keep the level.
func (h *atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &atLeast{h.Handler.WithAttrs(attrs), h.level}
}

// WithGroup keeps the level.
func (h *atLeast) WithGroup(name string) slog.Handler {
	return &atLeast{h.Handler.WithGroup(name), h.level}
}

// unique keeps a job from standing in the queue twice.
var unique = river.InsertOpts{MaxAttempts: 10, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: time.Minute}}

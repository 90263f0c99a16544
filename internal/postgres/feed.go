package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Change is one committed change.
type Change struct {
	ID     uuid.UUID
	Topic  string
	Entity uuid.UUID // zero when the whole topic changed
	Detail json.RawMessage
}

// Feed reads a district's change feed by visibility: it remembers the snapshot
// up to which it has read, and the next reading delivers what is visible now
// and was not then. So a late commit is never skipped, nothing is read twice,
// and a long transaction (an import) holds up nobody's changes but its own.
// Notifications only wake it.
type Feed struct {
	db       *DB
	district string
	deliver  func(context.Context, []Change) error

	mu     sync.Mutex // one reader at a time
	cursor string     // pg_snapshot: what is visible in it was delivered
}

// ErrFeedSetBack says that the database stands at an earlier time than the feed
// has read: it was restored from a backup, or lost its last commits in a
// failover. What was built from the feed must be built anew.
var ErrFeedSetBack = errors.New("the database stands at an earlier time than what was read from it: start the service anew")

// NewFeed makes a feed that begins now: what commits later is delivered, what
// is committed already is not. Take it before reading what it keeps up to date.
func (db *DB) NewFeed(ctx context.Context, district string, deliver func(context.Context, []Change) error) (*Feed, error) {
	f := &Feed{db: db, district: district, deliver: deliver}
	err := db.Read(ctx, API, f.scope(), func(ctx context.Context, tx *Tx) error {
		return tx.QueryRow(ctx, `select pg_current_snapshot()::text`).Scan(&f.cursor)
	})
	if err != nil {
		return nil, fmt.Errorf("begin the change feed of %s: %w", district, err)
	}
	return f, nil
}

func (f *Feed) scope() Scope { return Scope{District: f.district, Actor: "feed"} }

// Sync delivers every change that committed before the call.
func (f *Feed) Sync(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var changes []Change
	var until string
	err := f.db.Read(ctx, API, f.scope(), func(ctx context.Context, tx *Tx) error {
		changes = nil
		if err := tx.QueryRow(ctx, `select pg_current_snapshot()::text`).Scan(&until); err != nil {
			return err
		}
		if until == f.cursor {
			return nil
		}
		var setBack bool
		err := tx.QueryRow(ctx, `select pg_snapshot_xmax($1::text::pg_snapshot) < pg_snapshot_xmax($2::text::pg_snapshot)`, until, f.cursor).Scan(&setBack)
		if err != nil {
			return err
		}
		if setBack {
			return ErrFeedSetBack
		}
		rows, err := tx.Query(ctx, `
			select id, topic, coalesce(entity, '00000000-0000-0000-0000-000000000000'), detail from gridward.change_feed
			where district = $1 and xid >= pg_snapshot_xmin($2::text::pg_snapshot) and not pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
			order by xid, id`, f.district, f.cursor)
		if err != nil {
			return err
		}
		changes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Change, error) {
			var c Change
			err := row.Scan(&c.ID, &c.Topic, &c.Entity, &c.Detail)
			return c, err
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("read the change feed of %s: %w", f.district, err)
	}
	if len(changes) > 0 {
		if err := f.deliver(ctx, changes); err != nil {
			return fmt.Errorf("deliver changes of %s: %w", f.district, err)
		}
	}
	f.cursor = until
	return nil
}

// pollEvery is how often a feed looks without being woken.
const pollEvery = 5 * time.Second

// Run keeps the feed going until ctx ends: it listens on a connection of its
// own, connects again when that is lost, and polls besides.
func (f *Feed) Run(ctx context.Context, log *slog.Logger) {
	for ctx.Err() == nil {
		if err := f.listen(ctx); err != nil && ctx.Err() == nil {
			log.Warn("change feed: connection lost, trying again", "district", f.district, "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

func (f *Feed) listen(ctx context.Context) error {
	cfg, err := pgx.ParseConfig(f.db.url)
	if err != nil {
		return err
	}
	f.db.connConfig(cfg, "feed")
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "listen "+changeChannel); err != nil {
		return err
	}
	for {
		if err := f.Sync(ctx); err != nil {
			return err
		}
		wait, cancel := context.WithTimeout(ctx, pollEvery)
		_, err := conn.WaitForNotification(wait)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
//
// What a transaction changed comes in its own order, and after the changes of
// every transaction that had ended when it began to write. The order of
// transactions that ran at the same time says nothing, whichever waited for the
// other: a receiver reads what a change names, which is never older.
type Feed struct {
	db       *DB
	district string
	deliver  func(context.Context, []Change) error
	poll     time.Duration // how often it looks without being woken

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
	f := &Feed{db: db, district: district, deliver: deliver, poll: pollEvery}
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

package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// What a transaction writes becomes visible when it commits, and not at the
// moment that it wrote down as the one at which it was learned. An answer "as
// known at" a moment can be given for ever only when nothing with an earlier
// moment is still under way. So whoever writes such moments holds a lock until
// the end that says since when, and whoever asks looks at these locks.

// learnEpoch is where the seconds of the locks begin: they have 31 bits.
const learnEpoch = 1577836800 // 2020-01-01

// Learn is the moment at which what the transaction writes next is learned, by
// the database's clock; each call gives a later one. Call it as late as can be:
// nobody can ask as known now while the transaction goes on.
func (t *Tx) Learn(ctx context.Context) (time.Time, error) {
	if !t.learnAs.IsZero() {
		t.learnAs = t.learnAs.Add(time.Microsecond)
		return t.learnAs, nil
	}
	var at time.Time
	batch := &pgx.Batch{}
	if !t.learning {
		batch.Queue(`select pg_advisory_xact_lock_shared($1::integer, floor(extract(epoch from clock_timestamp()) - $2::integer)::integer)`, lockOf(t.scope.District), learnEpoch)
	}
	batch.Queue(`select clock_timestamp()`).QueryRow(func(row pgx.Row) error { return row.Scan(&at) })
	if err := t.SendBatch(ctx, batch).Close(); err != nil {
		return at, fmt.Errorf("take the moment of learning: %w", err)
	}
	t.learning = true
	return at.UTC(), nil
}

// lockOf is the first key of a district's locks: its six digits.
func lockOf(district string) int32 {
	n, _ := strconv.Atoi(district) // scopes hold no other than digits
	return int32(n)
}

// LearnAs makes the transaction write that everything was learned at a moment
// of the past: for histories that are made up, and for nothing else.
func (t *Tx) LearnAs(at time.Time) { t.learnAs = at.UTC().Truncate(time.Microsecond) }

// Settled is a moment before which everything that was learned in a district is
// visible to transactions that begin after the call. It lags behind the clock
// only while somebody writes.
func (db *DB) Settled(ctx context.Context, district string) (time.Time, error) {
	conn, err := db.pools[API].Acquire(ctx)
	if err != nil {
		return time.Time{}, &Unavailable{err}
	}
	defer conn.Release()
	var clock time.Time
	var since *int64
	// The clock first: who takes the lock after it writes a later moment.
	batch := &pgx.Batch{}
	batch.Queue(`select clock_timestamp()`).QueryRow(func(row pgx.Row) error { return row.Scan(&clock) })
	batch.Queue(`select min(objid::bigint) from pg_locks
		where locktype = 'advisory' and objsubid = 2 and classid::bigint = $1
		  and database = (select oid from pg_database where datname = current_database())`, int64(lockOf(district))).
		QueryRow(func(row pgx.Row) error { return row.Scan(&since) })
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		return time.Time{}, fmt.Errorf("see what is still being written in %s: %w", district, err)
	}
	if since != nil {
		if began := time.Unix(*since+learnEpoch, 0); began.Before(clock) {
			clock = began
		}
	}
	return clock.UTC(), nil
}

package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// history is which versions of which rows there are, in order.
type history map[uuid.UUID][]int

// count is the number of changes in it.
func (h history) count() (n int) {
	for _, versions := range h {
		n += len(versions)
	}
	return n
}

// version is what the changes of these tests carry.
type version struct {
	Version int `json:"version"`
}

// follower is a server of its own that keeps what its feed delivers. Its feed
// never polls: whatever it does not read when it is woken, or when it listens
// again, it misses.
type follower struct {
	db     *postgres.DB
	feed   *postgres.Feed
	refuse bool // now and then what is delivered, as a receiver does that fails

	mu   sync.Mutex
	seen history

	stop func() // until it has stopped
}

// newFollower makes one that sees what commits from now on, when it is started.
func newFollower(t *testing.T, url string) *follower {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: url}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	f := &follower{db: db, seen: history{}}
	if f.feed, err = db.NewFeed(t.Context(), district, f.take); err != nil {
		t.Fatal(err)
	}
	postgres.SetPoll(f.feed, time.Hour)
	return f
}

// take keeps what is delivered, whole or not at all.
func (f *follower) take(_ context.Context, changes []postgres.Change) error {
	if f.refuse && rand.IntN(4) == 0 {
		return errors.New("not now")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range changes {
		var v version
		if err := json.Unmarshal(c.Detail, &v); err != nil {
			return err
		}
		f.seen[c.Entity] = append(f.seen[c.Entity], v.Version)
	}
	return nil
}

// start follows the feed until stop, or the end of the test.
func (f *follower) start(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); f.feed.Run(ctx, testLog(t)) }()
	f.stop = func() { cancel(); <-done }
	t.Cleanup(f.stop)
}

// resume goes on with another feed, as another process does that has nothing
// but the position of the one that stopped.
func (f *follower) resume(t *testing.T) error {
	feed, err := f.db.NewFeed(t.Context(), district, f.take)
	if err != nil {
		return err
	}
	postgres.SetPoll(feed, time.Hour)
	postgres.SetCursor(feed, postgres.Cursor(f.feed))
	f.feed = feed
	f.start(t)
	return nil
}

// count is how many changes it has seen.
func (f *follower) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen.count()
}

// insertChange writes a change and its notification at once, not with the
// commit as [postgres.Tx.Change] does.
func insertChange(ctx context.Context, tx interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, row uuid.UUID, n int) error {
	var void any
	return tx.QueryRow(ctx, `
		with change as (
			insert into gridward.change_feed (district, id, topic, entity, detail) values ($1, gen_random_uuid(), 'row', $2, $3) returning district)
		select pg_notify('gridward_change', district) from change`, district, row, fmt.Sprintf(`{"version": %d}`, n)).Scan(&void)
}

// killListeners ends the connections on which the database's feeds listen. (As
// part of the condition, killing could come before choosing.)
func killListeners(ctx context.Context, owner *pgx.Conn) (pids []int, err error) {
	rows, err := owner.Query(ctx, `
		select case when pg_terminate_backend(pid) then pid else 0 end from pg_stat_activity
		where application_name = 'gridward-feed' and datname = current_database()`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

// until waits for a condition, and fails when it is long overdue.
func until(t *testing.T, what string, holds func() bool) bool {
	t.Helper()
	for late := time.After(20 * time.Second); ; {
		if holds() {
			return true
		}
		select {
		case <-late:
			t.Errorf("waited in vain: %s", what)
			return false
		case <-t.Context().Done():
			return false
		case <-time.After(2 * time.Millisecond):
		}
	}
}

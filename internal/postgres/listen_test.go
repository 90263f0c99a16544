package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// TestFeedReadsWithoutListener kills the listener of a database that takes no
// new connections, as a crowded one does: changes arrive by polling, and when
// there is room again somebody listens.
func TestFeedReadsWithoutListener(t *testing.T) {
	t.Parallel()
	f := newFollower(t, testdb.URL(t))
	owner := testdb.Owner(t, f.db)
	cfg := owner.Config().Copy()
	name := pgx.Identifier{cfg.Database}.Sanitize()
	cfg.Database = "postgres"
	admin, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	open := func(yes bool) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), fmt.Sprintf("alter database %s with allow_connections %t", name, yes)); err != nil {
			t.Fatal(err)
		}
	}
	listening := func() (n int) {
		t.Helper()
		err := owner.QueryRow(t.Context(), `select count(*) from pg_stat_activity
			where application_name = 'gridward-feed' and datname = current_database() and state = 'idle' and query ilike 'listen %'`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	postgres.SetPoll(f.feed, 20*time.Millisecond)
	f.start(t)
	until(t, "somebody listens", func() bool { return listening() == 1 })
	open(false)
	if _, err := killListeners(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	until(t, "nobody listens", func() bool { return listening() == 0 })
	if err := insertChange(t.Context(), owner, uuid.New(), 1); err != nil {
		t.Fatal(err)
	}
	until(t, "the change arrives all the same", func() bool { return f.count() == 1 })
	open(true)
	until(t, "somebody listens again", func() bool { return listening() == 1 })
}

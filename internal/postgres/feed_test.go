package postgres_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// changeOf commits one change of a district.
func changeOf(t *testing.T, db *postgres.DB, district, topic string) uuid.UUID {
	t.Helper()
	id := uuid.New()
	err := db.InScope(t.Context(), postgres.API, postgres.Scope{District: district}, func(_ context.Context, tx *postgres.Tx) error {
		tx.Change(topic, id, map[string]string{"of": district})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestFeedWakes: a change arrives at once and not with the next poll, whole,
// and only in its district.
func TestFeedWakes(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	changeOf(t, db, district, "before") // not of the feed: it was there before
	arrived := make(chan postgres.Change, 10)
	feed, err := db.NewFeed(t.Context(), district, func(_ context.Context, changes []postgres.Change) error {
		for _, c := range changes {
			arrived <- c
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); feed.Run(ctx, testLog(t)) }()
	first := changeOf(t, db, district, "first") // whether it listens already or not
	if c := <-arrived; c.Entity != first {
		t.Fatalf("%+v came first", c)
	}
	time.Sleep(50 * time.Millisecond) // let it go to sleep
	changeOf(t, db, "310114", "elsewhere")
	began := time.Now()
	second := changeOf(t, db, district, "second")
	c := <-arrived
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("a change took %s", took)
	}
	if c.Entity != second || c.Topic != "second" || string(c.Detail) != `{"of": "310113"}` || c.ID == uuid.Nil {
		t.Errorf("the change arrived as %+v, detail %s", c, c.Detail)
	}
	cancel()
	<-done
	if len(arrived) > 0 {
		t.Errorf("%d more changes arrived: %+v", len(arrived), <-arrived)
	}
}

// TestFeedDeliversAgain: what a receiver refuses comes again, what it took does not.
func TestFeedDeliversAgain(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	refuse := errors.New("not now")
	var got []uuid.UUID
	feed, err := db.NewFeed(t.Context(), district, func(_ context.Context, changes []postgres.Change) error {
		if refuse != nil {
			return refuse
		}
		for _, c := range changes {
			got = append(got, c.Entity)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []uuid.UUID{changeOf(t, db, district, "one"), changeOf(t, db, district, "two")}
	if err := feed.Sync(t.Context()); !errors.Is(err, refuse) {
		t.Errorf("a refused delivery: %v", err)
	}
	refuse = nil
	for range 2 {
		if err := feed.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v in the order of their commits", got, want)
	}
}

// TestFeedWaitsForLateCommits holds a transaction open while later ones commit.
func TestFeedWaitsForLateCommits(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	var got []uuid.UUID
	feed, err := db.NewFeed(t.Context(), district, func(_ context.Context, changes []postgres.Change) error {
		for _, c := range changes {
			got = append(got, c.Entity)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	late, err := testdb.Owner(t, db).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lateID := uuid.New()
	if _, err := late.Exec(t.Context(), `insert into gridward.change_feed (district, id, topic, entity) values ($1, $2, 'late', $2)`, district, lateID); err != nil {
		t.Fatal(err)
	}
	sync := func(want ...uuid.UUID) {
		t.Helper()
		if err := feed.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	early := changeOf(t, db, district, "early")
	sync(early) // the open transaction holds nobody up
	another := changeOf(t, db, district, "another")
	if err := late.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	sync(early, lateID, another)
	sync(early, lateID, another)
}

// TestFeedOfDatabaseSetBack reads on from a database that has less than was read.
func TestFeedOfDatabaseSetBack(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	feed, err := db.NewFeed(t.Context(), district, func(context.Context, []postgres.Change) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	postgres.SetCursor(feed, "9000000000:9000000000:")
	if err := feed.Sync(t.Context()); !errors.Is(err, postgres.ErrFeedSetBack) {
		t.Errorf("a database of the past: %v", err)
	}
}

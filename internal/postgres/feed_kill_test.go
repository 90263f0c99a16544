package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// TestFeedMissesNothing has three servers follow a feed while transactions
// commit late and in another order than they began, or roll back, and while the
// listeners' connections are killed again and again; one server stops and goes
// on from its position. Each sees every version that was committed, once and in
// order, and no other.
func TestFeedMissesNothing(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	servers := []*follower{newFollower(t, url), newFollower(t, url), newFollower(t, url)}
	db, owner := servers[0].db, testdb.Owner(t, servers[0].db)
	servers[1].refuse = true
	want := history{}

	// A transaction that is open all along must hold nobody up, and is not missed.
	late := uuid.New()
	long, err := testdb.Owner(t, db).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer long.Rollback(context.Background())
	if err := insertChange(t.Context(), long, late, 1); err != nil {
		t.Fatal(err)
	}
	for _, f := range servers {
		f.start(t)
	}

	// Everybody goes on until each has done enough while the others did theirs.
	var busy sync.WaitGroup
	var killed, resumed atomic.Int64
	enough := func() bool { return t.Failed() || (killed.Load() >= 40 && resumed.Load() >= 3) }
	writers := make([]*writer, 6)
	for i := range writers {
		w := &writer{row: uuid.New()}
		writers[i] = w
		busy.Go(func() {
			for n := 0; n < 20 || !enough(); n++ {
				if err := w.write(t.Context(), db); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	busy.Go(func() {
		victims := map[int]bool{}
		for !enough() {
			pids, err := killListeners(t.Context(), owner)
			if err != nil {
				t.Error(err)
				return
			}
			for _, pid := range pids {
				victims[pid] = true
			}
			killed.Store(int64(len(victims)))
			time.Sleep(time.Duration(rand.IntN(80)) * time.Millisecond)
		}
	})
	busy.Go(func() {
		for f := servers[2]; !enough(); resumed.Add(1) {
			n := f.count()
			if !until(t, "the server sees more", func() bool { return f.count() >= n+10 || enough() }) {
				return
			}
			f.stop()
			n = servers[0].count()
			if !until(t, "others see more meanwhile", func() bool { return servers[0].count() >= n+10 || enough() }) {
				return
			}
			if err := f.resume(t); err != nil {
				t.Error(err)
				return
			}
		}
	})
	busy.Wait()
	if t.Failed() {
		t.FailNow()
	}
	if err := long.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	want[late] = []int{1}
	for _, w := range writers {
		want[w.row] = w.committed
	}

	// What commits while the listeners die arrives although no notification follows.
	last := uuid.New()
	for n := 1; n <= 15 && !t.Failed(); n++ {
		if _, err := killListeners(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
		if err := insertChange(t.Context(), owner, last, n); err != nil {
			t.Fatal(err)
		}
		want[last] = append(want[last], n)
		for i, f := range servers {
			until(t, fmt.Sprintf("server %d sees as much as was committed", i), func() bool { return f.count() >= want.count() })
		}
	}
	for i, f := range servers {
		f.stop()
		f.refuse = false
		if err := f.feed.Sync(t.Context()); err != nil { // whether anything comes twice
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, f.seen); diff != "" {
			t.Errorf("server %d (-committed +seen):\n%s", i, diff)
		}
	}
	t.Logf("%d changes of %d rows, %d listeners killed, %d resumptions", want.count(), len(want), killed.Load(), resumed.Load())
}

// writer commits versions of one row.
type writer struct {
	row       uuid.UUID
	version   int // the last one that it tried
	committed []int
}

var errChangedMind = errors.New("rolled back")

// write makes the next version, or the next two, in a transaction that stays
// open for a while after it has its number; of some nothing must remain.
func (w *writer) write(ctx context.Context, db *postgres.DB) error {
	first := w.version + 1
	w.version += 1 + rand.IntN(2)
	err := db.InScope(ctx, postgres.API, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_current_xact_id()`); err != nil {
			return err
		}
		time.Sleep(time.Duration(rand.IntN(15)) * time.Millisecond)
		if rand.IntN(10) == 0 {
			time.Sleep(100 * time.Millisecond)
		}
		if rand.IntN(5) == 0 {
			if err := insertChange(ctx, tx, w.row, w.version); err != nil {
				return err
			}
			return errChangedMind
		}
		for n := first; n <= w.version; n++ {
			tx.Change("row", w.row, version{n})
		}
		return nil
	})
	switch {
	case errors.Is(err, errChangedMind):
		return nil
	case err != nil:
		return err
	}
	for n := first; n <= w.version; n++ {
		w.committed = append(w.committed, n)
	}
	return nil
}

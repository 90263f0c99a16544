package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// cutter stands between the service and the server and cuts the connection
// after a number of bytes.
type cutter struct {
	url string
	// left is how many bytes may still pass in each direction, to the server
	// and to the client; negative: any number.
	left [2]atomic.Int64
	cuts atomic.Int64
}

func newCutter(t *testing.T, owner string) *cutter {
	t.Helper()
	cfg, err := pgx.ParseConfig(owner)
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgconn.NetworkAddress(cfg.Host, cfg.Port)
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	c := &cutter{url: fmt.Sprintf("postgres://%s@/%s?host=%s", url.UserPassword(cfg.User, cfg.Password), cfg.Database, url.QueryEscape(dir))}
	c.left[0].Store(-1)
	c.left[1].Store(-1)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, address)
			if err != nil {
				client.Close()
				continue
			}
			go c.pass(server, client, &c.left[0])
			go c.pass(client, server, &c.left[1])
		}
	}()
	return c
}

func (c *cutter) pass(to, from net.Conn, left *atomic.Int64) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if l := left.Load(); l >= 0 && int64(n) > l {
			left.Store(-1)
			c.cuts.Add(1)
			to.Write(buf[:l])
			return
		} else if l >= 0 {
			left.Store(l - int64(n))
		}
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

// TestWriteCutAtEveryByte cuts the connection after every single byte of a
// write, in both directions: into the commit, and between the commit and its
// answer. Every write succeeds and is there once.
func TestWriteCutAtEveryByte(t *testing.T) {
	t.Parallel()
	owner := testdb.URL(t)
	scope := postgres.Scope{District: district, Actor: "cut"}
	var mu sync.Mutex
	var keys []uuid.UUID
	var cuts, happened int64 // all of them, and those whose commit had happened all the same
	workers := 10            // they wait more than they work
	step := workers          // every byte
	if testing.Short() {
		step = 8 * workers
	}
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			c := newCutter(t, owner)
			db, err := postgres.Open(t.Context(), postgres.Config{URL: c.url}, false)
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			write := func() bool {
				key, runs := uuid.New(), 0
				_, repeated, err := db.Write(t.Context(), scope, key, "request", func(ctx context.Context, tx *postgres.Tx) (any, error) {
					runs++
					tx.Change("cut", key, nil)
					tx.Audit("cut", "test", key.String(), nil)
					return runs, nil
				})
				if err != nil {
					t.Errorf("a write that was cut: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				keys = append(keys, key)
				if repeated {
					happened++
				}
				return err == nil
			}
			for direction := range c.left {
				for n := worker; ; n += step {
					if !write() { // the connection is warm and knows its statements
						return
					}
					before := c.cuts.Load()
					c.left[direction].Store(int64(n))
					if !write() {
						return
					}
					c.left[direction].Store(-1)
					if c.cuts.Load() == before {
						break // the write is shorter than that
					}
				}
			}
			mu.Lock()
			cuts += c.cuts.Load()
			mu.Unlock()
		})
	}
	wg.Wait()
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var once, rows int
	err = conn.QueryRow(t.Context(), `
		select (select count(*) from unnest($1::uuid[]) k
		        where (select count(*) from gridward.write_key where key = k) = 1
		          and (select count(*) from gridward.change_feed where entity = k) = 1
		          and (select count(*) from gridward.audit where entity = k::text) = 1),
		       (select count(*) from gridward.write_key) + (select count(*) from gridward.change_feed) + (select count(*) from gridward.audit)`, keys).Scan(&once, &rows)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d writes, %d cuts, %d of them after the commit", len(keys), cuts, happened)
	if once != len(keys) || rows != 3*len(keys) {
		t.Errorf("%d of %d writes are there once; %d rows, want %d", once, len(keys), rows, 3*len(keys))
	}
	if cuts < 100 || (happened == 0 && !testing.Short()) {
		t.Errorf("%d cuts and %d after the commit: the test does not reach what it is for", cuts, happened)
	}
}

// TestCommitOutcomes holds the classes of errors to what happened in fact:
// a transaction whose answer is lost is unknown, and never "not done".
func TestCommitOutcomes(t *testing.T) {
	t.Parallel()
	owner := testdb.URL(t)
	c := newCutter(t, owner)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: c.url}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	scope := postgres.Scope{District: district}
	try := func(fn func(context.Context, *postgres.Tx) error) error {
		return db.InScope(t.Context(), postgres.API, scope, fn)
	}
	nothing := func(context.Context, *postgres.Tx) error { return nil }
	if err := try(nothing); err != nil {
		t.Fatal(err)
	}
	// The server's answer to COMMIT is lost.
	err = try(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into gridward.audit (district, id, at, actor, action, kind, entity) values ($1, gen_random_uuid(), now(), 'a', 'lost', 'k', 'e')`, district)
		c.left[1].Store(0)
		return err
	})
	if postgres.OutcomeOf(err) != postgres.Unknown {
		t.Errorf("a lost answer to COMMIT: %v is %d", err, postgres.OutcomeOf(err))
	}
	var n int
	if err := try(func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from gridward.audit where action = 'lost'`).Scan(&n)
	}); err != nil || n != 1 {
		t.Errorf("the lost commit left %d rows, %v", n, err)
	}
	// An error swallowed inside: COMMIT rolls back, and that is certain.
	err = try(func(ctx context.Context, tx *postgres.Tx) error {
		tx.Exec(ctx, `select 1/0`)
		return nil
	})
	if err == nil || postgres.OutcomeOf(err) != postgres.Refused {
		t.Errorf("a commit that rolled back: %v is %d", err, postgres.OutcomeOf(err))
	}
	// The caller goes away before the commit: it is not sent.
	ctx, cancel := context.WithCancel(t.Context())
	err = db.InScope(ctx, postgres.API, scope, func(_ context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into gridward.audit (district, id, at, actor, action, kind, entity) values ($1, gen_random_uuid(), now(), 'a', 'gone', 'k', 'e')`, district)
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that went away: %v", err)
	}
	if err := try(func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from gridward.audit where action = 'gone'`).Scan(&n)
	}); err != nil || n != 0 {
		t.Errorf("a caller that went away left %d rows, %v", n, err)
	}
	// A domain's own error is refused and comes back as it is.
	if err := try(func(context.Context, *postgres.Tx) error { return io.ErrNoProgress }); !errors.Is(err, io.ErrNoProgress) || postgres.OutcomeOf(err) != postgres.Refused {
		t.Errorf("a domain's error: %v", err)
	}
	// A broken rule of the schema is a wrong request.
	err = try(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into gridward.audit (district) values ($1)`, district)
		return err
	})
	if err == nil || postgres.OutcomeOf(err) != postgres.Refused {
		t.Errorf("a missing column: %v", err)
	}
	// No server at all.
	gone, err := postgres.Open(t.Context(), postgres.Config{URL: owner}, false)
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	if err := gone.InScope(t.Context(), postgres.API, scope, nothing); postgres.OutcomeOf(err) != postgres.NotDone {
		t.Errorf("a closed pool: %v", err)
	}
}

package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// emptyDatabase makes a database without a schema, owned by a fresh role that
// may make roles and nothing more, as a user's own server would have it.
func emptyDatabase(t *testing.T) (ownerURL string) {
	t.Helper()
	admin := testdb.Owner(t, testdb.New(t))
	name := fmt.Sprintf("test_%d_%s", os.Getpid(), strings.ReplaceAll(uuid.NewString(), "-", ""))
	role := "owner_" + name
	at := func(user *url.Userinfo) string {
		cfg := admin.Config()
		return fmt.Sprintf("postgres://%s@/%s?host=%s&port=%d", user, name, url.QueryEscape(cfg.Host), cfg.Port)
	}
	run := func(conn *pgx.Conn, statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := conn.Exec(context.Background(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	run(admin, `create role `+role+` login createrole password 'x'`, `create database `+name+` owner `+role)
	t.Cleanup(func() { run(admin, `drop database `+name+` with (force)`, `drop role `+role) })
	super, err := pgx.Connect(t.Context(), at(url.UserPassword(admin.Config().User, admin.Config().Password)))
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(t.Context())
	run(super, `create extension postgis`, `create extension btree_gist`)
	return at(url.UserPassword(role, "x"))
}

// TestOwnerNeedNotBeSuperuser brings a user's own database up to date and
// works in it.
func TestOwnerNeedNotBeSuperuser(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: emptyDatabase(t), Log: testLog(t)}, true)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.CheckWalls(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	_, _, err = db.Write(t.Context(), postgres.Scope{District: district}, uuid.New(), "x", func(_ context.Context, tx *postgres.Tx) (any, error) {
		tx.Change("x", uuid.Nil, nil)
		tx.Audit("x", "x", "x", nil)
		return nil, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestMigratingAtOnce: several programs start on an empty database together.
func TestMigratingAtOnce(t *testing.T) {
	t.Parallel()
	url := emptyDatabase(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := postgres.Migrate(t.Context(), url, testLog(t)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestMigratingTwiceDoesNothing(t *testing.T) {
	t.Parallel()
	if err := postgres.Migrate(t.Context(), testdb.URL(t), testLog(t)); err != nil {
		t.Fatal(err)
	}
}

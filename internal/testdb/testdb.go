// Package testdb gives each test a PostGIS database of its own, cloned from a
// template that has the schema, on a private server without durability. The
// server starts with the first test that asks and stops after the last.
package testdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// server is the shared server of all test processes.
var server = sync.OnceValues(func() (*postgres.Cluster, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("gridward-test-%d", os.Getuid()))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cluster, err := postgres.StartCluster(ctx, dir, postgres.ClusterOptions{Fast: true})
	if err != nil {
		return nil, err
	}
	return cluster, watch(dir, cluster)
})

// watch starts a process that waits until no test process holds the server
// any more, however they ended, and stops it then.
func watch(dir string, cluster *postgres.Cluster) error {
	// Locks in the order in which a starting process takes them, never waiting
	// for the second while holding the first.
	const loop = `while sleep 0.5; do flock "$1" flock --nonblock --conflict-exit-code 9 "$2" sh -c "$3" >/dev/null 2>&1; [ $? = 9 ] || exit; done`
	stop := exec.Command("sh", "-c", loop, "watch",
		filepath.Join(dir, "start.lock"), filepath.Join(dir, "users.lock"), cluster.StopCommand())
	stop.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := stop.Start(); err != nil {
		return fmt.Errorf("start the watcher of the test server: %w", err)
	}
	return stop.Process.Release()
}

// template is the name of a database with the schema of these migrations.
var template = sync.OnceValues(func() (string, error) {
	cluster, err := server()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	err = fs.WalkDir(postgres.Migrations(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(postgres.Migrations(), path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(raw), raw)
		return err
	})
	if err != nil {
		return "", err
	}
	name := "template_" + hex.EncodeToString(sum.Sum(nil)[:8])
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, cluster.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	// Other test processes want the same template: the first one makes it.
	if _, err := conn.Exec(ctx, `select pg_advisory_lock(7204377)`); err != nil {
		return "", err
	}
	var there bool
	if err := conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, name).Scan(&there); err != nil || there {
		return name, err
	}
	making := name + "_making"
	if _, err := conn.Exec(ctx, `drop database if exists `+making+` with (force)`); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, `create database `+making); err != nil {
		return "", err
	}
	if err := postgres.Migrate(ctx, cluster.URL(making), slog.New(slog.DiscardHandler)); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, `alter database `+making+` rename to `+name)
	return name, err
})

// URL makes a database with the schema for one test and returns its owner's
// connection string; it is dropped when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatalf("the tests need PostgreSQL with PostGIS; make deps installs it: %v", err)
	}
	cluster, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	admin := func(sql string) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, cluster.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	admin("create database " + name + " template " + from)
	t.Cleanup(func() { admin("drop database if exists " + name + " with (force)") })
	return cluster.URL(name)
}

// New opens a database of its own for one test.
func New(t testing.TB) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: URL(t)}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Owner connects as the schema's owner, past the service's walls.
func Owner(t testing.TB, db *postgres.DB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// Package testdb gives each test a PostGIS database of its own, cloned from a
// template that has the schema, on a private server without durability. The
// server starts with the first test that asks and stops after the last one, of
// all test processes of the user. With TEST_DATABASE_URL set (the superuser of
// a server with PostGIS, in URL form) that server is used instead.
package testdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// host is a server to make databases on.
type host struct {
	url     func(database string) string
	private bool // nobody but tests of this machine uses it
}

// server is the shared server of all test processes.
var server = sync.OnceValues(func() (*host, error) {
	if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
		return givenServer(given)
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("gridward-test-%d", os.Getuid()))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cluster, err := postgres.StartCluster(ctx, dir, postgres.ClusterOptions{Fast: true})
	if err != nil {
		return nil, err
	}
	// The cluster is never closed: its locks end with this process, however it ends.
	return &host{url: cluster.URL, private: true}, watch(dir, cluster)
})

func givenServer(given string) (*host, error) {
	u, err := url.Parse(given)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, errors.New("TEST_DATABASE_URL must have the form postgres://user:password@host:port/postgres")
	}
	return &host{url: func(database string) string {
		v := *u
		v.Path = "/" + database
		return v.String()
	}}, nil
}

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
	host, err := server()
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
	conn, err := pgx.Connect(ctx, host.url("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	// Other test processes want the same template: the first one makes it.
	if _, err := conn.Exec(ctx, `select pg_advisory_lock(7204377)`); err != nil {
		return "", err
	}
	if host.private {
		if err := dropLeftovers(ctx, conn); err != nil {
			return "", err
		}
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
	if err := postgres.Migrate(ctx, host.url(making), slog.New(slog.DiscardHandler)); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, `alter database `+making+` rename to `+name)
	return name, err
})

// dropLeftovers drops the databases of tests whose process was killed. Their
// names carry its number.
func dropLeftovers(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `select datname::text from pg_database where datname like 'test\_%\_%'`)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		pid, err := strconv.Atoi(strings.Split(name, "_")[1])
		if err != nil || syscall.Kill(pid, 0) != syscall.ESRCH {
			continue
		}
		if _, err := conn.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)"); err != nil {
			return err
		}
	}
	return nil
}

// URL makes a database with the schema for one test and returns its owner's
// connection string; it is dropped when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatalf("this test needs a PostgreSQL server with PostGIS: run make deps to install one, or set TEST_DATABASE_URL: %v", err)
	}
	host, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d_%s", os.Getpid(), strings.ReplaceAll(uuid.NewString(), "-", ""))
	admin := func(sql string) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, host.url("postgres"))
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
	return host.url(name)
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

package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a private PostgreSQL server that listens on a socket in a folder
// of its own and on no network address. It outlives a killed service and is
// found again by the next one; the last process that uses it stops it.
type Cluster struct {
	dir    string // the data folder
	socket string // the socket's folder
	bin    string // the server's programs
	owner  *owner // who the server runs as; nil: we ourselves
	locks  *clusterLocks
	log    *slog.Logger
}

// ClusterOptions says how a private cluster is run.
type ClusterOptions struct {
	// Fast gives up durability for speed: for tests only.
	Fast bool
	Log  *slog.Logger
}

// superuser is the role that owns a private cluster.
const superuser = "gridward"

// StartCluster finds or makes the cluster in dir/pg, starts it if it does not
// run, and holds it until Close. Several processes may hold one cluster.
func StartCluster(ctx context.Context, dir string, opts ClusterOptions) (*Cluster, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	bin, err := findServer()
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the cluster's folder: %w", err)
	}
	c := &Cluster{bin: bin, log: opts.Log}
	if c.owner, err = serverOwner(); err != nil {
		return nil, err
	}
	if c.dir, err = c.dataFolder(dir); err != nil {
		return nil, err
	}
	c.socket = filepath.Join(c.dir, "socket")
	if len(c.socket) > 80 { // a socket's whole path has 107 bytes at the most
		c.socket = filepath.Join(os.TempDir(), "gridward-"+shortHash(c.dir))
	}
	if c.locks, err = lockCluster(ctx, dir); err != nil {
		return nil, err
	}
	defer c.locks.started()
	if err := c.ensure(ctx, opts); err != nil {
		c.locks.release()
		return nil, err
	}
	return c, nil
}

// URL is the connection string for a database of the cluster.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://%s@/%s?host=%s", superuser, database, c.socket)
}

// ensure makes the data folder if there is none and starts the server if it
// does not answer.
func (c *Cluster) ensure(ctx context.Context, opts ClusterOptions) error {
	if err := c.owner.mkdir(c.socket, 0o700); err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); errors.Is(err, os.ErrNotExist) {
		c.log.Info("making a private PostgreSQL cluster", "folder", data)
		// A folder left by an interrupted initdb has no PG_VERSION and nothing to lose.
		if err := os.RemoveAll(data); err != nil {
			return fmt.Errorf("clear an unfinished cluster: %w", err)
		}
		out, err := c.run(ctx, "initdb", "--pgdata="+data, "--username="+superuser, "--auth=trust",
			"--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions")
		if err != nil {
			return fmt.Errorf("make the cluster: %w\n%s", err, out)
		}
	} else if err != nil {
		return err
	}
	if c.answers(ctx) == nil {
		c.log.Info("found the private cluster running", "socket", c.socket)
		return nil
	}
	settings := c.settings(opts)
	logfile := filepath.Join(c.dir, "server.log")
	out, err := c.run(ctx, "pg_ctl", "start", "--pgdata="+data, "--log="+logfile, "--wait", "--timeout=60", "--silent", "--options="+settings)
	if err != nil {
		tail, _ := os.ReadFile(logfile)
		if n := len(tail); n > 2000 {
			tail = tail[n-2000:]
		}
		return fmt.Errorf("start the private cluster: %w\n%s\nlast lines of %s:\n%s", err, out, logfile, tail)
	}
	if err := c.answers(ctx); err != nil {
		return fmt.Errorf("the private cluster started but does not answer: %w", err)
	}
	return nil
}

// settings are the server's, for two cores and 24 GB shared with the service.
func (c *Cluster) settings(opts ClusterOptions) string {
	s := []string{
		"listen_addresses=", "unix_socket_directories=" + c.socket, "unix_socket_permissions=0700",
		"max_connections=80", "shared_buffers=512MB", "effective_cache_size=4GB", "work_mem=32MB",
		"maintenance_work_mem=256MB", "max_wal_size=4GB", "checkpoint_timeout=15min", "wal_compression=on",
		"random_page_cost=1.1", "jit=off", "timezone=UTC", "log_timezone=UTC", "log_min_duration_statement=2000",
	}
	if opts.Fast {
		s = append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200",
			"log_min_duration_statement=-1", "autovacuum=off")
	}
	for i, v := range s {
		name, value, _ := strings.Cut(v, "=")
		s[i] = "-c " + name + "='" + value + "'"
	}
	return strings.Join(s, " ")
}

func (c *Cluster) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx)
}

// Close lets go of the cluster and stops it if nobody else holds it.
func (c *Cluster) Close() error {
	return c.locks.close(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		out, err := c.run(ctx, "pg_ctl", "stop", "--pgdata="+filepath.Join(c.dir, "data"), "--mode=fast", "--wait", "--silent")
		if err != nil {
			return fmt.Errorf("stop the private cluster: %w\n%s", err, out)
		}
		return nil
	})
}

// run runs one of the server's programs as the server's owner, away from our
// own process group, so that an interrupt meant for us does not stop the server.
func (c *Cluster) run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PGTZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if c.owner != nil {
		cmd.SysProcAttr.Credential = c.owner.credential()
	}
	// Not a pipe: the server inherits it, and a pipe would stay open with it.
	out, err := os.CreateTemp("", "gridward-pg-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	text, _ := os.ReadFile(out.Name())
	return strings.TrimSpace(string(text)), err
}

// findServer is the folder of the newest installed server's programs.
func findServer() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	sort.Slice(found, func(i, j int) bool { return versionOf(found[i]) > versionOf(found[j]) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	return "", errors.New("PostgreSQL's server programs are not installed: run make deps (Debian's postgresql-15 and postgresql-15-postgis-3), or set DATABASE_URL to a server with PostGIS")
}

func versionOf(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// StopCommand is a shell command that stops the cluster, for whoever watches it.
func (c *Cluster) StopCommand() string {
	stop := fmt.Sprintf("%s/pg_ctl stop --pgdata=%s/data --mode=fast --wait --silent", c.bin, c.dir)
	if c.owner != nil {
		return fmt.Sprintf("setpriv --reuid=%d --regid=%d --clear-groups %s", c.owner.uid, c.owner.gid, stop)
	}
	return stop
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Cluster is a private PostgreSQL server that listens on a socket in a folder
// of its own and on no network address. It outlives a killed service and is
// found again by the next one; the last process that uses it stops it. A server
// that goes before that is started anew, on the same socket.
type Cluster struct {
	dir    string // what belongs to the server: data, socket, log
	socket string // the socket's folder
	bin    string // the server's programs
	owner  *owner // who the server runs as; nil: we ourselves
	locks  *clusterLocks
	log    *slog.Logger

	unwatch context.CancelFunc
	watched chan struct{} // closed when nobody watches the server any more
}

// ClusterOptions says how a private cluster is run.
type ClusterOptions struct {
	// Fast gives up durability for speed: for tests only. A cluster that
	// already runs keeps the settings with which it was started.
	Fast bool
	// Log hears what is made, found and repaired; nil: nobody does.
	Log *slog.Logger
}

// superuser is the role that owns a private cluster.
const superuser = "gridward"

// StartCluster finds or makes the cluster in dir/pg, starts it if it does not
// run, and holds it until Close. Several processes may hold one cluster. When
// it fails it leaves no server behind that it started.
//
// PostgreSQL refuses to run as root; a cluster of root's runs as the user
// postgres. Where that user cannot walk down to dir, its data lie under
// /var/lib/gridward and dir/pg is a link to them.
func StartCluster(ctx context.Context, dir string, opts ClusterOptions) (*Cluster, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the cluster's folder: %w", err)
	}
	c := &Cluster{log: opts.Log}
	if c.locks, err = lockCluster(ctx, dir); err != nil {
		return nil, err
	}
	defer c.locks.started()
	if err := c.ensure(ctx, dir, opts); err != nil {
		c.locks.release()
		return nil, err
	}
	// Not the context of the start: that may have a deadline.
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.unwatch, c.watched = cancel, make(chan struct{})
	go c.watch(watching, opts)
	return c, nil
}

// URL is the connection string for a database of the cluster, as its owner.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://%s@/%s?host=%s", superuser, url.PathEscape(database), url.QueryEscape(c.socket))
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// ensure makes the data folder if there is none and starts the server if it
// does not answer.
func (c *Cluster) ensure(ctx context.Context, dir string, opts ClusterOptions) (err error) {
	if c.owner, err = serverOwner(); err != nil {
		return err
	}
	if c.dir, err = c.dataFolder(dir); err != nil {
		return err
	}
	if c.bin, err = findServer(c.data()); err != nil {
		return err
	}
	if err := c.initialise(ctx); err != nil {
		return err
	}
	if pid, socket := c.postmaster(); pid != 0 {
		// The folder for sockets may have been another one for who started it.
		if c.socket = socket; socket != "" {
			if err = c.await(ctx, nil); err == nil {
				c.log.Info("found the private cluster running", "pid", pid, "socket", c.socket)
				return nil
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.log.Warn("the private cluster runs but does not answer; starting it anew", "pid", pid, "error", err)
		if err := c.halt(); err != nil {
			return err
		}
	}
	c.socket = filepath.Join(c.dir, "socket")
	if len(c.socket) > maxSocketFolder {
		c.socket = filepath.Join(os.TempDir(), "gridward-"+shortHash(c.dir))
	}
	return c.launch(ctx, opts)
}

// initialise makes the data folder in a place of its own and moves it to its
// name when it is whole, so that an interruption leaves nothing half made.
func (c *Cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.data(), "PG_VERSION")); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	c.log.Info("making a private PostgreSQL cluster", "folder", c.data(), "programs", c.bin)
	making := c.data() + ".making"
	if err := os.RemoveAll(making); err != nil {
		return fmt.Errorf("clear an unfinished cluster: %w", err)
	}
	out, err := c.run(ctx, "initdb", "--pgdata="+making, "--username="+superuser, "--auth=trust",
		"--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions")
	if err != nil {
		return errors.Join(fmt.Errorf("make the cluster: %w\n%s", err, out), os.RemoveAll(making))
	}
	if err := os.Rename(making, c.data()); err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	return nil
}

// launch starts the server and waits until it answers.
func (c *Cluster) launch(ctx context.Context, opts ClusterOptions) error {
	if err := c.awaitOrphans(ctx); err != nil {
		return err
	}
	if err := c.dropForeignNotes(); err != nil {
		return err
	}
	if err := c.owner.mkdir(c.socket, 0o700); err != nil {
		return err
	}
	logfile := filepath.Join(c.dir, "server.log")
	out, err := openLog(logfile)
	if err != nil {
		return err
	}
	defer out.Close()
	began, _ := out.Seek(0, 2)
	cmd := c.command("postgres", append([]string{"-D", c.data()}, c.settings(opts)...)...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the private cluster: %w", err)
	}
	gone := make(chan struct{})
	go func() { cmd.Wait(); close(gone) }()
	if err := c.await(ctx, gone); err != nil {
		select {
		case <-gone:
		default:
			cmd.Process.Signal(os.Interrupt) // a fast stop; whoever waits for us will not wait for it
			<-gone
		}
		return fmt.Errorf("start the private cluster: %w\nwhat %s says:\n%s", err, logfile, tail(logfile, began))
	}
	c.log.Debug("started the private cluster", "pid", cmd.Process.Pid, "socket", c.socket)
	return nil
}

// maxSocketFolder leaves room for the socket's name in the 107 bytes that a
// socket's whole path may have.
const maxSocketFolder = 107 - len("/"+socketFile+".lock")

// openLog opens the server's log to append to; a large one is put aside first.
func openLog(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 16<<20 {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, fmt.Errorf("put the server's log aside: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	return f, nil
}

// tail is what a file says from an offset on, its last 2 kB.
func tail(path string, from int64) string {
	raw, _ := os.ReadFile(path)
	raw = raw[min(from, int64(len(raw))):]
	return strings.TrimSpace(string(raw[max(0, len(raw)-2000):]))
}

// settings are the server's, for two cores and 24 GB shared with the service.
func (c *Cluster) settings(opts ClusterOptions) []string {
	s := []string{
		"listen_addresses=", "unix_socket_directories=" + quoteFolder(c.socket), "unix_socket_permissions=0700",
		"max_connections=80", "shared_buffers=512MB", "effective_cache_size=4GB", "work_mem=32MB",
		"maintenance_work_mem=256MB", "max_wal_size=4GB", "checkpoint_timeout=15min", "wal_compression=on",
		"random_page_cost=1.1", "jit=off", "timezone=UTC", "log_timezone=UTC", "log_min_duration_statement=2000",
	}
	if opts.Fast {
		s = append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200",
			"log_min_duration_statement=-1", "autovacuum=off")
	}
	args := make([]string, 0, 2*len(s))
	for _, v := range s {
		args = append(args, "-c", v)
	}
	return args
}

// quoteFolder quotes a folder for a list of folders.
func quoteFolder(path string) string {
	return `"` + strings.ReplaceAll(path, `"`, `""`) + `"`
}

// Close lets go of the cluster and stops it if nobody else holds it. A second
// call does nothing.
func (c *Cluster) Close() error {
	c.unwatch()
	<-c.watched
	return c.locks.close(func() error {
		err := c.halt()
		if err == nil && filepath.Dir(c.socket) != c.dir {
			os.Remove(c.socket) // a folder of the temporary ones, empty now
		}
		return err
	})
}

// StopCommand is a shell command that stops the cluster, for whoever watches it.
func (c *Cluster) StopCommand() string {
	stop := quoteShell(c.bin+"/pg_ctl") + " stop --pgdata=" + quoteShell(c.data()) + " --mode=fast --wait --silent"
	if c.owner != nil {
		return "setpriv --reuid=" + strconv.Itoa(c.owner.uid) + " --regid=" + strconv.Itoa(c.owner.gid) + " --clear-groups " + stop
	}
	return stop
}

func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

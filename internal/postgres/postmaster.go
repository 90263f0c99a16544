package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pidFile is the server's own note of itself in its data folder.
const pidFile = "postmaster.pid"

// socketFile is the server's socket in its folder; a note of the server stands
// beside it, with ".lock" behind its name.
const socketFile = ".s.PGSQL.5432"

// postmaster is the server process of the data folder, if it runs, and the
// folder of its socket. A note left by a server that was killed, or by one of
// an earlier boot whose number now belongs to somebody else, is no server.
func (c *Cluster) postmaster() (pid int, socket string) {
	raw, err := os.ReadFile(filepath.Join(c.data(), pidFile))
	if err != nil {
		return 0, ""
	}
	lines := strings.Split(string(raw), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 || !c.worksHere(pid) {
		return 0, ""
	}
	if len(lines) > 4 {
		socket = strings.TrimSpace(lines[4])
	}
	return pid, socket
}

// worksHere reports whether a process lives and has the data folder as its
// working folder, as every process of a server has.
func (c *Cluster) worksHere(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	there, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	if errors.Is(err, os.ErrNotExist) {
		_, proc := os.Stat("/proc/self/cwd")
		return proc != nil // a system without /proc: believe the note
	}
	if err != nil {
		return false
	}
	here, err := os.Stat(c.data())
	return err == nil && os.SameFile(there, here)
}

// awaitOrphans waits until no process works on the data folder. The children
// of a server that was killed end by themselves as soon as they notice, an
// instant later or at the end of a long statement; a new server must not begin
// before that.
func (c *Cluster) awaitOrphans(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		orphan := c.workerHere()
		if orphan == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d of a killed server still works on %s: wait for it to end, or end it: %w", orphan, c.data(), ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// workerHere is a process that works on the data folder, or 0.
func (c *Cluster) workerHere() int {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range all {
		if n, err := strconv.Atoi(filepath.Base(p)); err == nil && c.worksHere(n) {
			return n
		}
	}
	return 0
}

// dropForeignNotes removes notes, beside the data and beside the socket, whose
// number belongs to a living process that is not the server's, or to the killed
// server itself while nobody has asked how it ended. PostgreSQL would take that
// process for a server and refuse to start; a note of a dead process it sorts
// out by itself. No process may be at work on the data.
func (c *Cluster) dropForeignNotes() error {
	for _, path := range []string{filepath.Join(c.data(), pidFile), filepath.Join(c.socket, socketFile+".lock")} {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		line, _, _ := strings.Cut(string(raw), "\n")
		pid, _ := strconv.Atoi(strings.TrimSpace(line))
		if pid > 0 && syscall.Kill(pid, 0) == syscall.ESRCH {
			continue
		}
		c.log.Info("removed the note of a server that has gone", "file", path, "pid", pid)
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// await waits until the server answers. gone is closed when it has ended.
func (c *Cluster) await(ctx context.Context, gone <-chan struct{}) error {
	slow := time.NewTimer(5 * time.Second)
	defer slow.Stop()
	for {
		err := c.answers(ctx)
		if err == nil {
			return nil
		}
		pg, says := errors.AsType[*pgconn.PgError](err)
		starting := says && pg.Code == "57P03"
		if says && !starting {
			return nil // it refuses, so it runs: too many connections, say
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-gone:
			return errors.New("the server ended")
		case <-slow.C:
			if !starting {
				return fmt.Errorf("the server does not answer: %w", err)
			}
			c.log.Info("the private cluster recovers from an unclean stop")
			slow.Reset(30 * time.Second)
		case <-time.After(30 * time.Millisecond):
		}
	}
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

// halt stops the server if it runs: in good order, else at once.
func (c *Cluster) halt() error {
	if pid, _ := c.postmaster(); pid == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	out, err := c.run(ctx, "pg_ctl", "stop", "--pgdata="+c.data(), "--mode=fast", "--wait", "--timeout=30", "--silent")
	if pid, _ := c.postmaster(); pid == 0 {
		return nil // also when it was gone before pg_ctl looked
	}
	c.log.Warn("the private cluster does not stop in good order; stopping it at once", "said", out, "error", err)
	if out, err = c.run(ctx, "pg_ctl", "stop", "--pgdata="+c.data(), "--mode=immediate", "--wait", "--timeout=30", "--silent"); err != nil {
		return fmt.Errorf("stop the private cluster: %w\n%s", err, out)
	}
	return nil
}

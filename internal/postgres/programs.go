package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
)

// oldestServer is the oldest major version of PostgreSQL that Gridward runs on.
const oldestServer = 15

// findServer is the folder of an installed server's programs: of the version
// that made the data folder, or for a new one the newest that has PostGIS.
func findServer(data string) (string, error) {
	var bins []string
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	for _, p := range found {
		bins = append(bins, filepath.Dir(p))
	}
	sort.Slice(bins, func(i, j int) bool { return debianVersion(bins[i]) > debianVersion(bins[j]) })
	if p, err := exec.LookPath("postgres"); err == nil {
		bins = append(bins, filepath.Dir(p))
	}
	if len(bins) == 0 {
		return "", errors.New("PostgreSQL's server programs are not installed: run make deps (Debian's postgresql-15-postgis-3), or set DATABASE_URL to a server with PostGIS")
	}
	if raw, err := os.ReadFile(filepath.Join(data, "PG_VERSION")); err == nil {
		made, err := strconv.Atoi(strings.TrimSpace(string(raw)))
		if err != nil {
			return "", fmt.Errorf("%s/PG_VERSION says %q, which is no version of PostgreSQL", data, raw)
		}
		for _, bin := range bins {
			if programVersion(bin) == made {
				return bin, nil
			}
		}
		return "", fmt.Errorf("the data in %s were made by PostgreSQL %d, which is not installed: install it, or move the data with pg_dump and pg_upgrade", data, made)
	}
	for _, bin := range bins {
		if programVersion(bin) >= oldestServer && hasPostGIS(bin) {
			return bin, nil
		}
	}
	return "", fmt.Errorf("no PostgreSQL %d or newer with PostGIS among %s: run make deps, or set DATABASE_URL to a server with PostGIS", oldestServer, strings.Join(bins, ", "))
}

// debianVersion is the version in a path of Debian's layout, or 0.
func debianVersion(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// programVersion is the major version of the server in a folder, or 0.
func programVersion(bin string) int {
	if n := debianVersion(bin); n > 0 {
		return n
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	for _, word := range strings.Fields(string(out)) { // "postgres (PostgreSQL) 15.20 (Debian …)"
		if n, err := strconv.Atoi(strings.SplitN(word, ".", 2)[0]); err == nil {
			return n
		}
	}
	return 0
}

// hasPostGIS reports whether the server in a folder has the extension.
func hasPostGIS(bin string) bool {
	share := fmt.Sprintf("/usr/share/postgresql/%d", debianVersion(bin))
	if out, err := exec.Command(filepath.Join(bin, "pg_config"), "--sharedir").Output(); err == nil {
		share = strings.TrimSpace(string(out))
	}
	_, err := os.Stat(filepath.Join(share, "extension", "postgis.control"))
	return err == nil
}

// command is one of the server's programs, run as the server's user and away
// from our own process group, so that an interrupt meant for us is not for it.
func (c *Cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.Dir = c.dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") { // PGDATA, PGPORT … of somebody's shell
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8", "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if c.owner != nil {
		cmd.SysProcAttr.Credential = c.owner.credential()
	}
	return cmd
}

// run runs one of the server's programs to its end and returns what it said.
func (c *Cluster) run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := c.command(program, args...)
	// Not a pipe: a server that the program starts would keep it open.
	out, err := os.CreateTemp("", "gridward-pg-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return "", err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err = <-done:
	case <-ctx.Done():
		// Setsid made it a group of its own: its children end with it.
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-done
		err = ctx.Err()
	}
	text, _ := os.ReadFile(out.Name())
	return strings.TrimSpace(string(text)), err
}

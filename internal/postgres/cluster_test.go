package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

func testLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// TestMain lets the test binary play the service that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("GRIDWARD_TEST_HOLD"); dir != "" {
		db, err := postgres.Open(context.Background(), postgres.Config{Dir: dir, Fast: true}, true)
		if err != nil {
			os.Stdout.WriteString("error " + err.Error() + "\n")
			os.Exit(1)
		}
		os.Stdout.WriteString("ready\n")
		io.Copy(io.Discard, os.Stdin)
		db.Close()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestClusterSurvivesItsService kills a service with -9, finds its cluster
// running with its data, and stops it with the last user.
func TestClusterSurvivesItsService(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(reachable(t), strings.Repeat("a long folder name ", 5))
	hold := exec.Command(os.Args[0])
	hold.Env = append(os.Environ(), "GRIDWARD_TEST_HOLD="+dir)
	in, _ := hold.StdinPipe()
	defer in.Close()
	out, _ := hold.StdoutPipe()
	if err := hold.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		hold.Process.Kill()
		t.Fatalf("the service says %q", line)
	}
	hold.Process.Kill()
	hold.Wait()

	again := func() *postgres.DB {
		t.Helper()
		db, err := postgres.Open(t.Context(), postgres.Config{Dir: dir, Fast: true, Log: testLog(t)}, false)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	data := filepath.Join(dir, "pg", "data")
	was := serverPID(t, data)
	db := again()
	if now := serverPID(t, data); now != was {
		t.Errorf("the cluster was started anew: process %d, then %d", was, now)
	}
	breakTheRole(t, db)

	// Another process comes and goes; the cluster stays for us.
	other := again()
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("another user took the cluster with it: %v", err)
	}
	url := db.URL()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Error("the cluster still runs after its last user has gone")
	}
	if err := db.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}

	// The server itself is killed, its note stays, and so does a child for as
	// long as its statement takes.
	db = again()
	if err := syscall.Kill(serverPID(t, data), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	db.Close()
	asServer(t, data, data, "sleep", "0.5")
	db = again()
	if err := db.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	db.Close()

	// A child that does not end is named, and left alone.
	child := asServer(t, data, data, "sleep", "300")
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := postgres.Open(short, postgres.Config{Dir: dir, Fast: true, Log: testLog(t)}, false); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("process %d of a killed server", child.Pid)) {
		t.Errorf("with a child that still works: %v", err)
	}
	child.Kill()

	// After a reboot the number in the note belongs to another process of the
	// server's user, which PostgreSQL would take for a server.
	stranger := asServer(t, data, "/", "sleep", "300")
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), fmt.Appendf(nil, "%d\n%s\n", stranger.Pid, data), 0o644); err != nil {
		t.Fatal(err)
	}
	// So it is with the note beside the socket.
	at, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(at.Query().Get("host"), 0o755); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(at.Query().Get("host"), ".s.PGSQL.5432.lock")
	if err := os.WriteFile(lock, fmt.Appendf(nil, "%d\n%s\n", stranger.Pid, data), 0o644); err != nil {
		t.Fatal(err)
	}
	db = again()
	if err := db.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	db.Close()
}

// asServer runs a program in a folder as the user whose server's data a folder
// holds, until the program or the test ends.
func asServer(t *testing.T, data, dir, program string, args ...string) *os.Process {
	t.Helper()
	info, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: st.Uid, Gid: st.Gid, NoSetGroups: os.Getuid() != 0}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { cmd.Wait(); close(done) }()
	t.Cleanup(func() { cmd.Process.Kill(); <-done })
	return cmd.Process
}

// reachable is a temporary folder that every user can walk to.
func reachable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serverPID is the number in the server's note.
func serverPID(t *testing.T, data string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// breakTheRole makes the service's role stronger in each way that there is;
// the role belongs to the whole cluster, so this needs one of its own.
func breakTheRole(t *testing.T, db *postgres.DB) {
	t.Helper()
	if err := db.CheckWalls(t.Context()); err != nil {
		t.Error(err)
	}
	conn, err := pgx.Connect(t.Context(), db.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, c := range []struct{ breach, mend, want string }{
		{`alter role gridward_service bypassrls`, `alter role gridward_service nobypassrls`, "nobypassrls"},
		{`alter role gridward_service superuser`, `alter role gridward_service nosuperuser`, "nosuperuser"},
		{`alter role gridward_service createrole`, `alter role gridward_service nocreaterole`, "nocreaterole"},
		{`create role strong bypassrls; grant strong to gridward_service`, `drop role strong`, "revoke strong"},
		{`grant gridward to gridward_service`, `revoke gridward from gridward_service`, "revoke gridward"},
		{`alter table gridward.place owner to gridward_service`, `alter table gridward.place owner to gridward`, "owns table gridward.place"},
		{`create schema mine authorization gridward_service`, `drop schema mine`, "owns schema mine"},
	} {
		if _, err := conn.Exec(t.Context(), c.breach); err != nil {
			if strings.Contains(err.Error(), "member of") { // PostgreSQL itself forbids the circle
				continue
			}
			t.Fatalf("%s: %v", c.breach, err)
		}
		if err := db.CheckWalls(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.breach, err, c.want)
		}
		if _, err := conn.Exec(t.Context(), c.mend); err != nil {
			t.Fatalf("%s: %v", c.mend, err)
		}
	}
	if err := db.CheckWalls(t.Context()); err != nil {
		t.Errorf("after all was mended: %v", err)
	}
}

// TestAKilledServerIsStartedAnew kills the server under two users, again and again: each finds it answering within seconds, with its data.
func TestAKilledServerIsStartedAnew(t *testing.T) {
	t.Parallel()
	dir := reachable(t)
	open := func(migrate bool) *postgres.DB {
		t.Helper()
		db, err := postgres.Open(t.Context(), postgres.Config{Dir: dir, Log: testLog(t)}, migrate)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	db := open(true)
	other := open(false)
	data := filepath.Join(dir, "pg", "data")
	key := uuid.New()
	scope := postgres.Scope{District: "310113", Actor: "test"}
	store := func(ctx context.Context, tx *postgres.Tx) (any, error) { return "stored", nil }
	if _, repeated, err := db.Write(t.Context(), scope, key, "body", store); err != nil || repeated {
		t.Fatalf("repeated %v, %v", repeated, err)
	}
	killed := 0
	noted := func() int { // the server's note, which it may just be writing
		raw, _ := os.ReadFile(filepath.Join(data, "postmaster.pid"))
		line, _, _ := strings.Cut(string(raw), "\n")
		if pid, err := strconv.Atoi(line); err == nil {
			return pid
		}
		return killed
	}
	for range 3 {
		was := serverPID(t, data)
		killed = was
		if err := syscall.Kill(was, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for _, d := range []*postgres.DB{db, other} {
			// A backend of the old server may answer once more before it notices.
			for noted() == was || d.Ready(t.Context()) != nil {
				if time.Since(began) > 20*time.Second {
					t.Fatal("the server does not come back")
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
		t.Logf("answering after %v", time.Since(began).Round(time.Millisecond))
	}
	if _, repeated, err := db.Write(t.Context(), scope, key, "body", store); err != nil || !repeated {
		t.Errorf("what was stored before is not there: repeated %v, %v", repeated, err)
	}
	url := db.URL()
	if err := errors.Join(other.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // nobody watches any more
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Error("the cluster runs after its last user has gone")
	}
}

// TestFailedStartLeavesNothing interrupts and spoils starts: no server stays,
// and the next start succeeds.
func TestFailedStartLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := reachable(t)
	data := filepath.Join(dir, "pg", "data")
	seen := 0
	start := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c, err := postgres.StartCluster(ctx, dir, postgres.ClusterOptions{Fast: true, Log: testLog(t)})
		if err == nil {
			seen += len(processesIn(data))
			err = c.Close()
		}
		return err
	}
	if err := start(100 * time.Millisecond); err == nil {
		t.Error("a cluster was made in 0.1 s") // within initdb
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("an interrupted initdb left a data folder")
	}
	if err := start(time.Minute); err != nil {
		t.Fatal(err)
	}
	for wait := time.Millisecond; wait < 100*time.Millisecond; wait *= 3 { // within the server's start
		start(wait)
		if left := processesIn(data); left != nil {
			t.Errorf("a start given up after %s left the processes %v", wait, left)
		}
	}
	conf := filepath.Join(data, "postgresql.auto.conf")
	if err := os.WriteFile(conf, []byte("shared_preload_libraries = 'there_is_no_such_library'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := start(time.Minute); err == nil || !strings.Contains(err.Error(), "there_is_no_such_library") {
		t.Errorf("a server that cannot start: %v", err)
	}
	if left := processesIn(data); left != nil {
		t.Errorf("a server that cannot start left the processes %v", left)
	}
	if err := os.Truncate(conf, 0); err != nil {
		t.Fatal(err)
	}
	if err := start(time.Minute); err != nil {
		t.Error(err)
	}
	if seen == 0 {
		t.Error("no process was seen even of a running server")
	}
}

// processesIn lists the processes whose working folder is a folder.
func processesIn(dir string) (pids []string) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range all {
		if cwd, err := os.Readlink(p + "/cwd"); err == nil && cwd == dir {
			pids = append(pids, filepath.Base(p))
		}
	}
	return pids
}

// TestUnreachableFolder puts the cluster into a folder that is closed to the
// user whom PostgreSQL runs as, as root's home is.
func TestUnreachableFolder(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root's clusters run as another user")
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(closed, "gridward")
	for range 2 { // made, then found
		c, err := postgres.StartCluster(t.Context(), dir, postgres.ClusterOptions{Fast: true, Log: testLog(t)})
		if err != nil {
			t.Fatal(err)
		}
		far, err := os.Readlink(filepath.Join(dir, "pg"))
		if err != nil || !strings.HasPrefix(far, "/var/lib/gridward/") {
			t.Errorf("the data lie in %q: %v", far, err)
		} else {
			t.Cleanup(func() { os.RemoveAll(far) })
		}
		conn, err := pgx.Connect(t.Context(), c.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		var sums, encoding, address string
		err = conn.QueryRow(t.Context(), `select current_setting('data_checksums'), current_setting('server_encoding'), current_setting('listen_addresses')`).Scan(&sums, &encoding, &address)
		if err != nil || sums != "on" || encoding != "UTF8" || address != "" {
			t.Errorf("checksums %s, encoding %s, addresses %q, error %v", sums, encoding, address, err)
		}
		conn.Close(t.Context())
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTwoServicesOnOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := postgres.LockService(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.LockService(dir); err == nil || !strings.Contains(err.Error(), "GRIDWARD_DIR") || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("a second service: %v", err)
	}
	first.Release()
	second, err := postgres.LockService(dir)
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	second.Release()
}

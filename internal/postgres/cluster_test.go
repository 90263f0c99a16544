package postgres_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
	dir := filepath.Join(t.TempDir(), strings.Repeat("a long folder name ", 5))
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

	db, err := postgres.Open(t.Context(), postgres.Config{Dir: dir, Fast: true, Log: testLog(t)}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.CheckWalls(t.Context()); err != nil {
		t.Error(err)
	}
	url := db.URL()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Error("the cluster still runs after its last user has gone")
	}
}

func TestTwoServicesOnOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := postgres.LockService(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.LockService(dir); err == nil || !strings.Contains(err.Error(), "GRIDWARD_DIR") {
		t.Errorf("a second service: %v", err)
	}
	first.Release()
	second, err := postgres.LockService(dir)
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	second.Release()
}

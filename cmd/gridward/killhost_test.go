package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// host is a machine with the program, its folder and its private cluster.
type host struct {
	*program
	dir, bin, addr string
	db             *postgres.DB // held while the district is made, so that the cluster is not stopped after each command
	out            *os.File
	kills          atomic.Bool // while it holds, a service that ends is started anew

	mu      sync.Mutex
	cmd     *exec.Cmd
	started time.Time
	ended   chan struct{}

	serviceKilled, whileStarting, serverKilled, backendKilled int
	gaveUp                                                    atomic.Int64
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{program: &program{t, time.Now()}, dir: t.TempDir(), bin: filepath.Join(t.TempDir(), "gridward")}
	for _, d := range []string{h.dir, filepath.Dir(h.dir)} { // the server's user walks down to it
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DATABASE_URL", "")
	t.Setenv("GRIDWARD_DISTRICT", "310113")
	t.Setenv("GRIDWARD_DIR", h.dir)
	t.Setenv("GRIDWARD_LOG_LEVEL", "warn")
	build := []string{"build", "-o", h.bin}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		build = append(build, "-race")
	}
	if said, err := exec.CommandContext(t.Context(), "go", append(build, ".")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = free.Addr().String()
	free.Close()
	if h.out, err = os.Create(filepath.Join(t.TempDir(), "serve.log")); err != nil {
		t.Fatal(err)
	}
	if h.db, err = postgres.Open(t.Context(), postgres.Config{Dir: h.dir}, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.kills.Store(false)
		h.stop(syscall.SIGKILL)
		h.out.Close()
		h.db.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		// The last one who holds the cluster stops it.
		if c, err := postgres.StartCluster(ctx, h.dir, postgres.ClusterOptions{}); err != nil {
			t.Error(err)
		} else if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// spot is a place that can be visited.
type spot struct {
	id        uuid.UUID
	town      string
	lon, lat  float64
	checklist string
}

// district imports four towns of two communities each and their places, and makes accounts:
// the whole district's first, then one of each town.
func (h *host) district() (places []spot, tokens []string) {
	const columns, each = 8, 500
	ring := func(from, to int) string { // with the corners of what lies inside
		var bottom, top []string
		for c := from; c <= to; c++ {
			bottom = append(bottom, fmt.Sprintf("[%.3f,31.3]", 121.4+0.025*float64(c)))
			top = append(top, fmt.Sprintf("[%.3f,31.4]", 121.4+0.025*float64(c)))
		}
		slices.Reverse(top)
		return "[[" + strings.Join(slices.Concat(bottom, top, bottom[:1]), ",") + "]]"
	}
	unit := func(code, kind string, from, to int) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"code":%q,"kind":%q,"name":%q},"geometry":{"type":"Polygon","coordinates":%s}}`, code, kind, code, ring(from, to))
	}
	units := []string{unit("310113000000", "district", 0, columns)}
	town := func(c int) string { return fmt.Sprintf("310113%03d000", c/2+1) }
	for c := range columns {
		if c%2 == 0 {
			units = append(units, unit(town(c), "town", c, c+2))
		}
		units = append(units, unit(fmt.Sprintf("%s%03d", town(c)[:9], c%2+1), "community", c, c+1))
	}
	long := h.now.AddDate(-2, 0, 0).Format(time.DateOnly)
	h.do(false, "import", "--units", "--crs", "EPSG:4326", "--from", long, h.file("units.geojson", `{"type":"FeatureCollection","features":[`+strings.Join(units, ",\n")+`]}`))
	r := rand.New(rand.NewPCG(1, 2))
	for _, l := range []struct {
		layer, columns, values string
		every                  int
	}{{"street-shop", "trade", "retail", 1}, {"self-built-rental", "rooms", "7", 1}, {"construction-site", "starts", long, 10}} {
		rows := "id,name," + l.columns + ",risk,lon,lat\n"
		for i := range columns * each / 2 / l.every {
			risk := ""
			if i%50 == 0 {
				risk = "4" // two visits a month
			}
			rows += fmt.Sprintf("%d,%s %d,%s,%s,%.6f,%.6f\n", i, l.layer, i, l.values, risk, 121.4005+0.199*r.Float64(), 31.3005+0.099*r.Float64())
		}
		h.do(false, "import", "--layer", l.layer, "--crs", "EPSG:4326", "--from", long, h.file(l.layer+".csv", rows))
	}
	h.do(false, "plan", "generate", "--from", long)
	for _, u := range []string{"310113000000", town(0), town(2), town(4), town(6)} {
		role := "inspector"
		if u == "310113000000" {
			role = "admin"
		}
		tokens = append(tokens, strings.TrimSpace(h.do(false, "token", "create", "--role", role, "--unit", u)))
	}
	serves := map[string]string{"street-shop": "class-2", "self-built-rental": "class-1", "construction-site": "class-3"}
	conn, err := pgx.Connect(h.t.Context(), h.db.URL())
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close(h.t.Context())
	rows, err := conn.Query(h.t.Context(), `select id, town, st_x(geom), st_y(geom), layer from gridward.place order by layer, source_id`)
	if err != nil {
		h.t.Fatal(err)
	}
	var p spot
	var layer string
	if _, err := pgx.ForEachRow(rows, []any{&p.id, &p.town, &p.lon, &p.lat, &layer}, func() error {
		p.checklist = serves[layer]
		places = append(places, p)
		return nil
	}); err != nil || len(places) < 4000 {
		h.t.Fatalf("%d places, %v", len(places), err)
	}
	return places, tokens
}

// start starts the service, and again whenever it ends while things are killed.
func (h *host) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cmd = exec.Command(h.bin, "serve")
	h.cmd.Env = append(os.Environ(), "GRIDWARD_ADDR="+h.addr)
	h.cmd.Stdout, h.cmd.Stderr = h.out, h.out
	if err := h.cmd.Start(); err != nil {
		h.t.Error(err)
		return
	}
	cmd, ended := h.cmd, make(chan struct{})
	h.ended, h.started = ended, time.Now()
	go func() {
		err := cmd.Wait()
		close(ended)
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
			h.gaveUp.Add(1)
		}
		if time.Sleep(10 * time.Millisecond); h.kills.Load() {
			h.start()
		}
	}()
}

// stop signals the service and waits until it has ended; ok says that it ran until then.
func (h *host) stop(sig syscall.Signal) (age time.Duration, ok bool) {
	h.mu.Lock()
	cmd, ended, since := h.cmd, h.ended, h.started
	h.mu.Unlock()
	if cmd == nil {
		return 0, false
	}
	ok = cmd.Process.Signal(sig) == nil
	<-ended
	return time.Since(since), ok
}

func (h *host) log() string {
	serve, err := os.ReadFile(h.out.Name())
	if err != nil {
		h.t.Fatal(err)
	}
	server, err := os.ReadFile(filepath.Join(h.dir, "pg", "server.log"))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(serve) + "\n" + string(server)
}

// killServer kills the cluster's first process, or a backend at work if it is told so.
func (h *host) killServer(ctx context.Context, backend bool) {
	for ctx.Err() == nil {
		raw, _ := os.ReadFile(filepath.Join(h.dir, "pg", "data", "postmaster.pid"))
		line, _, _ := strings.Cut(string(raw), "\n")
		pid, err := strconv.Atoi(line)
		if err == nil && !backend && strings.Contains(h.title(pid), h.dir) && syscall.Kill(pid, syscall.SIGKILL) == nil {
			h.serverKilled++
			return
		}
		if err == nil && backend {
			children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
			for _, c := range strings.Fields(string(children)) {
				child, _ := strconv.Atoi(c)
				if t := h.title(child); strings.HasPrefix(t, "postgres: gridward gridward") && (strings.Contains(t, "INSERT") || strings.Contains(t, "COMMIT")) && syscall.Kill(child, syscall.SIGKILL) == nil {
					h.backendKilled++
					return
				}
			}
		}
		time.Sleep(time.Millisecond)
	}
}

func (h *host) title(pid int) string {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return string(raw)
}

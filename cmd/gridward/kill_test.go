package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
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

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

// The storm: what is sent, by how many, and how often what is killed with SIGKILL.
const (
	stormBatches = 2000
	stormClients = 50
	serviceKills = 20
	serverKills  = 5 // of PostgreSQL's first process
	backendKills = 2 // of one that serves a connection: PostgreSQL ends all others too and recovers
	patience     = 5 * time.Minute
)

// TestInspectionsSurviveKills sends batches of inspections from many clients, each
// again with the same ids until it is answered, while the service and its
// PostgreSQL are killed again and again. Every inspection that was acknowledged
// is there once with what was sent, none twice, nothing else is there, and the
// coverage that the service kept from the change feed is that of a book read
// anew and that of a service just started.
func TestInspectionsSurviveKills(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes most of a minute")
	}
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("KILL_SEED"); given != "" {
		seed, _ = strconv.ParseUint(given, 10, 64)
	}
	t.Logf("KILL_SEED=%d", seed)
	h := newHost(t)
	places, tokens := h.district()
	began := time.Now()
	s := &storm{host: h, places: places, tokens: tokens, r: rand.New(rand.NewPCG(seed, 1)), acks: map[*report]bool{}, created: map[uuid.UUID]int{}, refusals: map[string]int{}}
	s.ctx, s.giveUp = context.WithTimeout(t.Context(), patience)
	defer s.giveUp()
	s.plan()
	h.start()
	h.db.Close() // from now on only the service holds the cluster
	s.rage()
	h.kills.Store(false)
	if t.Failed() {
		return
	}
	stormed := time.Since(began)
	db, err := postgres.Open(t.Context(), postgres.Config{Dir: h.dir}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s.checkTable(db)
	checked := s.checkCoverage(db)
	said := h.log()
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "gridward: ") {
			t.Logf("a start was given up: %.200s", line)
		}
	}
	for _, sign := range []string{"DATA RACE", "panic", "PANIC", "invalid page"} {
		if i := strings.Index(said, sign); i >= 0 {
			t.Errorf("the logs say %s:\n%s", sign, said[i:min(len(said), i+3000)])
		}
	}
	t.Logf("%d batches of %d visits by %d clients in %.1f s: %d acknowledged, %d of them as repeated; refused: %v", stormBatches, s.visits, stormClients, stormed.Seconds(), s.acked.Load(), s.repeats.Load(), s.refusals)
	t.Logf("sent again: %d not reached, %d unknown because the connection went, %d because the client left, %d told unknown, %d told not done, %d told 500",
		s.refused.Load(), s.cut.Load(), s.left.Load(), s.unknown.Load(), s.notDone.Load(), s.internal.Load())
	t.Logf("killed: the service %d times (%d while it started; it gave up a start %d times), PostgreSQL %d times, a backend %d times; %d to %d requests were under way",
		h.serviceKilled, h.whileStarting, h.gaveUp.Load(), h.serverKilled, h.backendKilled, s.fewest, s.most)
	t.Logf("%d rows in the register; %s; %.1f s in all", len(s.rows), checked, time.Since(began).Seconds())
}

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

// fate is what may become of a report.
type fate int

const (
	must  fate = iota // it is taken
	rival             // it is taken or another with its id is
	may               // it depends on who comes first
	never             // it is refused
)

// report is a visit as a client sends it.
type report struct {
	ID        uuid.UUID  `json:"id"`
	Place     uuid.UUID  `json:"place"`
	At        time.Time  `json:"at"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
	Inspector string     `json:"inspector"`
	Unit      string     `json:"unit,omitempty"`
	Outcome   string     `json:"outcome"`
	Checklist string     `json:"checklist"`
	Lon       *float64   `json:"lon,omitempty"`
	Lat       *float64   `json:"lat,omitempty"`
	AccuracyM *float64   `json:"accuracy_m,omitempty"`
	DwellS    *int       `json:"dwell_s,omitempty"`
	Device    string     `json:"device,omitempty"`
	Mock      bool       `json:"mock,omitempty"`
	Photos    []string   `json:"photos,omitempty"`
	Walk      *uuid.UUID `json:"walk,omitempty"`
	Corrects  *uuid.UUID `json:"corrects,omitempty"`
	Note      string     `json:"note,omitempty"`
	Hazards   []found    `json:"hazards,omitempty"`

	skew time.Duration // the device's clock less ours
	town string
	fate fate
}

type found struct {
	ID   uuid.UUID `json:"id"`
	Type string    `json:"type"`
}

// words are all that is kept of a report, but what depends on when it came.
func (v *report) words() string {
	plain := *v
	plain.At, plain.SentAt, plain.Hazards = v.At.UTC(), nil, nil
	raw, _ := json.Marshal(&plain)
	return string(raw)
}

// storm is what is sent and what became of it.
type storm struct {
	*host
	ctx     context.Context
	giveUp  context.CancelFunc
	places  []spot
	tokens  []string
	r       *rand.Rand
	batches [][][]*report // by client
	all     []*report
	visits  int // with those that are sent several times

	mu       sync.Mutex
	acks     map[*report]bool
	created  map[uuid.UUID]int
	refusals map[string]int
	rows     map[uuid.UUID]*report

	done, acked, repeats                                     atomic.Int64
	underWay, left, cut, refused, unknown, notDone, internal atomic.Int64
	fewest, most                                             int64
}

func (s *storm) id() uuid.UUID {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(s.r.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// visit is a report of a place of a town, or of any.
func (s *storm) visit(town string) *report {
	p := s.places[s.r.IntN(len(s.places))]
	for town != "" && p.town != town {
		p = s.places[s.r.IntN(len(s.places))]
	}
	r := s.r
	v := &report{ID: s.id(), Place: p.id, town: p.town, Inspector: fmt.Sprintf("%s-%02d", p.town, r.IntN(20)), Outcome: "done", Checklist: p.checklist, Unit: p.town}
	v.At = s.now.Add(-time.Duration(r.Int64N(int64(75 * 24 * time.Hour)))).Truncate(time.Microsecond)
	if r.IntN(8) == 0 {
		v.Outcome = []string{"no_access", "refused", "not_found", "partial"}[r.IntN(4)]
	}
	if r.IntN(30) == 0 {
		v.Checklist = []string{"class-1", "class-2", "class-3"}[r.IntN(3)]
	}
	if r.IntN(3) > 0 {
		lon, lat, accuracy, dwell := p.lon+r.NormFloat64()*1e-4, p.lat+r.NormFloat64()*1e-4, float64(1+r.IntN(64)), r.IntN(3000)
		v.Lon, v.Lat, v.AccuracyM, v.DwellS, v.Device, v.Mock = &lon, &lat, &accuracy, &dwell, "phone-"+v.Inspector, r.IntN(100) == 0
	}
	for range max(0, r.IntN(12)-9) {
		hash := make([]byte, 32)
		for i := range hash {
			hash[i] = byte(r.Uint32())
		}
		v.Photos = append(v.Photos, hex.EncodeToString(hash))
	}
	switch r.IntN(40) {
	case 0:
		v.Note = "门锁着 'or' \\ \" " + v.ID.String()[:4]
	case 1:
		walk := s.id()
		v.Walk = &walk
	case 2:
		v.Hazards = []found{{s.id(), "clutter"}}
	case 3:
		if v.skew = 2 * time.Hour; r.IntN(2) == 0 { // the device's clock is wrong
			v.skew = -26 * time.Hour
		}
		v.At = v.At.Add(v.skew)
	}
	return v
}

// plan makes all batches. Those of a client are sent one after the other.
func (s *storm) plan() {
	r := s.r
	s.batches = make([][][]*report, stormClients)
	var recent []*report // plain ones, of all clients
	var sentBy [stormClients][]*report
	corrected := map[uuid.UUID]*report{}
	doubled := map[*report]bool{} // they stand twice in a batch
	for n := range stormBatches {
		c := n % stormClients
		town := ""
		if k := s.tokenOf(c); k > 0 {
			town = fmt.Sprintf("310113%03d000", k)
		}
		var batch []*report
		if n >= 2*stormClients && r.IntN(12) == 0 { // a whole batch again: this client's, or one that may be under way
			of := c
			if town == "" {
				of = r.IntN(stormClients)
			}
			again := s.batches[of][len(s.batches[of])-1]
			for _, v := range again {
				if of != c && v.Corrects != nil {
					continue // what it corrects may not be there yet
				}
				batch = append(batch, v)
			}
			s.batches[c] = append(s.batches[c], batch)
			s.visits += len(batch)
			continue
		}
		var mine []*report
		for range 15 + r.IntN(21) {
			v := s.visit(town)
			old := func(of []*report) *report {
				for range 20 {
					if o := of[max(0, len(of)-1-r.IntN(300)):]; len(o) > 0 && (town == "" || o[0].town == town) {
						return o[0]
					}
				}
				return nil
			}
			switch k := r.IntN(200); {
			case k < 12: // one that others send just now
				if o := old(recent); o != nil && o.fate == must {
					v = o
				}
			case k < 14: // its id for another visit
				if o := old(recent); o != nil && !doubled[o] {
					v.ID, v.Hazards, v.fate, o.fate = o.ID, nil, rival, rival
				}
			case k < 21: // a correction of what this client has sent
				if o := old(sentBy[c]); o != nil && o.Outcome != "void" && o.fate != may {
					if first := corrected[o.ID]; first == nil {
						corrected[o.ID] = v
					} else { // who comes first corrects it
						v.fate, first.fate = may, may
					}
					if r.IntN(3) == 0 {
						v.Outcome = "void"
					}
					// A place is not corrected, but what happened there.
					v.Corrects, v.Place, v.town = &o.ID, o.Place, o.town
				}
			case k < 22:
				v.Place, v.fate = s.id(), never
			case k < 23:
				v.At, v.skew, v.fate = s.now.Add(24*time.Hour), 0, never
			case k < 24:
				nothing := s.id()
				v.Corrects, v.fate = &nothing, never
			case k < 26 && len(batch) > 0 && batch[0].fate == must: // twice in a batch
				v = batch[0]
			}
			doubled[v] = doubled[v] || slices.Contains(batch, v)
			batch = append(batch, v)
			if v.fate == must && v.Corrects == nil && !slices.Contains(mine, v) {
				recent = append(recent, v)
			}
			if v.fate == must && !slices.Contains(mine, v) {
				mine = append(mine, v)
			}
		}
		r.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		s.batches[c] = append(s.batches[c], batch)
		sentBy[c] = append(sentBy[c], mine...)
		s.visits += len(batch)
	}
	seen, fates := map[*report]bool{}, map[uuid.UUID]fate{}
	for _, of := range s.batches {
		for _, b := range of {
			for _, v := range b {
				if !seen[v] {
					seen[v] = true
					s.all = append(s.all, v)
					fates[v.ID] = max(fates[v.ID], v.fate)
				}
			}
		}
	}
	// What is corrected may turn out to be another visit, out of the client's sight, or not to be there.
	for settled := false; !settled; {
		settled = true
		for _, v := range s.all {
			if v.Corrects != nil && v.fate == must && fates[*v.Corrects] != must {
				v.fate, fates[v.ID], settled = may, may, false
			}
		}
	}
}

// tokenOf is the account of a client: of each ten two belong to towns.
func (s *storm) tokenOf(client int) int {
	if client%5 == 4 {
		return 1 + client/5%(len(s.tokens)-1)
	}
	return 0
}

// rage sends everything while things are killed.
func (s *storm) rage() {
	s.kills.Store(true)
	s.fewest = stormClients
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: stormClients}, Timeout: 30 * time.Second}
	var clients, others sync.WaitGroup
	for c, list := range s.batches {
		r := rand.New(rand.NewPCG(s.r.Uint64(), uint64(c)))
		clients.Go(func() {
			for n, batch := range list {
				if !s.send(web, r, s.tokens[s.tokenOf(c)], batch) {
					if s.ctx.Err() == nil || n == 0 {
						s.t.Errorf("client %d gives up at batch %d", c, n)
					}
					s.giveUp()
					return
				}
				s.done.Add(1)
			}
		})
	}
	sent, stop := context.WithCancel(s.ctx)
	others.Go(func() { s.kill(sent) })
	others.Go(func() { // what is asked for is kept up to date from then on, and not made when it is compared
		for sent.Err() == nil {
			for _, p := range s.periods() {
				s.get(sent, "/api/coverage?period="+p.String())
			}
			select {
			case <-sent.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
	clients.Wait()
	stop()
	others.Wait()
	if s.ctx.Err() != nil && !s.t.Failed() {
		s.t.Errorf("after %v %d of %d batches are acknowledged", patience, s.done.Load(), stormBatches)
	}
	if s.t.Failed() {
		said := s.log()
		s.t.Logf("the logs end with\n%s", said[max(0, len(said)-4000):])
	}
}

// kill kills, as the batches go on. The last eighth the service lives through,
// so that what it keeps comes from the feed, but its server does not.
func (s *storm) kill(ctx context.Context) {
	r := rand.New(rand.NewPCG(s.r.Uint64(), 3))
	type blow struct {
		at   int64
		what int // 0 the service, 1 the server, 2 a backend, 3 the service and again while it starts
	}
	blows := []blow{{stormBatches * 93 / 100, 1}, {stormBatches * 97 / 100, 2}}
	for n, count := range []int{serviceKills / 2, serverKills - 1, backendKills - 1, serviceKills / 4} {
		for range count {
			blows = append(blows, blow{10 + r.Int64N(stormBatches*7/8), n})
		}
	}
	slices.SortFunc(blows, func(a, b blow) int { return cmp.Compare(a.at, b.at) })
	for _, b := range blows {
		pause := time.Duration(r.IntN(40)) * time.Millisecond
		for s.done.Load() < b.at || s.underWay.Load() == 0 {
			if ctx.Err() != nil {
				s.t.Errorf("all is sent before all kills: %+v", blows)
				return
			}
			if time.Sleep(time.Millisecond); s.done.Load() >= b.at {
				time.Sleep(pause)
				pause = 0
			}
		}
		n := s.underWay.Load()
		switch b.what {
		case 1, 2:
			s.killServer(ctx, b.what == 2)
		case 3:
			s.strike()
			time.Sleep(time.Duration(50+r.IntN(400)) * time.Millisecond)
			fallthrough
		case 0:
			s.strike()
		}
		s.fewest, s.most = min(s.fewest, n), max(s.most, n)
	}
}

func (s *storm) strike() {
	for s.ctx.Err() == nil {
		if age, ok := s.stop(syscall.SIGKILL); ok {
			if s.serviceKilled++; age < 500*time.Millisecond {
				s.whileStarting++
			}
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// send sends a batch until it is answered.
func (s *storm) send(web *http.Client, r *rand.Rand, token string, batch []*report) bool {
	wrong := 0
	for s.ctx.Err() == nil {
		body := make([]report, len(batch))
		for i, v := range batch {
			body[i] = *v
			if v.skew != 0 {
				at := time.Now().Add(v.skew)
				body[i].SentAt = &at
			}
		}
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Error(err)
			return false
		}
		ctx, cancel := context.WithCancel(s.ctx)
		leaves := r.IntN(40) == 0 // the client does not wait for its answer
		if leaves {
			time.AfterFunc(time.Duration(r.IntN(30))*time.Millisecond, cancel)
		}
		s.underWay.Add(1)
		code, answer, err := ask(ctx, web, token, "POST", "http://"+s.addr+"/api/inspections", raw)
		s.underWay.Add(-1)
		cancel()
		dial := false
		if op, ok := errors.AsType[*net.OpError](err); ok {
			dial = op.Op == "dial"
		}
		switch {
		case err == nil && code == http.StatusOK:
			return s.answered(batch, answer)
		case dial:
			s.refused.Add(1)
		case err != nil && leaves:
			s.left.Add(1)
		case err != nil:
			s.cut.Add(1)
		case code == http.StatusServiceUnavailable && bytes.Contains(answer, []byte("outcome is not known")):
			s.unknown.Add(1)
		case code == http.StatusServiceUnavailable:
			s.notDone.Add(1)
		case code == http.StatusInternalServerError && wrong < 50:
			wrong++
			s.internal.Add(1)
		default: // a client would drop the batch
			s.t.Errorf("%d %s", code, answer)
			return false
		}
		time.Sleep(time.Duration(10+r.IntN(60)) * time.Millisecond)
	}
	return false
}

func ask(ctx context.Context, web *http.Client, token, method, address string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	a, err := web.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	return a.StatusCode, raw, err
}

// answered takes down what the service says of each visit.
func (s *storm) answered(batch []*report, raw []byte) bool {
	var answer struct {
		Items []struct {
			ID      uuid.UUID
			Result  string
			Problem struct{ Type, Detail string }
		}
	}
	if err := json.Unmarshal(raw, &answer); err != nil || len(answer.Items) != len(batch) {
		s.t.Errorf("%d results of %d visits, %v: %s", len(answer.Items), len(batch), err, raw)
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, v := range batch {
		got := answer.Items[i]
		taken := got.Result == "created" || got.Result == "repeated"
		switch {
		case got.ID != v.ID, !taken && got.Result != "refused":
			s.t.Errorf("visit %s: %+v", v.ID, got)
		case !taken && v.fate == must:
			s.t.Errorf("a good visit is refused: %s %+v", v.words(), got)
		case taken && v.fate == never:
			s.t.Errorf("a visit that cannot be is %s: %s", got.Result, v.words())
		}
		if !taken {
			s.refusals[filepath.Base(got.Problem.Type)]++
			continue
		}
		s.acks[v] = true
		s.acked.Add(1)
		if got.Result == "created" {
			if s.created[v.ID]++; s.created[v.ID] > 1 {
				s.t.Errorf("visit %s was created %d times", v.ID, s.created[v.ID])
			}
		} else {
			s.repeats.Add(1)
		}
	}
	return true
}

// checkTable holds the register to what was acknowledged.
func (s *storm) checkTable(db *postgres.DB) {
	t := s.t
	conn, err := pgx.Connect(t.Context(), db.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	s.rows = map[uuid.UUID]*report{}
	rows, err := conn.Query(t.Context(), `select id, place, device_at, inspector, unit, outcome, checklist, st_x(position), st_y(position), accuracy_m, dwell_s, device, mock,
		(select coalesce(array_agg(encode(p, 'hex')), '{}') from unnest(photos) p), walk, corrects, note, town, (extract(epoch from device_at - at) * 1e6)::bigint, (distance_m is null) = (position is null) and received_at between $1 and now() from gridward.inspection`, s.now)
	if err != nil {
		t.Fatal(err)
	}
	var v report
	var skew int64
	var sound bool
	if _, err := pgx.ForEachRow(rows, []any{&v.ID, &v.Place, &v.At, &v.Inspector, &v.Unit, &v.Outcome, &v.Checklist, &v.Lon, &v.Lat, &v.AccuracyM, &v.DwellS, &v.Device, &v.Mock, &v.Photos, &v.Walk, &v.Corrects, &v.Note, &v.town, &skew, &sound}, func() error {
		if s.rows[v.ID] != nil {
			t.Errorf("visit %s is there twice", v.ID)
		}
		one := v
		one.skew = time.Duration(skew) * time.Microsecond
		s.rows[v.ID] = &one
		if !sound {
			t.Errorf("visit %s: when it was received or how far from the place it was is wrong", v.ID)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sent := map[uuid.UUID][]*report{}
	for _, v := range s.all {
		sent[v.ID] = append(sent[v.ID], v)
		row := s.rows[v.ID]
		switch {
		case s.acks[v] && row == nil:
			t.Errorf("acknowledged, and not there: %s", v.words())
		case s.acks[v] && (row.words() != v.words() || row.town != v.town || (row.skew-v.skew).Abs() > time.Minute):
			t.Errorf("acknowledged:\n%s\nand there is:\n%s", v.words(), row.words())
		}
	}
	for id, several := range sent {
		taken := 0
		for _, v := range several {
			if s.acks[v] {
				taken++
			}
		}
		if taken > 1 || taken == 0 && several[0].fate < may {
			t.Errorf("of %d reports under the id %s %d were taken", len(several), id, taken)
		}
	}
	for id, row := range s.rows {
		if !slices.ContainsFunc(sent[id], func(v *report) bool { return s.acks[v] }) {
			t.Errorf("never acknowledged, and there: %s", row.words())
		}
	}
	// Each was learned once, said once to the feed, and so were the hazards that it found.
	for what, query := range map[string]string{
		"audit":  `select (jsonb_array_elements_text(detail->'ids'))::uuid from gridward.audit where kind = 'inspections'`,
		"feed":   `select (jsonb_array_elements_text(detail->'ids'))::uuid from gridward.change_feed where topic = 'inspections'`,
		"hazard": `select inspection from gridward.hazard`,
	} {
		rows, err := conn.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			t.Fatal(err)
		}
		want := map[uuid.UUID]bool{}
		for id := range s.rows {
			want[id] = what != "hazard" || slices.ContainsFunc(sent[id], func(v *report) bool { return s.acks[v] && len(v.Hazards) > 0 })
		}
		maps.DeleteFunc(want, func(_ uuid.UUID, is bool) bool { return !is })
		for _, id := range ids {
			if !want[id] {
				t.Errorf("%s: visit %s is there twice, or need not be", what, id)
			}
			delete(want, id)
		}
		if len(want) > 0 {
			t.Errorf("%s: %d visits are not there", what, len(want))
		}
	}
}

// periods are those in which the visits were made.
func (s *storm) periods() []policy.Period {
	day := policy.DateOf(s.now, time.FixedZone("", 8*60*60))
	month := policy.Containing(day, policy.Month).FirstDay()
	return []policy.Period{policy.Containing(month, policy.Month), policy.Containing(month.AddDate(0, -1, 0), policy.Month), policy.Containing(month.AddDate(0, -2, 0), policy.Month), policy.Containing(day, policy.HalfYear)}
}

var listed = []coverage.State{coverage.NotDue, coverage.Met, coverage.Disputed}

// questions are the addresses of all figures and lists that are compared.
func (s *storm) questions() []string {
	var out []string
	for _, p := range s.periods() {
		out = append(out, "/api/coverage?period="+p.String())
		for _, by := range coverage.Breakdowns {
			out = append(out, fmt.Sprintf("/api/coverage/rollup?period=%s&by=%s", p, by))
		}
		for _, state := range listed {
			q := fmt.Sprintf("/api/coverage/places?period=%s&limit=1000", p)
			if state != coverage.NotDue {
				q += "&state=" + state.String()
			}
			out = append(out, q)
		}
	}
	return out
}

// get is an answer of the service but the moment at which it was given, lists with all their pages.
func (s *storm) get(ctx context.Context, address string) (map[string]any, error) {
	var whole map[string]any
	for next := address; next != ""; {
		code, raw, err := ask(ctx, http.DefaultClient, s.tokens[0], "GET", "http://"+s.addr+next, nil)
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("%d %s", code, raw)
		}
		var answer map[string]any
		if err == nil {
			err = json.Unmarshal(raw, &answer)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", next, err)
		}
		next, _ = answer["next"].(string)
		delete(answer, "next")
		delete(answer, "as_of")
		if whole == nil {
			whole = answer
		} else {
			whole["items"] = append(whole["items"].([]any), answer["items"].([]any)...)
		}
	}
	return whole, nil
}

// gather asks all questions, and why some places stand as they do.
func (s *storm) gather() (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	addresses := s.questions()
	for i := range 200 {
		addresses = append(addresses, fmt.Sprintf("/api/coverage/places/%s?period=%s", s.places[i*len(s.places)/200].id, s.periods()[i%4]))
	}
	for _, q := range addresses {
		answer, err := s.get(s.t.Context(), q)
		if err != nil {
			return nil, err
		}
		out[q] = answer
	}
	return out, nil
}

// expected are the answers to the questions by a book that is read anew, as far as a book tells.
func (s *storm) expected(db *postgres.DB) map[string]map[string]any {
	set, err := layers.Shipped()
	if err != nil {
		s.t.Fatal(err)
	}
	var book *coverage.Book
	now := time.Now()
	err = db.Read(s.t.Context(), postgres.Jobs, postgres.Scope{District: "310113"}, func(ctx context.Context, tx *postgres.Tx) (err error) {
		book, _, err = coverage.LoadBook(ctx, tx, coverage.Reading{Layers: inspectedLayers(set), Today: policy.DayAt(now, time.FixedZone("", 8*60*60)), Since: now.AddDate(-1, 0, 0)})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, q := range s.questions() {
		path, rest, _ := strings.Cut(q, "?")
		values := map[string]string{}
		for _, pair := range strings.Split(rest, "&") {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = value
		}
		period, err := policy.ParsePeriod(values["period"])
		if err != nil {
			s.t.Fatal(err)
		}
		query := coverage.Query{Period: period, Restricted: true}
		switch filepath.Base(path) {
		case "coverage":
			out[q] = figuresOf(book.Coverage(query, now))
		case "rollup":
			items := []any{}
			parts := book.Breakdown(query, coverage.By(values["by"]), now)
			for _, key := range slices.Sorted(maps.Keys(parts)) {
				f := figuresOf(parts[key])
				f["key"] = key
				items = append(items, f)
			}
			out[q] = map[string]any{"items": items}
		case "places":
			if state := values["state"]; state != "" {
				if query.State, err = coverage.ParseState(state); err != nil {
					s.t.Fatal(err)
				}
			}
			items := []any{}
			for _, it := range book.Unmet(query, coverage.Mark{}, 1<<30, now) {
				var nearest any
				if n := it.Verdict.Nearest; n != nil {
					nearest = n.Visit.String()
				}
				items = append(items, map[string]any{"place": it.Fact.ID.String(), "duty": it.Duty.Duty, "period": it.Period.String(), "state": it.Verdict.State.String(), "grid": it.Fact.Grid, "nearest": nearest})
			}
			out[q] = map[string]any{"items": items}
		}
	}
	return out
}

// figuresOf are a roll-up's as the service words them.
func figuresOf(r coverage.Rollup) map[string]any {
	n := func(s coverage.State) any { return float64(r.States[s]) }
	out := map[string]any{"complete": nil, "total": float64(r.Total()), "late": float64(r.Late), "wrong_holder": float64(r.Astray), "longest_gap_days": nil,
		"states": map[string]any{"met": n(coverage.Met), "attempted": n(coverage.Attempted), "open": n(coverage.Open), "overdue": n(coverage.Overdue), "excused": n(coverage.Excused), "disputed": n(coverage.Disputed)}}
	if c := r.Complete(); c != nil {
		out["complete"] = *c
	}
	if r.GapDays >= 0 {
		out["longest_gap_days"] = float64(r.GapDays)
	}
	return out
}

// within reports where an answer differs from what is expected of it; what is
// not expected is not looked at.
func within(want, got any, at string) error {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if id, named := got["inspection"]; ok && named && at[strings.LastIndex(at, ".")+1:] == "nearest" {
			return within(want, id, at)
		}
		for name, value := range want {
			if err := within(value, got[name], at+"."+name); err != nil || !ok {
				return cmp.Or(err, fmt.Errorf("%s: %v", at, got))
			}
		}
		return nil
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return fmt.Errorf("%s: %d items, want %d", at, len(got), len(want))
		}
		for i := range want {
			if err := within(want[i], got[i], fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	if nearest, ok := got.(map[string]any); ok && nearest["inspection"] != nil {
		got = nearest["inspection"]
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%s: %v, want %v", at, got, want)
	}
	return nil
}

// checkCoverage compares what the service kept with a book read anew and with a service started anew.
func (s *storm) checkCoverage(db *postgres.DB) string {
	t := s.t
	day := func() policy.Day { return policy.DayAt(time.Now(), time.FixedZone("", 8*60*60)) }
	for range 3 {
		today := day()
		want := s.expected(db)
		var kept map[string]map[string]any
		var wrong error
		for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(time.Second) {
			// The feed may have lost its last notice with the server, and looks again after some seconds.
			if kept, wrong = s.gather(); wrong == nil {
				for q := range want {
					if wrong = within(want[q], kept[q], q); wrong != nil {
						break
					}
				}
			}
			if wrong == nil {
				break
			}
		}
		s.stop(syscall.SIGTERM)
		s.start()
		var fresh map[string]map[string]any
		var err error
		for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(50 * time.Millisecond) {
			if fresh, err = s.gather(); err == nil {
				break
			}
		}
		if day() != today {
			continue // midnight in between
		}
		if err != nil {
			t.Errorf("started anew: %v", err)
			return ""
		}
		if wrong != nil {
			t.Errorf("what the service kept from the feed is not what a book read anew says: %v", wrong)
		}
		obligations := 0
		for q := range fresh {
			if !reflect.DeepEqual(kept[q], fresh[q]) {
				t.Errorf("%s:\nkept from the feed:\n%.3000v\nstarted anew:\n%.3000v", q, kept[q], fresh[q])
				break
			}
			if strings.HasPrefix(q, "/api/coverage?") {
				obligations += int(fresh[q]["total"].(float64))
			}
		}
		for q := range want {
			if err := within(want[q], fresh[q], q); err != nil {
				t.Errorf("a service started anew is not what a book read anew says: %v", err)
				break
			}
		}
		return fmt.Sprintf("%d answers about %d obligations are the same kept, read and started anew", len(fresh), obligations)
	}
	t.Error("it is midnight again and again")
	return ""
}

package coverage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids"
	"gridward/internal/auth"
	"gridward/internal/httpapi"
	"gridward/internal/postgres"
	"gridward/layers"
)

const (
	ingestPlaces  = 24_000
	ingestKept    = 240_000 // inspections that are there before
	ingestBatch   = 100
	ingestClients = 8
)

// ingest is a district on a durable server of its own, served on loopback.
type ingest struct {
	db     *postgres.DB
	places []layers.Place
	now    time.Time
	token  string
	url    string
	web    *http.Client
}

// newIngest makes six towns of eight communities, each one grid, their places and
// some history.
func newIngest(b *testing.B) *ingest {
	b.Helper()
	dir := b.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // the server's user walks down to it
		if err := os.Chmod(d, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	db, err := postgres.Open(b.Context(), postgres.Config{Dir: dir}, true)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	set, err := layers.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	g := &ingest{db: db, now: time.Now(), web: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: ingestClients}}}
	const towns, communities, width = 6, 8, 0.01
	box := func(from, to int) orb.MultiPolygon { // with the corners of what lies inside
		var ring orb.Ring
		for c := from; c <= to; c++ {
			ring = append(ring, orb.Point{121.2 + width*float64(c), 31.3})
		}
		for c := to; c >= from; c-- {
			ring = append(ring, orb.Point{121.2 + width*float64(c), 31.4})
		}
		return orb.MultiPolygon{{append(ring, ring[0])}}
	}
	units := []layers.Unit{{Code: "310113000000", Kind: layers.District, Name: "区", Geometry: box(0, towns*communities)}}
	plans := map[string][]grids.Grid{}
	for t := range towns {
		town := layers.Unit{Code: fmt.Sprintf("310113%03d000", t+1), Kind: layers.Town, Name: "镇", Parent: units[0].Code, Geometry: box(t*communities, (t+1)*communities)}
		units = append(units, town)
		for c := range communities {
			u := layers.Unit{Code: fmt.Sprintf("%s%03d", town.Code[:9], c+1), Kind: layers.Community, Name: "村", Parent: town.Code, Geometry: box(t*communities+c, t*communities+c+1)}
			units = append(units, u)
			plans[town.Code] = append(plans[town.Code], grids.Grid{Code: u.Code + "001", Name: "网格", Town: town.Code, Community: u.Code, Geometry: u.Geometry})
		}
	}
	day := g.now.AddDate(-1, 0, 0).UTC().Truncate(24 * time.Hour)
	r := rand.New(rand.NewPCG(1, 1))
	err = db.InScope(b.Context(), postgres.Jobs, postgres.Scope{District: "310113"}, func(ctx context.Context, tx *postgres.Tx) error {
		tx.LearnAs(day)
		if _, err := layers.ReplaceUnits(ctx, tx, units, day); err != nil {
			return err
		}
		for town, list := range plans {
			if err := grids.Publish(ctx, tx, grids.Plan{ID: uuid.New(), Town: town, Name: "p", Origin: "test", EffectiveFrom: day, CreatedAt: g.now, Review: grids.Review{Reviewer: "test", At: g.now}, Grids: list}); err != nil {
				return err
			}
		}
		for k, layer := range []string{"street-shop", "self-built-rental"} {
			d, _ := set.Get(layer)
			var list []layers.Place
			for i := range ingestPlaces / 2 {
				c := (i + k) % (towns * communities)
				at := geo.Snap(orb.Point{121.2 + width*(float64(c)+0.05+0.9*r.Float64()), 31.305 + 0.09*r.Float64()})
				key, err := geo.KeyAt(at)
				if err != nil {
					return err
				}
				community := units[0].Code[:6] + fmt.Sprintf("%03d%03d", c/communities+1, c%communities+1)
				list = append(list, layers.Place{ID: uuid.New(), SourceID: fmt.Sprint(i), Category: d.CategoryOf(nil), Name: fmt.Sprint(layer, i), Footprint: at.Orb(), Anchor: at, Key: key,
					Town: community[:9] + "000", Community: community, Attributes: map[string]any{}, ValidFrom: day})
			}
			if _, err := layers.Merge(ctx, tx, layer, "test", day, layers.Each(list)); err != nil {
				return err
			}
			g.places = append(g.places, list...)
		}
		if got, err := grids.Assign(ctx, tx, []string{"street-shop", "self-built-rental"}, day, nil); err != nil || len(got.Left) > 0 {
			return fmt.Errorf("assign: %d left, %w", len(got.Left), err)
		}
		var err error
		_, g.token, err = auth.Create(ctx, tx, "bench", auth.Admin, []string{units[0].Code}, g.now, time.Time{})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	conn := g.connect(b)
	if _, err := conn.Exec(b.Context(), `analyze`); err != nil {
		b.Fatal(err)
	}
	// The history as one statement, past the checks of foreign keys, so that most of the time goes to what is measured.
	if _, err := conn.Exec(b.Context(), `begin; set local session_replication_role = replica;
		insert into gridward.inspection (district, id, place, at, device_at, received_at, inspector, outcome, checklist, town, community)
		select district, gen_random_uuid(), id, at, at, at, 'history', 'done', case category when 'street_shop' then 'class-2' else 'class-1' end, town, community
		from (select *, now() - make_interval(days => 120) * random() as at from gridward.place, generate_series(1, `+fmt.Sprint(ingestKept/ingestPlaces)+`)) p; commit`); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), `analyze`); err != nil {
		b.Fatal(err)
	}
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var is string
		if err := conn.QueryRow(b.Context(), `select current_setting($1)`, setting).Scan(&is); err != nil || is != "on" {
			b.Fatalf("%s is %q, %v: this is no durable server", setting, is, err)
		}
	}
	api := httpapi.New(httpapi.Options{DB: db, Layers: set, Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(api.Handler())
	b.Cleanup(func() { server.Close(); api.Close() })
	g.url = server.URL
	return g
}

func (g *ingest) connect(b *testing.B) *pgx.Conn {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), g.db.URL())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func checklistOf(p *layers.Place) string {
	if p.Category == "street_shop" {
		return "class-2"
	}
	return "class-1"
}

// batches are bodies as phones send them: a position, a dwell, now and then a photo.
func (g *ingest) batches(b *testing.B, n int) [][]byte {
	b.Helper()
	r := rand.New(rand.NewPCG(2, uint64(n)))
	out := make([][]byte, n)
	for i := range out {
		list := make([]map[string]any, ingestBatch)
		for k := range list {
			p := &g.places[r.IntN(len(g.places))]
			at := p.Anchor.Orb()
			list[k] = map[string]any{"id": uuid.New(), "place": p.ID, "at": g.now.Add(-time.Duration(r.Int64N(int64(30 * 24 * time.Hour)))), "inspector": fmt.Sprintf("%s-%02d", p.Community, r.IntN(9)), "unit": p.Community,
				"outcome": "done", "checklist": checklistOf(p), "lon": at[0] + r.NormFloat64()*1e-4, "lat": at[1] + r.NormFloat64()*1e-4, "accuracy_m": float64(3 + r.IntN(20)), "dwell_s": 120 + r.IntN(1200),
				"device": fmt.Sprintf("phone-%d", r.IntN(500))}
			if r.IntN(4) == 0 {
				list[k]["photos"] = []string{fmt.Sprintf("%064x", r.Uint64())}
			}
		}
		var err error
		if out[i], err = json.Marshal(list); err != nil {
			b.Fatal(err)
		}
	}
	return out
}

func (g *ingest) ask(b *testing.B, method, path string, body []byte, into any) {
	req, err := http.NewRequestWithContext(b.Context(), method, g.url+path, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+g.token)
	a, err := g.web.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode == http.StatusOK {
		err = json.Unmarshal(raw, into)
	}
	if err != nil || a.StatusCode != http.StatusOK {
		b.Errorf("%s %s: %d, %v: %.300s", method, path, a.StatusCode, err, raw)
	}
}

// share calls fn for each number below b.N, from several goroutines.
func share(b *testing.B, fn func(worker, i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for w := range ingestClients {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				fn(w, int(i))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N*ingestBatch)/b.Elapsed().Seconds(), "inspections/s")
}

// BenchmarkIngest takes in batches of a hundred inspections from eight clients, through
// HTTP and JSON into a server that flushes each commit to its disk, while coverage is
// kept up to date and asked for. PostgreSQL alone storing rows of the same
// columns, each batch one durable commit, is the measure beside it.
func BenchmarkIngest(b *testing.B) {
	g := newIngest(b)
	b.Run("http", func(b *testing.B) {
		bodies := g.batches(b, b.N)
		periods := []string{g.now.Format("2006-01"), g.now.AddDate(0, 0, -g.now.Day()).Format("2006-01")}
		var created atomic.Int64
		look := func() {
			for _, p := range periods {
				var answer struct{ Total int }
				if g.ask(b, "GET", "/api/coverage?period="+p, nil, &answer); answer.Total < ingestPlaces {
					b.Errorf("%s: %d obligations", p, answer.Total)
				}
			}
		}
		look()
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(250 * time.Millisecond):
					look()
				}
			}
		}()
		share(b, func(_, i int) {
			var answer struct{ Created int }
			g.ask(b, "POST", "/api/inspections", bodies[i], &answer)
			created.Add(int64(answer.Created))
		})
		close(stop)
		<-stopped
		if int(created.Load()) != b.N*ingestBatch {
			b.Errorf("%d of %d inspections were stored", created.Load(), b.N*ingestBatch)
		}
	})
	b.Run("postgres", func(b *testing.B) {
		var conns [ingestClients]*pgx.Conn
		for i := range conns {
			conns[i] = g.connect(b)
		}
		if _, err := conns[0].Exec(b.Context(), `drop table if exists plain; create table plain (like gridward.inspection including all)`); err != nil {
			b.Fatal(err)
		}
		share(b, func(w, i int) {
			ids, places, ats := make([]uuid.UUID, ingestBatch), make([]uuid.UUID, ingestBatch), make([]time.Time, ingestBatch)
			for k := range ids {
				ids[k], places[k], ats[k] = uuid.New(), g.places[(i*ingestBatch+k*7919)%len(g.places)].ID, g.now
			}
			if _, err := conns[w].Exec(b.Context(), `insert into plain (district, id, place, at, device_at, received_at, inspector, unit, outcome, checklist, position, accuracy_m, dwell_s, device, town, community)
				select '310113', id, place, at, at, at, '310113001001-01', '310113001001', 'done', 'class-1', st_setsrid(st_makepoint(121.4, 31.3), 4326), 9, 300, 'phone-1', '310113001000', '310113001001'
				from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as i(id, place, at) on conflict do nothing`, ids, places, ats); err != nil {
				b.Error(err)
			}
		})
	})
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/internal/auth"
	"gridward/internal/earlyreply"
	"gridward/internal/httpapi"
	"gridward/internal/load"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/tiles"
)

// benchTilesCmd measures tiles on the demo district, beside the same tiles made
// by ST_AsMVT in the same process and run. It reports hazards to the district.
type benchTilesCmd struct {
	Clients int           `default:"8" help:"How many clients ask at once for what is not there yet."`
	Busy    int           `default:"64" help:"How many clients ask at once for what is kept."`
	Lasts   time.Duration `default:"5s" help:"How long each warm run lasts."`
	Profile string        `help:"Write a CPU profile of the warm run to this file."`
	Table   string        `help:"Write the results as a Markdown table to this file too."`
}

// tileBench is a server under load.
type tileBench struct {
	*app
	ctx     context.Context
	db      *postgres.DB
	set     *layers.Set
	api     *httpapi.Server
	server  *http.Server
	address string
	token   string
	clients int // of cold tiles
	busy    int // of warm ones
	profile string
	lines   []string
}

// say prints a result and keeps it for the table.
func (b *tileBench) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	fmt.Fprintln(b.out, line)
	b.lines = append(b.lines, line)
}

// Run measures one thing after the other.
func (c benchTilesCmd) Run(ctx context.Context, a *app) error {
	db, set, err := a.openWithLayers(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := a.ensureDemo(ctx, db, set); err != nil {
		return err
	}
	b := &tileBench{app: a, ctx: ctx, db: db, set: set, clients: c.Clients, busy: c.Busy, profile: c.Profile}
	err = db.InScope(ctx, postgres.API, a.scope("bench"), func(ctx context.Context, tx *postgres.Tx) (err error) {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		_, b.token, err = auth.Create(ctx, tx, "bench", auth.Admin, []string{f.tree.OfKind(layers.District)[0].Code}, a.now(), a.now().Add(time.Hour))
		return err
	})
	if err != nil {
		return err
	}
	if err := b.start(); err != nil {
		return err
	}
	defer b.stop()
	mix := b.mix(rand.New(rand.NewPCG(1, 7)))
	sql, err := b.askPostGIS(mix)
	if err != nil {
		return err
	}
	for _, step := range []func([]benchTile, load.Result, time.Duration) error{b.cold, b.warm, b.notModified, b.crowd, b.edit, b.storm} {
		if err := step(mix, sql, c.Lasts); err != nil {
			return err
		}
	}
	if c.Table == "" {
		return nil
	}
	return os.WriteFile(c.Table, []byte(b.table()), 0o644)
}

// start serves on a free port of this machine with nothing kept.
func (b *tileBench) start() error {
	b.api = httpapi.New(httpapi.Options{DB: b.db, Layers: b.set, Log: b.log})
	if err := b.api.Warm(b.ctx, b.cli.District); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.address = listener.Addr().String()
	b.server = &http.Server{Handler: b.api.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go earlyreply.Serve(b.server, listener, b.api.KeptTile)
	return nil
}

func (b *tileBench) stop() {
	b.server.Close()
	b.api.Close()
}

// benchTile is a tile of a set.
type benchTile struct {
	set string
	maptile.Tile
}

func (t benchTile) path() string { return fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", t.set, t.Z, t.X, t.Y) }

// mix is heat from zoom 10 to 14 and places from 12 to 16, each tile once, in an
// order in which nobody would ask.
func (b *tileBench) mix(r *rand.Rand) []benchTile {
	var out []benchTile
	bound := orb.Bound{Min: orb.Point{121.305, 31.276}, Max: orb.Point{121.512, 31.511}}
	add := func(set string, z maptile.Zoom, most int) {
		var all []benchTile
		for _, t := range tiles.Covering(bound, z) {
			all = append(all, benchTile{set, t})
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		out = append(out, all[:min(most, len(all))]...)
	}
	for z := maptile.Zoom(10); z <= 14; z++ {
		add("heat", z, 160)
	}
	for _, d := range b.set.All() {
		if d.Inspected || d.Layer == "building" {
			for z := maptile.Zoom(max(12, d.Zoom.Min)); int(z) <= min(16, d.Zoom.Max); z++ {
				add(d.Layer, z, 60)
			}
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func (b *tileBench) requests(mix []benchTile, headers ...string) [][]byte {
	out := make([][]byte, len(mix))
	for i, t := range mix {
		out[i] = load.Request(t.path(), b.address, b.token, headers...)
	}
	return out
}

// cold asks a server that has nothing for every tile of the mix once.
func (b *tileBench) cold(mix []benchTile, sql load.Result, _ time.Duration) error {
	if _, err := load.Run(b.ctx, b.address, b.clients, b.requests(mix[:50]), 0); err != nil { // the process is warm, the cache is not
		return err
	}
	b.stop()
	if err := b.start(); err != nil {
		return err
	}
	r, err := load.Run(b.ctx, b.address, b.clients, b.requests(mix, "Accept-Encoding", "gzip"), 0)
	if err != nil {
		return err
	}
	b.say("cold x-stasmvt %.1f (%.0f req/s of %d tiles, %.1f kB each as gzip; ST_AsMVT %.0f req/s of %d of them)", r.Rate()/sql.Rate(), r.Rate(), r.Requests, float64(r.Bytes)/1000/float64(r.Requests), sql.Rate(), sql.Requests)
	b.say("cold p99-ms %.2f (p50 %.2f; ST_AsMVT p99 %.2f, p50 %.2f; %d clients)", ms(r.P99), ms(r.P50), ms(sql.P99), ms(sql.P50), b.clients)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// warm asks for the same tiles again and again.
func (b *tileBench) warm(mix []benchTile, _ load.Result, lasts time.Duration) error {
	// What is hot is packed once, in the background: not while it is measured.
	if _, err := load.Run(b.ctx, b.address, b.busy, b.requests(mix, "Accept-Encoding", "gzip"), lasts); err != nil {
		return err
	}
	time.Sleep(lasts)
	if b.profile != "" {
		f, err := os.Create(b.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	r, err := load.Run(b.ctx, b.address, b.busy, b.requests(mix, "Accept-Encoding", "gzip"), lasts)
	if err != nil {
		return err
	}
	bare, err := b.bare(int(r.Bytes)/r.Requests, lasts)
	if err != nil {
		return err
	}
	b.say("warm req/s %.0f (p50 %.2f ms, p99 %.2f ms, %.0f MB/s, %d clients; net/http with one answer of that size %.0f)", r.Rate(), ms(r.P50), ms(r.P99), float64(r.Bytes)/1e6/r.Took.Seconds(), b.busy, bare.Rate())
	return nil
}

// bare is what net/http answers that has nothing to do: a body of so many bytes,
// or 304 if none.
func (b *tileBench) bare(size int, lasts time.Duration) (load.Result, error) {
	body, length := make([]byte, size), []string{strconv.Itoa(size)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return load.Result{}, err
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if size == 0 {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header()["Content-Length"] = length
		w.Write(body)
	})}
	go server.Serve(listener)
	defer server.Close()
	address := listener.Addr().String()
	return load.Run(b.ctx, address, b.busy, [][]byte{load.Request("/", address, b.token)}, lasts)
}

// notModified asks for tiles that the client has.
func (b *tileBench) notModified(mix []benchTile, _ load.Result, lasts time.Duration) error {
	c, err := load.Dial(b.ctx, b.address)
	if err != nil {
		return err
	}
	defer c.Close()
	requests := make([][]byte, len(mix))
	for i, t := range mix {
		a, err := c.Do(load.Request(t.path(), b.address, b.token))
		if err != nil {
			return err
		}
		requests[i] = load.Request(t.path(), b.address, b.token, "If-None-Match", a.ETag)
	}
	r, err := load.Run(b.ctx, b.address, b.busy, requests, lasts)
	if err != nil {
		return err
	}
	bare, err := b.bare(0, lasts)
	if err != nil {
		return err
	}
	if r.Statuses[http.StatusNotModified] != r.Requests {
		return fmt.Errorf("of tiles that did not change: %v", r.Statuses)
	}
	b.say("304 req/s %.0f (p50 %.2f ms, p99 %.2f ms, %d clients; net/http with nothing but a 304 %.0f)", r.Rate(), ms(r.P50), ms(r.P99), b.busy, bare.Rate())
	return nil
}

// crowd lets a hundred clients ask for one tile that nobody has.
func (b *tileBench) crowd(mix []benchTile, _ load.Result, _ time.Duration) error {
	request := load.Request(benchTile{"heat", maptile.At(orb.Point{121.4, 31.4}, 11)}.path()+"?severity=2", b.address, b.token)
	before := b.api.Tiles().Drawn.Load()
	r, err := load.Run(b.ctx, b.address, 100, slices.Repeat([][]byte{request}, 100), 0)
	if err != nil {
		return err
	}
	b.say("crowd encodes %d (100 clients ask for one cold tile; p99 %.2f ms)", b.api.Tiles().Drawn.Load()-before, ms(r.P99))
	return nil
}

// edit reports hazards and asks for the tile under each until it shows it.
func (b *tileBench) edit(_ []benchTile, _ load.Result, _ time.Duration) error {
	places, err := b.somePlaces(60)
	if err != nil {
		return err
	}
	c, err := load.Dial(b.ctx, b.address)
	if err != nil {
		return err
	}
	defer c.Close()
	var took []time.Duration
	for _, p := range places {
		request := load.Request(benchTile{"heat", maptile.At(orb.Point{p.Lon, p.Lat}, 14)}.path(), b.address, b.token)
		was, err := c.Do(request)
		if err != nil {
			return err
		}
		before := was.ETag
		body, err := json.Marshal(map[string]any{"id": uuid.New(), "type": "clutter", "severity": 2, "state": "discovered", "place": p.ID, "discovered_at": b.now(), "origin": "12345", "description": "bench"})
		if err != nil {
			return err
		}
		began := time.Now()
		if err := b.post("/api/hazards", body); err != nil {
			return err
		}
		for {
			is, err := c.Do(request)
			if err != nil {
				return err
			}
			if is.ETag != before {
				break
			}
			if time.Since(began) > 10*time.Second {
				return errors.New("an edit is not visible after ten seconds")
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.say("edit p99-ms %.1f (p50 %.1f; from sending a hazard to having the tile that shows it)", ms(took[len(took)*99/100]), ms(took[len(took)/2]))
	return nil
}

type somePlace struct {
	ID       uuid.UUID
	Lon, Lat float64
}

func (b *tileBench) somePlaces(n int) ([]somePlace, error) {
	raw, err := b.get(fmt.Sprintf("/api/places?layer=street-shop&limit=%d", n))
	if err != nil {
		return nil, err
	}
	var page struct{ Items []somePlace }
	if err := json.Unmarshal(raw, &page); err != nil || len(page.Items) == 0 {
		return nil, fmt.Errorf("%d places, %w", len(page.Items), err)
	}
	return page.Items, nil
}

func (b *tileBench) get(path string) ([]byte, error) { return b.ask(http.MethodGet, path, nil) }

func (b *tileBench) post(path string, body []byte) error {
	_, err := b.ask(http.MethodPost, path, body)
	return err
}

func (b *tileBench) ask(method, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(b.ctx, method, "http://"+b.address+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %s", method, path, a.StatusCode, raw)
	}
	return raw, err
}

// storm lets clients pan: each asks for a screen of tiles that nobody has and
// leaves after a few milliseconds. Nothing may go on when the last has left.
func (b *tileBench) storm(mix []benchTile, _ load.Result, _ time.Duration) error {
	b.stop()
	if err := b.start(); err != nil {
		return err
	}
	before := b.api.Tiles().Drawn.Load()
	var all sync.WaitGroup
	failed := make([]error, b.clients)
	asked := 0
	for w := range b.clients {
		r := rand.New(rand.NewPCG(3, uint64(w)))
		asked += 50 * 12
		all.Go(func() {
			for range 50 {
				var screen []*load.Client
				for range 12 {
					c, err := load.Dial(b.ctx, b.address)
					if err == nil {
						err = c.Send(load.Request(mix[r.IntN(len(mix))].path(), b.address, b.token))
					}
					if err != nil {
						failed[w] = err
						return
					}
					screen = append(screen, c)
				}
				time.Sleep(time.Duration(r.IntN(4000)) * time.Microsecond)
				for _, c := range screen {
					c.Close()
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond)
	left := b.api.Tiles().Waiting()
	drawn := b.api.Tiles().Drawn.Load()
	time.Sleep(300 * time.Millisecond)
	b.say("storm encodes %d (of %d requests, all left within 4 ms; %d were dropped before they began, %d waited and %d were drawn 200 ms after the last had left)", drawn-before, asked,
		b.api.Tiles().Dropped.Load(), left, b.api.Tiles().Drawn.Load()-drawn)
	return nil
}

// table is the results in Markdown.
func (b *tileBench) table() string {
	var out strings.Builder
	out.WriteString("| figure | value |\n| --- | --- |\n")
	for _, line := range b.lines {
		words := strings.SplitN(line, " ", 4)
		fmt.Fprintf(&out, "| %s %s | **%s** %s |\n", words[0], words[1], words[2], strings.Join(words[3:], " "))
	}
	return out.String()
}

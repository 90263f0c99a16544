package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

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
	Profile string        `help:"Write CPU profiles of the cold and the warm run into this folder."`
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

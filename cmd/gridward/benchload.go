package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/internal/load"
)

// cold asks a server that has nothing for every tile of the mix once.
func (b *tileBench) cold(mix []benchTile, sql load.Result, _ time.Duration) error {
	if _, err := load.Run(b.ctx, b.address, b.clients, b.requests(mix[:50]), 0); err != nil { // the process is warm, the cache is not
		return err
	}
	b.stop()
	if err := b.start(); err != nil {
		return err
	}
	runtime.GC() // what loading left is not of this run
	r, err := b.profiled("cold", b.clients, b.requests(mix, "Accept-Encoding", "gzip"), 0)
	if err != nil {
		return err
	}
	b.say("cold x-stasmvt %.1f (%.0f req/s of %d tiles, %.1f kB each as gzip; ST_AsMVT %.0f req/s of %d of them)", r.Rate()/sql.Rate(), r.Rate(), r.Requests, float64(r.Bytes)/1000/float64(r.Requests), sql.Rate(), sql.Requests)
	b.say("cold p99-ms %.2f (p50 %.2f; ST_AsMVT p99 %.2f, p50 %.2f; %d clients)", ms(r.P99), ms(r.P50), ms(sql.P99), ms(sql.P50), b.clients)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// profiled is a run with a CPU profile, where one is asked for.
func (b *tileBench) profiled(name string, clients int, requests [][]byte, lasts time.Duration) (load.Result, error) {
	if b.profile != "" {
		f, err := os.Create(filepath.Join(b.profile, name+".prof"))
		if err != nil {
			return load.Result{}, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return load.Result{}, err
		}
		defer pprof.StopCPUProfile()
	}
	return load.Run(b.ctx, b.address, clients, requests, lasts)
}

// warm asks for the same tiles again and again.
func (b *tileBench) warm(mix []benchTile, _ load.Result, lasts time.Duration) error {
	// What is hot is packed once, in the background: not while it is measured.
	if _, err := load.Run(b.ctx, b.address, b.busy, b.requests(mix, "Accept-Encoding", "gzip"), lasts); err != nil {
		return err
	}
	time.Sleep(lasts)
	r, err := b.profiled("warm", b.busy, b.requests(mix, "Accept-Encoding", "gzip"), lasts)
	if err != nil {
		return err
	}
	bare, err := load.Floor(b.ctx, b.busy, int(r.Bytes)/r.Requests, lasts)
	if err != nil {
		return err
	}
	b.say("warm req/s %.0f (p50 %.2f ms, p99 %.2f ms, %.0f MB/s, %d clients; net/http with one answer of that size %.0f)", r.Rate(), ms(r.P50), ms(r.P99), float64(r.Bytes)/1e6/r.Took.Seconds(), b.busy, bare.Rate())
	return nil
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
	bare, err := load.Floor(b.ctx, b.busy, 0, lasts)
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

package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"sync"

	"github.com/paulmach/orb/maptile"

	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/tiles"
	"gridward/tiles/pmtiles"
)

// Export is every tile of some sets of a district, as whoever may only look sees them
type Export struct {
	Info  pmtiles.Info
	Tiles []maptile.Tile // those that may show something, in the order of an archive
	draw  func(maptile.Tile) (tiles.Tile, error)
}

// Export says what an archive of tile sets, with commas between, has from a zoom
// to another.
func (s *Server) Export(ctx context.Context, district, sets string, minZoom, maxZoom int) (*Export, error) {
	l, err := s.live(ctx, district)
	if err != nil {
		return nil, err
	}
	a := &asker{Principal: &auth.Principal{Role: auth.Viewer, District: district}, live: l, view: l.view(), scope: postgres.Scope{District: district, Actor: "export"}}
	set, ok := s.tileSetOf(a, sets)
	if !ok {
		return nil, fmt.Errorf("%q names a layer that is not there, or one twice; GET /api/layers lists the layers", sets)
	}
	bound, ok := a.view.unitTiles.Bound(nil)
	if !ok {
		return nil, fmt.Errorf("district %s has no units", district)
	}
	out := &Export{draw: func(t maptile.Tile) (tiles.Tile, error) {
		q := &query{ctx: ctx, values: url.Values{}}
		p := set.plan(q, tiles.Mercator(t))
		if q.err != nil {
			return tiles.Tile{}, q.err
		}
		return p.draw()
	}}
	lo, hi := max(minZoom, set.min), min(maxZoom, set.max)
	for z := maptile.Zoom(lo); int(z) <= hi; z++ {
		out.Tiles = append(out.Tiles, tiles.Covering(bound, z)...)
	}
	if len(out.Tiles) == 0 {
		return nil, fmt.Errorf("%s has tiles from zoom %d to %d, and none from %d to %d", sets, set.min, set.max, minZoom, maxZoom)
	}
	slices.SortFunc(out.Tiles, func(a, b maptile.Tile) int { return cmp.Compare(pmtiles.ID(a), pmtiles.ID(b)) })
	out.Info = pmtiles.Info{MinZoom: uint8(lo), MaxZoom: uint8(hi), Bounds: bound, Center: bound.Center(), CenterZoom: uint8(min(hi, max(lo, 10))),
		Metadata: map[string]any{"name": sets, "format": "pbf", "vector_layers": set.layers, "attribution": a.view.settings["attribution"], "generator": "gridward"}}
	return out, nil
}

// drawnAtOnce is how many tiles are drawn before they are written.
const drawnAtOnce = 256

// Each draws every tile, on every core, and calls fn for each in their order.
func (e *Export) Each(ctx context.Context, fn func(maptile.Tile, []byte) error) error {
	for part := range slices.Chunk(e.Tiles, drawnAtOnce) {
		drawn, failed := make([]tiles.Tile, len(part)), make([]error, len(part))
		var all sync.WaitGroup
		workers := runtime.GOMAXPROCS(0)
		for w := range workers {
			all.Go(func() {
				for i := w; i < len(part) && ctx.Err() == nil; i += workers {
					drawn[i], failed[i] = e.draw(part[i])
				}
			})
		}
		all.Wait()
		for i, t := range part {
			if failed[i] != nil {
				return failed[i]
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := fn(t, drawn[i].Raw); err != nil {
				return err
			}
		}
	}
	return nil
}

package tiles

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// ErrBusy says that more tiles wait to be drawn than can be soon.
var ErrBusy = errors.New("too many tiles wait to be drawn: ask again in a second")

// mostWaiting bounds the tiles that wait to be drawn: at a millisecond each a
// quarter of a second's work for two cores.
const mostWaiting = 512

// Source is how a tile comes about.
type Source struct {
	// Generation is of everything that the tile may depend on: while it is the
	// same, so is the tile, and nothing else is asked.
	Generation uint64
	// Version tells this version of the tile from every other by little work.
	// The same version has the same bytes.
	Version uint64
	Draw    func() (Tile, error)
}

// Cache keeps tiles ready to be sent. A key names a tile, what was asked of it
// and whose scope it was asked for, so no account is ever answered from
// another's. Tiles that changed are found by their versions: nothing is
// invalidated, and nothing stale is sent.
type Cache struct {
	store   *otter.Cache[string, *Ready]
	slots   chan struct{}
	waiting atomic.Int64
	hot     chan *Ready
	stopped context.Context
	stop    context.CancelFunc
	workers sync.WaitGroup

	mu      sync.Mutex
	flights map[string]*flight

	// What happened, for metrics.
	Hits, Misses, Joined, Dropped, Refused, Drawn atomic.Int64
}

// flight is a tile that is being drawn, and how many wait for it.
type flight struct {
	version uint64
	waiters int
	cancel  context.CancelFunc
	done    chan struct{}
	ready   *Ready
	err     error
}

// NewCache keeps up to so many bytes. It must be closed.
func NewCache(bytes uint64) *Cache {
	store := otter.Must(&otter.Options[string, *Ready]{
		MaximumWeight: bytes,
		// Encodings come later: half of the raw bytes each is what they are at most.
		Weigher: func(key string, r *Ready) uint32 { return uint32(len(key) + 5*len(r.raw)/2 + 256) },
	})
	c := &Cache{store: store, slots: make(chan struct{}, runtime.GOMAXPROCS(0)), hot: make(chan *Ready, 256), flights: map[string]*flight{}}
	c.stopped, c.stop = context.WithCancel(context.Background())
	c.workers.Go(c.pack)
	return c
}

// Close ends the work in the background.
func (c *Cache) Close() {
	c.stop()
	c.workers.Wait()
	c.store.StopAllGoroutines()
}

// Fresh is the version of a tile that is kept and known to be of a generation,
// without any work.
func (c *Cache) Fresh(key string, generation uint64) (*Ready, bool) {
	r, ok := c.store.GetIfPresent(key)
	if !ok || r.generation.Load() != generation {
		return nil, false
	}
	c.Hits.Add(1)
	return r, true
}

// Get is the tile, kept or drawn. Who asks for the same version at the same
// time waits for one drawing; a drawing for which nobody waits any more is not
// begun. The error is [ErrBusy], the context's, or the drawing's.
func (c *Cache) Get(ctx context.Context, key string, s Source) (*Ready, error) {
	if r := c.kept(key, &s); r != nil {
		return r, nil
	}
	c.mu.Lock()
	f := c.flights[key]
	if f == nil {
		// One may have landed since: it is kept before it stops being a flight.
		if r := c.kept(key, &s); r != nil {
			c.mu.Unlock()
			return r, nil
		}
	}
	switch {
	case f != nil && f.version == s.Version:
		f.waiters++
		c.mu.Unlock()
		c.Joined.Add(1)
	case c.waiting.Load() >= mostWaiting:
		c.mu.Unlock()
		c.Refused.Add(1)
		return nil, ErrBusy
	default:
		var gone context.Context
		f = &flight{version: s.Version, waiters: 1, done: make(chan struct{})}
		gone, f.cancel = context.WithCancel(c.stopped)
		c.flights[key] = f
		c.waiting.Add(1)
		c.mu.Unlock()
		c.Misses.Add(1)
		go c.fly(gone, key, f, s)
	}
	select {
	case <-f.done:
		return f.ready, f.err
	case <-ctx.Done():
		c.mu.Lock()
		if f.waiters--; f.waiters == 0 {
			f.cancel()
			if c.flights[key] == f {
				delete(c.flights, key) // who comes now begins anew
			}
		}
		c.mu.Unlock()
		return nil, ctx.Err()
	}
}

// kept is the tile if this version of it is kept.
func (c *Cache) kept(key string, s *Source) *Ready {
	r, ok := c.store.GetIfPresent(key)
	if !ok || r.version != s.Version {
		return nil
	}
	r.generation.Store(s.Generation)
	c.Hits.Add(1)
	return r
}

// fly waits for a free core and draws.
func (c *Cache) fly(gone context.Context, key string, f *flight, s Source) {
	defer f.cancel()
	defer close(f.done)
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-gone.Done():
	}
	c.waiting.Add(-1)
	if gone.Err() != nil { // both may have been ready
		c.Dropped.Add(1)
		f.err = gone.Err()
		c.land(key, f)
		return
	}
	tile, err := s.Draw()
	c.Drawn.Add(1)
	if err != nil {
		f.err = err
		c.land(key, f)
		return
	}
	f.ready = &Ready{version: s.Version, tag: Tag(s.Version), raw: tile.Raw, Reduced: tile.Reduced}
	f.ready.generation.Store(s.Generation)
	c.store.Set(key, f.ready)
	c.land(key, f)
}

func (c *Cache) land(key string, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[key] == f {
		delete(c.flights, key)
	}
}

// Waiting is how many tiles wait to be drawn.
func (c *Cache) Waiting() int { return int(c.waiting.Load()) }

package tiles_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"gridward/tiles"
)

func newCache(t testing.TB) *tiles.Cache {
	t.Helper()
	c := tiles.NewCache(1 << 20)
	t.Cleanup(c.Close)
	return c
}

func source(version uint64, draw func() (tiles.Tile, error)) tiles.Source {
	return tiles.Source{Generation: version, Version: version, Draw: draw}
}

// TestOneDrawingForAHundred asks a hundred times at once.
func TestOneDrawingForAHundred(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	var drawings atomic.Int32
	begin := make(chan struct{})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			<-begin
			r, err := c.Get(t.Context(), "k", source(7, func() (tiles.Tile, error) {
				drawings.Add(1)
				time.Sleep(20 * time.Millisecond)
				return tiles.Tile{Raw: []byte("tile")}, nil
			}))
			if err != nil || r.Version() != 7 {
				t.Errorf("%v, %v", r, err)
			}
		})
	}
	close(begin)
	all.Wait()
	if drawings.Load() != 1 {
		t.Errorf("%d drawings", drawings.Load())
	}
	if _, fresh := c.Fresh("k", 7); !fresh {
		t.Error("it is not kept")
	}
	if _, fresh := c.Fresh("k", 8); fresh {
		t.Error("it is fresh for another generation")
	}
	// Another version is drawn, the same one of another generation is not.
	if r, err := c.Get(t.Context(), "k", tiles.Source{Generation: 9, Version: 7, Draw: func() (tiles.Tile, error) { t.Error("drawn again"); return tiles.Tile{}, nil }}); err != nil || r.Version() != 7 {
		t.Errorf("%v, %v", r, err)
	}
	if r, err := c.Get(t.Context(), "k", source(8, func() (tiles.Tile, error) { return tiles.Tile{Raw: []byte("new")}, nil })); err != nil || r.Version() != 8 {
		t.Errorf("%v, %v", r, err)
	}
}

// TestWhoComesLate asks when the drawing may just have ended: it is not drawn again.
func TestWhoComesLate(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	for i := range 3000 {
		var drawings atomic.Int32
		var all sync.WaitGroup
		key := strconv.Itoa(i % 50) // the store never is full
		for range 8 {
			all.Go(func() {
				if _, err := c.Get(t.Context(), key, source(uint64(i), func() (tiles.Tile, error) { drawings.Add(1); return tiles.Tile{}, nil })); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := drawings.Load(); n != 1 {
			t.Fatalf("%d drawings of tile %d", n, i)
		}
	}
}

// TestNobodyWaitsNothingIsDrawn: who leaves before a drawing begins takes it along;
// what is drawn goes on while one is left.
func TestNobodyWaitsNothingIsDrawn(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	hold := make(chan struct{})
	var busy sync.WaitGroup
	for i := range runtime.GOMAXPROCS(0) { // every core draws
		started := make(chan struct{})
		busy.Go(func() {
			if _, err := c.Get(t.Context(), string(rune('a'+i)), source(1, func() (tiles.Tile, error) { close(started); <-hold; return tiles.Tile{}, nil })); err != nil {
				t.Error(err)
			}
		})
		<-started
	}
	var drawn atomic.Bool
	left, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := c.Get(left, "x", source(1, func() (tiles.Tile, error) { drawn.Store(true); return tiles.Tile{}, nil }))
		gone <- err
	}()
	for c.Waiting() == 0 {
		time.Sleep(time.Millisecond)
	}
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for c.Dropped.Load() == 0 && !drawn.Load() {
		time.Sleep(time.Millisecond)
	}
	close(hold)
	busy.Wait()
	if drawn.Load() || c.Dropped.Load() != 1 {
		t.Errorf("drawn %v, %d dropped", drawn.Load(), c.Dropped.Load())
	}
	// Two wait, one leaves.
	left, leave = context.WithCancel(t.Context())
	hold = make(chan struct{})
	draw := func() (tiles.Tile, error) { <-hold; return tiles.Tile{Raw: []byte("y")}, nil }
	go func() {
		_, err := c.Get(left, "y", source(1, draw))
		gone <- err
	}()
	stays := make(chan error)
	go func() {
		r, err := c.Get(t.Context(), "y", source(1, draw))
		if err == nil && r.Empty() {
			err = errors.New("nothing was drawn")
		}
		stays <- err
	}()
	for c.Joined.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	leave()
	<-gone
	close(hold)
	if err := <-stays; err != nil {
		t.Error(err)
	}
}

// TestACrowdIsRefused fills the queue.
func TestACrowdIsRefused(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	hold := make(chan struct{})
	var all sync.WaitGroup
	refused := 0
	for i := range 2000 {
		key := string([]rune{rune('a' + i%26), rune('0' + i/26)})
		waiting := c.Waiting()
		done := make(chan error, 1)
		all.Go(func() {
			_, err := c.Get(t.Context(), key, source(1, func() (tiles.Tile, error) { <-hold; return tiles.Tile{}, nil }))
			done <- err
		})
		for c.Waiting() == waiting && c.Refused.Load() == int64(refused) && i >= 2*runtime.GOMAXPROCS(0) {
			time.Sleep(10 * time.Microsecond)
		}
		if c.Refused.Load() > int64(refused) {
			if err := <-done; !errors.Is(err, tiles.ErrBusy) {
				t.Fatalf("%v", err)
			}
			if refused++; refused == 3 {
				break
			}
		}
	}
	close(hold)
	all.Wait()
	if refused != 3 {
		t.Errorf("%d were refused", refused)
	}
}

// TestCodings unpacks what was packed, in each coding.
func TestCodings(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	raw := bytes.Repeat([]byte("hexagon "), 500)
	r, err := c.Get(t.Context(), "k", source(1, func() (tiles.Tile, error) { return tiles.Tile{Raw: raw}, nil }))
	if err != nil {
		t.Fatal(err)
	}
	unpack := map[tiles.Encoding]func(io.Reader) (io.Reader, error){
		tiles.Plain:  func(r io.Reader) (io.Reader, error) { return r, nil },
		tiles.Gzip:   func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		tiles.Zstd:   func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		tiles.Brotli: func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	}
	seen := map[tiles.Encoding]bool{}
	for deadline := time.Now().Add(5 * time.Second); len(seen) < 4 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		for _, want := range []tiles.Encoding{tiles.Plain, tiles.Gzip, tiles.Zstd, tiles.Brotli} {
			b, got, err := c.Bytes(r, func(e tiles.Encoding) bool { return e == want })
			if err != nil {
				t.Fatal(err)
			}
			if got != want && got != tiles.Plain {
				t.Fatalf("%q, asked for %q", got, want)
			}
			z, err := unpack[got](bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if back, err := io.ReadAll(z); err != nil || !bytes.Equal(back, raw) {
				t.Fatalf("%q: %v", got, err)
			}
			seen[got] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("codings %v: the background packs nothing", seen)
	}
	small, err := c.Get(t.Context(), "s", source(1, func() (tiles.Tile, error) { return tiles.Tile{Raw: raw[:100]}, nil }))
	if err != nil {
		t.Fatal(err)
	}
	if b, e, err := c.Bytes(small, func(tiles.Encoding) bool { return true }); err != nil || e != tiles.Plain || len(b) != 100 {
		t.Errorf("100 bytes are packed: %q %v", e, err)
	}
}

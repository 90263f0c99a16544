package tiles

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Encoding is a content coding of HTTP; empty: none.
type Encoding string

// The codings that tiles have.
const (
	Plain  Encoding = ""
	Gzip   Encoding = "gzip"
	Zstd   Encoding = "zstd"
	Brotli Encoding = "br"
)

// leastPacked is the size from which packing is worth its work, in bytes.
const leastPacked = 200

// hotHits is how often a tile is asked for before it is packed as well as can
// be, in the background.
const hotHits = 3

// Ready is a tile with its bytes in every coding that was asked for. It is
// shared and never changes for whoever looks.
type Ready struct {
	Reduced    bool // features of low risk were left out
	version    uint64
	tag        string
	generation atomic.Uint64
	raw        []byte
	hits       atomic.Int32
	brotli     atomic.Pointer[[]byte]

	mu         sync.Mutex
	gzip, zstd atomic.Pointer[[]byte]
}

// Version is the tile's version, and Tag its weak tag.
func (r *Ready) Version() uint64 { return r.version }

// Tag is the tile's weak tag.
func (r *Ready) Tag() string { return r.tag }

// Empty reports whether nothing is there.
func (r *Ready) Empty() bool { return len(r.raw) == 0 }

// firstLevel packs a tile for whoever waits for it. On tiles it is as fast as
// level 1 and 2-7 % smaller; level 5 takes twice as long for another 5 %.
const firstLevel = 2

var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, firstLevel)
	if err != nil {
		panic(err) // a constant level
	}
	return w
}}

var zstdPacker = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
})

// Bytes is the tile in the best of the codings that a client takes, and which
// one that is.
func (c *Cache) Bytes(r *Ready, takes func(Encoding) bool) ([]byte, Encoding, error) {
	if len(r.raw) < leastPacked {
		return r.raw, Plain, nil
	}
	if r.hits.Add(1) == hotHits {
		select {
		case c.hot <- r:
		default: // many are; it comes again when it is drawn anew
		}
	}
	if b := r.brotli.Load(); b != nil && takes(Brotli) {
		return *b, Brotli, nil
	}
	switch {
	case takes(Zstd):
		b, err := r.packed(&r.zstd, func() ([]byte, error) {
			z, err := zstdPacker()
			if err != nil {
				return nil, err
			}
			return z.EncodeAll(r.raw, make([]byte, 0, len(r.raw)/2)), nil
		})
		return b, Zstd, err
	case takes(Gzip):
		b, err := r.packed(&r.gzip, func() ([]byte, error) {
			var out bytes.Buffer
			out.Grow(len(r.raw) / 2)
			z := packers.Get().(*gzip.Writer)
			defer packers.Put(z)
			z.Reset(&out)
			if _, err := z.Write(r.raw); err != nil {
				return nil, err
			}
			err := z.Close()
			return out.Bytes(), err
		})
		return b, Gzip, err
	}
	return r.raw, Plain, nil
}

// packed packs once, whoever asks.
func (r *Ready) packed(kept *atomic.Pointer[[]byte], pack func() ([]byte, error)) ([]byte, error) {
	if b := kept.Load(); b != nil {
		return *b, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if b := kept.Load(); b != nil {
		return *b, nil
	}
	b, err := pack()
	if err != nil {
		return nil, fmt.Errorf("pack a tile: %w", err)
	}
	kept.Store(&b)
	return b, nil
}

// pack packs hot tiles with Brotli, one after the other.
func (c *Cache) pack() {
	for {
		select {
		case <-c.stopped.Done():
			return
		case r := <-c.hot:
			var out bytes.Buffer
			w := brotli.NewWriterLevel(&out, 5)
			if _, err := w.Write(r.raw); err != nil {
				continue
			}
			if err := w.Close(); err == nil {
				b := out.Bytes()
				r.brotli.Store(&b)
			}
		}
	}
}

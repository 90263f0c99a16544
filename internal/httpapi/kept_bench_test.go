package httpapi_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// quiet is a [http.ResponseWriter] that keeps nothing.
type quiet struct {
	header http.Header
	code   int
}

func (q *quiet) Header() http.Header         { return q.header }
func (q *quiet) WriteHeader(code int)        { q.code = code }
func (q *quiet) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkKeptTile answers with a tile that is kept, and with 304 for one that the
// client has: what the service does itself, beside reading the request, which any
// server does.
func BenchmarkKeptTile(b *testing.B) {
	w := newWorld(b)
	at := maptile.At(orb.Point{121.42, 31.35}, 14)
	path := fmt.Sprintf("/tiles/street-shop/%d/%d/%d.mvt", at.Z, at.X, at.Y)
	tag := w.ask(b, "admin", "GET", path, nil, "Accept-Encoding", "gzip").header.Get("Etag")
	raw := func(more string) []byte {
		return []byte("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + w.tokens["admin"] + "\r\nAccept-Encoding: gzip\r\n" + more + "\r\n")
	}
	read := func(head []byte) *http.Request {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
		if err != nil {
			b.Fatal(err)
		}
		return r
	}
	b.Run("read the request", func(b *testing.B) {
		head, in, lines := raw(""), &bytes.Reader{}, bufio.NewReader(nil)
		b.ReportAllocs()
		for b.Loop() {
			in.Reset(head)
			lines.Reset(in)
			if _, err := http.ReadRequest(lines); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, more := range map[string]string{"kept": "", "304": "If-None-Match: " + tag + "\r\n"} {
		b.Run(name, func(b *testing.B) {
			r, out := read(raw(more)), &quiet{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(out.header)
				if !w.server.KeptTile(out, r) {
					b.Fatal("it is not kept")
				}
			}
		})
	}
}

package load_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gridward/internal/load"
)

// BenchmarkFloor is what net/http answers of nothing and of 5 kB, to a client that does as little: no server written in it does better here.
func BenchmarkFloor(b *testing.B) {
	for name, body := range map[string][]byte{"304": nil, "5kB": make([]byte, 5000)} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body == nil {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				w.Header()["Content-Length"] = []string{"5000"}
				w.Write(body)
			}))
			defer server.Close()
			address := server.Listener.Addr().String()
			var rate float64
			for b.Loop() {
				r, err := load.Run(b.Context(), address, 8, [][]byte{load.Request("/", address, "t")}, 2*time.Second)
				if err != nil {
					b.Fatal(err)
				}
				rate = r.Rate()
			}
			b.ReportMetric(rate, "req/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

package load_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gridward/internal/load"
)

// TestRunAsksForEverythingOnce counts what a server of net/http was asked.
func TestRunAsksForEverythingOnce(t *testing.T) {
	t.Parallel()
	var asked [50]atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscanf(r.URL.Path, "/%d", &n)
		asked[n].Add(1)
		if r.Header.Get("Authorization") != "Bearer t" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("ETag", `W/"x"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write([]byte(strings.Repeat("x", n)))
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	var requests [][]byte
	for n := range asked {
		requests = append(requests, load.Request(fmt.Sprintf("/%d", n), address, "t"))
	}
	r, err := load.Run(t.Context(), address, 4, requests, 0)
	if err != nil || r.Requests != 50 || r.Statuses[200] != 50 || r.Bytes != 49*50/2 || r.P99 < r.P50 || r.Rate() <= 0 {
		t.Errorf("%+v, %v", r, err)
	}
	for n := range asked {
		if asked[n].Load() != 1 {
			t.Errorf("%d was asked %d times", n, asked[n].Load())
		}
	}
	r, err = load.Run(t.Context(), address, 2, [][]byte{load.Request("/1", address, "t", "If-None-Match", `W/"x"`)}, 50*time.Millisecond)
	if err != nil || r.Requests < 10 || r.Statuses[304] != r.Requests {
		t.Errorf("%+v, %v", r, err)
	}
	c, err := load.Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if a, err := c.Do(load.Request("/7", address, "t")); err != nil || a.ETag != `W/"x"` || string(a.Body) != "xxxxxxx" {
		t.Errorf("%+v, %v", a, err)
	}
}

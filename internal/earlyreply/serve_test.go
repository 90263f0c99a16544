package earlyreply_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gridward/internal/earlyreply"
)

// ready answers paths that begin with /ready.
func ready(w http.ResponseWriter, r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/ready") || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return false
	}
	switch r.URL.Path {
	case "/ready/304":
		w.Header().Set("Etag", `W/"1"`)
		w.WriteHeader(http.StatusNotModified)
	case "/ready/nothing":
		w.Header().Set("X-Said", "nothing")
	case "/ready/parts":
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "one, ")
		io.WriteString(w, "two")
	default:
		body := strings.Repeat(r.URL.RawQuery+r.Header.Get("X-Of"), 1+len(r.URL.Path)*400)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		io.WriteString(w, body)
	}
	return true
}

// all is a server's handler that says the same, and answers the rest.
func all(w http.ResponseWriter, r *http.Request) {
	if ready(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %d %x %v", r.Method, r.URL, len(body), body, err)
}

// servers are one of net/http alone and one with early answers, which counts them.
func servers(t testing.TB, set func(*http.Server)) (alone, early string, answered *atomic.Int64) {
	answered = &atomic.Int64{}
	var out [2]string
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(all), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, WriteTimeout: time.Minute}
		if set != nil {
			set(server)
		}
		t.Cleanup(func() { server.Close() })
		out[i] = l.Addr().String()
		if i == 0 {
			go server.Serve(l)
			continue
		}
		go earlyreply.Serve(server, l, func(w http.ResponseWriter, r *http.Request) bool {
			ok := ready(w, r)
			if ok {
				answered.Add(1)
			}
			return ok
		})
	}
	return out[0], out[1], answered
}

var requests = []string{
	"GET /ready/small?a HTTP/1.1\r\nHost: x\r\nX-Of: b\r\n\r\n",
	"GET /ready/a-tile-of-several-kilobytes?abcdefgh HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
	"GET /ready/304 HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /ready/nothing HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /ready/parts HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /other HTTP/1.1\r\nHost: x\r\n\r\n",
	"HEAD /ready/small HTTP/1.1\r\nHost: x\r\n\r\n",
	"POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\nGET /ready/small HTTP/1.1\r\nHost: x\r\n\r\nxx",
	"POST /post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n",
	"GET /ready/body HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
	"GET /ready/long HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("y", 4060) + "\r\n\r\n",
	"GET /ready/longer HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("y", 9000) + "\r\n\r\n",
}

// last end a connection.
var last = []string{
	"",
	"GET /ready/close HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	"GET /ready/old HTTP/1.0\r\n\r\n",
	"GET /ready/hostless HTTP/1.1\r\n\r\n",
	"GET /ready/bare HTTP/1.1\nHost: x\n\n",
	"GET /ready/odd HTTP/1.1\r\nHost: x\r\nX-Odd: \x00\r\n\r\n",
	"GET /ready/odd HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
	"GET /ready/odd HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
	"GET /ready/expects HTTP/1.1\r\nHost: x\r\nExpect: something\r\n\r\n",
	"nonsense\r\n\r\n",
	"GET /ready/half HTTP/1.1\r\nHos",
}

// TestNobodyCanTell sends random requests, in random pieces, some before the last
// was answered, to both servers: they answer the same.
func TestNobodyCanTell(t *testing.T) {
	t.Parallel()
	alone, early, answered := servers(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		picked := rapid.SliceOfN(rapid.SampledFrom(requests), 0, 12).Draw(t, "requests")
		end := rapid.SampledFrom(last).Draw(t, "last")
		seed := rapid.Uint64().Draw(t, "seed")
		waits := rapid.Bool().Draw(t, "waits for answers")
		var said [2]string
		for i, address := range []string{alone, early} {
			said[i] = converse(t, address, picked, end, waits, rand.New(rand.NewPCG(seed, 1)))
		}
		if said[0] != said[1] {
			t.Fatalf("net/http says\n%.3000s\nwith early answers\n%.3000s", said[0], said[1])
		}
	})
	if answered.Load() == 0 {
		t.Error("nothing was answered early")
	}
}

// dial opens a connection that waits for nothing longer than 20 s.
func dial(t interface{ Fatal(...any) }, address string) (net.Conn, *bufio.Reader) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c, bufio.NewReader(c)
}

// converse sends requests and says what came back.
func converse(t *rapid.T, address string, picked []string, end string, waits bool, dice *rand.Rand) string {
	c, in := dial(t, address)
	defer c.Close()
	var out strings.Builder
	send := func(s string) {
		for len(s) > 0 {
			n := len(s)
			if dice.IntN(3) == 0 {
				n = 1 + dice.IntN(n)
			}
			if _, err := io.WriteString(c, s[:n]); err != nil {
				return
			}
			if s = s[n:]; dice.IntN(4) == 0 {
				time.Sleep(time.Duration(dice.IntN(300)) * time.Microsecond)
			}
		}
	}
	receive := func(method string) (answered, closing bool) {
		r, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			out.WriteString("no answer\n")
			return false, true
		}
		body, err := io.ReadAll(r.Body)
		r.Header.Del("Date")
		if r.Header.Get("Content-Type") == "text/plain; charset=utf-8" {
			r.Header.Del("Content-Type") // what net/http guesses
		}
		var lines []string
		for name, values := range r.Header {
			lines = append(lines, fmt.Sprint(name, values))
		}
		slices.Sort(lines)
		fmt.Fprintf(&out, "%d %v %v %d %x %t\n", r.StatusCode, lines, r.Close, len(body), body, err == nil)
		return true, r.Close
	}
	var sending sync.WaitGroup
	if !waits {
		sending.Go(func() { send(strings.Join(picked, "") + end) })
	}
	for _, p := range picked {
		if waits {
			send(p)
		}
		method, _, _ := strings.Cut(p, " ")
		if answered, _ := receive(method); !answered {
			return out.String()
		}
	}
	if end != "" {
		if waits {
			send(end)
		}
		if strings.HasSuffix(end, "Hos") {
			sending.Wait() // or the half would be less to one of them
			c.(*net.TCPConn).CloseWrite()
		}
		if answered, closing := receive(http.MethodGet); answered && closing {
			rest, err := io.ReadAll(in)
			fmt.Fprintf(&out, "then %x %t\n", rest, err == nil)
		}
	}
	return out.String()
}

// TestHalfReadRequests begins a request, of a method of its own, with the last
// bytes of the one before: what follows looks like one that could be answered.
func TestHalfReadRequests(t *testing.T) {
	t.Parallel()
	alone, early, _ := servers(t, nil)
	for _, begun := range []string{"A", "AB", "ABC", "ABCD"} {
		for _, address := range []string{alone, early} {
			c, in := dial(t, address)
			defer c.Close()
			for i, part := range []string{"GET /other HTTP/1.1\r\nHost: x\r\n\r\n" + begun, requests[0]} {
				if _, err := io.WriteString(c, part); err != nil {
					t.Fatal(err)
				}
				r, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(r.Body)
				if want := begun + "GET /ready/small?a 0  <nil>"; i == 1 && string(body) != want {
					t.Errorf("%q is answered with %.40q, %v", begun, body, err)
				}
			}
		}
	}
}

// TestIdleConnections are those that ask nothing, not those answered early.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*http.Server){
		"idle timeout": func(s *http.Server) { s.IdleTimeout = 1500 * time.Millisecond },
		"read timeout": func(s *http.Server) { s.IdleTimeout, s.ReadTimeout = 0, 1500*time.Millisecond },
		"only heads":   func(s *http.Server) { s.IdleTimeout, s.ReadHeaderTimeout = 0, time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, early, answered := servers(t, set)
			c, in := dial(t, early)
			defer c.Close()
			for range 30 { // three seconds
				if _, err := io.WriteString(c, requests[0]); err != nil {
					t.Fatal(err)
				}
				r, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal("a busy connection was closed: ", err)
				}
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					t.Fatal(err)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if answered.Load() != 30 {
				t.Errorf("%d answers were early", answered.Load())
			}
			if name == "only heads" {
				return // nothing ends it
			}
			if _, err := in.ReadByte(); err != io.EOF {
				t.Errorf("an idle connection: %v", err)
			}
		})
	}
}

// TestWhoDoesNotRead is let go when the server's time to write is over, also right
// after an answer of net/http, which takes its deadline back.
func TestWhoDoesNotRead(t *testing.T) {
	t.Parallel()
	_, early, answered := servers(t, func(s *http.Server) { s.WriteTimeout = time.Second })
	c, in := dial(t, early)
	defer c.Close()
	var read int64
	for i, request := range []string{"GET /other HTTP/1.1\r\nHost: x\r\n\r\n", "GET /ready/thirty-megabytes?" + strings.Repeat("x", 3000) + " HTTP/1.1\r\nHost: x\r\n\r\n"} {
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			time.Sleep(3 * time.Second)
		}
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if read, err = io.Copy(io.Discard, r.Body); (err == nil) != (i == 0) {
			t.Errorf("request %d: %d bytes, %v", i, read, err)
		}
	}
	if answered.Load() != 1 {
		t.Errorf("%d answers were early", answered.Load())
	}
}

// TestShutdownWaitsForNobodyWhoDoesNotRead has a minute to write, and does not take it.
func TestShutdownWaitsForNobodyWhoDoesNotRead(t *testing.T) {
	t.Parallel()
	var server *http.Server
	_, early, _ := servers(t, func(s *http.Server) { server = s })
	c, in := dial(t, early)
	defer c.Close()
	io.WriteString(c, "GET /other HTTP/1.1\r\nHost: x\r\n\r\n") // from then on it is idle between requests
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, r.Body)
	io.WriteString(c, "GET /ready/thirty-megabytes?"+strings.Repeat("x", 3000)+" HTTP/1.1\r\nHost: x\r\n\r\n")
	in.Peek(1) // it is being written
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		done <- server.Shutdown(ctx)
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the server waits for a client that does not read")
	}
}

// TestShutdown lets a server shut down while clients are answered early: no answer
// is cut short, and the server does not wait for clients that stay.
func TestShutdown(t *testing.T) {
	t.Parallel()
	var server *http.Server
	_, early, _ := servers(t, func(s *http.Server) { server = s })
	cut := make(chan error, 8)
	for range 8 {
		go func() {
			c, err := net.Dial("tcp", early)
			if err != nil {
				cut <- err
				return
			}
			defer c.Close()
			in := bufio.NewReader(c)
			for {
				if _, err := io.WriteString(c, requests[1]); err != nil {
					cut <- nil
					return
				}
				r, err := http.ReadResponse(in, nil)
				if err != nil {
					cut <- nil // before an answer began
					return
				}
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					cut <- fmt.Errorf("an answer was cut short: %w", err)
					return
				}
			}
		}()
	}
	time.Sleep(200 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	for range 8 {
		if err := <-cut; err != nil {
			t.Error(err)
		}
	}
}

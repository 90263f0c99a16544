// Package load asks an HTTP server on the same machine many things at once, at
// little cost of its own: what is measured shares the cores with whoever
// measures. It speaks HTTP/1.1 over connections that are kept, reads answers
// that say their length, and nothing else.
package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Client is one connection. It is for one goroutine.
type Client struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

// Answer is what a server said; Body is valid until the next request.
type Answer struct {
	Status int
	ETag   string
	Body   []byte
}

// Dial opens a connection.
func Dial(ctx context.Context, address string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return &Client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// Close ends the connection, whatever is under way on it.
func (c *Client) Close() error { return c.conn.Close() }

// Request is a GET as bytes.
func Request(path, host, token string, headers ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n", path, host, token)
	for i := 0; i+1 < len(headers); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", headers[i], headers[i+1])
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// Send sends a request without waiting for its answer.
func (c *Client) Send(request []byte) error {
	_, err := c.conn.Write(request)
	return err
}

// errAnswer says that an answer is not what this package reads.
var errAnswer = errors.New("load: the answer is not HTTP/1.1 with a length")

// Do sends a request and reads its answer.
func (c *Client) Do(request []byte) (Answer, error) {
	if err := c.Send(request); err != nil {
		return Answer{}, fmt.Errorf("load: %w", err)
	}
	var a Answer
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return a, fmt.Errorf("load: %w", err)
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return a, errAnswer
	}
	if a.Status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, errAnswer
	}
	length := -1
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return a, fmt.Errorf("load: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return a, errAnswer
			}
		case bytes.EqualFold(name, []byte("ETag")):
			a.ETag = string(value)
		}
	}
	if a.Status == 304 || a.Status == 204 {
		return a, nil
	}
	if length < 0 {
		return a, errAnswer
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	a.Body = c.body[:length]
	_, err = io.ReadFull(c.in, a.Body)
	return a, err
}

// Result is what a run measured.
type Result struct {
	Requests int
	Bytes    int64
	Took     time.Duration
	P50, P99 time.Duration
	Statuses map[int]int
}

// Rate is requests a second.
func (r Result) Rate() float64 { return float64(r.Requests) / r.Took.Seconds() }

// Measure lets workers do n things, each once, or until a time has passed if that
// is not zero: then they begin anew at the end. Each i is done by one worker.
func Measure(ctx context.Context, workers, n int, lasts time.Duration, do func(worker, i int) error) (Result, error) {
	var next atomic.Int64
	var all sync.WaitGroup
	times, failed := make([][]time.Duration, workers), make([]error, workers)
	began := time.Now()
	for w := range workers {
		all.Go(func() {
			for failed[w] == nil && ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if (lasts == 0 && i >= n) || (lasts > 0 && time.Since(began) >= lasts) {
					return
				}
				sent := time.Now()
				if failed[w] = do(w, i%n); failed[w] == nil {
					times[w] = append(times[w], time.Since(sent))
				}
			}
		})
	}
	all.Wait()
	out := Result{Took: time.Since(began), Statuses: map[int]int{}}
	every := slices.Concat(times...)
	if out.Requests = len(every); out.Requests > 0 {
		slices.Sort(every)
		out.P50, out.P99 = every[len(every)/2], every[len(every)*99/100]
	}
	return out, errors.Join(append(failed, ctx.Err())...)
}

// Run lets clients ask for requests as [Measure] lets workers do things.
func Run(ctx context.Context, address string, clients int, requests [][]byte, lasts time.Duration) (Result, error) {
	conns, statuses, bytesOf := make([]*Client, clients), make([]map[int]int, clients), make([]int64, clients)
	for i := range conns {
		c, err := Dial(ctx, address)
		if err != nil {
			return Result{}, err
		}
		defer c.Close()
		conns[i], statuses[i] = c, map[int]int{}
	}
	out, err := Measure(ctx, clients, len(requests), lasts, func(w, i int) error {
		a, err := conns[w].Do(requests[i])
		if err == nil {
			statuses[w][a.Status]++
			bytesOf[w] += int64(len(a.Body))
		}
		return err
	})
	for w := range conns {
		for code, n := range statuses[w] {
			out.Statuses[code] += n
		}
		out.Bytes += bytesOf[w]
	}
	return out, err
}

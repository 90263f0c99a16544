package earlyreply

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
)

// mostHead bounds the head of a request that is answered early.
const mostHead = 4096

// conn is a connection that answers what it can when net/http wants to read the
// next request. Only the goroutine that reads uses its fields.
type conn struct {
	net.Conn
	server  *http.Server
	replies Replies
	heads   *heads

	// between says that the last request is over and nothing was asked since.
	between bool
	// room is the size of net/http's buffer, known from the first read of a
	// connection. A read for less finds a part of a request in it.
	room    int
	given   []byte // what was read and is net/http's
	in      [mostHead]byte
	head    bytes.Reader
	lines   *bufio.Reader
	answer  answer
	touched time.Time // when deadlines were last moved

	writing sync.Mutex // held while an early answer is written: closing waits for it
}

// Read gives net/http the next bytes that it has to answer.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.given) > 0 {
		n := copy(p, c.given)
		c.given = c.given[n:]
		return n, nil
	}
	if c.room == 0 {
		c.room, c.between = len(p), true
	}
	if !c.between || len(p) != c.room {
		c.between = false
		return c.Conn.Read(p)
	}
	c.between = false
	for {
		n, err := c.Conn.Read(c.in[:])
		if err != nil {
			return n, err
		}
		if !c.reply(c.in[:n]) {
			c.given, c.touched = c.in[:n], time.Time{} // net/http has deadlines of its own
			return c.Read(p)
		}
	}
}

// lastWrite is how long an early answer may still be written when the connection
// is to be closed.
const lastWrite = time.Second

// Close waits for an early answer to be written, but not long. A server that shuts
// down closes connections between requests, and takes this one for such.
func (c *conn) Close() error {
	if !c.writing.TryLock() {
		c.Conn.SetWriteDeadline(time.Now().Add(lastWrite))
		c.writing.Lock()
	}
	defer c.writing.Unlock()
	return c.Conn.Close()
}

var (
	aGet      = []byte("GET /")
	endOfHead = []byte("\r\n\r\n")
)

// reply answers a request; false if it is net/http's.
func (c *conn) reply(head []byte) bool {
	if !bytes.HasPrefix(head, aGet) || bytes.Index(head, endOfHead) != len(head)-len(endOfHead) {
		return false
	}
	r := c.heads.get(head)
	known := r != nil
	if !known {
		if r = c.read(head); r == nil {
			return false
		}
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	now := time.Now()
	c.touch(now)
	c.answer.begin(c.Conn, now)
	if !c.replies(&c.answer, r) {
		return false
	}
	if c.answer.end() != nil {
		c.Conn.Close() // the next read says so
	}
	if !known {
		c.heads.put(head, r)
	}
	return true
}

// read reads a head; nil where net/http is to read it.
func (c *conn) read(head []byte) *http.Request {
	if !plain(head) {
		return nil
	}
	c.head.Reset(head)
	if c.lines == nil {
		c.lines = bufio.NewReaderSize(&c.head, mostHead)
	}
	c.lines.Reset(&c.head)
	r, err := http.ReadRequest(c.lines)
	if err != nil || r.ProtoMajor != 1 || r.ProtoMinor != 1 || r.Close || r.Host == "" || r.ContentLength != 0 || len(r.TransferEncoding) > 0 {
		return nil
	}
	if !httpguts.ValidHostHeader(r.Host) {
		return nil
	}
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			return nil
		}
		switch name {
		case "Connection":
			if len(values) > 1 || !strings.EqualFold(values[0], "keep-alive") {
				return nil
			}
		case "Expect", "Upgrade":
			return nil
		}
	}
	return r
}

// touch moves the deadlines of a connection that net/http takes for idle.
func (c *conn) touch(now time.Time) {
	if now.Sub(c.touched) < time.Second {
		return
	}
	c.touched = now
	idle := c.server.IdleTimeout
	if idle == 0 {
		idle = c.server.ReadTimeout
	}
	var until time.Time // a new connection has that of its first head, which must go
	if idle > 0 {
		until = now.Add(idle)
	}
	c.Conn.SetReadDeadline(until)
	if c.server.WriteTimeout > 0 {
		c.Conn.SetWriteDeadline(now.Add(c.server.WriteTimeout))
	}
}

// plain reports whether a head is printable ASCII in lines that end with CR LF:
// what is not leaves room for two readings.
func plain(head []byte) bool {
	for i, b := range head {
		switch {
		case b >= ' ' && b < 0x7f:
		case b == '\r' && i+1 < len(head) && head[i+1] == '\n':
		case b == '\n' && i > 0 && head[i-1] == '\r':
		default:
			return false
		}
	}
	return true
}

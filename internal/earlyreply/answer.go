package earlyreply

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// copied bounds the bodies that are copied behind their heads, to be written at
// once; longer ones are written from where they lie.
const copied = 16 << 10

// answer is a [http.ResponseWriter] that writes head and body at once.
type answer struct {
	conn   net.Conn
	header http.Header
	out    []byte
	waits  []byte // a body without a length
	code   int
	sent   bool
	err    error
	second int64  // of date
	date   []byte // what a Date header says in that second
}

var errLength = errors.New("earlyreply: a body is not as long as its Content-Length")

// begin makes it ready for the next request.
func (a *answer) begin(c net.Conn, now time.Time) {
	a.conn, a.code, a.sent, a.err, a.waits = c, 0, false, nil, a.waits[:0]
	if a.header == nil {
		a.header = http.Header{}
	}
	clear(a.header)
	if now.Unix() != a.second {
		a.second, a.date = now.Unix(), now.UTC().AppendFormat(a.date[:0], http.TimeFormat)
	}
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
	}
}

// Write writes a body of the length that the header says; what comes without a
// length waits for its end.
func (a *answer) Write(body []byte) (int, error) {
	switch length := a.header["Content-Length"]; {
	case a.err != nil:
		return 0, a.err
	case a.sent || len(length) > 0 && length[0] != strconv.Itoa(len(body)):
		a.err = errLength
		return 0, a.err
	case len(length) == 0:
		a.waits = append(a.waits, body...)
		return len(body), nil
	}
	a.send(body)
	return len(body), a.err
}

// end writes what was not written yet.
func (a *answer) end() error {
	if a.sent || a.err != nil {
		return a.err
	}
	if bodies := a.code != http.StatusNoContent && a.code != http.StatusNotModified; bodies {
		a.header["Content-Length"] = []string{strconv.Itoa(len(a.waits))}
	}
	a.send(a.waits)
	return a.err
}

// send writes head and body.
func (a *answer) send(body []byte) {
	a.sent = true
	if a.code == 0 {
		a.code = http.StatusOK
	}
	a.out = append(a.out[:0], "HTTP/1.1 "...)
	a.out = strconv.AppendInt(a.out, int64(a.code), 10)
	a.out = append(append(append(a.out, ' '), http.StatusText(a.code)...), "\r\nDate: "...)
	a.out = append(append(a.out, a.date...), "\r\n"...)
	for name, values := range a.header {
		for _, v := range values {
			a.out = append(append(append(append(a.out, name...), ": "...), v...), "\r\n"...)
		}
	}
	a.out = append(a.out, "\r\n"...)
	if len(body) <= copied {
		a.out = append(a.out, body...)
		_, a.err = a.conn.Write(a.out)
		return
	}
	parts := net.Buffers{a.out, body}
	_, a.err = parts.WriteTo(a.conn)
}

// Package earlyreply answers simple requests of an HTTP/1.1 connection before
// [net/http] sees them, with handlers of net/http's own shape.
//
// A server of net/http starts a goroutine for every request that watches for the
// client to leave, sets and takes back deadlines, and writes an answer over 4 kB
// in two parts: that is right for whatever has to wait, and more than half of the
// cost where an answer lies ready. Here a connection that waits between two
// requests looks at the next one itself. What it cannot answer at once, and
// whatever is not one whole GET without a body, it gives to net/http, byte for
// byte as it came: early answers may be left out at any time without a client
// being able to tell.
package earlyreply

import (
	"net"
	"net/http"
)

// Replies answers a request at once or, having written nothing, reports false. It
// may not change the request, which others share that come with the same bytes and
// so has no address or context of its own, and is to say an answer's Content-Length.
type Replies func(w http.ResponseWriter, r *http.Request) bool

// Serve is server.Serve with early answers. It sets the server's ConnState.
func Serve(server *http.Server, l net.Listener, replies Replies) error {
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if early, ok := c.(*conn); ok && state == http.StateIdle {
			early.between = true // by the goroutine that reads
		}
	}
	return server.Serve(&listener{Listener: l, server: server, replies: replies})
}

type listener struct {
	net.Listener
	server  *http.Server
	replies Replies
	heads   heads
}

// Accept waits for a connection.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, server: l.server, replies: l.replies, heads: &l.heads}, nil
}

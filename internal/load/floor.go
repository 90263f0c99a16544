package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Floor is what net/http answers that has nothing to do, to clients that do as
// little: always the same body of so many bytes, or 304 if none. No server written
// in it does better on this machine.
func Floor(ctx context.Context, clients, size int, lasts time.Duration) (Result, error) {
	body, length := make([]byte, size), []string{strconv.Itoa(size)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Result{}, fmt.Errorf("load: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if size == 0 {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header()["Content-Length"] = length
		w.Write(body)
	})}
	go server.Serve(listener)
	defer server.Close()
	address := listener.Addr().String()
	return Run(ctx, address, clients, [][]byte{Request("/", address, "t")}, lasts)
}

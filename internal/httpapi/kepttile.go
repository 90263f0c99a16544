package httpapi

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"gridward/internal/auth"
)

// KeptTile answers with a tile that is kept for the asker and still is what
// it was; false if there is none, and then nothing was written. A dashboard asks
// for hundreds of them at a time: routing, and a request copied for each thing that
// is put into its context, cost as much as all the rest. Servers may let it answer
// before net/http sees the request; [Server.Handler] asks it first in any case.
func (s *Server) KeptTile(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/tiles/") {
		return false
	}
	media, route := asTile, tileRoute
	switch {
	case strings.HasSuffix(r.URL.Path, ".h3t"):
		media, route = asColumns, columnsRoute
	case !strings.HasSuffix(r.URL.Path, ".mvt"):
		return false
	}
	began := time.Now()
	token, err := bearer(r)
	if err != nil {
		return false
	}
	p, ok := s.verifier.Remembered(token, s.now())
	if !ok || !p.Role.Can(auth.Read) {
		return false
	}
	s.mu.Lock()
	l := s.lives[p.District]
	s.mu.Unlock()
	if l == nil || l.view() == nil {
		return false
	}
	a := asker{Principal: p, live: l}
	a.scope.District, a.scope.Units = p.District, p.Scope
	ready, fresh := s.tileCache.Fresh(a.tileKey(r), l.generation.Load())
	if !fresh {
		return false
	}
	id := uuid.NewString()
	h := w.Header()
	greet(h, id)
	h["Vary"] = byAsker
	out := status{ResponseWriter: w}
	if err := s.sendTile(&out, r, media, ready, ready.Tag()); err != nil {
		s.writeProblem(&out, r, err)
	}
	took := time.Since(began)
	s.metrics.requests.WithLabelValues(route, strconv.Itoa(out.code)).Inc()
	s.metrics.seconds.WithLabelValues(route).Observe(took.Seconds())
	if s.log.Enabled(r.Context(), slog.LevelDebug) {
		s.log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("request", id), slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", out.code), slog.Duration("took", took))
	}
	return true
}

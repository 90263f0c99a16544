package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"gridward/internal/postgres"
)

type requestKey struct{}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// metrics are the service's own figures; routes are named by their template,
// so a client cannot make new series.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	reduced  prometheus.Counter
}

func newMetrics(db *postgres.DB) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gridward_http_requests_total", Help: "Requests by route and status."}, []string{"route", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "gridward_http_seconds", Help: "Time to answer by route.", Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 11)}, []string{"route"}),
		reduced:  prometheus.NewCounter(prometheus.CounterOpts{Name: "gridward_tiles_reduced_total", Help: "Tiles from which features of low risk were left out."}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.reduced, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), db.Collector())
	return m
}

// status remembers what was answered.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	if s.code == 0 {
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Write(b []byte) (int, error) {
	if s.code == 0 {
		s.code = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Headers of every answer. They are shared: whoever wants another value sets it,
// and nobody adds to one.
var (
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	anyOrigin  = []string{"*"}
	exposed    = []string{"ETag, X-Request-Id, X-Tile-Reduced"}
	byAsker    = []string{"Accept-Encoding, Authorization"} // what tiles vary by
)

// greet sets them, and the request's id.
func greet(h http.Header, id string) {
	h["X-Request-Id"] = []string{id}
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferrer
	// Tokens travel in a header, never in a cookie, so any origin may ask.
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Access-Control-Expose-Headers"] = exposed
}

// around gives each request an id, headers for dashboards elsewhere, a log
// line and its figures, and turns a panic into an answer.
func (s *Server) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := uuid.NewString()
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		h := w.Header()
		greet(h, id)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match")
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		out := &status{ResponseWriter: w}
		defer func() {
			if cause := recover(); cause != nil {
				s.log.Error("panic", "request", id, "path", r.URL.Path, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
				if out.code == 0 {
					s.writeProblem(out, r, fmt.Errorf("panic: %v", cause))
				}
			}
			route := "none"
			if m := mux.CurrentRoute(r); m != nil {
				if t, err := m.GetPathTemplate(); err == nil {
					route = t
				}
			}
			took := time.Since(began)
			s.metrics.requests.WithLabelValues(route, strconv.Itoa(out.code)).Inc()
			s.metrics.seconds.WithLabelValues(route).Observe(took.Seconds())
			if !s.log.Enabled(r.Context(), slog.LevelDebug) {
				return
			}
			s.log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("request", id), slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", out.code), slog.Duration("took", took))
		}()
		next.ServeHTTP(out, r)
	})
}

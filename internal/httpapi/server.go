// Package httpapi is the edge: routes, who asks, reading requests and writing
// answers. Handlers decode, call the domain and encode.
package httpapi

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"gridward/grids/coverage/certificate"
	"gridward/grids/plan"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/tiles"
)

// Server answers requests for every district of a database.
type Server struct {
	db       *postgres.DB
	set      *layers.Set
	log      *slog.Logger
	now      func() time.Time
	verifier *auth.Verifier
	console  func(missing http.Handler) http.Handler
	metrics  *metrics

	tileCache  *tiles.Cache
	layerBytes int

	signingKey func() (ed25519.PrivateKey, error)

	workspaces workspaces
	jobs       jobBoard

	mu    sync.Mutex
	lives map[string]*live // by district
	ctx   context.Context  // ends with the server
	stop  context.CancelFunc
	feeds sync.WaitGroup

	streams    context.Context // ends before the server does
	endStreams context.CancelFunc
}

// Options make a server.
type Options struct {
	DB     *postgres.DB
	Layers *layers.Set
	Log    *slog.Logger
	Now    func() time.Time // nil: the clock
	// TileBytes bounds the tiles that are kept; 0: 256 MB.
	TileBytes uint64
	// LayerBytes bounds what a layer of places holds in memory; larger ones keep
	// where their places are, and read the rest when it is drawn. 0: no bound.
	LayerBytes int
	// KeyFile is where the key lies that signs certificates; it is made when the
	// first certificate is asked for. Empty: none are signed.
	KeyFile string
	// Console makes the handler of the console's files, which gives what it does
	// not have to missing; nil: none.
	Console func(missing http.Handler) http.Handler
}

// New makes a server; Close ends what it keeps running.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{db: o.DB, set: o.Layers, log: o.Log, now: o.Now, console: o.Console, lives: map[string]*live{}, metrics: newMetrics(o.DB), layerBytes: o.LayerBytes}
	if o.TileBytes == 0 {
		o.TileBytes = 256 << 20
	}
	s.tileCache = tiles.NewCache(o.TileBytes)
	s.metrics.registry.MustRegister(tileCollector{s})
	s.workspaces = workspaces{open: map[uuid.UUID]*workspace{}, towns: map[townKey]*plan.Town{}}
	s.jobs = jobBoard{open: map[uuid.UUID]*job{}}
	s.signingKey = sync.OnceValues(func() (ed25519.PrivateKey, error) {
		if o.KeyFile == "" {
			return nil, errors.New("the service was started without a signing key")
		}
		return certificate.LoadOrCreateKey(o.KeyFile)
	})
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.streams, s.endStreams = context.WithCancel(s.ctx)
	s.verifier = auth.NewVerifier(o.DB, s.districtUnit)
	return s
}

// EndStreams ends the answers that would go on for ever, so that whoever stops
// serving need not wait for them.
func (s *Server) EndStreams() { s.endStreams() }

// Close stops listening to the change feeds.
func (s *Server) Close() {
	s.stop()
	s.feeds.Wait()
	s.tileCache.Close()
}

// Tiles is the cache of tiles, for whoever measures it.
func (s *Server) Tiles() *tiles.Cache { return s.tileCache }

// Metrics is the registry behind /metrics.
func (s *Server) Metrics() *prometheus.Registry { return s.metrics.registry }

// districtUnit is the 12-digit code of the unit that a district is.
func (s *Server) districtUnit(ctx context.Context, district string) (string, error) {
	l, err := s.live(ctx, district)
	if err != nil {
		return "", err
	}
	return l.view().district.Code, nil
}

// asker is who asks, with the district's data.
type asker struct {
	*auth.Principal
	view  *view
	live  *live
	scope postgres.Scope
}

// sees is the scope's decision for a row of these units; nil for the whole district.
func (a *asker) sees() func(town, park, community string) bool {
	if len(a.scope.Units) == 0 {
		return nil
	}
	return a.scope.Sees
}

// mayAsk reports whether a unit is the asker's to ask about.
func (a *asker) mayAsk(unit string) bool {
	if len(a.scope.Units) == 0 {
		return true
	}
	for _, u := range a.scope.Units {
		if a.view.tree.Within(unit, u) {
			return true
		}
	}
	return false
}

type handler func(w http.ResponseWriter, r *http.Request, a *asker) error

// as wraps a handler: who asks, whether they may, and what became of it.
func (s *Server) as(action auth.Action, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := s.whoAsks(r)
		if err == nil && !a.Role.Can(action) {
			err = kindForbidden.fail("the role %s may not %s", a.Role, action)
		}
		if err == nil {
			err = h(w, r, a)
		}
		if err != nil {
			s.writeProblem(w, r, err)
		}
	})
}

func (s *Server) whoAsks(r *http.Request) (*asker, error) {
	token, err := bearer(r)
	if err != nil {
		return nil, err
	}
	p, err := s.verifier.Verify(r.Context(), token, s.now())
	if err != nil {
		return nil, err
	}
	l, err := s.live(r.Context(), p.District)
	if err != nil {
		return nil, err
	}
	return &asker{Principal: p, live: l, view: l.view(),
		scope: postgres.Scope{District: p.District, Units: p.Scope, Actor: p.ID.String(), RequestID: requestID(r.Context())}}, nil
}

func bearer(r *http.Request) (string, error) {
	const prefix = "Bearer "
	h := r.Header.Get("Authorization")
	if len(h) <= len(prefix) || h[:len(prefix)] != prefix {
		return "", auth.ErrNoToken
	}
	return h[len(prefix):], nil
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	return writeAs(w, status, "application/json", v)
}

func writeAs(w http.ResponseWriter, status int, kind string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Length", strconv.Itoa(len(raw)+1))
	w.WriteHeader(status)
	w.Write(append(raw, '\n'))
	return nil
}

// parseID reads an id of the path.
func parseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil {
		return id, badRequest("%q is not an id: a UUID is wanted", s)
	}
	return id, nil
}

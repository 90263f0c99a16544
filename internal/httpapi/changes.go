package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb/maptile"

	"gridward/tiles"
)

// How changes are told: at most so often, with a comment in between that keeps
// the line open.
const (
	changesEvery = 400 * time.Millisecond
	changesAlive = 15 * time.Second
	// changesZoom is the zoom of the tiles that are named: about 8 km across.
	changesZoom = 12
)

// changedTiles are the tiles of changesZoom that another version was drawn of,
// by tile set.
type changedTiles struct {
	Zoom    int                    `json:"zoom"`
	Changed map[string][][2]uint32 `json:"changed"` // column and row
}

// listenToChanges tells which tiles changed, as server-sent events, until the
// client leaves. What is told is found by comparing the versions of tiles as the
// account sees them, so it says nothing of what the account does not see.
func (s *Server) listenToChanges(w http.ResponseWriter, r *http.Request, a *asker) error {
	sets := strings.FieldsFunc(r.URL.Query().Get("sets"), func(c rune) bool { return c == ',' })
	q := readQuery(r, "sets")
	for _, name := range sets {
		if _, ok := s.tileSetOf(a, name); !ok {
			q.fail("parameter sets names %q; GET /api/layers lists the layers", name)
		}
	}
	if len(sets) == 0 || len(sets) > 40 {
		q.fail("parameter sets names from 1 to 40 tile sets, such as heat,coverage,street-shop")
	}
	if q.err != nil {
		return q.err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	out := http.NewResponseController(w)
	send := func(text string) bool {
		// The service's own limit on writing is for answers that end.
		if err := out.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			s.log.Debug("no deadline for an event", "error", err)
		}
		_, err := w.Write([]byte(text))
		return err == nil && out.Flush() == nil
	}
	key := a.roleKey() + a.scopeKey() + "?" + strings.Join(sets, ",")
	generation := a.live.generation.Load()
	before := a.live.versions.of(key, generation, func() tileVersions { return s.versionsOf(r.Context(), a, sets) })
	if !send("event: listening\ndata: {}\n\n") {
		return nil
	}
	last := time.Now()
	tick := time.NewTicker(changesEvery)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-s.streams.Done():
			return nil
		case <-tick.C:
		}
		if now := a.live.generation.Load(); now != generation {
			generation = now
			after := a.live.versions.of(key, generation, func() tileVersions { return s.versionsOf(r.Context(), a, sets) })
			changed := changedTiles{changesZoom, map[string][][2]uint32{}}
			for name, versions := range after {
				for t, v := range versions {
					if before[name][t] != v {
						changed.Changed[name] = append(changed.Changed[name], [2]uint32{t.X, t.Y})
					}
				}
				slices.SortFunc(changed.Changed[name], func(a, b [2]uint32) int { return slices.Compare(a[:], b[:]) })
			}
			if before = after; len(changed.Changed) > 0 {
				raw, err := json.Marshal(changed)
				if err != nil {
					return err
				}
				if last = time.Now(); !send(fmt.Sprintf("event: tiles\ndata: %s\n\n", raw)) {
					return nil
				}
			}
		}
		if time.Since(last) > changesAlive {
			if last = time.Now(); !send(": \n\n") {
				return nil
			}
		}
	}
}

// tileVersions are versions of tiles, by tile set.
type tileVersions map[string]map[maptile.Tile]uint64

// versionsKept are the versions of a generation by who asks: a hundred dashboards
// of one scope pay for one.
type versionsKept struct {
	mu         sync.Mutex
	generation uint64
	by         map[string]tileVersions
}

func (k *versionsKept) of(key string, generation uint64, find func() tileVersions) tileVersions {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.generation != generation || k.by == nil {
		k.generation, k.by = generation, map[string]tileVersions{}
	}
	found, ok := k.by[key]
	if !ok {
		found = find()
		k.by[key] = found
	}
	return found
}

// versionsOf are the versions of every tile of changesZoom, by tile set, as an
// account sees them.
func (s *Server) versionsOf(ctx context.Context, a *asker, sets []string) tileVersions {
	a.view = a.live.view()
	bound, ok := a.view.unitTiles.Bound(a.sees())
	out := tileVersions{}
	if !ok {
		return out
	}
	for _, name := range sets {
		set, ok := s.tileSetOf(a, name)
		if !ok {
			continue
		}
		out[name] = map[maptile.Tile]uint64{}
		for _, t := range tiles.Covering(bound, changesZoom) {
			q := &query{ctx: ctx, values: url.Values{}} // as who asks for nothing in particular
			p := set.plan(q, tiles.Mercator(t))
			if q.err == nil {
				out[name][t] = p.versionNumber()
			}
		}
	}
	return out
}

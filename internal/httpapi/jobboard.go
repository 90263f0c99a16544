package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// job is long work that somebody waits for: it tells its progress, can be
// cancelled, and ends with results. It lives in this server's memory, since it
// changes nothing until its results are accepted; work that must be done whatever
// happens is in package jobs.
type job struct {
	id      uuid.UUID
	kind    string
	plan    uuid.UUID
	account uuid.UUID // who asked; nobody else sees it
	cancel  context.CancelFunc

	mu       sync.Mutex
	changed  chan struct{} // closed, and made anew, at each change
	state    string        // running, done, cancelled, failed
	progress float64
	note     string
	results  any
	failure  string
	ended    time.Time
}

// jobBoard keeps jobs until an hour after their end.
type jobBoard struct {
	mu   sync.Mutex
	open map[uuid.UUID]*job
}

// Bounds on what runs at once: the machine has other work.
const (
	maxJobs       = 2
	maxAccountJob = 1
	keepJob       = time.Hour
)

// start begins a job; the error says that too many run. The same id again is the
// same job.
func (b *jobBoard) start(ctx context.Context, id uuid.UUID, kind string, plan, account uuid.UUID, now func() time.Time, work func(ctx context.Context, tell func(float64, string)) (any, error)) (*job, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if j, ok := b.open[id]; ok {
		if j.account != account || j.plan != plan {
			return nil, kindConflict.fail("make a new id for a new job")
		}
		return j, nil
	}
	running, own := 0, 0
	for id, j := range b.open {
		j.mu.Lock()
		if j.state == "running" {
			running++
			if j.account == account {
				own++
			}
		} else if now().Sub(j.ended) > keepJob {
			delete(b.open, id)
		}
		j.mu.Unlock()
	}
	if running >= maxJobs || own >= maxAccountJob {
		return nil, kindTryAgain.fail("%d jobs are running; cancel yours or wait for it", running)
	}
	ctx, cancel := context.WithCancel(ctx)
	j := &job{id: id, kind: kind, plan: plan, account: account, cancel: cancel, changed: make(chan struct{}), state: "running"}
	b.open[id] = j
	go func() {
		defer cancel()
		results, err := func() (results any, err error) {
			defer func() {
				if cause := recover(); cause != nil {
					err = fmt.Errorf("panic: %v", cause)
				}
			}()
			return work(ctx, func(p float64, note string) {
				j.update(func() { j.progress, j.note = max(j.progress, min(1, p)), note })
			})
		}()
		j.update(func() {
			j.results, j.ended = results, now()
			switch {
			case err != nil && ctx.Err() == nil:
				j.state, j.failure = "failed", err.Error()
			case ctx.Err() != nil:
				j.state = "cancelled"
			default:
				j.state, j.progress = "done", 1
			}
		})
	}()
	return j, nil
}

func (j *job) update(fn func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fn()
	close(j.changed)
	j.changed = make(chan struct{})
}

// shown is the job as the API has it, with what closes at its next change.
func (j *job) shown() (out map[string]any, running bool, changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	out = map[string]any{"id": j.id, "kind": j.kind, "plan": j.plan, "state": j.state, "progress": j.progress, "note": j.note, "results": j.results, "error": nil}
	if j.results == nil {
		out["results"] = []any{}
	}
	if j.failure != "" {
		out["error"] = j.failure
	}
	return out, j.state == "running", j.changed
}

// job finds the asker's job that the path names.
func (s *Server) job(r *http.Request, a *asker) (*job, error) {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return nil, err
	}
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	j, ok := s.jobs.open[id]
	if !ok || j.account != a.ID {
		return nil, notFound("job %s: it ended long ago, or was never there", id)
	}
	return j, nil
}

func (s *Server) getJob(w http.ResponseWriter, r *http.Request, a *asker) error {
	j, err := s.job(r, a)
	if err != nil {
		return err
	}
	out, _, _ := j.shown()
	return writeJSON(w, http.StatusOK, out)
}

// deleteJob cancels a job; what it has found so far stays to be read.
func (s *Server) deleteJob(w http.ResponseWriter, r *http.Request, a *asker) error {
	j, err := s.job(r, a)
	if err != nil {
		return err
	}
	j.cancel()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// tellEvery bounds how often a job's progress is sent.
const tellEvery = 100 * time.Millisecond

// jobEvents tells a job's progress as server-sent events until it ends.
func (s *Server) jobEvents(w http.ResponseWriter, r *http.Request, a *asker) error {
	j, err := s.job(r, a)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	for {
		shown, running, changed := j.shown()
		event := "progress"
		if !running {
			event = "done"
		}
		raw, err := json.Marshal(shown)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, raw); err != nil {
			return nil // nobody listens any more
		}
		if err := out.Flush(); err != nil || !running {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-s.streams.Done():
			return nil
		case <-changed:
			select { // a burst of progress is one event
			case <-r.Context().Done():
				return nil
			case <-time.After(tellEvery):
			}
		}
	}
}

package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"gridward/grids"
	"gridward/grids/plan"
	"gridward/grids/roster"
	"gridward/internal/postgres"
)

// workspace is a plan laid over its town, in memory while somebody works on it.
// The database has everything that it is made of: a draft's base and steps.
type workspace struct {
	mu   sync.Mutex
	head plan.Head
	// One of the two: a draft is worked on, what is published is looked at.
	draft  *plan.Draft
	layout *plan.Layout
	staff  *roster.Roster
	view   *view // that the town was gathered from
	used   time.Time
}

// plans lays the current division out, whether it is worked on or looked at.
func (w *workspace) plans() *plan.Layout {
	if w.draft != nil {
		return w.draft.Layout
	}
	return w.layout
}

// base is what a draft was drawn on; what is published was drawn on nothing here.
func (w *workspace) base() *plan.Layout {
	if w.draft != nil {
		return w.draft.Base()
	}
	return nil
}

// workspaces keeps some of them; the one that was not used for longest goes
// first.
type workspaces struct {
	mu    sync.Mutex
	open  map[uuid.UUID]*workspace
	towns map[townKey]*plan.Town
}

type townKey struct {
	view *view
	code string
}

// maxWorkspaces bounds the memory: one takes some ten megabytes.
const maxWorkspaces = 16

func (c *workspaces) get(id uuid.UUID, now time.Time) *workspace {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, ok := c.open[id]
	if !ok {
		if len(c.open) >= maxWorkspaces {
			var oldest uuid.UUID
			for id, w := range c.open {
				if o := c.open[oldest]; o == nil || w.used.Before(o.used) {
					oldest = id
				}
			}
			delete(c.open, oldest)
		}
		w = &workspace{}
		c.open[id] = w
	}
	w.used = now
	return w
}

// drop forgets a workspace of which it is no longer certain that it is what the
// database has.
func (c *workspaces) drop(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}

// town gathers a town once for a view.
func (c *workspaces) town(s *Server, v *view, code string) (*plan.Town, error) {
	key := townKey{v, code}
	c.mu.Lock()
	t, ok := c.towns[key]
	c.mu.Unlock()
	if ok {
		return t, nil
	}
	t, err := s.planTown(v, code)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.towns {
		if k.view != v && k.view.district.Code == v.district.Code {
			delete(c.towns, k)
		}
	}
	c.towns[key] = t
	return t, nil
}

// planHead reads a plan that the asker sees.
func (s *Server) planHead(ctx context.Context, a *asker, id uuid.UUID) (h plan.Head, err error) {
	err = s.db.Read(ctx, postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) error {
		h, err = plan.ByID(ctx, tx, id)
		return err
	})
	return h, err
}

// planAsked is the head of the plan that the address names.
func (s *Server) planAsked(r *http.Request, a *asker) (plan.Head, error) {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return plan.Head{}, err
	}
	return s.planHead(r.Context(), a, id)
}

// withPlan opens a plan's workspace, brought up to date with the database, and
// holds it while fn works on it.
func (s *Server) withPlan(ctx context.Context, a *asker, id uuid.UUID, fn func(w *workspace) error) error {
	h, err := s.planHead(ctx, a, id)
	if err != nil {
		return err
	}
	w := s.workspaces.get(id, s.now())
	w.mu.Lock()
	defer w.mu.Unlock()
	loaded := w.draft != nil || w.layout != nil
	if !loaded || w.head.Version != h.Version || w.view != a.view {
		if err := s.loadWorkspace(ctx, a, w, h); err != nil {
			s.workspaces.drop(id)
			return err
		}
	}
	w.head = h
	return fn(w)
}

// loadWorkspace lays a plan out from what the database has of it.
func (s *Server) loadWorkspace(ctx context.Context, a *asker, w *workspace, h plan.Head) error {
	town, err := s.workspaces.town(s, a.view, h.Town)
	if err != nil {
		return err
	}
	w.draft, w.layout, w.view, w.head = nil, nil, a.view, h
	if h.Status == grids.Published || h.Status == grids.Superseded {
		w.layout, err = s.layoutOf(ctx, a, town, h.ID)
		return err
	}
	base, err := s.layoutOf(ctx, a, town, h.Base)
	if err != nil {
		return err
	}
	var used map[string]bool
	var steps []plan.Stored
	err = s.db.Read(ctx, postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) error {
		if used, err = grids.UsedCodes(ctx, tx, h.Town); err != nil {
			return err
		}
		steps, err = plan.StepsOf(ctx, tx, h.ID)
		return err
	})
	if err != nil {
		return err
	}
	d := plan.NewDraft(base, used)
	if err := d.Replay(plan.Records(steps), h.LastStep); err != nil {
		return fmt.Errorf("plan %s: its steps cannot be done again: %w", h.ID, err)
	}
	w.draft = d
	w.staff, err = s.readStaff(ctx, a, town)
	return err
}

// layoutOf lays a stored plan over a town; with no plan, one grid a community.
func (s *Server) layoutOf(ctx context.Context, a *asker, town *plan.Town, id uuid.UUID) (*plan.Layout, error) {
	var shapes []plan.GridShape
	err := s.db.Read(ctx, postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) error {
		if id == uuid.Nil {
			used, err := grids.UsedCodes(ctx, tx, town.Code)
			if err == nil {
				shapes, err = firstShapes(town, used)
			}
			return err
		}
		gs, err := plan.Shapes(ctx, tx, id)
		if err == nil {
			shapes, err = shapesOf(gs)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	l, err := plan.NewLayout(town, shapes)
	if err != nil {
		return nil, kindUnitsChanged.fail("the town's communities are not those that plan %s was made for: %v", id, err)
	}
	return l, nil
}

// readStaff reads who is posted in a town.
func (s *Server) readStaff(ctx context.Context, a *asker, town *plan.Town) (*roster.Roster, error) {
	var of roster.Records
	var codes []string
	for _, g := range a.view.grids {
		if g.Town == town.Code {
			codes = append(codes, g.Code)
		}
	}
	// Whole-district scope, as for the roster itself: a village's patrol is the town's.
	scope := postgres.Scope{District: a.scope.District, Actor: a.scope.Actor, RequestID: a.scope.RequestID}
	err := s.db.Read(ctx, postgres.API, scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		of, err = roster.Read(ctx, tx, roster.Span{From: a.view.day, To: a.view.day.AddDate(0, 0, 1)}, codes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return roster.New(of), nil
}

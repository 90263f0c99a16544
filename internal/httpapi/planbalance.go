package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"

	"github.com/google/uuid"

	"gridward/geo"
	"gridward/grids/plan"
	"gridward/grids/plan/balance"
)

type balanceBody struct {
	ID          uuid.UUID      `json:"id"`
	Communities []string       `json:"communities"` // empty: all of the town's
	Among       []string       `json:"among"`       // or: these grids alone
	Grids       int            `json:"grids"`
	MaxMinutes  float64        `json:"max_minutes"`
	Atoms       balance.Kind   `json:"atoms"`
	Weights     balanceWeights `json:"weights"`
	Seed        uint64         `json:"seed"`
	Seconds     float64        `json:"seconds"`
}

type balanceWeights struct {
	Load    float64 `json:"load"`
	Compact float64 `json:"compact"`
	Stable  float64 `json:"stable"`
	Streets float64 `json:"streets"`
}

// maxBalance bounds how long a search may take, in seconds.
const maxBalance = 60

func (b *balanceBody) check() error {
	switch b.Atoms {
	case balance.Blocks, balance.H3r10, balance.H3r11:
	default:
		return kindInvalid.fail("atoms: %q is none of blocks, h3-10, h3-11", b.Atoms)
	}
	if b.ID == uuid.Nil {
		return badRequest("id: a UUID made by the client is needed: the job's")
	}
	if b.Seconds < 0 || b.Seconds > maxBalance {
		return kindInvalid.fail("seconds: 0 to %d are possible", maxBalance)
	}
	if b.Grids < 0 || b.MaxMinutes < 0 || (b.Grids > 0 && b.MaxMinutes > 0) {
		return kindInvalid.fail("grids, max_minutes: one of the two, or neither to keep the number of grids")
	}
	if len(b.Among) > 0 && len(b.Communities) > 0 {
		return kindInvalid.fail("communities, among: one of the two, or neither for the whole town")
	}
	for _, w := range []float64{b.Weights.Load, b.Weights.Compact, b.Weights.Stable, b.Weights.Streets} {
		if !(w >= 0 && w <= 1000) {
			return kindInvalid.fail("weights: 0 to 1000 are possible")
		}
	}
	return nil
}

// balancePlan looks for an even division of a draft's communities, as a job:
// its results are operations to choose from. The draft is not changed.
func (s *Server) balancePlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body balanceBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	return s.openPlan(r, a, func(ws *workspace) error {
		if err := ws.drawn(); err != nil {
			return err
		}
		zones, err := balanceZones(ws.draft.Layout, body.Communities, body.Among)
		if err != nil {
			return err
		}
		j, err := s.jobs.start(s.ctx, body.ID, "balance", ws.head.ID, a.ID, s.now, func(ctx context.Context, tell func(float64, string)) (any, error) {
			return body.run(ctx, zones, tell)
		})
		if err != nil {
			return err
		}
		out, _, _ := j.shown()
		w.Header().Set("Location", "/api/jobs/"+body.ID.String())
		return writeJSON(w, http.StatusAccepted, out)
	})
}

// balanceZones takes some communities of a layout (none: all), or what some
// grids have of theirs, as the balance takes them, with what lies in them.
func balanceZones(l *plan.Layout, communities, among []string) ([]*balance.Zone, error) {
	t := l.Town
	at := map[string]*balance.Zone{}
	chosen := map[string][]string{} // grids by community
	for _, ref := range among {
		g, ok := l.Grid(ref)
		if !ok {
			return nil, notFound("grid %q is not the draft's", ref)
		}
		chosen[g.Community] = append(chosen[g.Community], ref)
	}
	var zones []*balance.Zone
	for _, c := range t.Communities {
		if len(among) > 0 && chosen[c.Code] == nil {
			continue
		}
		if len(communities) == 0 || slices.Contains(communities, c.Code) {
			if refs := chosen[c.Code]; refs != nil {
				c.Outline = l.Land(refs)
			}
			z := &balance.Zone{Code: c.Code, Outline: c.Outline, WalkMinutes: 1000 / t.MetresAMinute * t.Rounds}
			at[c.Code] = z
			zones = append(zones, z)
		}
	}
	for _, c := range communities {
		if at[c] == nil {
			return nil, notFound("community %q is not the town's", c)
		}
	}
	index := map[string]int{}
	for _, g := range l.Grids() {
		if z := at[g.Community]; z != nil && (len(among) == 0 || slices.Contains(among, g.Ref)) {
			index[g.Ref] = len(z.Grids)
			z.Grids = append(z.Grids, balance.Grid{Ref: g.Ref, Outline: g.Outline})
		}
	}
	for i := range t.Places {
		p := &t.Places[i]
		z := at[p.Community]
		if z == nil {
			continue
		}
		grid, ok := index[l.GridOf(i)]
		if !ok {
			if len(among) > 0 {
				continue // another grid's
			}
			grid = -1
		}
		minutes := 0.0
		for _, d := range p.Duties {
			minutes += float64(d.Centi) / 100
		}
		z.Places = append(z.Places, balance.Place{At: p.Anchor, Minutes: minutes, Grid: grid})
		switch {
		case p.Whole:
			z.Whole = append(z.Whole, p.Footprint)
		case p.Building:
			z.Footprints = append(z.Footprints, p.Footprint)
		}
	}
	for _, street := range t.Streets {
		box := geo.EmptyBox()
		for _, p := range street {
			box = box.Extend(p)
		}
		for _, z := range zones {
			if box.Meets(z.Outline.Box()) {
				z.Streets = append(z.Streets, street)
			}
		}
	}
	return zones, nil
}

// run cuts the communities into atoms, on both cores, and divides them.
func (b *balanceBody) run(ctx context.Context, zones []*balance.Zone, tell func(float64, string)) (any, error) {
	const cutting = 0.3 // of the whole work, about
	atoms := make([]*balance.Atoms, len(zones))
	errs := make([]error, len(zones))
	var wait sync.WaitGroup
	var mu sync.Mutex
	turn := make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))
	done := 0
	for i := range zones {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			atoms[i], errs[i] = balance.Cut(ctx, zones[i], b.Atoms)
			mu.Lock()
			defer mu.Unlock()
			done++
			tell(cutting*float64(done)/float64(len(zones)), "cutting")
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	found, err := balance.Divide(ctx, atoms, balance.Options{Grids: b.Grids, MaxMinutes: b.MaxMinutes, Seed: b.Seed, Seconds: b.Seconds,
		Weights:  balance.Weights{Load: b.Weights.Load, Compact: b.Weights.Compact, Stable: b.Weights.Stable, Streets: b.Weights.Streets},
		Progress: func(p float64) { tell(cutting+(1-cutting)*p, "dividing") }})
	if err != nil {
		return nil, err
	}
	out := []map[string]any{}
	for _, o := range found.Options {
		ops, err := allotments(atoms, o, len(b.Among) > 0)
		if err != nil {
			return nil, err
		}
		out = append(out, map[string]any{"name": o.Name, "grids": o.Grids, "deviation": o.Deviation, "bound": o.Bound, "compactness": o.Compactness,
			"moved_share": o.MovedShare(), "moved": o.Moved, "cuts": o.Cuts, "operations": ops, "notes": notesOf(found.Notes)})
	}
	return out, nil
}

func notesOf(notes []string) []string {
	if notes == nil {
		return []string{}
	}
	return notes
}

// allotments are the operations that bring a draft to a division: one a
// community whose grids change; of some grids alone, if only those are redrawn.
func allotments(atoms []*balance.Atoms, o balance.Option, alone bool) ([]plan.Operation, error) {
	out := []plan.Operation{}
	for z, v := range o.Zones {
		shares, err := atoms[z].Shares(v)
		if err != nil {
			return nil, fmt.Errorf("community %s: %w", v.Zone, err)
		}
		if shares == nil {
			continue
		}
		op := plan.Operation{Kind: plan.Allot, Community: v.Zone}
		if alone {
			for _, g := range atoms[z].Zone.Grids {
				op.Donors = append(op.Donors, g.Ref)
			}
		}
		for _, share := range shares {
			if share.Parts > 1 && op.Allow == nil { // the community itself lies in parts
				op.Allow = []plan.Allowance{plan.Disconnect}
			}
			op.Shares = append(op.Shares, plan.Share{Grid: share.Ref, Region: &plan.Region{MultiPolygon: share.Region.MultiPolygon()}})
		}
		out = append(out, op)
	}
	return out, nil
}

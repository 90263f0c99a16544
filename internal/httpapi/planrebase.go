package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids"
	"gridward/grids/plan"
	"gridward/internal/postgres"
)

type rebaseBody struct {
	ID        uuid.UUID                `json:"id"`
	Decisions map[string]plan.Decision `json:"decisions"` // by step
}

// rebasePlan does a draft's steps on the town's latest plan. While a conflict
// has no decision nothing is changed, and the answer lists the conflicts.
func (s *Server) rebasePlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body rebaseBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	decisions := map[int]plan.Decision{}
	for seq, d := range body.Decisions {
		n, err := strconv.Atoi(seq)
		if err != nil || (d != plan.Drop && d != plan.Keep) {
			return badRequest("decisions: a step's number with drop or keep is wanted, not %q: %q", seq, d)
		}
		decisions[n] = d
	}
	version, err := ifMatch(r)
	if err != nil {
		return err
	}
	if body.ID == uuid.Nil {
		return badRequest("id: a UUID made by the client is needed, so that sending it again is the same write")
	}
	return s.openPlan(r, a, func(ws *workspace) error {
		if err := ws.drawn(); err != nil {
			return err
		}
		if ws.head.Version != version {
			return kindOldVersion.fail("the plan is at version %d, you saw %d", ws.head.Version, version)
		}
		base, err := s.layoutOf(r.Context(), a, ws.draft.Town, ws.head.Latest)
		if err != nil {
			return err
		}
		var used map[string]bool
		err = s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
			used, err = grids.UsedCodes(ctx, tx, ws.head.Town)
			return err
		})
		if err != nil {
			return err
		}
		fresh, conflicts, err := plan.Rebase(ws.draft, base, used, decisions)
		if err != nil {
			return err
		}
		items := []map[string]any{}
		for _, c := range conflicts {
			item := map[string]any{"seq": c.Seq, "name": c.Name, "operation": c.Op, "reason": c.Why, "grids": c.Grids, "box": boxJSON(c.Box), "at": nil}
			if c.At != (orb.Point{}) {
				item["at"] = c.At
			}
			items = append(items, item)
		}
		if len(conflicts) > 0 {
			tagged(w, &ws.head)
			return writeJSON(w, http.StatusOK, map[string]any{"plan": a.planJSON(&ws.head), "rebased": false, "conflicts": items})
		}
		id := ws.head.ID
		raw, _, err := s.db.Write(r.Context(), a.scope, body.ID, struct {
			Plan uuid.UUID
			Body any
		}{id, body}, func(ctx context.Context, tx *postgres.Tx) (any, error) {
			h, err := plan.ByID(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			if h.Version != version || h.Latest != ws.head.Latest {
				return nil, kindOldVersion.fail("the plan, or what is published on the town, changed meanwhile")
			}
			if err := plan.ReplaceSteps(ctx, tx, &h, h.Latest, fresh.Steps(), s.now()); err != nil {
				return nil, err
			}
			ws.head = h
			return map[string]any{"plan": a.planJSON(&h), "rebased": true, "conflicts": items}, nil
		})
		if err != nil {
			s.workspaces.drop(id)
			return err
		}
		ws.draft = fresh
		tagged(w, &ws.head)
		return writeJSON(w, http.StatusOK, raw)
	})
}

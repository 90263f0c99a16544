package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"gridward/grids"
	"gridward/grids/plan"
	"gridward/grids/roster"
	"gridward/internal/postgres"
)

// planJSON is a plan as the API shows it. While a draft is open in memory its
// number of grids is known; else that of its base is not asked for.
func (a *asker) planJSON(h *plan.Head) map[string]any {
	name := ""
	if u, ok := a.view.tree.Unit(h.Town); ok {
		name = u.Name
	}
	out := map[string]any{"id": h.ID, "town": h.Town, "town_name": name, "name": h.Name, "status": h.Status, "base": nil, "origin": h.Origin, "version": h.Version,
		"created_at": h.CreatedAt, "created_by": h.CreatedBy, "effective_from": shownDay(h.EffectiveFrom), "effective_to": shownDay(h.EffectiveTo),
		"review": nil, "grids": nil, "done": h.Done, "undone": h.Undone, "stale": h.Stale()}
	if h.Base != uuid.Nil {
		out["base"] = h.Base
	}
	if h.Stored > 0 {
		out["grids"] = h.Stored
	}
	if h.Review.Reviewer != "" {
		out["review"] = map[string]any{"reviewer": h.Review.Reviewer, "note": h.Review.Note, "at": h.Review.At}
	}
	return out
}

// tagged sets the version of a plan as its entity tag.
func tagged(w http.ResponseWriter, h *plan.Head) {
	w.Header().Set("ETag", strconv.Quote(strconv.Itoa(int(h.Version))))
}

// ifMatch is the version that a client saw.
func ifMatch(r *http.Request) (int32, error) {
	tag := strings.TrimPrefix(r.Header.Get("If-Match"), "W/")
	if tag == "" {
		return 0, kindNoVersion.fail("If-Match is missing")
	}
	n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 32)
	if err != nil {
		return 0, badRequest("If-Match %s is not a version such as \"3\"", tag)
	}
	return int32(n), nil
}

func (s *Server) listPlans(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "town", "status", "limit", "after")
	f := plan.Filter{Town: q.text("town"), Status: grids.PlanStatus(q.text("status"))}
	switch f.Status {
	case "", grids.Draft, grids.Proposed, grids.Published, grids.Superseded:
	default:
		q.fail("status %q is none of draft, proposed, published, superseded", f.Status)
	}
	if f.Town != "" && !a.mayAsk(f.Town) {
		return notFound("town %q", f.Town)
	}
	limit := q.limit()
	var after plan.Cursor
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	cursor := &after
	if after.ID == uuid.Nil {
		cursor = nil
	}
	var found []plan.Head
	err := s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = plan.Plans(ctx, tx, f, cursor, limit)
		return err
	})
	if err != nil {
		return err
	}
	items := []map[string]any{}
	for i := range found {
		items = append(items, a.planJSON(&found[i]))
	}
	out := page{Items: items}
	if len(found) == limit {
		last := found[limit-1]
		out.Next = next(r, plan.Cursor{At: last.CreatedAt, ID: last.ID})
	}
	return writeJSON(w, http.StatusOK, out)
}

func (s *Server) getPlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	h, err := s.planAsked(r, a)
	if err != nil {
		return err
	}
	tagged(w, &h)
	return writeJSON(w, http.StatusOK, a.planJSON(&h))
}

type planBody struct {
	ID   uuid.UUID  `json:"id"`
	Town string     `json:"town"`
	Name string     `json:"name"`
	Base *uuid.UUID `json:"base"`
}

const maxPlanName = 100 // characters

func checkPlanName(name string) error {
	if n := len([]rune(strings.TrimSpace(name))); n == 0 || n > maxPlanName {
		return kindInvalid.fail("name: 1 to %d characters are wanted", maxPlanName)
	}
	return nil
}

// postPlan starts a draft on the town's latest plan, or on a given one.
func (s *Server) postPlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body planBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ID == uuid.Nil {
		return badRequest("id: a UUID made by the client is needed")
	}
	if err := checkPlanName(body.Name); err != nil {
		return err
	}
	if u, ok := a.view.tree.Unit(body.Town); !ok || u.Kind != "town" || !a.mayAsk(body.Town) {
		return notFound("town %q", body.Town)
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		p := grids.Plan{ID: body.ID, Town: body.Town, Name: body.Name, Origin: "drawn", CreatedAt: s.now(), CreatedBy: a.Name}
		if body.Base != nil {
			base, err := plan.ByID(ctx, tx, *body.Base)
			if err != nil {
				return nil, err
			}
			if base.Town != body.Town || (base.Status != grids.Published && base.Status != grids.Superseded) {
				return nil, kindPlanState.fail("plan %s is no published plan of the town", base.ID)
			}
			p.Base = base.ID
		} else {
			latest, err := plan.Plans(ctx, tx, plan.Filter{Town: body.Town, Status: grids.Published}, nil, 100)
			if err != nil {
				return nil, err
			}
			for _, h := range latest {
				p.Base = h.Latest
			}
		}
		known, err := plan.CreateDraft(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		if known {
			return nil, postgres.ErrKeyReused
		}
		h, err := plan.ByID(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		return a.planJSON(&h), nil
	})
	if err != nil {
		return err
	}
	code := http.StatusCreated
	if repeated {
		code = http.StatusOK
	}
	w.Header().Set("ETag", `"1"`)
	w.Header().Set("Location", "/api/plans/"+body.ID.String())
	return writeJSON(w, code, raw)
}

// planWrite is a write of a plan's head: fn does it in a transaction that holds
// the plan as the client knows it.
func (s *Server) planWrite(w http.ResponseWriter, r *http.Request, a *asker, key uuid.UUID, body any, scope postgres.Scope, fn func(ctx context.Context, tx *postgres.Tx, h *plan.Head) error) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	version, err := ifMatch(r)
	if err != nil {
		return err
	}
	if key == uuid.Nil {
		return badRequest("id: a UUID made by the client is needed, so that sending it again is the same write")
	}
	if _, err := s.planHead(r.Context(), a, id); err != nil { // in the asker's own scope, whatever the write's is
		return err
	}
	var h plan.Head
	request := struct {
		Plan uuid.UUID
		Body any
	}{id, body}
	raw, repeated, err := s.db.Write(r.Context(), scope, key, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		if h, err = plan.ByID(ctx, tx, id); err != nil {
			return nil, err
		}
		if h.Version != version {
			return nil, kindOldVersion.fail("the plan is at version %d, you saw %d", h.Version, version)
		}
		if err := fn(ctx, tx, &h); err != nil {
			return nil, err
		}
		return a.planJSON(&h), nil
	})
	if err != nil {
		return err
	}
	if repeated {
		if h, err = s.planHead(r.Context(), a, id); err != nil {
			return err
		}
	}
	if err := a.live.feed.Sync(r.Context()); err != nil {
		s.log.Warn("a plan is stored but not on the map yet", "error", err)
	}
	tagged(w, &h)
	return writeJSON(w, http.StatusOK, raw)
}

type planRename struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

func (s *Server) patchPlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body planRename
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if err := checkPlanName(body.Name); err != nil {
		return err
	}
	return s.planWrite(w, r, a, body.ID, body, a.scope, func(ctx context.Context, tx *postgres.Tx, h *plan.Head) error {
		return plan.RenamePlan(ctx, tx, h, body.Name)
	})
}

// deletePlan discards a draft. Deleting what is gone already is not found.
func (s *Server) deletePlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	version, err := ifMatch(r)
	if err != nil {
		return err
	}
	err = s.db.InScope(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) error {
		h, err := plan.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if h.Version != version {
			return kindOldVersion.fail("the plan is at version %d, you saw %d", h.Version, version)
		}
		return plan.Discard(ctx, tx, &h)
	})
	if err != nil {
		return err
	}
	s.workspaces.drop(id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type planNote struct {
	ID   uuid.UUID `json:"id"`
	Note string    `json:"note"`
}

// proposePlan hands a draft in for review; what stands in its way is listed.
func (s *Server) proposePlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body planNote
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	var errors []string
	err = s.withPlan(r.Context(), a, id, func(ws *workspace) error {
		if ws.draft == nil {
			return nil // the state says what is wrong
		}
		problems, _ := ws.draft.Problems(ws.base())
		for _, p := range problems {
			if p.Severity == plan.Blocks {
				errors = append(errors, p.Text.ZH+" / "+p.Text.EN)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(errors) > 0 {
		p := kindInvalid.fail("the plan breaks division rules that no plan may")
		p.Errors = errors
		return p
	}
	return s.planWrite(w, r, a, body.ID, body, a.scope, func(ctx context.Context, tx *postgres.Tx, h *plan.Head) error {
		if h.Stale() {
			return kindPlanState.fail("plan %s was published on the town since this one was drawn: rebase it first", h.Latest)
		}
		return plan.Turn(ctx, tx, h, grids.Proposed, body.Note)
	})
}

// returnPlan gives a proposed plan back to be drawn on.
func (s *Server) returnPlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body planNote
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.planWrite(w, r, a, body.ID, body, a.scope, func(ctx context.Context, tx *postgres.Tx, h *plan.Head) error {
		return plan.Turn(ctx, tx, h, grids.Draft, body.Note)
	})
}

// withdrawPlan makes a draft again of a published plan that has not begun.
func (s *Server) withdrawPlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body planNote
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.planWrite(w, r, a, body.ID, body, a.scope, func(ctx context.Context, tx *postgres.Tx, h *plan.Head) error {
		return plan.Withdraw(ctx, tx, h, a.view.day, body.Note)
	})
}

type publishBody struct {
	ID       uuid.UUID `json:"id"`
	From     day       `json:"from"`
	Reviewer string    `json:"reviewer"`
	Note     string    `json:"note"`
}

// publishPlan brings a reviewed plan into force from a day on: its grids, whose
// places move, and who is posted to them, in one transaction.
func (s *Server) publishPlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body publishBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if strings.TrimSpace(body.Reviewer) == "" || len(body.Reviewer) > 200 || len(body.Note) > 4000 {
		return kindInvalid.fail("reviewer: who reviewed the plan must be named; nothing comes into force without that")
	}
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	from := body.From.Time
	if from.IsZero() {
		from = a.view.day
	}
	// Placing asks for the units around the town, which its own account does not
	// see; the plan itself was looked up in the asker's scope.
	whole := postgres.Scope{District: a.scope.District, Actor: a.scope.Actor, RequestID: a.scope.RequestID}
	return s.withPlan(r.Context(), a, id, func(ws *workspace) error {
		return s.planWrite(w, r, a, body.ID, body, whole, func(ctx context.Context, tx *postgres.Tx, h *plan.Head) error {
			if ws.draft == nil || ws.head.Version != h.Version {
				return kindPlanState.fail("only a proposed plan is published; this one is %s", h.Status)
			}
			review := grids.Review{Reviewer: body.Reviewer, Note: body.Note, At: s.now()}
			if _, err := plan.Publish(ctx, tx, h, ws.draft, from, a.view.day, review, inspected(s.set)); err != nil {
				return err
			}
			return inherit(ctx, tx, h, ws.draft, from)
		})
	})
}

// inherit posts the holders of the grids before to those that came of them.
func inherit(ctx context.Context, tx *postgres.Tx, h *plan.Head, d *plan.Draft, from time.Time) error {
	origins, err := plan.Origins(ctx, tx, h.ID)
	if err != nil {
		return err
	}
	var lineage []roster.Lineage
	for _, o := range origins {
		lineage = append(lineage, roster.Lineage{Code: o.Code, From: o.From, Share: o.Share})
	}
	fresh, err := roster.Grids(ctx, tx, roster.Span{From: from, To: from.AddDate(0, 0, 1)}, nil)
	if err != nil {
		return err
	}
	_, err = roster.InheritOn(ctx, tx, lineage, fresh, from)
	return err
}

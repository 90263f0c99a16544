package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/plan"
	"gridward/grids/roster"
	"gridward/internal/postgres"
)

// effectJSON is what a step does, as a planner sees it before deciding.
func (s *Server) effectJSON(a *asker, ws *workspace, e plan.Effect, gs []plan.Grid, borders []plan.Border) map[string]any {
	d := ws.draft
	var moved []movedRow
	origin := map[string]string{} // of a grid: the one that most of its places came from
	count := map[[2]string]int{}
	for _, m := range e.Moved {
		moved = append(moved, movedRow{m.Place, m.From, m.To, nil})
		count[[2]string{m.To, m.From}]++
	}
	for pair, n := range count {
		if best, ok := origin[pair[0]]; !ok || n > count[[2]string{pair[0], best}] || (n == count[[2]string{pair[0], best}] && pair[1] < best) {
			origin[pair[0]] = pair[1]
		}
	}
	ended := e.Ended
	if ended == nil {
		ended = []string{}
	}
	standing := s.standingIn(a.view)
	refs := map[string]string{}
	for _, c := range e.Grids {
		refs[c.Ref] = c.Code
	}
	people := []map[string]any{}
	if ws.staff != nil {
		for _, p := range ws.staff.Affected(a.view.day, refs) {
			people = append(people, map[string]any{"id": p.ID, "name": p.Name, "grids": p.Grids})
		}
	}
	return map[string]any{"box": boxJSON(e.Box), "ended": ended, "features": gridCollection(d.Layout, d.Base(), gs), "borders": borderCollection(borders),
		"moved": movedJSON(d.Town, moved, maxMoved), "grids": changedJSON(d.Town, e.Grids, standing), "holders": s.holderChanges(a, ws, e.Grids, origin),
		"stability": map[string]int{"kept": e.Kept, "total": e.Total}, "inspectors": people}
}

// originOf is the grid from which most of each grid's land came.
func originOf(lineage []plan.Descent) map[string]string {
	out, most := map[string]string{}, map[string]float64{}
	for _, l := range lineage {
		if l.Share > most[l.Code] {
			out[l.Code], most[l.Code] = l.From, l.Share
		}
	}
	return out
}

// holderChanges is the work of whoever is posted to grids, before and after: a
// new grid is taken to inherit the holder of the grid that it came from, as
// publishing makes it. Who has as much as before is left out.
func (s *Server) holderChanges(a *asker, ws *workspace, changed []plan.Changed, origin map[string]string) []map[string]any {
	type work struct {
		kind, name    string
		before, after float64
	}
	by := map[string]*work{}
	var order []string
	if ws.staff == nil {
		return []map[string]any{}
	}
	codeOf := map[string]string{}
	for _, c := range changed {
		codeOf[c.Ref] = c.Code
	}
	for _, c := range changed {
		code := c.Code
		if c.Before == nil { // new: its holders will be those of its origin
			for range 8 {
				from, ok := origin[c.Ref]
				if !ok {
					from, ok = origin[code]
				}
				if !ok {
					break
				}
				if known, there := codeOf[from]; there {
					from = known
				}
				if from == code {
					break
				}
				code = from
			}
		}
		g := roster.Grid{Code: code}
		for _, class := range roster.Classes {
			answer := ws.staff.Answer(a.view.day, &g, class)
			h := answer.Holder()
			key, name := string(h.Kind)+h.ID.String(), ""
			switch h.Kind {
			case roster.APerson:
				if p := ws.staff.Person(h.ID); p != nil {
					name = p.Name
				}
			case roster.ATeam:
				if t := ws.staff.Team(h.ID); t != nil {
					name = t.Name
				}
			default:
				continue // nobody is posted there
			}
			if by[key] == nil {
				by[key] = &work{kind: string(h.Kind), name: name}
				order = append(order, key)
			}
			if c.Before != nil {
				by[key].before += c.Before.ClassMinutes[class]
			}
			if c.After != nil {
				by[key].after += c.After.ClassMinutes[class]
			}
		}
	}
	slices.Sort(order)
	out := []map[string]any{}
	for _, key := range order {
		if w := by[key]; w.before != w.after {
			out = append(out, map[string]any{"body": w.kind, "unit": key[len(w.kind):], "name": w.name, "before": w.before, "after": w.after})
		}
	}
	return out
}

func stepJSON(seq int, name string, done bool, op plan.Operation, refs []string, actor string, at time.Time) map[string]any {
	state := "undone"
	if done {
		state = "done"
	}
	if refs == nil {
		refs = []string{}
	}
	return map[string]any{"seq": seq, "state": state, "name": name, "at": at, "actor": actor, "operation": op, "grids": refs}
}

type previewBody struct {
	Operation plan.Operation `json:"operation"`
}

// previewStep says what an operation would do and stores nothing.
func (s *Server) previewStep(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body previewBody
	if err := readJSONUpTo(w, r, &body, maxDrawing); err != nil {
		return err
	}
	return s.openPlan(r, a, func(ws *workspace) error {
		if err := ws.drawn(); err != nil {
			return err
		}
		e, gs, borders, err := ws.draft.Preview(body.Operation)
		if err != nil {
			return err
		}
		tagged(w, &ws.head)
		return writeJSON(w, http.StatusOK, s.effectJSON(a, ws, e, gs, borders))
	})
}

// drawn refuses what is not a draft.
func (w *workspace) drawn() error {
	if w.draft == nil || w.head.Status != "draft" {
		return kindPlanState.fail("only a draft is drawn on; this plan is %s", w.head.Status)
	}
	return nil
}

type stepsBody struct {
	ID         uuid.UUID        `json:"id"`
	Operations []plan.Operation `json:"operations"`
	Name       string           `json:"name"`
}

// maxSteps bounds the operations of one write.
const maxSteps = 1000

// postSteps does operations on a draft, all or none.
func (s *Server) postSteps(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body stepsBody
	if err := readJSONUpTo(w, r, &body, maxDrawing); err != nil {
		return err
	}
	if len(body.Operations) == 0 || len(body.Operations) > maxSteps || len([]rune(body.Name)) > 200 {
		return badRequest("1 to %d operations are wanted, and a name of at most 200 characters", maxSteps)
	}
	return s.drawing(w, r, a, body.ID, body, func(ctx context.Context, tx *postgres.Tx, ws *workspace) (any, func(), error) {
		before := len(ws.draft.Steps())
		undo := func() {
			for len(ws.draft.Steps()) > before {
				ws.draft.Undo()
			}
		}
		var effects []plan.Effect
		for _, op := range body.Operations {
			step, err := ws.draft.Apply(op, body.Name)
			if err != nil {
				undo()
				return nil, nil, err
			}
			effects = append(effects, ws.draft.Effect(step))
		}
		steps := ws.draft.Steps()[before:]
		now := s.now()
		if err := plan.AddSteps(ctx, tx, &ws.head, steps, now); err != nil {
			undo()
			return nil, nil, err
		}
		e := plan.Joined(ws.draft, effects)
		gs, borders := ws.draft.Redrawn(e)
		items := []map[string]any{}
		for _, st := range steps {
			items = append(items, stepJSON(st.Seq, st.Name, true, st.Op, st.Grids, a.Name, now))
		}
		return map[string]any{"plan": a.planJSON(&ws.head), "operations": items, "effect": s.effectJSON(a, ws, e, gs, borders)}, undo, nil
	})
}

func (s *Server) undoStep(w http.ResponseWriter, r *http.Request, a *asker) error {
	return s.turnStep(w, r, a, false)
}

func (s *Server) redoStep(w http.ResponseWriter, r *http.Request, a *asker) error {
	return s.turnStep(w, r, a, true)
}

type turnBody struct {
	ID uuid.UUID `json:"id"`
}

// turnStep undoes the last operation, or does again the one undone last.
func (s *Server) turnStep(w http.ResponseWriter, r *http.Request, a *asker, again bool) error {
	var body turnBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	request := struct {
		turnBody
		Again bool
	}{body, again}
	return s.drawing(w, r, a, body.ID, request, func(ctx context.Context, tx *postgres.Tx, ws *workspace) (any, func(), error) {
		d := ws.draft
		var step *plan.Step
		var e plan.Effect
		var err error
		back := func() { d.Undo() }
		if again {
			if step, err = d.Redo(); err != nil {
				return nil, nil, err
			}
			if step == nil {
				return nil, nil, kindPlanState.fail("nothing was undone that could be done again")
			}
			e = d.Effect(step)
		} else {
			if n := len(d.Steps()); n == 0 {
				return nil, nil, kindPlanState.fail("nothing is left to undo")
			} else {
				e = d.Effect(d.Steps()[n-1])
			}
			step = d.Undo()
			e = e.Reversed(d)
			back = func() { d.Redo() }
		}
		if err := plan.MarkStep(ctx, tx, &ws.head, step.Seq, again); err != nil {
			back()
			return nil, nil, err
		}
		gs, borders := d.Redrawn(e)
		return map[string]any{"plan": a.planJSON(&ws.head), "effect": s.effectJSON(a, ws, e, gs, borders)}, back, nil
	})
}

// drawing is a write that changes a draft, in memory and in the database: fn
// does both and says how to take the change in memory back should the
// transaction fail. Where that is not certain the workspace is forgotten, and
// the next request makes it anew from the database.
func (s *Server) drawing(w http.ResponseWriter, r *http.Request, a *asker, key uuid.UUID, body any, fn func(context.Context, *postgres.Tx, *workspace) (any, func(), error)) error {
	version, err := ifMatch(r)
	if err != nil {
		return err
	}
	if key == uuid.Nil {
		return badRequest("id: a UUID made by the client is needed, so that sending it again is the same write")
	}
	return s.openPlan(r, a, func(ws *workspace) error {
		id := ws.head.ID
		request := struct {
			Plan uuid.UUID
			Body any
		}{id, body}
		head := ws.head
		var back func()
		var refusal error
		raw, repeated, err := s.db.Write(r.Context(), a.scope, key, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
			if back != nil { // tried before
				back()
				back = nil
			}
			ws.head = head
			if ws.head.Version != version {
				return nil, kindOldVersion.fail("the plan is at version %d, you saw %d", ws.head.Version, version)
			}
			if err := ws.drawn(); err != nil {
				return nil, err
			}
			answer, undo, err := fn(ctx, tx, ws)
			back, refusal = undo, err
			return answer, err
		})
		if err != nil {
			if refusal != nil && errors.Is(err, refusal) {
				ws.head = head // fn has taken back what it did
			} else {
				s.workspaces.drop(id)
			}
			return err
		}
		tagged(w, &ws.head)
		code := http.StatusCreated
		if repeated {
			code = http.StatusOK
		}
		return writeJSON(w, code, raw)
	})
}

func (s *Server) listSteps(w http.ResponseWriter, r *http.Request, a *asker) error {
	return s.openPlan(r, a, func(ws *workspace) error {
		var stored []plan.Stored
		err := s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
			stored, err = plan.StepsOf(ctx, tx, ws.head.ID)
			return err
		})
		if err != nil {
			return err
		}
		refs := map[int][]string{}
		if ws.draft != nil {
			for _, st := range ws.draft.Steps() {
				refs[st.Seq] = st.Grids
			}
		}
		items := []map[string]any{}
		for _, st := range stored {
			items = append(items, stepJSON(st.Seq, st.Name, st.Done, st.Op, refs[st.Seq], st.Actor, st.At))
		}
		tagged(w, &ws.head)
		return writeJSON(w, http.StatusOK, page{Items: items})
	})
}

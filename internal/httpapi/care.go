package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
)

// wholeDistrict is the asker's scope without its units, for what must be looked
// at past them; whose rows are shown or changed the asker's own units decide.
func (a *asker) wholeDistrict() postgres.Scope {
	return postgres.Scope{District: a.scope.District, Actor: a.scope.Actor, RequestID: a.scope.RequestID}
}

// mayKnow reports whether the asker may know of visits with a checklist: a door
// visit says that people live there who need care.
func (a *asker) mayKnow(checklist string) bool {
	return a.Role.Can(auth.Care) || !a.view.book.Policy().Discreet(checklist)
}

type careBody struct {
	ID     uuid.UUID `json:"id"`
	Place  uuid.UUID `json:"place"`
	People *int      `json:"people"`
	From   day       `json:"from"`
}

const maxCared = 99

// postCare takes how many people who need care live at a place.
func (s *Server) postCare(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body careBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ID == uuid.Nil || body.Place == uuid.Nil || body.People == nil || *body.People < 0 || *body.People > maxCared {
		return badRequest("an id, a place and people (how many, 0 to %d) are needed", maxCared)
	}
	from := body.From.Time
	if from.IsZero() {
		from = policy.DateOf(s.now(), a.view.book.Policy().Zone())
	}
	raw, repeated, err := s.db.Write(r.Context(), a.wholeDistrict(), body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		found, err := layers.PlacesByID(ctx, tx, body.Place)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 || !a.scope.Sees(found[0].Town, found[0].Park, found[0].Community) {
			return nil, coverage.ErrNoPlace
		}
		switch p := &found[0]; {
		case !slices.Contains(inspected(s.set), p.Layer):
			return nil, invalid(fmt.Errorf("place: places of %s are not inspected, so nobody would call there", p.Layer))
		case p.Duplicate != uuid.Nil:
			return nil, invalid(fmt.Errorf("place: it is a second record of %s: name that one", p.Duplicate))
		}
		return map[string]any{"id": body.ID, "place": body.Place, "people": *body.People, "from": shownDay(from)},
			coverage.RegisterCare(ctx, tx, a.scope.Visible(), body.ID, body.Place, *body.People, from)
	})
	return s.written(w, r, a, raw, repeated, err)
}

// listCare lists places where people who need care live, with the visit that
// each waits for. Every reading is audited; what cannot be is not answered.
func (s *Server) listCare(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "limit", "after")
	unit, limit := q.unit(a), q.limit()
	var after uuid.UUID
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	now := s.now()
	today := policy.DateOf(now, a.view.book.Policy().Zone())
	var found []coverage.Cared
	err := s.db.InScope(r.Context(), postgres.API, a.wholeDistrict(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = coverage.ReadCared(ctx, tx, a.scope.Visible(), unit, today, after, limit)
		return err
	})
	if err != nil {
		return err
	}
	places := make([]uuid.UUID, len(found))
	for i := range found {
		places[i] = found[i].Place
	}
	dues := a.view.book.CareDues(places, now)
	items := []map[string]any{}
	for i := range found {
		c := &found[i]
		due := dues[c.Place]
		item := map[string]any{"place": c.Place, "name": c.Name, "address": c.Address, "town": c.Town, "park": c.Park, "community": c.Community, "people": c.People, "since": shownDay(c.Since),
			"next_visit": nil, "state": nil, "last_visit": nullTime(due.LastVisit)}
		if due.Due != 0 {
			item["next_visit"] = due.Due.String()
		}
		if due.State != coverage.NotDue {
			item["state"] = due.State.String()
		}
		items = append(items, item)
	}
	out := page{Items: items}
	if len(found) == limit {
		out.Next = next(r, found[limit-1].Place)
	}
	return writeJSON(w, http.StatusOK, out)
}

// getCare is all that was said of people who need care at a place, audited likewise.
func (s *Server) getCare(w http.ResponseWriter, r *http.Request, a *asker) error {
	place, err := parseID(pathVar(r, "place"))
	if err != nil {
		return err
	}
	var words []coverage.CareWord
	err = s.db.InScope(r.Context(), postgres.API, a.wholeDistrict(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		words, err = coverage.CareHistory(ctx, tx, a.scope.Visible(), place)
		return err
	})
	if err != nil {
		return err
	}
	items := []map[string]any{}
	for _, c := range words {
		items = append(items, map[string]any{"id": c.ID, "people": c.People, "from": shownDay(c.From), "recorded_at": c.Recorded.Format(time.RFC3339Nano), "actor": c.Actor})
	}
	return writeJSON(w, http.StatusOK, map[string]any{"place": place, "items": items, "next": nil})
}

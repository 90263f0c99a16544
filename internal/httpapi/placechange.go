package httpapi

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

type placeChange struct {
	ID         uuid.UUID           `json:"id"`      // of this change, made by the client
	Version    int32               `json:"version"` // of the place, as the client saw it
	From       day                 `json:"from"`    // the day from which it is so; today without it
	Risk       optional[int16]     `json:"risk"`
	Supervised optional[bool]      `json:"supervised"`
	RetiredOn  optional[day]       `json:"retired_on"`
	Duplicate  optional[uuid.UUID] `json:"duplicate_of"`
}

// patchPlace changes what the register says of a place.
func (s *Server) patchPlace(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	var body placeChange
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ID == uuid.Nil || body.Version < 1 {
		return badRequest("an id of the change and the version that you saw are needed")
	}
	c := layers.Changing{Place: id, Visible: a.scope.Visible(), Version: body.Version, From: body.From.Time, Today: policy.DateOf(s.now(), a.view.book.Policy().Zone()),
		Inspected: inspected(s.set), Duplicate: body.Duplicate.Value}
	if c.From.IsZero() {
		c.From = c.Today
	}
	c.To = func(p *layers.Standing) {
		body.Risk.into(&p.Risk)
		body.Supervised.into(&p.Supervised)
		body.Duplicate.into(&p.Duplicate)
		if body.RetiredOn.Set {
			p.ValidTo = body.RetiredOn.Value.Time
		}
	}
	request := struct {
		Path string
		Body any
	}{r.URL.Path, body}
	// What stands above a place may lie in another unit than it does, and says
	// what it owes: the change is written in the district's scope, of a place
	// that was looked up in the asker's.
	raw, _, err := s.db.Write(r.Context(), a.wholeDistrict(), body.ID, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		changed, err := layers.ChangePlace(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		if of := changed.After.Duplicate; of != uuid.Nil && of != changed.Before.Duplicate {
			if err := coverage.CarryCare(ctx, tx, id, of, c.From); err != nil {
				return nil, err
			}
		}
		now, err := layers.PlacesByID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		p := &now[0]
		return map[string]any{"id": p.ID, "risk": p.Risk, "supervised": p.Supervised, "retired_on": shownDay(p.ValidTo), "duplicate_of": shownID(p.Duplicate), "version": p.Version}, nil
	})
	return s.written(w, r, a, raw, true, err) // 200: nothing new came to be
}

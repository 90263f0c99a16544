package httpapi

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"gridward/grids/roster"
	"gridward/internal/postgres"
)

func holidayJSON(h *roster.Holiday) map[string]any {
	return map[string]any{"id": h.ID, "unit": h.Unit, "name": h.Name, "from": shownDay(h.From), "to": shownDay(h.To), "town": h.Town, "park": h.Park, "community": h.Community, "version": h.Version}
}

func (s *Server) listHolidays(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "day", "limit", "after")
	f := q.roster(a)
	if q.err != nil {
		return q.err
	}
	found, err := readList(r, s, a, f, roster.Holidays)
	if err != nil {
		return err
	}
	return writeRows(w, r, f.Limit, found, holidayJSON, func(h *roster.Holiday) uuid.UUID { return h.ID })
}

type holidayBody struct {
	ID   uuid.UUID `json:"id"`
	Unit string    `json:"unit"`
	Name string    `json:"name"`
	From day       `json:"from"`
	To   day       `json:"to"`
}

func (s *Server) postHoliday(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body holidayBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		h := roster.Holiday{ID: body.ID, Unit: body.Unit, Name: body.Name, Span: roster.Span{From: body.From.Time, To: body.To.Time}}
		err := roster.AddHoliday(ctx, tx, &h)
		return holidayJSON(&h), err
	})
	return s.written(w, r, a, raw, repeated, err)
}

func (s *Server) patchHoliday(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body endChange
	return changeRow(w, r, s, a, &body, func() (uuid.UUID, int32) { return body.ID, body.Version }, func(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (any, error) {
		h, err := roster.EndHoliday(ctx, tx, id, body.Version, body.To.Value.Time)
		return holidayJSON(&h), err
	})
}

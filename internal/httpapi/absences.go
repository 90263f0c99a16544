package httpapi

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"gridward/grids/roster"
	"gridward/internal/postgres"
)

func absenceJSON(a *roster.Absence) map[string]any {
	return map[string]any{"id": a.ID, "person": a.Person, "reason": a.Reason, "substitute": shownID(a.Substitute),
		"from": shownDay(a.From), "to": shownDay(a.To), "town": a.Town, "park": a.Park, "community": a.Community, "version": a.Version}
}

func (s *Server) listAbsences(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "day", "person", "limit", "after")
	f := q.roster(a)
	f.Person = q.id("person")
	if q.err != nil {
		return q.err
	}
	found, err := readList(r, s, a, f, roster.Absences)
	if err != nil {
		return err
	}
	return writeRows(w, r, f.Limit, found, absenceJSON, func(a *roster.Absence) uuid.UUID { return a.ID })
}

type absenceBody struct {
	ID         uuid.UUID `json:"id"`
	Person     uuid.UUID `json:"person"`
	Reason     string    `json:"reason"`
	Substitute uuid.UUID `json:"substitute"`
	From       day       `json:"from"`
	To         day       `json:"to"`
}

func (s *Server) postAbsence(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body absenceBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		v := roster.Absence{ID: body.ID, Person: body.Person, Reason: body.Reason, Substitute: body.Substitute, Span: roster.Span{From: body.From.Time, To: body.To.Time}}
		err := roster.AddAbsence(ctx, tx, &v)
		return absenceJSON(&v), err
	})
	return s.written(w, r, a, raw, repeated, err)
}

type absenceChange struct {
	ID         uuid.UUID           `json:"id"`      // of this change, made by the client
	Version    int32               `json:"version"` // of the absence, as the client saw it
	Substitute optional[uuid.UUID] `json:"substitute"`
	To         optional[day]       `json:"to"`
}

func (s *Server) patchAbsence(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body absenceChange
	return changeRow(w, r, s, a, &body, func() (uuid.UUID, int32) { return body.ID, body.Version }, func(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (any, error) {
		v, err := roster.ChangeAbsence(ctx, tx, id, body.Version, func(v *roster.Absence) {
			body.Substitute.into(&v.Substitute)
			changeSpan(&v.Span, optional[day]{}, body.To)
		})
		return absenceJSON(&v), err
	})
}

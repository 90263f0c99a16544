package httpapi

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
	"gridward/grids/roster"
	"gridward/internal/postgres"
)

func teamJSON(t *roster.Team) map[string]any {
	return map[string]any{"id": t.ID, "name": t.Name, "unit": t.Unit, "body": t.Body, "provider": t.Provider,
		"from": shownDay(t.From), "to": shownDay(t.To), "town": t.Town, "park": t.Park, "community": t.Community, "version": t.Version}
}

func (s *Server) listTeams(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "day", "body", "limit", "after")
	f := q.roster(a)
	f.Body = policy.Body(q.text("body"))
	if q.err != nil {
		return q.err
	}
	found, err := readList(r, s, a, f, roster.Teams)
	if err != nil {
		return err
	}
	return writeRows(w, r, f.Limit, found, teamJSON, func(t *roster.Team) uuid.UUID { return t.ID })
}

func (s *Server) getTeam(w http.ResponseWriter, r *http.Request, a *asker) error {
	t, err := readOne(r, s, a, "team", roster.Teams)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, teamJSON(&t))
}

type teamBody struct {
	ID       uuid.UUID   `json:"id"`
	Name     string      `json:"name"`
	Unit     string      `json:"unit"`
	Body     policy.Body `json:"body"`
	Provider string      `json:"provider"`
	From     day         `json:"from"`
	To       day         `json:"to"`
}

func (s *Server) postTeam(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body teamBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		t := roster.Team{ID: body.ID, Name: body.Name, Unit: body.Unit, Body: body.Body, Provider: body.Provider, Span: roster.Span{From: body.From.Time, To: body.To.Time}}
		err := roster.AddTeam(ctx, tx, &t)
		return teamJSON(&t), err
	})
	return s.written(w, r, a, raw, repeated, err)
}

type teamChange struct {
	ID       uuid.UUID        `json:"id"`      // of this change, made by the client
	Version  int32            `json:"version"` // of the team, as the client saw it
	Name     optional[string] `json:"name"`
	Provider optional[string] `json:"provider"`
	From     optional[day]    `json:"from"`
	To       optional[day]    `json:"to"`
}

func (s *Server) patchTeam(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body teamChange
	return changeRow(w, r, s, a, &body, func() (uuid.UUID, int32) { return body.ID, body.Version }, func(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (any, error) {
		t, err := roster.ChangeTeam(ctx, tx, id, body.Version, func(t *roster.Team) {
			body.Name.into(&t.Name)
			body.Provider.into(&t.Provider)
			changeSpan(&t.Span, body.From, body.To)
		})
		return teamJSON(&t), err
	})
}

package httpapi

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"gridward/grids/roster"
	"gridward/internal/postgres"
)

func postingJSON(p *roster.Posting) map[string]any {
	return map[string]any{"id": p.ID, "grid": p.Grid, "class": p.Class, "team": shownID(p.Team), "person": shownID(p.Person),
		"from": shownDay(p.From), "to": shownDay(p.To), "town": p.Town, "park": p.Park, "community": p.Community, "version": p.Version}
}

func (s *Server) listPostings(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "day", "grid", "class", "team", "person", "limit", "after")
	f := q.roster(a)
	f.Grids, f.Class, f.Team, f.Person = q.list("grid"), q.number("class", 1, 3, 0), q.id("team"), q.id("person")
	if q.err != nil {
		return q.err
	}
	found, err := readList(r, s, a, f, roster.Postings)
	if err != nil {
		return err
	}
	return writeRows(w, r, f.Limit, found, postingJSON, func(p *roster.Posting) uuid.UUID { return p.ID })
}

type postingBody struct {
	ID     uuid.UUID `json:"id"`
	Grid   string    `json:"grid"`
	Class  int       `json:"class"`
	Team   uuid.UUID `json:"team"`
	Person uuid.UUID `json:"person"`
	From   day       `json:"from"`
	To     day       `json:"to"`
}

// postPosting posts somebody to a grid of a plan that holds, or will.
func (s *Server) postPosting(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body postingBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	p := roster.Posting{ID: body.ID, Grid: body.Grid, Class: body.Class, Team: body.Team, Person: body.Person, Span: roster.Span{From: body.From.Time, To: body.To.Time}}
	if err := p.Check(); err != nil {
		return invalid(err)
	}
	// A park's account may post to its grids and does not see the town's rows, so
	// the grid is looked for past the scope and held to it here.
	var found []roster.Grid
	err := s.db.Read(r.Context(), postgres.API, a.live.scope(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = roster.Grids(ctx, tx, roster.Span{From: p.From}, []string{p.Grid})
		return err
	})
	if err != nil {
		return err
	}
	if len(found) == 0 || !a.scope.Sees(found[0].Town, found[0].Park, found[0].Community) {
		return notFound("grid %q, in a plan that holds on %s or later", p.Grid, p.From.Format("2006-01-02"))
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		err := roster.Post(ctx, tx, &p, found[0])
		return postingJSON(&p), err
	})
	return s.written(w, r, a, raw, repeated, err)
}

// endChange moves the end of what has days.
type endChange struct {
	ID      uuid.UUID     `json:"id"`      // of this change, made by the client
	Version int32         `json:"version"` // of the row, as the client saw it
	To      optional[day] `json:"to"`
}

func (s *Server) patchPosting(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body endChange
	return changeRow(w, r, s, a, &body, func() (uuid.UUID, int32) { return body.ID, body.Version }, func(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (any, error) {
		if !body.To.Set {
			return nil, badRequest("to is needed: the first day after the last, or null for an open end")
		}
		p, err := roster.EndPosting(ctx, tx, id, body.Version, body.To.Value.Time)
		return postingJSON(&p), err
	})
}

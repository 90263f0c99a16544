package httpapi

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"gridward/grids/roster"
	"gridward/internal/postgres"
)

func personJSON(p *roster.Person) map[string]any {
	out := map[string]any{"id": p.ID, "name": p.Name, "kind": p.Kind, "unit": p.Unit, "team": shownID(p.Team), "skills": p.Skills,
		"hours_per_month": p.HoursPerMonth, "shifts": p.Shifts, "from": shownDay(p.From), "to": shownDay(p.To), "town": p.Town, "park": p.Park, "community": p.Community, "version": p.Version}
	if p.Skills == nil {
		out["skills"] = []string{}
	}
	if p.Shifts == nil {
		out["shifts"] = []roster.Shift{}
	}
	return out
}

func (s *Server) listPeople(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "day", "team", "kind", "limit", "after")
	f := q.roster(a)
	f.Team, f.Kind = q.id("team"), roster.Kind(q.text("kind"))
	if q.err != nil {
		return q.err
	}
	found, err := readList(r, s, a, f, roster.People)
	if err != nil {
		return err
	}
	return writeRows(w, r, f.Limit, found, personJSON, func(p *roster.Person) uuid.UUID { return p.ID })
}

func (s *Server) getPerson(w http.ResponseWriter, r *http.Request, a *asker) error {
	p, err := readOne(r, s, a, "person", roster.People)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, personJSON(&p))
}

type personBody struct {
	ID            uuid.UUID      `json:"id"`
	Name          string         `json:"name"`
	Kind          roster.Kind    `json:"kind"`
	Unit          string         `json:"unit"`
	Team          uuid.UUID      `json:"team"`
	Skills        []string       `json:"skills"`
	HoursPerMonth float64        `json:"hours_per_month"`
	Shifts        []roster.Shift `json:"shifts"`
	From          day            `json:"from"`
	To            day            `json:"to"`
}

func (s *Server) postPerson(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body personBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		p := roster.Person{ID: body.ID, Name: body.Name, Kind: body.Kind, Unit: body.Unit, Team: body.Team, Skills: body.Skills,
			HoursPerMonth: body.HoursPerMonth, Shifts: body.Shifts, Span: roster.Span{From: body.From.Time, To: body.To.Time}}
		err := roster.AddPerson(ctx, tx, &p)
		return personJSON(&p), err
	})
	return s.written(w, r, a, raw, repeated, err)
}

type personChange struct {
	ID            uuid.UUID                `json:"id"`      // of this change, made by the client
	Version       int32                    `json:"version"` // of the person, as the client saw it
	Name          optional[string]         `json:"name"`
	Kind          optional[roster.Kind]    `json:"kind"`
	Team          optional[uuid.UUID]      `json:"team"`
	Skills        optional[[]string]       `json:"skills"`
	HoursPerMonth optional[float64]        `json:"hours_per_month"`
	Shifts        optional[[]roster.Shift] `json:"shifts"`
	From          optional[day]            `json:"from"`
	To            optional[day]            `json:"to"`
}

func (s *Server) patchPerson(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body personChange
	return changeRow(w, r, s, a, &body, func() (uuid.UUID, int32) { return body.ID, body.Version }, func(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (any, error) {
		p, err := roster.ChangePerson(ctx, tx, id, body.Version, func(p *roster.Person) {
			body.Name.into(&p.Name)
			body.Kind.into(&p.Kind)
			body.Team.into(&p.Team)
			body.Skills.into(&p.Skills)
			body.HoursPerMonth.into(&p.HoursPerMonth)
			body.Shifts.into(&p.Shifts)
			changeSpan(&p.Span, body.From, body.To)
		})
		return personJSON(&p), err
	})
}

// getAnswers says what a person answers for on a day, and whether they work on it.
func (s *Server) getAnswers(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "day")
	on := q.day("day", a.view.day)
	if q.err != nil {
		return q.err
	}
	p, err := readOne(r, s, a, "person", roster.People)
	if err != nil {
		return err
	}
	people, grids, err := s.rosterOver(r.Context(), a, roster.Span{From: on, To: on.AddDate(0, 0, 1)}, "")
	if err != nil {
		return err
	}
	duties := people.Duties(on, p.ID, grids, nil)
	charges := []map[string]any{}
	for _, c := range duties.Charges {
		charges = append(charges, map[string]any{"grid": c.Grid, "class": c.Class, "posting": c.Posting, "as": reasonOf(c.As), "for": shownID(c.For)})
	}
	off := people.Works(on, p.ID)
	return writeJSON(w, http.StatusOK, map[string]any{"person": personJSON(&p), "day": shownDay(on), "works": off == "", "off": offOf(off), "charges": charges})
}

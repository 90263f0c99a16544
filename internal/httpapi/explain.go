package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

// event is one line of a place's timeline.
type event struct {
	Kind      string            `json:"kind"`
	Learned   *time.Time        `json:"learned"`
	At        *time.Time        `json:"at"`
	From      *string           `json:"from"`
	Text      policy.Text       `json:"text"`
	Visit     *uuid.UUID        `json:"inspection"`
	Outcome   *string           `json:"outcome"`
	Grade     *evidence.Grade   `json:"grade"`
	Counts    bool              `json:"counts"`
	Reasons   []coverage.Reason `json:"reasons"`
	Town      string            `json:"town"`
	Park      string            `json:"park"`
	Community string            `json:"community"`
	Grid      string            `json:"grid"`
}

func eventOf(e *coverage.Event) event {
	out := event{Kind: e.Kind, Text: e.Text, Counts: e.Counts, Reasons: []coverage.Reason{}}
	if !e.Learned.IsZero() {
		out.Learned = &e.Learned
	}
	if !e.At.IsZero() {
		out.At = &e.At
	}
	if !e.From.IsZero() {
		day := e.From.Format(time.DateOnly)
		out.From = &day
	}
	if e.Visit != uuid.Nil {
		out.Visit = &e.Visit
	}
	if e.Outcome != "" {
		outcome := string(e.Outcome)
		out.Outcome, out.Grade = &outcome, &e.Grade
	}
	for _, r := range e.Reasons {
		out.Reasons = append(out.Reasons, coverage.Reason{Code: r.Code.String(), ZH: r.ZH, EN: r.EN})
	}
	if e.Spot != nil {
		out.Town, out.Park, out.Community, out.Grid = e.Spot.Town, e.Spot.Park, e.Spot.Community, e.Spot.Grid
	}
	return out
}

// explainPlace says why each obligation of a place stands where it does, and
// what was learned of the place and when.
func (s *Server) explainPlace(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	q := readQuery(r, "period", "as_known_at", "as_of")
	now := s.now()
	c := q.coverage(a, now)
	if q.err != nil {
		return q.err
	}
	c.Unit = "" // the scope decides about the place
	fact, ok := a.view.book.Fact(id)
	if !ok || !a.scope.Sees(fact.Town, fact.Park, fact.Community) {
		return notFound("place %s", id)
	}
	obligations, events := []obligation{}, []event{}
	items, _ := a.view.book.Place(id, c, now)
	for i := range items {
		o := obligationOf(&items[i])
		o.Answers, o.Credit = a.view.holderAt(items[i].Duty, items[i].Verdict.Answers), a.view.holderAt(items[i].Duty, items[i].Verdict.Credit)
		obligations = append(obligations, o)
	}
	timeline, _ := a.view.book.Timeline(id, c.Known, c.Restricted)
	for i := range timeline {
		events = append(events, eventOf(&timeline[i]))
	}
	return writeJSON(w, http.StatusOK, map[string]any{"place": map[string]any{"id": fact.ID, "layer": fact.Layer, "category": fact.Category, "name": fact.Name, "address": fact.Address},
		"period": c.Period.String(), "as_known_at": nullTime(c.Known), "as_of": asOf(c, now), "obligations": obligations, "timeline": events})
}

// holderAt is the unit that a duty falls to at a spot; nil for none.
func (v *view) holderAt(d *policy.Duty, spot *coverage.Spot) *named {
	if spot == nil {
		return nil
	}
	unit, _ := coverage.Holder(d.Body, spot.Placement())
	return v.named(unit)
}

func nullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// asOf is the moment up to which a question looks at what had happened.
func asOf(c coverage.Query, now time.Time) time.Time {
	switch {
	case !c.Until.IsZero():
		return c.Until
	case !c.Known.IsZero():
		return c.Known
	}
	return now
}

// getSeries is how coverage grew, day by day.
func (s *Server) getSeries(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, coverageParams...)
	now := s.now()
	c := q.coverage(a, now)
	if q.err != nil {
		return q.err
	}
	series := a.view.book.Series(c, now)
	type day struct {
		Day string `json:"day"`
		Met int    `json:"met"`
		Sum int    `json:"met_so_far"`
	}
	days, sum := []day{}, series.Before
	for _, d := range series.Days {
		sum += d.Met
		days = append(days, day{d.Day.String(), d.Met, sum})
	}
	return writeJSON(w, http.StatusOK, map[string]any{"period": c.Period.String(), "due": series.Due, "met_before": series.Before, "days": days, "as_known_at": nullTime(c.Known), "as_of": asOf(c, now)})
}

type reviewBody struct {
	ID       uuid.UUID `json:"id"`
	Accepted *bool     `json:"accepted"`
	Reviewer string    `json:"reviewer"`
	Reason   string    `json:"reason"`
}

// postReview takes a reviewer's word on a visit's evidence.
func (s *Server) postReview(w http.ResponseWriter, r *http.Request, a *asker) error {
	of, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	var body reviewBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ID == uuid.Nil || body.Accepted == nil || body.Reviewer == "" || body.Reason == "" || len(body.Reviewer) > 200 || len(body.Reason) > 4000 {
		return badRequest("an id, accepted, a reviewer and a reason are needed")
	}
	request := struct {
		Inspection uuid.UUID
		reviewBody
	}{of, body}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		return map[string]any{"id": body.ID, "inspection": of, "accepted": *body.Accepted, "reviewer": body.Reviewer, "reason": body.Reason},
			coverage.PutReview(ctx, tx, body.ID, of, coverage.Review{Accepted: *body.Accepted, Reviewer: body.Reviewer, Reason: body.Reason})
	})
	return s.written(w, r, a, raw, repeated, err)
}

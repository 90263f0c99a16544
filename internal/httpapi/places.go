package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/layers/hazard"
	"gridward/layers/inspection"
)

func (s *Server) listPlaces(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "layer", "category", "unit", "grid", "q", "bbox", "limit", "after")
	f := layers.Filter{Layer: q.text("layer"), Category: q.text("category"), Unit: q.unit(a), Grid: q.grid(a), Text: q.text("q"), Box: q.box("bbox"),
		Day: policy.DateOf(s.now(), a.view.book.Policy().Zone())}
	limit := q.limit()
	var after uuid.UUID
	q.cursor(&after)
	if f.Category != "" && !slices.ContainsFunc(s.set.All(), func(d *layers.Definition) bool { return slices.Contains(d.Categories(), f.Category) }) {
		q.fail("no layer holds places of category %q; GET /api/categories lists them", f.Category)
	}
	if f.Layer != "" {
		if _, ok := s.set.Get(f.Layer); !ok {
			q.fail("there is no layer %q; GET /api/layers lists them", f.Layer)
		}
	}
	if q.err != nil {
		return q.err
	}
	var found []layers.Summary
	err := s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = layers.ListPlaces(ctx, tx, f, after, limit)
		return err
	})
	if err != nil {
		return err
	}
	items := []map[string]any{}
	for _, p := range found {
		at := p.Anchor.Orb()
		items = append(items, map[string]any{"id": p.ID, "layer": p.Layer, "category": p.Category, "name": p.Name, "address": p.Address,
			"lon": at[0], "lat": at[1], "town": p.Town, "park": p.Park, "community": p.Community, "grid": p.Grid})
	}
	out := page{Items: items}
	if len(found) == limit {
		out.Next = next(r, found[limit-1].ID)
	}
	return writeJSON(w, http.StatusOK, out)
}

// obligation is one duty of a place, judged and explained.
type obligation struct {
	Duty       string            `json:"duty"`
	Class      int               `json:"class"`
	Name       policy.Text       `json:"name"`
	Period     string            `json:"period"`
	State      string            `json:"state"`
	Due        *string           `json:"due"`
	GapDays    int               `json:"longest_gap_days"`
	Times      int               `json:"times"` // visits that the period wants
	Made       int               `json:"made"`  // of them, those that were made
	Late       bool              `json:"late"`
	Astray     bool              `json:"wrong_holder"`
	Policy     string            `json:"policy"`            // the version that judged it
	Answers    *named            `json:"answers,omitempty"` // the holder at the period's close, or now
	Credit     *named            `json:"credit,omitempty"`  // the holder on the day on which it was met
	Reasons    []coverage.Reason `json:"reasons"`
	Inspection *uuid.UUID        `json:"inspection"`
	Nearest    *nearest          `json:"nearest"`
}

type nearest struct {
	Inspection uuid.UUID   `json:"inspection"`
	At         time.Time   `json:"at"`
	Why        policy.Text `json:"why"`
}

func obligationOf(it *coverage.Item) obligation {
	d := it.Duty
	o := obligation{Duty: d.Duty, Class: d.Class, Name: d.Name, Period: it.Period.String(), State: it.Verdict.State.String(), GapDays: it.Verdict.GapDays, Reasons: it.Verdict.Reasons,
		Times: it.Verdict.Times, Made: it.Verdict.Made, Late: it.Verdict.Late, Astray: it.Verdict.Astray, Policy: it.Policy.Version}
	if it.Verdict.State != coverage.NotDue {
		due := it.Verdict.Due.String()
		o.Due = &due
	}
	if it.Verdict.By != uuid.Nil {
		o.Inspection = &it.Verdict.By
	}
	if n := it.Verdict.Nearest; n != nil {
		o.Nearest = &nearest{n.Visit, n.At, n.Why}
	}
	return o
}

func (s *Server) getPlace(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	q := readQuery(r, "period")
	now := s.now()
	period := q.period(a.view, now)
	if q.err != nil {
		return q.err
	}
	var place layers.Place
	var at grids.AssignmentOf
	below := []uuid.UUID{}
	var visits []inspection.Inspection
	var hazards []hazard.Hazard
	err = s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) error {
		found, err := layers.PlacesByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return notFound("place %s", id)
		}
		place = found[0]
		assigned, err := grids.AssignmentsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		at = assigned[id]
		list, err := layers.SpacesBelow(ctx, tx, id)
		if err != nil {
			return err
		}
		below = append(below, list...)
		if visits, err = inspection.OfPlace(ctx, tx, id, 20); err != nil {
			return err
		}
		hazards, err = hazard.List(ctx, tx, hazard.Filter{Place: id}, time.Time{}, uuid.Nil, 20)
		return err
	})
	if err != nil {
		return err
	}
	point := place.Anchor.Orb()
	out := map[string]any{
		"id": place.ID, "layer": place.Layer, "category": place.Category, "name": place.Name, "address": place.Address,
		"source": place.Source, "source_id": place.SourceID, "geometry": shapeOf(place.Footprint), "lon": point[0], "lat": point[1],
		"h3": place.Key.Cell().String(), "units": a.view.unitsOf(place.Town, place.Park, place.Community), "grid": nil,
		"risk": place.Risk, "attributes": place.Attributes, "above": nil, "below": below, "supervised": place.Supervised, "duplicate_of": shownID(place.Duplicate),
		"valid_from": place.ValidFrom.Format(time.DateOnly), "valid_to": nil, "version": place.Version,
	}
	if !place.ValidTo.IsZero() {
		out["valid_to"] = place.ValidTo.Format(time.DateOnly)
	}
	if place.Above != uuid.Nil {
		out["above"] = place.Above
	}
	if at.Grid != "" {
		out["grid"] = map[string]any{"code": at.Grid, "name": at.GridName, "reason": at.Reason, "share_ppm": at.SharePPM}
	}
	obligations, holders := []obligation{}, []holder{}
	if items, ok := a.view.book.Place(id, coverage.Query{Period: period, Restricted: a.Role.Can(auth.Care)}, now); ok {
		for i := range items {
			obligations = append(obligations, obligationOf(&items[i]))
		}
		fact, _ := a.view.book.Fact(id)
		holders = a.holders(fact.PlacementOf(), fact.Owes)
	}
	out["obligations"], out["holders"] = obligations, holders
	list := []map[string]any{}
	for i := range visits {
		if !a.mayKnow(visits[i].Checklist) {
			continue
		}
		list = append(list, inspectionJSON(&visits[i]))
	}
	out["inspections"] = list
	found := []map[string]any{}
	for i := range hazards {
		found = append(found, hazardJSON(&hazards[i]))
	}
	out["hazards"] = found
	return writeJSON(w, http.StatusOK, out)
}

func (s *Server) locate(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "lon", "lat")
	p, err := geo.SnapChecked(orb.Point{q.float("lon"), q.float("lat")})
	if q.err != nil {
		return q.err
	}
	if err != nil {
		return badRequest("%v", err)
	}
	key, err := geo.KeyAt(p)
	if err != nil {
		return err
	}
	at, ok := a.view.placer.Place(p.Orb(), p, key)
	if !ok || !a.scope.Sees(at.Town, at.Park, at.Community) {
		return notFound("no community of yours holds %v", p)
	}
	out := map[string]any{"h3": key.Cell().String(), "units": a.view.unitsOf(at.Town, at.Park, at.Community), "grid": nil}
	if at.Grid != "" {
		out["grid"] = map[string]any{"code": at.Grid, "reason": at.Reason}
	}
	var all []policy.Obligated
	for i, d := range a.view.book.Policy().Duties {
		if d.Restricted || !d.In(at.Town, at.Park, at.Community) {
			continue // owed by some places only
		}
		all = append(all, policy.Obligated{Duty: i, Basis: d.Name})
	}
	out["holders"] = a.holders(at, all)
	return writeJSON(w, http.StatusOK, out)
}

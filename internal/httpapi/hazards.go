package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids/coverage"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/layers/hazard"
)

func hazardJSON(h *hazard.Hazard) map[string]any {
	out := map[string]any{"id": h.ID, "type": h.Type, "severity": h.Severity, "state": h.State, "place": nil, "inspection": nil,
		"lon": h.Point[0], "lat": h.Point[1], "discovered_at": h.DiscoveredAt, "closed_at": nil, "origin": h.Origin,
		"description": h.Description, "town": h.Town, "park": h.Park, "community": h.Community, "version": h.Version}
	if h.Place != uuid.Nil {
		out["place"] = h.Place
	}
	if h.Inspection != uuid.Nil {
		out["inspection"] = h.Inspection
	}
	if !h.ClosedAt.IsZero() {
		out["closed_at"] = h.ClosedAt
	}
	return out
}

// reportedHazard is a hazard found on a visit.
type reportedHazard struct {
	ID          uuid.UUID `json:"id"`
	Type        string    `json:"type"`
	Severity    int16     `json:"severity"` // 0: the policy's
	Description string    `json:"description"`
}

// maxHazards bounds the hazards of one visit.
const maxHazards = 50

// written answers a write: 201 the first time, 200 for a repeat, once the
// asker's own next read will show it.
func (s *Server) written(w http.ResponseWriter, r *http.Request, a *asker, raw json.RawMessage, repeated bool, err error) error {
	if err != nil {
		return err
	}
	if err := a.live.feed.Sync(r.Context()); err != nil {
		s.log.Warn("a write is stored but not on the map yet", "error", err)
	}
	code := http.StatusCreated
	if repeated {
		code = http.StatusOK
	}
	return writeJSON(w, code, raw)
}

type hazardBody struct {
	ID           uuid.UUID    `json:"id"`
	Type         string       `json:"type"`
	Severity     int16        `json:"severity"`
	State        hazard.State `json:"state"`
	Place        uuid.UUID    `json:"place"`
	Lon          *float64     `json:"lon"`
	Lat          *float64     `json:"lat"`
	DiscoveredAt time.Time    `json:"discovered_at"`
	ClosedAt     time.Time    `json:"closed_at"`
	Origin       string       `json:"origin"`
	Description  string       `json:"description"`
}

func (s *Server) postHazard(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body hazardBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	now := s.now()
	p := a.view.book.Policy()
	h := hazard.Hazard{ID: body.ID, Type: body.Type, Severity: body.Severity, State: body.State, Place: body.Place, DiscoveredAt: body.DiscoveredAt,
		ClosedAt: body.ClosedAt, Origin: body.Origin, Description: body.Description, Version: 1}
	if h.State == "" {
		h.State = hazard.Discovered
	}
	if err := h.Check(p.HazardTypes(), now); err != nil {
		return invalid(err)
	}
	if h.Place == uuid.Nil && (body.Lon == nil || body.Lat == nil) {
		return badRequest("a hazard needs a place, or lon and lat")
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		if h.Place != uuid.Nil {
			found, err := layers.PlacesByID(ctx, tx, h.Place)
			if err != nil {
				return nil, err
			}
			if len(found) == 0 {
				return nil, coverage.ErrNoPlace
			}
			f := &found[0]
			h.Point, h.Key, h.Town, h.Park, h.Community = f.Anchor.Orb(), f.Key, f.Town, f.Park, f.Community
		}
		if body.Lon != nil && body.Lat != nil {
			at, err := geo.SnapChecked(orb.Point{*body.Lon, *body.Lat})
			if err != nil {
				return nil, badRequest("%v", err)
			}
			if h.Key, err = geo.KeyAt(at); err != nil {
				return nil, err
			}
			h.Point = at.Orb()
			if h.Place == uuid.Nil {
				where, ok := a.view.placer.Place(h.Point, at, h.Key)
				if !ok || !a.scope.Sees(where.Town, where.Park, where.Community) {
					return nil, notFound("no community of yours holds %v", at)
				}
				h.Town, h.Park, h.Community = where.Town, where.Park, where.Community
			}
		}
		if fresh, err := hazard.Insert(ctx, tx, []hazard.Hazard{h}); err != nil {
			return nil, err
		} else if len(fresh) == 0 {
			return nil, postgres.ErrKeyReused
		}
		tx.Change("hazard", h.ID, nil)
		tx.Audit("report", "hazard", h.ID.String(), nil)
		return hazardJSON(&h), nil
	})
	return s.written(w, r, a, raw, repeated, err)
}

func (s *Server) getHazard(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	var found []hazard.Hazard
	err = s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = hazard.ByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return notFound("hazard %s", id)
	}
	return writeJSON(w, http.StatusOK, hazardJSON(&found[0]))
}

func (s *Server) listHazards(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "type", "state", "unit", "since", "until", "limit", "after")
	f := hazard.Filter{Types: among(q, "type", a.view.book.Policy().HazardTypes()), States: among(q, "state", hazard.States), Unit: q.unit(a), Since: q.moment("since"), Until: q.moment("until")}
	limit := q.limit()
	after := struct {
		At time.Time `json:"t"`
		ID uuid.UUID `json:"i"`
	}{}
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	var found []hazard.Hazard
	err := s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = hazard.List(ctx, tx, f, after.At, after.ID, limit)
		return err
	})
	if err != nil {
		return err
	}
	items := []map[string]any{}
	for i := range found {
		items = append(items, hazardJSON(&found[i]))
	}
	out := page{Items: items}
	if len(found) == limit {
		after.At, after.ID = found[limit-1].DiscoveredAt, found[limit-1].ID
		out.Next = next(r, after)
	}
	return writeJSON(w, http.StatusOK, out)
}

type moveBody struct {
	ID      uuid.UUID    `json:"id"`      // of this move, made by the client
	Version int32        `json:"version"` // of the hazard, as the client saw it
	State   hazard.State `json:"state"`
	At      time.Time    `json:"at"` // when it happened
}

// moveHazard moves a hazard on in its life.
func (s *Server) moveHazard(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	var body moveBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ID == uuid.Nil || body.Version < 1 || body.At.IsZero() {
		return badRequest("an id of the move, the version that you saw and the time are needed")
	}
	if body.At.After(s.now().Add(10 * time.Minute)) {
		return invalid(fmt.Errorf("at: %s lies in the future", body.At.Format(time.RFC3339)))
	}
	request := struct {
		Hazard uuid.UUID
		moveBody
	}{id, body}
	raw, _, err := s.db.Write(r.Context(), a.scope, body.ID, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		h, err := hazard.Move(ctx, tx, id, body.Version, body.State, body.At)
		return hazardJSON(&h), err
	})
	return s.written(w, r, a, raw, true, err) // 200: nothing new came to be
}

package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids/coverage"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/layers/hazard"
	"gridward/layers/inspection"
)

func inspectionJSON(v *inspection.Inspection) map[string]any {
	out := map[string]any{"id": v.ID, "place": v.Place, "at": v.At, "device_at": v.DeviceAt, "received_at": v.ReceivedAt, "skew_s": v.SkewS, "inspector": v.Inspector, "unit": nil,
		"outcome": v.Outcome, "checklist": v.Checklist, "note": v.Note, "lon": nil, "lat": nil, "accuracy_m": v.AccuracyM, "distance_m": v.DistanceM, "dwell_s": v.DwellS,
		"device": v.Device, "mock": v.Mock, "photos": v.Photos, "walk": nil, "corrects": nil}
	if v.Photos == nil {
		out["photos"] = []string{}
	}
	if v.Position != nil {
		out["lon"], out["lat"] = v.Position[0], v.Position[1]
	}
	if v.Unit != "" {
		out["unit"] = v.Unit
	}
	if v.Walk != uuid.Nil {
		out["walk"] = v.Walk
	}
	if v.Corrects != uuid.Nil {
		out["corrects"] = v.Corrects
	}
	return out
}

// inspectionBody is a visit as a client reports it.
type inspectionBody struct {
	ID        uuid.UUID          `json:"id"`
	Place     uuid.UUID          `json:"place"`
	At        time.Time          `json:"at"`
	SentAt    *time.Time         `json:"sent_at"` // what the device's clock shows now
	Inspector string             `json:"inspector"`
	Unit      string             `json:"unit"`
	Outcome   inspection.Outcome `json:"outcome"`
	Checklist string             `json:"checklist"`
	Lon       *float64           `json:"lon"`
	Lat       *float64           `json:"lat"`
	AccuracyM *float64           `json:"accuracy_m"`
	DwellS    *int32             `json:"dwell_s"`
	Device    string             `json:"device"`
	Mock      bool               `json:"mock"`
	Photos    []inspection.Hash  `json:"photos"`
	Walk      *uuid.UUID         `json:"walk"`
	Corrects  *uuid.UUID         `json:"corrects"`
	Note      string             `json:"note"`
	Hazards   []reportedHazard   `json:"hazards"`
}

// read is the body as an inspection; the error says what is wrong with it.
func (b *inspectionBody) read(a *asker, now time.Time) (inspection.Inspection, error) {
	p := a.view.book.Policy()
	v := inspection.Inspection{ID: b.ID, Place: b.Place, At: b.At.Truncate(time.Microsecond), Inspector: b.Inspector, Unit: b.Unit, Outcome: b.Outcome, Checklist: b.Checklist,
		AccuracyM: b.AccuracyM, DwellS: b.DwellS, Device: b.Device, Mock: b.Mock, Photos: b.Photos, Note: b.Note}
	if b.Walk != nil {
		v.Walk = *b.Walk
	}
	if b.Corrects != nil {
		v.Corrects = *b.Corrects
	}
	if (b.Lon == nil) != (b.Lat == nil) {
		return v, badRequest("lon and lat belong together")
	}
	if b.Lon != nil {
		v.Position = &orb.Point{*b.Lon, *b.Lat}
	}
	sent := time.Time{}
	if b.SentAt != nil {
		sent = *b.SentAt
	}
	v.SetClock(sent, now, time.Duration(p.Evidence.Clock.OverS)*time.Second)
	if v.Unit == "" && a.Role == auth.Inspector && len(a.Units) == 1 {
		v.Unit = a.Units[0] // an inspector's account acts for its unit
	}
	if err := v.Check(p.ChecklistNames(), now); err != nil {
		return v, invalid(err)
	}
	if _, ok := a.view.tree.Unit(v.Unit); v.Unit != "" && !ok {
		return v, invalid(fmt.Errorf("unit: %s is no unit of the district", v.Unit))
	}
	if len(b.Hazards) > maxHazards {
		return v, badRequest("at most %d hazards go with one visit", maxHazards)
	}
	return v, nil
}

// hazards are what a visit found, at its place.
func (b *inspectionBody) hazards(a *asker, v *inspection.Inspection, place *layers.Place, now time.Time) ([]hazard.Hazard, error) {
	p := a.view.book.Policy()
	var out []hazard.Hazard
	for _, f := range b.Hazards {
		h := hazard.Hazard{ID: f.ID, Type: f.Type, Severity: f.Severity, State: hazard.Discovered, Place: place.ID, Inspection: v.ID, Point: place.Anchor.Orb(), Key: place.Key,
			DiscoveredAt: v.At, Origin: "inspection", Description: f.Description, Town: place.Town, Park: place.Park, Community: place.Community}
		if h.Severity == 0 {
			for _, t := range p.Hazards {
				if t.Type == h.Type {
					h.Severity = t.Severity
				}
			}
		}
		if err := h.Check(p.HazardTypes(), now); err != nil {
			return nil, invalid(err)
		}
		out = append(out, h)
	}
	return out, nil
}

// postInspection takes one visit, or a list of visits of which each has a
// result of its own.
func (s *Server) postInspection(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body oneOrMany[inspectionBody]
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.many {
		return s.postInspections(w, r, a, body.list)
	}
	b := &body.list[0]
	now := s.now()
	v, err := b.read(a, now)
	if err != nil {
		return err
	}
	request := *b
	request.SentAt = nil // it differs each time that the visit is sent
	raw, repeated, err := s.db.Write(r.Context(), a.scope, b.ID, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		found, err := layers.PlacesByID(ctx, tx, b.Place)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, coverage.ErrNoPlace
		}
		place := &found[0]
		fresh, at, err := inspection.Insert(ctx, tx, []inspection.Inspection{v})
		if err != nil {
			return nil, err
		}
		if len(fresh) == 0 {
			known, err := whyNotTaken(ctx, tx, &v)
			if err != nil {
				return nil, err
			}
			return inspectionJSON(known), nil // its write key was forgotten long ago
		}
		hazards, err := b.hazards(a, &v, place, now)
		if err != nil {
			return nil, err
		}
		if err := storeHazards(ctx, tx, hazards); err != nil {
			return nil, err
		}
		tx.Change("inspection", v.ID, nil)
		tx.Audit("report", "inspection", v.ID.String(), nil)
		v.ReceivedAt, v.Town, v.Park, v.Community = at, place.Town, place.Park, place.Community
		return inspectionJSON(&v), nil
	})
	return s.written(w, r, a, raw, repeated, err)
}

// storeHazards stores what visits found.
func storeHazards(ctx context.Context, tx *postgres.Tx, hazards []hazard.Hazard) error {
	if len(hazards) == 0 {
		return nil
	}
	fresh, err := hazard.Insert(ctx, tx, hazards)
	if err != nil {
		return err
	}
	if len(fresh) < len(hazards) {
		return fmt.Errorf("a hazard of the visit: %w", postgres.ErrKeyReused)
	}
	for i := range hazards {
		tx.Change("hazard", hazards[i].ID, nil)
	}
	return nil
}

// whyNotTaken is the inspection that is there already, word for word, or why a
// visit was not stored.
func whyNotTaken(ctx context.Context, tx *postgres.Tx, v *inspection.Inspection) (*inspection.Inspection, error) {
	known, err := inspection.ByID(ctx, tx, v.ID)
	if err != nil {
		return nil, err
	}
	if len(known) > 0 {
		if !known[0].Same(v) {
			return nil, postgres.ErrKeyReused
		}
		return &known[0], nil
	}
	found, err := layers.PlacesByID(ctx, tx, v.Place)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || v.Corrects == uuid.Nil {
		return nil, coverage.ErrNoPlace
	}
	corrected, err := inspection.ByID(ctx, tx, v.Corrects)
	if err != nil {
		return nil, err
	}
	if len(corrected) == 0 {
		return nil, notFound("inspection %s, which is to be corrected", v.Corrects)
	}
	return nil, kindCorrected.fail("inspection %s was corrected before", v.Corrects)
}

// maxInspections bounds a list.
const maxInspections = 500

// taken is what became of one visit of a list.
type taken struct {
	ID      uuid.UUID `json:"id"`
	Result  string    `json:"result"`
	Problem *problem  `json:"problem,omitempty"`
}

// The results of one visit of a list.
const (
	created     = "created"
	repeated    = "repeated"
	refusedItem = "refused"
)

// postInspections takes a list in one transaction; what is wrong with one visit
// is said of it and leaves the others alone. Sent again, a list changes nothing.
func (s *Server) postInspections(w http.ResponseWriter, r *http.Request, a *asker, list []inspectionBody) error {
	if len(list) == 0 || len(list) > maxInspections {
		return badRequest("a list of 1 to %d inspections is wanted, this one has %d", maxInspections, len(list))
	}
	now := s.now()
	batch := report{asker: a, list: list, visits: make([]inspection.Inspection, len(list)), results: make([]taken, len(list)), now: now}
	batch.read()
	if err := s.db.Repeat(r.Context(), a.scope, batch.store); err != nil {
		return err
	}
	if err := a.live.feed.Sync(r.Context()); err != nil {
		s.log.Warn("a write is stored but not on the map yet", "error", err)
	}
	counts := map[string]int{}
	for i := range batch.results {
		counts[batch.results[i].Result]++
	}
	return writeJSON(w, http.StatusOK, struct {
		Items    []taken `json:"items"`
		Created  int     `json:"created"`
		Repeated int     `json:"repeated"`
		Refused  int     `json:"refused"`
	}{batch.results, counts[created], counts[repeated], counts[refusedItem]})
}

func (s *Server) getInspection(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	var found []inspection.Inspection
	err = s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = inspection.ByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if len(found) == 0 || !a.mayKnow(found[0].Checklist) {
		return notFound("inspection %s", id)
	}
	return writeJSON(w, http.StatusOK, inspectionJSON(&found[0]))
}

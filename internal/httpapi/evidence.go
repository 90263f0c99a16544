package httpapi

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers/hazard"
	"gridward/layers/inspection"
)

// sighting is the visits of a span of time, looked at together: related evidence
// and patterns compare everybody's.
type sighting struct {
	visits   []inspection.Inspection // newest first
	grades   []evidence.Grade
	reasons  [][]evidence.Reason
	patterns func() []evidence.Pattern // found when first asked for
	places   map[uuid.UUID]coverage.Fact
}

// sightings keeps the last one, for as long as it takes to page through it.
type sightings struct {
	mu    sync.Mutex
	key   [3]time.Time // from, to, known
	taken time.Time
	last  *sighting
}

// sightingFor is how old what is shown may be: reading two months of reports
// takes seconds, and whoever looks through them looks for minutes.
const sightingFor = 5 * time.Minute

// sighting looks at the visits from one instant to another, as known at a
// moment, of the whole district: what is usual is everybody's.
func (l *live) sighting(ctx context.Context, v *view, from, to, known time.Time) (*sighting, error) {
	s := &l.seen
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [3]time.Time{from, to, known}
	if s.last != nil && s.key == key && time.Since(s.taken) < sightingFor {
		return s.last, nil
	}
	out := &sighting{places: map[uuid.UUID]coverage.Fact{}}
	var hazards []hazard.Hazard
	var walks coverage.Walks
	err := l.s.db.Read(ctx, postgres.Jobs, l.scope(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		if out.visits, err = inspection.OfSpan(ctx, tx, from, to, known); err != nil {
			return err
		}
		if walks, err = coverage.ReadWalks(ctx, tx, from, to); err != nil {
			return err
		}
		hazards, err = hazard.All(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(out.visits)
	found := map[uuid.UUID]bool{}
	var against []evidence.Contradiction
	for i := range hazards {
		h := &hazards[i]
		found[h.Inspection] = h.Inspection != uuid.Nil
		if h.Origin != "inspection" && h.Place != uuid.Nil {
			against = append(against, evidence.Contradiction{Place: h.Place, At: h.DiscoveredAt, Kind: h.Type})
		}
	}
	p := v.book.Policy()
	zone := p.Zone()
	visits := make([]evidence.Visit, len(out.visits))
	for i := range out.visits {
		o := &out.visits[i]
		fact, ok := out.places[o.Place]
		if !ok {
			fact, _ = v.book.Fact(o.Place)
			out.places[o.Place] = fact
		}
		visits[i] = evidenceVisit(o, &fact, found[o.ID], walks.Covering(o.Inspector, coverage.MomentOf(o.At)) < coverage.MomentOf(known))
	}
	// Door visits to people who need care are compared with nothing: patterns name
	// visits, and not everybody may know of these.
	open := make([]evidence.Visit, 0, len(visits))
	for i := range visits {
		if !p.Discreet(out.visits[i].Checklist) {
			open = append(open, visits[i])
		}
	}
	related := p.Evidence.Related(open, zone)
	out.grades, out.reasons = make([]evidence.Grade, len(visits)), make([][]evidence.Reason, len(visits))
	for i := range visits {
		own := p.Evidence.OwnReasons(&visits[i].Own, evidence.MinuteOfDay(visits[i].At, zone))
		out.grades[i], out.reasons[i] = p.Evidence.Grade(own, related[visits[i].ID])
	}
	out.patterns = sync.OnceValue(func() []evidence.Pattern { return p.Evidence.Patterns(open, against, zone) })
	s.key, s.last, s.taken = key, out, time.Now()
	return out, nil
}

// evidenceVisit is a report as evidence looks at it.
func evidenceVisit(o *inspection.Inspection, f *coverage.Fact, foundSomething, tracked bool) evidence.Visit {
	at := f.Anchor.Orb()
	v := evidence.Visit{ID: o.ID, Place: o.Place, Inspector: o.Inspector, Device: o.Device, At: o.At, Lon: at[0], Lat: at[1], AnchorLon: at[0], AnchorLat: at[1],
		Walk: o.Walk, Clean: o.Outcome == inspection.Done && !foundSomething, Own: coverage.OwnEvidence(o, tracked)}
	if o.Position != nil {
		v.Lon, v.Lat, v.HasPosition = o.Position[0], o.Position[1], true
	}
	for _, h := range o.Photos {
		v.Photos = append(v.Photos, h)
	}
	return v
}

// listEvidence lists visits by their grade, newest first.
func (s *Server) listEvidence(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, append([]string{"grade", "limit", "after"}, coverageParams...)...)
	now := s.now()
	c := q.coverage(a, now)
	limit := q.limit()
	grades := among(q, "grade", []string{"A", "B", "C", "D"})
	after := struct {
		At time.Time `json:"t"`
		ID uuid.UUID `json:"i"`
	}{}
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	from, to := c.Period.Bounds(a.view.book.Policy().Zone())
	seen, err := a.live.sighting(r.Context(), a.view, from, to, c.Known)
	if err != nil {
		return err
	}
	items := []map[string]any{}
	out := page{}
	for i := range seen.visits {
		v := &seen.visits[i]
		if !after.At.IsZero() && (v.At.After(after.At) || v.At.Equal(after.At) && slices.Compare(v.ID[:], after.ID[:]) >= 0) {
			continue
		}
		if !a.scope.Sees(v.Town, v.Park, v.Community) || !a.mayKnow(v.Checklist) || (c.Unit != "" && c.Unit != v.Town && c.Unit != v.Park && c.Unit != v.Community) || (len(grades) > 0 && !slices.Contains(grades, seen.grades[i].String())) {
			continue
		}
		f := seen.places[v.Place]
		at := f.Anchor.Orb()
		items = append(items, map[string]any{"inspection": inspectionJSON(v), "place": map[string]any{"id": v.Place, "name": f.Name, "category": f.Category, "lon": at[0], "lat": at[1]},
			"grade": seen.grades[i], "reasons": evidenceReasons(seen.reasons[i])})
		if len(items) == limit {
			after.At, after.ID = v.At, v.ID
			out.Next = next(r, after)
			break
		}
	}
	out.Items = items
	return writeJSON(w, http.StatusOK, out)
}

func evidenceReasons(list []evidence.Reason) []coverage.Reason {
	out := []coverage.Reason{}
	for _, r := range list {
		out = append(out, coverage.Reason{Code: r.Code.String(), ZH: r.ZH, EN: r.EN})
	}
	return out
}

// listPatterns ranks inspectors by what is hard to explain of their visits. An
// account sees those of whom it may see every visit.
func (s *Server) listPatterns(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "from", "to", "limit", "as_known_at")
	known := q.known(a)
	today := a.view.day
	from, to := q.day("from", today.AddDate(0, 0, -60)), q.day("to", today.AddDate(0, 0, 1))
	unit, limit := q.unit(a), q.limit()
	if !from.Before(to) || to.Sub(from) > 400*24*time.Hour {
		q.fail("from and to must be at most 400 days, from before to")
	}
	if q.err != nil {
		return q.err
	}
	zone := a.view.book.Policy().Zone()
	seen, err := a.live.sighting(r.Context(), a.view, policy.DayOf(from).Begins(zone), policy.DayOf(to).Begins(zone), known)
	if err != nil {
		return err
	}
	visible, inUnit := map[string]bool{}, map[string]bool{}
	for i := range seen.visits {
		v := &seen.visits[i]
		if ok, known := visible[v.Inspector]; !known || ok {
			visible[v.Inspector] = a.scope.Sees(v.Town, v.Park, v.Community)
		}
		if unit == "" || unit == v.Town || unit == v.Park || unit == v.Community {
			inUnit[v.Inspector] = true
		}
	}
	items := []map[string]any{}
	for _, p := range seen.patterns() {
		if !visible[p.Inspector] || !inUnit[p.Inspector] {
			continue
		}
		if len(items) == limit {
			break
		}
		items = append(items, patternJSON(&p))
	}
	return writeJSON(w, http.StatusOK, map[string]any{"from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly), "as_known_at": nullTime(known), "items": items})
}

func patternJSON(p *evidence.Pattern) map[string]any {
	findings, reasons := []map[string]any{}, []map[string]any{}
	for _, f := range p.Findings {
		track, lines := []map[string]any{}, []map[string]any{}
		for _, s := range f.Track {
			track = append(track, map[string]any{"inspection": s.Visit, "at": s.At, "position": s.Position, "hit": s.Hit})
		}
		for _, l := range f.Lines {
			lines = append(lines, map[string]any{"inspection": l.Visit, "place": l.Place, "position": l.Position})
		}
		examples := f.Examples
		if examples == nil {
			examples = []uuid.UUID{}
		}
		findings = append(findings, map[string]any{"kind": f.Kind.String(), "score": f.Score, "hits": f.Hits, "looks": f.Looks, "days": f.Days, "usual": f.Usual, "zh": f.ZH, "en": f.EN, "examples": examples, "track": track, "lines": lines})
	}
	for _, c := range p.Reasons {
		reasons = append(reasons, map[string]any{"code": c.Code.String(), "visits": c.Visits})
	}
	return map[string]any{"inspector": p.Inspector, "visits": p.Visits, "days": p.Days, "score": p.Score, "findings": findings, "reasons": reasons}
}

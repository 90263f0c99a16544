package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"gridward/geo"
	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/layers/hazard"
	"gridward/tiles"
)

// view is a district's data in memory at one moment. It is immutable but for
// the book, which keeps itself up to date.
type view struct {
	district  layers.Unit
	units     []layers.Unit
	tree      *layers.Tree
	grids     []grids.Grid
	gridAt    map[string]int
	placer    *grids.Placer
	book      *coverage.Book
	heat      *tiles.Heat
	unitTiles *tiles.Snapshot
	gridTiles *tiles.Snapshot
	places    map[string]*tiles.Snapshot                                   // by layer
	read      func(layer string, ids []uuid.UUID) ([]tiles.Feature, error) // of slim snapshots
	settings  map[string]string
	problems  []string // places that the policy cannot classify
	patrols   *patrols
	day       time.Time // on which it all stands
	since     time.Time // from when visits are kept
}

// reading is what the view's coverage is read by.
func (v *view) reading(set *layers.Set) coverage.Reading {
	return coverage.Reading{Layers: inspected(set), Today: policy.DayOf(v.day), Since: v.since}
}

// live keeps a district's view up to date from the change feed.
type live struct {
	s        *Server
	district string
	feed     *postgres.Feed
	current  atomic.Pointer[view]
	// generation is another one after every change that tiles may show.
	generation atomic.Uint64
	seen       sightings
	versions   versionsKept
	settled    atomic.Pointer[time.Time] // what was learned before it is in memory
	load       sync.Once
	err        error
}

func (l *live) view() *view { return l.current.Load() }

// live is the district's data, loaded when it is first asked for.
func (s *Server) live(ctx context.Context, district string) (*live, error) {
	s.mu.Lock()
	l, ok := s.lives[district]
	if !ok {
		l = &live{s: s, district: district}
		s.lives[district] = l
	}
	s.mu.Unlock()
	l.load.Do(func() { l.err = l.start() })
	if l.err != nil {
		s.mu.Lock()
		if s.lives[district] == l {
			delete(s.lives, district) // the next request tries again
		}
		s.mu.Unlock()
		return nil, l.err
	}
	return l, nil
}

// start takes the feed's position first and loads then, so that no change
// falls between.
func (l *live) start() error {
	began := time.Now()
	var err error
	if l.feed, err = l.s.db.NewFeed(l.s.ctx, l.district, l.apply); err != nil {
		return err
	}
	v, err := l.read(l.s.ctx)
	if err != nil {
		return err
	}
	l.current.Store(v)
	l.s.log.Info("district loaded", "district", l.district, "places", v.book.Len(), "took", time.Since(began).Round(time.Millisecond))
	for _, p := range v.problems {
		l.s.log.Warn("place without a class", "place", p)
	}
	l.s.feeds.Go(func() { l.feed.Run(l.s.ctx, l.s.log) })
	return nil
}

func (l *live) scope() postgres.Scope { return postgres.Scope{District: l.district, Actor: "live"} }

// lookBack is how far before the running half-year visits are kept: enough
// for the longest gap and for looking at the periods before.
const lookBack = 12

// read loads everything.
func (l *live) read(ctx context.Context) (*view, error) {
	now := l.s.now()
	v := &view{places: map[string]*tiles.Snapshot{}, patrols: &patrols{}}
	err := l.s.db.Read(ctx, postgres.Jobs, l.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		p, err := coverage.PolicyAt(ctx, tx, now)
		if err != nil {
			return err
		}
		day := policy.DateOf(now, p.Zone())
		v.day = day
		if v.units, err = layers.UnitsAt(ctx, tx, day); err != nil {
			return err
		}
		v.tree = layers.NewTree(v.units)
		for i := range v.units {
			if v.units[i].Kind == layers.District {
				v.district = v.units[i]
			}
		}
		if v.district.Code == "" {
			return kindNoDistrict.fail("the database has no units of district %s: run gridward demo or gridward import --units", l.district)
		}
		if v.grids, err = grids.InForce(ctx, tx, day); err != nil {
			return err
		}
		v.gridAt = map[string]int{}
		for i, g := range v.grids {
			v.gridAt[g.Code] = i
		}
		if v.placer, err = grids.NewPlacer(v.units, v.grids); err != nil {
			return err
		}
		v.since = policy.Containing(day, policy.HalfYear).FirstDay().AddDate(0, -lookBack, 0)
		if v.book, v.problems, err = coverage.LoadBook(ctx, tx, v.reading(l.s.set)); err != nil {
			return err
		}
		if v.heat, err = readHeat(ctx, tx, v.book); err != nil {
			return err
		}
		if v.settings, err = layers.Settings(ctx, tx); err != nil {
			return err
		}
		for _, d := range l.s.set.All() {
			if v.places[d.Layer], err = readLayer(ctx, tx, d, day, v.book, l.s.layerBytes); err != nil {
				return err
			}
			if v.places[d.Layer].Slim() {
				l.s.log.Info("layer is read from the database when it is drawn", "layer", d.Layer, "places", v.places[d.Layer].Len())
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load district %s: %w", l.district, err)
	}
	v.unitTiles, v.gridTiles = unitSnapshot(v), gridSnapshot(v)
	day, book := v.day, v.book // not the view, which others follow
	v.read = func(layer string, ids []uuid.UUID) ([]tiles.Feature, error) { return l.features(layer, day, book, ids) }
	v.heat = v.heat.Among(v.inspected(l.s.set))
	return v, nil
}

// inspected are the places among which hazards are.
func (v *view) inspected(set *layers.Set) []*tiles.Snapshot {
	var out []*tiles.Snapshot
	for _, layer := range inspected(set) {
		if s := v.places[layer]; s != nil {
			out = append(out, s)
		}
	}
	return out
}

func inspected(set *layers.Set) []string {
	var out []string
	for _, d := range set.All() {
		if d.Inspected {
			out = append(out, d.Layer)
		}
	}
	return out
}

// readHeat reads every hazard.
func readHeat(ctx context.Context, tx *postgres.Tx, book *coverage.Book) (*tiles.Heat, error) {
	all, err := hazard.All(ctx, tx)
	if err != nil {
		return nil, err
	}
	p := book.Policy()
	sparks, err := sparksOf(all, book)
	if err != nil {
		return nil, err
	}
	return tiles.NewHeat(sparks, tiles.Weights{Severity: p.Heat.Severity, Closed: p.Heat.Closed, HalfLifeDays: p.Heat.HalfLifeDays})
}

// sparksOf are hazards as heat sees them.
func sparksOf(list []hazard.Hazard, book *coverage.Book) ([]tiles.Spark, error) {
	zone := book.Policy().Zone()
	out := make([]tiles.Spark, len(list))
	for i := range list {
		z := &list[i]
		at, err := geo.SnapChecked(z.Point)
		if err != nil {
			return nil, fmt.Errorf("hazard %s: %w", z.ID, err)
		}
		out[i] = tiles.Spark{ID: z.ID, Place: z.Place, Key: z.Key, Point: at, Day: int32(policy.DayAt(z.DiscoveredAt, zone)), IsClosed: z.State == hazard.Closed,
			Kind:  tiles.SparkKind{Type: z.Type, Class: int8(classOf(book, z.Place)), Severity: int8(z.Severity), State: string(z.State)},
			Owner: tiles.Owner{Town: z.Town, Park: z.Park, Community: z.Community}}
	}
	return out, nil
}

// apply brings the view up to date with committed changes.
func (l *live) apply(ctx context.Context, changes []postgres.Change) error {
	v := l.view()
	if v == nil {
		return nil
	}
	var visits, walked, exempted, cared []uuid.UUID
	changed := map[string][]uuid.UUID{} // places by layer
	var found []uuid.UUID               // hazards
	everything, allHazards := false, false
	for _, c := range changes {
		switch c.Topic {
		case "inspection":
			visits = append(visits, c.Entity)
		case "inspections":
			var several struct{ IDs []uuid.UUID }
			if err := json.Unmarshal(c.Detail, &several); err != nil {
				return fmt.Errorf("change %s: %w", c.ID, err)
			}
			visits = append(visits, several.IDs...)
		case "track":
			walked = append(walked, c.Entity)
		case "hazard":
			if found = append(found, c.Entity); c.Entity == uuid.Nil {
				allHazards = true // an import: too many to name
			}
		case "exemption":
			exempted = append(exempted, c.Entity)
		case "care":
			cared = append(cared, c.Entity)
		case "places":
			var some struct {
				Layer string
				IDs   []uuid.UUID
			}
			if err := json.Unmarshal(c.Detail, &some); err != nil || len(some.IDs) == 0 {
				everything = true // an import: too many to name
			}
			changed[some.Layer] = append(changed[some.Layer], some.IDs...)
		case "day":
			var began struct{ Day string }
			if err := json.Unmarshal(c.Detail, &began); err != nil || began.Day > v.day.Format(time.DateOnly) {
				everything = true
			}
		case "units", "grids", "assignments", "policy":
			everything = true
		}
	}
	if everything {
		fresh, err := l.read(ctx)
		if err != nil {
			return err
		}
		l.current.Store(fresh)
		l.generation.Add(1)
		return nil
	}
	// Whoever read the generation before draws what was before, or what is now,
	// and keeps it for the generation before.
	defer l.generation.Add(1)
	return l.s.db.Read(ctx, postgres.Tiles, l.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		if len(walked) > 0 { // what was reported before the track that backs it
			backed, err := coverage.BackedBy(ctx, tx, walked)
			if err != nil {
				return err
			}
			visits = append(visits, backed...)
		}
		if len(visits) > 0 {
			found, err := coverage.Visits(ctx, tx, v.since, visits)
			if err != nil {
				return err
			}
			v.book.PutVisits(found)
		}
		if len(exempted) > 0 {
			found, err := coverage.Exemptions(ctx, tx, exempted)
			if err != nil {
				return err
			}
			v.book.PutExemptions(found)
		}
		if len(cared) > 0 {
			found, err := coverage.CareOf(ctx, tx, cared)
			if err != nil {
				return err
			}
			v.book.PutCare(found)
		}
		next := *v
		if len(changed) > 0 {
			if err := l.readChanged(ctx, tx, &next, changed); err != nil {
				return err
			}
		}
		switch {
		case allHazards || len(changed) > 0: // their class is their place's
			heat, err := readHeat(ctx, tx, v.book)
			if err != nil {
				return err
			}
			next.heat = heat.Among(next.inspected(l.s.set))
		case len(found) > 0:
			those, err := hazard.ByID(ctx, tx, found...)
			if err != nil {
				return err
			}
			sparks, err := sparksOf(those, v.book)
			if err != nil {
				return err
			}
			if next.heat, err = v.heat.With(sparks); err != nil {
				return err
			}
		}
		if len(found) > 0 || len(changed) > 0 {
			l.current.Store(&next)
		}
		return nil
	})
}

// readChanged reads some places anew, by layer, and what their layers show.
func (l *live) readChanged(ctx context.Context, tx *postgres.Tx, v *view, changed map[string][]uuid.UUID) error {
	v.places = maps.Clone(v.places)
	for layer, ids := range changed {
		d, ok := l.s.set.Get(layer)
		if !ok {
			continue
		}
		if d.Inspected {
			fresh, _, err := coverage.Places(ctx, tx, v.book.Rules(), v.reading(l.s.set), ids)
			if err != nil {
				return err
			}
			v.book.PutPlaces(fresh)
		}
		var err error
		if v.places[layer], err = readSome(ctx, tx, d, v.day, v.book, v.places[layer], ids); err != nil {
			return err
		}
		if slices.Contains(patrolled, layer) {
			v.patrols = &patrols{} // streets and grounds are other ones now
		}
	}
	return nil
}

// classOf is the class of a place's first duty; 0 where it owes nothing.
func classOf(book *coverage.Book, place uuid.UUID) int {
	if f, ok := book.Fact(place); ok && len(f.Owes) > 0 {
		return book.Policy().Duties[f.Owes[0].Duty].Class
	}
	return 0
}

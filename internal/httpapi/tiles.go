package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/auth"
	"gridward/layers"
	"gridward/layers/hazard"
	"gridward/tiles"
	"gridward/tiles/mvt"
)

// The media types of tiles; [tiles.Surface.Columns] describes the second.
const (
	mvtType     = "application/vnd.mapbox-vector-tile"
	columnsType = "application/vnd.gridward.h3t"
)

// placesFrom is the zoom from which coverage shows single places.
const placesFrom = 13

// tileSet is one kind of tile.
type tileSet struct {
	name     string
	min, max int
	params   []string // query parameters
	layers   []tiles.VectorLayer
	fromSQL  bool // what is drawn is read from the database first
	// plan says what a tile rests on, and how to draw it.
	plan func(q *query, t tiles.Address) plannedTile
	// columns is the same as an H3 column tile; nil where there is none.
	columns func(q *query, t tiles.Address) plannedTile
}

// noZoom says where in a matrix the set has tiles.
func (set *tileSet) noZoom(m tiles.Matrix) error {
	lo, hi, ok := m.Zooms(set.min, set.max)
	if !ok {
		return notFound("%s has no tiles in %s", set.name, m)
	}
	return notFound("%s has tiles from zoom %d to %d", set.name, lo, hi)
}

// plannedTile is a tile that may have to be drawn.
type plannedTile struct {
	version func(*xxhash.Digest) // all that its bytes rest on, as far as the asker sees it
	draw    func() (tiles.Tile, error)
}

// versionNumber is what the tile rests on as one number.
func (p *plannedTile) versionNumber() uint64 {
	h := xxhash.New()
	p.version(h)
	return h.Sum64()
}

// mostJoined bounds the sets of one tile.
const mostJoined = 20

// tileSetOf finds a tile set for an asker, or several with commas between, each
// at its own zooms, as one.
func (s *Server) tileSetOf(a *asker, name string) (tileSet, bool) {
	if !strings.Contains(name, ",") {
		return s.oneTileSet(a, name)
	}
	names := strings.Split(name, ",")
	if len(names) > mostJoined {
		return tileSet{}, false
	}
	var sets []tileSet
	out := tileSet{name: name, min: tiles.MaxZoom}
	for i, one := range names {
		set, ok := s.oneTileSet(a, one)
		if !ok || slices.Contains(names[:i], one) { // layers have names of their own in a tile
			return tileSet{}, false
		}
		sets = append(sets, set)
		out.min, out.max = min(out.min, set.min), max(out.max, set.max)
		out.fromSQL = out.fromSQL || set.fromSQL
		out.params, out.layers = append(out.params, set.params...), append(out.layers, set.layers...)
	}
	out.plan = func(q *query, t tiles.Address) plannedTile {
		var parts []plannedTile
		for _, set := range sets {
			if t.Depth() >= set.min && t.Depth() <= set.max {
				if parts = append(parts, set.plan(q, t)); q.err != nil {
					return plannedTile{}
				}
			}
		}
		return plannedTile{
			version: func(h *xxhash.Digest) {
				for i := range parts {
					parts[i].version(h)
				}
			},
			draw: func() (tiles.Tile, error) {
				drawn := make([]tiles.Tile, len(parts))
				for i := range parts {
					var err error
					if drawn[i], err = parts[i].draw(); err != nil {
						return tiles.Tile{}, err
					}
				}
				return tiles.Join(drawn...), nil
			},
		}
	}
	return out, true
}

func (s *Server) oneTileSet(a *asker, name string) (tileSet, bool) {
	v := a.view
	switch name {
	case "units":
		return s.snapshotTiles(a, v.unitTiles, 0, 14, map[string]string{"code": "String", "kind": "String", "name": "String", "name_en": "String", "parent": "String"}, true), true
	case "grids":
		return s.snapshotTiles(a, v.gridTiles, 10, 16, map[string]string{"code": "String", "name": "String", "community": "String", "town": "String", "kind": "String"}, true), true
	case "coverage":
		return s.coverageTiles(a), true
	case "heat":
		return s.heatTiles(a), true
	case "hazards":
		return s.hazardTiles(a), true
	}
	d, ok := s.set.Get(name)
	if !ok {
		return tileSet{}, false
	}
	return s.snapshotTiles(a, v.places[name], d.Zoom.Min, d.Zoom.Max, fieldsOf(d), false), true
}

// snapshotTiles show a layer as it is. Areas may have labels besides: one point
// an area, so that a name stands once, however many tiles the area is cut into.
func (s *Server) snapshotTiles(a *asker, snap *tiles.Snapshot, lo, hi int, fields map[string]string, labels bool) tileSet {
	v, scope := a.view, a.tileScope()
	drawings := []tiles.Drawing{{Name: snap.Layer, Parts: []*tiles.Snapshot{snap}}}
	set := tileSet{name: snap.Layer, min: lo, max: hi, layers: []tiles.VectorLayer{{ID: snap.Layer, MinZoom: lo, MaxZoom: hi, Fields: fields}}}
	if labels {
		drawings = append(drawings, tiles.Drawing{Name: snap.Layer + "-labels", Labels: true, Parts: []*tiles.Snapshot{snap}})
		set.layers = append(set.layers, tiles.VectorLayer{ID: snap.Layer + "-labels", MinZoom: lo, MaxZoom: hi, Fields: fields})
	}
	set.plan = func(_ *query, t tiles.Address) plannedTile {
		return plannedTile{
			version: func(h *xxhash.Digest) { tiles.AppendVersion(h, t, scope, drawings...) },
			draw: func() (tiles.Tile, error) {
				if !snap.Slim() {
					return tiles.Draw(t, scope, drawings...), nil
				}
				ids, reduced := tiles.Chosen(t, scope, snap)
				if len(ids) == 0 {
					return tiles.Tile{}, nil
				}
				read, err := v.read(snap.Layer, ids)
				return tiles.DrawThose(t, snap.Layout, read, reduced), err
			},
		}
	}
	set.fromSQL = snap.Slim()
	return set
}

func fieldsOf(d *layers.Definition) map[string]string {
	out := map[string]string{"name": "String", "category": "String"}
	if d.Inspected {
		out["class"], out["risk"] = "Number", "Number"
	}
	for _, at := range d.Attributes {
		switch at.Type {
		case "enum":
			out[at.Name] = "String"
		case "boolean":
			out[at.Name] = "Boolean"
		case "integer", "number":
			out[at.Name] = "Number"
		}
	}
	return out
}

// heatParams are the parameters of heat: they narrow what counts.
var heatParams = []string{"type", "class", "severity", "state", "unit", "datetime", "smooth", "compare", "measure"}

// heatTiles show hexagons with the weight of the hazards in each.
func (s *Server) heatTiles(a *asker) tileSet {
	v, scope := a.view, a.tileScope()
	plan := func(draw func(*tiles.Surface, tiles.Address) tiles.Tile) func(q *query, t tiles.Address) plannedTile {
		return func(q *query, t tiles.Address) plannedTile {
			f := heatFilter(q, a)
			return plannedTile{
				version: func(h *xxhash.Digest) { v.heat.AppendVersion(h, t, &f, scope.Sees) },
				draw: func() (tiles.Tile, error) {
					surface, err := v.heat.Surface(t.Depth(), f, scope)
					if err != nil {
						return tiles.Tile{}, err
					}
					return draw(surface, t), nil
				},
			}
		}
	}
	return tileSet{name: "heat", min: tiles.HeatMin, max: tiles.HeatMax, params: heatParams,
		layers:  []tiles.VectorLayer{{ID: "heat", MinZoom: tiles.HeatMin, MaxZoom: tiles.HeatMax, Fields: tiles.HeatFields()}},
		plan:    plan((*tiles.Surface).Draw),
		columns: plan(func(s *tiles.Surface, t tiles.Address) tiles.Tile { return s.Columns(t) }),
	}
}

// hazardTiles show hazards as points: far out clusters of them, each with its
// number and the gravest's severity.
func (s *Server) hazardTiles(a *asker) tileSet {
	v, sees := a.view, tiles.Sees(a.sees())
	return tileSet{name: "hazards", min: 8, max: 16, params: []string{"type", "class", "severity", "state", "unit", "datetime"},
		layers: []tiles.VectorLayer{{ID: "hazards", MinZoom: 8, MaxZoom: 16, Fields: tiles.ClusterFields()}},
		plan: func(q *query, t tiles.Address) plannedTile {
			f := heatFilter(q, a)
			return plannedTile{
				version: func(h *xxhash.Digest) { v.heat.AppendPointsVersion(h, t, &f, sees) },
				draw:    func() (tiles.Tile, error) { return v.heat.DrawPoints(t, f, sees), nil },
			}
		}}
}

func heatFilter(q *query, a *asker) tiles.HeatFilter {
	f := tiles.HeatFilter{Types: among(q, "type", a.view.book.Policy().HazardTypes()), Class: q.number("class", 0, 3, 0), Severity: q.number("severity", 1, 4, 1), States: among(q, "state", hazard.States),
		Rings: q.number("smooth", 0, 3, 0), Today: int32(policy.DayOf(a.view.day))}
	if q.text("unit") != "" {
		f.Unit = q.ownUnit(a, "unit")
	}
	first, last := q.interval("datetime", a.view.book.Policy().Zone())
	f.First, f.Last = int32(first), int32(last)
	switch measure := q.text("measure"); {
	case measure == "per_100_places":
		f.PerPlaces = true
	case measure != "" && measure != "weight":
		q.fail("parameter measure may be weight or per_100_places, not %q", measure)
	}
	if f.PerPlaces && (f.Rings > 0 || q.text("compare") != "") {
		q.fail("per_100_places is neither smoothed nor compared")
	}
	switch compare := q.text("compare"); {
	case compare == "previous" && (first == 0 || last == 0):
		q.fail("compare=previous needs a datetime with two ends, such as 2026-10-01/2026-10-31")
	case compare == "previous":
		f.Previous = true
	case compare != "":
		q.fail("parameter compare may be previous, not %q", compare)
	}
	return f
}

// coverageTiles colour areas by what is met in them: towns far out, over them
// the parks with what they answer for, then communities, then grids with single places.
func (s *Server) coverageTiles(a *asker) tileSet {
	v, scope := a.view, a.tileScope()
	return tileSet{name: "coverage", min: 6, max: 16, params: []string{"period", "class", "category", "as_known_at", "as_of"},
		layers: []tiles.VectorLayer{
			{ID: "areas", MinZoom: 6, MaxZoom: 16, Fields: map[string]string{"code": "String", "kind": "String", "name": "String", "total": "Number", "due": "Number", "met": "Number", "unmet": "Number", "complete": "Boolean", "pct": "Number"}},
			{ID: "places", MinZoom: placesFrom, MaxZoom: 16, Fields: map[string]string{"state": "String", "category": "String", "class": "Number"}},
		},
		plan: func(q *query, t tiles.Address) plannedTile {
			now := s.now()
			c := q.coverage(a, now)
			if q.err != nil {
				return plannedTile{}
			}
			by, snap, kinds := coverage.ByTownLevel, v.unitTiles, []layers.UnitKind{layers.Town, layers.Park}
			switch {
			case t.Depth() >= 14:
				by, snap, kinds = coverage.ByGrid, v.gridTiles, nil
			case t.Depth() >= 11:
				by, kinds = coverage.ByCommunity, []layers.UnitKind{layers.Community}
			}
			areas := shownAreas{parts: v.book.Breakdown(c, by, now), kinds: kinds}
			drawings := []tiles.Drawing{{Name: "areas", Parts: []*tiles.Snapshot{snap}, Keys: areaKeys, Show: areas.show}}
			if t.Depth() >= placesFrom {
				states := shownPlaces{v.book.PlaceStates(c, now)}
				drawings = append(drawings, tiles.Drawing{Name: "places", Labels: true, Parts: v.inspected(s.set), Keys: placeKeys, Show: states.show})
			}
			return plannedTile{
				version: func(h *xxhash.Digest) { tiles.AppendVersion(h, t, scope, drawings...) },
				draw:    func() (tiles.Tile, error) { return tiles.Draw(t, scope, drawings...), nil },
			}
		}}
}

// The tags of areas and places in coverage tiles.
var (
	areaKeys  = []string{"code", "kind", "name", "total", "due", "met", "unmet", "complete", "pct"}
	placeKeys = []string{"state", "category", "class"}
)

// shownAreas tags areas with what is met in them.
type shownAreas struct {
	parts map[string]coverage.Rollup
	kinds []layers.UnitKind // those that are shown; nil: all
}

func (s shownAreas) show(f tiles.Row, l *mvt.Layer) bool {
	kind := f.Text(0) // of unitFields and gridFields
	if s.kinds != nil && !slices.Contains(s.kinds, layers.UnitKind(kind)) {
		return false
	}
	r, ok := s.parts[f.Code()]
	if !ok && kind == string(layers.Park) {
		return false // it lies over towns that have something to show
	}
	if !ok {
		r = coverage.NewRollup()
	}
	l.Unique(0, f.Code())
	l.String(1, kind)
	l.String(2, f.Text(1))
	for i, n := range [4]int{r.Total(), r.Due(), r.States[coverage.Met], r.Unmet()} {
		l.Int(3+i, int64(n))
	}
	if done := r.Complete(); done != nil {
		l.Bool(7, *done)
		l.Int(8, int64(r.States[coverage.Met]*100/r.Due()))
	}
	return true
}

// shownPlaces tags places with their states.
type shownPlaces struct {
	stateOf func(uuid.UUID) (coverage.State, int, string, bool)
}

func (s shownPlaces) show(f tiles.Row, l *mvt.Layer) bool {
	state, class, category, ok := s.stateOf(f.Ref())
	if !ok {
		return false
	}
	l.String(0, state.String())
	l.String(1, category)
	l.Int(2, int64(class))
	return true
}

// roleKey tells roles apart that see other things of a scope.
func (a *asker) roleKey() string {
	if a.Role.Can(auth.Care) {
		return "+"
	}
	return "-"
}

// scopeKey names the asker's scope: accounts of the same units share what is kept.
func (a *asker) scopeKey() string { return strings.Join(a.scope.Units, "+") }

func (a *asker) tileScope() tiles.Scope { return tiles.Scope{Key: a.scopeKey(), Sees: a.sees()} }

// getTile answers with a vector tile.
func (s *Server) getTile(w http.ResponseWriter, r *http.Request, a *asker) error {
	return s.tile(w, r, a, asTile, func(set tileSet) func(*query, tiles.Address) plannedTile { return set.plan })
}

// getColumns answers with an H3 column tile.
func (s *Server) getColumns(w http.ResponseWriter, r *http.Request, a *asker) error {
	return s.tile(w, r, a, asColumns, func(set tileSet) func(*query, tiles.Address) plannedTile { return set.columns })
}

func (s *Server) tile(w http.ResponseWriter, r *http.Request, a *asker, media []string, planOf func(tileSet) func(*query, tiles.Address) plannedTile) error {
	generation := a.live.generation.Load()
	a.view = a.live.view() // of that generation or later
	matrix, err := tiles.ParseMatrix(pathVar(r, "matrix"))
	if err != nil {
		return err
	}
	t, err := tiles.ParseTile(matrix, pathVar(r, "z"), pathVar(r, "x"), pathVar(r, "y"))
	if err != nil {
		return err
	}
	set, ok := s.tileSetOf(a, pathVar(r, "layer"))
	if !ok {
		return notFound("layer %q; GET /api/layers lists them", pathVar(r, "layer"))
	}
	if t.Depth() < set.min || t.Depth() > set.max {
		return set.noZoom(matrix)
	}
	q := readQuery(r, append(set.params, "v")...)
	if q.err != nil {
		return q.err
	}
	plan := planOf(set)
	if plan == nil {
		return notFound("%s has no tiles of this kind", set.name)
	}
	p := plan(q, t)
	if q.err != nil {
		return q.err
	}
	version := p.versionNumber()
	if tag := tiles.Tag(version); matches(r.Header.Get("If-None-Match"), tag) {
		return s.sendTile(w, r, media, nil, tag) // it need not even be drawn
	}
	ready, err := s.tileCache.Get(r.Context(), a.tileKey(r), tiles.Source{Generation: generation, Version: version, Draw: p.draw})
	if err != nil {
		return err
	}
	return s.sendTile(w, r, media, ready, ready.Tag())
}

// tileKey names a tile by its address, what was asked of it, and for whom.
func (a *asker) tileKey(r *http.Request) string {
	return a.scope.District + a.roleKey() + a.scopeKey() + r.URL.Path + "?" + r.URL.RawQuery
}

// sendTile answers with a tile, or that the client has it; ready may be nil for
// the latter.
func (s *Server) sendTile(w http.ResponseWriter, r *http.Request, media []string, ready *tiles.Ready, tag string) error {
	h := w.Header()
	h["Cache-Control"] = privately // one slice for all: nobody changes headers later
	h["Etag"] = []string{tag}
	if ready != nil && ready.Reduced {
		h.Set("X-Tile-Reduced", "drop-lowest-risk")
		s.metrics.reduced.Inc()
	}
	if ready == nil || matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if ready.Empty() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	accepted := r.Header.Get("Accept-Encoding")
	body, encoding, err := s.tileCache.Bytes(ready, func(e tiles.Encoding) bool { return accepts(accepted, string(e)) })
	if err != nil {
		return err
	}
	if encoding != tiles.Plain {
		h.Set("Content-Encoding", string(encoding))
	}
	h["Content-Type"] = media
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.Write(body)
	return nil
}

// Headers of tiles.
var privately, asTile, asColumns = []string{"private, no-cache"}, []string{mvtType}, []string{columnsType}

// matches compares an If-None-Match header weakly.
func matches(header, tag string) bool {
	if header == "" {
		return false
	}
	if header == tag {
		return true
	}
	weak := strings.TrimPrefix(tag, "W/")
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == weak {
			return true
		}
	}
	return false
}

// accepts reads an Accept-Encoding header with its weights.
func accepts(header, encoding string) bool {
	any := false
	for part := range strings.SplitSeq(header, ",") {
		name, rest, weighed := strings.Cut(strings.TrimSpace(part), ";")
		weight := 1.0
		if weighed {
			if _, q, ok := strings.Cut(strings.ReplaceAll(rest, " ", ""), "q="); ok {
				if f, err := strconv.ParseFloat(q, 64); err == nil {
					weight = f
				}
			}
		}
		switch name = strings.TrimSpace(name); {
		case strings.EqualFold(name, encoding):
			return weight > 0
		case name == "*":
			any = weight > 0
		}
	}
	return any
}

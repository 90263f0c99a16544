package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb/maptile"

	"gridward/grids/coverage"
	"gridward/layers"
	"gridward/layers/hazard"
	"gridward/tiles"
)

const mvtType = "application/vnd.mapbox-vector-tile"

// placesFrom is the zoom from which coverage shows single places.
const placesFrom = 13

// tileSet is one kind of tile.
type tileSet struct {
	name     string
	min, max int
	params   []string // query parameters
	make     func(q *query, t maptile.Tile) (tiles.Tile, error)
	layers   []tiles.VectorLayer
}

// tileSetOf finds a tile set for an asker.
func (s *Server) tileSetOf(a *asker, name string) (tileSet, bool) {
	v, sees := a.view, tiles.Sees(a.sees())
	plain := func(snap *tiles.Snapshot, lo, hi int, fields map[string]string, zoomed tiles.Props) tileSet {
		return tileSet{name: name, min: lo, max: hi, layers: []tiles.VectorLayer{{ID: name, MinZoom: lo, MaxZoom: hi, Fields: fields}},
			make: func(_ *query, t maptile.Tile) (tiles.Tile, error) { return snap.Encode(t, sees, zoomed) }}
	}
	switch name {
	case "units":
		return withLabels(plain(v.unitTiles, 0, 14, map[string]string{"code": "String", "kind": "String", "name": "String", "name_en": "String", "parent": "String"}, nil), v.unitTiles, sees), true
	case "grids":
		return withLabels(plain(v.gridTiles, 10, 16, map[string]string{"code": "String", "name": "String", "community": "String", "town": "String", "kind": "String"}, nil), v.gridTiles, sees), true
	case "coverage":
		return s.coverageTiles(a), true
	case "heat":
		return tileSet{name: name, min: tiles.HeatMin, max: tiles.HeatMax, params: []string{"type", "severity", "state", "since", "until"},
			layers: []tiles.VectorLayer{{ID: "heat", MinZoom: tiles.HeatMin, MaxZoom: tiles.HeatMax, Fields: map[string]string{"h3": "String", "count": "Number", "weight": "Number", "level": "Number", "max_severity": "Number"}}},
			make: func(q *query, t maptile.Tile) (tiles.Tile, error) {
				f := heatFilter(q, v)
				if q.err != nil {
					return tiles.Tile{}, q.err
				}
				return v.heat.Encode(t, f, sees, s.now())
			}}, true
	}
	d, ok := s.set.Get(name)
	if !ok {
		return tileSet{}, false
	}
	return plain(v.places[name], d.Zoom.Min, d.Zoom.Max, fieldsOf(d), nil), true
}

// withLabels adds a layer of one point an area: a name stands once, however
// many tiles the area is cut into.
func withLabels(set tileSet, snap *tiles.Snapshot, sees tiles.Sees) tileSet {
	areas := set.make
	set.layers = append(set.layers, tiles.VectorLayer{ID: "labels", MinZoom: set.min, MaxZoom: set.max, Fields: set.layers[0].Fields})
	set.make = func(q *query, t maptile.Tile) (tiles.Tile, error) {
		shapes, err := areas(q, t)
		if err != nil {
			return shapes, err
		}
		points, err := tiles.EncodePoints("labels", t, sees, []tiles.Part{{Snapshot: snap, Props: func(f *tiles.Feature) map[string]any { return f.Props }}})
		return tiles.Join(shapes, points), err
	}
	return set
}

func fieldsOf(d *layers.Definition) map[string]string {
	out := map[string]string{"id": "String", "name": "String", "category": "String"}
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

func heatFilter(q *query, v *view) tiles.HeatFilter {
	return tiles.HeatFilter{Types: among(q, "type", v.book.Policy().HazardTypes()), Severity: q.number("severity", 1, 4, 1), States: among(q, "state", hazard.States), Since: q.moment("since"), Until: q.moment("until")}
}

// coverageTiles colour areas by what is met in them: towns far out, over them
// the parks with what they answer for, then communities, then grids with single places.
func (s *Server) coverageTiles(a *asker) tileSet {
	v, sees := a.view, tiles.Sees(a.sees())
	return tileSet{name: "coverage", min: 6, max: 16, params: []string{"period", "class", "category", "as_known_at", "as_of"},
		layers: []tiles.VectorLayer{
			{ID: "areas", MinZoom: 6, MaxZoom: 16, Fields: map[string]string{"code": "String", "kind": "String", "name": "String", "total": "Number", "due": "Number", "met": "Number", "unmet": "Number", "complete": "Boolean", "pct": "Number"}},
			{ID: "places", MinZoom: placesFrom, MaxZoom: 16, Fields: map[string]string{"id": "String", "state": "String", "category": "String", "class": "Number"}},
		},
		make: func(q *query, t maptile.Tile) (tiles.Tile, error) {
			now := s.now()
			c := q.coverage(a, now)
			if q.err != nil {
				return tiles.Tile{}, q.err
			}
			by, snap, kinds := coverage.ByTownLevel, v.unitTiles, []layers.UnitKind{layers.Town, layers.Park}
			switch {
			case t.Z >= 14:
				by, snap, kinds = coverage.ByGrid, v.gridTiles, nil
			case t.Z >= 11:
				by, kinds = coverage.ByCommunity, []layers.UnitKind{layers.Community}
			}
			parts := v.book.Breakdown(c, by, now)
			areas := func(f *tiles.Feature) map[string]any {
				kind, _ := f.Props["kind"].(string)
				if kinds != nil && !slices.Contains(kinds, layers.UnitKind(kind)) {
					return nil
				}
				r, ok := parts[f.Code]
				if !ok && kind == string(layers.Park) {
					return nil // it lies over towns that have something to show
				}
				if !ok {
					r = coverage.NewRollup()
				}
				p := map[string]any{"code": f.Code, "kind": f.Props["kind"], "name": f.Props["name"], "total": r.Total(), "due": r.Due(), "met": r.States[coverage.Met], "unmet": r.Unmet()}
				if done := r.Complete(); done != nil {
					p["complete"] = *done
					p["pct"] = r.States[coverage.Met] * 100 / r.Due()
				}
				return p
			}
			out, err := snap.EncodeAs("areas", t, sees, areas)
			if err != nil || t.Z < placesFrom {
				return out, err
			}
			stateOf := v.book.PlaceStates(c, now)
			props := func(f *tiles.Feature) map[string]any {
				state, class, category, ok := stateOf(f.Ref)
				if !ok {
					return nil
				}
				return map[string]any{"id": f.Ref.String(), "state": state.String(), "category": category, "class": class}
			}
			var all []tiles.Part
			for _, d := range s.set.All() {
				if d.Inspected {
					all = append(all, tiles.Part{Snapshot: v.places[d.Layer], Props: props})
				}
			}
			places, err := tiles.EncodePoints("places", t, sees, all)
			if err != nil {
				return out, err
			}
			return tiles.Join(out, places), nil
		}}
}

func (s *Server) getTile(w http.ResponseWriter, r *http.Request, a *asker) error {
	t, err := tiles.ParseTile(pathVar(r, "z"), pathVar(r, "x"), pathVar(r, "y"))
	if err != nil {
		return err
	}
	set, ok := s.tileSetOf(a, pathVar(r, "layer"))
	if !ok {
		return notFound("layer %q; GET /api/layers lists them", pathVar(r, "layer"))
	}
	if int(t.Z) < set.min || int(t.Z) > set.max {
		return notFound("%s has tiles from zoom %d to %d", set.name, set.min, set.max)
	}
	q := readQuery(r, append(set.params, "v")...)
	if q.err != nil {
		return q.err
	}
	tile, err := set.make(q, t)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	tag := tile.ETag()
	h.Set("ETag", tag)
	if tile.Reduced {
		h.Set("X-Tile-Reduced", "drop-lowest-risk")
		s.metrics.reduced.Inc()
	}
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if len(tile.Raw) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	body := tile.Raw
	if len(body) >= 200 && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		if body, err = tile.Gzip(); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", mvtType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
	return nil
}

// matches compares an If-None-Match header weakly.
func matches(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	weak := strings.TrimPrefix(tag, "W/")
	return slices.ContainsFunc(strings.Split(header, ","), func(s string) bool {
		return strings.TrimPrefix(strings.TrimSpace(s), "W/") == weak
	})
}

// acceptsGzip reads an Accept-Encoding header with its weights.
func acceptsGzip(header string) bool {
	any := false
	for _, part := range strings.Split(header, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight := 1.0
		if _, q, ok := strings.Cut(strings.ReplaceAll(rest, " ", ""), "q="); ok {
			if f, err := strconv.ParseFloat(q, 64); err == nil {
				weight = f
			}
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip":
			return weight > 0
		case "*":
			any = weight > 0
		}
	}
	return any
}

func (s *Server) getTileJSON(w http.ResponseWriter, r *http.Request, a *asker) error {
	name := pathVar(r, "layer")
	set, ok := s.tileSetOf(a, name)
	if !ok {
		return notFound("layer %q; GET /api/layers lists them", name)
	}
	q := readQuery(r, set.params...)
	if q.err != nil {
		return q.err
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	url := scheme + "://" + r.Host + "/tiles/" + name + "/{z}/{x}/{y}.mvt"
	if r.URL.RawQuery != "" {
		url += "?" + r.URL.Query().Encode()
	}
	out := tiles.TileJSON{TileJSON: "3.0.0", Name: name, Tiles: []string{url}, VectorLayers: set.layers, MinZoom: set.min, MaxZoom: set.max, Attribution: a.view.settings["attribution"]}
	if b, ok := a.view.unitTiles.Bound(a.sees()); ok {
		out.Bounds = tiles.BoundsOf(b)
	}
	if name == "heat" {
		legend := a.view.heat.Legend(12, heatFilter(q, a.view), a.sees(), s.now().Truncate(time.Second))
		if q.err != nil {
			return q.err
		}
		out.Legend = legend[:]
		out.Resolutions = map[string]int{}
		for z := tiles.HeatMin; z <= tiles.HeatMax; z++ {
			out.Resolutions[strconv.Itoa(z)] = tiles.HeatResolution(z)
		}
	}
	return writeJSON(w, http.StatusOK, out)
}

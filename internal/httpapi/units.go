package httpapi

import (
	"net/http"
	"sort"

	"github.com/paulmach/orb"

	"gridward/layers"
)

// geojson is one GeoJSON feature; properties stay in a fixed order by name.
type feature struct {
	Type       string    `json:"type"`
	ID         string    `json:"id,omitempty"`
	Geometry   any       `json:"geometry"`
	Properties any       `json:"properties"`
	Bounds     []float64 `json:"bbox,omitempty"`
}

type collection struct {
	Type     string    `json:"type"`
	Features []feature `json:"features"`
	Next     *string   `json:"next,omitempty"`
}

const geoJSON = "application/geo+json"

// shape is a geometry as GeoJSON has it.
type shape struct {
	Type        string `json:"type"`
	Coordinates any    `json:"coordinates"`
}

func shapeOf(g orb.Geometry) any {
	if g == nil {
		return nil
	}
	return shape{g.GeoJSONType(), g}
}

func bounds(g orb.Geometry) []float64 {
	b := g.Bound()
	return []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
}

// seesUnit reports whether a unit is the asker's to see.
func (a *asker) seesUnit(u *layers.Unit) bool {
	if len(a.scope.Units) == 0 {
		return true
	}
	if a.mayAsk(u.Code) {
		return true
	}
	if u.Kind != layers.Community {
		return false
	}
	// A park's community lies in a town whose accounts see it too.
	for _, f := range a.scope.Units {
		if t, ok := a.view.tree.Unit(f); ok && t.Kind == layers.Town && a.view.townOf(u) == f {
			return true
		}
	}
	return false
}

func (s *Server) chooseUnits(q *query, a *asker) []*layers.Unit {
	kind, parent := q.text("kind"), q.text("parent")
	if kind != "" && kind != "district" && kind != "town" && kind != "park" && kind != "community" {
		q.fail("kind %q is none of district, town, park, community", kind)
	}
	out := []*layers.Unit{}
	for _, code := range a.view.tree.Codes() {
		u, _ := a.view.tree.Unit(code)
		if (kind == "" || string(u.Kind) == kind) && (parent == "" || u.Parent == parent) && a.seesUnit(u) {
			out = append(out, u)
		}
	}
	return out
}

func unitProps(u *layers.Unit) map[string]any {
	return map[string]any{"code": u.Code, "kind": u.Kind, "name": u.Name, "name_en": u.NameEN, "parent": u.Parent, "valid_from": u.ValidFrom.Format("2006-01-02")}
}

func (s *Server) listUnits(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "kind", "parent")
	items := []map[string]any{}
	for _, u := range s.chooseUnits(q, a) {
		p := unitProps(u)
		p["bounds"] = bounds(u.Geometry)
		items = append(items, p)
	}
	if q.err != nil {
		return q.err
	}
	return writeJSON(w, http.StatusOK, page{Items: items})
}

func (s *Server) unitsGeoJSON(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "kind", "parent")
	out := collection{Type: "FeatureCollection", Features: []feature{}}
	for _, u := range s.chooseUnits(q, a) {
		out.Features = append(out.Features, feature{"Feature", u.Code, shapeOf(u.Geometry), unitProps(u), nil})
	}
	if q.err != nil {
		return q.err
	}
	return writeAs(w, http.StatusOK, geoJSON, out)
}

func (s *Server) getUnit(w http.ResponseWriter, r *http.Request, a *asker) error {
	u, ok := a.view.tree.Unit(pathVar(r, "code"))
	if !ok || !a.seesUnit(u) {
		return notFound("unit %q", pathVar(r, "code"))
	}
	return writeAs(w, http.StatusOK, geoJSON, feature{"Feature", u.Code, shapeOf(u.Geometry), unitProps(u), bounds(u.Geometry)})
}

func (s *Server) listGrids(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "limit", "after")
	unit, limit := q.unit(a), q.limit()
	var after string
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	gs := a.view.grids
	items := []map[string]any{}
	i := sort.Search(len(gs), func(i int) bool { return gs[i].Code > after })
	for ; i < len(gs) && len(items) < limit; i++ {
		g := &gs[i]
		if (unit == "" || unit == a.view.district.Code || g.Town == unit || g.Community == unit) && a.seesGrid(i) {
			items = append(items, map[string]any{"code": g.Code, "name": g.Name, "town": g.Town, "community": g.Community, "area_m2": g.AreaM2, "bounds": bounds(g.Geometry)})
		}
	}
	out := page{Items: items}
	if i < len(gs) {
		out.Next = next(r, gs[i-1].Code)
	}
	return writeJSON(w, http.StatusOK, out)
}

func (a *asker) seesGrid(i int) bool {
	g := &a.view.grids[i]
	_, park, _ := a.view.tree.Ancestors(g.Community)
	return a.scope.Sees(g.Town, park, g.Community)
}

func (s *Server) getGrid(w http.ResponseWriter, r *http.Request, a *asker) error {
	i, ok := a.view.gridAt[pathVar(r, "code")]
	if !ok || !a.seesGrid(i) {
		return notFound("grid %q", pathVar(r, "code"))
	}
	g := &a.view.grids[i]
	return writeAs(w, http.StatusOK, geoJSON, feature{"Feature", g.Code, shapeOf(g.Geometry), map[string]any{"code": g.Code, "name": g.Name, "town": g.Town, "community": g.Community, "area_m2": g.AreaM2, "plan": g.Plan}, bounds(g.Geometry)})
}

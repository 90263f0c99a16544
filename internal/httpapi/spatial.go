package httpapi

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids/roster"
	"gridward/layers"
)

// getSpatial says whether coverage is complete on the ground: grids that nobody
// is posted to, places without a grid, land in no grid, and H3 cells in which
// something is due and nobody was. Streets are with the beats.
func (s *Server) getSpatial(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, append([]string{"resolution", "limit"}, coverageParams...)...)
	now := s.now()
	c := q.coverage(a, now)
	res, limit := q.number("resolution", 7, 10, 9), q.limit()
	if q.err != nil {
		return q.err
	}
	unit := c.Unit
	people, grids, err := s.rosterOver(r.Context(), a, roster.Span{From: a.view.day, To: a.view.day.AddDate(0, 0, 1)}, unit)
	if err != nil {
		return err
	}
	vacancies := people.Vacancies(roster.Span{From: a.view.day, To: a.view.day.AddDate(0, 0, 1)}, grids)
	vacant := []map[string]any{}
	for _, v := range vacancies[:min(limit, len(vacancies))] {
		vacant = append(vacant, map[string]any{"grid": v.Grid, "class": v.Class, "unit": a.view.named(v.Unit), "why": reasonOf(v.Why)})
	}
	gridless, without := a.view.book.Gridless(c, limit, now)
	if gridless == nil {
		gridless = []uuid.UUID{}
	}
	land, inGrids, err := a.land(unit)
	if err != nil {
		return err
	}
	cells, due := []map[string]any{}, 0
	unvisited := a.view.book.Unvisited(c, res, now)
	for i, u := range unvisited {
		due += u.Due
		if i >= limit {
			continue
		}
		ring, err := u.Cell.Outline()
		if err != nil {
			return err
		}
		cells = append(cells, map[string]any{"cell": u.Cell.String(), "due": u.Due, "places": u.Places, "ring": []orb.Point(ring)})
	}
	return writeJSON(w, http.StatusOK, map[string]any{"period": c.Period.String(), "as_known_at": nullTime(c.Known), "as_of": asOf(c, now),
		"grids_without_holder": map[string]any{"total": len(vacancies), "items": vacant},
		"places_without_grid":  map[string]any{"total": without, "items": gridless},
		"land":                 map[string]any{"area_m2": land, "in_grids_m2": inGrids},
		"cells_without_visit":  map[string]any{"resolution": res, "total": len(unvisited), "due": due, "items": cells}})
}

// land is the area of the asker's communities, in all and in grids, in square
// metres. The two are sums of other outlines, so they differ by rounding even
// where the grids tile exactly; gridward verify proves the tiling.
func (a *asker) land(unit string) (land, inGrids float64, err error) {
	within := func(code string) bool { return unit == "" || a.view.tree.Within(code, unit) }
	for i := range a.view.units {
		u := &a.view.units[i]
		if u.Kind != layers.Community || !a.seesUnit(u) || !within(u.Code) {
			continue
		}
		o, err := geo.NewOutline(u.Geometry)
		if err != nil {
			return 0, 0, err
		}
		land += o.Area()
	}
	for i := range a.view.grids {
		if g := &a.view.grids[i]; a.seesGrid(i) && within(g.Community) {
			inGrids += g.AreaM2
		}
	}
	return land, inGrids, nil
}

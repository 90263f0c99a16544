package httpapi

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids/coverage/policy"
	"gridward/grids/plan"
)

// drawnWidth is the width in lattice steps (4 cm) below which a tip of a grid is
// not drawn; files and borders have it exactly.
const drawnWidth = 4

func gridFeature(l *plan.Layout, base *plan.Layout, g *plan.Grid) feature {
	name := ""
	for _, c := range l.Town.Communities {
		if c.Code == g.Community {
			name = c.Name
		}
	}
	changed := false
	if base != nil {
		b, ok := base.Grid(g.Code)
		changed = !ok || !slices.EqualFunc(b.Outline, g.Outline, func(r, s []geo.Point) bool { return slices.Equal(r, s) })
	}
	return feature{"Feature", g.Ref, shapeOf(g.Outline.WithoutSpikes(drawnWidth).MultiPolygon()), map[string]any{"ref": g.Ref, "code": g.Code, "name": g.Name, "community": g.Community, "community_name": name,
		"area_m2": g.AreaM2, "compactness": g.Compactness(), "places": g.Places, "minutes": g.Minutes(), "visit_minutes": g.VisitMinutes, "walk_minutes": g.WalkMinutes, "street_m": g.StreetM,
		"changed": changed, "loads": map[string]float64{"1": g.ClassMinutes[1], "2": g.ClassMinutes[2], "3": g.ClassMinutes[3]}}, nil}
}

func gridCollection(l, base *plan.Layout, gs []plan.Grid) collection {
	out := collection{Type: "FeatureCollection", Features: []feature{}}
	for i := range gs {
		out.Features = append(out.Features, gridFeature(l, base, &gs[i]))
	}
	return out
}

func borderCollection(borders []plan.Border) collection {
	out := collection{Type: "FeatureCollection", Features: []feature{}}
	side := func(ref string) any {
		if ref == "" {
			return nil
		}
		return ref
	}
	for _, b := range borders {
		line := make(orb.LineString, len(b.Path))
		for i, p := range b.Path {
			line[i] = p.Orb()
		}
		out.Features = append(out.Features, feature{Type: "Feature", Geometry: shapeOf(line), Properties: map[string]any{"left": side(b.Left), "right": side(b.Right), "fixed": b.Fixed}})
	}
	return out
}

// open reads the plan that the path names into a workspace for fn.
func (s *Server) openPlan(r *http.Request, a *asker, fn func(ws *workspace) error) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	return s.withPlan(r.Context(), a, id, fn)
}

func (s *Server) planGrids(w http.ResponseWriter, r *http.Request, a *asker) error {
	return s.openPlan(r, a, func(ws *workspace) error {
		l := ws.plans()
		c := gridCollection(l, ws.base(), l.Grids())
		tagged(w, &ws.head)
		return writeAs(w, http.StatusOK, geoJSON, map[string]any{"type": c.Type, "features": c.Features, "plan": a.planJSON(&ws.head), "mean_minutes": l.MeanMinutes()})
	})
}

func (s *Server) planBorders(w http.ResponseWriter, r *http.Request, a *asker) error {
	return s.openPlan(r, a, func(ws *workspace) error {
		tagged(w, &ws.head)
		return writeAs(w, http.StatusOK, geoJSON, borderCollection(ws.plans().Borders(nil)))
	})
}

// planBlocks are the street blocks of a community, to be given or carved.
func (s *Server) planBlocks(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "community")
	community := q.text("community")
	if q.err != nil {
		return q.err
	}
	return s.openPlan(r, a, func(ws *workspace) error {
		blocks, ok, err := ws.plans().Town.Blocks(community)
		if err != nil {
			return err
		}
		if !ok {
			return notFound("community %q is not the town's", community)
		}
		out := collection{Type: "FeatureCollection", Features: []feature{}}
		for i, b := range blocks {
			m := b.MultiPolygon()
			var g orb.Geometry = m
			if len(m) == 1 {
				g = m[0]
			}
			out.Features = append(out.Features, feature{Type: "Feature", Geometry: shapeOf(g), Properties: map[string]any{"number": i + 1, "area_m2": b.Area()}})
		}
		return writeAs(w, http.StatusOK, geoJSON, out)
	})
}

func problemJSON(p *plan.Problem) map[string]any {
	out := map[string]any{"rule": p.Rule, "severity": p.Severity, "zh": p.Text.ZH, "en": p.Text.EN, "grids": p.Grids, "at": nil, "area_m2": nil,
		"figure": p.Figure, "limit": p.Limit, "geometry": nil, "place": nil}
	if p.Grids == nil {
		out["grids"] = []string{}
	}
	if p.At != (orb.Point{}) {
		out["at"] = p.At
	}
	if p.AreaM2 > 0 {
		out["area_m2"] = p.AreaM2
	}
	if p.Geometry != nil {
		out["geometry"] = shapeOf(p.Geometry)
	}
	if p.Place != uuid.Nil {
		out["place"] = p.Place
	}
	return out
}

func problemList(problems []plan.Problem) []map[string]any {
	items := []map[string]any{}
	for i := range problems {
		items = append(items, problemJSON(&problems[i]))
	}
	return items
}

func (s *Server) planProblems(w http.ResponseWriter, r *http.Request, a *asker) error {
	return s.openPlan(r, a, func(ws *workspace) error {
		problems, figures := ws.plans().Problems(ws.base())
		dated, dates := plan.CheckDates(&ws.head)
		problems, figures = append(dated, problems...), append(figures, dates)
		rules := []map[string]any{}
		for _, f := range figures {
			rules = append(rules, map[string]any{"rule": f.Rule, "checked": f.Checked, "broken": f.Broken, "worst": f.Worst, "limit": f.Limit})
		}
		tagged(w, &ws.head)
		return writeJSON(w, http.StatusOK, map[string]any{"items": problemList(problems), "figures": rules})
	})
}

// standingIn answers how a place's obligations of the running periods stand.
func (s *Server) standingIn(v *view) func(uuid.UUID) (due, met int) {
	return v.book.Standing(policy.Containing(v.day, policy.Month), s.now())
}

// figuresJSON are a grid's figures with the coverage of its places in the
// running periods.
func figuresJSON(t *plan.Town, f *plan.Standing, standing func(uuid.UUID) (int, int)) any {
	if f == nil {
		return nil
	}
	due, met := 0, 0
	for _, i := range f.PlacesOf {
		d, m := standing(t.Places[i].ID)
		due, met = due+d, met+m
	}
	return map[string]any{"places": f.Places, "minutes": f.Minutes(), "visit_minutes": f.VisitMinutes, "walk_minutes": f.WalkMinutes, "street_m": f.StreetM,
		"area_m2": f.AreaM2, "compactness": f.Compactness(), "due": due, "met": met}
}

func changedJSON(t *plan.Town, changed []plan.Changed, standing func(uuid.UUID) (int, int)) []map[string]any {
	out := []map[string]any{}
	for _, c := range changed {
		out = append(out, map[string]any{"ref": c.Ref, "code": c.Code, "name": c.Name,
			"before": figuresJSON(t, c.Before, standing), "after": figuresJSON(t, c.After, standing)})
	}
	return out
}

// maxMoved bounds the places that an answer lists by name; all are counted.
const maxMoved = 200

// movedRow is a place that another grid has.
type movedRow struct {
	place    int
	from, to string
	why      any // nil where no reason is asked for
}

// movedJSON counts moved places by grid, class and category, and lists the first.
func movedJSON(t *plan.Town, moved []movedRow, limit int) map[string]any {
	type group struct {
		from, to, category string
		class              int
	}
	count := map[group]int{}
	var order []group
	items := []map[string]any{}
	for _, m := range moved {
		p := &t.Places[m.place]
		g := group{m.from, m.to, p.Category, p.Class()}
		if count[g] == 0 {
			order = append(order, g)
		}
		count[g]++
		if len(items) < limit {
			item := map[string]any{"id": p.ID, "name": p.Name, "category": p.Category, "at": p.Anchor.Orb(), "from": named0(m.from), "to": named0(m.to)}
			if m.why != nil {
				item["reason"] = m.why
			}
			items = append(items, item)
		}
	}
	by := []map[string]any{}
	for _, g := range order {
		by = append(by, map[string]any{"from": named0(g.from), "to": named0(g.to), "class": g.class, "category": g.category, "count": count[g]})
	}
	slices.SortStableFunc(by, func(a, b map[string]any) int { return b["count"].(int) - a["count"].(int) })
	return map[string]any{"total": len(moved), "by": by, "items": items, "more": len(moved) - len(items)}
}

// named0 is a reference in an answer; null for none.
func named0(ref string) any {
	if ref == "" {
		return nil
	}
	return ref
}

// boxJSON is a box as [west, south, east, north]; null for none.
func boxJSON(b geo.Box) any {
	if b.Min.X > b.Max.X {
		return nil
	}
	lo, hi := b.Min.Orb(), b.Max.Orb()
	return []float64{lo[0], lo[1], hi[0], hi[1]}
}

func (s *Server) comparePlans(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "with")
	with := q.text("with")
	if q.err != nil {
		return q.err
	}
	h, err := s.planAsked(r, a)
	if err != nil {
		return err
	}
	other := h.Base
	if with != "" {
		if other, err = parseID(with); err != nil {
			return err
		}
	}
	if other == h.ID {
		return badRequest("a plan is compared with another one")
	}
	from, err := s.otherLayout(r, a, &h, other)
	if err != nil {
		return err
	}
	return s.withPlan(r.Context(), a, h.ID, func(ws *workspace) error {
		l := ws.plans()
		if from.Town != l.Town {
			return kindTryAgain.fail("the district changed meanwhile; ask again")
		}
		c := plan.Compare(from, l)
		var moved []movedRow
		for _, m := range c.Moved {
			moved = append(moved, movedRow{m.Place, m.From, m.To, m.Why})
		}
		lineage := []map[string]any{}
		for _, o := range c.Lineage {
			lineage = append(lineage, map[string]any{"code": o.Code, "from": o.From, "area_m2": o.AreaM2, "share": o.Share})
		}
		out := map[string]any{"plan": h.ID, "with": nil, "stability": map[string]int{"kept": c.Kept, "total": c.Total}, "moved": movedJSON(l.Town, moved, maxLimit),
			"grids": changedJSON(l.Town, c.Grids, s.standingIn(a.view)), "lineage": lineage, "holders": s.holderChanges(a, ws, c.Grids, originOf(c.Lineage))}
		if other != uuid.Nil {
			out["with"] = other
		}
		tagged(w, &ws.head)
		return writeJSON(w, http.StatusOK, out)
	})
}

// otherLayout lays out the plan that another is compared with: another draft as
// it stands, or a stored one; none is one grid a community.
func (s *Server) otherLayout(r *http.Request, a *asker, h *plan.Head, other uuid.UUID) (*plan.Layout, error) {
	town, err := s.workspaces.town(s, a.view, h.Town)
	if err != nil {
		return nil, err
	}
	if other == uuid.Nil {
		return s.layoutOf(r.Context(), a, town, uuid.Nil)
	}
	o, err := s.planHead(r.Context(), a, other)
	if err != nil {
		return nil, err
	}
	if o.Town != h.Town {
		return nil, badRequest("plan %s is another town's", other)
	}
	var l *plan.Layout
	err = s.withPlan(r.Context(), a, other, func(ws *workspace) error {
		// A layout of its own: the draft goes on while it is read.
		l = ws.plans().Copy()
		return nil
	})
	return l, err
}

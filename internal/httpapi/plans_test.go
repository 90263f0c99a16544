package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids"
	"gridward/grids/roster"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
)

// square is a closed square in degrees.
func square(x, y, size float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}, {x, y}}}
}

// planned is a district whose western town has two communities, shops, buildings,
// a compound and a street in its first one, and people posted to its grid.
func planned(t testing.TB) *world {
	t.Helper()
	second := "310113001002"
	rect := func(x0, y0, x1, y1 float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}}}}
	}
	units := []layers.Unit{
		{Code: whole, Kind: layers.District, Name: "区", Geometry: rect(121.4, 31.3, 121.6, 31.4)},
		{Code: westTown, Kind: layers.Town, Name: "西镇", Parent: whole, Geometry: rect(121.4, 31.3, 121.5, 31.4)},
		{Code: eastTown, Kind: layers.Town, Name: "东镇", Parent: whole, Geometry: rect(121.5, 31.3, 121.6, 31.4)},
		{Code: westComm, Kind: layers.Community, Name: "西村", Parent: westTown, Geometry: rect(121.4, 31.3, 121.45, 31.4)},
		{Code: second, Kind: layers.Community, Name: "西二村", Parent: westTown, Geometry: rect(121.45, 31.3, 121.5, 31.4)},
		{Code: eastComm, Kind: layers.Community, Name: "东村", Parent: eastTown, Geometry: rect(121.5, 31.3, 121.6, 31.4)},
	}
	gs := map[string][]grids.Grid{
		westTown: {{Code: westComm + "001", Name: "西一格", Town: westTown, Community: westComm, Geometry: rect(121.4, 31.3, 121.45, 31.4)},
			{Code: second + "001", Name: "西二格", Town: westTown, Community: second, Geometry: rect(121.45, 31.3, 121.5, 31.4)}},
		eastTown: {{Code: eastComm + "001", Name: "东格", Town: eastTown, Community: eastComm, Geometry: rect(121.5, 31.3, 121.6, 31.4)}},
	}
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	w := newWorldOf(t, units, gs, func(ctx context.Context, tx *postgres.Tx, w *world) error {
		add := func(layer, town, community string, shapes ...orb.Geometry) error {
			d, _ := w.set.Get(layer)
			var list []layers.Place
			for k, g := range shapes {
				g = geo.SnapGeometry(g)
				at, err := geo.Anchor(g)
				if err != nil {
					return err
				}
				key, err := geo.KeyAt(at)
				if err != nil {
					return err
				}
				p := layers.Place{ID: uuid.New(), SourceID: fmt.Sprint(k), Category: d.CategoryOf(nil), Name: fmt.Sprintf("%s%d", layer, k), Footprint: g, Anchor: at, Key: key, Town: town, Community: community, Attributes: map[string]any{}, ValidFrom: day}
				list = append(list, p)
				w.places[town] = append(w.places[town], p.ID)
			}
			_, err := layers.Merge(ctx, tx, layer, "test-"+town+community, list[0].ValidFrom, layers.Each(list))
			return err
		}
		var shops []orb.Geometry
		for k := range 20 {
			shops = append(shops, orb.Point{121.4025 + 0.002*float64(k), 31.35})
		}
		for _, err := range []error{
			add("street-shop", westTown, westComm, shops...),
			add("building", westTown, westComm, square(121.41, 31.36, 0.001), square(121.4195, 31.36, 0.001)),
			add("residential-compound", westTown, westComm, square(121.43, 31.31, 0.004)),
			add("street", westTown, westComm, orb.LineString{{121.401, 31.35}, {121.449, 31.35}}),
			add("street-shop", westTown, second, orb.Point{121.47, 31.35}),
			add("street-shop", eastTown, eastComm, orb.Point{121.55, 31.35}, orb.Point{121.56, 31.35}),
		} {
			if err != nil {
				return err
			}
		}
		if got, err := grids.Assign(ctx, tx, inspectedOf(w.set), day, nil); err != nil || len(got.Left) > 0 {
			return fmt.Errorf("assign: %v left, %w", got.Left, err)
		}
		team := roster.Team{ID: uuid.New(), Name: "巡查一队", Unit: westTown, Body: "town_patrol", Span: roster.Span{From: day}}
		if err := roster.AddTeam(ctx, tx, &team); err != nil {
			return err
		}
		posting := roster.Posting{ID: uuid.New(), Grid: westComm + "001", Class: 2, Team: team.ID, Span: roster.Span{From: day}}
		if err := roster.Post(ctx, tx, &posting, roster.Grid{Code: westComm + "001", Town: westTown, Community: westComm}); err != nil {
			return err
		}
		for name, a := range map[string]struct {
			role auth.Role
			unit string
		}{"planner": {auth.Planner, westTown}, "second": {auth.Planner, westTown}, "east": {auth.Planner, eastTown}, "viewer": {auth.Viewer, westTown}, "chief": {auth.Admin, westTown}} {
			var err error
			if _, w.tokens[name], err = auth.Create(ctx, tx, name, a.role, []string{a.unit}, w.now, time.Time{}); err != nil {
				return err
			}
		}
		return nil
	})
	w.serve(t)
	return w
}

func inspectedOf(set *layers.Set) []string {
	var out []string
	for _, d := range set.All() {
		if d.Inspected {
			out = append(out, d.Layer)
		}
	}
	return out
}

// drafter is a planner at work on one draft.
type drafter struct {
	t   *testing.T
	w   *world
	who string
	id  string
	tag string
}

func (w *world) draft(t *testing.T, who, name string) *drafter {
	t.Helper()
	d := &drafter{t: t, w: w, who: who, id: uuid.NewString()}
	a := w.ask(t, who, "POST", "/api/plans", map[string]any{"id": d.id, "town": westTown, "name": name})
	if a.code != http.StatusCreated {
		t.Fatalf("a new draft: %d %s", a.code, a.body)
	}
	d.tag = a.header.Get("ETag")
	return d
}

func (d *drafter) get(path string) answer {
	d.t.Helper()
	return d.w.ask(d.t, d.who, "GET", "/api/plans/"+d.id+path, nil)
}

// post writes with the version that was seen last, and remembers the new one.
func (d *drafter) post(path string, body map[string]any) answer {
	d.t.Helper()
	if _, given := body["id"]; !given && path != "/preview" {
		body["id"] = uuid.NewString()
	}
	a := d.w.ask(d.t, d.who, "POST", "/api/plans/"+d.id+path, body, "If-Match", d.tag)
	if tag := a.header.Get("ETag"); tag != "" && a.code < 300 {
		d.tag = tag
	}
	return a
}

func (d *drafter) do(ops ...map[string]any) answer {
	d.t.Helper()
	a := d.post("/operations", map[string]any{"operations": ops, "name": "步"})
	if a.code != http.StatusCreated {
		d.t.Fatalf("%v: %d %s", ops, a.code, a.body)
	}
	return a
}

func splitAt(x float64) map[string]any {
	return map[string]any{"kind": "split", "line": [][]float64{{x, 31.29}, {x, 31.41}}}
}

type effect struct {
	Ended    []string
	Features struct {
		Features []struct {
			ID         string
			Properties struct {
				Code   string
				Places int
			}
		}
	}
	Moved struct{ Total int }
	Grids []struct {
		Ref, Code     string
		Before, After *struct {
			Places, Due, Met int
			Minutes          float64
		}
	}
	Stability struct{ Kept, Total int }
	Holders   []struct {
		Name          string
		Before, After float64
	}
}

// TestARedraw takes a plan through its whole life by the API.
func TestARedraw(t *testing.T) { inMemoryAndNot(t, planned, aRedraw) }

func aRedraw(t *testing.T, w *world) {
	shop := w.places[westTown][0]
	visit := map[string]any{"id": uuid.New(), "place": shop, "at": w.now.Add(-time.Hour), "inspector": "王", "outcome": "done", "checklist": "class-2"}
	if a := w.ask(t, "admin", "POST", "/api/inspections", visit); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	coverage := func() string {
		a := w.ask(t, "admin", "GET", "/api/coverage?unit="+westTown, nil)
		var c map[string]any
		a.json(t, &c)
		delete(c, "as_of")
		raw, _ := json.Marshal(c)
		return string(raw)
	}
	before := coverage()

	d := w.draft(t, "planner", "秋季调整")
	var e effect
	a := d.post("/preview", map[string]any{"operation": splitAt(121.421)})
	if a.code != http.StatusOK {
		t.Fatalf("a look: %d %s", a.code, a.body)
	}
	a.json(t, &e)
	// Shops stand at 121.4025 + k·0.002; ten of the twenty lie east of the line.
	if e.Moved.Total != 12 && e.Moved.Total != 11 || len(e.Grids) != 2 || e.Stability.Total-e.Stability.Kept != e.Moved.Total {
		t.Errorf("a look at a split: %s", a.body)
	}
	if a := d.get("/grids"); strings.Count(string(a.body), `"Feature"`) != 2 {
		t.Errorf("looking changed the draft: %s", a.body)
	}
	done := d.do(splitAt(121.421))
	var first struct {
		Plan       struct{ Version, Done int }
		Operations []struct{ Seq int }
		Effect     effect
	}
	done.json(t, &first)
	if first.Plan.Done != 1 || first.Operations[0].Seq != 1 || first.Effect.Moved.Total != e.Moved.Total {
		t.Errorf("done: %s", done.body)
	}
	due, met := 0, 0
	for _, g := range first.Effect.Grids {
		due, met = due+g.After.Due, met+g.After.Met
		if g.Before != nil {
			due, met = due-g.Before.Due, met-g.Before.Met
		}
	}
	if due != 0 || met != 0 {
		t.Errorf("a split changed what is due by %d and what is met by %d", due, met)
	}
	if len(first.Effect.Holders) != 0 { // the new grid inherits its holder, whose work is the same
		t.Errorf("holders: %+v", first.Effect.Holders)
	}

	// What breaks a promise is refused with the place.
	for _, c := range []struct {
		name, reason string
		op           map[string]any
	}{
		{"a community's corner", "fixed", map[string]any{"kind": "move_vertex", "from": []float64{121.45, 31.3}, "to": []float64{121.451, 31.301}}},
		{"a compound cut", "cut", splitAt(121.432)},
		{"grids of two communities", "zones", map[string]any{"kind": "merge", "grids": []string{westComm + "001", "310113001002001"}}},
		{"no such grid", "unknown", map[string]any{"kind": "merge", "grids": []string{westComm + "001", "9.9"}}},
		{"two parts", "disconnect", map[string]any{"kind": "give", "grid": westComm + "001", "region": map[string]any{"type": "Polygon", "coordinates": square(121.405, 31.38, 0.002)}}},
	} {
		a := d.post("/operations", map[string]any{"operations": []any{c.op}})
		var p struct {
			Type, Reason string
			At           []float64
		}
		a.json(t, &p)
		if a.code != http.StatusUnprocessableEntity || p.Type != "/problems/refused" || p.Reason != c.reason || (c.reason != "unknown" && len(p.At) != 2) {
			t.Errorf("%s: %d %s", c.name, a.code, a.body)
		}
	}
	if a := d.post("/operations", map[string]any{"operations": []any{map[string]any{"kind": "split"}}}); a.code != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "line") {
		t.Errorf("a split without a line: %d %s", a.code, a.body)
	}
	// One of two operations cannot be done: neither is.
	if a := d.post("/operations", map[string]any{"operations": []any{splitAt(121.41), splitAt(121.432)}}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", a.code, a.body)
	}
	if a := d.get("/grids"); strings.Count(string(a.body), `"type":"Feature"`) != 3 {
		t.Errorf("half of two operations was done: %s", a.body)
	}

	// Versions: none, an old one, a repeat.
	if a := w.ask(t, "planner", "POST", "/api/plans/"+d.id+"/operations", map[string]any{"id": uuid.New(), "operations": []any{splitAt(121.41)}}); a.code != http.StatusPreconditionRequired {
		t.Errorf("without If-Match: %d", a.code)
	}
	old := d.tag
	key := uuid.NewString()
	body := map[string]any{"id": key, "operations": []any{splitAt(121.41)}}
	one := d.post("/operations", body)
	if one.code != http.StatusCreated {
		t.Fatalf("%d %s", one.code, one.body)
	}
	again := w.ask(t, "planner", "POST", "/api/plans/"+d.id+"/operations", body, "If-Match", old)
	if again.code != http.StatusOK || !bytes.Equal(again.body, one.body) || again.header.Get("ETag") != d.tag {
		t.Errorf("a repeat: %d %s, first %s", again.code, again.body, one.body)
	}
	if a := w.ask(t, "planner", "POST", "/api/plans/"+d.id+"/undo", map[string]any{"id": uuid.New()}, "If-Match", old); a.code != http.StatusPreconditionFailed {
		t.Errorf("an old version: %d", a.code)
	}

	// Undo, redo; the steps say so; a new server has the same draft.
	if a := d.post("/undo", map[string]any{}); a.code != http.StatusCreated {
		t.Errorf("undo: %d %s", a.code, a.body)
	}
	if a := d.get("/operations"); strings.Count(string(a.body), `"done"`) != 1 || strings.Count(string(a.body), `"undone"`) != 1 {
		t.Errorf("steps: %s", a.body)
	}
	if a := d.post("/redo", map[string]any{}); a.code != http.StatusCreated {
		t.Errorf("redo: %d %s", a.code, a.body)
	}
	if a := d.post("/redo", map[string]any{}); a.code != http.StatusConflict {
		t.Errorf("redo of nothing: %d %s", a.code, a.body)
	}
	here := d.get("/grids").body
	w.Server.Close()
	w.server.Close()
	w.serve(t)
	if there := d.get("/grids").body; !bytes.Equal(here, there) {
		t.Errorf("after a new start the draft is another:\n%s\n%s", here, there)
	}

	// A border moved; then what the plan does, whole.
	if a := d.do(map[string]any{"kind": "insert_vertex", "edge": borderAt(t, d, 121.41), "at": []float64{121.4111, 31.352}}); a.code != http.StatusCreated {
		t.Errorf("%s", a.body)
	}
	problems := d.get("/problems")
	if problems.code != http.StatusOK || strings.Contains(string(problems.body), `"error"`) || !strings.Contains(string(problems.body), `"rule":"tiling"`) {
		t.Errorf("problems: %s", problems.body)
	}
	compared := d.get("/compare")
	if compared.code != http.StatusOK || !strings.Contains(string(compared.body), `"lineage":[{`) || !strings.Contains(string(compared.body), `"reason"`) {
		t.Errorf("compared: %s", compared.body)
	}
	notice := d.get("/notice?community=" + westComm)
	if notice.code != http.StatusOK || !strings.Contains(string(notice.body), "网格调整告知") || !strings.Contains(string(notice.body), "street-shop5") {
		t.Errorf("notice: %s", notice.body)
	}
	if a := d.get("/blocks?community=" + westComm); a.code != http.StatusOK || strings.Count(string(a.body), `"number"`) < 1 {
		t.Errorf("blocks: %d %s", a.code, a.body)
	}

	// Review and publication.
	publish := map[string]any{"id": uuid.NewString(), "reviewer": "消防安全委员会", "note": "同意"}
	if a := w.ask(t, "chief", "POST", "/api/plans/"+d.id+"/publish", publish, "If-Match", d.tag); a.code != http.StatusConflict {
		t.Errorf("a draft was published: %d %s", a.code, a.body)
	}
	if a := d.post("/propose", map[string]any{}); a.code != http.StatusOK || !strings.Contains(string(a.body), `"proposed"`) {
		t.Fatalf("propose: %d %s", a.code, a.body)
	}
	if a := d.post("/operations", map[string]any{"operations": []any{splitAt(121.405)}}); a.code != http.StatusConflict {
		t.Errorf("a proposed plan was drawn on: %d", a.code)
	}
	if a := d.post("/return", map[string]any{"note": "再议"}); a.code != http.StatusOK {
		t.Errorf("return: %d %s", a.code, a.body)
	}
	if a := d.post("/propose", map[string]any{}); a.code != http.StatusOK {
		t.Fatalf("propose: %d %s", a.code, a.body)
	}
	if a := d.post("/publish", publish); a.code != http.StatusForbidden {
		t.Errorf("a planner published: %d", a.code)
	}
	if a := w.ask(t, "chief", "POST", "/api/plans/"+d.id+"/publish", map[string]any{"id": uuid.NewString(), "reviewer": " "}, "If-Match", d.tag); a.code != http.StatusUnprocessableEntity {
		t.Errorf("published without a review: %d", a.code)
	}
	a = w.ask(t, "chief", "POST", "/api/plans/"+d.id+"/publish", publish, "If-Match", d.tag)
	if a.code != http.StatusOK || !strings.Contains(string(a.body), `"published"`) {
		t.Fatalf("publish: %d %s", a.code, a.body)
	}
	if after := coverage(); after != before {
		t.Errorf("publishing changed the coverage from %s to %s", before, after)
	}
	var place struct {
		Grid struct{ Code string } `json:"grid"`
	}
	w.ask(t, "admin", "GET", "/api/places/"+shop.String(), nil).json(t, &place)
	if place.Grid.Code == "" {
		t.Error("a shop has no grid")
	}
	state(t, w, d, 1)
	if a := w.ask(t, "admin", "GET", "/api/roster?unit="+westTown+"&class=2", nil); strings.Count(string(a.body), "巡查一队") < 3 {
		t.Errorf("the new grids did not inherit their holder: %s", a.body)
	}
}

// borderAt is the edge of the border that runs north at a longitude.
func borderAt(t *testing.T, d *drafter, x float64) [][]float64 {
	t.Helper()
	var got struct {
		Features []struct {
			Geometry   struct{ Coordinates [][]float64 }
			Properties struct{ Fixed bool }
		}
	}
	d.get("/borders").json(t, &got)
	for _, f := range got.Features {
		for i := 1; i < len(f.Geometry.Coordinates); i++ {
			p, q := f.Geometry.Coordinates[i-1], f.Geometry.Coordinates[i]
			if !f.Properties.Fixed && p[0] > x-1e-5 && p[0] < x+1e-5 && q[0] > x-1e-5 && q[0] < x+1e-5 && p[1] != q[1] {
				return [][]float64{p, q}
			}
		}
	}
	t.Fatalf("no border runs at %v", x)
	return nil
}

// state checks in the database what a publication must leave: one plan in
// force, each place in the grid that its geometry says, inspections untouched.
func state(t *testing.T, w *world, d *drafter, inspections int) {
	t.Helper()
	err := w.db.Read(t.Context(), postgres.API, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		day := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)
		plans, err := grids.PlansInForce(ctx, tx, day)
		if err != nil {
			return err
		}
		if n := len(slices.DeleteFunc(plans, func(p grids.Plan) bool { return p.Town != westTown })); n != 1 {
			t.Errorf("%d plans of the town are in force", n)
		}
		units, err := layers.UnitsAt(ctx, tx, day)
		if err != nil {
			return err
		}
		gs, err := grids.InForce(ctx, tx, day)
		if err != nil {
			return err
		}
		placer, err := grids.NewPlacer(units, gs)
		if err != nil {
			return err
		}
		wrong, err := grids.MisplacedOn(ctx, tx, placer, inspectedOf(w.set))
		if err != nil {
			return err
		}
		if len(wrong) > 0 {
			t.Errorf("misplaced: %+v", wrong)
		}
		left, err := grids.UnassignedOn(ctx, tx, inspectedOf(w.set), day)
		if err != nil || len(left) > 0 {
			t.Errorf("without a grid: %v, %v", left, err)
		}
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from gridward.inspection where district = $1`, district).Scan(&n); err != nil || n != inspections {
			t.Errorf("%d inspections, want %d: %v", n, inspections, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTwoPlanners work in one town: the second one's draft conflicts where both
// were, is decided, and publishes on what the first one published.
func TestTwoPlanners(t *testing.T) {
	t.Parallel()
	w := planned(t)
	one, two := w.draft(t, "planner", "一"), w.draft(t, "second", "二")
	one.do(splitAt(121.421))
	two.do(map[string]any{"kind": "split", "line": [][]float64{{121.47, 31.29}, {121.47, 31.41}}, "grids": []string{"310113001002001"}}) // the other community
	two.do(splitAt(121.411))                                                                                                             // the same grid as the first
	publish := func(d *drafter, from string) answer {
		if a := d.post("/propose", map[string]any{}); a.code != http.StatusOK {
			return a
		}
		body := map[string]any{"id": uuid.NewString(), "reviewer": "委员会"}
		if from != "" {
			body["from"] = from
		}
		a := w.ask(t, "chief", "POST", "/api/plans/"+d.id+"/publish", body, "If-Match", d.tag)
		d.tag = a.header.Get("ETag")
		return a
	}
	if a := publish(one, ""); a.code != http.StatusOK {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if a := publish(two, ""); a.code != http.StatusConflict || !strings.Contains(string(a.body), "rebase") {
		t.Fatalf("a draft on an old base: %d %s", a.code, a.body)
	}
	if a := two.get("/problems"); !strings.Contains(string(a.body), `"rule":"dates"`) || !strings.Contains(string(a.body), "rebase it first") {
		t.Errorf("problems of a draft on an old base: %s", a.body)
	}
	a := two.post("/rebase", map[string]any{})
	var r struct {
		Rebased   bool
		Conflicts []struct {
			Seq    int
			Reason struct{ ZH, EN string }
			Grids  []string
			Box    []float64
		}
		Plan struct{ Stale bool }
	}
	a.json(t, &r)
	if a.code != http.StatusOK || r.Rebased || len(r.Conflicts) != 1 || r.Conflicts[0].Seq != 2 || r.Conflicts[0].Reason.ZH == "" || len(r.Conflicts[0].Box) != 4 || !r.Plan.Stale {
		t.Fatalf("rebase: %d %s", a.code, a.body)
	}
	if a := two.post("/rebase", map[string]any{"decisions": map[string]string{"2": "keep"}}); a.code != http.StatusOK || !strings.Contains(string(a.body), `"rebased":true`) {
		t.Fatalf("rebase with a decision: %d %s", a.code, a.body)
	}
	if a := two.get("/grids"); strings.Count(string(a.body), `"type":"Feature"`) != 5 {
		t.Errorf("rebased: %s", a.body)
	}
	// It begins on a day to come: until then the first one's plan holds.
	if a := publish(two, "2026-11-01"); a.code != http.StatusOK || !strings.Contains(string(a.body), `"effective_from":"2026-11-01"`) {
		t.Fatalf("publish: %d %s", a.code, a.body)
	}
	state(t, w, two, 0)
	var list struct {
		Items []struct {
			ID, Status string
			To         *string `json:"effective_to"`
		}
	}
	w.ask(t, "planner", "GET", "/api/plans?town="+westTown, nil).json(t, &list)
	for _, p := range list.Items {
		if p.ID == one.id && (p.Status != "superseded" || p.To == nil || *p.To != "2026-11-01") {
			t.Errorf("the plan before: %+v", p)
		}
	}
	// Withdrawn, the first goes on; published again, its codes are its own still.
	if a := w.ask(t, "chief", "POST", "/api/plans/"+two.id+"/withdraw", map[string]any{"id": uuid.NewString(), "note": "缓"}, "If-Match", two.tag); a.code != http.StatusOK {
		t.Fatalf("withdraw: %d %s", a.code, a.body)
	} else {
		two.tag = a.header.Get("ETag")
	}
	if a := publish(two, "2026-11-02"); a.code != http.StatusOK {
		t.Fatalf("published again: %d %s", a.code, a.body)
	}
	if a := w.ask(t, "east", "GET", "/api/plans/"+two.id, nil); a.code != http.StatusNotFound {
		t.Errorf("another town sees the plan: %d", a.code)
	}
	if a := w.ask(t, "east", "GET", "/api/plans", nil); strings.Contains(string(a.body), westTown) {
		t.Errorf("another town lists the plan: %s", a.body)
	}
	if a := w.ask(t, "east", "POST", "/api/plans", map[string]any{"id": uuid.New(), "town": westTown, "name": "侵"}); a.code != http.StatusNotFound {
		t.Errorf("another town draws here: %d", a.code)
	}
	if a := w.ask(t, "viewer", "POST", "/api/plans", map[string]any{"id": uuid.New(), "town": westTown, "name": "看"}); a.code != http.StatusForbidden {
		t.Errorf("a viewer draws: %d", a.code)
	}
}

// TestAPlanGoesOutAndComesBack through a file of each kind.
func TestAPlanGoesOutAndComesBack(t *testing.T) {
	t.Parallel()
	w := planned(t)
	d := w.draft(t, "planner", "外出")
	d.do(splitAt(121.421))
	for _, format := range []string{"geojson", "gpkg"} {
		file := d.get("/export?format=" + format)
		if file.code != http.StatusOK {
			t.Fatalf("export: %d %s", file.code, file.body)
		}
		other := w.draft(t, "planner", "回来")
		req, _ := http.NewRequestWithContext(t.Context(), "POST", w.URL+"/api/plans/"+other.id+"/import?crs=EPSG:4326&format="+format, bytes.NewReader(file.body))
		req.Header.Set("Authorization", "Bearer "+w.tokens["planner"])
		req.Header.Set("Content-Type", "application/octet-stream")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		var diff struct {
			Report     []any
			Operations []map[string]any
			Unchanged  int
		}
		if err := json.Unmarshal(raw, &diff); err != nil || resp.StatusCode != http.StatusOK || len(diff.Report) != 0 || len(diff.Operations) == 0 || diff.Unchanged != 1 {
			t.Fatalf("import of %s: %d %s", format, resp.StatusCode, raw)
		}
		other.do(diff.Operations...)
		if a := other.get("/grids"); strings.Count(string(a.body), `"type":"Feature"`) != 3 {
			t.Errorf("brought back from %s: %s", format, a.body)
		}
		if a := w.ask(t, "planner", "DELETE", "/api/plans/"+other.id, nil, "If-Match", other.tag); a.code != http.StatusNoContent {
			t.Errorf("discard: %d %s", a.code, a.body)
		}
		if a := other.get(""); a.code != http.StatusNotFound {
			t.Errorf("a discarded draft: %d", a.code)
		}
	}
	for _, q := range []string{"", "?crs=EPSG:4326", "?format=geojson", "?crs=EPSG:99999&format=geojson"} {
		if a := w.raw(t, "planner", "POST", "/api/plans/"+d.id+"/import"+q, []byte("{}")); a.code != http.StatusBadRequest {
			t.Errorf("import%s: %d %s", q, a.code, a.body)
		}
	}
	if a := w.raw(t, "planner", "POST", "/api/plans/"+d.id+"/import?crs=EPSG:4326&format=gpkg", []byte("not a file")); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a broken file: %d %s", a.code, a.body)
	}
}

// raw sends bytes as they are.
func (w *world) raw(t *testing.T, who, method, path string, body []byte) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.tokens[who])
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, got}
}

// TestABalance divides a town evenly: a job whose progress is told, with three
// results of ordinary operations, one of which is accepted; and one that is
// cancelled.
func TestABalance(t *testing.T) {
	t.Parallel()
	w := planned(t)
	d := w.draft(t, "planner", "均衡")
	begin := func(body map[string]any) (string, answer) {
		id := uuid.NewString()
		body["id"] = id
		body["weights"] = map[string]any{"load": 1, "compact": 0.5, "stable": 0.5, "streets": 0.2}
		return id, w.ask(t, "planner", "POST", "/api/plans/"+d.id+"/balance", body)
	}
	for name, body := range map[string]map[string]any{
		"atoms": {"atoms": "hexagons"}, "two wishes": {"atoms": "h3-10", "grids": 3, "max_minutes": 100}, "too long": {"atoms": "h3-10", "seconds": 3600},
	} {
		if _, a := begin(body); a.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
	}
	if _, a := begin(map[string]any{"atoms": "h3-10", "communities": []string{eastComm}}); a.code != http.StatusNotFound {
		t.Errorf("another town's community: %d %s", a.code, a.body)
	}
	id, a := begin(map[string]any{"atoms": "h3-10", "grids": 5, "seed": 7, "seconds": 0.3})
	if a.code != http.StatusAccepted {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if a := w.ask(t, "second", "GET", "/api/jobs/"+id, nil); a.code != http.StatusNotFound {
		t.Errorf("somebody else sees the job: %d", a.code)
	}
	events := w.ask(t, "planner", "GET", "/api/jobs/"+id+"/events", nil)
	if events.code != http.StatusOK || !strings.Contains(string(events.body), "event: done") {
		t.Fatalf("events: %d %s", events.code, events.body)
	}
	var j struct {
		State   string
		Results []struct {
			Name                          string
			Grids                         int
			Deviation, Bound, Compactness float64
			Operations                    []map[string]any
		}
	}
	w.ask(t, "planner", "GET", "/api/jobs/"+id, nil).json(t, &j)
	if j.State != "done" || len(j.Results) != 3 || j.Results[0].Name != "balanced" || j.Results[0].Grids != 5 || len(j.Results[0].Operations) == 0 {
		t.Fatalf("the job: %+v", j)
	}
	if j.Results[0].Deviation > j.Results[2].Deviation+1e-9 {
		t.Errorf("the balanced result deviates by %f, the stable one by %f", j.Results[0].Deviation, j.Results[2].Deviation)
	}
	d.do(j.Results[0].Operations...)
	if a := d.get("/grids"); strings.Count(string(a.body), `"type":"Feature"`) != 5 {
		t.Errorf("accepted: %s", a.body)
	}
	if a := d.get("/problems"); strings.Contains(string(a.body), `"error"`) {
		t.Errorf("problems: %s", a.body)
	}
	// Some grids alone: the others keep their land.
	var before, after struct {
		Features []struct {
			ID         string
			Geometry   json.RawMessage
			Properties struct{ Community string }
		}
	}
	d.get("/grids").json(t, &before)
	var chosen []string
	for _, f := range before.Features {
		if f.Properties.Community == westComm && len(chosen) < 2 {
			chosen = append(chosen, f.ID)
		}
	}
	id, a = begin(map[string]any{"atoms": "h3-10", "among": chosen, "grids": 3, "seconds": 0.2})
	if a.code != http.StatusAccepted {
		t.Fatalf("%d %s", a.code, a.body)
	}
	w.ask(t, "planner", "GET", "/api/jobs/"+id+"/events", nil)
	w.ask(t, "planner", "GET", "/api/jobs/"+id, nil).json(t, &j)
	if j.State != "done" || len(j.Results[0].Operations) != 1 {
		t.Fatalf("some grids: %+v", j)
	}
	d.do(j.Results[0].Operations...)
	d.get("/grids").json(t, &after)
	if len(after.Features) != len(before.Features)+1 {
		t.Errorf("two grids became three: %d grids, were %d", len(after.Features), len(before.Features))
	}
	for _, f := range before.Features {
		if slices.Contains(chosen, f.ID) {
			continue
		}
		for _, g := range after.Features {
			if g.ID == f.ID && !bytes.Equal(g.Geometry, f.Geometry) {
				t.Errorf("grid %s was not chosen and has other land", f.ID)
			}
		}
	}
	if _, a := begin(map[string]any{"atoms": "h3-10", "among": []string{"9.9"}}); a.code != http.StatusNotFound {
		t.Errorf("no such grid: %d %s", a.code, a.body)
	}
	id, a = begin(map[string]any{"atoms": "h3-11", "grids": 20, "seconds": 60})
	if a.code != http.StatusAccepted {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if _, again := begin(map[string]any{"atoms": "h3-10"}); again.code != http.StatusServiceUnavailable {
		t.Errorf("a second job of one account: %d %s", again.code, again.body)
	}
	if a := w.ask(t, "planner", "DELETE", "/api/jobs/"+id, nil); a.code != http.StatusNoContent {
		t.Errorf("cancel: %d %s", a.code, a.body)
	}
	events = w.ask(t, "planner", "GET", "/api/jobs/"+id+"/events", nil)
	if !strings.Contains(string(events.body), `"state":"cancelled"`) {
		t.Errorf("a cancelled job: %s", events.body)
	}
}

package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
	"gridward/grids"
	"gridward/grids/coverage/policy"
	"gridward/grids/roster"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/tiles"
)

// quilt is a district of 3 towns with 3 communities each, in columns and rows,
// and a park: its land is the middle row of two towns, and the middle community
// of the second town is the park's own.
func quilt(t *testing.T) (units []layers.Unit, gs map[string][]grids.Grid) {
	t.Helper()
	cell := func(x, y, w, h int) orb.MultiPolygon {
		x0, y0 := 121.4+0.04*float64(x), 31.3+0.04*float64(y)
		x1, y1 := 121.4+0.04*float64(x+w), 31.3+0.04*float64(y+h)
		return orb.MultiPolygon{{{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}}}}
	}
	gs = map[string][]grids.Grid{}
	units = append(units, layers.Unit{Code: whole, Kind: layers.District, Name: "区", Geometry: cell(0, 0, 3, 3)},
		layers.Unit{Code: quiltPark, Kind: layers.Park, Name: "园区", Parent: whole, Geometry: cell(0, 1, 2, 1)})
	for x := range 3 {
		town := fmt.Sprintf("%s%03d000", district, x+1)
		outline := cell(x, 0, 1, 3)
		outline[0][0] = orb.Ring{outline[0][0][0], outline[0][0][1]}
		for y := 1; y <= 3; y++ { // the communities' corners are the town's too
			outline[0][0] = append(outline[0][0], orb.Point{121.4 + 0.04*float64(x+1), 31.3 + 0.04*float64(y)})
		}
		for y := 3; y >= 0; y-- {
			outline[0][0] = append(outline[0][0], orb.Point{121.4 + 0.04*float64(x), 31.3 + 0.04*float64(y)})
		}
		units = append(units, layers.Unit{Code: town, Kind: layers.Town, Name: "镇" + town, Parent: whole, Geometry: outline})
		for y := range 3 {
			code := fmt.Sprintf("%s%03d", town[:9], y+1)
			parent := town
			if x == 1 && y == 1 {
				parent = quiltPark
			}
			units = append(units, layers.Unit{Code: code, Kind: layers.Community, Name: "村" + code, Parent: parent, Geometry: cell(x, y, 1, 1)})
			gs[town] = append(gs[town], grids.Grid{Code: code + "001", Name: "网格", Town: town, Community: code, Geometry: cell(x, y, 1, 1)})
		}
	}
	return units, gs
}

const quiltPark = "310113501000"

// row is what places and hazards have in common in a list.
type row struct {
	ID                           uuid.UUID
	Layer, Town, Park, Community string
	Lon, Lat                     float64
}

// TestRandomScopesSeeExactlyTheirOwn gives accounts random units and compares
// every answer with what the whole district's account sees of those units.
func TestRandomScopesSeeExactlyTheirOwn(t *testing.T) {
	t.Parallel()
	units, gs := quilt(t)
	w := newWorldOf(t, units, gs, nil)
	r := rand.New(rand.NewPCG(7, 11))
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var codes []string
	for _, u := range units[1:] {
		codes = append(codes, u.Code)
	}
	scopes := map[string][]string{}
	err := w.db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		for _, name := range []string{"street-shop", "self-built-rental", "construction-site"} {
			d, _ := w.set.Get(name)
			var list []layers.Place
			for k := range 60 {
				at := geo.Snap(orb.Point{121.4 + 0.12*r.Float64(), 31.3 + 0.12*r.Float64()})
				key, err := geo.KeyAt(at)
				if err != nil {
					return err
				}
				// The units are left to the assignment: they are its to find.
				list = append(list, layers.Place{ID: uuid.New(), SourceID: fmt.Sprint(k), Category: d.CategoryOf(nil), Name: fmt.Sprintf("%s %d", name, k), Footprint: at.Orb(), Anchor: at, Key: key,
					Attributes: map[string]any{}, ValidFrom: day})
			}
			if _, err := layers.Merge(ctx, tx, name, "random", list[0].ValidFrom, layers.Each(list)); err != nil {
				return err
			}
		}
		if got, err := grids.Assign(ctx, tx, []string{"street-shop", "self-built-rental", "construction-site"}, day, nil); err != nil || got.Resettled != 180 || got.Moved != 180 || len(got.Left) > 0 {
			return fmt.Errorf("assign: %+v, %w", got, err)
		}
		for i := range 12 {
			name := fmt.Sprintf("scope %d", i)
			for range 1 + r.IntN(3) {
				scopes[name] = append(scopes[name], codes[r.IntN(len(codes))])
			}
			if i == 0 {
				scopes[name] = []string{quiltPark}
			}
			var err error
			if _, w.tokens[name], err = auth.Create(ctx, tx, name, auth.Inspector, scopes[name], w.now, time.Time{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.staffQuilt(t, gs)
	w.serve(t)

	// Everything, as the whole district's account sees it.
	list := func(who, path string) []row {
		t.Helper()
		var out []row
		for path != "" {
			var page struct {
				Items []row
				Next  *string
			}
			a := w.ask(t, who, "GET", path, nil)
			if a.code != http.StatusOK {
				t.Fatalf("%s %s: %d %s", who, path, a.code, a.body)
			}
			a.json(t, &page)
			out = append(out, page.Items...)
			path = ""
			if page.Next != nil {
				path = *page.Next
			}
		}
		return out
	}
	places := list("admin", "/api/places?limit=50")
	if len(places) != 180 {
		t.Fatalf("%d places, want 180", len(places))
	}
	for i := 0; i < len(places); i += 3 {
		p := places[i]
		list := map[string]string{"street-shop": "class-2", "self-built-rental": "class-1", "construction-site": "class-3"}[p.Layer]
		report := map[string]any{"id": uuid.New(), "place": p.ID, "at": w.now.Add(-time.Hour), "inspector": "x", "outcome": []string{"done", "no_access"}[r.IntN(2)], "checklist": list,
			"hazards": []map[string]any{{"id": uuid.New(), "type": "lpg_misuse", "severity": 1 + r.IntN(4)}}}
		if a := w.ask(t, "admin", "POST", "/api/inspections", report); a.code != http.StatusCreated {
			t.Fatalf("report: %d %s", a.code, a.body)
		}
	}
	hazards := list("admin", "/api/hazards")
	staffed := map[string][]row{}
	for _, kind := range []string{"teams", "people", "postings", "absences", "roster", "roster/vacancies"} {
		if staffed[kind] = list("admin", "/api/"+kind); len(staffed[kind]) == 0 {
			t.Fatalf("no %s", kind)
		}
	}
	w.parkIsShown(t)
	type place struct {
		Obligations []struct{ State, Period string }
		Inspections []struct{ ID uuid.UUID }
	}
	detail := map[uuid.UUID]place{}
	for _, p := range places {
		var d place
		w.ask(t, "admin", "GET", "/api/places/"+p.ID.String(), nil).json(t, &d)
		if len(d.Obligations) == 0 {
			t.Fatalf("place %s owes nothing", p.ID)
		}
		detail[p.ID] = d
	}

	for who, scope := range scopes {
		in := func(p row) bool {
			return slices.Contains(scope, p.Town) || slices.Contains(scope, p.Park) || slices.Contains(scope, p.Community)
		}
		own := map[uuid.UUID]bool{}
		want := map[string]int{"met": 0, "attempted": 0, "open": 0, "overdue": 0, "excused": 0, "disputed": 0}
		total, unmet := 0, 0
		allowed := map[string]bool{}
		for _, p := range places {
			if !in(p) {
				continue
			}
			own[p.ID] = true
			for _, u := range []string{p.Town, p.Park, p.Community} {
				allowed[u] = true
			}
			for _, o := range detail[p.ID].Obligations {
				want[o.State]++
				total++
				if o.State != "met" && o.State != "excused" {
					unmet++
				}
			}
		}
		same := func(what string, got []row, own func(row) bool, all []row) {
			t.Helper()
			n := 0
			for _, p := range all {
				if own(p) {
					n++
				}
			}
			seen := map[uuid.UUID]bool{}
			for _, p := range got {
				if !own(p) || seen[p.ID] {
					t.Errorf("%s %v sees %s %s of %s/%s/%s", who, scope, what, p.ID, p.Town, p.Park, p.Community)
				}
				seen[p.ID] = true
			}
			if len(got) != n {
				t.Errorf("%s %v sees %d %s, want %d", who, scope, len(got), what, n)
			}
		}
		same("places", list(who, "/api/places?limit=17"), in, places)
		for kind, rows := range staffed {
			if strings.HasPrefix(kind, "roster") { // by grid, without ids: as the grids lie
				n := 0
				for _, p := range rows {
					if sees(units, scope, p.Town, p.Community) {
						n++
					}
				}
				got := list(who, "/api/"+kind+"?limit=5")
				for _, p := range got {
					if !sees(units, scope, p.Town, p.Community) {
						t.Errorf("%s %v: %s names a grid of %s", who, scope, kind, p.Community)
					}
				}
				if len(got) != n {
					t.Errorf("%s %v: %d of %s, want %d", who, scope, len(got), kind, n)
				}
				continue
			}
			same(kind, list(who, "/api/"+kind+"?limit=3"), in, rows)
		}
		for _, p := range staffed["people"] {
			code := map[bool]int{true: 200, false: 404}[in(p)]
			if a := w.ask(t, who, "GET", "/api/people/"+p.ID.String()+"/answers", nil); a.code != code {
				t.Errorf("%s %v: what %s answers for is %d, want %d", who, scope, p.ID, a.code, code)
			}
		}
		same("hazards", list(who, "/api/hazards?limit=7"), in, hazards)
		for _, u := range scope {
			within := func(p row) bool { return in(p) && (p.Town == u || p.Park == u || p.Community == u) }
			same("places of "+u, list(who, "/api/places?unit="+u), within, places)
		}
		for _, p := range places {
			code := map[bool]int{true: 200, false: 404}[own[p.ID]]
			if a := w.ask(t, who, "GET", "/api/places/"+p.ID.String(), nil); a.code != code {
				t.Errorf("%s %v: place %s answers %d, want %d", who, scope, p.ID, a.code, code)
			}
			for _, v := range detail[p.ID].Inspections {
				if a := w.ask(t, who, "GET", "/api/inspections/"+v.ID.String(), nil); a.code != code {
					t.Errorf("%s %v: inspection %s answers %d, want %d", who, scope, v.ID, a.code, code)
				}
			}
			if a := w.ask(t, who, "GET", fmt.Sprintf("/api/locate?lon=%.7f&lat=%.7f", p.Lon, p.Lat), nil); a.code != code {
				t.Errorf("%s %v: locating %s answers %d, want %d", who, scope, p.ID, a.code, code)
			}
		}
		for _, h := range hazards {
			code := map[bool]int{true: 200, false: 404}[in(h)]
			if a := w.ask(t, who, "GET", "/api/hazards/"+h.ID.String(), nil); a.code != code {
				t.Errorf("%s %v: hazard %s answers %d, want %d", who, scope, h.ID, a.code, code)
			}
			move := map[string]any{"id": uuid.New(), "version": 99, "state": "filed", "at": w.now}
			code = map[bool]int{true: 409, false: 404}[in(h)]
			if a := w.ask(t, who, "PATCH", "/api/hazards/"+h.ID.String(), move); a.code != code {
				t.Errorf("%s %v: moving hazard %s answers %d, want %d", who, scope, h.ID, a.code, code)
			}
		}
		var cov coverageAnswer
		w.ask(t, who, "GET", "/api/coverage", nil).json(t, &cov)
		if one := len(slices.Compact(slices.Sorted(slices.Values(scope)))) == 1; (cov.Unit != "") != one || one && cov.Unit != scope[0] || !slices.Contains(cov.Units, scope[0]) {
			t.Errorf("%s %v: coverage says it counted %q %v", who, scope, cov.Unit, cov.Units)
		}
		if cov.Total != total || fmt.Sprint(cov.States) != fmt.Sprint(want) {
			t.Errorf("%s %v: coverage %d %v, want %d %v", who, scope, cov.Total, cov.States, total, want)
		}
		for _, by := range []string{"town", "park", "town_level", "community", "grid", "class", "category"} {
			var rollup struct {
				Items []struct {
					Key   string
					Total int
				}
			}
			w.ask(t, "admin", "GET", "/api/coverage/rollup?by="+by, nil).json(t, &rollup)
			all := map[string]int{}
			for _, k := range rollup.Items {
				all[k.Key] = k.Total
			}
			w.ask(t, who, "GET", "/api/coverage/rollup?by="+by, nil).json(t, &rollup)
			sum := 0
			for _, k := range rollup.Items {
				sum += k.Total
				// What bears a unit's or grid's name counts all of it.
				if by != "class" && by != "category" && k.Total != all[k.Key] {
					t.Errorf("%s %v: a roll-up by %s gives %s %d of its %d obligations", who, scope, by, k.Key, k.Total, all[k.Key])
				}
				if (by == "town" || by == "park" || by == "town_level" || by == "community") && !allowed[k.Key] || by == "grid" && !allowed[k.Key[:12]] {
					t.Errorf("%s %v: a roll-up by %s names %s", who, scope, by, k.Key)
				}
			}
			if sum != total && (by == "class" || by == "category") {
				t.Errorf("%s %v: a roll-up by %s sums to %d, want %d", who, scope, by, sum, total)
			}
		}
		var rest struct{ Items []struct{ Place uuid.UUID } }
		w.ask(t, who, "GET", "/api/coverage/places?limit=1000", nil).json(t, &rest)
		for _, u := range rest.Items {
			if !own[u.Place] {
				t.Errorf("%s %v: %s is among the unmet", who, scope, u.Place)
			}
		}
		if len(rest.Items) != unmet {
			t.Errorf("%s %v: %d unmet, want %d", who, scope, len(rest.Items), unmet)
		}
		w.tilesShow(t, who, scope, own, hazards, in, places)
		// What holds no row of the scope is named nowhere.
		for _, path := range []string{"/api/units", "/api/units.geojson", "/api/grids", "/api/coverage/places?f=geojson", "/tiles/units.json"} {
			a := w.ask(t, who, "GET", path, nil)
			for _, c := range codes {
				visible := allowed[c] || slices.ContainsFunc(scope, func(u string) bool { return u == c || within(units, c, u) || within(units, u, c) })
				if !visible && bytes.Contains(a.body, []byte(c)) {
					t.Errorf("%s %v: %s names %s", who, scope, path, c)
				}
			}
		}
	}
}

// parkIsShown wants the park among the town-level units, in the table and on
// the map, with the class III inside it and without counting anything twice.
func (w *world) parkIsShown(t *testing.T) {
	t.Helper()
	type rows struct {
		Items []struct {
			Key   string
			Total int
		}
	}
	sum := func(path string) (all int, of map[string]int) {
		t.Helper()
		var r rows
		w.ask(t, "admin", "GET", path, nil).json(t, &r)
		of = map[string]int{}
		for _, row := range r.Items {
			all, of[row.Key] = all+row.Total, row.Total
		}
		return all, of
	}
	var whole, park, inPark coverageAnswer
	w.ask(t, "admin", "GET", "/api/coverage", nil).json(t, &whole)
	w.ask(t, "admin", "GET", "/api/coverage?town_level="+quiltPark, nil).json(t, &park)
	w.ask(t, "admin", "GET", "/api/coverage?class=3&unit="+quiltPark, nil).json(t, &inPark)
	all, of := sum("/api/coverage/rollup?by=town_level")
	if all != whole.Total || len(of) != 4 || of[quiltPark] != park.Total || park.Total != inPark.Total || park.Total == 0 || park.Unit != quiltPark {
		t.Errorf("town-level rows %v of %d obligations; the park answers for %d, class III inside it is %d", of, whole.Total, park.Total, inPark.Total)
	}
	if a := w.ask(t, "admin", "GET", "/api/coverage?town_level=310113001001", nil); a.code != http.StatusBadRequest {
		t.Errorf("a community as a town-level unit: %d", a.code)
	}
	kinds := func(query string) map[any][]any {
		t.Helper()
		tile := maptile.At(orb.Point{121.46, 31.36}, 9)
		a := w.ask(t, "admin", "GET", fmt.Sprintf("/tiles/coverage/9/%d/%d.mvt%s", tile.X, tile.Y, query), nil, "Accept-Encoding", "identity")
		found, err := mvt.Unmarshal(a.body)
		if err != nil || len(found) != 1 {
			t.Fatalf("the coverage tile: %d, %v", a.code, err)
		}
		out := map[any][]any{}
		for _, f := range found[0].Features {
			out[f.Properties["kind"]] = append(out[f.Properties["kind"]], f.Properties["total"])
		}
		return out
	}
	if k := kinds(""); len(k["town"]) != 3 || len(k["park"]) != 1 || k["park"][0] != float64(park.Total) {
		t.Errorf("the coverage tile has %v, want 3 towns and the park with %d", k, park.Total)
	}
	if k := kinds("?class=2"); len(k["town"]) != 3 || len(k["park"]) != 0 {
		t.Errorf("of class II the coverage tile has %v, want towns only", k)
	}
}

// staffQuilt gives each community a team and two people and posts one of them
// to class I of its grid, with an absence; the other classes stay vacant.
func (w *world) staffQuilt(t *testing.T, gs map[string][]grids.Grid) {
	t.Helper()
	var of roster.Records
	span := roster.Span{From: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	for town, list := range gs {
		for _, g := range list {
			park := ""
			if g.Community == district+"002002" {
				park = quiltPark
			}
			team := roster.Team{ID: uuid.New(), Name: g.Community, Unit: g.Community, Body: policy.CommunityStaff, Span: span, Town: town, Park: park, Community: g.Community}
			of.Teams = append(of.Teams, team)
			for range 2 {
				of.People = append(of.People, roster.Person{ID: uuid.New(), Name: g.Community, Kind: roster.CommunityFullTime, Unit: g.Community, Team: team.ID, Span: span, Town: town, Park: park, Community: g.Community})
			}
			one := of.People[len(of.People)-1].ID
			of.Postings = append(of.Postings, roster.Posting{ID: uuid.New(), Grid: g.Code, Class: 1, Person: one, Span: span, Town: town, Park: park, Community: g.Community})
			of.Absences = append(of.Absences, roster.Absence{ID: uuid.New(), Person: one, Reason: "leave", Span: roster.Span{From: span.From, To: span.From.AddDate(0, 1, 0)}, Town: town, Park: park, Community: g.Community})
		}
	}
	w.write(t, func(ctx context.Context, tx *postgres.Tx) error { return roster.Load(ctx, tx, of) })
}

// sees is the scope's decision for a grid of a town and community.
func sees(units []layers.Unit, scope []string, town, community string) bool {
	return slices.ContainsFunc(scope, func(u string) bool {
		return u == town || u == community || (u == quiltPark && within(units, community, quiltPark))
	})
}

// within reports whether a unit lies below another.
func within(units []layers.Unit, code, above string) bool {
	for _, u := range units {
		if u.Code == code {
			return u.Parent == above || (u.Parent != "" && within(units, u.Parent, above)) ||
				(u.Kind == layers.Community && strings.HasPrefix(code, above[:9]))
		}
	}
	return false
}

// tilesShow reads tiles at several zooms and compares what is on them with the
// rows that the account may see.
func (w *world) tilesShow(t *testing.T, who string, scope []string, own map[uuid.UUID]bool, hazards []row, in func(row) bool, places []row) {
	t.Helper()
	read := func(layer string, z maptile.Zoom) map[string]int {
		found := map[string]int{}
		lo, hi := maptile.At(orb.Point{121.4, 31.42}, z), maptile.At(orb.Point{121.52, 31.3}, z)
		for x := lo.X; x <= hi.X; x++ {
			for y := lo.Y; y <= hi.Y; y++ {
				a := w.ask(t, who, "GET", fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", layer, z, x, y), nil, "Accept-Encoding", "identity")
				if a.code == http.StatusNoContent {
					continue
				}
				parsed, err := mvt.Unmarshal(a.body)
				if err != nil {
					t.Fatalf("tile of %s: %v", layer, err)
				}
				for _, l := range parsed {
					for _, f := range l.Features {
						if l.Name == layer || l.Name == "places" {
							found[fmt.Sprint(f.ID)] = 1
						}
						if n, ok := f.Properties["count"].(float64); ok && layer == "heat" {
							found[fmt.Sprint(f.ID)] = int(n) // a cell on a border stands in both tiles
						}
					}
				}
			}
		}
		return found
	}
	for _, layer := range []string{"street-shop", "construction-site", "coverage"} {
		got := read(layer, 14)
		want, numbers := 0, map[string]bool{}
		for id := range own {
			numbers[fmt.Sprint(float64(tiles.Number(id)))] = true
		}
		for _, p := range places {
			if own[p.ID] && (layer == "coverage" || p.Layer == layer) {
				want++
			}
		}
		if len(got) != want {
			t.Errorf("%s %v: tiles of %s show %d places, want %d", who, scope, layer, len(got), want)
		}
		for id := range got {
			if !numbers[id] {
				t.Errorf("%s %v: tiles of %s show %s", who, scope, layer, id)
			}
		}
	}
	sum, want := 0, 0
	for _, n := range read("heat", 11) {
		sum += n
	}
	for _, h := range hazards {
		if in(h) {
			want++
		}
	}
	if sum != want {
		t.Errorf("%s %v: heat counts %d hazards, want %d", who, scope, sum, want)
	}
}

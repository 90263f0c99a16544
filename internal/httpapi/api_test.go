package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/uuid"
	"github.com/gorilla/mux"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
	"gridward/grids"
	"gridward/internal/auth"
	"gridward/internal/httpapi"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
	"gridward/layers"
	"gridward/tiles"
	"gridward/web"
)

const (
	district = "310113"
	whole    = "310113000000"
	westTown = "310113001000"
	eastTown = "310113002000"
	westComm = "310113001001"
	eastComm = "310113002001"
)

// world is a little district: two towns side by side, each one community and
// one grid, with shops and dwellings in both.
type world struct {
	*httptest.Server
	db     *postgres.DB
	set    *layers.Set
	server *httpapi.Server
	router routers.Router
	places map[string][]uuid.UUID // by town
	now    time.Time
	tokens map[string]string

	layerBytes int // of the server that serve starts
}

func box(x0, x1 float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{x0, 31.3}, {x1, 31.3}, {x1, 31.4}, {x0, 31.4}, {x0, 31.3}}}}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	units := []layers.Unit{
		{Code: whole, Kind: layers.District, Name: "区", Geometry: box(121.4, 121.6)},
		{Code: westTown, Kind: layers.Town, Name: "西镇", Parent: whole, Geometry: box(121.4, 121.5)},
		{Code: eastTown, Kind: layers.Town, Name: "东镇", Parent: whole, Geometry: box(121.5, 121.6)},
		{Code: westComm, Kind: layers.Community, Name: "西村", Parent: westTown, Geometry: box(121.4, 121.5)},
		{Code: eastComm, Kind: layers.Community, Name: "东村", Parent: eastTown, Geometry: box(121.5, 121.6)},
	}
	gs := map[string][]grids.Grid{
		westTown: {{Code: westComm + "001", Name: "网格", Town: westTown, Community: westComm, Geometry: box(121.4, 121.5)}},
		eastTown: {{Code: eastComm + "001", Name: "网格", Town: eastTown, Community: eastComm, Geometry: box(121.5, 121.6)}},
	}
	w := newWorldOf(t, units, gs, func(ctx context.Context, tx *postgres.Tx, w *world) error {
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i, town := range []string{westTown, eastTown} {
			for _, layer := range []string{"street-shop", "self-built-rental"} {
				d, _ := w.set.Get(layer)
				var list []layers.Place
				for k := range 3 {
					at := geo.Snap(orb.Point{121.42 + 0.1*float64(i) + 0.01*float64(k), 31.35})
					key, err := geo.KeyAt(at)
					if err != nil {
						return err
					}
					p := layers.Place{ID: uuid.New(), SourceID: fmt.Sprintf("%s-%d", town, k), Category: d.CategoryOf(nil), Name: fmt.Sprintf("%s %d", town, k), Footprint: at.Orb(), Anchor: at, Key: key,
						Town: town, Community: []string{westComm, eastComm}[i], Attributes: map[string]any{}, ValidFrom: day}
					list = append(list, p)
					w.places[town] = append(w.places[town], p.ID)
				}
				if _, err := layers.Merge(ctx, tx, layer, "test-"+town, list[0].ValidFrom, layers.Each(list)); err != nil {
					return err
				}
			}
		}
		if got, err := grids.Assign(ctx, tx, []string{"street-shop", "self-built-rental"}, day, nil); err != nil || len(got.Left) > 0 {
			return fmt.Errorf("assign: %v left, %w", got.Left, err)
		}
		for name, a := range map[string]struct {
			role auth.Role
			unit string
		}{"west": {auth.Inspector, westTown}, "east": {auth.Inspector, eastTown}, "viewer": {auth.Viewer, westTown}} {
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

// newWorldOf makes a district of units and one plan a town, and what fill adds.
func newWorldOf(t testing.TB, units []layers.Unit, gs map[string][]grids.Grid, fill func(context.Context, *postgres.Tx, *world) error) *world {
	t.Helper()
	w := &world{db: testdb.New(t), places: map[string][]uuid.UUID{}, tokens: map[string]string{}, now: time.Date(2026, 10, 20, 4, 0, 0, 0, time.UTC)}
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var err error
	if w.set, err = layers.Shipped(); err != nil {
		t.Fatal(err)
	}
	err = w.db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := layers.ReplaceUnits(ctx, tx, units, day); err != nil {
			return err
		}
		for town, list := range gs {
			if err := grids.Publish(ctx, tx, grids.Plan{ID: uuid.New(), Town: town, Name: "p", Origin: "test", EffectiveFrom: day, CreatedAt: w.now, Review: grids.Review{Reviewer: "test", At: w.now}, Grids: list}); err != nil {
				return err
			}
		}
		if _, w.tokens["admin"], err = auth.Create(ctx, tx, "admin", auth.Admin, []string{whole}, w.now, time.Time{}); err != nil || fill == nil {
			return err
		}
		return fill(ctx, tx, w)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// serve starts the server and reads the API's description.
func (w *world) serve(t testing.TB) {
	t.Helper()
	w.server = httpapi.New(httpapi.Options{DB: w.db, Layers: w.set, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: func() time.Time { return w.now }, KeyFile: filepath.Join(t.TempDir(), "key.pem"),
		Console: web.Handler, LayerBytes: w.layerBytes})
	w.Server = httptest.NewServer(w.server.Handler())
	server, front := w.server, w.Server // a test may serve again
	t.Cleanup(func() { front.Close(); server.Close() })
	doc, err := openapi3.NewLoader().LoadFromData(httpapi.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.router, err = gorillamux.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
}

type answer struct {
	code   int
	header http.Header
	body   []byte
}

func (a answer) json(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
}

// ask sends a request and holds request and answer to the API's description.
func (w *world) ask(t testing.TB, who, method, path string, body any, headers ...string) answer {
	t.Helper()
	var bytesOf []byte
	if text, plain := body.(raw); plain {
		bytesOf = []byte(text)
	} else if body != nil {
		var err error
		if bytesOf, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, bytes.NewReader(bytesOf))
	if err != nil {
		t.Fatal(err)
	}
	if token := w.tokens[who]; token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	check := req.Clone(t.Context())
	check.URL.Host, check.URL.Scheme = "", ""
	route, vars, err := w.router.FindRoute(check)
	if err != nil {
		t.Fatalf("%s %s is not in the description: %v", method, path, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: check, PathParams: vars, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if resp.StatusCode < 300 {
		check.Body = io.NopCloser(bytes.NewReader(bytesOf))
		if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
			t.Errorf("%s %s was taken and is not described: %v", method, path, err)
		}
	}
	if resp.StatusCode < 300 && len(got) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header,
			Body: io.NopCloser(bytes.NewReader(got)), Options: in.Options})
		if err != nil {
			t.Errorf("%s %s does not answer as described: %v", method, path, err)
		}
	}
	return answer{resp.StatusCode, resp.Header, got}
}

// TestEveryRouteIsDescribed walks the router and the description both ways.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc, err := openapi3.NewLoader().LoadFromData(httpapi.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	routed := map[string]bool{}
	err = w.server.Router().Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := r.GetPathTemplate()
		if err != nil {
			return nil
		}
		methods, err := r.GetMethods()
		if err != nil || path == "/" {
			return nil // a prefix: the tiles, the API, the console
		}
		for _, m := range methods {
			if m != http.MethodHead {
				routed[m+" "+path] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for k := range routed {
		if !described[k] {
			t.Errorf("%s is served but not described", k)
		}
	}
	for k := range described {
		if !routed[k] {
			t.Errorf("%s is described but not served", k)
		}
	}
}

// TestTheWrongMethodIsSaid walks the router and sends each path every method
// that it does not have.
func TestTheWrongMethodIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	methods := map[string][]string{} // by path
	err := w.server.Router().Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := r.GetPathTemplate()
		if has, e := r.GetMethods(); e == nil {
			methods[path] = append(methods[path], has...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(methods) < 30 {
		t.Fatalf("only %d paths", len(methods))
	}
	send := func(method, path string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a
	}
	for path, has := range methods {
		real := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "1")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			a := send(method, real)
			if slices.Contains(has, method) {
				if a.StatusCode == http.StatusMethodNotAllowed {
					t.Errorf("%s %s: %d", method, real, a.StatusCode)
				}
				continue
			}
			allow := strings.Split(a.Header.Get("Allow"), ", ")
			slices.Sort(allow)
			slices.Sort(has)
			if a.StatusCode != http.StatusMethodNotAllowed || !slices.Equal(allow, has) || a.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s: %d, Allow %v, want 405 and %v", method, real, a.StatusCode, allow, has)
			}
		}
	}
	for _, path := range []string{"/", "/nothing"} { // of the console: GET for browsers
		if a := send("POST", path); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d, Allow %q", path, a.StatusCode, a.Header.Get("Allow"))
		}
		if a := send("GET", path); a.StatusCode != http.StatusNotFound || a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("X-Request-Id") == "" {
			t.Errorf("a program's GET %s: %d %s", path, a.StatusCode, a.Header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/api/nothing", "/api/places/1/2/3", "/tiles/units/1/1"} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			if a := send(method, path); a.StatusCode != http.StatusNotFound || a.Header.Get("Allow") != "" || a.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s: %d, Allow %q", method, path, a.StatusCode, a.Header.Get("Allow"))
			}
		}
	}
}

// TestEveryAnswerIsDescribed asks every GET of the description once, so that no
// answer goes without being held to it.
func TestEveryAnswerIsDescribed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	visit, found := uuid.New(), uuid.New()
	report := map[string]any{"id": visit, "place": w.places[westTown][0], "at": w.now.Add(-time.Hour), "inspector": "王", "outcome": "no_access", "checklist": "class-2", "lon": 121.42, "lat": 31.35, "accuracy_m": 5,
		"hazards": []map[string]any{{"id": found, "type": "lpg_misuse", "severity": 0}}}
	if a := w.ask(t, "west", "POST", "/api/inspections", report); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	staffed := w.staff(t)[westTown]
	signed := uuid.New()
	if a := w.ask(t, "admin", "POST", "/api/coverage/certificates", map[string]any{"id": signed, "unit": westTown, "class": 2, "period": "2026-10"}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	drawn := uuid.NewString()
	if a := w.ask(t, "admin", "POST", "/api/plans", map[string]any{"id": drawn, "town": westTown, "name": "草案"}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if a := w.ask(t, "admin", "POST", "/api/plans/"+drawn+"/operations", map[string]any{"id": uuid.New(), "operations": []any{map[string]any{"kind": "split", "line": [][]float64{{121.425, 31.2}, {121.425, 31.5}}}}}, "If-Match", `"1"`); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	job := uuid.NewString()
	if a := w.ask(t, "admin", "POST", "/api/plans/"+drawn+"/balance", map[string]any{"id": job, "atoms": "h3-10", "grids": 2, "seconds": 0.1, "weights": map[string]any{"load": 1}}); a.code != http.StatusAccepted {
		t.Fatalf("%d %s", a.code, a.body)
	}
	w.ask(t, "admin", "GET", "/api/jobs/"+job+"/events", nil)
	if a := w.ask(t, "admin", "POST", "/api/care", map[string]any{"id": uuid.New(), "place": w.places[westTown][0], "people": 2}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	walk := w.walkOnce(t)
	tile := maptile.At(orb.Point{121.42, 31.35}, 13)
	with := map[string]string{
		"/api/tracks/{id}":  "/api/tracks/" + walk.String(),
		"/api/care/{place}": "/api/care/" + w.places[westTown][0].String(),
		"/api/teams/{id}":   "/api/teams/" + staffed.Teams[0].ID.String(), "/api/people/{id}": "/api/people/" + staffed.People[0].ID.String(),
		"/api/people/{id}/answers": "/api/people/" + staffed.People[0].ID.String() + "/answers?day=2026-10-15",
		"/api/units/{code}":        "/api/units/" + westTown, "/api/grids/{code}": "/api/grids/" + westComm + "001", "/api/places/{id}": "/api/places/" + w.places[westTown][0].String(), "/api/places/number/{number}": fmt.Sprint("/api/places/number/", tiles.Number(w.places[westTown][0])),
		"/api/locate": "/api/locate?lon=121.42&lat=31.35", "/api/coverage/rollup": "/api/coverage/rollup?by=category", "/api/coverage/forecast": "/api/coverage/forecast?class=1", "/api/coverage/missed": "/api/coverage/missed?class=2", "/api/coverage/certificates/{id}": "/api/coverage/certificates/" + signed.String(), "/api/coverage/certificates/{id}/page": "/api/coverage/certificates/" + signed.String() + "/page",
		"/api/coverage/certificates/{id}/proof": "/api/coverage/certificates/" + signed.String() + "/proof?place=" + w.places[westTown][0].String(), "/api/coverage/places/{id}": "/api/coverage/places/" + w.places[westTown][0].String(), "/api/inspections/{id}": "/api/inspections/" + visit.String(),
		"/api/hazards/{id}": "/api/hazards/" + found.String(), "/api/jobs/{id}": "/api/jobs/" + job, "/api/jobs/{id}/events": "/api/jobs/" + job + "/events", "/tiles/{layer}.json": "/tiles/heat.json", "/tiles/{matrix}/{layer}.json": "/tiles/WorldCRS84Quad/heat.json?classes=jenks", "/problems/{kind}": "/problems/stale", "/styles/{map}.json": "/styles/heat.json?severity=2",
		"/tiles/{layer}/{z}/{x}/{y}.mvt":          fmt.Sprintf("/tiles/units,street-shop/13/%d/%d.mvt", tile.X, tile.Y),
		"/tiles/{matrix}/{layer}/{z}/{x}/{y}.mvt": fmt.Sprintf("/tiles/GCJ02Quad/units,street-shop/13/%d/%d.mvt", tile.X, tile.Y),
		"/tiles/{layer}/{z}/{x}/{y}.h3t":          fmt.Sprintf("/tiles/heat/13/%d/%d.h3t?severity=1", tile.X, tile.Y),
	}
	doc, err := openapi3.NewLoader().LoadFromData(httpapi.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		if item.Get == nil || path == "/changes" { // it goes on for ever
			continue
		}
		real, ok := with[path]
		if !ok {
			real = path
		}
		if rest, ok := strings.CutPrefix(path, "/api/plans/{id}"); ok {
			real = "/api/plans/" + drawn + rest + map[string]string{"/blocks": "?community=" + westComm, "/notice": "?community=" + westComm, "/export": "?format=geojson"}[rest]
		}
		a := w.ask(t, "admin", "GET", real, nil)
		if a.code != http.StatusOK || len(a.body) == 0 {
			t.Errorf("GET %s: %d %s", real, a.code, a.body)
		}
		// Lists that the test fills must not be empty, or their items go unseen.
		// A sound plan has no problems, an honest district no patterns, and every grid somebody.
		sound := []string{"/api/plans/{id}/problems", "/api/evidence/patterns", "/api/coverage/spatial"}
		if !slices.Contains(sound, path) && strings.Contains(string(a.body), `"items":[]`) || strings.Contains(string(a.body), `"features":[]`) {
			t.Errorf("GET %s: an empty list: %s", real, a.body)
		}
	}
}

// TestAHazardMovesOn moves one through its life by the API.
func TestAHazardMovesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := uuid.New()
	hazard := map[string]any{"id": id, "type": "lpg_misuse", "severity": 3, "lon": 121.42, "lat": 31.35, "discovered_at": w.now.Add(-time.Hour), "origin": "12345"}
	if a := w.ask(t, "west", "POST", "/api/hazards", hazard); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	path := "/api/hazards/" + id.String()
	move := func(who string, version int, state string, want int) answer {
		t.Helper()
		body := map[string]any{"id": uuid.New(), "version": version, "state": state, "at": w.now}
		a := w.ask(t, who, "PATCH", path, body)
		if a.code != want {
			t.Errorf("%s moves it from version %d to %s: %d %s, want %d", who, version, state, a.code, a.body, want)
		}
		if again := w.ask(t, who, "PATCH", path, body); want == http.StatusOK && !bytes.Equal(again.body, a.body) {
			t.Errorf("a repeat answers %s, the first %s", again.body, a.body)
		}
		return a
	}
	move("viewer", 1, "filed", http.StatusForbidden)
	move("east", 1, "filed", http.StatusNotFound)
	move("west", 1, "dispatched", http.StatusOK)
	move("admin", 1, "handled", http.StatusConflict)
	move("west", 2, "discovered", http.StatusUnprocessableEntity)
	var got struct {
		State    string
		Version  int
		ClosedAt *time.Time `json:"closed_at"`
	}
	move("west", 2, "closed", http.StatusOK).json(t, &got)
	if got.State != "closed" || got.Version != 3 || got.ClosedAt == nil || !got.ClosedAt.Equal(w.now) {
		t.Errorf("after all moves: %+v", got)
	}
	move("west", 3, "dispatched", http.StatusUnprocessableEntity)
}

type coverageAnswer struct {
	Unit     string         `json:"unit"`
	Units    []string       `json:"units"`
	Complete *bool          `json:"complete"`
	Total    int            `json:"total"`
	States   map[string]int `json:"states"`
}

// TestATownSeesNothingOfAnother asks everything as each town and looks for
// the other's rows.
func TestATownSeesNothingOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staffed := w.staff(t)
	for _, c := range []struct{ who, own, other, otherComm string }{{"west", westTown, eastTown, eastComm}, {"east", eastTown, westTown, westComm}} {
		for _, path := range []string{"/api/places", "/api/units", "/api/units.geojson", "/api/grids", "/api/coverage/places", "/api/coverage/places?f=geojson", "/api/coverage/rollup?by=town", "/api/coverage/rollup?by=grid", "/api/hazards",
			"/api/teams", "/api/people", "/api/postings", "/api/absences", "/api/holidays", "/api/roster", "/api/roster/vacancies", "/api/roster/stale"} {
			a := w.ask(t, c.who, "GET", path, nil)
			if a.code != http.StatusOK {
				t.Errorf("%s %s: %d %s", c.who, path, a.code, a.body)
			}
			if bytes.Contains(a.body, []byte(c.other)) || bytes.Contains(a.body, []byte(c.otherComm)) {
				t.Errorf("%s sees the other town in %s: %s", c.who, path, a.body)
			}
			for _, p := range staffed[c.other].People {
				if bytes.Contains(a.body, []byte(p.ID.String())) || bytes.Contains(a.body, []byte(p.Name)) {
					t.Errorf("%s sees %s of the other town in %s", c.who, p.Name, path)
				}
			}
		}
		for _, path := range []string{"/api/teams/" + staffed[c.other].Teams[0].ID.String(), "/api/people/" + staffed[c.other].People[0].ID.String(),
			"/api/people/" + staffed[c.other].People[0].ID.String() + "/answers", "/api/roster?unit=" + c.other, "/api/roster/vacancies?unit=" + c.otherComm} {
			if a := w.ask(t, c.who, "GET", path, nil); a.code != http.StatusNotFound {
				t.Errorf("%s %s: %d, want 404", c.who, path, a.code)
			}
		}
		for _, id := range w.places[c.other] {
			if a := w.ask(t, c.who, "GET", "/api/places/"+id.String(), nil); a.code != http.StatusNotFound {
				t.Errorf("%s reads a place of the other town: %d", c.who, a.code)
			}
		}
		for _, path := range []string{"/api/units/" + c.other, "/api/grids/" + c.otherComm + "001", "/api/coverage?unit=" + c.other} {
			if a := w.ask(t, c.who, "GET", path, nil); a.code != http.StatusNotFound {
				t.Errorf("%s %s: %d, want 404", c.who, path, a.code)
			}
		}
		var cov coverageAnswer
		w.ask(t, c.who, "GET", "/api/coverage", nil).json(t, &cov)
		if cov.Unit != c.own || len(cov.Units) != 1 {
			t.Errorf("%s counted its own, the answer says %q of %v", c.who, cov.Unit, cov.Units)
		}
		for _, path := range []string{"/api/coverage?", "/api/coverage/rollup?by=town&", "/api/coverage/places?", "/api/places?", "/api/hazards?", "/api/grids?", "/api/roster?"} {
			for _, unit := range []string{whole, c.other, "310113999000"} {
				if a := w.ask(t, c.who, "GET", path+"unit="+unit, nil); a.code != http.StatusNotFound {
					t.Errorf("%s asks %sunit=%s: %d %s, want 404", c.who, path, unit, a.code, a.body)
				}
			}
		}
		if cov.Total != 6 {
			t.Errorf("%s counts %d obligations, want its own 6", c.who, cov.Total)
		}
		at := map[string]float64{eastTown: 121.53, westTown: 121.43}[c.other]
		for _, layer := range []string{"street-shop", "units", "grids", "coverage"} {
			for _, z := range []int{12, 14} {
				tile := maptile.At(orb.Point{at, 31.35}, maptile.Zoom(z))
				if layer == "units" {
					z = 12
				}
				a := w.ask(t, c.who, "GET", fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", layer, tile.Z, tile.X, tile.Y), nil)
				if bytes.Contains(a.body, []byte(c.other)) || bytes.Contains(a.body, []byte(c.otherComm)) || (layer == "street-shop" && z == 14 && a.code != http.StatusNoContent) {
					t.Errorf("%s sees the other town in a tile of %s: %d", c.who, layer, a.code)
				}
			}
		}
		report := map[string]any{"id": uuid.New(), "place": w.places[c.other][0], "at": w.now, "inspector": "x", "outcome": "done", "checklist": "class-2"}
		if a := w.ask(t, c.who, "POST", "/api/inspections", report); a.code != http.StatusNotFound {
			t.Errorf("%s reports a visit in the other town: %d %s", c.who, a.code, a.body)
		}
	}
	var all coverageAnswer
	w.ask(t, "admin", "GET", "/api/coverage", nil).json(t, &all)
	if all.Total != 12 || all.Unit != whole {
		t.Errorf("the district has %d obligations, want 12", all.Total)
	}
}

// TestAVisitCountsAtOnce reports a visit twice and reads coverage after it.
func TestAVisitCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := uuid.New()
	report := map[string]any{"id": id, "place": w.places[westTown][0], "at": w.now.Add(-time.Hour), "inspector": "王", "outcome": "done", "checklist": "class-2", "lon": 121.42, "lat": 31.35, "accuracy_m": 5,
		"hazards": []map[string]any{{"id": uuid.New(), "type": "lpg_misuse", "severity": 0}}}
	for i, want := range []int{http.StatusCreated, http.StatusOK, http.StatusOK} {
		if a := w.ask(t, "west", "POST", "/api/inspections", report); a.code != want {
			t.Fatalf("report %d: %d %s, want %d", i, a.code, a.body, want)
		}
		var c coverageAnswer
		w.ask(t, "west", "GET", "/api/coverage", nil).json(t, &c)
		if c.States["met"] != 1 || c.States["open"] != 5 || c.Complete == nil || *c.Complete {
			t.Fatalf("after report %d: %+v", i, c)
		}
	}
	report["note"] = "another"
	if a := w.ask(t, "west", "POST", "/api/inspections", report); a.code != http.StatusConflict {
		t.Errorf("another report under the id: %d %s", a.code, a.body)
	}
	// The ids of what a visit found are the client's too, and stand for one thing.
	again := map[string]any{"id": uuid.New(), "place": w.places[westTown][1], "at": w.now.Add(-time.Hour), "inspector": "王", "outcome": "done", "checklist": "class-2", "hazards": report["hazards"]}
	if a := w.ask(t, "west", "POST", "/api/inspections", again); a.code != http.StatusConflict {
		t.Errorf("a hazard's id stands for two: %d %s", a.code, a.body)
	}
	var place struct {
		Obligations []struct {
			State      string
			Inspection *uuid.UUID
			Reasons    []struct{ Code, ZH string }
		}
		Holders []struct{ Unit struct{ Code string } }
		Grid    struct{ Code string }
		Hazards []struct{ Type string }
	}
	w.ask(t, "west", "GET", "/api/places/"+w.places[westTown][0].String(), nil).json(t, &place)
	if len(place.Obligations) != 1 || place.Obligations[0].State != "met" || place.Obligations[0].Inspection == nil || *place.Obligations[0].Inspection != id ||
		place.Holders[0].Unit.Code != westTown || place.Grid.Code != westComm+"001" || len(place.Hazards) != 1 {
		t.Errorf("the place explains itself as %+v", place)
	}
	tile := maptile.At(orb.Point{121.42, 31.35}, 12)
	heat := w.ask(t, "west", "GET", fmt.Sprintf("/tiles/heat/12/%d/%d.mvt", tile.X, tile.Y), nil)
	if heat.code != http.StatusOK {
		t.Fatalf("the hazard shows no heat: %d", heat.code)
	}
	parsed, err := mvt.Unmarshal(heat.body)
	if err != nil || len(parsed) != 1 || len(parsed[0].Features) != 1 || parsed[0].Features[0].Properties["count"] != 1.0 {
		t.Errorf("heat: %v, %v", parsed, err)
	}
	excuse := map[string]any{"id": uuid.New(), "place": w.places[westTown][1], "duty": "class-2", "period": "2026-10", "reason": "demolition", "reviewer": "李"}
	if a := w.ask(t, "west", "POST", "/api/exemptions", excuse); a.code != http.StatusForbidden {
		t.Errorf("an inspector excuses: %d", a.code)
	}
	for _, want := range []int{http.StatusCreated, http.StatusOK} {
		if a := w.ask(t, "admin", "POST", "/api/exemptions", excuse); a.code != want {
			t.Errorf("an exemption: %d %s, want %d", a.code, a.body, want)
		}
	}
	var c coverageAnswer
	w.ask(t, "west", "GET", "/api/coverage?class=2", nil).json(t, &c)
	if c.States["excused"] != 1 || c.Total != 3 {
		t.Errorf("after the exemption: %+v", c)
	}
}

func TestTheEdgeOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		who, method, path string
		body              any
		want              int
		kind              string
	}{
		{"", "GET", "/api/session", nil, 401, "unauthorized"},
		{"viewer", "POST", "/api/inspections", map[string]any{"id": uuid.New()}, 403, "forbidden"},
		{"west", "POST", "/api/inspections", map[string]any{"id": uuid.New()}, 422, "invalid"},
		{"west", "POST", "/api/inspections", map[string]any{"surprise": 1}, 400, "bad-request"},
		{"west", "POST", "/api/inspections", map[string]any{"id": uuid.New(), "place": w.places[westTown][0], "at": w.now.Add(time.Hour * 24), "inspector": "x", "outcome": "done", "checklist": "class-2"}, 422, "invalid"},
		{"west", "POST", "/api/inspections", json.RawMessage(`{"id":"a","ID":"b"}`), 400, "bad-request"},
		{"west", "POST", "/api/inspections", json.RawMessage(strings.Repeat("[", 13) + strings.Repeat("]", 13)), 400, "bad-request"},
		{"west", "POST", "/api/inspections", map[string]any{"note": strings.Repeat("x", 1<<20)}, 413, "too-large"},
		{"west", "POST", "/api/inspections", json.RawMessage(`{"note":"a\u0000b"}`), 400, "bad-request"},
		{"west", "POST", "/api/hazards", json.RawMessage(`{"no\u0000te":"a"}`), 400, "bad-request"},
		{"admin", "GET", "/api/places?q=%00", nil, 400, "bad-request"},
		{"admin", "GET", "/api/places?q=%ff", nil, 400, "bad-request"},
		{"admin", "GET", "/api/places?unit=%zz", nil, 400, "bad-request"},
		{"admin", "GET", "/api/hazards?unit=%00", nil, 400, "bad-request"},
		{"admin", "GET", "/api/teams?unit=31011300%000", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat/12/1/1.mvt?type=%00", nil, 400, "bad-request"},
		{"admin", "GET", "/problems/none", nil, 404, "not-found"},
		{"admin", "GET", "/api/places?limit=0", nil, 400, "bad-request"},
		{"admin", "GET", "/api/places?bbox=1,2,3", nil, 400, "bad-request"},
		{"admin", "GET", "/api/places?layer=none", nil, 400, "bad-request"},
		{"admin", "GET", "/api/places?colour=red", nil, 400, "bad-request"},
		{"admin", "GET", "/api/places/17", nil, 400, "bad-request"},
		{"admin", "GET", "/api/coverage?period=2026-13", nil, 400, "bad-request"},
		{"admin", "GET", "/api/coverage?grid=999", nil, 404, "not-found"},
		{"west", "GET", "/api/coverage/places?grid=" + eastComm + "001", nil, 404, "not-found"},
		{"admin", "GET", "/api/places?grid=999", nil, 404, "not-found"},
		{"admin", "GET", "/api/places?category=zzz", nil, 400, "bad-request"},
		{"admin", "GET", "/api/hazards?type=zzz", nil, 400, "bad-request"},
		{"admin", "GET", "/api/hazards?state=discovered,zzz", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat/12/1/1.mvt?type=zzz", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat/12/1/1.mvt?state=zzz", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat.json?type=zzz", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/units/010/1/1.mvt", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/units/10/01/1.mvt", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/units/10/1/00.mvt", nil, 400, "bad-request"},
		{"", "GET", "/tiles/units/10/1/1.mvt", nil, 401, "unauthorized"},
		{"admin", "GET", "/tiles/nothing/12/1/1.mvt", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/units/2/9/9.mvt", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/units,units/10/1/1.mvt", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/units,nothing/10/1/1.mvt", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/units/10/1/1.h3t", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/Other/units/10/1/1.mvt", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/WorldCRS84Quad/units/1/4/0.mvt", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/Other/units.json", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/GCJ02Quad/nothing.json", nil, 404, "not-found"},
		{"admin", "GET", "/tiles/GCJ02Quad/units.json?type=x", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/WorldCRS84Quad/heat.json?classes=none", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat/10/1/1.h3t?datetime=2026-10-31/2026-10-01", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat/10/1/1.mvt?compare=previous", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat.json?classes=none", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat/10/1/1.mvt?measure=none", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/heat/10/1/1.mvt?measure=per_100_places&smooth=1", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/hazards/10/1/1.mvt?smooth=1", nil, 400, "bad-request"},
		{"", "GET", "/styles/heat.json", nil, 401, "unauthorized"},
		{"", "GET", "/styles", nil, 401, "unauthorized"},
		{"admin", "GET", "/styles/nothing.json", nil, 404, "not-found"},
		{"admin", "GET", "/styles?type=x", nil, 400, "bad-request"},
		{"admin", "GET", "/styles/grids.json?type=lpg_misuse", nil, 400, "bad-request"},
		{"admin", "GET", "/styles/hazards.json?smooth=1", nil, 400, "bad-request"},
		{"admin", "GET", "/styles/coverage.json?classes=jenks", nil, 400, "bad-request"},
		{"admin", "GET", "/styles/heat.json?classes=none", nil, 400, "bad-request"},
		{"admin", "GET", "/styles/heat.json?type=zzz", nil, 400, "bad-request"},
		{"admin", "GET", "/styles/coverage.json?period=zzz", nil, 400, "bad-request"},
		{"west", "GET", "/styles/heat.json?unit=" + eastTown, nil, 404, "not-found"},
		{"west", "GET", "/tiles/heat/10/1/1.mvt?unit=" + eastTown, nil, 404, "not-found"},
		{"admin", "GET", "/tiles/units/a/9/9.mvt", nil, 400, "bad-request"},
		{"admin", "GET", "/tiles/street-shop/3/1/1.mvt", nil, 404, "not-found"},
	} {
		a := w.ask(t, c.who, c.method, c.path, c.body)
		var p struct{ Type, Instance string }
		a.json(t, &p)
		if a.code != c.want || p.Type != "/problems/"+c.kind || p.Instance == "" || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s as %q: %d %s, want %d %s", c.method, c.path, c.who, a.code, a.body, c.want, c.kind)
		}
		if strings.HasPrefix(c.path, "/tiles/") && a.header.Get("Vary") != "Accept-Encoding, Authorization" {
			t.Errorf("%s: Vary %q", c.path, a.header.Get("Vary"))
		}
	}
}

// TestTextThatNobodyKeeps sends U+0000 and bytes that are not UTF-8 in every
// report: the answer names the field, and nothing reaches the database.
func TestTextThatNobodyKeeps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/api/inspections", "/api/hazards", "/api/exemptions", "/api/care", "/api/teams", "/api/people", "/api/postings", "/api/absences", "/api/holidays"} {
		for body, field := range map[string]string{
			`{"id":"00000000-0000-0000-0000-000000000001","note":"a\u0000"}`: "field note",
			`{"hazards":[{"id":"x","description":"\u0000"}]}`:                "field hazards.description",
			`{"skills":["a",["\u0000"]]}`:                                    "field skills",
			"{\"reason\":\"\xff\"}":                                          "field reason",
			"{\"ok\":{\"reason\":\"a\"},\"then\":1,\"name\":\"\xe4\xb8\"}":   "field name",
		} {
			a := w.ask(t, "admin", "POST", path, raw(body))
			if a.code != http.StatusBadRequest || !strings.Contains(string(a.body), field) {
				t.Errorf("POST %s %q: %d %s, want 400 naming %s", path, body, a.code, a.body, field)
			}
		}
	}
}

// raw is a body as it stands.
type raw string

func TestTilesAreCachedByTheirBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tile := maptile.At(orb.Point{121.43, 31.35}, 13)
	path := fmt.Sprintf("/tiles/street-shop/13/%d/%d.mvt", tile.X, tile.Y)
	first := w.ask(t, "admin", "GET", path, nil, "Accept-Encoding", "identity")
	tag := first.header.Get("ETag")
	if first.code != 200 || !strings.HasPrefix(tag, `W/"`) || !strings.Contains(first.header.Get("Vary"), "Accept-Encoding") {
		t.Fatalf("%d, ETag %s, Vary %s", first.code, tag, first.header.Get("Vary"))
	}
	if a := w.ask(t, "admin", "GET", path, nil, "If-None-Match", `"x", `+tag); a.code != http.StatusNotModified || len(a.body) > 0 {
		t.Errorf("the same tile again: %d", a.code)
	}
	zipped := w.ask(t, "admin", "GET", path, nil, "Accept-Encoding", "gzip;q=0.5, br")
	if zipped.header.Get("Content-Encoding") != "gzip" || zipped.header.Get("ETag") != tag {
		t.Errorf("gzip: %v", zipped.header)
	}
	far := maptile.At(orb.Point{100, 10}, 13)
	if a := w.ask(t, "admin", "GET", fmt.Sprintf("/tiles/street-shop/13/%d/%d.mvt", far.X, far.Y), nil); a.code != http.StatusNoContent || a.header.Get("ETag") == "" {
		t.Errorf("an empty tile: %d", a.code)
	}
	var tj struct{ Tiles []string }
	w.ask(t, "admin", "GET", "/tiles/street-shop.json", nil).json(t, &tj)
	if !slices.Contains(tj.Tiles, w.URL+"/tiles/street-shop/{z}/{x}/{y}.mvt") {
		t.Errorf("TileJSON points to %v", tj.Tiles)
	}
}

// TestGDALReadsWhatIsServed lets ogrinfo read tiles and GeoJSON, and ogr2ogr
// turn them into another format.
func TestGDALReadsWhatIsServed(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"ogrinfo", "ogr2ogr"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not here; make deps-test installs it")
		}
	}
	w := newWorld(t)
	dir := t.TempDir()
	gdal := func(what string, args ...string) string {
		t.Helper()
		out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		if err != nil || strings.Contains(string(out), "Warning") || strings.Contains(string(out), "ERROR") {
			t.Errorf("%s on %s: %v\n%s", args[0], what, err, out)
		}
		return string(out)
	}
	features := regexp.MustCompile(`Feature Count: [1-9]`)
	reads := func(what, source string) {
		t.Helper()
		if out := gdal(what, "ogrinfo", "-al", "-so", "-ro", source); !features.MatchString(out) {
			t.Errorf("ogrinfo sees no feature of %s:\n%s", what, out)
		}
		copied := filepath.Join(dir, what+".gpkg")
		gdal(what, "ogr2ogr", "-f", "GPKG", "-nlt", "PROMOTE_TO_MULTI", "-t_srs", "EPSG:4326", copied, source)
		if out := gdal(what, "ogrinfo", "-al", "-so", "-ro", copied); !features.MatchString(out) || !strings.Contains(out, "(121.") {
			t.Errorf("ogr2ogr does not bring %s to where it is:\n%s", what, out)
		}
	}
	for _, layer := range []string{"units", "grids", "street-shop", "self-built-rental", "coverage"} {
		tile := maptile.At(orb.Point{121.43, 31.35}, 14)
		address := fmt.Sprintf("%s/14/%d/%d.mvt", layer, tile.X, tile.Y)
		a := w.ask(t, "admin", "GET", "/tiles/"+address, nil, "Accept-Encoding", "identity")
		path := filepath.Join(dir, filepath.FromSlash(address)) // GDAL takes the place from it
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, a.body, 0o600)); err != nil {
			t.Fatal(err)
		}
		reads(layer, "MVT:"+path)
	}
	for name, path := range map[string]string{"units.geojson": "/api/units.geojson", "unmet.geojson": "/api/coverage/places?f=geojson"} {
		a := w.ask(t, "admin", "GET", path, nil)
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, a.body, 0o600); err != nil {
			t.Fatal(err)
		}
		reads(name, file)
	}
}

package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/internal/auth"
	"gridward/internal/postgres"
)

// audited are the rows of the audit trail about people who need care, the latest last.
func (w *world) audited(t *testing.T, action string) (rows []string) {
	t.Helper()
	err := w.db.Read(t.Context(), postgres.Jobs, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		found, err := tx.Query(ctx, `select entity || ' ' || detail::text from gridward.audit where district = $1 and kind = 'care' and action = $2 order by id`, district, action)
		if err != nil {
			return err
		}
		defer found.Close()
		for found.Next() {
			var s string
			if err := found.Scan(&s); err != nil {
				return err
			}
			rows = append(rows, s)
		}
		return found.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

type carePage struct {
	Items []struct {
		Place     uuid.UUID
		People    int
		NextVisit *string    `json:"next_visit"`
		State     *string    `json:"state"`
		LastVisit *time.Time `json:"last_visit"`
	}
	Next *string
}

// TestPeopleWhoNeedCare registers some, lists them, calls on them, and looks at
// what the audit trail says of it.
func TestPeopleWhoNeedCare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.places[westTown][3] // a rental
	id := uuid.New()
	body := map[string]any{"id": id, "place": home, "people": 2, "from": "2026-10-01"}
	for _, c := range []struct {
		who  string
		body map[string]any
		want int
	}{
		{"viewer", body, 403},
		{"east", body, 404},
		{"west", map[string]any{"id": uuid.New(), "place": home, "people": 100}, 400},
		{"west", map[string]any{"id": uuid.New(), "place": home, "people": -1}, 400},
		{"west", map[string]any{"id": uuid.New(), "place": home}, 400},
		{"west", map[string]any{"id": uuid.New(), "place": uuid.New(), "people": 1}, 404},
		{"west", body, 201},
		{"west", body, 200},
		{"west", map[string]any{"id": id, "place": home, "people": 3, "from": "2026-10-01"}, 409},
	} {
		if a := w.ask(t, c.who, "POST", "/api/care", c.body); a.code != c.want {
			t.Errorf("%s registers %v: %d %s, want %d", c.who, c.body, a.code, a.body, c.want)
		}
	}
	list := func(who, path string) (page carePage) {
		t.Helper()
		a := w.ask(t, who, "GET", path, nil)
		if a.code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", who, path, a.code, a.body)
		}
		a.json(t, &page)
		return page
	}
	got := list("west", "/api/care")
	if len(got.Items) != 1 || got.Items[0].Place != home || got.Items[0].People != 2 || got.Items[0].NextVisit == nil || *got.Items[0].NextVisit != "2026-10-31" || *got.Items[0].State != "open" || got.Items[0].LastVisit != nil {
		t.Fatalf("the west's: %+v", got)
	}
	if got := list("east", "/api/care"); len(got.Items) != 0 {
		t.Errorf("the east sees %+v", got)
	}
	if a := w.ask(t, "east", "GET", "/api/care/"+home.String(), nil); a.code != http.StatusNotFound {
		t.Errorf("the east reads the west's: %d", a.code)
	}
	for _, path := range []string{"/api/care", "/api/care/" + home.String()} {
		if a := w.ask(t, "viewer", "GET", path, nil); a.code != http.StatusForbidden {
			t.Errorf("a viewer reads %s: %d", path, a.code)
		}
	}
	// A call that finds nobody, then one that is made.
	for _, outcome := range []string{"no_access", "done"} {
		visit := map[string]any{"id": uuid.New(), "place": home, "at": w.now.Add(-time.Hour), "inspector": "王", "outcome": outcome, "checklist": "door-visit", "lon": 121.42, "lat": 31.35, "accuracy_m": 5}
		if a := w.ask(t, "west", "POST", "/api/inspections", visit); a.code != http.StatusCreated {
			t.Fatalf("%d %s", a.code, a.body)
		}
		got := list("west", "/api/care").Items[0]
		if want := map[string]string{"no_access": "attempted", "done": "met"}[outcome]; *got.State != want || (got.LastVisit != nil) != (outcome == "done") {
			t.Errorf("after a call that is %s: %+v", outcome, got)
		}
	}
	// Others come late in the month: their first call is next month's. The last word decides.
	for _, people := range []int{5, 1} {
		if a := w.ask(t, "west", "POST", "/api/care", map[string]any{"id": uuid.New(), "place": w.places[westTown][4], "people": people, "from": "2026-10-20"}); a.code != http.StatusCreated {
			t.Fatalf("%d %s", a.code, a.body)
		}
	}
	w.now = time.Date(2026, 10, 29, 4, 0, 0, 0, time.UTC)
	if a := w.ask(t, "west", "POST", "/api/care", map[string]any{"id": uuid.New(), "place": w.places[westTown][5], "people": 1}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	first := list("west", "/api/care?limit=2")
	rest := list("west", *first.Next)
	seen := map[uuid.UUID]string{}
	for _, it := range append(first.Items, rest.Items...) {
		state := "—"
		if it.State != nil {
			state = *it.State
		}
		seen[it.Place] = fmt.Sprint(it.People, " ", *it.NextVisit, " ", state)
	}
	if len(seen) != 3 || seen[home] != "2 2026-10-31 met" || seen[w.places[westTown][4]] != "1 2026-10-31 open" || seen[w.places[westTown][5]] != "1 2026-11-30 —" {
		t.Errorf("the list: %v", seen)
	}
	var history struct{ Items []struct{ People int } }
	w.ask(t, "west", "GET", "/api/care/"+w.places[westTown][4].String(), nil).json(t, &history)
	if len(history.Items) != 2 || history.Items[0].People != 1 || history.Items[1].People != 5 {
		t.Errorf("the history: %+v", history)
	}
	if a := w.ask(t, "west", "POST", "/api/care", map[string]any{"id": uuid.New(), "place": home, "people": 0}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if got := list("admin", "/api/care?unit="+westTown); len(got.Items) != 2 {
		t.Errorf("after they moved away: %+v", got)
	}
	// Every reading left a row: those that were refused none.
	reads := w.audited(t, "read")
	if len(reads) != 8 || !strings.Contains(reads[0], `"rows": 1`) || !strings.HasPrefix(reads[0], westTown) || !strings.Contains(reads[1], `"rows": 0`) || !strings.HasPrefix(reads[6], w.places[westTown][4].String()) {
		t.Errorf("the audit trail has %d readings: %v", len(reads), reads)
	}
	if kept := w.audited(t, "register"); len(kept) != 5 {
		t.Errorf("the audit trail has %d registrations: %v", len(kept), kept)
	}
}

// TestNobodyElseLearnsOfCare asks everything as accounts without the role before
// people are registered, after, and after a call was made: to the byte the same.
func TestNobodyElseLearnsOfCare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.account(t, "planner", auth.Planner, westTown)
	w.account(t, "auditor", auth.Auditor, whole)
	home := w.places[westTown][3]
	done := map[string]any{"id": uuid.New(), "place": home, "at": w.now.Add(-2 * time.Hour), "inspector": "王", "outcome": "no_access", "checklist": "class-1", "lon": 121.42, "lat": 31.35, "accuracy_m": 5}
	if a := w.ask(t, "west", "POST", "/api/inspections", done); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	paths := []string{"/api/session", "/api/district", "/api/layers", "/api/categories", "/api/policy", "/api/units", "/api/grids", "/api/grids/" + westComm + "001",
		"/api/places", "/api/places/" + home.String(), "/api/places/" + home.String() + "?period=2026-H2", "/api/locate?lon=121.42&lat=31.35",
		"/api/coverage", "/api/coverage?class=1", "/api/coverage?duty=care-visit", "/api/coverage?period=2026-H2", "/api/coverage?holder=" + westComm,
		"/api/coverage/places", "/api/coverage/places?f=geojson", "/api/coverage/places?duty=care-visit", "/api/coverage/places?period=2026-H2",
		"/api/coverage/places?state=met", "/api/coverage/places/" + home.String(), "/api/coverage/series", "/api/coverage/series?class=1",
		"/api/coverage/forecast?class=1", "/api/coverage/forecast?duty=care-visit&by=community", "/api/coverage/missed?class=1",
		"/api/duties", "/api/duties?f=csv", "/api/duties?f=geojson", "/api/hazards", "/api/roster", "/api/roster/vacancies", "/api/plans", "/tiles/coverage.json"}
	for _, by := range []string{"town", "town_level", "community", "grid", "holder", "class", "duty", "category", "period"} {
		paths = append(paths, "/api/coverage/rollup?by="+by)
	}
	for z := maptile.Zoom(8); z <= 15; z++ {
		tile := maptile.At(orb.Point{121.42, 31.35}, z)
		paths = append(paths, fmt.Sprintf("/tiles/coverage/%d/%d/%d.mvt", z, tile.X, tile.Y))
		if z >= 12 {
			paths = append(paths, fmt.Sprintf("/tiles/self-built-rental/%d/%d/%d.mvt", z, tile.X, tile.Y))
		}
	}
	look := func() map[string][]byte {
		t.Helper()
		out := map[string][]byte{}
		for _, who := range []string{"viewer", "planner", "auditor"} {
			for _, path := range paths {
				req, err := http.NewRequestWithContext(t.Context(), "GET", w.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+w.tokens[who])
				a, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				b.ReadFrom(a.Body)
				a.Body.Close()
				if a.StatusCode >= 300 && a.StatusCode != http.StatusNotFound {
					t.Errorf("%s %s: %d %s", who, path, a.StatusCode, b.Bytes())
				}
				out[who+" "+path] = append([]byte(a.Header.Get("ETag")+"\n"), b.Bytes()...)
			}
		}
		return out
	}
	before := look()
	same := func(when string) {
		t.Helper()
		for what, got := range look() {
			if !bytes.Equal(got, before[what]) {
				t.Errorf("%s, %s differs:\n%s\n%s", when, what, before[what], got)
			}
		}
	}
	if a := w.ask(t, "west", "POST", "/api/care", map[string]any{"id": uuid.New(), "place": home, "people": 2, "from": "2026-10-01"}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	var c coverageAnswer
	if w.ask(t, "west", "GET", "/api/coverage", nil).json(t, &c); c.Total != 7 {
		t.Errorf("those who may know count %d obligations, want 7", c.Total)
	}
	same("with people registered")
	excuse := map[string]any{"id": uuid.New(), "place": home, "duty": "care-visit", "period": "2026-09", "reason": "other", "reviewer": "李"}
	if a := w.ask(t, "admin", "POST", "/api/exemptions", excuse); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	same("with a call excused")
	visit := map[string]any{"id": uuid.New(), "place": home, "at": w.now.Add(-time.Hour), "inspector": "王", "outcome": "done", "checklist": "door-visit", "lon": 121.42, "lat": 31.35, "accuracy_m": 5}
	if a := w.ask(t, "west", "POST", "/api/inspections", visit); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	same("with a call made")
	for who, want := range map[string]int{"viewer": 404, "planner": 404, "auditor": 404, "west": 200} {
		if a := w.ask(t, who, "GET", "/api/inspections/"+visit["id"].(uuid.UUID).String(), nil); a.code != want {
			t.Errorf("%s reads the call: %d, want %d", who, a.code, want)
		}
	}
	for who, sees := range map[string]bool{"planner": false, "auditor": false, "admin": true} {
		a := w.ask(t, who, "GET", "/api/evidence?as_known_at="+moment(time.Now()), nil)
		if a.code != http.StatusOK || bytes.Contains(a.body, []byte(visit["id"].(uuid.UUID).String())) != sees || !bytes.Contains(a.body, []byte(done["id"].(uuid.UUID).String())) {
			t.Errorf("the evidence that %s reads: %d %s", who, a.code, a.body)
		}
	}
	// What the feed says is which place, and no more.
	err := w.db.Read(t.Context(), postgres.Jobs, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		var entity uuid.UUID
		var detail *json.RawMessage
		err := tx.QueryRow(ctx, `select entity, detail from gridward.change_feed where district = $1 and topic = 'care'`, district).Scan(&entity, &detail)
		if entity != home || detail != nil {
			t.Errorf("the feed says %s %v", entity, detail)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

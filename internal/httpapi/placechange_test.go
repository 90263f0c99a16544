package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/tiles"
)

// TestThePlaceChanges changes what the register says of places and looks at what
// they owe, at the map and at what was recorded.
func TestThePlaceChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.account(t, "planner", auth.Planner, westTown)
	shops := w.places[westTown][:3]
	type standing struct {
		Risk        int
		Supervised  bool
		RetiredOn   *string    `json:"retired_on"`
		ValidTo     *string    `json:"valid_to"`
		Duplicate   *uuid.UUID `json:"duplicate_of"`
		Version     int
		Obligations []struct {
			State string
			Times int
		}
	}
	change := func(who string, place uuid.UUID, want int, fields map[string]any) (out standing) {
		t.Helper()
		body := map[string]any{"id": uuid.New()}
		for k, v := range fields {
			body[k] = v
		}
		a := w.ask(t, who, "PATCH", "/api/places/"+place.String(), body)
		if a.code != want {
			t.Errorf("%s changes %v: %d %s, want %d", who, fields, a.code, a.body, want)
			return
		}
		if want == http.StatusOK {
			a.json(t, &out)
			if again := w.ask(t, who, "PATCH", "/api/places/"+place.String(), body); !bytes.Equal(again.body, a.body) {
				t.Errorf("a repeat answers %s, the first %s", again.body, a.body)
			}
		}
		return out
	}
	see := func(place uuid.UUID) (out standing) {
		t.Helper()
		a := w.ask(t, "planner", "GET", "/api/places/"+place.String(), nil)
		if a.code != http.StatusOK {
			t.Fatalf("%d %s", a.code, a.body)
		}
		a.json(t, &out)
		return out
	}
	v := func(n int, more ...any) map[string]any {
		out := map[string]any{"version": n}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	for _, who := range []string{"viewer", "west"} { // an inspector reports, no more
		change(who, shops[0], 403, v(1, "risk", 4))
	}
	change("planner", w.places[eastTown][0], 404, v(1, "risk", 4))
	change("planner", uuid.New(), 404, v(1, "risk", 4))
	change("planner", shops[0], 400, v(0, "risk", 4))
	change("planner", shops[0], 422, v(1, "risk", 5))
	change("planner", shops[0], 422, v(1, "risk", 4, "from", "2026-11-01"))
	change("planner", shops[0], 422, v(1, "retired_on", "2025-12-31"))
	change("planner", shops[0], 400, v(1, "category", "workshop"))
	change("planner", shops[0], 409, v(2, "risk", 4))

	// A change from before the month began: it asks for two visits; from within, from the next month on.
	if got := change("planner", shops[0], 200, v(1, "risk", 4, "from", "2026-09-15")); got.Risk != 4 || got.Version != 2 {
		t.Errorf("changed to %+v", got)
	}
	if got := see(shops[0]); len(got.Obligations) != 1 || got.Obligations[0].Times != 2 || got.Risk != 4 {
		t.Errorf("at high risk it owes %+v", got)
	}
	change("planner", shops[1], 200, v(1, "supervised", true))
	if got := see(shops[1]); len(got.Obligations) != 1 || got.Obligations[0].Times != 1 || !got.Supervised {
		t.Errorf("listed within the month it owes %+v", got)
	}
	if got := change("planner", shops[1], 200, v(2, "supervised", true)); got.Version != 2 {
		t.Errorf("what is so already is version %d", got.Version)
	}
	onMap := func() map[uint64]float64 {
		t.Helper()
		out := map[uint64]float64{}
		for _, lon := range []float64{121.42, 121.44} {
			tile := maptile.At(orb.Point{lon, 31.35}, 13)
			a := w.ask(t, "admin", "GET", fmt.Sprintf("/tiles/street-shop/13/%d/%d.mvt", tile.X, tile.Y), nil, "Accept-Encoding", "identity")
			found, err := mvt.Unmarshal(a.body)
			if err != nil {
				t.Fatal(a.code, err)
			}
			for _, l := range found {
				for _, f := range l.Features {
					out[uint64(f.ID.(float64))], _ = f.Properties["risk"].(float64)
				}
			}
		}
		return out
	}
	if got := onMap(); got[tiles.Number(shops[0])] != 4 || len(got) < 3 {
		t.Errorf("the map shows %v", got)
	}

	// It ends, and stands again after all.
	var c coverageAnswer
	total := func(want int) {
		t.Helper()
		if w.ask(t, "planner", "GET", "/api/coverage", nil).json(t, &c); c.Total != want {
			t.Errorf("%d obligations, want %d", c.Total, want)
		}
	}
	total(6)
	change("planner", shops[0], 200, v(2, "retired_on", "2026-10-10"))
	total(5)
	if got := onMap(); len(got) == 0 || got[tiles.Number(shops[0])] != 0 {
		t.Errorf("the map shows a place that is gone: %v", got)
	}
	if got := see(shops[0]); got.ValidTo == nil || *got.ValidTo != "2026-10-10" {
		t.Errorf("gone: %+v", got)
	}
	change("planner", shops[2], 422, v(1, "duplicate_of", shops[0])) // which does not stand
	change("planner", shops[0], 200, v(3, "retired_on", nil))
	total(6)

	// A second record: its visit is the other's, and those who need care there are.
	visit := map[string]any{"id": uuid.New(), "place": shops[2], "at": w.now.Add(-time.Hour), "inspector": "王", "outcome": "done", "checklist": "class-2", "lon": 121.44, "lat": 31.35, "accuracy_m": 5}
	if a := w.ask(t, "west", "POST", "/api/inspections", visit); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if a := w.ask(t, "west", "POST", "/api/care", map[string]any{"id": uuid.New(), "place": shops[2], "people": 3, "from": "2026-10-01"}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	change("planner", shops[2], 422, v(1, "duplicate_of", shops[2]))
	change("planner", shops[2], 422, v(1, "duplicate_of", uuid.New()))
	change("planner", shops[2], 422, v(1, "duplicate_of", w.places[eastTown][0]))
	change("planner", shops[2], 200, v(1, "duplicate_of", shops[1]))
	if got := see(shops[1]); got.Obligations[0].State != "met" {
		t.Errorf("the original: %+v", got)
	}
	if got := see(shops[2]); got.Duplicate == nil || *got.Duplicate != shops[1] || got.Obligations[0].State != "not_due" {
		t.Errorf("the second record: %+v", got)
	}
	total(5)
	change("planner", shops[1], 422, v(2, "duplicate_of", shops[2])) // a circle
	change("planner", shops[0], 422, v(4, "duplicate_of", shops[2])) // a chain: name the original
	var cared carePage
	w.ask(t, "west", "GET", "/api/care", nil).json(t, &cared)
	if len(cared.Items) != 1 || cared.Items[0].Place != shops[1] || cared.Items[0].People != 3 {
		t.Errorf("after the merger people who need care live at %+v", cared.Items)
	}
	if a := w.ask(t, "west", "POST", "/api/care", map[string]any{"id": uuid.New(), "place": shops[2], "people": 1}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("care at a second record: %d %s", a.code, a.body)
	}
	change("planner", shops[2], 200, v(2, "duplicate_of", nil))
	if got := see(shops[2]); got.Duplicate != nil || len(got.Obligations) != 1 || got.Obligations[0].State != "met" {
		t.Errorf("a place of its own after all: %+v", got)
	}
	total(6)

	// What was read place by place is what is read anew.
	before := w.ask(t, "planner", "GET", "/api/coverage/places?period=2026-H2", nil)
	tokens := w.tokens
	w.serve(t)
	w.tokens = tokens
	if after := w.ask(t, "planner", "GET", "/api/coverage/places?period=2026-H2", nil); !bytes.Equal(before.body, after.body) || before.code != 200 {
		t.Errorf("read anew differs:\n%s\n%s", before.body, after.body)
	}
	err := w.db.Read(t.Context(), postgres.Jobs, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		for query, want := range map[string]int{
			`select count(*) from gridward.audit where district = $1 and action = 'edit' and kind = 'place'`:                                                           6,
			`select count(*) from gridward.change_feed where district = $1 and topic = 'places' and detail ? 'ids'`:                                                    6,
			`select count(*) from gridward.place_record r join gridward.place p on p.district = r.district and p.id = r.place where r.district = $1 and p.version > 1`: 9,
		} {
			var n int
			if err := tx.QueryRow(ctx, query, district).Scan(&n); err != nil {
				return err
			}
			if n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

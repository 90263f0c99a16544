package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// listen follows the changes of an account's tiles. What is told comes through
// the channel, after the first event.
func (w *world) listen(t *testing.T, who, sets string) <-chan map[string][][2]uint32 {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"/changes?sets="+sets, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.tokens[who])
	a, err := http.DefaultClient.Do(r)
	if err != nil || a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%v %v", a, err)
	}
	t.Cleanup(func() { stop(); a.Body.Close() })
	lines := bufio.NewScanner(a.Body)
	if lines.Scan(); lines.Text() != "event: listening" {
		t.Fatalf("it begins with %q", lines.Text())
	}
	out := make(chan map[string][][2]uint32, 100)
	go func() {
		defer close(out)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), `data: {"zoom":12,"changed":`); ok {
				var changed map[string][][2]uint32
				if err := json.Unmarshal([]byte(strings.TrimSuffix(data, "}")), &changed); err != nil {
					t.Error(err)
				}
				out <- changed
			}
		}
	}()
	return out
}

// TestChangesAreTold: a hazard and a visit in the west are told to the west, with
// the tile that they lie in, and to nobody in the east.
func TestChangesAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	west, east := w.listen(t, "west", "heat,coverage,street-shop"), w.listen(t, "east", "heat,coverage,street-shop")
	at := maptile.At(orb.Point{121.42, 31.35}, 12)
	told := func() map[string][][2]uint32 {
		t.Helper()
		select {
		case c := <-west:
			return c
		case <-time.After(10 * time.Second):
			t.Fatal("nothing is told")
			return nil
		}
	}
	hazard := map[string]any{"id": uuid.New(), "type": "lpg_misuse", "severity": 3, "lon": 121.42, "lat": 31.35, "discovered_at": w.now.Add(-time.Hour), "origin": "12345"}
	if a := w.ask(t, "west", "POST", "/api/hazards", hazard); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if c := told(); len(c) != 1 || !slices.Contains(c["heat"], [2]uint32{at.X, at.Y}) {
		t.Errorf("after a hazard: %v", c)
	}
	if a := w.ask(t, "west", "POST", "/api/inspections", w.visitAt(w.places[westTown][0], "done")); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if c := told(); len(c) != 1 || !slices.Contains(c["coverage"], [2]uint32{at.X, at.Y}) {
		t.Errorf("after a visit: %v", c)
	}
	select {
	case c := <-east:
		t.Errorf("the east was told %v", c)
	case <-time.After(time.Second):
	}
	// Two of one scope are told the same.
	other := w.listen(t, "viewer", "heat")
	hazard["id"] = uuid.New()
	if a := w.ask(t, "west", "POST", "/api/hazards", hazard); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if c := told(); !slices.Contains(c["heat"], [2]uint32{at.X, at.Y}) {
		t.Errorf("after another hazard: %v", c)
	}
	select {
	case c := <-other:
		if !slices.Contains(c["heat"], [2]uint32{at.X, at.Y}) {
			t.Errorf("the other is told %v", c)
		}
	case <-time.After(10 * time.Second):
		t.Error("the other is told nothing")
	}
	// Who stops serving waits for nobody who listens.
	w.server.EndStreams()
	select {
	case _, open := <-other:
		if open {
			t.Error("something is told at the end")
		}
	case <-time.After(5 * time.Second):
		t.Error("a stream goes on after the end")
	}
	for path, want := range map[string]int{"/changes": 400, "/changes?sets=none": 400, "/changes?sets=heat&x=1": 400} {
		if a := w.ask(t, "west", "GET", path, nil); a.code != want {
			t.Errorf("%s: %d %s", path, a.code, a.body)
		}
	}
}

package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"gridward/tiles"
)

// TestAPlaceByItsNumber is found by those who may see it.
func TestAPlaceByItsNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		who, number string
		want        int
	}{
		{"admin", fmt.Sprint(tiles.Number(w.places[eastTown][1])), http.StatusOK},
		{"east", fmt.Sprint(tiles.Number(w.places[eastTown][1])), http.StatusOK},
		{"west", fmt.Sprint(tiles.Number(w.places[eastTown][1])), http.StatusNotFound},
		{"admin", "17", http.StatusNotFound},
		{"admin", "9007199254740992", http.StatusBadRequest},
		{"admin", "x", http.StatusBadRequest},
		{"", "17", http.StatusUnauthorized},
	} {
		a := w.ask(t, c.who, "GET", "/api/places/number/"+c.number, nil)
		if a.code != c.want {
			t.Errorf("%s asks for %s: %d %s", c.who, c.number, a.code, a.body)
		}
		if c.want == http.StatusOK {
			var got struct {
				ID    uuid.UUID
				Layer string
			}
			if a.json(t, &got); got.ID != w.places[eastTown][1] || got.Layer == "" {
				t.Errorf("%+v", got)
			}
		}
	}
}

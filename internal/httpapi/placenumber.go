package httpapi

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"
)

// getNumber says which place a feature of a tile is.
func (s *Server) getNumber(w http.ResponseWriter, r *http.Request, a *asker) error {
	if q := readQuery(r); q.err != nil {
		return q.err
	}
	number, err := strconv.ParseUint(pathVar(r, "number"), 10, 53)
	if err != nil {
		return badRequest("%q is no feature's number: a whole number below 2^53 is wanted", pathVar(r, "number"))
	}
	for _, d := range s.set.All() {
		snap := a.view.places[d.Layer]
		if snap == nil {
			continue
		}
		if id, ok := snap.ByNumber(number, a.sees()); ok {
			return writeJSON(w, http.StatusOK, struct {
				ID    uuid.UUID `json:"id"`
				Layer string    `json:"layer"`
			}{id, d.Layer})
		}
	}
	return notFound("place with the number %d", number)
}

package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"gridward/grids/coverage"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/tiles"
)

// problem is an error as RFC 9457 shows it. Each kind of mistake has one type.
type problem struct {
	Type     string   `json:"type"`
	Title    string   `json:"title"`
	Status   int      `json:"status"`
	Detail   string   `json:"detail,omitempty"`
	Instance string   `json:"instance,omitempty"` // the request's id
	Errors   []string `json:"errors,omitempty"`
}

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

func fail(status int, kind, title, format string, args ...any) *problem {
	return &problem{Type: "/problems/" + kind, Title: title, Status: status, Detail: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *problem {
	return fail(http.StatusBadRequest, "bad-request", "The request cannot be read", format, args...)
}

func notFound(format string, args ...any) *problem {
	return fail(http.StatusNotFound, "not-found", "There is no such thing in your scope", format, args...)
}

// invalid lists every mistake of a body.
func invalid(err error) *problem {
	p := fail(http.StatusUnprocessableEntity, "invalid", "The request is not valid", "nothing was stored")
	p.Errors = flatten(err)
	return p
}

func flatten(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, flatten(e)...)
		}
		return out
	}
	return []string{err.Error()}
}

// problemOf is the one table from errors to problems.
func problemOf(err error) *problem {
	var p *problem
	var unknown *postgres.UnknownOutcome
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &tooLarge):
		return fail(http.StatusRequestEntityTooLarge, "too-large", "The body is too large", "at most %d bytes are taken", tooLarge.Limit)
	case errors.Is(err, auth.ErrNoToken), errors.Is(err, auth.ErrBadToken):
		return fail(http.StatusUnauthorized, "unauthorized", "Who are you?", "%v", err)
	case errors.Is(err, postgres.ErrKeyReused):
		return fail(http.StatusConflict, "id-reused", "The id was used before", "%v; make a new id for a new report", err)
	case errors.Is(err, coverage.ErrNoPlace):
		return notFound("%v", err)
	case errors.Is(err, tiles.ErrAddress):
		return badRequest("%v", err)
	case errors.Is(err, tiles.ErrOutside):
		return notFound("%v", err)
	case errors.As(err, &unknown), errors.Is(err, context.DeadlineExceeded):
		return fail(http.StatusServiceUnavailable, "try-again", "The outcome is not known", "send the same request with the same id again")
	case postgres.OutcomeOf(err) == postgres.NotDone:
		return fail(http.StatusServiceUnavailable, "try-again", "The service cannot work just now", "nothing was stored; send the same request again")
	}
	return fail(http.StatusInternalServerError, "internal", "Something went wrong here", "the request's id finds it in the log")
}

func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody listens any more
	}
	p := *problemOf(err)
	p.Instance = requestID(r.Context())
	if p.Status >= 500 {
		s.log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request", p.Instance), slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="gridward"`)
	}
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

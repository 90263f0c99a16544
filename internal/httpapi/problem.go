package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/plan"
	"gridward/grids/roster"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/layers/hazard"
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
	*refusal
}

// refusal says why an operation on a plan is refused, and where.
type refusal struct {
	Reason string     `json:"reason"`
	At     *orb.Point `json:"at"`
	Grid   *string    `json:"grid"`
	Place  *uuid.UUID `json:"place"`
	Name   *string    `json:"place_name"`
}

func refused(why *plan.Refused) *problem {
	p := kindRefused.fail("%v", why)
	p.refusal = &refusal{Reason: why.Reason}
	if why.At != (orb.Point{}) {
		p.refusal.At = &why.At
	}
	if why.Grid != "" {
		p.refusal.Grid = &why.Grid
	}
	if why.Place != uuid.Nil {
		p.refusal.Place, p.refusal.Name = &why.Place, &why.Name
	}
	return p
}

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

func badRequest(format string, args ...any) *problem {
	return kindBadRequest.fail(format, args...)
}

func notFound(format string, args ...any) *problem {
	return kindNotFound.fail(format, args...)
}

// invalid lists every mistake of a body.
func invalid(err error) *problem {
	p := kindInvalid.fail("nothing was stored")
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
	var why *plan.Refused
	var tooLarge *http.MaxBytesError
	var fault *roster.Fault
	var misfit *layers.Fault
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &tooLarge):
		return kindTooLarge.fail("at most %d bytes are taken", tooLarge.Limit)
	case errors.Is(err, auth.ErrNoToken), errors.Is(err, auth.ErrBadToken):
		return kindUnauthorized.fail("%v", err)
	case errors.Is(err, postgres.ErrKeyReused):
		return kindConflict.fail("%v; make a new id for a new report", err)
	case errors.As(err, &fault):
		return invalid(fault.Err)
	case errors.As(err, &misfit):
		return invalid(misfit.Err)
	case errors.Is(err, layers.ErrStale):
		return kindStale.fail("%v", err)
	case errors.Is(err, layers.ErrNone):
		return notFound("%v", err)
	case errors.Is(err, roster.ErrTaken):
		return kindTaken.fail("%v", err)
	case errors.Is(err, hazard.ErrStale), errors.Is(err, roster.ErrStale):
		return kindStale.fail("%v", err)
	case errors.As(err, &why):
		return refused(why)
	case errors.Is(err, plan.ErrOperation):
		return invalid(err)
	case errors.Is(err, plan.ErrNone):
		return notFound("%v", err)
	case errors.Is(err, plan.ErrStale):
		return kindOldVersion.fail("%v", err)
	case errors.Is(err, plan.ErrStatus), errors.Is(err, grids.ErrCodeUsed):
		return kindPlanState.fail("%v", err)
	case errors.Is(err, hazard.ErrMove):
		return invalid(err)
	case errors.Is(err, coverage.ErrNoPlace), errors.Is(err, coverage.ErrNoExemption), errors.Is(err, coverage.ErrNoCertificate), errors.Is(err, coverage.ErrNoInspection), errors.Is(err, hazard.ErrNone), errors.Is(err, roster.ErrNone):
		return notFound("%v", err)
	case errors.Is(err, tiles.ErrAddress):
		return badRequest("%v", err)
	case errors.Is(err, tiles.ErrBusy):
		return kindBusy.fail("%v", err)
	case errors.Is(err, tiles.ErrOutside):
		return notFound("%v", err)
	case errors.As(err, &unknown), errors.Is(err, context.DeadlineExceeded):
		return kindTryAgain.fail("the outcome is not known: send the same request with the same id again")
	case postgres.OutcomeOf(err) == postgres.NotDone:
		return kindTryAgain.fail("nothing was stored; send the same request again")
	}
	return kindInternal.fail("the request's id finds it in the log")
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

package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

type exemptionBody struct {
	ID       uuid.UUID `json:"id"`
	Place    uuid.UUID `json:"place"`
	Duty     string    `json:"duty"`
	Period   string    `json:"period"`
	Reason   string    `json:"reason"` // one of the policy's, or words where it names none
	Reviewer string    `json:"reviewer"`
}

func (s *Server) postExemption(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body exemptionBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ID == uuid.Nil || body.Place == uuid.Nil || body.Reason == "" || body.Reviewer == "" {
		return badRequest("an id, a place, a duty of the policy, a reason and a reviewer are needed")
	}
	period, err := policy.ParsePeriod(body.Period)
	if err != nil {
		return badRequest("%v", err)
	}
	rules := a.view.book.Rules()
	version := rules.For(period, s.now())
	if version < 0 {
		return badRequest("no policy holds in %s", body.Period)
	}
	p := rules[version].Policy
	duty, ok := p.DutyIndex(body.Duty)
	if !ok || !p.Duties[duty].Falls(period) {
		return badRequest("%s is no period of a duty %q of policy %s", body.Period, body.Duty, p.Version)
	}
	if e := p.Exemptions; len(e.Reasons) > 0 {
		if !slices.ContainsFunc(e.Reasons, func(x policy.ExemptionReason) bool { return x.Reason == body.Reason }) {
			return badRequest("reason %q is none of the policy's; GET /api/policy lists them under exemptions", body.Reason)
		}
		if !slices.Contains(e.Approvers, string(a.Role)) {
			return kindForbidden.fail("the policy lets %v approve exemptions, not the role %s", e.Approvers, a.Role)
		}
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		e := coverage.Exemption{Duty: body.Duty, Period: body.Period, Reason: body.Reason, Reviewer: body.Reviewer}
		return body, coverage.Excuse(ctx, tx, body.ID, body.Place, e)
	})
	return s.written(w, r, a, raw, repeated, err)
}

type withdrawalBody struct {
	ID       uuid.UUID `json:"id"` // of this write, made by the client
	Reviewer string    `json:"reviewer"`
	Reason   string    `json:"reason"`
}

// withdrawExemption takes an exemption back.
func (s *Server) withdrawExemption(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	var body withdrawalBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ID == uuid.Nil || body.Reason == "" || body.Reviewer == "" {
		return badRequest("an id of the write, a reviewer and a reason are needed")
	}
	request := struct {
		Exemption uuid.UUID
		withdrawalBody
	}{id, body}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		return map[string]any{"exemption": id, "reviewer": body.Reviewer, "reason": body.Reason}, coverage.Withdraw(ctx, tx, id, body.Reviewer, body.Reason)
	})
	return s.written(w, r, a, raw, repeated, err)
}

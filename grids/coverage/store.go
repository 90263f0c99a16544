package coverage

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

// SQL is every statement of this package, one a file.
//
//go:embed sql/*.sql
var SQL embed.FS

var queries = postgres.LoadQueries(SQL)

// Document is a stored version of the policy, as it was put.
type Document struct {
	Version  string
	From     time.Time
	Document string
	Recorded time.Time
}

// Documents are a district's stored policies in the order in which they were put.
func Documents(ctx context.Context, tx *postgres.Tx) ([]Document, error) {
	rows, err := tx.Query(ctx, queries.Get("policies"), tx.Scope().District)
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Document])
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	return out, nil
}

// Rules reads every version of a district's policy; the shipped one, as if it
// had always been there, where the district has none of its own.
func Rules(ctx context.Context, tx *postgres.Tx) (policy.Rules, error) {
	stored, err := Documents(ctx, tx)
	if err != nil {
		return nil, err
	}
	if len(stored) == 0 {
		p, err := policy.Default()
		return policy.Rules{{Policy: p}}, err
	}
	return rulesOf(stored)
}

// rulesOf reads stored documents.
func rulesOf(stored []Document) (policy.Rules, error) {
	var out policy.Rules
	for _, d := range stored {
		p, err := policy.Parse([]byte(d.Document))
		if err != nil {
			return nil, fmt.Errorf("stored policy %s: %w", d.Version, err)
		}
		out = append(out, policy.Version{Policy: p, Recorded: d.Recorded})
	}
	return out, nil
}

// PolicyAt reads the policy that holds in a district at an instant; before any
// of its own does, the first one.
func PolicyAt(ctx context.Context, tx *postgres.Tx, now time.Time) (*policy.Policy, error) {
	rules, err := Rules(ctx, tx)
	if err != nil {
		return nil, err
	}
	return rules[max(rules.On(policy.DayAt(now, rules[0].Zone())), 0)].Policy, nil
}

// ErrVersionStored says that a version of the policy is stored with other words.
var ErrVersionStored = errors.New("is stored already with other words, on which answers rest: give the new one a version of its own")

// PutPolicy stores a version of the policy after checking it. A version that is
// stored keeps its words: putting it again with others is [ErrVersionStored].
func PutPolicy(ctx context.Context, tx *postgres.Tx, document string) (*policy.Policy, error) {
	p, err := policy.Parse([]byte(document))
	if err != nil {
		return nil, err
	}
	stored, err := Documents(ctx, tx)
	if err != nil {
		return nil, err
	}
	rules, err := rulesOf(stored)
	if err != nil {
		return nil, err
	}
	at, err := tx.Learn(ctx)
	if err != nil {
		return nil, err
	}
	if err := rules.Follows(p, at); err != nil {
		return nil, fmt.Errorf("policy %s: %w", p.Version, err)
	}
	tag, err := tx.Exec(ctx, queries.Get("put_policy"), tx.Scope().District, p.Version, p.From(), document, at)
	if err != nil {
		return nil, fmt.Errorf("store policy %s: %w", p.Version, err)
	}
	if tag.RowsAffected() == 0 {
		for _, d := range stored {
			if d.Version == p.Version && d.Document != document {
				return nil, fmt.Errorf("policy %s %w", p.Version, ErrVersionStored)
			}
		}
		return p, nil
	}
	tx.Change("policy", uuid.Nil, nil)
	tx.Audit("put", "policy", p.Version, nil)
	return p, nil
}

// ErrNoPlace says that a place is not there, or not in the scope.
var ErrNoPlace = errors.New("no such place in your scope")

// Excuse stores an exemption; ErrNoPlace if its place is not in the scope.
func Excuse(ctx context.Context, tx *postgres.Tx, id, place uuid.UUID, e Exemption) error {
	at, err := tx.Learn(ctx)
	if err != nil {
		return err
	}
	var stored uuid.UUID
	err = tx.QueryRow(ctx, queries.Get("insert_exemption"), tx.Scope().District, tx.Scope().Visible(), id, place, e.Duty, e.Period, e.Reason, e.Reviewer, at).Scan(&stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoPlace
	}
	if err != nil {
		return fmt.Errorf("store the exemption: %w", err)
	}
	tx.Change("exemption", place, nil)
	tx.Audit("excuse", "place", place.String(), e)
	return nil
}

// ErrNoExemption says that an exemption is not there, not in the scope, or was
// taken back before.
var ErrNoExemption = errors.New("no such exemption in your scope that still stands")

// Withdraw takes an exemption back. What was excused as known before stays so.
func Withdraw(ctx context.Context, tx *postgres.Tx, exemption uuid.UUID, reviewer, reason string) error {
	at, err := tx.Learn(ctx)
	if err != nil {
		return err
	}
	var place uuid.UUID
	err = tx.QueryRow(ctx, queries.Get("withdraw_exemption"), tx.Scope().District, tx.Scope().Visible(), exemption, at, reviewer, reason).Scan(&place)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoExemption
	}
	if err != nil {
		return fmt.Errorf("withdraw the exemption: %w", err)
	}
	tx.Change("exemption", place, nil)
	tx.Audit("withdraw", "exemption", exemption.String(), map[string]string{"reviewer": reviewer, "reason": reason})
	return nil
}

// ErrNoInspection says that an inspection is not there, or not in the scope.
var ErrNoInspection = errors.New("no such inspection in your scope")

// PutReview stores a reviewer's word on an inspection's evidence.
func PutReview(ctx context.Context, tx *postgres.Tx, id, inspection uuid.UUID, r Review) error {
	at, err := tx.Learn(ctx)
	if err != nil {
		return err
	}
	var of uuid.UUID
	err = tx.QueryRow(ctx, queries.Get("insert_review"), tx.Scope().District, tx.Scope().Visible(), id, inspection, at, r.Accepted, r.Reviewer, r.Reason).Scan(&of)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoInspection
	}
	if err != nil {
		return fmt.Errorf("store the review: %w", err)
	}
	tx.Change("inspection", inspection, nil)
	tx.Audit("review", "inspection", inspection.String(), map[string]any{"accepted": r.Accepted, "reviewer": r.Reviewer, "reason": r.Reason})
	return nil
}

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
}

// Documents are a district's stored policies by their first days.
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

// PolicyAt reads the policy that holds in a district on a day; the shipped one
// where the district has none of its own.
func PolicyAt(ctx context.Context, tx *postgres.Tx, day time.Time) (*policy.Policy, error) {
	stored, err := Documents(ctx, tx)
	if err != nil {
		return nil, err
	}
	holds := ""
	for _, d := range stored {
		if !d.From.After(day) {
			holds = d.Document
		}
	}
	if holds == "" {
		return policy.Default()
	}
	return policy.Parse([]byte(holds))
}

// PutPolicy stores a version of the policy after checking it.
func PutPolicy(ctx context.Context, tx *postgres.Tx, document string) (*policy.Policy, error) {
	p, err := policy.Parse([]byte(document))
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, queries.Get("put_policy"), tx.Scope().District, p.Version, p.From(), document); err != nil {
		return nil, fmt.Errorf("store policy %s: %w", p.Version, err)
	}
	tx.Change("policy", uuid.Nil, nil)
	tx.Audit("put", "policy", p.Version, nil)
	return p, nil
}

// Facts reads places as coverage needs them, all or some by id, in key order.
// layers are those that are inspected. Places whose category the policy does
// not know are returned by name: they must not vanish from the count.
func Facts(ctx context.Context, tx *postgres.Tx, p *policy.Policy, layers []string, ids []uuid.UUID) (facts []Fact, unclassified []string, err error) {
	rows, err := tx.Query(ctx, queries.Get("facts"), tx.Scope().District, layers, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("read places for coverage: %w", err)
	}
	defer rows.Close()
	names := interner{}
	for rows.Next() {
		var f Fact
		var attributes map[string]any
		var to *time.Time
		var above string
		if err := rows.Scan(&f.ID, &f.Layer, &f.Category, &f.Name, &f.Address, &attributes, &f.Anchor.X, &f.Anchor.Y,
			&f.Town, &f.Park, &f.Community, &f.Grid, &f.ValidFrom, &to, &above); err != nil {
			return nil, nil, fmt.Errorf("read places for coverage: %w", err)
		}
		for _, s := range []*string{&f.Layer, &f.Category, &f.Town, &f.Park, &f.Community, &f.Grid} {
			*s = names.one(*s)
		}
		if to != nil {
			f.ValidTo = *to
		}
		f.Owes, err = p.Owes(policy.Facts{Category: f.Category, Attributes: attributes, UnderCompound: above == "residential_compound" || above == "residential_building" || above == "high_rise_residential"})
		if err != nil {
			unclassified = append(unclassified, fmt.Sprintf("%s %s %q: %v", f.Layer, f.ID, f.Name, err))
			continue
		}
		facts = append(facts, f)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read places for coverage: %w", err)
	}
	return facts, unclassified, nil
}

// interner keeps one copy of strings that come again and again.
type interner map[string]string

func (n interner) one(s string) string {
	if k, ok := n[s]; ok {
		return k
	}
	n[s] = s
	return s
}

// Visits reads visits in a span of time by place, all or some by id.
func Visits(ctx context.Context, tx *postgres.Tx, from, to time.Time, ids []uuid.UUID) (map[uuid.UUID][]Visit, error) {
	rows, err := tx.Query(ctx, queries.Get("inspections"), tx.Scope().District, from, to, ids)
	if err != nil {
		return nil, fmt.Errorf("read visits: %w", err)
	}
	defer rows.Close()
	out := map[uuid.UUID][]Visit{}
	names := interner{}
	for rows.Next() {
		var place uuid.UUID
		var v Visit
		var outcome string
		if err := rows.Scan(&place, &v.ID, &v.At, &outcome, &v.Checklist); err != nil {
			return nil, fmt.Errorf("read visits: %w", err)
		}
		v.Checklist = names.one(v.Checklist)
		v.Outcome = outcomeOf(names.one(outcome))
		out[place] = append(out[place], v)
	}
	return out, rows.Err()
}

// Exemptions reads every exemption by place.
func Exemptions(ctx context.Context, tx *postgres.Tx) (map[uuid.UUID][]Exemption, error) {
	rows, err := tx.Query(ctx, queries.Get("exemptions"), tx.Scope().District)
	if err != nil {
		return nil, fmt.Errorf("read exemptions: %w", err)
	}
	out := map[uuid.UUID][]Exemption{}
	var place, id uuid.UUID
	var e Exemption
	_, err = pgx.ForEachRow(rows, []any{&place, &e.Duty, &e.Period, &e.Reason, &e.Reviewer, &id}, func() error {
		out[place] = append(out[place], e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read exemptions: %w", err)
	}
	return out, nil
}

// ErrNoPlace says that a place is not there, or not in the scope.
var ErrNoPlace = errors.New("no such place in your scope")

// Excuse stores an exemption; ErrNoPlace if its place is not in the scope.
func Excuse(ctx context.Context, tx *postgres.Tx, id, place uuid.UUID, e Exemption, now time.Time) error {
	var stored uuid.UUID
	err := tx.QueryRow(ctx, queries.Get("insert_exemption"), tx.Scope().District, tx.Scope().Visible(), id, place, e.Duty, e.Period, e.Reason, e.Reviewer, now).Scan(&stored)
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

// LoadBook reads a district's whole book: places, exemptions and the visits
// since a time. The transaction must see the whole district.
func LoadBook(ctx context.Context, tx *postgres.Tx, layers []string, day time.Time, since, until time.Time) (*Book, []string, error) {
	p, err := PolicyAt(ctx, tx, day)
	if err != nil {
		return nil, nil, err
	}
	facts, unclassified, err := Facts(ctx, tx, p, layers, nil)
	if err != nil {
		return nil, nil, err
	}
	visits, err := Visits(ctx, tx, since, until, nil)
	if err != nil {
		return nil, nil, err
	}
	exemptions, err := Exemptions(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	return NewBook(p, facts, visits, exemptions), unclassified, nil
}

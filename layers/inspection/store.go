package inspection

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"gridward/geo/ewkb"
	"gridward/internal/postgres"
)

// SQL is every statement of this package, one a file.
//
//go:embed sql/*.sql
var SQL embed.FS

var queries = postgres.LoadQueries(SQL)

// Insert stores inspections at places of the scope and returns the ids that
// are new, and when they were learned. An id that is not among them is known
// already, its place or what it corrects is not in the scope, or another
// correction came first: [ByID] tells which.
func Insert(ctx context.Context, tx *postgres.Tx, list []Inspection) (fresh []uuid.UUID, received time.Time, err error) {
	received, err = tx.Learn(ctx)
	if err != nil {
		return nil, received, err
	}
	// What is corrected may come in the same batch.
	var plain, corrections []Inspection
	for _, v := range list {
		if v.Corrects == uuid.Nil {
			plain = append(plain, v)
		} else {
			corrections = append(corrections, v)
		}
	}
	for len(plain)+len(corrections) > 0 {
		part := plain
		if plain = nil; len(part) == 0 {
			part, corrections = corrections[:1], corrections[1:] // they may correct each other
		}
		ids, err := insert(ctx, tx, part, received)
		if err != nil {
			return nil, received, err
		}
		fresh = append(fresh, ids...)
	}
	return fresh, received, nil
}

func insert(ctx context.Context, tx *postgres.Tx, list []Inspection, received time.Time) ([]uuid.UUID, error) {
	c := newColumns(len(list))
	for i := range list {
		c.add(&list[i])
	}
	rows, err := tx.Query(ctx, queries.Get("insert"), append([]any{tx.Scope().District, tx.Scope().Visible(), received}, c.arguments()...)...)
	if err != nil {
		return nil, fmt.Errorf("store inspections: %w", err)
	}
	fresh, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("store inspections: %w", err)
	}
	return fresh, nil
}

func scan(row pgx.CollectableRow) (Inspection, error) {
	var v Inspection
	var position ewkb.Orb
	var photos [][]byte
	var walk, corrects *uuid.UUID
	err := row.Scan(&v.ID, &v.Place, &v.At, &v.DeviceAt, &v.ReceivedAt, &v.SkewS, &v.Inspector, &v.Unit, &v.Outcome, &v.Checklist, &position, &v.AccuracyM, &v.DistanceM, &v.DwellS,
		&v.Device, &v.Mock, &photos, &walk, &corrects, &v.Note, &v.Town, &v.Park, &v.Community)
	if p, ok := position.Geometry.(orb.Point); ok {
		v.Position = &p
	}
	for _, raw := range photos {
		v.Photos = append(v.Photos, Hash(raw))
	}
	if walk != nil {
		v.Walk = *walk
	}
	if corrects != nil {
		v.Corrects = *corrects
	}
	return v, err
}

// ByID reads inspections of the scope.
func ByID(ctx context.Context, tx *postgres.Tx, ids ...uuid.UUID) ([]Inspection, error) {
	rows, err := tx.Query(ctx, queries.Get("by_id"), tx.Scope().District, tx.Scope().Visible(), ids)
	if err != nil {
		return nil, fmt.Errorf("read inspections: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

// OfPlace reads the newest inspections of a place, at most limit.
func OfPlace(ctx context.Context, tx *postgres.Tx, place uuid.UUID, limit int) ([]Inspection, error) {
	rows, err := tx.Query(ctx, queries.Get("of_place"), tx.Scope().District, tx.Scope().Visible(), place, limit)
	if err != nil {
		return nil, fmt.Errorf("read inspections: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

// OfSpan reads the inspections that were made in a span of time, as learned
// before a moment (zero: all), in order of time.
func OfSpan(ctx context.Context, tx *postgres.Tx, from, to, learned time.Time) ([]Inspection, error) {
	var before *time.Time
	if !learned.IsZero() {
		before = &learned
	}
	rows, err := tx.Query(ctx, queries.Get("of_span"), tx.Scope().District, tx.Scope().Visible(), from, to, before)
	if err != nil {
		return nil, fmt.Errorf("read inspections: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

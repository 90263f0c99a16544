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
// are new. An id that is not among them is known already, or its place is not
// in the scope: ByID tells which.
func Insert(ctx context.Context, tx *postgres.Tx, list []Inspection, received time.Time) ([]uuid.UUID, error) {
	n := len(list)
	ids, places, at := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]time.Time, n)
	who, outcome, checklist, note := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	lon, lat, accuracy := make([]*float64, n), make([]*float64, n), make([]*float64, n)
	for i := range list {
		v := &list[i]
		ids[i], places[i], at[i], who[i] = v.ID, v.Place, v.At, v.Inspector
		outcome[i], checklist[i], note[i], accuracy[i] = string(v.Outcome), v.Checklist, v.Note, v.AccuracyM
		if v.Position != nil {
			lon[i], lat[i] = &v.Position[0], &v.Position[1]
		}
	}
	rows, err := tx.Query(ctx, queries.Get("insert"), tx.Scope().District, tx.Scope().Visible(), received,
		ids, places, at, who, outcome, checklist, lon, lat, accuracy, note)
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
	err := row.Scan(&v.ID, &v.Place, &v.At, &v.ReceivedAt, &v.Inspector, &v.Outcome, &v.Checklist, &position, &v.AccuracyM, &v.Note, &v.Town, &v.Park, &v.Community)
	if p, ok := position.Geometry.(orb.Point); ok {
		v.Position = &p
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

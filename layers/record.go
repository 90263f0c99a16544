package layers

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// The register says what places are now. Beside it stands what was learned of
// them and when, which is only ever added to: coverage of the past is judged by it.

// recordPlaces adds to the history what is new of places, from a day on.
func recordPlaces(ctx context.Context, tx *postgres.Tx, ids []uuid.UUID, day time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	at, err := tx.Learn(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, queries.Get("record_places"), tx.Scope().District, ids, at, day); err != nil {
		return fmt.Errorf("record what is new of %d places: %w", len(ids), err)
	}
	return RecordPlacements(ctx, tx, ids, day)
}

// RecordPlacements adds to the history where places belong now, all or some by
// id, from a day on; what is as it was is not written again.
func RecordPlacements(ctx context.Context, tx *postgres.Tx, ids []uuid.UUID, day time.Time) error {
	at, err := tx.Learn(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, queries.Get("record_placements"), tx.Scope().District, ids, at, day); err != nil {
		return fmt.Errorf("record where places belong: %w", err)
	}
	return nil
}

// Unrecorded is a place of which the register says something else than what was
// recorded last: coverage would judge it by what it is not.
type Unrecorded struct {
	ID          uuid.UUID
	Layer, Name string
	Differs     []string // "what it is", "where it belongs"
}

// ReadUnrecorded finds such places; there should be none. The transaction must
// see the whole district.
func ReadUnrecorded(ctx context.Context, tx *postgres.Tx) ([]Unrecorded, error) {
	rows, err := tx.Query(ctx, queries.Get("unrecorded"), tx.Scope().District)
	if err != nil {
		return nil, fmt.Errorf("compare the register with its history: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Unrecorded])
	if err != nil {
		return nil, fmt.Errorf("compare the register with its history: %w", err)
	}
	return out, nil
}

package layers

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// Merge brings places of one layer and source into the register: a known
// source id is updated, an unknown one added, an equal one left alone. Places
// must be complete (units, anchor, key); ids are kept for known source ids.
func Merge(ctx context.Context, tx *postgres.Tx, layer, source string, places []Place) (added, changed int, err error) {
	if _, err := tx.Exec(ctx, queries.Get("create_staging")); err != nil {
		return 0, 0, fmt.Errorf("stage the import: %w", err)
	}
	columns := []string{"id", "source_id", "category", "name", "address", "geom", "x", "y", "h3", "town", "park", "community",
		"risk", "attributes", "above", "valid_from", "valid_to"}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"staged_place"}, columns, pgx.CopyFromSlice(len(places), func(i int) ([]any, error) {
		p := &places[i]
		var above, to any
		if p.Above != uuid.Nil {
			above = p.Above
		}
		if !p.ValidTo.IsZero() {
			to = p.ValidTo
		}
		attributes := p.Attributes
		if attributes == nil {
			attributes = map[string]any{}
		}
		return []any{p.ID, p.SourceID, p.Category, p.Name, p.Address, p.stored(), p.Anchor.X, p.Anchor.Y, int64(p.Key),
			p.Town, p.Park, p.Community, p.Risk, attributes, above, p.ValidFrom, to}, nil
	}))
	if err != nil {
		return 0, 0, fmt.Errorf("stage %d places of %s: %w", len(places), layer, err)
	}
	if err := tx.QueryRow(ctx, queries.Get("merge_staged"), tx.Scope().District, layer, source).Scan(&added, &changed); err != nil {
		return 0, 0, fmt.Errorf("merge %d places of %s: %w", len(places), layer, err)
	}
	if _, err := tx.Exec(ctx, "drop table staged_place"); err != nil {
		return 0, 0, err
	}
	if added+changed > 0 {
		tx.Change("places", uuid.Nil, map[string]string{"layer": layer})
	}
	return added, changed, nil
}

// RetireMissing ends, on a day, every place of a source that is not among the
// given source ids; it returns how many.
func RetireMissing(ctx context.Context, tx *postgres.Tx, layer, source string, day time.Time, there []string) (int, error) {
	tag, err := tx.Exec(ctx, queries.Get("retire_missing"), tx.Scope().District, layer, source, day, there)
	if err != nil {
		return 0, fmt.Errorf("retire places of %s that are gone: %w", layer, err)
	}
	if tag.RowsAffected() > 0 {
		tx.Change("places", uuid.Nil, map[string]string{"layer": layer})
	}
	return int(tag.RowsAffected()), nil
}

// LinkAbove tells the underground spaces of a layer that do not know it yet
// what stands above them; it returns how many were looked at.
func LinkAbove(ctx context.Context, tx *postgres.Tx, layer string) (int, error) {
	tag, err := tx.Exec(ctx, queries.Get("link_above"), tx.Scope().District, layer)
	if err != nil {
		return 0, fmt.Errorf("link %s to what stands above: %w", layer, err)
	}
	return int(tag.RowsAffected()), nil
}

// Known is a place that a source brought before.
type Known struct {
	ID      uuid.UUID
	Retired bool
	Risk    int16
}

// KnownOf lists what is known of a source by source id.
func KnownOf(ctx context.Context, tx *postgres.Tx, layer, source string) (map[string]Known, error) {
	rows, err := tx.Query(ctx, queries.Get("known_sources"), tx.Scope().District, layer, source)
	if err != nil {
		return nil, fmt.Errorf("read what is known of %s: %w", source, err)
	}
	out := map[string]Known{}
	var id string
	var k Known
	if _, err := pgx.ForEachRow(rows, []any{&id, &k.ID, &k.Retired, &k.Risk}, func() error { out[id] = k; return nil }); err != nil {
		return nil, fmt.Errorf("read what is known of %s: %w", source, err)
	}
	return out, nil
}

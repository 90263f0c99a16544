package layers

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/geo"
	"gridward/internal/postgres"
)

// Merged is what a merge did.
type Merged struct {
	Staged, Added, Changed int
	IDs                    []uuid.UUID // of the places that were added or changed
}

// Merge brings places of one layer and source into the register as they come:
// a known source id is updated, an unknown one added, an equal one left alone.
// Places must be complete (units, anchor, key) and have their ids: that of a
// known source id is the one it has. The first error of the stream ends it.
func Merge(ctx context.Context, tx *postgres.Tx, layer, source string, day time.Time, places iter.Seq2[*Place, error]) (Merged, error) {
	var out Merged
	if _, err := tx.Exec(ctx, queries.Get("create_staging")); err != nil {
		return out, fmt.Errorf("stage the import: %w", err)
	}
	columns := []string{"id", "source_id", "category", "name", "address", "geom", "x", "y", "h3", "town", "park", "community",
		"risk", "attributes", "above", "valid_from", "valid_to"}
	var broken error // the stream's: the server words it as its own
	next, stop := iter.Pull2(places)
	defer stop()
	staged, err := tx.CopyFrom(ctx, pgx.Identifier{"staged_place"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		p, err, more := next()
		if broken = err; err != nil || !more {
			return nil, err
		}
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
	if broken != nil {
		return out, broken
	}
	if err != nil {
		return out, fmt.Errorf("stage places of %s: %w", layer, err)
	}
	out.Staged = int(staged)
	rows, err := tx.Query(ctx, queries.Get("merge_staged"), tx.Scope().District, layer, source)
	if err != nil {
		return out, fmt.Errorf("merge %d places of %s: %w", staged, layer, err)
	}
	var id uuid.UUID
	var version int
	if _, err := pgx.ForEachRow(rows, []any{&id, &version}, func() error {
		if version == 1 {
			out.Added++
		} else {
			out.Changed++
		}
		out.IDs = append(out.IDs, id)
		return nil
	}); err != nil {
		return out, fmt.Errorf("merge %d places of %s: %w", staged, layer, err)
	}
	if _, err := tx.Exec(ctx, "drop table staged_place"); err != nil {
		return out, err
	}
	if len(out.IDs) > 0 {
		tx.Change("places", uuid.Nil, map[string]string{"layer": layer})
	}
	return out, recordPlaces(ctx, tx, out.IDs, day)
}

// Each is a list as the stream that [Merge] takes.
func Each(places []Place) iter.Seq2[*Place, error] {
	return func(yield func(*Place, error) bool) {
		for i := range places {
			if !yield(&places[i], nil) {
				return
			}
		}
	}
}

// RetireMissing ends, on a day, every place of a source that is not among the
// given source ids; it returns how many.
func RetireMissing(ctx context.Context, tx *postgres.Tx, layer, source string, day time.Time, there []string) (int, error) {
	rows, err := tx.Query(ctx, queries.Get("retire_missing"), tx.Scope().District, layer, source, day, there)
	if err != nil {
		return 0, fmt.Errorf("retire places of %s that are gone: %w", layer, err)
	}
	gone, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("retire places of %s that are gone: %w", layer, err)
	}
	if len(gone) > 0 {
		tx.Change("places", uuid.Nil, map[string]string{"layer": layer})
	}
	return len(gone), recordPlaces(ctx, tx, gone, day)
}

// LinkAbove tells the underground spaces of a layer that do not know it yet
// what stands above them; it returns how many were looked at. What follows from
// it holds from the day given.
func LinkAbove(ctx context.Context, tx *postgres.Tx, layer string, day time.Time) (int, error) {
	rows, err := tx.Query(ctx, queries.Get("link_above"), tx.Scope().District, layer)
	if err != nil {
		return 0, fmt.Errorf("link %s to what stands above: %w", layer, err)
	}
	looked, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("link %s to what stands above: %w", layer, err)
	}
	return len(looked), recordPlaces(ctx, tx, looked, day)
}

// Known is a place that a source brought before.
type Known struct {
	ID      uuid.UUID
	Retired bool
	Risk    int16
	Anchor  geo.Point
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
	if _, err := pgx.ForEachRow(rows, []any{&id, &k.ID, &k.Retired, &k.Risk, &k.Anchor.X, &k.Anchor.Y}, func() error { out[id] = k; return nil }); err != nil {
		return nil, fmt.Errorf("read what is known of %s: %w", source, err)
	}
	return out, nil
}

// NamedOf is where the standing places of a layer are, by name, for the names
// that only one of them bears.
func NamedOf(ctx context.Context, tx *postgres.Tx, layer string, day time.Time) (map[string]geo.Point, error) {
	rows, err := tx.Query(ctx, queries.Get("named_places"), tx.Scope().District, layer, day)
	if err != nil {
		return nil, fmt.Errorf("read the names of %s: %w", layer, err)
	}
	out := map[string]geo.Point{}
	var name string
	var at geo.Point
	if _, err := pgx.ForEachRow(rows, []any{&name, &at.X, &at.Y}, func() error { out[name] = at; return nil }); err != nil {
		return nil, fmt.Errorf("read the names of %s: %w", layer, err)
	}
	return out, nil
}

package layers

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/internal/postgres"
)

// SQL is every statement of this package, one a file.
//
//go:embed sql/*.sql
var SQL embed.FS

var queries = postgres.LoadQueries(SQL)

// scanPlace reads the columns of places_of_layer and places_by_id.
func scanPlace(row pgx.CollectableRow, district string) (Place, error) {
	p := Place{District: district}
	var g ewkb.Any
	var to *time.Time
	var above, duplicate *uuid.UUID
	if err := row.Scan(&p.ID, &p.Layer, &p.Source, &p.SourceID, &p.Category, &p.Name, &p.Address, &g,
		&p.Anchor.X, &p.Anchor.Y, &p.Key, &p.Town, &p.Park, &p.Community,
		&p.Risk, &p.Supervised, &duplicate, &p.Attributes, &above, &p.ValidFrom, &to, &p.Version); err != nil {
		return p, err
	}
	p.Footprint, p.Solid = g.Geometry, nil
	if g.Solid != nil {
		p.Solid = g.Solid
	}
	if to != nil {
		p.ValidTo = *to
	}
	if above != nil {
		p.Above = *above
	}
	if duplicate != nil {
		p.Duplicate = *duplicate
	}
	return p, nil
}

// EachPlace calls fn for every place of a layer, in key order, that the scope
// may see; day limits it to those that stand on that day (zero: all).
func EachPlace(ctx context.Context, tx *postgres.Tx, layer string, day time.Time, fn func(Place) error) error {
	var on *time.Time
	if !day.IsZero() {
		on = &day
	}
	rows, err := tx.Query(ctx, queries.Get("places_of_layer"), tx.Scope().District, tx.Scope().Visible(), layer, on)
	if err != nil {
		return fmt.Errorf("read places of %s: %w", layer, err)
	}
	defer rows.Close()
	for rows.Next() {
		p, err := scanPlace(rows, tx.Scope().District)
		if err != nil {
			return fmt.Errorf("read places of %s: %w", layer, err)
		}
		if err := fn(p); err != nil {
			return err
		}
	}
	return rows.Err()
}

// PlacesByID reads places; ids that the scope may not see are not among them.
func PlacesByID(ctx context.Context, tx *postgres.Tx, ids ...uuid.UUID) ([]Place, error) {
	rows, err := tx.Query(ctx, queries.Get("places_by_id"), tx.Scope().District, tx.Scope().Visible(), ids)
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Place, error) { return scanPlace(row, tx.Scope().District) })
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	return out, nil
}

// Filter narrows a list of places; zero fields do not.
type Filter struct {
	Layer, Category, Unit, Grid string
	Text                        string     // part of a name or address, or a whole source id
	Box                         *orb.Bound // longitude/latitude
	Day                         time.Time
}

// Summary is a place as lists show it.
type Summary struct {
	ID                    uuid.UUID
	Layer, Category       string
	Name, Address         string
	Anchor                geo.Point
	Town, Park, Community string
	Grid                  string
}

// ListPlaces reads one page of places by id, at most limit, starting after an
// id (zero: from the first).
func ListPlaces(ctx context.Context, tx *postgres.Tx, f Filter, after uuid.UUID, limit int) ([]Summary, error) {
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	var lo, hi []int64
	var box geo.Box
	if f.Box != nil {
		box = geo.BoxOf(*f.Box)
		ranges, err := geo.CoverKeys(box)
		if err != nil {
			return nil, fmt.Errorf("box: %w", err)
		}
		lo, hi = make([]int64, len(ranges)), make([]int64, len(ranges))
		for i, r := range ranges {
			lo[i], hi[i] = int64(r.First), int64(r.Last)
		}
	}
	var pattern any
	if f.Text != "" {
		pattern = "%" + escapeLike(f.Text) + "%"
	}
	var start any
	if after != uuid.Nil {
		start = after
	}
	var out []Summary
	for len(out) < limit {
		rows, err := tx.Query(ctx, queries.Get("list_places"), tx.Scope().District, tx.Scope().Visible(),
			null(f.Layer), null(f.Category), null(f.Unit), null(f.Grid), pattern, lo, hi, f.Day, start, limit, f.Text)
		if err != nil {
			return nil, fmt.Errorf("list places: %w", err)
		}
		page, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Summary, error) {
			var s Summary
			err := row.Scan(&s.ID, &s.Layer, &s.Category, &s.Name, &s.Address, &s.Anchor.X, &s.Anchor.Y, &s.Town, &s.Park, &s.Community, &s.Grid)
			return s, err
		})
		if err != nil {
			return nil, fmt.Errorf("list places: %w", err)
		}
		for _, s := range page {
			if f.Box == nil || box.Holds(s.Anchor) {
				out = append(out, s)
			}
			if len(out) == limit {
				break
			}
		}
		if len(page) < limit {
			break
		}
		start = page[len(page)-1].ID
	}
	return out, nil
}

// escapeLike makes % and _ in a text stand for themselves in LIKE.
func escapeLike(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r == '%' || r == '_' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

// CountByLayer counts the places that stand on a day.
func CountByLayer(ctx context.Context, tx *postgres.Tx, day time.Time) (map[string]int64, error) {
	rows, err := tx.Query(ctx, queries.Get("count_by_layer"), tx.Scope().District, tx.Scope().Visible(), day)
	if err != nil {
		return nil, fmt.Errorf("count places: %w", err)
	}
	out := map[string]int64{}
	var layer string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&layer, &n}, func() error { out[layer] = n; return nil })
	if err != nil {
		return nil, fmt.Errorf("count places: %w", err)
	}
	return out, nil
}

// SpacesBelow lists the underground spaces below a place.
func SpacesBelow(ctx context.Context, tx *postgres.Tx, place uuid.UUID) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, queries.Get("spaces_below"), tx.Scope().District, tx.Scope().Visible(), place)
	if err != nil {
		return nil, fmt.Errorf("read the spaces below %s: %w", place, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// stored is the geometry as the database keeps it: with depth where there is one.
func (p *Place) stored() any {
	if p.Solid != nil {
		return ewkb.Geom{T: p.Solid}
	}
	return ewkb.Orb{Geometry: p.Footprint}
}

// Settings reads a district's settings: where its data is from, what the
// service shows of it.
func Settings(ctx context.Context, tx *postgres.Tx) (map[string]string, error) {
	rows, err := tx.Query(ctx, queries.Get("settings"), tx.Scope().District)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	out := map[string]string{}
	var k, v string
	if _, err := pgx.ForEachRow(rows, []any{&k, &v}, func() error { out[k] = v; return nil }); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return out, nil
}

// PutSetting stores one setting of a district.
func PutSetting(ctx context.Context, tx *postgres.Tx, key, value string) error {
	if _, err := tx.Exec(ctx, queries.Get("put_setting"), tx.Scope().District, key, value); err != nil {
		return fmt.Errorf("store setting %s: %w", key, err)
	}
	return nil
}

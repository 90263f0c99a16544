package grids

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/internal/postgres"
	"gridward/layers"
)

// Assigned counts what an assignment found.
type Assigned struct {
	Places    int // inspected places that were looked at
	Moved     int // those that got another grid than before, or their first
	Resettled int // places of any layer that got other units
	ByReason  map[Reason]int
	Left      []uuid.UUID // inspected places without a grid
}

// Assign finds the units of places anew and, for the layers that are
// inspected, the one grid, by the units and plans in force on a day. only
// limits it to the places that something touched; nil means all. What is as it
// was is not written again.
func Assign(ctx context.Context, tx *postgres.Tx, inspected []string, day time.Time, only []uuid.UUID) (Assigned, error) {
	out := Assigned{ByReason: map[Reason]int{}}
	gs, err := InForce(ctx, tx, day)
	if err != nil {
		return out, err
	}
	units, err := layers.UnitsAt(ctx, tx, day)
	if err != nil {
		return out, err
	}
	placer, err := NewPlacer(units, gs)
	if err != nil {
		return out, err
	}
	var staged [][]any
	if err := eachToAssign(ctx, tx, inspected, only, func(p toAssign) {
		at, ok := placer.Place(p.footprint.Geometry, p.anchor, p.key)
		row := []any{p.id, at.Town, at.Park, at.Community, nil, nil, nil}
		if p.inspected {
			out.Places++
			if !ok || at.Grid == "" {
				out.Left = append(out.Left, p.id)
			} else {
				out.ByReason[at.Reason]++
				row[4], row[5], row[6] = at.Grid, string(at.Reason), at.SharePPM
			}
		}
		if ok {
			staged = append(staged, row)
		}
	}); err != nil {
		return out, err
	}
	if _, err := tx.Exec(ctx, queries.Get("create_staging")); err != nil {
		return out, fmt.Errorf("stage assignments: %w", err)
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"staged_placement"},
		[]string{"place", "town", "park", "community", "grid", "reason", "share_ppm"}, pgx.CopyFromRows(staged)); err != nil {
		return out, fmt.Errorf("stage assignments: %w", err)
	}
	removed := 0
	for _, step := range []struct {
		name  string
		count *int
	}{{"settle_units", &out.Resettled}, {"remove_unplaced", &removed}, {"settle_grids", &out.Moved}} {
		tag, err := tx.Exec(ctx, queries.Get(step.name), tx.Scope().District)
		if err != nil {
			return out, fmt.Errorf("store assignments (%s): %w", step.name, err)
		}
		*step.count = int(tag.RowsAffected())
	}
	if _, err := tx.Exec(ctx, `drop table staged_placement`); err != nil {
		return out, err
	}
	if out.Moved+out.Resettled+removed > 0 {
		tx.Change("assignments", uuid.Nil, nil)
		if err := layers.RecordPlacements(ctx, tx, only, day); err != nil {
			return out, err
		}
	}
	if only == nil {
		_, err = settled(ctx, tx, day)
	}
	return out, err
}

// Misplaced is a place that is stored under other units or another grid than
// its geometry says.
type Misplaced struct {
	ID           uuid.UUID
	Stored, Says string
}

// MisplacedOn compares every place with what the units and plans in force on a
// day say of its geometry.
func MisplacedOn(ctx context.Context, tx *postgres.Tx, placer *Placer, inspected []string) ([]Misplaced, error) {
	stored := map[uuid.UUID]Placement{}
	rows, err := tx.Query(ctx, queries.Get("stored_placements"), tx.Scope().District)
	if err != nil {
		return nil, fmt.Errorf("read stored placements: %w", err)
	}
	var id uuid.UUID
	var p Placement
	if _, err := pgx.ForEachRow(rows, []any{&id, &p.Town, &p.Park, &p.Community, &p.Grid}, func() error { stored[id] = p; return nil }); err != nil {
		return nil, fmt.Errorf("read stored placements: %w", err)
	}
	var out []Misplaced
	err = eachToAssign(ctx, tx, inspected, nil, func(p toAssign) {
		at, _ := placer.Place(p.footprint.Geometry, p.anchor, p.key)
		if !p.inspected {
			at.Grid = ""
		}
		if was := stored[p.id].belonging(); was != at.belonging() {
			out = append(out, Misplaced{p.id, was, at.belonging()})
		}
	})
	return out, err
}

// belonging is a placement without how it was found.
func (p Placement) belonging() string {
	return fmt.Sprintf("town %s, park %s, community %s, grid %s", p.Town, p.Park, p.Community, p.Grid)
}

type toAssign struct {
	id        uuid.UUID
	inspected bool
	anchor    geo.Point
	key       geo.Key
	footprint ewkb.Any
}

func eachToAssign(ctx context.Context, tx *postgres.Tx, inspected []string, only []uuid.UUID, fn func(toAssign)) error {
	rows, err := tx.Query(ctx, queries.Get("places_to_assign"), tx.Scope().District, only, inspected)
	if err != nil {
		return fmt.Errorf("read places: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p toAssign
		if err := rows.Scan(&p.id, &p.inspected, &p.anchor.X, &p.anchor.Y, &p.key, &p.footprint); err != nil {
			return fmt.Errorf("read places: %w", err)
		}
		fn(p)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read places: %w", err)
	}
	return nil
}

// PlacesOfTown lists the places of a town and of some communities, for [Assign].
func PlacesOfTown(ctx context.Context, tx *postgres.Tx, town string, communities []string) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, queries.Get("places_of_town"), tx.Scope().District, town, communities)
	if err != nil {
		return nil, fmt.Errorf("read the places of %s: %w", town, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

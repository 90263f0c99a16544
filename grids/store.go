package grids

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

// InForce reads the grids of the plans that hold on a day, by code.
func InForce(ctx context.Context, tx *postgres.Tx, day time.Time) ([]Grid, error) {
	rows, err := tx.Query(ctx, queries.Get("effective_grids"), tx.Scope().District, tx.Scope().Visible(), day)
	if err != nil {
		return nil, fmt.Errorf("read grids: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Grid, error) {
		var g Grid
		var shape ewkb.Orb
		err := row.Scan(&g.Code, &g.Name, &g.Town, &g.Community, &g.Plan, &shape, &g.AreaM2)
		g.Geometry, _ = shape.Geometry.(orb.MultiPolygon)
		return g, err
	})
	if err != nil {
		return nil, fmt.Errorf("read grids: %w", err)
	}
	return out, nil
}

// PlansInForce reads the plans, without their grids, that hold on a day.
func PlansInForce(ctx context.Context, tx *postgres.Tx, day time.Time) ([]Plan, error) {
	rows, err := tx.Query(ctx, queries.Get("effective_plans"), tx.Scope().District, tx.Scope().Visible(), day)
	if err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Plan, error) {
		var p Plan
		var from, to *time.Time
		err := row.Scan(&p.ID, &p.Town, &p.Name, &p.Status, &p.Origin, &from, &to, &p.CreatedAt)
		if from != nil {
			p.EffectiveFrom = *from
		}
		if to != nil {
			p.EffectiveTo = *to
		}
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	return out, nil
}

// UsedCodes are the grid codes that a town ever used.
func UsedCodes(ctx context.Context, tx *postgres.Tx, town string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, queries.Get("codes_used"), tx.Scope().District, town)
	if err != nil {
		return nil, fmt.Errorf("read used codes: %w", err)
	}
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read used codes: %w", err)
	}
	out := make(map[string]bool, len(codes))
	for _, c := range codes {
		out[c] = true
	}
	return out, nil
}

// Publish makes a plan its town's one from its first day on; the plan before
// it ends that day. The caller has proved the plan.
func Publish(ctx context.Context, tx *postgres.Tx, p Plan) error {
	district := tx.Scope().District
	for _, name := range []string{"remove_same_day_plan", "supersede_plan"} {
		if _, err := tx.Exec(ctx, queries.Get(name), district, p.Town, p.EffectiveFrom); err != nil {
			return fmt.Errorf("end the plan before: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, queries.Get("insert_plan"), district, p.ID, p.Town, p.Name, p.Origin, p.EffectiveFrom, p.CreatedAt); err != nil {
		return fmt.Errorf("store the plan of %s: %w", p.Town, err)
	}
	_, err := tx.CopyInto(ctx, "grid", []string{"district", "plan", "code", "name", "town", "community", "geom", "h3", "area_m2"},
		pgx.CopyFromSlice(len(p.Grids), func(i int) ([]any, error) {
			g := &p.Grids[i]
			anchor, err := geo.Anchor(g.Geometry)
			if err != nil {
				return nil, err
			}
			key, err := geo.KeyAt(anchor)
			return []any{district, p.ID, g.Code, g.Name, p.Town, g.Community, ewkb.Orb{Geometry: g.Geometry}, int64(key), g.AreaM2}, err
		}))
	if err != nil {
		return fmt.Errorf("store the grids of %s: %w", p.Town, err)
	}
	tx.Change("grids", p.ID, map[string]string{"town": p.Town})
	tx.Audit("publish", "plan", p.ID.String(), map[string]any{"town": p.Town, "grids": len(p.Grids), "from": p.EffectiveFrom.Format(time.DateOnly)})
	return nil
}

// AssignmentOf is which grid answers for a place, and why.
type AssignmentOf struct {
	Place                 uuid.UUID
	Grid, GridName        string
	Reason                Reason
	SharePPM              int32
	Town, Park, Community string
}

// AssignmentsOf reads the assignments of places by id.
func AssignmentsOf(ctx context.Context, tx *postgres.Tx, ids ...uuid.UUID) (map[uuid.UUID]AssignmentOf, error) {
	rows, err := tx.Query(ctx, queries.Get("assignments_of"), tx.Scope().District, tx.Scope().Visible(), ids)
	if err != nil {
		return nil, fmt.Errorf("read assignments: %w", err)
	}
	out := map[uuid.UUID]AssignmentOf{}
	var a AssignmentOf
	if _, err := pgx.ForEachRow(rows, []any{&a.Place, &a.Grid, &a.GridName, &a.Reason, &a.SharePPM, &a.Town, &a.Park, &a.Community}, func() error {
		out[a.Place] = a
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read assignments: %w", err)
	}
	return out, nil
}

// Unassigned is a place that no grid in force answers for.
type Unassigned struct {
	ID              uuid.UUID
	Layer, Name     string
	Town, Community string
	Anchor          geo.Point
}

// UnassignedOn lists the inspected places that stand on a day and have no grid.
func UnassignedOn(ctx context.Context, tx *postgres.Tx, inspected []string, day time.Time) ([]Unassigned, error) {
	rows, err := tx.Query(ctx, queries.Get("unassigned"), tx.Scope().District, inspected, day)
	if err != nil {
		return nil, fmt.Errorf("read unassigned places: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Unassigned, error) {
		var u Unassigned
		err := row.Scan(&u.ID, &u.Layer, &u.Name, &u.Town, &u.Community, &u.Anchor.X, &u.Anchor.Y)
		return u, err
	})
}

package grids

import (
	"context"
	"embed"
	"errors"
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

// ErrCodeUsed says that a grid's code was given to another grid before.
var ErrCodeUsed = errors.New("the code was given to another grid before")

// Publish makes a plan its town's one from its first day on; the plan before it
// ends that day, and what had been planned for later is withdrawn. The caller has
// proved the plan. Grids whose code the plan before has are the same grids; other
// codes must be new: the error wraps [ErrCodeUsed]. Nobody is moved yet, see [Assign].
func Publish(ctx context.Context, tx *postgres.Tx, p Plan) error {
	district := tx.Scope().District
	before, err := latestCodes(ctx, tx, p.Town)
	if err != nil {
		return err
	}
	for _, name := range []string{"withdraw_later_plans", "supersede_plan"} {
		if _, err := tx.Exec(ctx, queries.Get(name), district, p.Town, p.EffectiveFrom); err != nil {
			return fmt.Errorf("end the plan before: %w", err)
		}
	}
	var base *uuid.UUID
	if p.Base != uuid.Nil {
		base = &p.Base
	}
	if _, err := tx.Exec(ctx, queries.Get("publish_plan"), district, p.ID, p.Town, p.Name, p.Origin, p.EffectiveFrom, p.CreatedAt, base, p.CreatedBy, p.Review.Reviewer, p.Review.Note, p.Review.At); err != nil {
		return fmt.Errorf("store the plan of %s: %w", p.Town, err)
	}
	if err := giveCodes(ctx, tx, p, before); err != nil {
		return err
	}
	_, err = tx.CopyInto(ctx, "grid", []string{"district", "plan", "code", "name", "town", "community", "geom", "h3", "area_m2"},
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
	_, err = tx.CopyInto(ctx, "grid_origin", []string{"district", "plan", "code", "origin", "town", "community", "area_m2", "share"},
		pgx.CopyFromSlice(len(p.Origins), func(i int) ([]any, error) {
			o := &p.Origins[i]
			return []any{district, p.ID, o.Code, o.From, p.Town, o.Community, o.AreaM2, o.Share}, nil
		}))
	if err != nil {
		return fmt.Errorf("store where the grids of %s come from: %w", p.Town, err)
	}
	tx.Change("grids", p.ID, map[string]string{"town": p.Town})
	tx.Audit("publish", "plan", p.ID.String(), map[string]any{"town": p.Town, "grids": len(p.Grids), "from": p.EffectiveFrom.Format(time.DateOnly), "reviewer": p.Review.Reviewer})
	return nil
}

// latestCodes are the codes of the grids of a town's latest plan.
func latestCodes(ctx context.Context, tx *postgres.Tx, town string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, queries.Get("latest_codes"), tx.Scope().District, town)
	if err != nil {
		return nil, fmt.Errorf("read the codes of the plan before: %w", err)
	}
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the codes of the plan before: %w", err)
	}
	out := make(map[string]bool, len(codes))
	for _, c := range codes {
		out[c] = true
	}
	return out, nil
}

func giveCodes(ctx context.Context, tx *postgres.Tx, p Plan, before map[string]bool) error {
	var codes, communities []string
	for _, g := range p.Grids {
		if !before[g.Code] {
			codes, communities = append(codes, g.Code), append(communities, g.Community)
		}
	}
	if len(codes) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, queries.Get("give_codes"), tx.Scope().District, p.Town, p.ID, p.EffectiveFrom, codes, communities)
	if err != nil {
		return fmt.Errorf("give codes: %w", err)
	}
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("give codes: %w", err)
	}
	if len(taken) > 0 {
		return fmt.Errorf("grid %s of %s: %w", taken[0], p.Town, ErrCodeUsed)
	}
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

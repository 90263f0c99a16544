package hazard

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

// Insert stores hazards, their units given by the caller, and returns the ids
// that are new.
func Insert(ctx context.Context, tx *postgres.Tx, list []Hazard) ([]uuid.UUID, error) {
	n := len(list)
	ids, types, severity, state := make([]uuid.UUID, n), make([]string, n), make([]int16, n), make([]string, n)
	place, visit := make([]*uuid.UUID, n), make([]*uuid.UUID, n)
	lon, lat, key := make([]float64, n), make([]float64, n), make([]int64, n)
	from, to := make([]time.Time, n), make([]*time.Time, n)
	origin, text, town, park, community := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i := range list {
		h := &list[i]
		ids[i], types[i], severity[i], state[i] = h.ID, h.Type, h.Severity, string(h.State)
		if h.Place != uuid.Nil {
			place[i] = &h.Place
		}
		if h.Inspection != uuid.Nil {
			visit[i] = &h.Inspection
		}
		lon[i], lat[i], key[i], from[i] = h.Point[0], h.Point[1], int64(h.Key), h.DiscoveredAt
		if !h.ClosedAt.IsZero() {
			to[i] = &h.ClosedAt
		}
		origin[i], text[i], town[i], park[i], community[i] = h.Origin, h.Description, h.Town, h.Park, h.Community
	}
	rows, err := tx.Query(ctx, queries.Get("insert"), tx.Scope().District, ids, types, severity, state, place, visit, lon, lat, key, from, to, origin, text, town, park, community)
	if err != nil {
		return nil, fmt.Errorf("store hazards: %w", err)
	}
	fresh, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("store hazards: %w", err)
	}
	return fresh, nil
}

func scan(row pgx.CollectableRow) (Hazard, error) {
	var h Hazard
	var g ewkb.Orb
	var place, visit *uuid.UUID
	var closed *time.Time
	err := row.Scan(&h.ID, &h.Type, &h.Severity, &h.State, &place, &visit, &g, &h.Key, &h.DiscoveredAt, &closed, &h.Origin, &h.Description, &h.Town, &h.Park, &h.Community, &h.Version)
	h.Point, _ = g.Geometry.(orb.Point)
	if place != nil {
		h.Place = *place
	}
	if visit != nil {
		h.Inspection = *visit
	}
	if closed != nil {
		h.ClosedAt = *closed
	}
	return h, err
}

// ByID reads hazards of the scope.
func ByID(ctx context.Context, tx *postgres.Tx, ids ...uuid.UUID) ([]Hazard, error) {
	rows, err := tx.Query(ctx, queries.Get("by_id"), tx.Scope().District, tx.Scope().Visible(), ids)
	if err != nil {
		return nil, fmt.Errorf("read hazards: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

// All reads every hazard of the district, in key order.
func All(ctx context.Context, tx *postgres.Tx) ([]Hazard, error) {
	rows, err := tx.Query(ctx, queries.Get("all"), tx.Scope().District)
	if err != nil {
		return nil, fmt.Errorf("read hazards: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

// Filter narrows a list of hazards; zero fields do not.
type Filter struct {
	Types, States []string
	Unit          string
	Since, Until  time.Time // discovered in [Since, Until)
	Place         uuid.UUID
}

// List reads one page of hazards, newest first, after one of the page before
// (zero: from the newest), at most limit.
func List(ctx context.Context, tx *postgres.Tx, f Filter, afterAt time.Time, afterID uuid.UUID, limit int) ([]Hazard, error) {
	moment := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t
	}
	var unit, place any
	if f.Unit != "" {
		unit = f.Unit
	}
	if f.Place != uuid.Nil {
		place = f.Place
	}
	rows, err := tx.Query(ctx, queries.Get("list"), tx.Scope().District, tx.Scope().Visible(), f.Types, f.States, unit,
		moment(f.Since), moment(f.Until), place, moment(afterAt), afterID, limit)
	if err != nil {
		return nil, fmt.Errorf("list hazards: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

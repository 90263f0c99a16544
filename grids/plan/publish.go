package plan

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gridward/grids"
	"gridward/internal/postgres"
)

// Published is what a publication did.
type Published struct {
	Moved int         // places that got another grid
	Left  []uuid.UUID // inspected places without a grid: none, if the plan was proved
}

// Publish makes a proposed draft its town's plan from a day on, in the caller's
// transaction: the grids with their codes and lineage, and, where the plan
// begins today or began before, exactly the places that move. Inspections are
// not touched: they belong to places. The draft must have been drawn on the
// town's latest plan and begin no earlier than that; h is brought up to date.
func Publish(ctx context.Context, tx *postgres.Tx, h *Head, d *Draft, from, today time.Time, review grids.Review, inspected []string) (Published, error) {
	// One publication a town at a time: each must know the plan before it.
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 1))`, tx.Scope().District+h.Town); err != nil {
		return Published{}, fmt.Errorf("wait for another publication of %s: %w", h.Town, err)
	}
	now, err := ByID(ctx, tx, h.ID)
	if err != nil {
		return Published{}, err
	}
	if now.Version != h.Version {
		return Published{}, fmt.Errorf("%w: plan %s is at version %d, not %d", ErrStale, h.ID, now.Version, h.Version)
	}
	*h = now
	if h.Status != grids.Proposed {
		return Published{}, fmt.Errorf("%w: only a proposed plan is published, this one is %s", ErrStatus, h.Status)
	}
	if h.Stale() {
		return Published{}, fmt.Errorf("%w: plan %s was published on the town since it was drawn; rebase it", ErrStale, h.Latest)
	}
	if from.Before(today) {
		return Published{}, fmt.Errorf("%w: %s lies in the past", ErrStatus, from.Format(time.DateOnly))
	}
	if h.Latest != uuid.Nil {
		latest, err := ByID(ctx, tx, h.Latest)
		if err != nil {
			return Published{}, err
		}
		if from.Before(latest.EffectiveFrom) {
			return Published{}, fmt.Errorf("%w: the town's latest plan begins on %s; this one is drawn on it and cannot begin before", ErrStatus, latest.EffectiveFrom.Format(time.DateOnly))
		}
	}
	if err := touch(ctx, tx, h, h.Status, nil, nil, h.LastStep); err != nil { // holds the row
		return Published{}, err
	}
	p := h.Plan
	p.EffectiveFrom, p.Review = from, review
	var communities []string
	for _, c := range d.Town.Communities {
		communities = append(communities, c.Code)
	}
	for _, g := range d.Grids() {
		p.Grids = append(p.Grids, grids.Grid{Code: g.Code, Name: g.Name, Town: h.Town, Community: g.Community, Plan: h.ID, Geometry: g.Outline.MultiPolygon(), AreaM2: g.AreaM2})
	}
	for _, o := range lineage(d.base, d.Layout) {
		z, _ := d.m.ZoneOf(d.faceOf(o.Code))
		p.Origins = append(p.Origins, grids.Origin{Code: o.Code, From: o.From, Community: d.Town.Communities[z].Code, AreaM2: o.AreaM2, Share: o.Share})
	}
	if err := grids.Publish(ctx, tx, p); err != nil {
		return Published{}, err
	}
	h.Status, h.EffectiveFrom, h.Review, h.Stored, h.Latest = grids.Published, from, review, len(p.Grids), h.ID
	h.Version++
	tx.Change("plan", h.ID, map[string]string{"town": h.Town})
	if from.After(today) {
		return Published{}, nil // the day on which it begins moves the places
	}
	ids, err := grids.PlacesOfTown(ctx, tx, h.Town, communities)
	if err != nil || len(ids) == 0 {
		return Published{}, err
	}
	found, err := grids.Assign(ctx, tx, inspected, today, ids)
	if err != nil {
		return Published{}, err
	}
	if len(found.Left) > 0 {
		return Published{}, fmt.Errorf("%d places would fall to no grid, the first is %s", len(found.Left), found.Left[0])
	}
	return Published{Moved: found.Moved, Left: found.Left}, nil
}

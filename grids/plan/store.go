package plan

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"gridward/geo/ewkb"
	"gridward/grids"
	"gridward/internal/postgres"
)

// SQL is every statement of this package, one a file.
//
//go:embed sql/*.sql
var SQL embed.FS

var queries = postgres.LoadQueries(SQL)

// Errors of the store.
var (
	ErrNone   = errors.New("there is no such plan")
	ErrStale  = errors.New("the plan changed meanwhile")
	ErrStatus = errors.New("the plan is not in the state for that")
)

// Head is a plan without its grids.
type Head struct {
	grids.Plan
	LastStep     int       // the highest number that a step of it ever had
	Done, Undone int       // steps
	Stored       int       // grids that are stored: none of a draft
	Latest       uuid.UUID // the town's latest published plan; zero if none
}

// Stale reports whether a draft was drawn on a plan that is no longer the
// town's latest.
func (h *Head) Stale() bool {
	return (h.Status == grids.Draft || h.Status == grids.Proposed) && h.Base != h.Latest
}

// Filter narrows a list of plans; zero fields do not.
type Filter struct {
	Town   string
	Status grids.PlanStatus
	IDs    []uuid.UUID
}

// Cursor is where a page of plans ends.
type Cursor struct {
	At time.Time
	ID uuid.UUID
}

// Plans lists plans that the scope sees, the newest first, at most limit, after
// a cursor (nil: from the newest).
func Plans(ctx context.Context, tx *postgres.Tx, f Filter, after *Cursor, limit int) ([]Head, error) {
	var at *time.Time
	var id *uuid.UUID
	if after != nil {
		at, id = &after.At, &after.ID
	}
	rows, err := tx.Query(ctx, queries.Get("plans"), tx.Scope().District, tx.Scope().Visible(), null(f.Town), null(string(f.Status)), f.IDs, at, id, limit)
	if err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	out, err := pgx.CollectRows(rows, scanHead)
	if err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	return out, nil
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func scanHead(row pgx.CollectableRow) (Head, error) {
	var h Head
	var base, latest *uuid.UUID
	var from, to, reviewed *time.Time
	err := row.Scan(&h.ID, &h.Town, &h.Name, &h.Status, &h.Origin, &base, &from, &to, &h.CreatedAt, &h.CreatedBy,
		&h.Review.Reviewer, &h.Review.Note, &reviewed, &h.Version, &h.LastStep, &h.Done, &h.Undone, &h.Stored, &latest)
	for _, u := range []struct{ from, to *uuid.UUID }{{base, &h.Base}, {latest, &h.Latest}} {
		if u.from != nil {
			*u.to = *u.from
		}
	}
	for _, t := range []struct{ from, to *time.Time }{{from, &h.EffectiveFrom}, {to, &h.EffectiveTo}, {reviewed, &h.Review.At}} {
		if t.from != nil {
			*t.to = *t.from
		}
	}
	return h, err
}

// ByID reads one plan; the error wraps [ErrNone] for one that the scope does not see.
func ByID(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Head, error) {
	found, err := Plans(ctx, tx, Filter{IDs: []uuid.UUID{id}}, nil, 1)
	if err != nil {
		return Head{}, err
	}
	if len(found) == 0 {
		return Head{}, fmt.Errorf("%w: %s", ErrNone, id)
	}
	return found[0], nil
}

// Shapes reads a stored plan's grids for [NewLayout].
func Shapes(ctx context.Context, tx *postgres.Tx, id uuid.UUID) ([]grids.Grid, error) {
	rows, err := tx.Query(ctx, queries.Get("grids_of"), tx.Scope().District, id)
	if err != nil {
		return nil, fmt.Errorf("read the grids of plan %s: %w", id, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (grids.Grid, error) {
		var g grids.Grid
		var shape ewkb.Orb
		err := row.Scan(&g.Code, &g.Name, &g.Town, &g.Community, &g.Plan, &shape, &g.AreaM2)
		g.Geometry, _ = shape.Geometry.(orb.MultiPolygon)
		return g, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the grids of plan %s: %w", id, err)
	}
	return out, nil
}

// Origins reads where the land of a stored plan's new and changed grids came from.
func Origins(ctx context.Context, tx *postgres.Tx, id uuid.UUID) ([]grids.Origin, error) {
	rows, err := tx.Query(ctx, queries.Get("origins"), tx.Scope().District, id)
	if err != nil {
		return nil, fmt.Errorf("read the lineage of plan %s: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[grids.Origin])
}

// CreateDraft stores a new draft; known says that its id is there already.
func CreateDraft(ctx context.Context, tx *postgres.Tx, p grids.Plan) (known bool, err error) {
	var base *uuid.UUID
	if p.Base != uuid.Nil {
		base = &p.Base
	}
	tag, err := tx.Exec(ctx, queries.Get("create_draft"), tx.Scope().District, p.ID, p.Town, p.Name, p.Origin, base, p.CreatedAt, p.CreatedBy)
	if err != nil {
		return false, fmt.Errorf("store a draft of %s: %w", p.Town, err)
	}
	note(tx, "draft", p.ID, p.Town, nil)
	return tag.RowsAffected() == 0, nil
}

// note tells the change feed and the audit trail.
func note(tx *postgres.Tx, action string, id uuid.UUID, town string, detail map[string]any) {
	tx.Change("plan", id, map[string]string{"town": town})
	tx.Audit(action, "plan", id.String(), detail)
}

// touch counts a write of a plan that the caller knows at a version and in a status.
func touch(ctx context.Context, tx *postgres.Tx, h *Head, to grids.PlanStatus, name *string, base *uuid.UUID, last int) error {
	err := tx.QueryRow(ctx, queries.Get("touch"), tx.Scope().District, h.ID, h.Version, h.Status, to, name, base, last).Scan(&h.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: plan %s is not at version %d as %s any more", ErrStale, h.ID, h.Version, h.Status)
	}
	if err != nil {
		return fmt.Errorf("write plan %s: %w", h.ID, err)
	}
	h.Status, h.LastStep = to, max(h.LastStep, last)
	return nil
}

// Stored is a step as the database keeps it.
type Stored struct {
	Record
	Actor string
	At    time.Time
}

// StepsOf reads the steps of a draft, in order, done and undone.
func StepsOf(ctx context.Context, tx *postgres.Tx, id uuid.UUID) ([]Stored, error) {
	rows, err := tx.Query(ctx, queries.Get("steps"), tx.Scope().District, id)
	if err != nil {
		return nil, fmt.Errorf("read the steps of plan %s: %w", id, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Stored, error) {
		var s Stored
		var op json.RawMessage
		var state string
		if err := row.Scan(&s.Seq, &s.Name, &op, &state, &s.Actor, &s.At); err != nil {
			return s, err
		}
		s.Done = state == "done"
		var err error
		s.Op, err = ParseOperation(op)
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the steps of plan %s: %w", id, err)
	}
	return out, nil
}

// Records are the steps without who did them.
func Records(steps []Stored) []Record {
	out := make([]Record, len(steps))
	for i, s := range steps {
		out[i] = s.Record
	}
	return out
}

// AddSteps stores steps that were done; what had been undone is forgotten. h is
// brought up to date.
func AddSteps(ctx context.Context, tx *postgres.Tx, h *Head, steps []*Step, now time.Time) error {
	if len(steps) == 0 {
		return nil
	}
	if err := touch(ctx, tx, h, h.Status, nil, nil, steps[len(steps)-1].Seq); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, queries.Get("forget_undone"), tx.Scope().District, h.ID); err != nil {
		return fmt.Errorf("forget undone steps of %s: %w", h.ID, err)
	}
	for _, s := range steps {
		if err := insertStep(ctx, tx, h, s, "done", now); err != nil {
			return err
		}
	}
	h.Done, h.Undone = h.Done+len(steps), 0
	note(tx, "step", h.ID, h.Town, map[string]any{"steps": len(steps), "version": h.Version})
	return nil
}

func insertStep(ctx context.Context, tx *postgres.Tx, h *Head, s *Step, state string, now time.Time) error {
	op, err := json.Marshal(s.Op)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, queries.Get("insert_step"), tx.Scope().District, h.ID, s.Seq, h.Town, s.Name, string(op), state, tx.Scope().Actor, now); err != nil {
		return fmt.Errorf("store step %d of plan %s: %w", s.Seq, h.ID, err)
	}
	return nil
}

// MarkStep stores that a step was undone, or done again.
func MarkStep(ctx context.Context, tx *postgres.Tx, h *Head, seq int, done bool) error {
	if err := touch(ctx, tx, h, h.Status, nil, nil, h.LastStep); err != nil {
		return err
	}
	state, change := "undone", -1
	if done {
		state, change = "done", 1
	}
	tag, err := tx.Exec(ctx, queries.Get("mark_step"), tx.Scope().District, h.ID, seq, state)
	if err != nil {
		return fmt.Errorf("mark step %d of plan %s: %w", seq, h.ID, err)
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("%w: step %d of plan %s is %s already", ErrStale, seq, h.ID, state)
	}
	h.Done, h.Undone = h.Done+change, h.Undone-change
	note(tx, state, h.ID, h.Town, map[string]any{"step": seq, "version": h.Version})
	return nil
}

// ReplaceSteps stores what a rebase made of a draft.
func ReplaceSteps(ctx context.Context, tx *postgres.Tx, h *Head, base uuid.UUID, steps []*Step, now time.Time) error {
	if err := touch(ctx, tx, h, h.Status, nil, &base, h.LastStep); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, queries.Get("forget_steps"), tx.Scope().District, h.ID); err != nil {
		return fmt.Errorf("replace the steps of %s: %w", h.ID, err)
	}
	for _, s := range steps {
		if err := insertStep(ctx, tx, h, s, "done", now); err != nil {
			return err
		}
	}
	h.Base, h.Done, h.Undone = base, len(steps), 0
	note(tx, "rebase", h.ID, h.Town, map[string]any{"base": base, "steps": len(steps)})
	return nil
}

// RenamePlan gives a plan another name.
func RenamePlan(ctx context.Context, tx *postgres.Tx, h *Head, name string) error {
	if err := touch(ctx, tx, h, h.Status, &name, nil, h.LastStep); err != nil {
		return err
	}
	h.Name = name
	note(tx, "rename", h.ID, h.Town, map[string]any{"name": name})
	return nil
}

// Turn brings a plan from draft to proposed, or back.
func Turn(ctx context.Context, tx *postgres.Tx, h *Head, to grids.PlanStatus, why string) error {
	if !(h.Status == grids.Draft && to == grids.Proposed) && !(h.Status == grids.Proposed && to == grids.Draft) {
		return fmt.Errorf("%w: it is %s and cannot become %s so", ErrStatus, h.Status, to)
	}
	if err := touch(ctx, tx, h, to, nil, nil, h.LastStep); err != nil {
		return err
	}
	note(tx, string(to), h.ID, h.Town, map[string]any{"note": why})
	return nil
}

// Discard removes a draft.
func Discard(ctx context.Context, tx *postgres.Tx, h *Head) error {
	if h.Status != grids.Draft {
		return fmt.Errorf("%w: only a draft can be discarded, this one is %s", ErrStatus, h.Status)
	}
	tag, err := tx.Exec(ctx, queries.Get("discard_draft"), tx.Scope().District, h.ID, h.Version)
	if err != nil {
		return fmt.Errorf("discard draft %s: %w", h.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("%w: plan %s is not at version %d as a draft any more", ErrStale, h.ID, h.Version)
	}
	note(tx, "discard", h.ID, h.Town, map[string]any{"name": h.Name, "steps": h.Done})
	return nil
}

// Withdraw makes a draft again of a published plan that has not begun; the plan
// before it goes on.
func Withdraw(ctx context.Context, tx *postgres.Tx, h *Head, today time.Time, why string) error {
	from := h.EffectiveFrom
	if h.Status != grids.Published || !from.After(today) {
		return fmt.Errorf("%w: only a published plan that has not begun can be withdrawn", ErrStatus)
	}
	err := tx.QueryRow(ctx, queries.Get("withdraw"), tx.Scope().District, h.ID, h.Version, today).Scan(&h.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: plan %s", ErrStale, h.ID)
	}
	if err != nil {
		return fmt.Errorf("withdraw plan %s: %w", h.ID, err)
	}
	if _, err := tx.Exec(ctx, queries.Get("remove_grids"), tx.Scope().District, h.ID); err != nil {
		return fmt.Errorf("withdraw plan %s: %w", h.ID, err)
	}
	if _, err := tx.Exec(ctx, queries.Get("reopen_before"), tx.Scope().District, h.Town, from); err != nil {
		return fmt.Errorf("withdraw plan %s: %w", h.ID, err)
	}
	h.Status, h.EffectiveFrom, h.Stored, h.Review, h.Latest = grids.Draft, time.Time{}, 0, grids.Review{}, h.Base
	tx.Change("grids", h.ID, map[string]string{"town": h.Town})
	note(tx, "withdraw", h.ID, h.Town, map[string]any{"note": why, "from": from.Format(time.DateOnly)})
	return nil
}

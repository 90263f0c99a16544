package layers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// ErrNone and ErrStale are why a place is not changed: it is not there for the
// asker, or it is not as the asker saw it any more.
var (
	ErrNone  = errors.New("no such place in your scope")
	ErrStale = errors.New("the place changed meanwhile")
)

// Fault is what is wrong with a change.
type Fault struct{ Err error }

func (f *Fault) Error() string { return f.Err.Error() }

func (f *Fault) Unwrap() error { return f.Err }

func fault(format string, args ...any) *Fault { return &Fault{fmt.Errorf(format, args...)} }

// Standing is what may be changed of a place, apart from what an import says.
type Standing struct {
	Risk       int16     // 0 (none known) to 4 (very high)
	Supervised bool      // listed for supervision
	Duplicate  uuid.UUID // the place that this one is a second record of; zero: none
	ValidTo    time.Time // first day on which it no longer stands, midnight UTC; zero while it does
}

// Changing is a change of a place: by whom it may be seen, what it was seen as,
// and from which day it holds.
type Changing struct {
	Place     uuid.UUID
	Visible   []string  // the asker's units; nil: the whole district
	Version   int32     // of the place, as the asker saw it
	From      time.Time // from when the change holds, midnight UTC, not after Today
	Today     time.Time // midnight UTC
	Inspected []string  // layers whose places are inspected
	To        func(*Standing)
	Duplicate uuid.UUID // what it is to be a second record of, if that is to change; zero: nothing
}

// Changed is what a change did.
type Changed struct {
	Before, After Standing
}

// ChangePlace changes what the register says of a place and records it, or does
// nothing if it is so already. The transaction must see the whole district, since
// what a place owes may hang on what stands above it; whose place it is Visible
// decides. What is wrong is a [Fault]; see also [ErrNone] and [ErrStale].
func ChangePlace(ctx context.Context, tx *postgres.Tx, c Changing) (Changed, error) {
	var out Changed
	ids := []uuid.UUID{c.Place}
	if c.Duplicate != uuid.Nil {
		ids = append(ids, c.Duplicate)
	}
	locked, err := lockPlaces(ctx, tx, c.Visible, ids)
	if err != nil {
		return out, err
	}
	at := slices.IndexFunc(locked, func(p lockedPlace) bool { return p.ID == c.Place })
	if at < 0 {
		return out, ErrNone
	}
	p := &locked[at]
	if p.Version != c.Version {
		return out, fmt.Errorf("%w: it is at version %d, you saw %d", ErrStale, p.Version, c.Version)
	}
	out.Before, out.After = p.Standing, p.Standing
	c.To(&out.After)
	if err := c.check(p, out.After, locked); err != nil {
		return out, err
	}
	if out.After == out.Before {
		return out, nil
	}
	var duplicate, to any
	if out.After.Duplicate != uuid.Nil {
		duplicate = out.After.Duplicate
	}
	if !out.After.ValidTo.IsZero() {
		to = out.After.ValidTo
	}
	if _, err := tx.Exec(ctx, queries.Get("change_place"), tx.Scope().District, p.ID, out.After.Risk, out.After.Supervised, duplicate, to); err != nil {
		return out, fmt.Errorf("change place %s: %w", p.ID, err)
	}
	if err := recordPlaces(ctx, tx, []uuid.UUID{p.ID}, c.From); err != nil {
		return out, err
	}
	tx.Change("places", uuid.Nil, map[string]any{"layer": p.Layer, "ids": []uuid.UUID{p.ID}})
	tx.Audit("edit", "place", p.ID.String(), map[string]any{"from": c.From.Format(time.DateOnly), "before": out.Before.shown(), "after": out.After.shown()})
	return out, nil
}

func (s Standing) shown() map[string]any {
	out := map[string]any{"risk": s.Risk, "supervised": s.Supervised}
	if s.Duplicate != uuid.Nil {
		out["duplicate_of"] = s.Duplicate
	}
	if !s.ValidTo.IsZero() {
		out["retired_on"] = s.ValidTo.Format(time.DateOnly)
	}
	return out
}

type lockedPlace struct {
	ID    uuid.UUID
	Layer string
	Standing
	ValidFrom time.Time
	Version   int32
}

func lockPlaces(ctx context.Context, tx *postgres.Tx, visible []string, ids []uuid.UUID) ([]lockedPlace, error) {
	rows, err := tx.Query(ctx, queries.Get("lock_places"), tx.Scope().District, visible, ids)
	if err != nil {
		return nil, fmt.Errorf("look at places to be changed: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p lockedPlace, err error) {
		var duplicate *uuid.UUID
		var to *time.Time
		err = row.Scan(&p.ID, &p.Layer, &p.Risk, &p.Supervised, &duplicate, &p.ValidFrom, &to, &p.Version)
		if duplicate != nil {
			p.Duplicate = *duplicate
		}
		if to != nil {
			p.ValidTo = *to
		}
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("look at places to be changed: %w", err)
	}
	return out, nil
}

// check says what does not fit.
func (c *Changing) check(p *lockedPlace, after Standing, locked []lockedPlace) error {
	var problems []error
	if after.Risk < 0 || after.Risk > 4 {
		problems = append(problems, fault("risk: %d is not 0 (none known) to 4 (very high)", after.Risk))
	}
	if !after.ValidTo.IsZero() && after.ValidTo.Before(p.ValidFrom) {
		problems = append(problems, fault("retired_on: %s lies before %s, the place's first day", after.ValidTo.Format(time.DateOnly), p.ValidFrom.Format(time.DateOnly)))
	}
	if c.From.After(c.Today) {
		// The register has one row a place, which says what it is now.
		problems = append(problems, fault("from: %s lies ahead; the register says what places are now (retired_on may lie ahead)", c.From.Format(time.DateOnly)))
	}
	if after.Duplicate != p.Duplicate && after.Duplicate != uuid.Nil {
		if err := c.checkDuplicate(p, after.Duplicate, locked); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &Fault{errors.Join(problems...)}
}

// checkDuplicate says why a place is no second record of another. What a second
// record stands for is never a second record itself when that is said, and both
// rows are held: so no circle comes to be.
func (c *Changing) checkDuplicate(p *lockedPlace, of uuid.UUID, locked []lockedPlace) error {
	at := slices.IndexFunc(locked, func(q lockedPlace) bool { return q.ID == of })
	switch {
	case of == p.ID:
		return fault("duplicate_of: a place is no second record of itself")
	case at < 0:
		return fault("duplicate_of: there is no place %s in your scope", of)
	}
	q := &locked[at]
	switch {
	case q.Duplicate == p.ID:
		return fault("duplicate_of: %s is itself a second record of this place: the two would go in a circle", of)
	case q.Duplicate != uuid.Nil:
		return fault("duplicate_of: %s is itself a second record of %s: name that one", of, q.Duplicate)
	case q.ValidFrom.After(c.Today), !q.ValidTo.IsZero() && !q.ValidTo.After(c.Today):
		return fault("duplicate_of: %s does not stand today", of)
	case slices.Contains(c.Inspected, p.Layer) && !slices.Contains(c.Inspected, q.Layer):
		return fault("duplicate_of: places of %s are not inspected, so its visits would count for nothing", q.Layer)
	}
	return nil
}

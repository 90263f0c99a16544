package roster

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

// SQL is every statement of this package, one a file.
//
//go:embed sql/*.sql
var SQL embed.FS

var queries = postgres.LoadQueries(SQL)

// What can be wrong with a write, besides a [Fault].
var (
	ErrNone  = errors.New("there is no such thing in your scope")
	ErrStale = errors.New("it changed meanwhile")
	ErrTaken = errors.New("the days are taken")
)

// Fault is a write whose content cannot be taken; Err names each mistake.
type Fault struct{ Err error }

func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap is what is wrong.
func (f *Fault) Unwrap() error { return f.Err }

func fault(err error) error {
	if err == nil {
		return nil
	}
	return &Fault{err}
}

func faultf(format string, args ...any) error { return &Fault{fmt.Errorf(format, args...)} }

// Filter narrows lists; zero fields do not. Each list knows some of them.
type Filter struct {
	IDs          []uuid.UUID
	Unit         string // the row's own unit or one above it
	Over         Span   // rows that hold on a day of it
	Body         policy.Body
	Kind         Kind
	Grids        []string
	Class        int
	Team, Person uuid.UUID
	After        uuid.UUID // the last of the page before
	Limit        int       // 0: all
}

func null[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func nullDay(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// list runs one of the lists with the parameters that all have and its own.
func list[T any](ctx context.Context, tx *postgres.Tx, name string, f Filter, scan func(pgx.CollectableRow) (T, error), own ...any) ([]T, error) {
	var ids any
	if f.IDs != nil {
		ids = f.IDs
	}
	args := []any{tx.Scope().District, tx.Scope().Visible(), ids, null(f.Unit), nullDay(f.Over.From), nullDay(f.Over.To)}
	args = append(append(args, own...), null(f.After), null(f.Limit))
	rows, err := tx.Query(ctx, queries.Get(name), args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", name, err)
	}
	out, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", name, err)
	}
	return out, nil
}

// ending reads an end that may be open.
func ending(to *time.Time) (t time.Time) {
	if to != nil {
		t = *to
	}
	return t
}

func given(id *uuid.UUID) (u uuid.UUID) {
	if id != nil {
		u = *id
	}
	return u
}

// Teams reads teams by id: those of Filter's IDs, Unit, Over and Body.
func Teams(ctx context.Context, tx *postgres.Tx, f Filter) ([]Team, error) {
	return list(ctx, tx, "teams", f, func(row pgx.CollectableRow) (t Team, err error) {
		var to *time.Time
		err = row.Scan(&t.ID, &t.Name, &t.Unit, &t.Body, &t.Provider, &t.From, &to, &t.Town, &t.Park, &t.Community, &t.Version)
		t.To = ending(to)
		return t, err
	}, null(string(f.Body)))
}

// People reads people by id: those of Filter's IDs, Unit, Over, Team and Kind.
func People(ctx context.Context, tx *postgres.Tx, f Filter) ([]Person, error) {
	return list(ctx, tx, "people", f, func(row pgx.CollectableRow) (p Person, err error) {
		var to *time.Time
		var team *uuid.UUID
		err = row.Scan(&p.ID, &p.Name, &p.Kind, &p.Unit, &team, &p.Skills, &p.HoursPerMonth, &p.Shifts, &p.From, &to, &p.Town, &p.Park, &p.Community, &p.Version)
		p.To, p.Team = ending(to), given(team)
		return p, err
	}, null(f.Team), null(string(f.Kind)))
}

// Postings reads postings by id: those of Filter's IDs, Unit, Over, Grids,
// Class, Team and Person.
func Postings(ctx context.Context, tx *postgres.Tx, f Filter) ([]Posting, error) {
	return list(ctx, tx, "postings", f, func(row pgx.CollectableRow) (p Posting, err error) {
		var to *time.Time
		var team, person *uuid.UUID
		err = row.Scan(&p.ID, &p.Grid, &p.Class, &team, &person, &p.From, &to, &p.Town, &p.Park, &p.Community, &p.Version)
		p.To, p.Team, p.Person = ending(to), given(team), given(person)
		return p, err
	}, f.Grids, null(f.Class), null(f.Team), null(f.Person))
}

// Absences reads absences by id: those of Filter's IDs, Unit, Over and Person.
func Absences(ctx context.Context, tx *postgres.Tx, f Filter) ([]Absence, error) {
	return list(ctx, tx, "absences", f, func(row pgx.CollectableRow) (a Absence, err error) {
		var substitute *uuid.UUID
		err = row.Scan(&a.ID, &a.Person, &a.Reason, &substitute, &a.From, &a.To, &a.Town, &a.Park, &a.Community, &a.Version)
		a.Substitute = given(substitute)
		return a, err
	}, null(f.Person))
}

// Holidays reads days off by id: those of Filter's IDs, Unit and Over.
func Holidays(ctx context.Context, tx *postgres.Tx, f Filter) ([]Holiday, error) {
	return list(ctx, tx, "holidays", f, func(row pgx.CollectableRow) (h Holiday, err error) {
		err = row.Scan(&h.ID, &h.Unit, &h.Name, &h.From, &h.To, &h.Town, &h.Park, &h.Community, &h.Version)
		return h, err
	})
}

// Read reads what a roster needs to answer for the days of a span and for grids by
// code (nil: all). Who answers
// for a grid can be somebody of a unit above it, so the transaction's scope is
// the whole district, and the caller shows what the asker may see.
func Read(ctx context.Context, tx *postgres.Tx, over Span, codes []string) (of Records, err error) {
	// Teams and people of other days too: those who left are named in chains.
	if of.Teams, err = Teams(ctx, tx, Filter{}); err != nil {
		return of, err
	}
	if of.People, err = People(ctx, tx, Filter{}); err != nil {
		return of, err
	}
	if of.Postings, err = Postings(ctx, tx, Filter{Over: over, Grids: codes}); err != nil {
		return of, err
	}
	if of.Absences, err = Absences(ctx, tx, Filter{Over: over}); err != nil {
		return of, err
	}
	of.Holidays, err = Holidays(ctx, tx, Filter{Over: over})
	return of, err
}

// Grids reads the grids of the plans that hold on days of a span, by code and
// day: one entry for each plan that has the grid. nil codes: all.
func Grids(ctx context.Context, tx *postgres.Tx, over Span, codes []string) ([]Grid, error) {
	rows, err := tx.Query(ctx, queries.Get("grids_over"), tx.Scope().District, tx.Scope().Visible(), codes, over.From, nullDay(over.To))
	if err != nil {
		return nil, fmt.Errorf("read grids: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g Grid, err error) {
		var to *time.Time
		err = row.Scan(&g.Code, &g.Name, &g.Town, &g.Park, &g.Community, &g.From, &to)
		g.To = ending(to)
		return g, err
	})
	if err != nil {
		return nil, fmt.Errorf("read grids: %w", err)
	}
	return out, nil
}

// InUse reports whether the district keeps a roster: whether anybody was ever posted.
func InUse(ctx context.Context, tx *postgres.Tx) (used bool, err error) {
	if err := tx.QueryRow(ctx, queries.Get("in_use"), tx.Scope().District).Scan(&used); err != nil {
		return false, fmt.Errorf("look for postings: %w", err)
	}
	return used, nil
}

// taken reports whether an exclusion constraint refused a row.
func taken(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "23P01"
}

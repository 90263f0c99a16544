package track

import (
	"context"
	"embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/geo/ewkb"
	"gridward/grids/coverage/beat"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

// SQL is every statement of this package, one a file.
//
//go:embed sql/*.sql
var SQL embed.FS

var queries = postgres.LoadQueries(SQL)

// Insert stores a track of the scope's own units with what it covered, and sets
// when it was learned. It is false where the id is known already: [ByID] tells
// whether to the scope.
func Insert(ctx context.Context, tx *postgres.Tx, t *Track, c Covered) (fresh bool, err error) {
	received, err := tx.Learn(ctx)
	if err != nil {
		return false, err
	}
	dropped, err := json.Marshal(t.Dropped)
	if err != nil {
		return false, fmt.Errorf("store track %s: %w", t.ID, err)
	}
	district := tx.Scope().District
	tag, err := tx.Exec(ctx, queries.Get("insert"), district, t.ID, t.Inspector, t.Unit, t.Device, t.Started(), t.Ended(), received, ewkb.Geom{T: t.Line}, t.Accuracy,
		t.Used, string(dropped), t.Policy, t.Town, t.Park, t.Community)
	if err != nil {
		return false, fmt.Errorf("store track %s: %w", t.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	t.ReceivedAt = received
	var street []uuid.UUID
	var day, first []time.Time
	var from, to []int64
	for _, s := range c.Walked {
		street, day, from, to, first = append(street, s.Street), append(day, s.Day.Date()), append(from, s.From), append(to, s.To), append(first, s.First)
	}
	if _, err := tx.Exec(ctx, queries.Get("insert_walked"), district, t.ID, t.ReceivedAt, t.Town, t.Park, t.Community, street, day, from, to, first); err != nil {
		return false, fmt.Errorf("store what track %s walked: %w", t.ID, err)
	}
	batch := &pgx.Batch{}
	for _, l := range c.Looks {
		row := lookRow(t, &l)
		batch.Queue(queries.Get("insert_looked"), append([]any{district}, row...)...)
	}
	if batch.Len() > 0 {
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return false, fmt.Errorf("store what track %s saw: %w", t.ID, err)
		}
	}
	return true, nil
}

func lookRow(t *Track, l *beat.Look) []any {
	cells := make([]byte, 0, 8*len(l.Cells))
	for _, w := range l.Cells {
		cells = binary.LittleEndian.AppendUint64(cells, w)
	}
	from, to := []time.Time{}, []time.Time{}
	for _, s := range l.Stays {
		from, to = append(from, s.From), append(to, s.To)
	}
	return []any{t.ID, l.Area, l.Day.Date(), cells, from, to, t.ReceivedAt, t.Town, t.Park, t.Community}
}

// Load stores many new tracks in bulk, learned when they say; covered has one
// of each. Its scope is the whole district.
func Load(ctx context.Context, tx *postgres.Tx, list []*Track, covered []Covered) error {
	district := tx.Scope().District
	var tracks, walked, looked [][]any
	for i, t := range list {
		dropped, err := json.Marshal(t.Dropped)
		if err != nil {
			return fmt.Errorf("load tracks: %w", err)
		}
		tracks = append(tracks, []any{district, t.ID, t.Inspector, t.Unit, t.Device, t.Started(), t.Ended(), t.ReceivedAt, ewkb.Geom{T: t.Line}, t.Accuracy, t.Used, string(dropped), t.Policy, t.Town, t.Park, t.Community})
		for _, s := range covered[i].Walked {
			walked = append(walked, []any{district, t.ID, s.Street, s.Day.Date(), s.From, s.To, s.First, t.ReceivedAt, t.Town, t.Park, t.Community})
		}
		for k := range covered[i].Looks {
			looked = append(looked, append([]any{district}, lookRow(t, &covered[i].Looks[k])...))
		}
	}
	for _, part := range []struct {
		table   string
		columns []string
		rows    [][]any
	}{
		{"track", []string{"district", "id", "inspector", "unit", "device", "started_at", "ended_at", "received_at", "geom", "accuracy", "used", "dropped", "policy", "town", "park", "community"}, tracks},
		{"walked", []string{"district", "track", "street", "day", "from_cm", "to_cm", "first_at", "received_at", "town", "park", "community"}, walked},
		{"looked", []string{"district", "track", "area", "day", "cells", "stay_from", "stay_to", "received_at", "town", "park", "community"}, looked},
	} {
		if _, err := tx.CopyInto(ctx, part.table, part.columns, pgx.CopyFromRows(part.rows)); err != nil {
			return fmt.Errorf("load tracks into %s: %w", part.table, err)
		}
	}
	return nil
}

// ErrNone says that the scope has no such track.
var ErrNone = errors.New("no such track")

// ByID reads a track of the scope that was learned before a moment (zero: any).
func ByID(ctx context.Context, tx *postgres.Tx, id uuid.UUID, known time.Time) (*Track, error) {
	var t Track
	var line ewkb.Geom
	err := tx.QueryRow(ctx, queries.Get("by_id"), tx.Scope().District, tx.Scope().Visible(), id, before(known)).Scan(&t.ID, &t.Inspector, &t.Unit, &t.Device, &t.ReceivedAt, &line, &t.Accuracy,
		&t.Used, &t.Dropped, &t.Policy, &t.Town, &t.Park, &t.Community)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("track %s: %w", id, ErrNone)
	}
	if err != nil {
		return nil, fmt.Errorf("read track %s: %w", id, err)
	}
	if err := t.setLine(line); err != nil {
		return nil, err
	}
	t.ReceivedAt = t.ReceivedAt.UTC()
	return &t, nil
}

func before(known time.Time) *time.Time {
	if known.IsZero() {
		return nil
	}
	return &known
}

// Summary is a track as lists show it.
type Summary struct {
	ID                            uuid.UUID
	Inspector, Unit, Device       string
	Started, Ended, ReceivedAt    time.Time
	Positions, Used               int
	Dropped                       map[string]int
	WalkedCM                      int64 // the sum over its days and streets
	Policy, Town, Park, Community string
}

// Filter narrows a list of tracks; zero fields do not.
type Filter struct {
	Unit     string    // a unit, or the town, park or community of one
	From, To time.Time // of when tracks started
	Known    time.Time // learned before
	Before   time.Time // with BeforeID: what a page begins after
	BeforeID uuid.UUID
}

// List lists tracks of the scope, the newest first.
func List(ctx context.Context, tx *postgres.Tx, f Filter, limit int) ([]Summary, error) {
	rows, err := tx.Query(ctx, queries.Get("list"), tx.Scope().District, tx.Scope().Visible(), f.Unit, before(f.From), before(f.To), before(f.Known), before(f.Before), f.BeforeID, limit)
	if err != nil {
		return nil, fmt.Errorf("list tracks: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Summary, error) {
		var s Summary
		err := row.Scan(&s.ID, &s.Inspector, &s.Unit, &s.Device, &s.Started, &s.Ended, &s.ReceivedAt, &s.Positions, &s.Used, &s.Dropped, &s.Policy, &s.Town, &s.Park, &s.Community, &s.WalkedCM)
		s.Started, s.Ended, s.ReceivedAt = s.Started.UTC(), s.Ended.UTC(), s.ReceivedAt.UTC()
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("list tracks: %w", err)
	}
	return out, nil
}

// WalkedBy is what one track of the scope walked.
func WalkedBy(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (beat.Walked, error) {
	return readWalked(ctx, tx, "walked_by", id)
}

// WalkedOn is what the scope's tracks walked on days from the first up to,
// without, end, as learned before a moment (zero: all).
func WalkedOn(ctx context.Context, tx *postgres.Tx, first, end policy.Day, known time.Time) (beat.Walked, error) {
	return readWalked(ctx, tx, "walked_on", first.Date(), end.Date(), before(known))
}

func readWalked(ctx context.Context, tx *postgres.Tx, query string, args ...any) (beat.Walked, error) {
	rows, err := tx.Query(ctx, queries.Get(query), append([]any{tx.Scope().District, tx.Scope().Visible()}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read what was walked: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (beat.Stretch, error) {
		var s beat.Stretch
		var day time.Time
		err := row.Scan(&s.Street, &day, &s.From, &s.To, &s.First)
		s.Day, s.First = policy.DayOf(day), s.First.UTC()
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("read what was walked: %w", err)
	}
	return beat.Union(all), nil
}

// SeenOn is what the scope's tracks saw of public areas on days from the first
// up to, without, end, as learned before a moment (zero: all).
func SeenOn(ctx context.Context, tx *postgres.Tx, first, end policy.Day, known time.Time) ([]beat.Look, error) {
	rows, err := tx.Query(ctx, queries.Get("looked_on"), tx.Scope().District, tx.Scope().Visible(), first.Date(), end.Date(), before(known))
	if err != nil {
		return nil, fmt.Errorf("read what was seen: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (beat.Look, error) {
		var l beat.Look
		var day time.Time
		var cells []byte
		var from, to []time.Time
		if err := row.Scan(&l.Area, &day, &cells, &from, &to); err != nil {
			return l, err
		}
		l.Day = policy.DayOf(day)
		if len(cells)%8 != 0 || len(from) != len(to) {
			return l, fmt.Errorf("area %s on %s: %d bytes of cells, %d and %d times", l.Area, l.Day, len(cells), len(from), len(to))
		}
		for ; len(cells) > 0; cells = cells[8:] {
			l.Cells = append(l.Cells, binary.LittleEndian.Uint64(cells))
		}
		for i := range from {
			l.Stays = append(l.Stays, beat.Stay{From: from[i].UTC(), To: to[i].UTC()})
		}
		return l, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was seen: %w", err)
	}
	return beat.UnionLooks(all), nil
}

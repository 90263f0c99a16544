package coverage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers/inspection"
)

// Where people live who need care (重点人群) the system knows how many they are
// and that somebody has to call on them: no names, nothing of their health.
// Each reading leaves a row in the audit trail, in its own transaction.

// Cared is a place where people who need care live.
type Cared struct {
	Place                 uuid.UUID
	Name, Address         string
	Town, Park, Community string
	People                int
	Since                 time.Time // the day from which so many live there, midnight UTC
}

// CareWord is what was said of a place at a moment.
type CareWord struct {
	ID       uuid.UUID
	People   int
	From     time.Time // midnight UTC
	Recorded time.Time
	Actor    string
}

// RegisterCare stores how many people who need care live at a place from a day
// on; ErrNoPlace if it is not among the visible units' (nil: the whole
// district), [postgres.ErrKeyReused] if the id says something else already.
func RegisterCare(ctx context.Context, tx *postgres.Tx, visible []string, id, place uuid.UUID, people int, from time.Time) error {
	at, err := tx.Learn(ctx)
	if err != nil {
		return err
	}
	var stored uuid.UUID
	err = tx.QueryRow(ctx, queries.Get("insert_care"), tx.Scope().District, visible, id, place, at, from, people, tx.Scope().Actor).Scan(&stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return knownCare(ctx, tx, id, place, people, from)
	}
	if err != nil {
		return fmt.Errorf("register people who need care: %w", err)
	}
	tx.Change("care", place, nil) // how many is nobody's business who reads the feed
	tx.Audit("register", "care", place.String(), map[string]any{"id": id, "people": people, "from": from.Format(time.DateOnly)})
	return nil
}

// knownCare is nil for a word that is there already, as its id is.
func knownCare(ctx context.Context, tx *postgres.Tx, id, place uuid.UUID, people int, from time.Time) error {
	var of uuid.UUID
	var day time.Time
	var n int
	err := tx.QueryRow(ctx, queries.Get("care_by_id"), tx.Scope().District, id).Scan(&of, &day, &n)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNoPlace
	case err != nil:
		return fmt.Errorf("look for people who need care: %w", err)
	case of != place || n != people || !day.Equal(from):
		return postgres.ErrKeyReused
	}
	return nil
}

// CarryCare says of a place what was last said of another that turned out to be
// a second record of it: else nobody would call on the people there any more.
func CarryCare(ctx context.Context, tx *postgres.Tx, duplicate, place uuid.UUID, from time.Time) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	at, err := tx.Learn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, queries.Get("carry_care"), tx.Scope().District, id, duplicate, place, at, from, tx.Scope().Actor)
	if err != nil {
		return fmt.Errorf("carry over people who need care: %w", err)
	}
	if tag.RowsAffected() > 0 {
		tx.Change("care", place, nil)
		tx.Audit("carry", "care", place.String(), map[string]any{"id": id, "duplicate": duplicate, "from": from.Format(time.DateOnly)})
	}
	return nil
}

// ReadCared lists places where people who need care live on a day, by id, after
// one (zero: from the first), of the visible units (nil: all) and of one unit
// if it is named. The reading is audited.
func ReadCared(ctx context.Context, tx *postgres.Tx, visible []string, unit string, day time.Time, after uuid.UUID, limit int) ([]Cared, error) {
	var of, start any
	if unit != "" {
		of = unit
	}
	if after != uuid.Nil {
		start = after
	}
	rows, err := tx.Query(ctx, queries.Get("list_care"), tx.Scope().District, visible, of, day, start, limit)
	if err != nil {
		return nil, fmt.Errorf("list people who need care: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Cared])
	if err != nil {
		return nil, fmt.Errorf("list people who need care: %w", err)
	}
	tx.Audit("read", "care", unit, map[string]any{"unit": unit, "units": visible, "rows": len(out)})
	return out, nil
}

// CareHistory is all that was said of people who need care at a place, the
// latest first; ErrNoPlace if it is not among the visible units' (nil: all). The
// reading is audited.
func CareHistory(ctx context.Context, tx *postgres.Tx, visible []string, place uuid.UUID) ([]CareWord, error) {
	rows, err := tx.Query(ctx, queries.Get("care_history"), tx.Scope().District, visible, place)
	if err != nil {
		return nil, fmt.Errorf("read people who need care: %w", err)
	}
	out, there := []CareWord{}, false
	var id *uuid.UUID
	var people *int
	var from, recorded *time.Time
	var actor *string
	if _, err := pgx.ForEachRow(rows, []any{&id, &people, &from, &recorded, &actor}, func() error {
		if there = true; id != nil {
			out = append(out, CareWord{*id, *people, *from, recorded.UTC(), *actor})
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read people who need care: %w", err)
	}
	if !there {
		return nil, ErrNoPlace
	}
	tx.Audit("read", "care", place.String(), map[string]any{"place": place, "rows": len(out)})
	return out, nil
}

// CareDue is the visit that a place with people who need care waits for: of the
// running period, or, where that asks for none yet, of the one after.
type CareDue struct {
	Due       policy.Day
	State     State     // NotDue: it is owed from the period after on
	LastVisit time.Time // the last door visit; zero: none is known
}

// CareDues are the visits that places with people who need care wait for, as the
// book knows it now. Places that owe no care duty are not among them.
func (b *Book) CareDues(places []uuid.UUID, now time.Time) map[uuid.UUID]CareDue {
	out := map[uuid.UUID]CareDue{}
	p := b.Policy()
	care, ok := p.DutyIndex(p.Care)
	if !ok || p.Duties[care].Period == policy.Custom {
		return out
	}
	period := policy.Containing(policy.DayAt(now, p.Zone()).Date(), p.Duties[care].Period)
	v := b.view(Query{Period: period, Restricted: true}, now)
	for _, board := range v.boards {
		duty, ok := board.term.policy.DutyIndex(board.term.policy.Care)
		if board.key.period != period || !ok {
			continue
		}
		for _, id := range places {
			i, ok := v.at[id]
			if !ok {
				continue
			}
			h := v.historyOf(i, Ever)
			c := CareDue{LastVisit: h.lastServing(board.term.policy, duty)}
			verdict := board.term.judge(duty, &h, v.from)
			switch {
			case verdict.State != NotDue:
				c.Due, c.State = verdict.Due, verdict.State
			case verdict.Answers != nil && !h.ends(period.Next().End-1):
				c.Due = period.Next().End - 1
			default:
				continue
			}
			out[id] = c
		}
	}
	return out
}

// PutCare replaces what is known of people who need care at some places. What
// those owe changes with it, so every judgement is made anew when it is asked for.
func (b *Book) PutCare(care map[uuid.UUID][]Care) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := *b.now.Load()
	next.kept = &kept{}
	places := next.places.edit()
	touched := false
	for id, list := range care {
		if i, ok := next.at[id]; ok {
			places.mutable(i).Care, touched = list, true
		}
	}
	if !touched {
		return
	}
	next.places = places.pages
	next.boards = map[boardKey]*board{}
	b.now.Store(&next)
}

// CareOf reads what was learned of people who need care by place, all or those
// of some places.
func CareOf(ctx context.Context, tx *postgres.Tx, places []uuid.UUID) (map[uuid.UUID][]Care, error) {
	return readCare(ctx, tx, places)
}

// lastServing is when the last visit was done that serves a duty, as known now.
func (h *History) lastServing(p *policy.Policy, duty int) time.Time {
	for i := len(h.Visits) - 1; i >= 0; i-- {
		v := &h.Visits[i]
		if v.Outcome != inspection.Done || !v.knownAt(Ever) || !p.Serves(v.Checklist, duty) {
			continue
		}
		if r := v.review(Ever); r == nil || r.Accepted {
			return v.At.Time()
		}
	}
	return time.Time{}
}

// ends reports whether nobody who needs care lives there on a day any more.
func (h *History) ends(day policy.Day) bool {
	for _, c := range h.caredFor(Ever, nil) {
		if c.from <= day && day < c.to {
			return false
		}
	}
	return true
}

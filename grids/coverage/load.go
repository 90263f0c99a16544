package coverage

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers/inspection"
)

// Reading is what a district's history is read by.
type Reading struct {
	Layers []string // those that are inspected
	Today  policy.Day
	Since  time.Time // visits from then on
}

// LoadBook reads a district's whole book. The transaction must see the whole
// district. Places whose category the policy in force does not know are
// returned by name: they must not vanish from the count.
func LoadBook(ctx context.Context, tx *postgres.Tx, r Reading) (book *Book, unclassified []string, err error) {
	rules, err := Rules(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	places, unclassified, err := Places(ctx, tx, rules, r, nil)
	if err != nil {
		return nil, nil, err
	}
	visits, err := Visits(ctx, tx, r.Since, nil)
	if err != nil {
		return nil, nil, err
	}
	exemptions, err := Exemptions(ctx, tx, nil)
	if err != nil {
		return nil, nil, err
	}
	for i := range places {
		places[i].Visits, places[i].Exemptions = visits[places[i].ID], exemptions[places[i].ID]
	}
	book = NewBook(rules, r.Today, places)
	book.now.Load().since = policy.DayAt(r.Since, rules[0].Zone())
	return book, unclassified, nil
}

// Places reads places with their records and placements, all or some by id, in
// key order; visits and exemptions are read besides.
func Places(ctx context.Context, tx *postgres.Tx, rules policy.Rules, r Reading, ids []uuid.UUID) (places []Place, unclassified []string, err error) {
	rows, err := tx.Query(ctx, queries.Get("places"), tx.Scope().District, r.Layers, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("read places for coverage: %w", err)
	}
	names := interner{}
	var p Place
	if _, err = pgx.ForEachRow(rows, []any{&p.ID, &p.Layer, &p.Name, &p.Address, &p.Anchor.X, &p.Anchor.Y, &p.Key}, func() error {
		p.Layer = names.one(p.Layer)
		places = append(places, p)
		return nil
	}); err != nil {
		return nil, nil, fmt.Errorf("read places for coverage: %w", err)
	}
	at := make(map[uuid.UUID]int, len(places))
	for i := range places {
		at[places[i].ID] = i
	}
	if unclassified, err = readRecords(ctx, tx, rules, r, ids, places, at, names); err != nil {
		return nil, nil, err
	}
	return places, unclassified, readPlacings(ctx, tx, r, ids, places, at, names)
}

// readRecords reads what was learned of places, and works out what they owe.
func readRecords(ctx context.Context, tx *postgres.Tx, rules policy.Rules, r Reading, ids []uuid.UUID, places []Place, at map[uuid.UUID]int, names interner) (unclassified []string, err error) {
	care, err := readCare(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, queries.Get("records"), tx.Scope().District, r.Layers, ids)
	if err != nil {
		return nil, fmt.Errorf("read the history of places: %w", err)
	}
	defer rows.Close()
	books := newOwing(rules, r.Today)
	wrong := map[int]error{}
	var place uuid.UUID
	var history []learned
	finish := func() {
		if i, ok := at[place]; ok && len(history) > 0 {
			records, err := books.records(history)
			places[i].Records, places[i].Care = records, care[place]
			if err != nil {
				wrong[i] = err
			}
		}
		history = history[:0]
	}
	for rows.Next() {
		var of uuid.UUID
		var l learned
		var from time.Time
		var to *time.Time
		var recorded time.Time
		var duplicate *uuid.UUID
		var attributes string
		if err := rows.Scan(&of, &recorded, &from, &to, &l.facts.Category, &l.facts.Risk, &l.facts.Supervised, &l.facts.UnderCompound, &attributes, &duplicate); err != nil {
			return nil, fmt.Errorf("read the history of places: %w", err)
		}
		if of != place {
			finish()
			place = of
		}
		l.facts.Category = names.one(l.facts.Category)
		if books.asksAttributes(l.facts.Category) {
			if err := json.Unmarshal([]byte(attributes), &l.facts.Attributes); err != nil {
				return nil, fmt.Errorf("attributes of place %s: %w", of, err)
			}
		}
		l.Record = Record{Recorded: MomentOf(recorded), From: policy.DayOf(from), To: policy.NoDay, Category: l.facts.Category, Risk: l.facts.Risk}
		if to != nil {
			l.To = policy.DayOf(*to)
		}
		if duplicate != nil {
			l.Duplicate = *duplicate
		}
		history = append(history, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the history of places: %w", err)
	}
	finish()
	for i := range places {
		if err := wrong[i]; err != nil {
			p := &places[i]
			unclassified = append(unclassified, fmt.Sprintf("%s %s %q: %v", p.Layer, p.ID, p.Name, err))
		}
	}
	return unclassified, nil
}

func readCare(ctx context.Context, tx *postgres.Tx, ids []uuid.UUID) (map[uuid.UUID][]Care, error) {
	rows, err := tx.Query(ctx, queries.Get("care"), tx.Scope().District, ids)
	if err != nil {
		return nil, fmt.Errorf("read where people need care: %w", err)
	}
	out := map[uuid.UUID][]Care{}
	var place uuid.UUID
	var recorded, from time.Time
	var c Care
	if _, err := pgx.ForEachRow(rows, []any{&place, &recorded, &from, &c.Some}, func() error {
		c.Recorded, c.From = MomentOf(recorded), policy.DayOf(from)
		out[place] = append(out[place], c)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read where people need care: %w", err)
	}
	return out, nil
}

func readPlacings(ctx context.Context, tx *postgres.Tx, r Reading, ids []uuid.UUID, places []Place, at map[uuid.UUID]int, names interner) error {
	rows, err := tx.Query(ctx, queries.Get("placements"), tx.Scope().District, r.Layers, ids)
	if err != nil {
		return fmt.Errorf("read where places belong: %w", err)
	}
	spots := map[Spot]*Spot{}
	var place uuid.UUID
	var recorded, from time.Time
	var s Spot
	if _, err := pgx.ForEachRow(rows, []any{&place, &recorded, &from, &s.Town, &s.Park, &s.Community, &s.Grid}, func() error {
		i, ok := at[place]
		if !ok {
			return nil
		}
		one := spots[s]
		if one == nil {
			one = &Spot{names.one(s.Town), names.one(s.Park), names.one(s.Community), names.one(s.Grid)}
			spots[*one] = one
		}
		places[i].Placings = append(places[i].Placings, Placing{MomentOf(recorded), policy.DayOf(from), one})
		return nil
	}); err != nil {
		return fmt.Errorf("read where places belong: %w", err)
	}
	return nil
}

// interner keeps one copy of strings that come again and again.
type interner map[string]string

func (n interner) one(s string) string {
	if k, ok := n[s]; ok {
		return k
	}
	n[s] = s
	return s
}

// query runs the statement of a name for all since a time, or its sister for
// some by id: one plan cannot serve both.
func query(ctx context.Context, tx *postgres.Tx, name string, since time.Time, ids []uuid.UUID) (pgx.Rows, error) {
	if ids == nil {
		return tx.Query(ctx, queries.Get(name), tx.Scope().District, since)
	}
	return tx.Query(ctx, queries.Get(name+"_by_id"), tx.Scope().District, since, ids)
}

// Visits reads visits since a time by place, all or some by id. What those
// correct is among them, since it says something else from then on.
func Visits(ctx context.Context, tx *postgres.Tx, since time.Time, ids []uuid.UUID) (map[uuid.UUID][]Visit, error) {
	reviews, err := readReviews(ctx, tx, since, ids)
	if err != nil {
		return nil, err
	}
	rows, err := query(ctx, tx, "inspections", since, ids)
	if err != nil {
		return nil, fmt.Errorf("read visits: %w", err)
	}
	out := map[uuid.UUID][]Visit{}
	names := interner{}
	var by []string // who made each, in the order of rows
	var places []uuid.UUID
	var all []Visit
	defer rows.Close()
	for rows.Next() {
		var place uuid.UUID
		var inspector string
		v := Visit{Void: Ever, Evidence: evidence.Blank()}
		var at, recorded time.Time
		var void *time.Time
		var outcome string
		var distance, accuracy *float32
		var dwell *int32
		var mock, bare bool
		if err := rows.Scan(&place, &v.ID, &inspector, &at, &recorded, &void, &outcome, &v.Checklist, &v.Unit, &distance, &accuracy, &dwell, &v.Evidence.SkewS, &mock, &bare); err != nil {
			return nil, fmt.Errorf("read visits: %w", err)
		}
		v.At, v.Recorded = MomentOf(at), MomentOf(recorded)
		if void != nil {
			v.Void = MomentOf(*void)
		}
		v.Outcome, v.Checklist, v.Unit = inspection.Outcome(names.one(outcome)), names.one(v.Checklist), names.one(v.Unit)
		see(&v.Evidence, distance, accuracy, dwell, mock, bare)
		v.Reviews = reviews[v.ID]
		by, places, all = append(by, names.one(inspector)), append(places, place), append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read visits: %w", err)
	}
	if len(all) == 0 {
		return out, nil
	}
	first, last := all[0].At, all[0].At
	for i := range all {
		first, last = min(first, all[i].At), max(last, all[i].At)
	}
	walks, err := ReadWalks(ctx, tx, first.Time(), last.Time())
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Tracked = walks.Covering(by[i], all[i].At)
		out[places[i]] = append(out[places[i]], all[i])
	}
	return out, nil
}

// OwnEvidence is what an inspection says for itself, and whether a track backs it.
func OwnEvidence(v *inspection.Inspection, tracked bool) evidence.Own {
	o := evidence.Blank()
	o.SkewS = v.SkewS
	single := func(f *float64) *float32 {
		if f == nil {
			return nil
		}
		s := float32(*f)
		return &s
	}
	see(&o, single(v.DistanceM), single(v.AccuracyM), v.DwellS, v.Mock, len(v.Photos) == 0)
	if !tracked {
		o.Flags |= evidence.NoTrack
	}
	return o
}

// see fills in what a report said for itself.
func see(o *evidence.Own, distance, accuracy *float32, dwell *int32, mock, bare bool) {
	if accuracy != nil {
		o.AccuracyM = *accuracy
	}
	if distance != nil {
		o.ExcessM = *distance
		if !math.IsNaN(float64(o.AccuracyM)) {
			o.ExcessM -= o.AccuracyM
		}
	}
	if dwell != nil {
		o.DwellS = *dwell
	}
	if mock {
		o.Flags |= evidence.Mock
	}
	if bare {
		o.Flags |= evidence.NoPhoto
	}
}

func readReviews(ctx context.Context, tx *postgres.Tx, since time.Time, ids []uuid.UUID) (map[uuid.UUID][]Review, error) {
	rows, err := query(ctx, tx, "reviews", since, ids)
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	out := map[uuid.UUID][]Review{}
	var place, of uuid.UUID
	var recorded time.Time
	var r Review
	if _, err := pgx.ForEachRow(rows, []any{&place, &of, &recorded, &r.Accepted, &r.Reviewer, &r.Reason}, func() error {
		r.Recorded = MomentOf(recorded)
		out[of] = append(out[of], r)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	return out, nil
}

// Exemptions reads exemptions by place, all or those of some places.
func Exemptions(ctx context.Context, tx *postgres.Tx, places []uuid.UUID) (map[uuid.UUID][]Exemption, error) {
	rows, err := tx.Query(ctx, queries.Get("exemptions"), tx.Scope().District, places)
	if err != nil {
		return nil, fmt.Errorf("read exemptions: %w", err)
	}
	out := map[uuid.UUID][]Exemption{}
	var place uuid.UUID
	var e Exemption
	var recorded time.Time
	var withdrawn *time.Time
	if _, err = pgx.ForEachRow(rows, []any{&place, &e.Duty, &e.Period, &e.Reason, &e.Reviewer, &recorded, &withdrawn}, func() error {
		e.Recorded, e.Withdrawn = MomentOf(recorded), Ever
		if withdrawn != nil {
			e.Withdrawn = MomentOf(*withdrawn)
		}
		out[place] = append(out[place], e)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read exemptions: %w", err)
	}
	return out, nil
}

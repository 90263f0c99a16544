package roster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

// topic is what the change feed calls whatever changes here.
const topic = "roster"

// insert stores one row and says so. An id that is known already is another's.
func insert(ctx context.Context, tx *postgres.Tx, kind string, id uuid.UUID, values ...any) (version int32, err error) {
	err = tx.QueryRow(ctx, queries.Get("insert_"+kind), append([]any{tx.Scope().District, id}, values...)...).Scan(&version)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, postgres.ErrKeyReused
	case taken(err):
		return 0, fmt.Errorf("%w by another %s: end that one first", ErrTaken, kind)
	case err != nil:
		return 0, fmt.Errorf("store %s %s: %w", kind, id, err)
	}
	tx.Change(topic, id, map[string]string{"kind": kind})
	tx.Audit("begin", kind, id.String(), nil)
	return version, nil
}

// update changes one row from the version that the caller saw, and says so.
func update(ctx context.Context, tx *postgres.Tx, kind string, id uuid.UUID, version int32, values ...any) (now int32, err error) {
	err = tx.QueryRow(ctx, queries.Get("update_"+kind), append([]any{tx.Scope().District, tx.Scope().Visible(), id, version}, values...)...).Scan(&now)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, fmt.Errorf("%w: another one was faster", ErrStale)
	case taken(err):
		return 0, fmt.Errorf("%w by another %s: end that one first", ErrTaken, kind)
	case err != nil:
		return 0, fmt.Errorf("change %s %s: %w", kind, id, err)
	}
	tx.Change(topic, id, map[string]string{"kind": kind})
	tx.Audit("change", kind, id.String(), map[string]any{"version": version})
	return now, nil
}

// one is the only row of a list, at the version that the caller saw.
func one[T any](found []T, err error, kind string, version int32, at func(*T) int32) (row T, _ error) {
	if err != nil {
		return row, err
	}
	if len(found) == 0 {
		return row, fmt.Errorf("%w: a %s of this id", ErrNone, kind)
	}
	row = found[0]
	if now := at(&row); version != 0 && now != version {
		return row, fmt.Errorf("%w: you saw version %d of the %s, it is now %d", ErrStale, version, kind, now)
	}
	return row, nil
}

// unitAt is a unit's kind and the units whose accounts see what is its; ErrNone
// outside the scope.
func unitAt(ctx context.Context, tx *postgres.Tx, code string, day time.Time) (kind layers.UnitKind, town, park, community string, err error) {
	err = tx.QueryRow(ctx, queries.Get("unit_scope"), tx.Scope().District, tx.Scope().Visible(), code, day).Scan(&kind, &town, &park, &community)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%w: unit %s", ErrNone, code)
	}
	return kind, town, park, community, err
}

// AddTeam stores a team of a unit of the scope and fills in what follows from it.
func AddTeam(ctx context.Context, tx *postgres.Tx, t *Team) error {
	if err := t.Check(); err != nil {
		return fault(err)
	}
	kind, town, park, community, err := unitAt(ctx, tx, t.Unit, t.From)
	if err != nil {
		return err
	}
	if (t.Body == policy.CommunityStaff) != (kind == layers.Community) {
		return faultf("body: %s is not a body of a %s", t.Body, kind)
	}
	t.Town, t.Park, t.Community = town, park, community
	t.Version, err = insert(ctx, tx, "team", t.ID, t.Name, t.Unit, string(t.Body), t.Provider, t.From, nullDay(t.To), town, park, community)
	return err
}

// ChangeTeam changes a team's name, provider and days from a version on.
func ChangeTeam(ctx context.Context, tx *postgres.Tx, id uuid.UUID, version int32, change func(*Team)) (Team, error) {
	found, err := Teams(ctx, tx, Filter{IDs: []uuid.UUID{id}})
	t, err := one(found, err, "team", version, func(t *Team) int32 { return t.Version })
	if err != nil {
		return t, err
	}
	change(&t)
	if err := t.Check(); err != nil {
		return t, fault(err)
	}
	t.Version, err = update(ctx, tx, "team", id, version, t.Name, t.Provider, t.From, nullDay(t.To))
	return t, err
}

// AddPerson stores a person of a unit of the scope and fills in what follows from it.
func AddPerson(ctx context.Context, tx *postgres.Tx, p *Person) error {
	if err := p.Check(); err != nil {
		return fault(err)
	}
	_, town, park, community, err := unitAt(ctx, tx, p.Unit, p.From)
	if err != nil {
		return err
	}
	p.Town, p.Park, p.Community = town, park, community
	if err := checkTeam(ctx, tx, p); err != nil {
		return err
	}
	p.Version, err = insert(ctx, tx, "person", p.ID, p.Name, string(p.Kind), p.Unit, null(p.Team), listed(p.Skills), p.HoursPerMonth, listed(p.Shifts),
		p.From, nullDay(p.To), town, park, community)
	return err
}

// listed is a list that is never null.
func listed[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// ChangePerson changes what a person is from a version on; the unit stays.
func ChangePerson(ctx context.Context, tx *postgres.Tx, id uuid.UUID, version int32, change func(*Person)) (Person, error) {
	found, err := People(ctx, tx, Filter{IDs: []uuid.UUID{id}})
	p, err := one(found, err, "person", version, func(p *Person) int32 { return p.Version })
	if err != nil {
		return p, err
	}
	change(&p)
	if err := p.Check(); err != nil {
		return p, fault(err)
	}
	if err := checkTeam(ctx, tx, &p); err != nil {
		return p, err
	}
	if !p.Kind.MayHold() {
		posted, err := Postings(ctx, tx, Filter{Person: id})
		if err != nil {
			return p, err
		}
		if slices.ContainsFunc(posted, func(p Posting) bool { return p.To.IsZero() }) {
			return p, faultf("kind: a %s answers for no grid; end the postings first", p.Kind)
		}
	}
	p.Version, err = update(ctx, tx, "person", id, version, p.Name, string(p.Kind), null(p.Team), listed(p.Skills), p.HoursPerMonth, listed(p.Shifts), p.From, nullDay(p.To))
	return p, err
}

func checkTeam(ctx context.Context, tx *postgres.Tx, p *Person) error {
	if p.Team == uuid.Nil {
		return nil
	}
	found, err := Teams(ctx, tx, Filter{IDs: []uuid.UUID{p.Team}})
	t, err := one(found, err, "team", 0, func(t *Team) int32 { return t.Version })
	if err == nil && !near(t.Town, t.Park, p.Town, p.Park) {
		err = faultf("team: %s is another town's", t.Name)
	}
	return err
}

// near reports whether two rows lie in one town or park, or one of them is the
// whole district's. What lies apart may not name each other: a town's account
// would learn of another's people.
func near(town, park, otherTown, otherPark string) bool {
	return (town != "" && town == otherTown) || (park != "" && park == otherPark) || (town == "" && park == "") || (otherTown == "" && otherPark == "")
}

// mayHold reads a person who is to answer for something.
func mayHold(ctx context.Context, tx *postgres.Tx, field string, id uuid.UUID, town, park string) error {
	found, err := People(ctx, tx, Filter{IDs: []uuid.UUID{id}})
	p, err := one(found, err, "person", 0, func(p *Person) int32 { return p.Version })
	switch {
	case err != nil:
		return err
	case !p.Kind.MayHold():
		return faultf("%s: a %s answers for no grid", field, p.Kind)
	case !near(p.Town, p.Park, town, park):
		return faultf("%s: %s is another town's", field, p.Name)
	}
	return nil
}

// Post stores a posting to a grid, which the caller has found to be in the scope.
func Post(ctx context.Context, tx *postgres.Tx, p *Posting, g Grid) error {
	if err := p.Check(); err != nil {
		return fault(err)
	}
	p.Town, p.Park, p.Community = g.Town, g.Park, g.Community
	if p.Person != uuid.Nil {
		if err := mayHold(ctx, tx, "person", p.Person, p.Town, p.Park); err != nil {
			return err
		}
	} else {
		found, err := Teams(ctx, tx, Filter{IDs: []uuid.UUID{p.Team}})
		t, err := one(found, err, "team", 0, func(t *Team) int32 { return t.Version })
		if err == nil && !near(t.Town, t.Park, p.Town, p.Park) {
			err = faultf("team: %s is another town's", t.Name)
		}
		if err != nil {
			return err
		}
	}
	return insertPosting(ctx, tx, p)
}

func insertPosting(ctx context.Context, tx *postgres.Tx, p *Posting) (err error) {
	p.Version, err = insert(ctx, tx, "posting", p.ID, p.Grid, p.Class, null(p.Team), null(p.Person), p.From, nullDay(p.To), p.Town, p.Park, p.Community)
	return err
}

// EndPosting gives a posting another end, from a version on; a zero one is open.
func EndPosting(ctx context.Context, tx *postgres.Tx, id uuid.UUID, version int32, to time.Time) (Posting, error) {
	found, err := Postings(ctx, tx, Filter{IDs: []uuid.UUID{id}})
	p, err := one(found, err, "posting", version, func(p *Posting) int32 { return p.Version })
	if err != nil {
		return p, err
	}
	p.To = to
	if err := p.Check(); err != nil {
		return p, fault(err)
	}
	p.Version, err = update(ctx, tx, "posting", id, version, nullDay(to))
	return p, err
}

// AddAbsence stores an absence of a person of the scope.
func AddAbsence(ctx context.Context, tx *postgres.Tx, a *Absence) error {
	if err := a.Check(); err != nil {
		return fault(err)
	}
	found, err := People(ctx, tx, Filter{IDs: []uuid.UUID{a.Person}})
	p, err := one(found, err, "person", 0, func(p *Person) int32 { return p.Version })
	if err != nil {
		return err
	}
	a.Town, a.Park, a.Community = p.Town, p.Park, p.Community
	if err := checkSubstitute(ctx, tx, a); err != nil {
		return err
	}
	a.Version, err = insert(ctx, tx, "absence", a.ID, a.Person, a.Reason, null(a.Substitute), a.From, a.To, a.Town, a.Park, a.Community)
	return err
}

// ChangeAbsence changes an absence's end and substitute from a version on.
func ChangeAbsence(ctx context.Context, tx *postgres.Tx, id uuid.UUID, version int32, change func(*Absence)) (Absence, error) {
	found, err := Absences(ctx, tx, Filter{IDs: []uuid.UUID{id}})
	a, err := one(found, err, "absence", version, func(a *Absence) int32 { return a.Version })
	if err != nil {
		return a, err
	}
	change(&a)
	if err := a.Check(); err != nil {
		return a, fault(err)
	}
	if err := checkSubstitute(ctx, tx, &a); err != nil {
		return a, err
	}
	a.Version, err = update(ctx, tx, "absence", id, version, a.To, null(a.Substitute))
	return a, err
}

func checkSubstitute(ctx context.Context, tx *postgres.Tx, a *Absence) error {
	if a.Substitute == uuid.Nil {
		return nil
	}
	return mayHold(ctx, tx, "substitute", a.Substitute, a.Town, a.Park)
}

// AddHoliday stores days off of a unit of the scope.
func AddHoliday(ctx context.Context, tx *postgres.Tx, h *Holiday) error {
	if err := h.Check(); err != nil {
		return fault(err)
	}
	_, town, park, community, err := unitAt(ctx, tx, h.Unit, h.From)
	if err != nil {
		return err
	}
	h.Town, h.Park, h.Community = town, park, community
	h.Version, err = insert(ctx, tx, "holiday", h.ID, h.Unit, h.Name, h.From, h.To, town, park, community)
	return err
}

// EndHoliday gives days off another end, from a version on.
func EndHoliday(ctx context.Context, tx *postgres.Tx, id uuid.UUID, version int32, to time.Time) (Holiday, error) {
	found, err := Holidays(ctx, tx, Filter{IDs: []uuid.UUID{id}})
	h, err := one(found, err, "holiday", version, func(h *Holiday) int32 { return h.Version })
	if err != nil {
		return h, err
	}
	if visible := tx.Scope().Visible(); visible != nil && !tx.Scope().Sees(h.Town, h.Park, h.Community) {
		return h, fmt.Errorf("%w: a holiday of yours; the district's own are the district's to change", ErrNone)
	}
	h.To = to
	if err := h.Check(); err != nil {
		return h, fault(err)
	}
	h.Version, err = update(ctx, tx, "holiday", id, version, to)
	return h, err
}

// InheritOn stores what [Inherit] makes for the grids that begin on a day, and
// returns it. The caller publishes the plan in the same transaction.
func InheritOn(ctx context.Context, tx *postgres.Tx, lineage []Lineage, fresh []Grid, day time.Time) ([]Posting, error) {
	var codes []string
	for _, l := range lineage {
		codes = append(codes, l.Code, l.From)
	}
	slices.Sort(codes)
	before, err := Postings(ctx, tx, Filter{Grids: listed(slices.Compact(codes)), Over: Span{From: day}})
	if err != nil {
		return nil, err
	}
	at := make(map[string]*Grid, len(fresh))
	for i := range fresh {
		at[fresh[i].Code] = &fresh[i]
	}
	out := Inherit(lineage, before, day)
	for i := range out {
		p := &out[i]
		g := at[p.Grid]
		if g == nil {
			return nil, fmt.Errorf("inherit postings: grid %s has a lineage and is not among the grids", p.Grid)
		}
		p.Town, p.Park, p.Community = g.Town, g.Park, g.Community
		if err := insertPosting(ctx, tx, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Load stores whole records in bulk, such as another system's or the demo's; the
// caller has filled in every field.
func Load(ctx context.Context, tx *postgres.Tx, of Records) error {
	district := tx.Scope().District
	for _, t := range []struct {
		table, columns string
		n              int
		row            func(int) []any
	}{
		{"team", "id name unit body provider valid_from valid_to town park community", len(of.Teams), func(i int) []any {
			t := &of.Teams[i]
			return []any{t.ID, t.Name, t.Unit, string(t.Body), t.Provider, t.From, nullDay(t.To), t.Town, t.Park, t.Community}
		}},
		{"person", "id name kind unit team skills hours_per_month shifts valid_from valid_to town park community", len(of.People), func(i int) []any {
			p := &of.People[i]
			return []any{p.ID, p.Name, string(p.Kind), p.Unit, null(p.Team), listed(p.Skills), p.HoursPerMonth, listed(p.Shifts), p.From, nullDay(p.To), p.Town, p.Park, p.Community}
		}},
		{"posting", "id grid class team person valid_from valid_to town park community", len(of.Postings), func(i int) []any {
			p := &of.Postings[i]
			return []any{p.ID, p.Grid, int16(p.Class), null(p.Team), null(p.Person), p.From, nullDay(p.To), p.Town, p.Park, p.Community}
		}},
		{"absence", "id person reason substitute valid_from valid_to town park community", len(of.Absences), func(i int) []any {
			a := &of.Absences[i]
			return []any{a.ID, a.Person, a.Reason, null(a.Substitute), a.From, a.To, a.Town, a.Park, a.Community}
		}},
		{"holiday", "id unit name valid_from valid_to town park community", len(of.Holidays), func(i int) []any {
			h := &of.Holidays[i]
			return []any{h.ID, h.Unit, h.Name, h.From, h.To, h.Town, h.Park, h.Community}
		}},
	} {
		columns := append([]string{"district"}, strings.Fields(t.columns)...)
		_, err := tx.CopyInto(ctx, t.table, columns, pgx.CopyFromSlice(t.n, func(i int) ([]any, error) { return append([]any{district}, t.row(i)...), nil }))
		if err != nil {
			return fmt.Errorf("load %s: %w", t.table, err)
		}
	}
	tx.Change(topic, uuid.Nil, nil)
	return nil
}

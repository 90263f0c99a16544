package roster_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids"
	"gridward/grids/coverage/policy"
	"gridward/grids/roster"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
	"gridward/layers"
)

const (
	district  = "310113"
	whole     = "310113000000"
	otherTown = "310113002000"
	otherComm = "310113002001"
)

var (
	all  = postgres.Scope{District: district}
	west = postgres.Scope{District: district, Units: []string{town}}
	east = postgres.Scope{District: district, Units: []string{otherTown}}
)

// house is a district of two towns, each of one community and one grid.
func house(t *testing.T) *postgres.DB {
	t.Helper()
	box := func(x0, x1 float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{x0, 31.3}, {x1, 31.3}, {x1, 31.4}, {x0, 31.4}, {x0, 31.3}}}}
	}
	db := testdb.New(t)
	do(t, db, all, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := layers.ReplaceUnits(ctx, tx, []layers.Unit{
			{Code: whole, Kind: layers.District, Name: "区", Geometry: box(121.4, 121.6)},
			{Code: town, Kind: layers.Town, Name: "西镇", Parent: whole, Geometry: box(121.4, 121.5)},
			{Code: otherTown, Kind: layers.Town, Name: "东镇", Parent: whole, Geometry: box(121.5, 121.6)},
			{Code: community, Kind: layers.Community, Name: "西村", Parent: town, Geometry: box(121.4, 121.5)},
			{Code: otherComm, Kind: layers.Community, Name: "东村", Parent: otherTown, Geometry: box(121.5, 121.6)},
		}, october(1)); err != nil {
			return err
		}
		for _, g := range []grids.Grid{
			{Code: grid, Name: "西", Town: town, Community: community, Geometry: box(121.4, 121.5)},
			{Code: otherComm + "001", Name: "东", Town: otherTown, Community: otherComm, Geometry: box(121.5, 121.6)},
		} {
			if err := grids.Publish(ctx, tx, grids.Plan{ID: uuid.New(), Town: g.Town, Name: "p", EffectiveFrom: october(1), CreatedAt: october(1), Review: grids.Review{Reviewer: "test", At: time.Now()}, Grids: []grids.Grid{g}}); err != nil {
				return err
			}
		}
		return nil
	})
	return db
}

func do(t *testing.T, db *postgres.DB, scope postgres.Scope, fn func(context.Context, *postgres.Tx) error) {
	t.Helper()
	if err := db.InScope(t.Context(), postgres.API, scope, fn); err != nil {
		t.Fatal(err)
	}
}

// refused runs a write that must fail as wanted.
func refused(t *testing.T, db *postgres.DB, scope postgres.Scope, want error, what string, fn func(context.Context, *postgres.Tx) error) {
	t.Helper()
	err := db.InScope(t.Context(), postgres.API, scope, fn)
	var f *roster.Fault
	if want == nil && !errors.As(err, &f) || want != nil && !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestTheStoreKeepsWhatHolds(t *testing.T) {
	t.Parallel()
	db := house(t)
	team := roster.Team{ID: id('t', 1), Name: "西村专职队", Unit: community, Body: policy.CommunityStaff, Span: days(1, 0)}
	list := people(3, team.ID)
	list[0].Skills, list[0].Shifts, list[0].HoursPerMonth = []string{"扑救初起火灾"}, []roster.Shift{{Weekday: 1, From: "08:00", To: "16:00"}}, 120.5
	list[2].Kind, list[2].Team = roster.Volunteer, uuid.Nil
	theirs := roster.Person{ID: id('p', 9), Name: "p9", Kind: roster.GridPatrol, Unit: otherTown, Span: days(1, 0)}
	post := roster.Posting{ID: id('g', 1), Grid: grid, Class: 1, Person: id('p', 1), Span: days(1, 10)}
	var at roster.Grid
	do(t, db, west, func(ctx context.Context, tx *postgres.Tx) error {
		gs, err := roster.Grids(ctx, tx, days(3, 4), []string{grid, otherComm + "001"})
		if err != nil || len(gs) != 1 || gs[0].Code != grid || gs[0].Community != community || !gs[0].From.Equal(october(1)) || !gs[0].To.IsZero() {
			t.Fatalf("%+v, %v", gs, err)
		}
		at = gs[0]
		if err := roster.AddTeam(ctx, tx, &team); err != nil {
			return err
		}
		for i := range list {
			if err := roster.AddPerson(ctx, tx, &list[i]); err != nil {
				return err
			}
		}
		return roster.Post(ctx, tx, &post, at)
	})
	do(t, db, east, func(ctx context.Context, tx *postgres.Tx) error { return roster.AddPerson(ctx, tx, &theirs) })

	// What was stored comes back, and other towns see none of it.
	do(t, db, west, func(ctx context.Context, tx *postgres.Tx) error {
		found, err := roster.People(ctx, tx, roster.Filter{Team: team.ID, Limit: 1})
		if err != nil || len(found) != 1 || found[0].Skills[0] != "扑救初起火灾" || found[0].Shifts[0] != list[0].Shifts[0] || found[0].HoursPerMonth != 120.5 ||
			found[0].Town != town || found[0].Community != community || found[0].Version != 1 {
			t.Errorf("%+v, %v", found, err)
		}
		found, err = roster.People(ctx, tx, roster.Filter{Team: team.ID, After: found[0].ID})
		if err != nil || len(found) != 1 || found[0].Name != "p2" {
			t.Errorf("the next page: %+v, %v", found, err)
		}
		if found, err := roster.Teams(ctx, tx, roster.Filter{Body: policy.Office}); err != nil || len(found) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
		return nil
	})
	do(t, db, east, func(ctx context.Context, tx *postgres.Tx) error {
		of, err := roster.Read(ctx, tx, days(1, 30), nil)
		if err != nil || len(of.Teams)+len(of.Postings) != 0 || len(of.People) != 1 {
			t.Errorf("the other town sees %+v, %v", of, err)
		}
		return nil
	})
	second := func(p roster.Posting, n int, s roster.Span) roster.Posting {
		p.ID, p.Span = id('g', n), s
		return p
	}
	for _, c := range []struct {
		what string
		who  postgres.Scope
		want error
		p    roster.Posting
	}{
		{"on a day that is taken", west, roster.ErrTaken, second(post, 2, days(9, 0))},
		{"with an id that is known", west, postgres.ErrKeyReused, post},
		{"of a volunteer", west, nil, roster.Posting{ID: id('g', 3), Grid: grid, Class: 2, Person: id('p', 3), Span: days(1, 0)}},
		{"of nobody", west, nil, roster.Posting{ID: id('g', 3), Grid: grid, Class: 2, Span: days(1, 0)}},
		{"of another town's person by the town", west, roster.ErrNone, roster.Posting{ID: id('g', 3), Grid: grid, Class: 2, Person: theirs.ID, Span: days(1, 0)}},
		{"of another town's person by the district", all, nil, roster.Posting{ID: id('g', 3), Grid: grid, Class: 2, Person: theirs.ID, Span: days(1, 0)}},
	} {
		refused(t, db, c.who, c.want, "a posting "+c.what, func(ctx context.Context, tx *postgres.Tx) error { return roster.Post(ctx, tx, &c.p, at) })
	}
	refused(t, db, east, roster.ErrNone, "a team of another town's community", func(ctx context.Context, tx *postgres.Tx) error {
		return roster.AddTeam(ctx, tx, &roster.Team{ID: id('t', 2), Name: "x", Unit: community, Body: policy.CommunityStaff, Span: days(1, 0)})
	})
	refused(t, db, west, nil, "an office of a community", func(ctx context.Context, tx *postgres.Tx) error {
		return roster.AddTeam(ctx, tx, &roster.Team{ID: id('t', 2), Name: "x", Unit: community, Body: policy.Office, Span: days(1, 0)})
	})
	refused(t, db, west, roster.ErrNone, "the district's holiday by a town", func(ctx context.Context, tx *postgres.Tx) error {
		return roster.AddHoliday(ctx, tx, &roster.Holiday{ID: id('h', 1), Unit: whole, Name: "x", Span: days(1, 8)})
	})

	// Versions: what changed meanwhile is not overwritten.
	do(t, db, west, func(ctx context.Context, tx *postgres.Tx) error {
		p, err := roster.ChangePerson(ctx, tx, id('p', 2), 1, func(p *roster.Person) { p.HoursPerMonth = 60 })
		if err != nil || p.Version != 2 || p.Name != "p2" {
			t.Errorf("%+v, %v", p, err)
		}
		ended, err := roster.EndPosting(ctx, tx, post.ID, 1, october(5))
		if err != nil || ended.Version != 2 || !ended.To.Equal(october(5)) {
			t.Errorf("%+v, %v", ended, err)
		}
		next := second(post, 2, days(5, 0)) // the days are free now
		return roster.Post(ctx, tx, &next, at)
	})
	refused(t, db, west, roster.ErrStale, "a change from an old version", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := roster.ChangePerson(ctx, tx, id('p', 2), 1, func(p *roster.Person) { p.Name = "x" })
		return err
	})
	refused(t, db, west, nil, "hours that no month has", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := roster.ChangePerson(ctx, tx, id('p', 2), 2, func(p *roster.Person) { p.HoursPerMonth = 900 })
		return err
	})
	refused(t, db, west, nil, "a holder who becomes a volunteer", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := roster.ChangePerson(ctx, tx, id('p', 1), 1, func(p *roster.Person) { p.Kind = roster.Volunteer })
		return err
	})
	refused(t, db, west, roster.ErrTaken, "a posting that would go on into the next", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := roster.EndPosting(ctx, tx, post.ID, 2, time.Time{})
		return err
	})
	refused(t, db, east, roster.ErrNone, "another town's posting", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := roster.EndPosting(ctx, tx, post.ID, 2, october(3))
		return err
	})

	// Absences and days off.
	away := roster.Absence{ID: id('a', 1), Person: id('p', 1), Reason: "sick", Substitute: id('p', 2), Span: days(7, 9)}
	off := roster.Holiday{ID: id('h', 1), Unit: whole, Name: "国庆节", Span: days(1, 8)}
	do(t, db, west, func(ctx context.Context, tx *postgres.Tx) error { return roster.AddAbsence(ctx, tx, &away) })
	do(t, db, all, func(ctx context.Context, tx *postgres.Tx) error { return roster.AddHoliday(ctx, tx, &off) })
	twice := away
	twice.ID, twice.Span = id('a', 2), days(8, 12)
	refused(t, db, west, roster.ErrTaken, "two absences on a day", func(ctx context.Context, tx *postgres.Tx) error { return roster.AddAbsence(ctx, tx, &twice) })
	refused(t, db, west, nil, "a volunteer as substitute", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := roster.ChangeAbsence(ctx, tx, away.ID, 1, func(a *roster.Absence) { a.Substitute = id('p', 3) })
		return err
	})
	do(t, db, west, func(ctx context.Context, tx *postgres.Tx) error {
		a, err := roster.ChangeAbsence(ctx, tx, away.ID, 1, func(a *roster.Absence) { a.To = october(8) })
		if err != nil || a.Version != 2 || a.Substitute != id('p', 2) {
			t.Errorf("%+v, %v", a, err)
		}
		list, err := roster.Holidays(ctx, tx, roster.Filter{Over: days(7, 8)})
		if err != nil || len(list) != 1 || list[0].Name != "国庆节" {
			t.Errorf("the town sees the district's days off as %+v, %v", list, err)
		}
		return nil
	})
	refused(t, db, west, roster.ErrNone, "the district's days off ended by a town", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := roster.EndHoliday(ctx, tx, off.ID, 1, october(1))
		return err
	})
	// The wall behind that: a town's session cannot change the row either.
	err := db.InScope(t.Context(), postgres.API, west, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update gridward.holiday set valid_to = valid_from where district = $1`, district)
		return err
	})
	if err == nil {
		t.Error("a town's session changed the district's holiday")
	}
	do(t, db, all, func(ctx context.Context, tx *postgres.Tx) error {
		of, err := roster.Read(ctx, tx, days(1, 31), nil)
		if err != nil {
			return err
		}
		if got := show(roster.New(of).Answer(october(7), &at, 1)); got != "p1 posted absent, p2 substitute" {
			t.Errorf("after all: %s", got)
		}
		return nil
	})
}

// TestANewPlanHandsOver publishes a plan with new grids and lets them inherit.
func TestANewPlanHandsOver(t *testing.T) {
	t.Parallel()
	db := house(t)
	team := roster.Team{ID: id('t', 1), Name: "队", Unit: town, Body: policy.TownPatrol, Span: days(1, 0)}
	fresh := roster.Grid{Code: community + "002", Town: town, Community: community, Span: days(15, 0)}
	lineage := []roster.Lineage{{Code: fresh.Code, From: grid, Share: 1}}
	do(t, db, west, func(ctx context.Context, tx *postgres.Tx) error {
		gs, err := roster.Grids(ctx, tx, days(1, 2), nil)
		if err != nil {
			return err
		}
		if err := roster.AddTeam(ctx, tx, &team); err != nil {
			return err
		}
		for class := 1; class <= 3; class++ {
			if err := roster.Post(ctx, tx, &roster.Posting{ID: id('g', class), Grid: grid, Class: class, Team: team.ID, Span: days(1, 0)}, gs[0]); err != nil {
				return err
			}
		}
		box := orb.MultiPolygon{{{{121.4, 31.3}, {121.5, 31.3}, {121.5, 31.4}, {121.4, 31.4}, {121.4, 31.3}}}}
		return grids.Publish(ctx, tx, grids.Plan{ID: uuid.New(), Town: town, Name: "next", EffectiveFrom: october(15), CreatedAt: october(1), Review: grids.Review{Reviewer: "test", At: october(1)},
			Grids: []grids.Grid{{Code: fresh.Code, Name: "新", Town: town, Community: community, Geometry: box}}})
	})
	vacant := func() (list []roster.Vacancy, stale []roster.Stale) {
		do(t, db, west, func(ctx context.Context, tx *postgres.Tx) error {
			over := days(10, 20)
			of, err := roster.Read(ctx, tx, over, nil)
			if err != nil {
				return err
			}
			gs, err := roster.Grids(ctx, tx, over, nil)
			if err != nil || len(gs) != 2 {
				t.Fatalf("%+v, %v", gs, err)
			}
			r := roster.New(of)
			list, stale = r.Vacancies(over, gs), r.Stale(over, gs)
			return nil
		})
		return list, stale
	}
	if list, stale := vacant(); len(list) != 3 || !list[0].From.Equal(october(15)) || len(stale) != 3 || !stale[0].From.Equal(october(15)) {
		t.Errorf("before handing over: %+v, %+v", list, stale)
	}
	for range 2 { // publishing again hands over nothing more
		do(t, db, west, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := roster.InheritOn(ctx, tx, lineage, []roster.Grid{fresh}, october(15))
			return err
		})
	}
	if list, stale := vacant(); len(list) != 0 || len(stale) != 3 {
		t.Errorf("after handing over: %+v, %+v", list, stale)
	}
}

// TestOneOfManyPostingsWins posts eight people to one class of a grid at once.
func TestOneOfManyPostingsWins(t *testing.T) {
	t.Parallel()
	db := house(t)
	list := people(8, uuid.Nil)
	var gs []roster.Grid
	do(t, db, west, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if gs, err = roster.Grids(ctx, tx, days(1, 2), nil); err != nil {
			return err
		}
		return roster.Load(ctx, tx, roster.Records{People: list})
	})
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i := range list {
		wg.Go(func() {
			errs[i] = db.InScope(t.Context(), postgres.API, west, func(ctx context.Context, tx *postgres.Tx) error {
				return roster.Post(ctx, tx, &roster.Posting{ID: id('g', i+1), Grid: grid, Class: 1, Person: list[i].ID, Span: days(1+i, 20+i)}, gs[0])
			})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, roster.ErrTaken):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d postings hold on one day", won)
	}
}

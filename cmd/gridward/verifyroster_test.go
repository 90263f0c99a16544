package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids"
	"gridward/grids/coverage/policy"
	"gridward/grids/roster"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// TestVerifyNamesVacancies: a district without a roster passes; one that keeps a
// roster hears of each class of each grid that nobody answers for.
func TestVerifyNamesVacancies(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	const town, community = "310113003000", "310113003001"
	day := func(d int) time.Time { return time.Date(2026, 10, d, 0, 0, 0, 0, time.UTC) }
	span := roster.Span{From: day(1)}
	shape := orb.MultiPolygon{{{{121.4, 31.3}, {121.5, 31.3}, {121.5, 31.4}, {121.4, 31.4}, {121.4, 31.3}}}}
	do := func(fn func(context.Context, *postgres.Tx) error) {
		t.Helper()
		if err := db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: "310113"}, fn); err != nil {
			t.Fatal(err)
		}
	}
	check := func() (out, proved string, offended []string) {
		var buf bytes.Buffer
		a := &app{out: &buf}
		do(func(ctx context.Context, tx *postgres.Tx) (err error) {
			proved, err = a.checkRoster(ctx, tx, day(10), func(format string, args ...any) { offended = append(offended, fmt.Sprintf(format, args...)) })
			return err
		})
		return buf.String(), proved, offended
	}
	do(func(ctx context.Context, tx *postgres.Tx) error {
		return grids.Publish(ctx, tx, grids.Plan{ID: uuid.New(), Town: town, Name: "p", EffectiveFrom: day(1), CreatedAt: day(1), Review: grids.Review{Reviewer: "test", At: day(1)},
			Grids: []grids.Grid{{Code: community + "001", Town: town, Community: community, Geometry: shape}}})
	})
	if out, proved, offended := check(); !strings.Contains(out, "nobody is posted to any grid") || proved != "" || offended != nil {
		t.Errorf("no roster: %q, %q, %q", out, proved, offended)
	}
	team := roster.Team{ID: uuid.New(), Name: "队", Unit: town, Body: policy.TownPatrol, Span: span, Town: town}
	alone := roster.Person{ID: uuid.New(), Name: "王", Kind: roster.GridPatrol, Unit: town, Span: span, Town: town}
	post := func(grid string, class int) roster.Posting {
		return roster.Posting{ID: uuid.New(), Grid: community + grid, Class: class, Team: team.ID, Span: span, Town: town, Community: community}
	}
	byPerson := post("001", 2)
	byPerson.Team, byPerson.Person = uuid.Nil, alone.ID
	do(func(ctx context.Context, tx *postgres.Tx) error {
		return roster.Load(ctx, tx, roster.Records{Teams: []roster.Team{team}, People: []roster.Person{alone}, Postings: []roster.Posting{post("001", 1), byPerson, post("009", 1)},
			Absences: []roster.Absence{{ID: uuid.New(), Person: alone.ID, Reason: "leave", Span: roster.Span{From: day(20), To: day(23)}, Town: town}}})
	})
	out, _, offended := check()
	want := []string{
		"vacant: class 2 of grid 310113003001001, 2026-10-20 to 2026-10-22: whoever is posted is away and nobody stands in (unit 310113003000 answers)",
		"vacant: class 3 of grid 310113003001001, 2026-10-10 to 2026-11-09: nobody is posted (unit 310113003000 answers)",
	}
	if !slices.Equal(offended, want) || !strings.Contains(out, "class 1 of grid 310113003001009 is stale, 2026-10-10 to 2026-11-09") {
		t.Errorf("%q\n%q", offended, out)
	}
	do(func(ctx context.Context, tx *postgres.Tx) error {
		p := post("001", 3)
		if _, err := roster.ChangePerson(ctx, tx, alone.ID, 1, func(p *roster.Person) { p.Team = team.ID }); err != nil {
			return err
		}
		return roster.Load(ctx, tx, roster.Records{Postings: []roster.Posting{p}})
	})
	if _, proved, offended := check(); offended != nil || !strings.Contains(proved, "each of the 31 days from 2026-10-10") {
		t.Errorf("staffed: %q, %q", proved, offended)
	}
}

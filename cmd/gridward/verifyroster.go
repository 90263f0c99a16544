package main

import (
	"context"
	"fmt"
	"time"

	"gridward/grids/roster"
	"gridward/internal/postgres"
)

// rosterDays is how many days from today on every grid must have holders.
const rosterDays = 31

// checkRoster names every class of a grid that nobody answers for, from today on,
// and tells of postings that a newer plan left behind. A district that posted
// nobody keeps no roster: its units answer, and nothing is wrong.
func (a *app) checkRoster(ctx context.Context, tx *postgres.Tx, today time.Time, offend func(format string, args ...any)) (proved string, err error) {
	used, err := roster.InUse(ctx, tx)
	if err != nil {
		return "", err
	}
	if !used {
		fmt.Fprintln(a.out, "roster: nobody is posted to any grid; the units answer for all of them")
		return "", nil
	}
	over := roster.Span{From: today, To: today.AddDate(0, 0, rosterDays)}
	of, err := roster.Read(ctx, tx, over, nil)
	if err != nil {
		return "", err
	}
	grids, err := roster.Grids(ctx, tx, over, nil)
	if err != nil {
		return "", err
	}
	r := roster.New(of)
	last := func(s roster.Span) string {
		return s.From.Format(time.DateOnly) + " to " + s.To.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	for _, v := range r.Vacancies(over, grids) {
		why := map[roster.Reason]string{roster.NotPosted: "nobody is posted", roster.Absent: "whoever is posted is away and nobody stands in",
			roster.Gone: "whoever is posted or stands in is not there any more", roster.Circle: "the substitutes name each other in a circle"}[v.Why]
		offend("vacant: class %d of grid %s, %s: %s (unit %s answers)", v.Class, v.Grid, last(v.Span), why, v.Unit)
	}
	for _, s := range r.Stale(over, grids) {
		fmt.Fprintf(a.out, "note: posting %s to class %d of grid %s is stale, %s: no plan has the grid\n", s.Posting.ID, s.Posting.Class, s.Posting.Grid, last(s.Span))
	}
	return fmt.Sprintf(";\nevery class of every grid has a holder on each of the %d days from %s", rosterDays, today.Format(time.DateOnly)), nil
}

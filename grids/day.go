package grids

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gridward/internal/postgres"
	"gridward/layers"
)

// settledDay is the district setting that says up to which day places are
// where the units and plans of that day put them.
const settledDay = "settled_day"

// BeginDay brings a district's places to a day, once: if units or plans began
// or ended since the day before it, each place gets its units and grid anew.
// began is false when the day had begun already. Readers of the change feed
// hear of a new day also when no place moved, since other places stand on it.
func BeginDay(ctx context.Context, tx *postgres.Tx, inspected []string, today time.Time) (began bool, found Assigned, err error) {
	settings, err := layers.Settings(ctx, tx)
	if err != nil {
		return false, found, err
	}
	day := today.Format(time.DateOnly)
	last := settings[settledDay]
	if last >= day {
		return false, found, nil
	}
	since := time.Time{}
	if last != "" {
		if since, err = time.Parse(time.DateOnly, last); err != nil {
			return false, found, fmt.Errorf("setting %s: %w", settledDay, err)
		}
	}
	// Two servers at once: the second waits here and finds the day begun.
	if began, err = settled(ctx, tx, today); err != nil || !began {
		return began, found, err
	}
	var changed bool
	if err := tx.QueryRow(ctx, queries.Get("changed_between"), tx.Scope().District, since, today).Scan(&changed); err != nil {
		return false, found, fmt.Errorf("look for units and plans that changed since %s: %w", last, err)
	}
	if changed {
		if found, err = Assign(ctx, tx, inspected, today, nil); err != nil {
			return false, found, err
		}
	}
	tx.Change("day", uuid.Nil, map[string]string{"day": day})
	return true, found, nil
}

// settled remembers a day; false when it or a later one was remembered before.
func settled(ctx context.Context, tx *postgres.Tx, day time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, queries.Get("begin_day"), tx.Scope().District, day.Format(time.DateOnly))
	if err != nil {
		return false, fmt.Errorf("remember the day %s: %w", day.Format(time.DateOnly), err)
	}
	return tag.RowsAffected() > 0, nil
}

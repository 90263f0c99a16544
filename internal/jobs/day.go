package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

// Day brings a district to the day that it is: units and plans that begin or
// end on a date take their places with them, and every server reads anew what
// stands today.
type Day struct {
	District string `json:"district"`
}

// Kind names the job in the queue.
func (Day) Kind() string { return "day" }

// InsertOpts keeps it from standing in the queue twice.
func (Day) InsertOpts() river.InsertOpts { return unique }

type dayWorker struct {
	river.WorkerDefaults[Day]
	options Options
}

// Work does it; a day that has begun already costs one small query.
func (w *dayWorker) Work(ctx context.Context, job *river.Job[Day]) error {
	o := w.options
	return o.DB.InScope(ctx, postgres.Jobs, postgres.Scope{District: job.Args.District, Actor: "job:day"}, func(ctx context.Context, tx *postgres.Tx) error {
		p, err := coverage.PolicyAt(ctx, tx, o.Now())
		if err != nil {
			return err
		}
		today := policy.DateOf(o.Now(), p.Zone())
		began, found, err := grids.BeginDay(ctx, tx, o.Inspected, today)
		if err != nil || !began {
			return err
		}
		o.Log.Info("a new day", "district", job.Args.District, "day", today.Format("2006-01-02"), "places with other units", found.Resettled, "with another grid", found.Moved)
		for _, id := range found.Left {
			o.Log.Warn("place without a grid", "district", job.Args.District, "place", id)
		}
		return nil
	})
}

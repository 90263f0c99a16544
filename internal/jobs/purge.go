package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"gridward/internal/postgres"
)

// How long what others left is kept. A phone that was offline for a season may
// still send its reports again; readers of the change feed are minutes behind.
const (
	keepChanges = 7 * 24 * time.Hour
	keepKeys    = 400 * 24 * time.Hour
)

// Purge removes what has served its time.
type Purge struct {
	District string `json:"district"`
}

// Kind names the job in the queue.
func (Purge) Kind() string { return "purge" }

// InsertOpts keeps it from standing in the queue twice.
func (Purge) InsertOpts() river.InsertOpts { return unique }

type purgeWorker struct {
	river.WorkerDefaults[Purge]
	options Options
}

// Work does it.
func (w *purgeWorker) Work(ctx context.Context, job *river.Job[Purge]) error {
	now := w.options.Now()
	return w.options.DB.InScope(ctx, postgres.Jobs, postgres.Scope{District: job.Args.District, Actor: "job:purge"}, func(ctx context.Context, tx *postgres.Tx) error {
		gone, err := postgres.Purge(ctx, tx, now.Add(-keepChanges), now.Add(-keepKeys))
		if err == nil && gone.Changes+gone.Keys > 0 {
			w.options.Log.Info("purged", "district", job.Args.District, "changes", gone.Changes, "write keys", gone.Keys)
		}
		return err
	})
}

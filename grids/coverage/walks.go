package coverage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// A track backs a visit of its inspector that was made while it lasted, or not
// longer than walkMargin before or after: recorders are switched on late and
// off early. No track is longer than longestWalk.
const (
	walkMargin  = 10 * time.Minute
	longestWalk = 24 * time.Hour
)

// Walks is when inspectors were on tracks, and when we learned of it.
type Walks map[string][]walkSpan

// walkSpan is one track's time.
type walkSpan struct{ from, to, recorded Moment }

// ReadWalks reads the tracks that may back visits between two instants.
func ReadWalks(ctx context.Context, tx *postgres.Tx, from, to time.Time) (Walks, error) {
	rows, err := tx.Query(ctx, queries.Get("walks"), tx.Scope().District, from.Add(-walkMargin-longestWalk), to.Add(walkMargin+time.Microsecond))
	if err != nil {
		return nil, fmt.Errorf("read when there were tracks: %w", err)
	}
	out := Walks{}
	var inspector string
	var started, ended, recorded time.Time
	if _, err := pgx.ForEachRow(rows, []any{&inspector, &started, &ended, &recorded}, func() error {
		out[inspector] = append(out[inspector], walkSpan{MomentOf(started.Add(-walkMargin)), MomentOf(ended.Add(walkMargin)), MomentOf(recorded)})
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read when there were tracks: %w", err)
	}
	for _, spans := range out {
		slices.SortFunc(spans, func(a, b walkSpan) int { return cmp.Compare(a.from, b.from) })
	}
	return out, nil
}

// Covering is when we learned of the first track that backs a visit; [Ever] when
// none does.
func (w Walks) Covering(inspector string, at Moment) Moment {
	spans := w[inspector]
	after, _ := slices.BinarySearchFunc(spans, at, func(s walkSpan, at Moment) int {
		if s.from <= at {
			return -1
		}
		return 1
	})
	learned := Ever
	earliest := at - Moment((longestWalk + 2*walkMargin).Microseconds())
	for i := after - 1; i >= 0 && spans[i].from >= earliest; i-- {
		if spans[i].to >= at {
			learned = min(learned, spans[i].recorded)
		}
	}
	return learned
}

// BackedBy names the inspections that tracks may back.
func BackedBy(ctx context.Context, tx *postgres.Tx, tracks []uuid.UUID) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, queries.Get("backed"), tx.Scope().District, tracks, walkMargin)
	if err != nil {
		return nil, fmt.Errorf("read what tracks back: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("read what tracks back: %w", err)
	}
	return ids, nil
}

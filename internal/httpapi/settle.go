package httpapi

import (
	"context"
	"time"
)

// settleFor is how long a question as known at a moment waits for what is being
// written; imports take longer, and are then said to be under way.
const settleFor = 3 * time.Second

// settle waits until everything that was learned before a moment is in memory.
func (l *live) settle(ctx context.Context, known time.Time) error {
	if at := l.settled.Load(); at != nil && !known.After(*at) {
		return nil
	}
	for began := time.Now(); ; {
		at, err := l.s.db.Settled(ctx, l.district)
		if err != nil {
			return err
		}
		if err := l.feed.Sync(ctx); err != nil {
			return err
		}
		l.settled.Store(&at)
		switch {
		case !known.After(at):
			return nil
		case time.Since(began) > settleFor:
			return kindNotSettled.fail("%s is not settled: what was learned up to %s is known", known.Format(time.RFC3339Nano), at.Format(time.RFC3339Nano))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

package postgres

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// pollEvery is how often a feed looks without being woken.
	pollEvery = 5 * time.Second
	// longestTry is the try from which pauses grow no more: up to 5 s, as polls.
	longestTry = 8
)

// Run keeps the feed going until ctx ends: it reads when it is woken, and polls
// besides. Reading and listening each have a connection and tries of their own,
// so that changes arrive also while there is no connection left to listen on.
func (f *Feed) Run(ctx context.Context, log *slog.Logger) {
	log = log.With("district", f.district)
	// One is enough for any number of changes, since a reading takes all of them.
	wake := make(chan struct{}, 1)
	var listener sync.WaitGroup
	listener.Go(func() { f.stayAwake(ctx, log, wake) })
	defer listener.Wait()
	for failed := 0; ctx.Err() == nil; {
		if err := f.Sync(ctx); err != nil {
			if failed++; ctx.Err() == nil {
				log.Warn("change feed: not read, trying again", "error", err)
			}
			pause(ctx, min(failed, longestTry))
			continue
		}
		failed = 0
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(f.poll):
		}
	}
}

// stayAwake listens until ctx ends, and connects again when the connection is
// lost: after a moment first, later each time it fails, and never at a time that
// all servers that lost the same database have in common.
func (f *Feed) stayAwake(ctx context.Context, log *slog.Logger, wake chan<- struct{}) {
	for failed := 0; ctx.Err() == nil; {
		err := f.listen(ctx, func() {
			failed = 0
			select {
			case wake <- struct{}{}:
			default: // woken already
			}
		})
		if failed++; ctx.Err() == nil {
			log.Warn("change feed: nobody listens, connecting again", "error", err)
		}
		pause(ctx, min(failed, longestTry))
	}
}

// listen calls heard with each notification, and once when it begins to listen:
// nobody told what was committed before. It ends with the connection.
func (f *Feed) listen(ctx context.Context, heard func()) error {
	cfg, err := pgx.ParseConfig(f.db.url)
	if err != nil {
		return err
	}
	f.db.connConfig(cfg, "feed")
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "listen "+changeChannel); err != nil {
		return err
	}
	for {
		heard()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

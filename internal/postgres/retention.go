package postgres

import (
	"context"
	"fmt"
	"time"
)

// Purged counts what [Purge] removed.
type Purged struct {
	Changes, Keys int64
}

// Purge removes a district's change-feed rows from before one instant and its
// write keys from before another. A reader of the feed that was away for longer
// loads everything anew; a report sent again under a key that is gone is told
// that its id was used before. Its scope is the whole district.
func Purge(ctx context.Context, tx *Tx, changes, keys time.Time) (out Purged, err error) {
	tag, err := tx.Exec(ctx, `delete from gridward.change_feed where district = $1 and at < $2`, tx.Scope().District, changes)
	if err != nil {
		return out, fmt.Errorf("purge the change feed: %w", err)
	}
	out.Changes = tag.RowsAffected()
	if tag, err = tx.Exec(ctx, `delete from gridward.write_key where district = $1 and created_at < $2`, tx.Scope().District, keys); err != nil {
		return out, fmt.Errorf("purge write keys: %w", err)
	}
	out.Keys = tag.RowsAffected()
	return out, nil
}

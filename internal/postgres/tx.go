package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Tx is a transaction in a scope. Commit and rollback are [DB.InScope]'s.
type Tx struct {
	tx      pgx.Tx
	scope   Scope
	changes []change
	audits  []auditRow

	learning bool      // holds the lock of Learn
	learnAs  time.Time // see LearnAs
}

type change struct {
	topic  string
	entity uuid.UUID
	detail any
}

type auditRow struct {
	action, kind, entity string
	detail               any
}

// Scope is the transaction's scope.
func (t *Tx) Scope() Scope { return t.scope }

// Query is pgx's.
func (t *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.tx.Query(ctx, sql, args...)
}

// QueryRow is pgx's.
func (t *Tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.tx.QueryRow(ctx, sql, args...)
}

// Exec is pgx's.
func (t *Tx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.tx.Exec(ctx, sql, args...)
}

// SendBatch is pgx's.
func (t *Tx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.tx.SendBatch(ctx, b)
}

// CopyFrom is pgx's. PostgreSQL refuses COPY into a table with row-level
// security; use [Tx.CopyInto] for those.
func (t *Tx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	return t.tx.CopyFrom(ctx, table, columns, src)
}

// CopyInto loads many rows into a table of the schema gridward by COPY into a
// temporary table and one insert, since COPY itself stops at row-level security.
func (t *Tx) CopyInto(ctx context.Context, table string, columns []string, src pgx.CopyFromSource) (int64, error) {
	name := "staged_" + table
	staged := pgx.Identifier{name}.Sanitize()
	target := pgx.Identifier{"gridward", table}.Sanitize()
	list := ""
	for i, c := range columns {
		if i > 0 {
			list += ", "
		}
		list += pgx.Identifier{c}.Sanitize()
	}
	if _, err := t.Exec(ctx, fmt.Sprintf(`create temporary table if not exists %s on commit drop as select %s from %s limit 0`, staged, list, target)); err != nil {
		return 0, err
	}
	if _, err := t.CopyFrom(ctx, pgx.Identifier{name}, columns, src); err != nil {
		return 0, err
	}
	tag, err := t.Exec(ctx, fmt.Sprintf(`insert into %s (%s) select %[2]s from %s`, target, list, staged))
	if err != nil {
		return 0, err
	}
	_, err = t.Exec(ctx, `drop table `+staged)
	return tag.RowsAffected(), err
}

// Change says that something changed; readers of the change feed see it once
// the transaction has committed. entity is zero when the whole topic changed.
func (t *Tx) Change(topic string, entity uuid.UUID, detail any) {
	t.changes = append(t.changes, change{topic, entity, detail})
}

// Audit says who did what; it is kept with the transaction, for ever.
func (t *Tx) Audit(action, kind, entity string, detail any) {
	t.audits = append(t.audits, auditRow{action, kind, entity, detail})
}

// changeChannel is the channel that wakes readers of the change feed.
const changeChannel = "gridward_change"

// flush writes the change-feed and audit rows, and one notification.
func (t *Tx) flush(ctx context.Context, now time.Time) error {
	if len(t.changes) == 0 && len(t.audits) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, c := range t.changes {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		detail, err := nullJSON(c.detail)
		if err != nil {
			return fmt.Errorf("change %s: %w", c.topic, err)
		}
		var entity any
		if c.entity != uuid.Nil {
			entity = c.entity
		}
		batch.Queue(`insert into gridward.change_feed (district, id, topic, entity, detail) values ($1, $2, $3, $4, $5)`,
			t.scope.District, id, c.topic, entity, detail)
	}
	for _, a := range t.audits {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		detail, err := nullJSON(a.detail)
		if err != nil {
			return fmt.Errorf("audit of %s %s: %w", a.action, a.kind, err)
		}
		batch.Queue(`insert into gridward.audit (district, id, at, actor, request_id, action, kind, entity, detail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			t.scope.District, id, now, t.scope.Actor, t.scope.RequestID, a.action, a.kind, a.entity, detail)
	}
	if len(t.changes) > 0 {
		batch.Queue(`select pg_notify($1, $2)`, changeChannel, t.scope.District)
	}
	if err := t.tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write change feed and audit: %w", err)
	}
	return nil
}

func nullJSON(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	raw, err := json.Marshal(v)
	return string(raw), err
}

// attempts is how often a transaction is tried that lost against another one.
const attempts = 6

// Read runs fn in a read-only transaction that sees one instant.
func (db *DB) Read(ctx context.Context, class PoolClass, scope Scope, fn func(context.Context, *Tx) error) error {
	return db.inScope(ctx, class, scope, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

// InScope runs fn in a read-write transaction of a scope, and again when it
// lost against another transaction (40001, 40P01): fn must be free of side
// effects outside it. It is the only way to write. What is known of a
// transaction that failed, [OutcomeOf] says of the error.
//
// Transactions are READ COMMITTED: each statement sees what was committed when
// it began. The pool Tiles refuses to write.
func (db *DB) InScope(ctx context.Context, class PoolClass, scope Scope, fn func(context.Context, *Tx) error) error {
	return db.inScope(ctx, class, scope, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, fn)
}

func (db *DB) inScope(ctx context.Context, class PoolClass, scope Scope, opts pgx.TxOptions, fn func(context.Context, *Tx) error) error {
	setting, err := scope.setting()
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := db.once(ctx, class, scope, setting, opts, fn)
		if err == nil || try == attempts || !lostRace(err) {
			return err
		}
		if pause(ctx, try) != nil {
			return err
		}
	}
}

// pause waits before another try: longer each time, and never as long as
// whoever collided with us.
func pause(ctx context.Context, try int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(10+rand.IntN(20<<try)) * time.Millisecond):
		return nil
	}
}

func (db *DB) once(ctx context.Context, class PoolClass, scope Scope, setting string, opts pgx.TxOptions, fn func(context.Context, *Tx) error) (err error) {
	conn, err := db.pools[class].Acquire(ctx)
	if err != nil {
		return &Unavailable{err}
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, opts)
	if err != nil {
		return &Unavailable{fmt.Errorf("begin: %w", err)}
	}
	defer func() {
		if err == nil {
			return
		}
		cut := conn.Conn().IsClosed() && ctx.Err() == nil
		// The caller's context may be the reason why we are here.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if spoilt(err) {
			cut = cut || OutcomeOf(err) == Unknown
			conn.Conn().Close(ctx)
		} else {
			tx.Rollback(ctx)
		}
		if _, known := errors.AsType[*UnknownOutcome](err); cut && !known && !clearRefusal(err) {
			err = &UnknownOutcome{err} // cut off: what the server did of it, only a key can tell
		}
	}()
	if _, err := tx.Exec(ctx, "set local gridward.scope = '"+setting+"'"); err != nil {
		return fmt.Errorf("set the scope: %w", err)
	}
	t := &Tx{tx: tx, scope: scope}
	if err := fn(ctx, t); err != nil {
		return err
	}
	if err := t.flush(ctx, time.Now()); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err // nobody waits for it any more: better not done than unknown
	}
	return commit(ctx, conn.Conn().PgConn(), tx)
}

// commitTime is how long a commit may take. A caller that goes away meanwhile
// does not cut it short, since nobody could say then what became of it.
const commitTime = 5 * time.Second

func commit(ctx context.Context, conn *pgconn.PgConn, tx pgx.Tx) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	delete(conn.CustomData(), warned)
	err := tx.Commit(ctx)
	warning, uncertain := conn.CustomData()[warned]
	switch {
	case err == nil && uncertain:
		return &UnknownOutcome{fmt.Errorf("commit: %v", warning)}
	case err == nil:
		return nil
	case clearRefusal(err):
		return fmt.Errorf("commit: %w", err)
	}
	return &UnknownOutcome{fmt.Errorf("commit: %w", err)}
}

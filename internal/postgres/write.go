package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrKeyReused says that a write key came back with another request.
var ErrKeyReused = errors.New("this id was used before for a different request")

// Write runs fn once for a key that the client made, in the pool API. A repeat
// of the same request (the same JSON) gets the first answer, byte for byte;
// another request under the key gets ErrKeyReused. Requests that arrive under
// one key at the same time wait for each other. When the connection is lost or a
// commit's outcome is unknown the key is tried again, so the answer is certain, or an error that
// [OutcomeOf] calls unknown, and then the client may ask again with the key.
// fn may run several times; only what it did last is kept.
func (db *DB) Write(ctx context.Context, scope Scope, key uuid.UUID, request any, fn func(context.Context, *Tx) (any, error)) (response json.RawMessage, repeated bool, err error) {
	raw, err := json.Marshal(request)
	if err != nil {
		return nil, false, fmt.Errorf("hash the request: %w", err)
	}
	hash := sha256.Sum256(raw)
	for try := 1; ; try++ {
		response, repeated, err = db.writeOnce(ctx, scope, key, hash[:], fn)
		_, unknown := errors.AsType[*UnknownOutcome](err)
		// With the key in hand any of these may be tried again; lost races
		// InScope has tried already.
		again := unknown || sameKeyAtOnce(err) || (OutcomeOf(err) == NotDone && !lostRace(err))
		if !again || try == attempts || pause(ctx, try) != nil {
			return response, repeated, err
		}
	}
}

// Repeat runs a transaction in the pool API whose work is its own key: done
// again, it changes nothing more. So it is tried again when the connection is
// lost or the commit's outcome is not known, and its answer is certain, or an
// error that [OutcomeOf] calls unknown.
func (db *DB) Repeat(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	for try := 1; ; try++ {
		err := db.InScope(ctx, API, scope, fn)
		_, unknown := errors.AsType[*UnknownOutcome](err)
		again := unknown || (OutcomeOf(err) == NotDone && !lostRace(err))
		if err == nil || !again || try == attempts || pause(ctx, try) != nil {
			return err
		}
	}
}

func (db *DB) writeOnce(ctx context.Context, scope Scope, key uuid.UUID, hash []byte, fn func(context.Context, *Tx) (any, error)) (response json.RawMessage, repeated bool, err error) {
	err = db.InScope(ctx, API, scope, func(ctx context.Context, tx *Tx) error {
		known, err := tx.lookUpKey(ctx, key, &response)
		if err != nil {
			return fmt.Errorf("look up the write key: %w", err)
		}
		if repeated = known != nil; repeated {
			if !bytes.Equal(known, hash) {
				return ErrKeyReused
			}
			return nil
		}
		answer, err := fn(ctx, tx)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
		// The answer as it is kept, so that the first one and a repeat are the same bytes.
		err = tx.QueryRow(ctx, `insert into gridward.write_key (district, key, request_hash, response) values ($1, $2, $3, $4) returning response`,
			scope.District, key, hash, string(raw)).Scan(&response)
		if err != nil {
			return fmt.Errorf("keep the write key: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return response, repeated, nil
}

// lookUpKey finds the hash and the answer under a key; the hash is nil for a
// new key. It waits for whoever holds the same key, so that fn does not collide
// with itself over rows that carry the key as their own id. The wait is a
// courtesy: the primary key is what keeps a second answer out.
func (t *Tx) lookUpKey(ctx context.Context, key uuid.UUID, response *json.RawMessage) (hash []byte, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, t.scope.District+key.String())
	batch.Queue(`select request_hash, response from gridward.write_key where district = $1 and key = $2`, t.scope.District, key).
		QueryRow(func(row pgx.Row) error {
			err := row.Scan(&hash, response)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			return err
		})
	return hash, t.SendBatch(ctx, batch).Close()
}

// sameKeyAtOnce reports whether another transaction stored the same key first.
func sameKeyAtOnce(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "23505" && pg.ConstraintName == "write_key_pkey"
}

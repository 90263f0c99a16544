package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrKeyReused says that a write key came back with another request.
var ErrKeyReused = errors.New("this id was used before for a different request")

// Write runs fn once for a key that the client made. A repeat of the same
// request gets the first answer; another request under the key gets
// ErrKeyReused. When a commit's outcome is unknown the key is tried again, so
// the answer is always certain or an error that says to ask again.
func (db *DB) Write(ctx context.Context, scope Scope, key uuid.UUID, request any, fn func(context.Context, *Tx) (any, error)) (response json.RawMessage, repeated bool, err error) {
	raw, err := json.Marshal(request)
	if err != nil {
		return nil, false, fmt.Errorf("hash the request: %w", err)
	}
	hash := sha256.Sum256(raw)
	for try := 1; ; try++ {
		response, repeated, err = db.writeOnce(ctx, scope, key, hash[:], fn)
		_, unknown := errors.AsType[*UnknownOutcome](err)
		again := unknown || sameKeyAtOnce(err)
		if !again || try == attempts || ctx.Err() != nil {
			return response, repeated, err
		}
		select {
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-time.After(time.Duration(20<<try) * time.Millisecond):
		}
	}
}

func (db *DB) writeOnce(ctx context.Context, scope Scope, key uuid.UUID, hash []byte, fn func(context.Context, *Tx) (any, error)) (response json.RawMessage, repeated bool, err error) {
	err = db.InScope(ctx, API, scope, func(ctx context.Context, tx *Tx) error {
		var known []byte
		err := tx.QueryRow(ctx, `select request_hash, response from gridward.write_key where district = $1 and key = $2`, scope.District, key).Scan(&known, &response)
		switch {
		case err == nil && !bytes.Equal(known, hash):
			return ErrKeyReused
		case err == nil:
			repeated = true
			return nil
		case !errors.Is(err, pgx.ErrNoRows):
			return fmt.Errorf("look up the write key: %w", err)
		}
		repeated = false
		answer, err := fn(ctx, tx)
		if err != nil {
			return err
		}
		if response, err = json.Marshal(answer); err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
		_, err = tx.Exec(ctx, `insert into gridward.write_key (district, key, request_hash, response) values ($1, $2, $3, $4)`, scope.District, key, hash, string(response))
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return response, repeated, nil
}

// sameKeyAtOnce reports whether another transaction stored the same key first.
func sameKeyAtOnce(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "23505" && pg.ConstraintName == "write_key_pkey"
}

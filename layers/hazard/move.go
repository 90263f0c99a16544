package hazard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// ErrMove says that a hazard cannot go from its state to the one asked for.
var ErrMove = errors.New("the hazard cannot go there")

// ErrStale says that somebody moved the hazard meanwhile.
var ErrStale = errors.New("the hazard changed meanwhile")

// ErrNone says that no such hazard is in the scope.
var ErrNone = errors.New("there is no such hazard")

// MayMove checks a step of a hazard's life. It goes forward, over as many
// states as was done at once (what is put right on the spot is closed at once);
// work that did not hold goes back from handled or verified to dispatched. A
// closed hazard stays closed: what is found again is a new finding.
func MayMove(from, to State) error {
	at, next := slices.Index(States, from), slices.Index(States, to)
	back := to == Dispatched && (from == Handled || from == Verified)
	switch {
	case next < 0:
		return fmt.Errorf("%w: state %q is none of %v", ErrMove, to, States)
	case from == Closed:
		return fmt.Errorf("%w: it is closed; report what was found again as a new hazard", ErrMove)
	case next <= at && !back:
		return fmt.Errorf("%w: from %s it goes forward, or from handled and verified back to dispatched, not to %s", ErrMove, from, to)
	}
	return nil
}

// Move brings a hazard from the version that the caller saw to another state;
// at is when that happened. Errors wrap ErrNone, ErrStale or ErrMove.
func Move(ctx context.Context, tx *postgres.Tx, id uuid.UUID, version int32, to State, at time.Time) (Hazard, error) {
	found, err := ByID(ctx, tx, id)
	if err != nil {
		return Hazard{}, err
	}
	if len(found) == 0 {
		return Hazard{}, fmt.Errorf("%w: %s", ErrNone, id)
	}
	h := found[0]
	stale := fmt.Errorf("%w: you saw version %d, it is now %s", ErrStale, version, h.State)
	if h.Version != version {
		return h, stale
	}
	if err := MayMove(h.State, to); err != nil {
		return h, err
	}
	if at.Before(h.DiscoveredAt) {
		return h, fmt.Errorf("%w: it was discovered at %s, after %s", ErrMove, h.DiscoveredAt.Format(time.RFC3339), at.Format(time.RFC3339))
	}
	var closed any
	if to == Closed {
		closed, h.ClosedAt = at, at
	}
	from := h.State
	err = tx.QueryRow(ctx, queries.Get("set_state"), tx.Scope().District, tx.Scope().Visible(), id, version, string(to), closed).Scan(&h.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return h, stale // another transaction was faster
	}
	if err != nil {
		return h, fmt.Errorf("move hazard %s: %w", id, err)
	}
	h.State = to
	tx.Change("hazard", id, nil)
	tx.Audit("move", "hazard", id.String(), map[string]any{"from": from, "to": to, "at": at})
	return h, nil
}

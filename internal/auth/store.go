package auth

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// SQL is every statement of this package, one a file.
//
//go:embed sql/*.sql
var SQL embed.FS

var queries = postgres.LoadQueries(SQL)

// Create makes an account in the transaction's district and returns its token,
// which cannot be had again. districtUnit is the district's own 12-digit code;
// an account that has it sees the whole district.
func Create(ctx context.Context, tx *postgres.Tx, name string, role Role, units []string, now time.Time, expires time.Time) (uuid.UUID, string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil, "", err
	}
	token, hash := newToken(tx.Scope().District, id)
	var until *time.Time
	if !expires.IsZero() {
		until = &expires
	}
	if _, err := tx.Exec(ctx, queries.Get("insert_account"), tx.Scope().District, id, name, string(role), units, hash, now, until); err != nil {
		return uuid.Nil, "", fmt.Errorf("make the account %q: %w", name, err)
	}
	tx.Audit("create", "account", id.String(), map[string]any{"name": name, "role": role, "units": units})
	return id, token, nil
}

// Revoke ends an account; false if there is none that is still good.
func Revoke(ctx context.Context, tx *postgres.Tx, id uuid.UUID, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, queries.Get("revoke_account"), tx.Scope().District, id, now)
	if err != nil {
		return false, fmt.Errorf("revoke account %s: %w", id, err)
	}
	tx.Audit("revoke", "account", id.String(), nil)
	return tag.RowsAffected() == 1, nil
}

// remembered is how long an answer of the database about a token is believed:
// a revoked token works at most this long.
const remembered = 5 * time.Second

// Verifier finds the account that a token stands for.
type Verifier struct {
	db           *postgres.DB
	districtUnit func(ctx context.Context, district string) (string, error)

	mu    sync.Mutex
	known map[string]answer
}

type answer struct {
	principal *Principal
	err       error
	until     time.Time
}

// NewVerifier makes a verifier. districtUnit gives the 12-digit code of the
// unit that a district is.
func NewVerifier(db *postgres.DB, districtUnit func(ctx context.Context, district string) (string, error)) *Verifier {
	return &Verifier{db: db, districtUnit: districtUnit, known: map[string]answer{}}
}

// Verify is the principal of a token, or ErrBadToken, or another error when
// the database cannot be asked.
func (v *Verifier) Verify(ctx context.Context, token string, now time.Time) (*Principal, error) {
	district, id, secret, err := parseToken(token)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	a, ok := v.known[token]
	v.mu.Unlock()
	if ok && now.Before(a.until) {
		return a.principal, a.err
	}
	p, err := v.ask(ctx, district, id, secret, now)
	if err == nil || errors.Is(err, ErrBadToken) {
		v.mu.Lock()
		if len(v.known) > 10000 { // a flood of bad tokens must not fill the memory
			clear(v.known)
		}
		v.known[token] = answer{p, err, now.Add(remembered)}
		v.mu.Unlock()
	}
	return p, err
}

// Remembered is whose a token is, if it was asked for within the time for which
// answers are remembered.
func (v *Verifier) Remembered(token string, now time.Time) (*Principal, bool) {
	v.mu.Lock()
	a, ok := v.known[token]
	v.mu.Unlock()
	return a.principal, ok && a.err == nil && now.Before(a.until)
}

func (v *Verifier) ask(ctx context.Context, district string, id uuid.UUID, secret []byte, now time.Time) (*Principal, error) {
	p := &Principal{ID: id, District: district}
	var hash []byte
	var role string
	var expires, revoked *time.Time
	err := v.db.Read(ctx, postgres.API, postgres.Scope{District: district, Actor: "auth"}, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, queries.Get("account_by_id"), district, id).Scan(&p.Name, &role, &p.Units, &hash, &expires, &revoked)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, ErrBadToken
	case err != nil:
		return nil, fmt.Errorf("look up the account: %w", err)
	case !matches(secret, hash), revoked != nil, expires != nil && !now.Before(*expires):
		return nil, ErrBadToken
	}
	p.Role, p.Units = Role(role), slices.Compact(slices.Sorted(slices.Values(p.Units)))
	whole, err := v.districtUnit(ctx, district)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.Units, whole) {
		p.Scope = p.Units
		if len(p.Scope) == 0 {
			return nil, ErrBadToken // an account without units sees nothing
		}
	}
	return p, nil
}

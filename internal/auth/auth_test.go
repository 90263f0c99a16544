package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

var now = time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)

func TestATokenLivesAndEnds(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	scope := postgres.Scope{District: "310113", Actor: "test"}
	var id uuid.UUID
	var good, short string
	err := db.InScope(t.Context(), postgres.API, scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if id, good, err = Create(ctx, tx, "a", Inspector, []string{"310113001000"}, now, time.Time{}); err != nil {
			return err
		}
		_, short, err = Create(ctx, tx, "b", Admin, []string{"310113000000"}, now, now.Add(time.Hour))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	unit := func(context.Context, string) (string, error) { return "310113000000", nil }
	fresh := func() *Verifier { return NewVerifier(db, unit) } // remembers nothing yet
	p, err := fresh().Verify(t.Context(), good, now)
	if err != nil || p.ID != id || p.Role != Inspector || len(p.Scope) != 1 || p.Scope[0] != "310113001000" {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err := fresh().Verify(t.Context(), short, now); err != nil || p.Scope != nil {
		t.Errorf("the whole district: %+v, %v", p, err)
	}
	if _, err := fresh().Verify(t.Context(), short, now.Add(time.Hour)); !errors.Is(err, ErrBadToken) {
		t.Errorf("after its end: %v", err)
	}
	last := good[len(good)-2:]
	swapped := good[:len(good)-2] + map[bool]string{true: "AA", false: "QQ"}[last != "AA"]
	for _, bad := range []string{"", "x", swapped, strings.Replace(good, "310113", "310114", 1), strings.Replace(good, ".", ",", 1), good + "A"} {
		if _, err := fresh().Verify(t.Context(), bad, now); !errors.Is(err, ErrBadToken) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	var stored int
	if err := testdb.Owner(t, db).QueryRow(t.Context(), `select count(*) from gridward.account where encode(token_hash, 'escape') like '%' || $1 || '%'`, good[len(good)-20:]).Scan(&stored); err != nil || stored != 0 {
		t.Errorf("the secret stands in the database: %d, %v", stored, err)
	}
	err = db.InScope(t.Context(), postgres.API, scope, func(ctx context.Context, tx *postgres.Tx) error {
		for _, want := range []bool{true, false} {
			if ok, err := Revoke(ctx, tx, id, now); err != nil || ok != want {
				t.Errorf("revoked %v, %v", ok, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh().Verify(t.Context(), good, now); !errors.Is(err, ErrBadToken) {
		t.Errorf("after its revocation: %v", err)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for role, may := range map[Role]string{Admin: "read report excuse operate", Planner: "read report excuse", Inspector: "read report", Viewer: "read", Auditor: "read", "ghost": ""} {
		for _, a := range []Action{Read, Report, Excuse, Operate} {
			if got, want := role.Can(a), strings.Contains(may, string(a)); got != want {
				t.Errorf("%s may %s: %v", role, a, got)
			}
		}
	}
}

func FuzzParseToken(f *testing.F) {
	token, _ := newToken("310113", uuid.New())
	f.Add(token)
	f.Add("gw.310113..")
	f.Fuzz(func(t *testing.T, s string) {
		district, _, secret, err := parseToken(s)
		if err == nil && (len(district) != 6 || len(secret) != secretBytes) {
			t.Fatalf("%q: district %q, %d bytes of secret", s, district, len(secret))
		}
	})
}

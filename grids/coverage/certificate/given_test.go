package certificate_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/certificate"
)

// seeded is a key that is always the same.
func seeded(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func randomID(r *rand.Rand) (id uuid.UUID) {
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	return id
}

var states = []certificate.State{certificate.Met, certificate.Attempted, certificate.Open, certificate.Overdue, certificate.Excused, certificate.Disputed}

// randomObligations are n different ones, of about n/2 places, in no order.
func randomObligations(r *rand.Rand, n int) []certificate.Obligation {
	var out []certificate.Obligation
	for len(out) < n {
		place := randomID(r)
		for _, duty := range []string{"class-1", "class-2"} {
			for month := 1; month <= 6 && len(out) < n && r.IntN(6) == 0; month++ {
				o := certificate.Obligation{Place: place, Duty: duty, Period: fmt.Sprintf("2026-%02d", month),
					State: states[r.IntN(len(states))], HolderAtClose: "310113101000", Category: "small_commercial"}
				if o.State == certificate.Met {
					o.Visit, o.HolderAtVisit = randomID(r), "310113103000"
				}
				out = append(out, o)
			}
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func leavesOf(t testing.TB, obligations []certificate.Obligation) *certificate.Leaves {
	t.Helper()
	l, err := certificate.NewLeaves(obligations)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func day(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

// statementOf is a statement that agrees with the obligations; it counts them by
// itself.
func statementOf(obligations []certificate.Obligation) certificate.Statement {
	s := certificate.Statement{
		District: "310113", Unit: "310113101000", UnitName: "罗店镇", Class: 0, Duties: []string{"class-2", "class-1"}, Period: "2026-H1",
		KnownAt:  time.Date(2026, 7, 1, 8, 0, 0, 123456000, time.UTC),
		AsOf:     time.Date(2026, 6, 30, 16, 0, 0, 0, time.UTC),
		IssuedAt: time.Date(2026, 7, 1, 8, 0, 1, 0, time.UTC),
		Policies: []certificate.Policy{{Version: "2026.2", ValidFrom: day("2026-04-01"), SHA256: certificate.Digest{2}}, {Version: "2026.1", ValidFrom: day("2026-01-01"), SHA256: certificate.Digest{1}}},
		Plans:    []certificate.Plan{{ID: uuid.UUID{7}, Town: "310113101000", EffectiveFrom: day("2026-01-01")}},
	}
	for _, o := range obligations {
		s.Total++
		if o.State != certificate.Excused {
			s.Due++
		}
		switch o.State {
		case certificate.Met:
			s.Counts.Met++
			s.Met++
		case certificate.Attempted:
			s.Counts.Attempted++
		case certificate.Open:
			s.Counts.Open++
		case certificate.Overdue:
			s.Counts.Overdue++
		case certificate.Excused:
			s.Counts.Excused++
		case certificate.Disputed:
			s.Counts.Disputed++
		}
	}
	if s.Due > 0 {
		done, gap := s.Met == s.Due, 31
		s.Complete, s.LongestGapDays = &done, &gap
	}
	return s
}

func issued(t testing.TB, obligations []certificate.Obligation) (*certificate.Certificate, *certificate.Leaves) {
	t.Helper()
	l := leavesOf(t, obligations)
	c, err := certificate.Issue(statementOf(obligations), l, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	return c, l
}

func proven(t testing.TB, c *certificate.Certificate, l *certificate.Leaves, place uuid.UUID) []byte {
	t.Helper()
	p, err := certificate.Prove(c, l, place)
	if err != nil {
		t.Fatal(err)
	}
	return p.Encode()
}

// The test's own way to read and write documents: encoding/json, which sorts the
// members of a map.

type doc = map[string]any

func read(t testing.TB, raw []byte) doc {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out doc
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// seal signs a certificate's statement whatever it says, as an issuer without
// this package's scruples could.
func seal(t testing.TB, certificate doc, key ed25519.PrivateKey) {
	t.Helper()
	signed := append([]byte("gridward/coverage-certificate/1\x00"), write(t, certificate["statement"])...)
	certificate["signature"] = hex.EncodeToString(ed25519.Sign(key, signed))
	certificate["public_key"] = hex.EncodeToString(public(key))
}

// flawsOf are an error's, each once and in order.
func flawsOf(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var faults certificate.Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("%v is no list of faults", err)
	}
	var out []string
	for _, f := range faults {
		if f.Why == "" || !errors.Is(err, f.Flaw) {
			t.Fatalf("fault %+v has no reason, or is not found in its error", f)
		}
		out = append(out, string(f.Flaw))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func wantFlaws(t testing.TB, err error, want ...certificate.Flaw) {
	t.Helper()
	words := make([]string, len(want))
	for i := range want {
		words[i] = string(want[i])
	}
	slices.Sort(words)
	if got := flawsOf(t, err); !slices.Equal(got, words) {
		t.Errorf("found [%s], want [%s]: %v", strings.Join(got, " "), strings.Join(words, " "), err)
	}
}

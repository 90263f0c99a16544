package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/certificate"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

type coverageCertifyCmd struct {
	Unit    string    `help:"Town, park or community (12 digits); the whole district without it."`
	Class   int       `enum:"0,1,2,3" default:"0" help:"1, 2 or 3; all without it."`
	Period  string    `required:"" help:"A month such as 2026-10 or a half-year such as 2026-H2."`
	KnownAt time.Time `format:"2006-01-02T15:04:05Z07:00" help:"As known at this moment, such as 2026-11-03T00:00:00+08:00; what is settled now without it."`
	Out     string    `default:"-" help:"File to write; - for the terminal."`
}

// Run signs what coverage was, and keeps it.
func (c coverageCertifyCmd) Run(ctx context.Context, a *app) error {
	period, err := policy.ParsePeriod(c.Period)
	if err != nil {
		return err
	}
	key, err := certificate.LoadOrCreateKey(a.keyFile())
	if err != nil {
		return err
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	settled, err := db.Settled(ctx, a.cli.District)
	if err != nil {
		return err
	}
	known := c.KnownAt
	if known.IsZero() {
		known = settled
	} else if known.After(settled) {
		return fmt.Errorf("%s is not settled: what was learned up to %s is known; ask again in a moment", known.Format(time.RFC3339), settled.Format(time.RFC3339))
	}
	of, err := a.bookOf(ctx, db, period)
	if err != nil {
		return err
	}
	unit, err := of.unit(c.Unit)
	if err != nil {
		return err
	}
	var document []byte
	err = db.InScope(ctx, postgres.Jobs, a.scope("certify"), func(ctx context.Context, tx *postgres.Tx) (err error) {
		document, err = of.book.Sign(ctx, tx, coverage.Order{ID: uuid.Must(uuid.NewV7()), Tree: of.tree, Unit: unit, Class: c.Class, Period: period, Known: known}, key, time.Now())
		return err
	})
	if err != nil {
		return err
	}
	return a.write(c.Out, document)
}

type coverageProveCmd struct {
	Certificate string `arg:"" type:"existingfile" help:"The certificate."`
	Place       string `required:"" help:"Id of the place."`
	Out         string `default:"-" help:"File to write; - for the terminal."`
}

// Run proves what a certificate says of a place, from what is stored.
func (c coverageProveCmd) Run(ctx context.Context, a *app) error {
	place, err := uuid.Parse(c.Place)
	if err != nil {
		return fmt.Errorf("--place: %w", err)
	}
	raw, err := os.ReadFile(c.Certificate)
	if err != nil {
		return err
	}
	key, err := certificate.LoadOrCreateKey(a.keyFile())
	if err != nil {
		return err
	}
	signed, err := certificate.Check(raw, key.Public().(ed25519.PublicKey))
	if signed == nil {
		return fmt.Errorf("%s: %w", c.Certificate, err)
	}
	period, err := policy.ParsePeriod(signed.Statement.Period)
	if err != nil {
		return err
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	of, err := a.bookOf(ctx, db, period)
	if err != nil {
		return err
	}
	unit, err := of.unit(signed.Statement.Unit)
	if err != nil {
		return err
	}
	order := coverage.Order{Unit: unit, Class: signed.Statement.Class, Period: period}
	proof, err := of.book.Prove(signed, order.Query(), place)
	if err != nil {
		return err
	}
	return a.write(c.Out, proof.Encode())
}

type coverageCheckCmd struct {
	File  string `arg:"" type:"existingfile" help:"A certificate, or a proof that coverage prove made."`
	Trust string `name:"trust" type:"existingfile" help:"The issuer's public key as PEM (GET /api/coverage/certificates/key); your own without it."`
	Place string `help:"With a proof: the place that it must be about."`
}

// Run checks a certificate or a proof; it needs neither a database nor a network.
func (c coverageCheckCmd) Run(_ context.Context, a *app) error {
	raw, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	trusted, err := c.trusted(a)
	if err != nil {
		return err
	}
	proof, wrong := certificate.CheckProof(raw, trusted)
	if proof == nil || wrong != nil {
		signed, err := certificate.Check(raw, trusted)
		if err != nil && (proof != nil || looksLikeProof(raw)) {
			err = wrong
		}
		if err != nil {
			return fmt.Errorf("%s is not to be trusted: %w", c.File, err)
		}
		a.sayStatement(&signed.Statement)
		return nil
	}
	if c.Place != "" && proof.Place.String() != c.Place {
		return fmt.Errorf("%s is about the place %s, not %s", c.File, proof.Place, c.Place)
	}
	a.sayStatement(&proof.Certificate.Statement)
	if proof.Absent() {
		fmt.Fprintf(a.out, "proved: place %s owes nothing in it\n", proof.Place)
		return nil
	}
	for _, o := range proof.Obligations {
		fmt.Fprintf(a.out, "proved: place %s, %s, %s: %s", o.Place, o.Duty, o.Period, o.State)
		if o.Visit != uuid.Nil {
			fmt.Fprintf(a.out, " by visit %s", o.Visit)
		}
		fmt.Fprintln(a.out)
	}
	return nil
}

// looksLikeProof tells which of two errors to show.
func looksLikeProof(raw []byte) bool {
	var head struct {
		Format string `json:"format"`
	}
	return json.Unmarshal(raw, &head) == nil && head.Format == certificate.ProofFormat
}

// trusted is the key that is believed.
func (c coverageCheckCmd) trusted(a *app) (ed25519.PublicKey, error) {
	if c.Trust != "" {
		raw, err := os.ReadFile(c.Trust)
		if err != nil {
			return nil, err
		}
		return certificate.ParsePublicKey(raw)
	}
	if _, err := os.Stat(a.keyFile()); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("whom do you trust? Give the issuer's public key with --trust (there is no key in %s)", a.keyFile())
	}
	key, err := certificate.LoadOrCreateKey(a.keyFile())
	if err != nil {
		return nil, err
	}
	return key.Public().(ed25519.PublicKey), nil
}

func (a *app) sayStatement(s *certificate.Statement) {
	verdict := "nothing is due"
	if s.Complete != nil && *s.Complete {
		verdict = "complete"
	} else if s.Complete != nil {
		verdict = fmt.Sprintf("not complete: %d missing", s.Due-s.Met)
	}
	fmt.Fprintf(a.out, "signature right, key %s\n%s (%s), class %d, %s, as known at %s\n%d obligations, %d due, %d met: %s\n",
		s.KeyID, s.UnitName, s.Unit, s.Class, s.Period, s.KnownAt.Format(time.RFC3339), s.Obligations, s.Due, s.Met, verdict)
}

// write puts a document into a file, or on the terminal.
func (a *app) write(path string, document []byte) error {
	if path == "-" {
		_, err := a.out.Write(append(document, '\n'))
		return err
	}
	return os.WriteFile(path, document, 0o644)
}

package coverage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// Issued is a certificate that was issued: its document as it was signed.
type Issued struct {
	ID       uuid.UUID
	IssuedAt time.Time
	Document string
}

// ErrNoCertificate says that a certificate is not there, or not in the scope.
var ErrNoCertificate = errors.New("no such certificate in your scope")

// keepCertificate stores a certificate; spot holds the units whose accounts see it.
func keepCertificate(ctx context.Context, tx *postgres.Tx, c Issued, o *Order, spot Spot) error {
	if _, err := tx.Exec(ctx, queries.Get("insert_certificate"), tx.Scope().District, c.ID, o.Unit.Code, o.Class, o.Period.String(), o.Known, c.IssuedAt, c.Document, tx.Scope().Actor, spot.Town, spot.Park, spot.Community); err != nil {
		return fmt.Errorf("store the certificate: %w", err)
	}
	tx.Audit("certify", "coverage", c.ID.String(), map[string]any{"unit": o.Unit.Code, "class": o.Class, "period": o.Period.String(), "known_at": o.Known})
	return nil
}

// CertificatesOf lists certificates, the newest first, after one (zero: from the first).
func CertificatesOf(ctx context.Context, tx *postgres.Tx, unit, period string, after Issued, limit int) ([]Issued, error) {
	var before *time.Time
	if !after.IssuedAt.IsZero() {
		before = &after.IssuedAt
	}
	rows, err := tx.Query(ctx, queries.Get("certificates"), tx.Scope().District, tx.Scope().Visible(), unit, period, before, after.ID, limit)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Issued])
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	return out, nil
}

// CertificateByID reads one certificate's document.
func CertificateByID(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (string, error) {
	var document string
	err := tx.QueryRow(ctx, queries.Get("certificate"), tx.Scope().District, tx.Scope().Visible(), id).Scan(&document)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", ErrNoCertificate
	}
	if err != nil {
		return "", fmt.Errorf("read the certificate: %w", err)
	}
	return document, nil
}

package grids

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
)

// Given is what became of a code: it is given once, to one grid, for ever.
type Given struct {
	Code, Town string
	On         time.Time
	Latest     bool // the grid is in the latest plan of the town asked about
}

// GivenCodes are the codes ever given in the district, as a town's next plan
// finds them.
func GivenCodes(ctx context.Context, tx *postgres.Tx, town string) (map[string]Given, error) {
	rows, err := tx.Query(ctx, queries.Get("codes_given"), tx.Scope().District, town)
	if err != nil {
		return nil, fmt.Errorf("read the codes given: %w", err)
	}
	out := map[string]Given{}
	var g Given
	if _, err := pgx.ForEachRow(rows, []any{&g.Code, &g.Town, &g.On, &g.Latest}, func() error { out[g.Code] = g; return nil }); err != nil {
		return nil, fmt.Errorf("read the codes given: %w", err)
	}
	return out, nil
}

package archtest

import (
	"embed"
	"testing"

	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/coverage/track"
	"gridward/grids/plan"
	"gridward/grids/roster"
	"gridward/internal/auth"
	"gridward/internal/testdb"
	"gridward/layers"
	"gridward/layers/hazard"
	"gridward/layers/inspection"
)

// TestEveryStatementPrepares holds every embedded statement to the schema.
func TestEveryStatementPrepares(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	for name, fsys := range map[string]embed.FS{
		"layers": layers.SQL, "layers/inspection": inspection.SQL, "layers/hazard": hazard.SQL,
		"grids": grids.SQL, "grids/plan": plan.SQL, "grids/coverage": coverage.SQL, "grids/coverage/track": track.SQL, "grids/roster": roster.SQL, "internal/auth": auth.SQL,
	} {
		testdb.PrepareAll(t, db, name, fsys)
	}
}

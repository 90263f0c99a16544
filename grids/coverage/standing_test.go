package coverage_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
)

// TestStandingAddsUp: what places owe and have met, one by one, are the counts of
// the district.
func TestStandingAddsUp(t *testing.T) {
	t.Parallel()
	p, err := policy.Default()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 61))
		b := district(p, r, 60)
		now := time.Date(2026, 10, 1+r.IntN(60), r.IntN(24), 0, 0, 0, time.UTC)
		period := octoberOrHalfYear(r)
		standing := b.Standing(period, now)
		due, met := 0, 0
		for _, f := range b.Facts() {
			d, m := standing(f.ID)
			due, met = due+d, met+m
		}
		whole := b.Coverage(coverage.Query{Period: period}, now)
		if wantMet := whole.States[coverage.Met]; due != whole.Total()-whole.States[coverage.Excused] || met != wantMet {
			t.Fatalf("%d due and %d met place by place, the district has %+v", due, met, whole)
		}
	})
}

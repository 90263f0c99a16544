package coverage_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
)

// district is a random book: places of every category in towns, communities
// and grids, with visits.
func district(p *policy.Policy, r *rand.Rand, n int) *coverage.Book {
	facts := make([]coverage.Fact, n)
	visits := map[uuid.UUID][]coverage.Visit{}
	for i := range facts {
		f := &facts[i]
		for k := range f.ID {
			f.ID[k] = byte(r.Uint32())
		}
		town, community := r.IntN(3), r.IntN(4)
		f.Town, f.Community = fmt.Sprintf("31011300%d000", town), fmt.Sprintf("31011300%d00%d", town, community)
		f.Grid = fmt.Sprintf("%s00%d", f.Community, r.IntN(2))
		if r.IntN(3) == 0 {
			f.Park = "310113501000"
		}
		c := p.Categories[r.IntN(len(p.Categories))]
		f.Category = c.Category
		f.Owes, _ = p.Owes(policy.Facts{Category: c.Category, UnderCompound: r.IntN(2) == 0})
		f.ValidFrom = time.Date(2026, time.Month(1+r.IntN(11)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
		visits[f.ID] = randomVisits(r, r.IntN(4))
	}
	return coverage.NewBook(p, facts, visits, nil)
}

func TestPartsAddUpToTheWhole(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 8))
		b := district(p, r, 1+r.IntN(60))
		now := time.Date(2026, 10, 1+r.IntN(45), r.IntN(24), 0, 0, 0, time.UTC)
		q := coverage.Query{Period: policy.Period{Kind: policy.Month, Year: 2026, Number: 10}, Class: r.IntN(4)}
		whole := b.Coverage(q, now)
		for _, by := range []coverage.By{coverage.ByTown, coverage.ByCommunity, coverage.ByGrid, coverage.ByClass, coverage.ByCategory} {
			sum := coverage.NewRollup()
			for _, part := range b.Breakdown(q, by, now) {
				sum.Merge(part)
			}
			if sum != whole {
				t.Fatalf("by %s the parts are %+v, the whole %+v", by, sum, whole)
			}
		}
		unmet := b.Unmet(q, uuid.Nil, 0, 1<<20, now)
		if len(unmet) != whole.Unmet() {
			t.Fatalf("%d listed, %d counted", len(unmet), whole.Unmet())
		}
		// Page by page it is the same list.
		var after uuid.UUID
		duty, paged := 0, 0
		for {
			page := b.Unmet(q, after, duty, 3, now)
			for k, it := range page {
				if it.Fact.ID != unmet[paged+k].Fact.ID || it.Owed.Duty != unmet[paged+k].Owed.Duty {
					t.Fatalf("page item %d is another", paged+k)
				}
			}
			paged += len(page)
			if len(page) < 3 {
				break
			}
			after, duty = page[2].Fact.ID, page[2].Owed.Duty
		}
		if paged != len(unmet) {
			t.Fatalf("%d in pages, %d in all", paged, len(unmet))
		}
		if c := whole.Complete(); (c == nil) != (whole.Due() == 0) || (c != nil && *c != (whole.Unmet() == 0)) {
			t.Fatalf("complete %v of %+v", c, whole)
		}
	})
}

// TestAVisitIsJudgedLikeAWholeNewBook reports visits one by one and compares
// with a book that knew them from the beginning.
func TestAVisitIsJudgedLikeAWholeNewBook(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		one, other := district(p, rand.New(rand.NewPCG(seed, 8)), 20), district(p, rand.New(rand.NewPCG(seed, 8)), 20)
		r := rand.New(rand.NewPCG(seed, 9))
		q := coverage.Query{Period: policy.Period{Kind: policy.Month, Year: 2026, Number: 10}}
		now := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)
		one.Coverage(q, now) // judged before the visits come
		for range 15 {
			f := one.Facts()[r.IntN(20)]
			v := randomVisits(r, 1)[0]
			one.PutVisits(f.ID, v, v)
			other.PutVisits(f.ID, v)
		}
		if a, b := one.Coverage(q, now), other.Coverage(q, now); a != b {
			t.Fatalf("bit by bit %+v, at once %+v", a, b)
		}
	})
}

// BenchmarkCoverageDistrict judges a district's month: 180,000 places.
func BenchmarkCoverageDistrict(b *testing.B) {
	p := shipped(b)
	r := rand.New(rand.NewPCG(1, 1))
	facts := district(p, r, 180_000).Facts()
	visits := map[uuid.UUID][]coverage.Visit{}
	for i := range facts {
		visits[facts[i].ID] = randomVisits(r, r.IntN(4))
	}
	q := coverage.Query{Period: policy.Period{Kind: policy.Month, Year: 2026, Number: 10}}
	now := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)
	n := 0
	for b.Loop() {
		book := coverage.NewBook(p, facts, visits, nil)
		n += book.Coverage(q, now).Total()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "obligations/s")
}

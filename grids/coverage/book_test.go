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

func octoberOrHalfYear(r *rand.Rand) policy.Period {
	october := policy.Period{Kind: policy.Month, Year: 2026, Number: 10}
	return []policy.Period{october, policy.Containing(october.FirstDay(), policy.HalfYear)}[r.IntN(2)]
}

// TestAHalfYearHoldsSixMonths asks for a half-year and for its months: monthly
// duties count six times, half-yearly ones once, whichever is asked.
func TestAHalfYearHoldsSixMonths(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 8))
		b := district(p, r, 1+r.IntN(60))
		now := time.Date(2026, 6, 1+r.IntN(300), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
		half := policy.Period{Kind: policy.HalfYear, Year: 2026, Number: 2}
		state := coverage.State(r.IntN(4))
		for class := 1; class <= 3; class++ {
			whole := b.Coverage(coverage.Query{Period: half, Class: class, State: state}, now)
			want, listed := coverage.NewRollup(), []coverage.Item(nil)
			for month := 7; month <= 12; month++ {
				q := coverage.Query{Period: policy.Period{Kind: policy.Month, Year: 2026, Number: month}, Class: class, State: state}
				if class < 3 {
					want.Merge(b.Coverage(q, now))
					listed = append(listed, b.Unmet(q, coverage.Mark{}, 1<<20, now)...)
				} else if want = b.Coverage(q, now); want != whole {
					t.Fatalf("class III asked by month %d is %+v, by the half-year %+v", month, want, whole)
				}
			}
			if want != whole {
				t.Fatalf("class %d: six months are %+v, the half-year %+v", class, want, whole)
			}
			if class == 3 {
				continue
			}
			in := map[coverage.Mark]coverage.State{}
			for _, it := range listed {
				in[it.Mark()] = it.Verdict.State
			}
			all := b.Unmet(coverage.Query{Period: half, Class: class, State: state}, coverage.Mark{}, 1<<20, now)
			for _, it := range all {
				if in[it.Mark()] != it.Verdict.State || it.Period.Kind != policy.Month {
					t.Fatalf("the half-year lists %v as %s, its month as %s", it.Mark(), it.Verdict.State, in[it.Mark()])
				}
			}
			if len(all) != len(in) {
				t.Fatalf("the half-year lists %d, its months %d", len(all), len(in))
			}
		}
		f := b.Facts()[0]
		items, _ := b.Place(f.ID, half, now)
		want := 0
		for _, o := range f.Owes {
			want += map[policy.Kind]int{policy.Month: 6, policy.HalfYear: 1}[p.Duties[o.Duty].Period]
		}
		if len(items) != want {
			t.Fatalf("a place explains %d obligations of the half-year, want %d", len(items), want)
		}
	})
}

func TestPartsAddUpToTheWhole(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 8))
		b := district(p, r, 1+r.IntN(60))
		now := time.Date(2026, 10, 1+r.IntN(45), r.IntN(24), 0, 0, 0, time.UTC)
		q := coverage.Query{Period: octoberOrHalfYear(r), Class: r.IntN(4)}
		whole := b.Coverage(q, now)
		for _, by := range []coverage.By{coverage.ByTown, coverage.ByTownLevel, coverage.ByCommunity, coverage.ByGrid, coverage.ByClass, coverage.ByCategory} {
			sum := coverage.NewRollup()
			for _, part := range b.Breakdown(q, by, now) {
				sum.Merge(part)
			}
			if sum != whole {
				t.Fatalf("by %s the parts are %+v, the whole %+v", by, sum, whole)
			}
		}
		for unit, part := range b.Breakdown(q, coverage.ByTownLevel, now) {
			of := q
			of.TownLevel = unit
			if got := b.Coverage(of, now); got != part {
				t.Fatalf("%s answers for %+v, its row says %+v", unit, got, part)
			}
			// A park answers for class III inside it, and nothing else does.
			if classes := b.Breakdown(of, coverage.ByClass, now); unit == "310113501000" && (len(classes) != 1 || classes["3"] != part) {
				t.Fatalf("the park answers for classes %v", classes)
			}
		}
		unmet := b.Unmet(q, coverage.Mark{}, 1<<20, now)
		if len(unmet) != whole.Unmet() {
			t.Fatalf("%d listed, %d counted", len(unmet), whole.Unmet())
		}
		// Page by page it is the same list.
		var after coverage.Mark
		paged := 0
		for {
			page := b.Unmet(q, after, 3, now)
			for k, it := range page {
				if it.Mark() != unmet[paged+k].Mark() {
					t.Fatalf("page item %d is another", paged+k)
				}
			}
			paged += len(page)
			if len(page) < 3 {
				break
			}
			after = page[2].Mark()
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
		q := coverage.Query{Period: octoberOrHalfYear(r)}
		now := time.Date(2026, 10, 1+r.IntN(100), 0, 0, 0, 0, time.UTC)
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

// BenchmarkCoverageDistrict judges a district of 180,000 places: a month, and a
// half-year with its six.
func BenchmarkCoverageDistrict(b *testing.B) {
	p := shipped(b)
	r := rand.New(rand.NewPCG(1, 1))
	facts := district(p, r, 180_000).Facts()
	visits := map[uuid.UUID][]coverage.Visit{}
	for i := range facts {
		visits[facts[i].ID] = randomVisits(r, r.IntN(4))
	}
	now := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)
	for _, kind := range []policy.Kind{policy.Month, policy.HalfYear} {
		b.Run(string(kind), func(b *testing.B) {
			q := coverage.Query{Period: policy.Containing(now, kind)}
			n := 0
			for b.Loop() {
				book := coverage.NewBook(p, facts, visits, nil)
				n += book.Coverage(q, now).Total()
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "obligations/s")
		})
	}
}

package coverage_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
)

// TestAHalfYearHoldsSixMonths asks for a half-year and for its months: monthly
// duties count six times, half-yearly ones once, whichever is asked.
func TestAHalfYearHoldsSixMonths(t *testing.T) {
	property(t, 70, func(t *rapid.T, r *rand.Rand, w *world) {
		b := w.book()
		for _, a := range w.asks(r, 2, coverage.Ever) {
			half := policy.Containing(a.Period.FirstDay(), policy.HalfYear)
			a.Restricted, a.State = false, coverage.State(r.IntN(7))
			for a.Class = 1; a.Class <= 3; a.Class++ {
				a.Period = half
				whole, all := b.Coverage(a.Query, a.now), b.Unmet(a.Query, coverage.Mark{}, math.MaxInt, a.now)
				want, listed := coverage.NewRollup(), map[coverage.Mark]coverage.State{}
				for month := policy.Containing(half.FirstDay(), policy.Month); month.First < half.End; month = month.Next() {
					a.Period = month
					part := b.Coverage(a.Query, a.now)
					if a.Class == 3 && part != whole {
						t.Fatalf("class III asked by %s is %+v, by %s %+v", month, part, half, whole)
					}
					want.Merge(part)
					for _, it := range b.Unmet(a.Query, coverage.Mark{}, math.MaxInt, a.now) {
						listed[it.Mark()] = it.Verdict.State
					}
				}
				if a.Class < 3 && want != whole {
					t.Fatalf("class %d: six months are %+v, %s %+v", a.Class, want, half, whole)
				}
				for _, it := range all {
					if s, ok := listed[it.Mark()]; !ok || s != it.Verdict.State || (it.Period.Kind == policy.HalfYear) != (a.Class == 3) {
						t.Fatalf("%s lists %v as %s, its month as %s", half, it.Mark(), it.Verdict.State, s)
					}
				}
				if len(all) != len(listed) {
					t.Fatalf("%s lists %d, its months %d", half, len(all), len(listed))
				}
			}
		}
	})
	p := shipped(t)
	rules := rulesOf(p)
	for _, c := range p.Categories {
		place := coverage.Place{ID: uuid.New(), History: standing(t, rules, c.Category, "2026-01-01", "")}
		b := coverage.NewBook(rules, policy.DayOf(day("2026-10-20")), []coverage.Place{place})
		its, _ := b.Place(place.ID, coverage.Query{Period: period(t, "2026-H2")}, at(t, "2026-10-20 09:00"))
		want := 0
		for _, o := range place.Records[0].Owes[0] {
			want += map[policy.Kind]int{policy.Month: 6, policy.HalfYear: 1}[p.Duties[o.Duty].Period]
		}
		if len(its) != want || want == 0 {
			t.Errorf("%s explains %d obligations of the half-year, want %d", c.Category, len(its), want)
		}
	}
}

// TestTownLevelAndPages: the park answers for what an office holds inside it and
// for nothing else; page by page the list is the same.
func TestTownLevelAndPages(t *testing.T) {
	property(t, 71, func(t *rapid.T, r *rand.Rand, w *world) {
		b := w.book()
		for _, a := range w.asks(r, 2, coverage.Ever) {
			q := a.Query
			q.TownLevel = park
			for _, it := range items(b, ask{q, a.now}) {
				if it.Duty.Body != policy.Office || it.Verdict.Answers.Park != park {
					t.Fatalf("the park answers for %v of %s at %+v", it.Mark(), it.Duty.Body, *it.Verdict.Answers)
				}
			}
			a.State = coverage.State(r.IntN(7))
			unmet := b.Unmet(a.Query, coverage.Mark{}, math.MaxInt, a.now)
			if want := b.Coverage(a.Query, a.now); a.State == coverage.NotDue && len(unmet) != want.Unmet() || a.State != coverage.NotDue && len(unmet) != want.Total() {
				t.Fatalf("%d listed, %+v counted", len(unmet), want)
			}
			var after coverage.Mark
			var paged []coverage.Mark
			for size := 1 + r.IntN(4); ; {
				page := b.Unmet(a.Query, after, size, a.now)
				for _, it := range page {
					paged = append(paged, it.Mark())
				}
				if len(page) < size {
					break
				}
				after = page[size-1].Mark()
			}
			if !slices.EqualFunc(unmet, paged, func(it coverage.Item, m coverage.Mark) bool { return it.Mark() == m }) {
				t.Fatalf("in pages %v, in all %d: %v", paged, len(unmet), unmet)
			}
		}
	})
}

// TestPlaceByPlace: what places owe and have met one by one, and the state that
// asks most for attention, are those of the list.
func TestPlaceByPlace(t *testing.T) {
	property(t, 72, func(t *rapid.T, r *rand.Rand, w *world) {
		b := w.book()
		for _, a := range w.asks(r, 2, coverage.Ever) {
			now := ask{coverage.Query{Period: a.Period}, a.now} // as Standing is asked
			standing := b.Standing(now.Period, now.now)
			due, met := map[uuid.UUID]int{}, map[uuid.UUID]int{}
			for _, it := range items(b, now) {
				if s := it.Verdict.State; s != coverage.Excused {
					if due[it.Fact.ID]++; s == coverage.Met {
						met[it.Fact.ID]++
					}
				}
			}
			worst := map[uuid.UUID]coverage.Item{}
			asks := []coverage.State{coverage.Excused, coverage.Met, coverage.Open, coverage.Disputed, coverage.Attempted, coverage.Overdue}
			for _, it := range items(b, a) {
				if old, ok := worst[it.Fact.ID]; !ok || slices.Index(asks, it.Verdict.State) > slices.Index(asks, old.Verdict.State) {
					worst[it.Fact.ID] = it
				}
			}
			stateOf := b.PlaceStates(a.Query, a.now)
			for _, id := range append(w.ids(), uuid.New()) {
				if d, m := standing(id); d != due[id] || m != met[id] {
					t.Fatalf("%s owes %d and has met %d, the list says %d and %d", id, d, m, due[id], met[id])
				}
				want, owes := worst[id]
				if s, _, _, ok := stateOf(id); ok != owes || s != want.Verdict.State {
					t.Fatalf("%s is %v (%v), the list says %v", id, s, ok, want.Verdict.State)
				}
			}
		}
	})
}

// TestWhateverIsAskedBetween: a book keeps what is asked most and forgets the rest;
// a question has the same answer before and after many others.
func TestWhateverIsAskedBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 73))
		w := newWorld(t, r, 3)
		b := w.book()
		asks := w.asks(r, 8, coverage.Ever)
		want := make([][]byte, len(asks))
		for range 35 {
			k := r.IntN(len(asks))
			if got := answer(b, asks[k], w.ids()); want[k] == nil {
				want[k] = got
			} else if !bytes.Equal(got, want[k]) {
				t.Fatalf("asked again %s as known %v differs: %s", asks[k].Period, asks[k].Known, differ(want[k], got))
			}
			other := asks[r.IntN(len(asks))].Query
			other.Period = policy.Containing(day("2024-01-01").AddDate(0, r.IntN(36), 0), oneOf(r, policy.Month, policy.HalfYear))
			b.Coverage(other, asks[k].now)
		}
	})
}

// TestReadersWhileItIsWritten: who asks about the past while visits, exemptions and
// places come gets the same bytes each time; sums and lists of one answer fit.
func TestReadersWhileItIsWritten(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 74))
	w := newWorld(t, r, 20)
	at := w.begins(policy.DayOf(day("2026-06-01")))
	g := newGrow(r, w, at)
	asks := w.asks(r, 4, at)
	there := slices.Clone(g.order)
	want := answers(g.book, asks, there)
	now := ask{coverage.Query{Period: period(t, "2026-05"), Restricted: true}, at.Time()}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := answers(g.book, asks, there); !bytes.Equal(got, want) {
					t.Errorf("while it is written the answer differs: %s", differ(want, got))
					return
				}
				by := g.book.BreakdownBy(now.Query, now.now, coverage.ByTown, coverage.ByDuty)
				if a, b := sum(by[coverage.ByTown]), sum(by[coverage.ByDuty]); a != b {
					t.Errorf("by town %+v, by duty %+v", a, b)
					return
				}
			}
		})
	}
	g.tell(at, w.begins(policy.DayOf(day("2026-08-01"))))
	g.tell(w.begins(policy.DayOf(day("2026-08-01"))), coverage.Ever)
	close(stop)
	readers.Wait()
}

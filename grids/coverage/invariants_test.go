package coverage_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
)

// The invariants of what is complete, one a test, over random districts with
// random histories: see world. What changes answers is in metamorphic_test.go.

// property checks fn for many districts.
func property(t *testing.T, stream uint64, fn func(t *rapid.T, r *rand.Rand, w *world)) {
	t.Helper()
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "places")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), stream))
		fn(t, r, newWorld(t, r, n))
	})
}

var allStates = []coverage.State{coverage.Met, coverage.Attempted, coverage.Open, coverage.Overdue, coverage.Excused, coverage.Disputed}

func sum(parts map[string]coverage.Rollup) coverage.Rollup {
	out := coverage.NewRollup()
	for _, p := range parts {
		out.Merge(p)
	}
	return out
}

// TestInvariant1SumOverChildrenIsParent: at every level and as of every moment,
// for each state.
func TestInvariant1SumOverChildrenIsParent(t *testing.T) {
	property(t, 1, func(t *rapid.T, r *rand.Rand, w *world) {
		b := w.book()
		for _, a := range w.asks(r, 3, coverage.Ever) {
			a.Class, a.State = r.IntN(4), coverage.State(r.IntN(7))
			whole := b.Coverage(a.Query, a.now)
			by := b.BreakdownBy(a.Query, a.now, coverage.Breakdowns...)
			for _, level := range coverage.Breakdowns {
				if level == coverage.ByPark { // not every place lies in one
					a.Unit = park
					if got := b.Coverage(a.Query, a.now); got != sum(by[level]) {
						t.Fatalf("parks are %+v, the park %+v", sum(by[level]), got)
					}
					a.Unit = ""
				} else if got := sum(by[level]); got != whole {
					t.Fatalf("%s: by %s the parts are %+v, the whole %+v", a.Period, level, got, whole)
				}
			}
			below := func(unit string, level coverage.By, parent coverage.Rollup) map[string]coverage.Rollup {
				q := a
				q.Unit = unit
				parts := b.Breakdown(q.Query, level, q.now)
				if got := sum(parts); got != parent || b.Coverage(q.Query, q.now) != parent {
					t.Fatalf("%s: by %s the parts of %q are %+v, the whole %+v", a.Period, level, unit, got, parent)
				}
				return parts
			}
			for town, ofTown := range by[coverage.ByTown] {
				if town == "" {
					continue // places of which nobody knew then where they belong
				}
				for community, ofCommunity := range below(town, coverage.ByCommunity, ofTown) {
					if !slices.Contains(communities[town], community) {
						t.Fatalf("%s is no community of %s", community, town)
					}
					below(community, coverage.ByGrid, ofCommunity)
					below(community, coverage.ByDuty, ofCommunity)
				}
			}
			for _, level := range []coverage.By{coverage.ByHolder, coverage.ByTownLevel, coverage.ByGrid, coverage.ByCategory, coverage.ByDuty} {
				for key, part := range by[level] {
					q := a.Query
					*map[coverage.By]*string{coverage.ByHolder: &q.Holder, coverage.ByTownLevel: &q.TownLevel, coverage.ByGrid: &q.Grid, coverage.ByCategory: &q.Category, coverage.ByDuty: &q.Duty}[level] = key
					if got := b.Coverage(q, a.now); key != "" && got != part {
						t.Fatalf("%s: %s %s is %+v, its row %+v", a.Period, level, key, got, part)
					}
				}
			}
		}
	})
}

// TestInvariant2StatesPartitionObligations: each obligation is in one state, and
// the counts are those of the list.
func TestInvariant2StatesPartitionObligations(t *testing.T) {
	property(t, 2, func(t *rapid.T, r *rand.Rand, w *world) {
		b := w.book()
		for _, a := range w.asks(r, 3, coverage.Ever) {
			whole := b.Coverage(a.Query, a.now)
			want := coverage.NewRollup()
			in := map[coverage.Mark]coverage.State{}
			for _, s := range allStates {
				q := a
				q.State = s
				only := b.Coverage(q.Query, q.now)
				if only.Total() != whole.States[s] || only.States[s] != whole.States[s] {
					t.Fatalf("of state %v there are %+v, among all %+v", s, only, whole)
				}
				for _, it := range b.Unmet(q.Query, coverage.Mark{}, math.MaxInt, q.now) {
					if other, twice := in[it.Mark()]; twice {
						t.Fatalf("%v is %v and %v", it.Mark(), other, s)
					}
					if in[it.Mark()] = s; it.Verdict.State != s {
						t.Fatalf("%v is listed as %v and explained as %v", it.Mark(), s, it.Verdict.State)
					}
					want.Merge(counted(&it.Verdict))
				}
			}
			if want != whole {
				t.Fatalf("%s as known %v: listed %+v, counted %+v", a.Period, a.Known, want, whole)
			}
			for _, it := range b.Unmet(a.Query, coverage.Mark{}, math.MaxInt, a.now) {
				if s := in[it.Mark()]; s == coverage.Met || s == coverage.Excused || s == coverage.NotDue {
					t.Fatalf("%v is listed as unmet, it is %v", it.Mark(), s)
				}
				delete(in, it.Mark())
			}
			for mark, s := range in {
				if s != coverage.Met && s != coverage.Excused {
					t.Fatalf("%v is %v and not on the list of the unmet", mark, s)
				}
			}
			if c := whole.Complete(); (c == nil) != (whole.Due() == 0) || (c != nil && *c != (whole.Unmet() == 0)) {
				t.Fatalf("complete %v of %+v", c, whole)
			}
		}
	})
}

// counted is one obligation as a roll-up.
func counted(v *coverage.Verdict) coverage.Rollup {
	out := coverage.NewRollup()
	if v.State == coverage.NotDue {
		return out
	}
	if out.States[v.State] = 1; v.State != coverage.Excused {
		out.GapDays = v.GapDays
	}
	if v.Late {
		out.Late = 1
	}
	if v.Astray {
		out.Astray = 1
	}
	return out
}

// TestInvariant5OneVisitMeetsOneObligationOfADuty over all periods of the year.
// That order and repeats change nothing is TestInvariant5OrderAndRepeats.
func TestInvariant5OneVisitMeetsOneObligationOfADuty(t *testing.T) {
	property(t, 5, func(t *rapid.T, r *rand.Rand, w *world) {
		b := w.book()
		type meeting struct {
			visit uuid.UUID
			duty  string
		}
		for _, a := range w.asks(r, 2, coverage.Ever) {
			met := map[meeting]coverage.Mark{}
			for _, first := range []string{"2026-01-01", "2026-07-01"} {
				a.Period, a.State = policy.Containing(day(first), policy.HalfYear), coverage.Met
				for _, it := range b.Unmet(a.Query, coverage.Mark{}, math.MaxInt, a.now) {
					m := meeting{it.Verdict.By, it.Duty.Duty}
					if other, twice := met[m]; twice && other != it.Mark() {
						t.Fatalf("one visit meets %v and %v", other, it.Mark())
					}
					met[m] = it.Mark()
				}
			}
		}
	})
}

// TestInvariant7OneHolderADuty: each obligation has one holder and one town or
// park that answers, where the park overlaps a town too. That every point lies in
// one leaf is a matter of the outlines: package planar tests it.
func TestInvariant7OneHolderADuty(t *testing.T) {
	property(t, 7, func(t *rapid.T, r *rand.Rand, w *world) {
		b := w.book()
		rows := map[uuid.UUID]*placeRow{}
		for i := range w.places {
			rows[w.places[i].id] = &w.places[i]
		}
		for _, a := range w.asks(r, 2, coverage.Ever) {
			all := items(b, a)
			holders, answering := map[coverage.Mark][]string{}, map[coverage.Mark][]string{}
			for _, unit := range slices.Concat(towns, []string{park}, communities[towns[0]], communities[towns[1]]) {
				q := a
				q.Holder = unit
				for _, it := range items(b, q) {
					holders[it.Mark()] = append(holders[it.Mark()], unit)
				}
				q.Holder, q.TownLevel = "", unit
				for _, it := range items(b, q) {
					answering[it.Mark()] = append(answering[it.Mark()], unit)
				}
			}
			from := a.sight(w.zone)
			for _, it := range all {
				v := &it.Verdict
				// At the close, or today, and while it was owed: somewhere in these days.
				near := func(d policy.Day) bool { return rows[it.Fact.ID].spotOn(d, from.Known) == *v.Answers }
				ok := false
				for d := it.Period.First; d < it.Period.End && !ok; d++ {
					ok = near(d)
				}
				if close := min(it.Period.End-1, max(from.Today, it.Period.First)); !ok || (v.State == coverage.Overdue && !near(close)) {
					t.Fatalf("%v %v answers at %+v, on %v it is at %+v", it.Mark(), v.State, *v.Answers, close, rows[it.Fact.ID].spotOn(close, from.Known))
				}
				want, level := v.Answers.Town, v.Answers.Town
				switch {
				case it.Duty.Body == policy.CommunityStaff:
					want = v.Answers.Community
				case it.Duty.Body == policy.Office && v.Answers.Park != "":
					want, level = park, park
				}
				if want == "" {
					continue // nobody knew then where the place belongs
				}
				if h := holders[it.Mark()]; len(h) != 1 || h[0] != want {
					t.Fatalf("%v at %+v falls to %v, want %s", it.Mark(), *v.Answers, h, want)
				}
				if h := answering[it.Mark()]; len(h) != 1 || h[0] != level {
					t.Fatalf("%v at %+v is answered for by %v, want %s", it.Mark(), *v.Answers, h, level)
				}
				s := v.Answers
				if unit, _ := coverage.Holder(it.Duty.Body, grids.Placement{Town: s.Town, Park: s.Park, Community: s.Community, Grid: s.Grid}); unit != want {
					t.Fatalf("%v is explained as %s's, want %s", it.Mark(), unit, want)
				}
			}
		}
	})
}

// TestInvariant8ResidualIsTheDifference: of the places that stood throughout a
// month as they are, exactly those owe the residual duty that neither patrol nor
// office holds, and those whose kind owes it besides.
func TestInvariant8ResidualIsTheDifference(t *testing.T) {
	property(t, 8, func(t *rapid.T, r *rand.Rand, w *world) {
		b, rules := w.book(), w.rules()
		for _, a := range w.asks(r, 3, coverage.Ever) {
			a.Period = policy.Containing(a.Period.FirstDay(), policy.Month)
			version := rules.For(a.Period, a.Known)
			if version < 0 {
				continue
			}
			p, from := rules[version].Policy, a.sight(w.zone)
			a.Duty = p.Residual
			owe := map[uuid.UUID]bool{}
			for _, it := range items(b, a) {
				owe[it.Fact.ID] = true
			}
			for i := range w.places {
				row := &w.places[i]
				first, stands := row.on(a.Period.First, from.Known)
				category, known := p.Category(first.facts.Category)
				for d := a.Period.First; d < a.Period.End && stands; d++ {
					var now recordRow
					now, stands = row.on(d, from.Known)
					stands = stands && now.recorded == first.recorded && now.facts.Care == first.facts.Care
				}
				if !stands || !known {
					continue
				}
				held, besides := false, false
				for _, o := range category.Duties {
					holds := o.When == nil || holdsNaively(p, o.When, first.facts)
					k, _ := p.DutyIndex(o.Duty)
					held = held || holds && p.Duties[k].Class > 1
					besides = besides || holds && o.Duty == p.Residual
				}
				if c := category.Duties; len(c) > 0 && c[len(c)-1].When != nil && c[len(c)-1].When.Otherwise {
					held = true // a workshop owes class II or III
				}
				if owe[row.id] != (!held || besides) {
					t.Fatalf("%s: %+v owes the residual duty: %v (held %v, besides %v)", a.Period, first.facts, owe[row.id], held, besides)
				}
			}
		}
	})
}

// holdsNaively reads a condition by itself.
func holdsNaively(p *policy.Policy, c *policy.Condition, f policy.Facts) bool {
	number, _ := f.Attributes[c.Attribute].(float64)
	return c.UnderCompound && f.UnderCompound || c.Supervised && f.Supervised || c.RiskAtLeast > 0 && f.Risk >= c.RiskAtLeast ||
		c.AtLeast != "" && number >= p.Thresholds[c.AtLeast].Value || c.Is != nil && f.Attributes[c.Attribute] == c.Is
}

// TestInvariant9CountsOfWholeAreas: over any set of whole areas the counts are
// the book's for them. H3 cells and tiles are counted, and tested, in package
// tiles and where its figures are compared with the book's.
func TestInvariant9CountsOfWholeAreas(t *testing.T) {
	property(t, 9, func(t *rapid.T, r *rand.Rand, w *world) {
		b := w.book()
		for _, a := range w.asks(r, 3, coverage.Ever) {
			a.State = coverage.State(r.IntN(7))
			for _, level := range []coverage.By{coverage.ByTown, coverage.ByCommunity, coverage.ByGrid} {
				areas := map[string]bool{}
				want := coverage.NewRollup()
				for area, part := range b.Breakdown(a.Query, level, a.now) {
					if area != "" && chance(r, 0.5) {
						areas[area] = true
						want.Merge(part)
					}
				}
				got := coverage.NewRollup()
				all := items(b, a)
				if a.State != coverage.NotDue {
					all = b.Unmet(a.Query, coverage.Mark{}, math.MaxInt, a.now)
				}
				for _, it := range all {
					s := it.Verdict.Answers
					if areas[map[coverage.By]string{coverage.ByTown: s.Town, coverage.ByCommunity: s.Community, coverage.ByGrid: s.Grid}[level]] {
						got.Merge(counted(&it.Verdict))
					}
				}
				if got != want {
					t.Fatalf("%s: the obligations in %v are %+v, the areas' sum %+v", a.Period, areas, got, want)
				}
				if level == coverage.ByGrid {
					continue
				}
				q := a.Query
				q.Sees = func(town, _, community string) bool { return areas[town] || areas[community] }
				if got := b.Coverage(q, a.now); got != want {
					t.Fatalf("%s: who sees %v counts %+v, the areas' sum %+v", a.Period, areas, got, want)
				}
			}
		}
	})
}

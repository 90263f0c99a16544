package coverage_test

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// Invariants of the kind: if this is added, that stays.

// redraw adds what a new plan of the grids says: from a day on some places have
// another grid in the same community. Back says afterwards of each of those days
// what was said before.
func (m *maker) redraw(from policy.Day, at coverage.Moment, back bool) *world {
	out := *m.world
	out.places = slices.Clone(m.places)
	for i := range out.places {
		p := &out.places[i]
		old := *p
		if chance(m.Rand, 0.3) {
			continue
		}
		var days []policy.Day
		for _, g := range p.placings {
			if g.recorded < at && g.from > from {
				days = append(days, g.from)
			}
		}
		slices.Sort(days)
		days = slices.Insert(slices.Compact(days), 0, from)
		p.placings = upTo(p.placings, func(g placingRow) bool { return g.recorded < at })
		if len(p.placings) == 0 || p.placings[0].from > from {
			p.placings = old.placings // it was not there to be drawn
			continue
		}
		recorded := at
		add := func(d policy.Day, s coverage.Spot) {
			p.placings = append(p.placings, placingRow{recorded, d, s})
			recorded++
		}
		grid := oneOf(m.Rand, "004", "005")
		for _, d := range days {
			s := old.spotOn(d, at)
			s.Grid = s.Community + grid
			add(d, s)
		}
		if back {
			recorded += 1000
			for _, d := range days {
				add(d, old.spotOn(d, at))
			}
		}
	}
	return &out
}

// later is a moment after everything that a world was told.
func (w *world) later() coverage.Moment {
	return w.begins(worldEnds) + 400*aDay
}

// TestInvariant3RedrawChangesNoTotal: new grids change the breakdown by grid, and
// nothing else.
func TestInvariant3RedrawChangesNoTotal(t *testing.T) {
	property(t, 3, func(t *rapid.T, r *rand.Rand, w *world) {
		m := &maker{r, w, t}
		before, after := w.book(), m.redraw(m.day(), w.later(), false).book()
		for _, a := range w.asks(r, 3, coverage.Ever) {
			by := []coverage.By{coverage.ByTown, coverage.ByTownLevel, coverage.ByCommunity, coverage.ByHolder, coverage.ByClass, coverage.ByDuty, coverage.ByCategory, coverage.ByPeriod}
			one, other := before.BreakdownBy(a.Query, a.now, by...), after.BreakdownBy(a.Query, a.now, by...)
			for _, level := range by {
				for key, part := range one[level] {
					if other[level][key] != part {
						t.Fatalf("%s %s: %+v before the grids were redrawn, %+v after", level, key, part, other[level][key])
					}
				}
				if len(one[level]) != len(other[level]) {
					t.Fatalf("by %s there are %d rows before and %d after", level, len(one[level]), len(other[level]))
				}
			}
			for _, part := range after.Breakdown(a.Query, coverage.ByGrid, a.now) {
				for s, n := range part.States {
					if n > before.Coverage(a.Query, a.now).States[s] {
						t.Fatalf("a grid has %d of state %v, the district fewer", n, coverage.State(s))
					}
				}
			}
		}
	})
}

// TestInvariant4RedrawAndBackIsNothing: after the inverse of a redraw all answers
// are what they were; as known at a moment before both they never changed.
func TestInvariant4RedrawAndBackIsNothing(t *testing.T) {
	property(t, 4, func(t *rapid.T, r *rand.Rand, w *world) {
		m := &maker{r, w, t}
		from, seed := m.day(), r.Uint64()
		redrawn := func(back bool) *coverage.Book {
			return (&maker{rand.New(rand.NewPCG(seed, 4)), w, t}).redraw(from, w.later(), back).book()
		}
		before, between, after := w.book(), redrawn(false), redrawn(true)
		for _, a := range w.asks(r, 3, coverage.Ever) {
			want := answer(before, a, w.ids())
			if got := answer(after, a, w.ids()); !bytes.Equal(got, want) {
				t.Fatalf("%s as known %v: a redraw and back changed the answer: %s", a.Period, a.Known, differ(want, got))
			}
			if got := answer(between, a, w.ids()); !a.Known.IsZero() && !bytes.Equal(got, want) {
				t.Fatalf("%s as known %v before: a redraw changed the answer: %s", a.Period, a.Known, differ(want, got))
			}
		}
	})
}

// TestInvariant6LateVisitChangesLaterKnownOnly: a visit that is reported late
// changes answers as known after it arrived, and then it counts.
func TestInvariant6LateVisitChangesLaterKnownOnly(t *testing.T) {
	property(t, 6, func(t *rapid.T, r *rand.Rand, w *world) {
		m := &maker{r, w, t}
		p := &w.places[r.IntN(len(w.places))]
		arrives := m.moment()
		at := min(arrives, m.timeOn(m.day()))
		late := coverage.Visit{ID: m.id(), At: at, Recorded: arrives, Void: coverage.Ever, Outcome: inspection.Done, Checklist: m.checklist(p), Reviews: []coverage.Review{{Recorded: arrives, Accepted: true, Reviewer: "李四", Reason: "补报"}}}
		b := w.book()
		asks := w.asks(r, 4, arrives)
		want := answers(b, asks, w.ids())
		b.PutVisits(map[uuid.UUID][]coverage.Visit{p.id: {late}})
		if got := answers(b, asks, w.ids()); !bytes.Equal(got, want) {
			t.Fatalf("as known before a late visit arrived the answer changed: %s", differ(want, got))
		}
		// As known after: every obligation of the place that it serves is met, or more
		// visits are wanted, or it came before or after what is owed.
		from := arrives + 1
		known, _ := p.last(from)
		if known.duplicate != uuid.Nil {
			return
		}
		q := coverage.Query{Period: policy.Containing(policy.DayAt(at.Time(), w.zone).Date(), policy.Month), Restricted: true, Known: from.Time()}
		its, _ := b.Place(p.id, q, from.Time())
		for _, it := range its {
			k, _ := it.Policy.DutyIndex(it.Duty.Duty)
			d := policy.DayAt(at.Time(), w.zone)
			stands := func(d policy.Day) bool {
				row, ok := p.on(d, from)
				owes, _ := it.Policy.Owes(row.facts)
				return ok && slices.ContainsFunc(owes, func(o policy.Obligated) bool { return o.Duty == k })
			}
			v := &it.Verdict
			if v.Answers == nil || !it.Policy.Serves(late.Checklist, k) || d < it.Period.First || d >= it.Period.End || !stands(d) {
				continue
			}
			if v.Made == 0 || (v.Times == 1 && v.State != coverage.Met) {
				t.Fatalf("%v is %v with %d of %d made, a late visit at %v counts: %+v", it.Mark(), v.State, v.Made, v.Times, at.Time(), v.Reasons)
			}
		}
	})
}

// lower reports whether the fraction met/(all-excused) of a is below that of b.
// Where nothing is due there is no fraction.
func lower(a, b coverage.Rollup) bool {
	return a.Due() > 0 && b.Due() > 0 && a.States[coverage.Met]*b.Due() < b.States[coverage.Met]*a.Due()
}

// TestInvariant10NoRateAboveOne, nor does an object without a visit raise one.
func TestInvariant10NoRateAboveOne(t *testing.T) {
	property(t, 10, func(t *rapid.T, r *rand.Rand, w *world) {
		more := *w
		m := &maker{r, &more, t}
		fresh := placeRow{id: m.id()}
		m.place(&fresh)
		more.places = append(slices.Clone(w.places), fresh)
		if r.IntN(2) == 0 { // nothing that is asked already is asked anew
			fresh.records = fresh.records[:1]
		}
		before, after := w.book(), more.book()
		for _, a := range w.asks(r, 3, coverage.Ever) {
			by := before.BreakdownBy(a.Query, a.now, coverage.Breakdowns...)
			for level, parts := range after.BreakdownBy(a.Query, a.now, coverage.Breakdowns...) {
				for key, part := range parts {
					if met := part.States[coverage.Met]; met > part.Due() || part.Due() > part.Total() {
						t.Fatalf("%s %s: %d met of %d due of %d", level, key, met, part.Due(), part.Total())
					}
					if was, ok := by[level][key]; ok && lower(was, part) {
						t.Fatalf("%s %s: a place without a visit raised %+v to %+v", level, key, was, part)
					}
				}
			}
		}
	})
}

// TestInvariant10NothingIsForgotten is the audit of objects by rules: each place
// owes in each period what the rules ask of it on some day of it, or a reason says
// why not; and it owes nothing else.
func TestInvariant10NothingIsForgotten(t *testing.T) {
	property(t, 11, func(t *rapid.T, r *rand.Rand, w *world) {
		b, rules := w.book(), w.rules()
		for _, a := range w.asks(r, 2, coverage.Ever) {
			from := a.sight(w.zone)
			for i := range w.places {
				p := &w.places[i]
				its, _ := b.Place(p.id, a.Query, a.now)
				listed := map[coverage.Mark]coverage.Item{}
				for _, it := range its {
					listed[it.Mark()] = it
				}
				for _, j := range rules.Asked(a.Period, a.Known) {
					v := rules[j.Version].Policy
					days := map[int]int{} // by duty: on how many days of the period it is owed
					for d := j.Period.First; d < j.Period.End; d++ {
						row, stands := p.on(d, from.Known)
						if owes, err := v.Owes(row.facts); stands && err == nil {
							for _, o := range owes {
								days[o.Duty]++
							}
							if len(owes) == 0 {
								t.Fatalf("%+v owes nothing at all", row.facts)
							}
						}
					}
					for k := range v.Duties {
						if d := &v.Duties[k]; d.Falls(j.Period) {
							it, ok := listed[coverage.Mark{Place: p.id, Duty: d.Duty, Period: j.Period}]
							auditOne(t, it, ok, days[k], len(d.Spans()) > 0)
						}
					}
				}
			}
		}
	})
}

func auditOne(t *rapid.T, it coverage.Item, listed bool, days int, campaign bool) {
	v := &it.Verdict
	switch {
	case days == 0 && listed && v.State != coverage.NotDue:
		t.Fatalf("%v is %v, on no day of it is it owed", it.Mark(), v.State)
	case days > 0 && !listed:
		t.Fatalf("what is owed on %d days is not listed", days)
	case days == it.Period.Days() && days > 0 && v.State == coverage.NotDue && !(campaign && says(*v, "elsewhere")):
		t.Fatalf("%v is owed on every day and said not to be due: %+v", it.Mark(), v.Reasons)
	case days > 0 && v.State == coverage.NotDue && !says(*v, "grace") && !says(*v, "ended") && !(campaign && says(*v, "elsewhere")):
		t.Fatalf("%v is owed on %d days and not due without a reason: %+v", it.Mark(), days, v.Reasons)
	case listed && len(v.Reasons) == 0:
		t.Fatalf("%v is %v without a reason", it.Mark(), v.State)
	}
}

// TestJudgeOverAllPlacesSaysTheSame as the book, obligation by obligation: the
// book looks at a period from where it shows the same, keeps sums and brings
// them up to date; Judge knows nothing of that.
func TestJudgeOverAllPlacesSaysTheSame(t *testing.T) {
	property(t, 12, func(t *rapid.T, r *rand.Rand, w *world) {
		b, rules, visits, exemptions := w.book(), w.rules(), w.visitsByPlace(), w.exemptionsByPlace()
		for _, a := range w.asks(r, 3, coverage.Ever) {
			from := a.sight(w.zone)
			whole := coverage.NewRollup()
			for i := range w.places {
				place := w.place(&w.places[i], rules)
				place.Exemptions = exemptions[place.ID]
				for k := range w.places {
					if w.leadsTo(&w.places[k], place.ID, from.Known) {
						place.Visits = append(place.Visits, visits[w.places[k].id]...)
					}
				}
				slices.SortFunc(place.Visits, func(a, b coverage.Visit) int {
					return cmp.Or(cmp.Compare(a.At, b.At), slices.Compare(a.ID[:], b.ID[:]))
				})
				its, _ := b.Place(place.ID, a.Query, a.now)
				for _, it := range its {
					version := rules.For(it.Period, a.Known)
					k, _ := rules[version].DutyIndex(it.Duty.Duty)
					v := coverage.Judge(coverage.Case{Rules: rules, Version: version, Duty: k, Period: it.Period, History: &place.History, Sight: from})
					if !reflect.DeepEqual(v, it.Verdict) {
						t.Fatalf("%v as known %v until %v: Judge says\n%+v nearest %+v, the book\n%+v nearest %+v", it.Mark(), a.Known, a.Until, v, v.Nearest, it.Verdict, it.Verdict.Nearest)
					}
					whole.Merge(counted(&v))
				}
			}
			if got := b.Coverage(a.Query, a.now); got != whole {
				t.Fatalf("%s as known %v until %v: Judge counts %+v, the book %+v", a.Period, a.Known, a.Until, whole, got)
			}
		}
	})
}

// leadsTo reports whether a record of a place is one of another, or of a second
// record of it and so on, as known before a moment: its visits are that one's.
func (w *world) leadsTo(p *placeRow, to uuid.UUID, known coverage.Moment) bool {
	for range len(w.places) + 1 {
		if p.id == to {
			return true
		}
		last, _ := p.last(known)
		i := slices.IndexFunc(w.places, func(o placeRow) bool { return o.id == last.duplicate })
		if i < 0 {
			return false
		}
		p = &w.places[i]
	}
	return false
}

package coverage_test

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/evidence"
	"gridward/layers/inspection"
)

// Invariants of writing to a book: in which order, how often and in how many
// parts things are learned makes no difference, and nothing that is learned later
// changes an answer about what was known before.

// report is something that is said of a visit to a place.
type report struct {
	place uuid.UUID
	visit coverage.Visit
}

// log is all that is said of visits: each visit by itself, that it was corrected,
// each review.
func (w *world) log() []report {
	var out []report
	for _, row := range w.visits {
		whole := w.visit(row)
		part := whole
		part.Void, part.Reviews = coverage.Ever, nil
		out = append(out, report{row.place, part})
		if whole.Void != coverage.Ever {
			part.Void = whole.Void
			out = append(out, report{row.place, part})
		}
		for _, review := range whole.Reviews {
			part.Void, part.Reviews = coverage.Ever, []coverage.Review{review}
			out = append(out, report{row.place, part})
		}
	}
	return out
}

// put writes reports to a book, some at once.
func put(r *rand.Rand, b *coverage.Book, log []report, between func()) {
	for len(log) > 0 {
		n := min(len(log), 1+r.IntN(6))
		batch := map[uuid.UUID][]coverage.Visit{}
		for _, one := range log[:n] {
			batch[one.place] = append(batch[one.place], one.visit)
		}
		b.PutVisits(batch)
		between()
		log = log[n:]
	}
}

// TestInvariant5OrderAndRepeats: the log in batches, in any order, with repeats,
// gives the same answers to the byte.
func TestInvariant5OrderAndRepeats(t *testing.T) {
	property(t, 51, func(t *rapid.T, r *rand.Rand, w *world) {
		asks, whole := w.asks(r, 3, coverage.Ever), w.book()
		empty := *w
		empty.visits = nil
		b := empty.book()
		log := w.log()
		for range len(log) / 2 {
			log = append(log, oneOf(r, log...))
		}
		r.Shuffle(len(log), func(i, j int) { log[i], log[j] = log[j], log[i] })
		put(r, b, log, func() {
			if chance(r, 0.3) {
				b.Coverage(asks[0].Query, asks[0].now) // so that it is brought up to date, and not made anew
			}
		})
		if got, want := answers(b, asks, w.ids()), answers(whole, asks, w.ids()); !bytes.Equal(got, want) {
			t.Fatalf("in batches and at once differ: %s", differ(got, want))
		}
	})
}

// grow is a book that is told what a world was told, part by part.
type grow struct {
	*rand.Rand
	world *world
	book  *coverage.Book
	order []uuid.UUID // of the places, as they came
}

// newGrow begins with what was known at a moment. Places of which nothing was are
// not there yet.
func newGrow(r *rand.Rand, w *world, at coverage.Moment) *grow {
	g := &grow{Rand: r, world: w}
	g.book = g.full(at)
	return g
}

// full is a new book of what was known at a moment, with the places in the order
// in which they came.
func (g *grow) full(at coverage.Moment) *coverage.Book {
	known := g.world.known(at)
	known.places = upTo(known.places, func(p placeRow) bool { return len(p.records) > 0 })
	for _, p := range known.places {
		if !slices.Contains(g.order, p.id) {
			g.order = append(g.order, p.id)
		}
	}
	slices.SortFunc(known.places, func(a, b placeRow) int { return slices.Index(g.order, a.id) - slices.Index(g.order, b.id) })
	return known.book()
}

// tell tells the book what was learned from one moment to another.
func (g *grow) tell(from, to coverage.Moment) {
	before, after := g.world.known(from), g.world.known(to)
	rules := g.world.rules()
	steps := []func(){
		func() {
			var changed []coverage.Place
			for i := range after.places {
				p := &after.places[i]
				if len(p.records) == 0 || (reflect.DeepEqual(p, &before.places[i]) && chance(g.Rand, 0.8)) {
					continue
				}
				told := *p
				told.cares = before.places[i].cares // the others are told by themselves
				changed = append(changed, after.place(&told, rules))
			}
			g.Shuffle(len(changed), func(i, j int) { changed[i], changed[j] = changed[j], changed[i] })
			for len(changed) > 0 {
				n := 1 + g.IntN(len(changed))
				for _, p := range changed[:n] {
					if !slices.Contains(g.order, p.ID) {
						g.order = append(g.order, p.ID)
					}
				}
				g.book.PutPlaces(changed[:n])
				changed = changed[n:]
			}
		},
		func() {
			log := after.log()
			g.Shuffle(len(log), func(i, j int) { log[i], log[j] = log[j], log[i] })
			put(g.Rand, g.book, log, func() {})
		},
		func() { g.book.PutExemptions(after.exemptionsByPlace()) },
		func() {
			care := map[uuid.UUID][]coverage.Care{}
			for i := range after.places {
				if p := &after.places[i]; len(p.records) > 0 {
					care[p.id] = after.place(p, rules).Care
				}
			}
			g.book.PutCare(care)
		},
	}
	// A visit, an exemption or people who need care are told of places that are there.
	steps[0]()
	g.Shuffle(3, func(i, j int) { steps[1+i], steps[1+j] = steps[1+j], steps[1+i] })
	for _, step := range steps[1:] {
		step()
	}
}

// TestInvariant11IncrementalIsFull: a book that is brought up to date answers as
// one that is made anew, to the byte, whatever was asked between.
func TestInvariant11IncrementalIsFull(t *testing.T) {
	property(t, 110, func(t *rapid.T, r *rand.Rand, w *world) {
		m := &maker{r, w, t}
		steps := []coverage.Moment{m.moment(), m.moment(), m.moment(), coverage.Ever}
		slices.Sort(steps)
		g := newGrow(r, w, steps[0])
		for k, to := range steps[1:] {
			asks := w.asks(r, 2, coverage.Ever)
			answers(g.book, asks, g.order)
			g.tell(steps[k], to)
			full := g.full(to)
			if got, want := answers(g.book, asks, w.ids()), answers(full, asks, w.ids()); !bytes.Equal(got, want) {
				t.Fatalf("brought up to date and made anew differ: %s", differ(got, want))
			}
			if g.book.Len() != full.Len() || !reflect.DeepEqual(g.book.Facts(), full.Facts()) {
				t.Fatalf("brought up to date the places are %+v, made anew %+v", g.book.Facts(), full.Facts())
			}
		}
	})
}

// TestAnAnswerAboutThePastStays: asked again as known at a moment, the answer is
// the same to the byte after everything that was learned later: places, second
// records, placements, visits, corrections, reviews, exemptions, versions of the
// policy.
func TestAnAnswerAboutThePastStays(t *testing.T) {
	property(t, 61, func(t *rapid.T, r *rand.Rand, w *world) {
		at := (&maker{r, w, t}).moment()
		asks := w.asks(r, 3, at)
		g := newGrow(r, w, at)
		want := answers(g.book, asks, g.order)
		there := slices.Clone(g.order)
		g.tell(at, coverage.Ever)
		if got := answers(g.book, asks, there); !bytes.Equal(got, want) {
			t.Fatalf("as known at %v then and now differ: %s", at.Time(), differ(want, got))
		}
		// A book that is read when all of it is known.
		if got := answers(g.full(coverage.Ever), asks, there); !bytes.Equal(got, want) {
			t.Fatalf("as known at %v then and read anew differ: %s", at.Time(), differ(want, got))
		}
		// And one that does not know the later versions of the policy.
		then := *w
		then.versions = upTo(w.versions, func(v versionRow) bool { return v.recorded < at })
		if len(then.versions) == 0 {
			return
		}
		if got := answers((&grow{Rand: r, world: &then, order: there}).full(at), asks, there); !bytes.Equal(got, want) {
			t.Fatalf("as known at %v under the policies then and now differ: %s", at.Time(), differ(want, got))
		}
	})
}

// TestAnInspectionNeverLowersCoverage, of any set of obligations, nor does it take
// another's duty away. It may bring an obligation into the count that it meets:
// one in grace, of a place that has ended, one that was excused.
func TestAnInspectionNeverLowersCoverage(t *testing.T) {
	property(t, 62, func(t *rapid.T, r *rand.Rand, w *world) {
		m := &maker{r, w, t}
		b := w.book()
		asks := w.asks(r, 3, coverage.Ever)
		for range 5 {
			p := &w.places[r.IntN(len(w.places))]
			row := visitRow{outcome: oneOf(r, inspection.Done, inspection.Done, inspection.Done, inspection.NoAccess, inspection.Partial), checklist: m.checklist(p), unit: m.unitOf(p)}
			m.evidence(&row)
			v := w.visit(row)
			v.ID, v.At = m.id(), m.timeOn(m.day())
			if v.Recorded = m.received(v.At); chance(r, 0.3) {
				v.Evidence = evidence.Blank()
			}
			before := make([]map[coverage.By]map[string]coverage.Rollup, len(asks))
			met := make([][]coverage.Item, len(asks))
			for i, a := range asks {
				before[i] = b.BreakdownBy(a.Query, a.now, coverage.Breakdowns...)
				a.State = coverage.Met
				met[i] = b.Unmet(a.Query, coverage.Mark{}, 1<<30, a.now)
			}
			b.PutVisits(map[uuid.UUID][]coverage.Visit{p.id: {v}})
			for i, a := range asks {
				for level, parts := range b.BreakdownBy(a.Query, a.now, coverage.Breakdowns...) {
					for key, part := range parts {
						was, ok := before[i][level][key]
						if !ok {
							was = coverage.NewRollup()
						}
						more := part.States[coverage.Met] - was.States[coverage.Met]
						if lower(part, was) || more < 0 || part.Due()-was.Due() < 0 || part.Due()-was.Due() > more {
							t.Fatalf("%s %s: a visit by %s with outcome %s made %+v of %+v", level, key, v.Checklist, v.Outcome, part, was)
						}
					}
				}
				a.State = coverage.Met
				now := b.Unmet(a.Query, coverage.Mark{}, 1<<30, a.now)
				for _, it := range met[i] {
					if !slices.ContainsFunc(now, func(o coverage.Item) bool { return o.Mark() == it.Mark() && o.Verdict.MetOn <= it.Verdict.MetOn }) {
						t.Fatalf("%v was met on %v, and not after one more visit", it.Mark(), it.Verdict.MetOn)
					}
				}
			}
		}
	})
}

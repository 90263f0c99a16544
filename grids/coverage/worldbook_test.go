package coverage_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/policy"
)

func (w *world) rules() policy.Rules {
	var out policy.Rules
	for _, v := range w.versions {
		out = append(out, policy.Version{Policy: v.policy, Recorded: v.recorded.Time()})
	}
	return out
}

// known is what was recorded before a moment. Visits that were not yet known to
// be wrong are not in it; places of which nothing was known are.
func (w *world) known(before coverage.Moment) *world {
	out := *w
	out.places = slices.Clone(w.places)
	for i := range out.places {
		p := &out.places[i]
		p.records = upTo(p.records, func(r recordRow) bool { return r.recorded < before })
		p.placings = upTo(p.placings, func(r placingRow) bool { return r.recorded < before })
		p.cares = upTo(p.cares, func(r careRow) bool { return r.recorded < before })
	}
	out.visits = upTo(w.visits, func(v visitRow) bool { return v.received < before })
	out.reviews = upTo(w.reviews, func(r reviewRow) bool { return r.recorded < before })
	out.exemptions = nil
	for _, e := range w.exemptions {
		if e.recorded < before {
			if e.withdrawn >= before {
				e.withdrawn = coverage.Ever
			}
			out.exemptions = append(out.exemptions, e)
		}
	}
	return &out
}

func upTo[T any](list []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return !keep(v) })
}

// book is the world as a book.
func (w *world) book() *coverage.Book {
	rules := w.rules()
	places := make([]coverage.Place, len(w.places))
	visits, exemptions := w.visitsByPlace(), w.exemptionsByPlace()
	for i := range w.places {
		places[i] = w.place(&w.places[i], rules)
		places[i].Visits, places[i].Exemptions = visits[places[i].ID], exemptions[places[i].ID]
	}
	return coverage.NewBook(rules, worldEnds, places)
}

// place is a place but its visits and exemptions.
func (w *world) place(p *placeRow, rules policy.Rules) coverage.Place {
	out := coverage.Place{ID: p.id, History: coverage.History{Records: p.said(rules)}}
	for _, g := range p.placings {
		spot := w.spots[g.spot]
		if spot == nil {
			spot = &g.spot
			w.spots[g.spot] = spot
		}
		out.Placings = append(out.Placings, coverage.Placing{Recorded: g.recorded, From: g.from, Spot: spot})
	}
	for _, c := range p.cares {
		out.Care = append(out.Care, coverage.Care{Recorded: c.recorded, From: c.from, Some: c.people > 0})
	}
	return out
}

// said are a place's records as the engine takes them.
func (p *placeRow) said(rules policy.Rules) []coverage.Record {
	var out []coverage.Record
	for _, r := range p.records {
		one := coverage.Record{Recorded: r.recorded, From: r.from, To: r.to, Category: r.facts.Category, Risk: r.facts.Risk, Duplicate: r.duplicate}
		for _, v := range rules {
			f := r.facts
			owes, _ := v.Owes(f) // a version that does not know the category asks nothing
			f.Care = true
			with, _ := v.Owes(f)
			one.Owes = append(one.Owes, owes)
			one.Cares = append(one.Cares, upTo(with, func(o policy.Obligated) bool {
				return !slices.ContainsFunc(owes, func(other policy.Obligated) bool { return other.Duty == o.Duty })
			}))
		}
		out = append(out, one)
	}
	return out
}

// last is the last word on a place, as known before a moment.
func (p *placeRow) last(known coverage.Moment) (last recordRow, ok bool) {
	for _, r := range p.records {
		if r.recorded < known {
			last, ok = r, true
		}
	}
	return last, ok
}

// on is what a place was on a day, as known before a moment: by the last word on
// that day. It never stood if it turned out to be a second record.
func (p *placeRow) on(d policy.Day, known coverage.Moment) (last recordRow, stands bool) {
	for _, r := range p.records {
		if r.recorded < known && (r.from <= d || r.duplicate != uuid.Nil) {
			last, stands = r, r.duplicate == uuid.Nil && (r.to == policy.NoDay || d < r.to)
		}
	}
	for _, c := range p.cares {
		if c.recorded < known && c.from <= d {
			last.facts.Care = c.people > 0
		}
	}
	return last, stands
}

// spotOn is where a place belongs on a day, as known before a moment; before the
// first day that anything is said of, where it did on that day.
func (p *placeRow) spotOn(d policy.Day, known coverage.Moment) coverage.Spot {
	first := policy.NoDay
	for _, g := range p.placings {
		if g.recorded < known {
			first = min(first, g.from)
		}
	}
	var last coverage.Spot
	for _, g := range p.placings {
		if g.recorded < known && g.from <= max(d, first) {
			last = g.spot
		}
	}
	return last
}

// visit is a visit as the engine takes it.
func (w *world) visit(v visitRow) coverage.Visit {
	out := coverage.Visit{ID: v.id, At: v.at, Recorded: v.received, Void: w.void(v.id), Outcome: v.outcome, Checklist: v.checklist, Unit: v.unit, Evidence: evidence.Blank()}
	own := &out.Evidence
	if own.SkewS = v.skew; v.dwell != nil {
		own.DwellS = *v.dwell
	}
	if v.accuracy != nil {
		own.AccuracyM = *v.accuracy
	}
	if v.distance != nil {
		own.ExcessM = *v.distance
		if !math.IsNaN(float64(own.AccuracyM)) {
			own.ExcessM -= own.AccuracyM
		}
	}
	if v.mock {
		own.Flags |= evidence.Mock
	}
	if v.photos == 0 {
		own.Flags |= evidence.NoPhoto
	}
	for _, r := range w.reviews {
		if r.visit == v.id {
			out.Reviews = append(out.Reviews, r.review())
		}
	}
	return out
}

func (r *reviewRow) review() coverage.Review {
	return coverage.Review{Recorded: r.recorded, Accepted: r.accepted, Reviewer: "李四", Reason: "现场核实"}
}

func (w *world) visitsByPlace() map[uuid.UUID][]coverage.Visit {
	out := map[uuid.UUID][]coverage.Visit{}
	for _, v := range w.visits {
		out[v.place] = append(out[v.place], w.visit(v))
	}
	return out
}

func (w *world) exemptionsByPlace() map[uuid.UUID][]coverage.Exemption {
	out := map[uuid.UUID][]coverage.Exemption{}
	for _, e := range w.exemptions {
		out[e.place] = append(out[e.place], coverage.Exemption{Duty: e.duty, Period: e.period, Reason: "demolition", Reviewer: "张三", Recorded: e.recorded, Withdrawn: e.withdrawn})
	}
	return out
}

// ask is a question and the time at which it is asked.
type ask struct {
	coverage.Query
	now time.Time
}

// asks draws questions about periods, each as known now or at a moment (never
// later than the latest), of what had happened by then or by another.
func (w *world) asks(r *rand.Rand, n int, latest coverage.Moment) []ask {
	m := &maker{Rand: r, world: w}
	var out []ask
	for range n {
		q := ask{Query: coverage.Query{Period: w.askedPeriod(r), Restricted: true}, now: m.moment().Time()}
		if latest != coverage.Ever || chance(r, 0.5) {
			q.Known = m.moment().Time()
			if chance(r, 0.3) { // the moment at which something was learned, or just after it
				v := oneOf(r, w.places...).records[0].recorded
				if len(w.visits) > 0 && chance(r, 0.7) {
					v = oneOf(r, w.visits...).received
				}
				q.Known = (v + coverage.Moment(r.IntN(2))).Time()
			}
			if latest != coverage.Ever && (q.Known.After(latest.Time()) || chance(r, 0.2)) {
				q.Known = latest.Time()
			}
		}
		if chance(r, 0.3) {
			q.Until = m.happened().Time()
		}
		out = append(out, q)
	}
	return out
}

// happened draws a moment, often that of a visit or the one before it.
func (m *maker) happened() coverage.Moment {
	if len(m.visits) > 0 && chance(m.Rand, 0.5) {
		return oneOf(m.Rand, m.visits...).at - coverage.Moment(m.IntN(2))
	}
	return m.moment()
}

func (w *world) askedPeriod(r *rand.Rand) policy.Period {
	p := policy.Containing((worldBegins + policy.Day(r.IntN(int(worldEnds-worldBegins)))).Date(), oneOf(r, policy.Month, policy.Month, policy.HalfYear))
	if chance(r, 0.1) {
		p = policy.Span(p.First-10, p.First+20)
	}
	return p
}

// sight is from where a question looks.
func (a *ask) sight(zone *time.Location) coverage.Sight {
	out := coverage.Sight{Known: coverage.MomentOf(a.Known), Until: coverage.MomentOf(a.Until), Today: policy.DayAt(a.now, zone)}
	if a.Until.IsZero() && !a.Known.IsZero() {
		out.Until, out.Today = out.Known, policy.DayAt(a.Known, zone)
	} else if !a.Until.IsZero() {
		out.Today = policy.DayAt(a.Until, zone)
	}
	return out
}

// items are all obligations of a question: what is missing, the met, the excused.
func items(b *coverage.Book, a ask) []coverage.Item {
	out := b.Unmet(a.Query, coverage.Mark{}, math.MaxInt, a.now)
	for _, s := range []coverage.State{coverage.Met, coverage.Excused} {
		q := a.Query
		q.State = s
		out = append(out, b.Unmet(q, coverage.Mark{}, math.MaxInt, a.now)...)
	}
	return out
}

// answer is everything that a book answers to a question, as bytes: each
// breakdown, the list of what is missing, and for each place every obligation
// with its verdict, its reasons and the rule by which it is owed. What a place
// is now (its name, its grid today) is no part of an answer about the past.
func answer(b *coverage.Book, a ask, places []uuid.UUID) []byte {
	type line struct {
		Mark    coverage.Mark
		Version string
		Owed    policy.Obligated
		Verdict coverage.Verdict
	}
	lines := func(items []coverage.Item) []line {
		out := []line{}
		for _, it := range items {
			out = append(out, line{it.Mark(), it.Policy.Version, it.Owed, it.Verdict})
		}
		return out
	}
	out := struct {
		Whole  coverage.Rollup
		By     map[coverage.By]map[string]coverage.Rollup
		Unmet  []line
		Places [][]line
	}{Whole: b.Coverage(a.Query, a.now), By: b.BreakdownBy(a.Query, a.now, coverage.Breakdowns...), Unmet: lines(b.Unmet(a.Query, coverage.Mark{}, math.MaxInt, a.now))}
	for _, id := range places {
		its, _ := b.Place(id, a.Query, a.now)
		out.Places = append(out.Places, lines(its))
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return text
}

// answers are the answers to several questions, one a line.
func answers(b *coverage.Book, asks []ask, places []uuid.UUID) []byte {
	var out [][]byte
	for _, a := range asks {
		out = append(out, answer(b, a, places))
	}
	return bytes.Join(out, []byte("\n"))
}

func (w *world) ids() []uuid.UUID {
	var out []uuid.UUID
	for i := range w.places {
		out = append(out, w.places[i].id)
	}
	return out
}

// differ says where two answers differ.
func differ(a, b []byte) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	around := func(s []byte) []byte { return s[max(0, min(i-300, len(s))):min(len(s), i+300)] }
	return strings.ToValidUTF8(string(around(a)), "") + "\n--- and\n" + strings.ToValidUTF8(string(around(b)), "")
}

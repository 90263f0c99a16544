package coverage_test

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// world is a district with a history: plain values, from which a book and the
// rows of a database can be made. Every moment at which something was recorded
// is drawn apart from the days on which it holds.
type world struct {
	zone       *time.Location
	versions   []versionRow // in the order in which they were put
	places     []placeRow
	visits     []visitRow
	reviews    []reviewRow
	exemptions []exemptionRow
	spots      map[coverage.Spot]*coverage.Spot
}

type versionRow struct {
	document
	recorded coverage.Moment
}

type placeRow struct {
	id       uuid.UUID
	records  []recordRow  // in the order in which they were learned, as all lists
	placings []placingRow // where it belongs
	cares    []careRow    // people who need care
}

type recordRow struct {
	recorded  coverage.Moment
	from, to  policy.Day
	facts     policy.Facts // but Care
	duplicate uuid.UUID
}

type placingRow struct {
	recorded coverage.Moment
	from     policy.Day
	spot     coverage.Spot
}

type careRow struct {
	recorded coverage.Moment
	from     policy.Day
	people   int
}

type visitRow struct {
	id, place          uuid.UUID
	at, received       coverage.Moment
	outcome            inspection.Outcome
	checklist, unit    string
	distance, accuracy *float32
	dwell              *int32
	skew               int32
	mock               bool
	photos             int
	corrects           uuid.UUID
}

type reviewRow struct {
	id, visit uuid.UUID
	recorded  coverage.Moment
	accepted  bool
}

type exemptionRow struct {
	id, place           uuid.UUID
	duty, period        string
	recorded, withdrawn coverage.Moment
}

// The days of every random world.
var (
	worldBegins = policy.DayOf(day("2026-02-01"))
	worldEnds   = policy.DayOf(day("2026-11-20"))
)

const (
	second = coverage.Moment(1e6)
	hour   = 3600 * second
	aDay   = 24 * hour
)

// maker draws a world.
type maker struct {
	*rand.Rand
	*world
	t fataler
}

// newWorld draws a district of so many places.
func newWorld(t fataler, r *rand.Rand, places int) *world {
	t.Helper()
	set := policySet(t, r)
	w := &world{zone: set[0].policy.Zone(), spots: map[coverage.Spot]*coverage.Spot{}}
	m := &maker{r, w, t}
	for i, d := range set {
		recorded := w.begins(policy.DayOf(d.policy.From())) + coverage.Moment(r.IntN(80)-50)*aDay + coverage.Moment(r.Int64N(int64(aDay)))
		if i == 0 && chance(r, 0.2) { // the district's first version comes when periods have begun
			recorded = w.begins(worldBegins) + coverage.Moment(r.Int64N(int64(200*aDay)))
		}
		switch {
		case i > 0 && chance(r, 0.2):
			recorded = w.begins(policy.DayOf(d.policy.From())) // to the moment
		case i > 0 && chance(r, 0.2): // long before or after, maybe behind one that holds from later on
			recorded += coverage.Moment(r.IntN(300)-150) * aDay
		}
		w.versions = append(w.versions, versionRow{d, recorded})
	}
	slices.SortStableFunc(w.versions, func(a, b versionRow) int { return cmp.Compare(a.recorded, b.recorded) })
	w.places = make([]placeRow, places)
	for i := range w.places {
		w.places[i].id = m.id()
	}
	for i := range w.places {
		m.place(&w.places[i])
		m.visitsTo(&w.places[i])
	}
	slices.SortFunc(w.reviews, func(a, b reviewRow) int {
		return cmp.Or(cmp.Compare(a.recorded, b.recorded), slices.Compare(a.id[:], b.id[:]))
	})
	return w
}

func (w *world) begins(d policy.Day) coverage.Moment { return coverage.MomentOf(d.Begins(w.zone)) }

// id draws an id, so that a seed makes the same world again.
func (m *maker) id() (id uuid.UUID) {
	binary.LittleEndian.PutUint64(id[:], m.Uint64())
	binary.LittleEndian.PutUint64(id[8:], m.Uint64())
	return id
}

// day draws a day of the world, often the first of a month or the day beside it.
func (m *maker) day() policy.Day {
	d := worldBegins + policy.Day(m.IntN(int(worldEnds-worldBegins)))
	if chance(m.Rand, 0.2) {
		d = policy.Containing(d.Date(), policy.Month).First + policy.Day(m.IntN(3)-1)
	}
	return d
}

// moment draws a moment of the world, now and then that at which a month begins.
func (m *maker) moment() coverage.Moment {
	if chance(m.Rand, 0.1) {
		return m.begins(policy.Containing(m.day().Date(), policy.Month).First) + coverage.Moment(m.IntN(3)-1)
	}
	return m.begins(worldBegins) + coverage.Moment(m.Int64N(int64(m.begins(worldEnds)-m.begins(worldBegins))))
}

// moments draws moments at which things were learned one after the other. The
// first comes early most times, so that there is something to look at.
func (m *maker) moments(n int) []coverage.Moment {
	out := make([]coverage.Moment, 0, n)
	for len(out) < n {
		at := m.moment()
		if len(out) == 0 && chance(m.Rand, 0.75) {
			at = m.begins(worldBegins) - coverage.Moment(m.Int64N(int64(20*aDay)))
		}
		if !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return out
}

// fewOrMore draws a small number: none half of the times.
func (m *maker) fewOrMore(most int) int {
	n := 0
	for n < most && chance(m.Rand, 0.5) {
		n++
	}
	return n
}

func (m *maker) facts() policy.Facts {
	last := m.versions[m.IntN(len(m.versions))].policy
	f := policy.Facts{Category: last.Categories[m.IntN(len(last.Categories))].Category, UnderCompound: chance(m.Rand, 0.5), Supervised: chance(m.Rand, 0.2)}
	if chance(m.Rand, 0.4) {
		f.Risk = int16(m.IntN(5))
	}
	f.Attributes = map[string]any{}
	if chance(m.Rand, 0.5) {
		f.Attributes["employees"] = oneOf[any](m.Rand, 19.0, 20.0, 49.0, 50.0, 51.0, "many")
	}
	if chance(m.Rand, 0.4) {
		f.Attributes["area_m2"] = oneOf(m.Rand, 80.0, 999.99, 1000.0)
	}
	if chance(m.Rand, 0.5) {
		f.Attributes["let"] = chance(m.Rand, 0.5)
	}
	return f
}

// place draws what was learned of a place.
func (m *maker) place(p *placeRow) {
	begins := worldBegins
	if chance(m.Rand, 0.45) {
		begins = m.day()
	}
	moments := m.moments(1 + m.fewOrMore(4))
	p.records = []recordRow{{recorded: moments[0], from: begins, to: policy.NoDay, facts: m.facts()}}
	for _, recorded := range moments[1:] {
		next := p.records[len(p.records)-1]
		next.recorded = recorded
		switch m.IntN(9) {
		case 0, 1: // another kind of place
			next.facts, next.from = m.facts(), m.day()
		case 2: // more or less risk
			next.facts.Risk, next.facts.Supervised, next.from = int16(m.IntN(5)), chance(m.Rand, 0.4), m.day()
		case 3: // it ends; whatever was said of the days before holds
			next.to = m.day()
			next.from = min(next.from, next.to)
		case 4: // it ended, and nothing else is known of it
			next.from = m.day()
			next.to = next.from + policy.Day(m.IntN(40))
		case 5: // it stands again
			next.from, next.to = m.day(), policy.NoDay
		case 6: // it is said anew of all its days
			next.from = begins
		case 7: // a second record of another place
			next.from, next.duplicate = begins, m.places[m.IntN(len(m.places))].id
			if next.duplicate == p.id {
				next.duplicate = uuid.Nil
			}
		case 8: // which it was not, or of a third
			next.duplicate = uuid.Nil
			if chance(m.Rand, 0.5) {
				next.from = begins
			}
		}
		p.records = append(p.records, next)
	}
	m.placings(p, begins, moments[0])
	if chance(m.Rand, 0.25) {
		for _, recorded := range m.moments(1 + m.fewOrMore(3)) {
			p.cares = append(p.cares, careRow{recorded, m.day(), m.IntN(3)})
		}
		if chance(m.Rand, 0.5) {
			p.cares[0].from = begins
		}
	}
	if chance(m.Rand, 0.25) {
		m.exempt(p)
	}
}

func (m *maker) spot() coverage.Spot {
	s := coverage.Spot{Town: oneOf(m.Rand, towns...)}
	s.Community = oneOf(m.Rand, communities[s.Town]...)
	if chance(m.Rand, 0.25) {
		s.Park = park
	}
	if chance(m.Rand, 0.9) {
		s.Grid = s.Community + oneOf(m.Rand, "001", "002")
	}
	return s
}

// placings draws where a place belongs: grids are redrawn, borders of units and
// the park's move.
func (m *maker) placings(p *placeRow, begins policy.Day, first coverage.Moment) {
	moments := m.moments(1 + m.fewOrMore(3))
	if chance(m.Rand, 0.9) {
		if moments[0] = first; len(moments) > 1 && moments[1] <= first {
			moments = moments[:1]
		}
	}
	p.placings = []placingRow{{moments[0], begins, m.spot()}}
	for _, recorded := range moments[1:] {
		next := p.placings[len(p.placings)-1]
		next.recorded, next.from = recorded, m.day()
		switch m.IntN(4) {
		case 0:
			next.spot = m.spot()
		case 1:
			next.spot.Park = oneOf(m.Rand, "", park)
		default:
			next.spot.Grid = next.spot.Community + oneOf(m.Rand, "001", "002", "003")
		}
		if chance(m.Rand, 0.2) {
			next.from = begins
		}
		p.placings = append(p.placings, next)
	}
}

func (m *maker) exempt(p *placeRow) {
	for range 1 + m.fewOrMore(2) {
		e := exemptionRow{id: m.id(), place: p.id, recorded: m.moment(), withdrawn: coverage.Ever}
		v := m.versions[m.IntN(len(m.versions))].policy
		d := &v.Duties[m.IntN(len(v.Duties))]
		if owes, err := v.Owes(p.records[0].facts); err == nil {
			d = &v.Duties[oneOf(m.Rand, owes...).Duty]
		}
		e.duty = d.Duty
		when := policy.Containing(m.day().Date(), oneOf(m.Rand, policy.Month, policy.Month, policy.HalfYear))
		if d.Period != policy.Custom && chance(m.Rand, 0.9) {
			when = policy.Containing(m.day().Date(), d.Period)
		}
		if spans := d.Spans(); len(spans) > 0 {
			when = oneOf(m.Rand, spans...)
		}
		if e.period = when.String(); chance(m.Rand, 0.4) {
			e.withdrawn = max(e.recorded, m.moment())
		}
		m.exemptions = append(m.exemptions, e)
	}
}

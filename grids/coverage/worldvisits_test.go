package coverage_test

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// visitsTo draws the visits to a place, what reviewers said of them and how they
// were corrected: a few at any time, and for some places rows of visits, about as
// far apart as two must be that count.
func (m *maker) visitsTo(p *placeRow) {
	for range m.IntN(6) {
		m.add(m.visitOn(p, m.day(), 0.35))
	}
	for range m.fewOrMore(2) {
		d, list := m.day(), m.checklist(p)
		for range 2 + m.IntN(8) {
			v := m.visitOn(p, d, 0.15)
			v.checklist = list
			m.add(v)
			d += policy.Day(oneOf(m.Rand, 0, 1, 4, 5, 6, 7, 8, 9, 14, 30, 45))
		}
	}
}

// visitOn draws a visit on a day; some share of them come to nothing.
func (m *maker) visitOn(p *placeRow, d policy.Day, inVain float64) visitRow {
	v := visitRow{id: m.id(), place: p.id, outcome: inspection.Done, unit: m.unitOf(p), checklist: m.checklist(p), at: m.timeOn(d)}
	v.received = m.received(v.at)
	if chance(m.Rand, inVain) {
		v.outcome = oneOf(m.Rand, inspection.NoAccess, inspection.Refused, inspection.NotFound, inspection.Partial)
	}
	m.evidence(&v)
	return v
}

// add adds a visit with what was said of it later.
func (m *maker) add(v visitRow) {
	m.visits = append(m.visits, v)
	if chance(m.Rand, 0.2) {
		for i := range 1 + m.fewOrMore(3) {
			// By one microsecond, so that no two were recorded at the same moment.
			after := v.received + coverage.Moment(m.Int64N(int64(60*aDay)))/4*4 + coverage.Moment(i)
			m.reviews = append(m.reviews, reviewRow{m.id(), v.id, after, chance(m.Rand, 0.5)})
		}
	}
	if chance(m.Rand, 0.15) {
		m.correct(v)
	}
}

// correct draws a correction, which may be corrected itself.
func (m *maker) correct(v visitRow) {
	c := v
	c.id, c.corrects = m.id(), v.id
	c.received = v.received + coverage.Moment(m.Int64N(int64(50*aDay)))
	if chance(m.Rand, 0.1) {
		c.received = v.received // in one batch
	}
	switch m.IntN(4) {
	case 0:
		c.outcome = inspection.Void
	case 1: // it was another place
		c.place = m.places[m.IntN(len(m.places))].id
	case 2: // it was another day
		c.at = m.timeOn(m.day())
	case 3: // it ended otherwise
		c.outcome = oneOf(m.Rand, inspection.Done, inspection.NoAccess)
		m.evidence(&c)
	}
	m.add(c)
}

// timeOn draws a time on a day: at its borders, at those of the shift, at any time.
func (m *maker) timeOn(d policy.Day) coverage.Moment {
	switch m.IntN(10) {
	case 0:
		return m.begins(d)
	case 1:
		return m.begins(d+1) - 1
	case 2:
		y, month, day := d.Date().Date()
		border := coverage.MomentOf(time.Date(y, month, day, oneOf(m.Rand, 6, 22), 0, 0, 0, m.zone))
		return border - coverage.Moment(m.IntN(2))
	}
	return m.begins(d) + coverage.Moment(m.Int64N(int64(m.begins(d+1)-m.begins(d))))
}

// received draws when a visit was learned of: at once, weeks later, before its
// time (a device is a little ahead), or at the moment at which its month ends.
func (m *maker) received(at coverage.Moment) coverage.Moment {
	switch m.IntN(12) {
	case 0:
		return at - coverage.Moment(m.Int64N(int64(10*60*second)))
	case 1, 2, 3:
		return at + coverage.Moment(m.Int64N(int64(45*aDay)))
	case 4:
		month := policy.Containing(policy.DayAt(at.Time(), m.zone).Date(), oneOf(m.Rand, policy.Month, policy.HalfYear))
		return max(at, m.begins(month.End)-coverage.Moment(m.IntN(2)))
	}
	return at + coverage.Moment(m.Int64N(int64(2*hour)))
}

// checklist draws one that the place asks for, most times.
func (m *maker) checklist(p *placeRow) string {
	v := m.versions[m.IntN(len(m.versions))].policy
	f := p.records[m.IntN(len(p.records))].facts
	f.Care = len(p.cares) > 0
	owes, err := v.Owes(f)
	if err != nil || chance(m.Rand, 0.2) {
		return oneOf(m.Rand, v.ChecklistNames()...)
	}
	return v.Duties[oneOf(m.Rand, owes...).Duty].Checklist
}

// unitOf draws for whom an inspector acted: a body that answers at one of the
// place's spots, another, or one that nobody knows.
func (m *maker) unitOf(p *placeRow) string {
	s := oneOf(m.Rand, p.placings...).spot
	return oneOf(m.Rand, "", s.Town, s.Community, s.Community, s.Park, towns[0])
}

// evidence draws what a visit says for itself: nothing, good, bad, and at the
// thresholds to the digit.
func (m *maker) evidence(v *visitRow) {
	*v = visitRow{id: v.id, place: v.place, at: v.at, received: v.received, outcome: v.outcome, checklist: v.checklist, unit: v.unit, corrects: v.corrects, photos: m.IntN(3)}
	if chance(m.Rand, 0.6) {
		return
	}
	if chance(m.Rand, 0.8) {
		accuracy := oneOf[float32](m.Rand, 0, 0.1, 5, 10, 100, 100.1, 200, 201)
		if chance(m.Rand, 0.8) {
			v.accuracy = &accuracy
		} else {
			accuracy = 0
		}
		distance := oneOf[float32](m.Rand, 0, 3, 40) + accuracy
		if chance(m.Rand, 0.5) {
			distance = oneOf[float32](m.Rand, 50.5, 50.6, 100, 100.25, 300, 300.25, 500, 500.25, 2000) + accuracy
		}
		v.distance = &distance
	}
	if chance(m.Rand, 0.5) {
		dwell := oneOf[int32](m.Rand, 0, 59, 60, 600)
		v.dwell = &dwell
	}
	v.skew = oneOf[int32](m.Rand, 0, 0, 0, 300, -301, 600, 601, -601)
	v.mock = chance(m.Rand, 0.1)
}

// void is when a visit was found to be wrong; Ever: it was not.
func (w *world) void(id uuid.UUID) coverage.Moment {
	i := slices.IndexFunc(w.visits, func(c visitRow) bool { return c.corrects == id })
	if i < 0 {
		return coverage.Ever
	}
	return w.visits[i].received
}

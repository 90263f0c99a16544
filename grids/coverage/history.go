package coverage

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// Moment is an instant in microseconds since 1970, UTC: what the database keeps.
type Moment int64

// Ever is later than every moment: known now, or never to happen.
const Ever Moment = 1<<63 - 1

// MomentOf is the moment of an instant; the zero instant is [Ever].
func MomentOf(t time.Time) Moment {
	if t.IsZero() {
		return Ever
	}
	return Moment(t.UnixMicro())
}

// Time is the moment as a time; zero for [Ever].
func (m Moment) Time() time.Time {
	if m == Ever {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}

// Two times run through everything here. A thing holds or happened on days of
// its own; and it was recorded at a moment: only who asks as known later sees
// it. Nothing is ever changed or removed, so an answer as known at a past moment
// is the same for ever.

// Record is what was learned of a place at a moment: from a day on, so it is,
// whatever was said before of those days.
type Record struct {
	Recorded  Moment
	From      policy.Day
	To        policy.Day // the first day on which it no longer stands; NoDay while it does
	Category  string
	Risk      int16
	Duplicate uuid.UUID // the place that this one turned out to be; else zero
	// Owes is what the place owes so, by each version of the rules; Cares is what
	// it owes besides while people who need care live there.
	Owes  [][]policy.Obligated
	Cares [][]policy.Obligated
}

// mayOwe is what a record's place owes by a version on some day, as known before
// a moment.
func (r *Record) mayOwe(version int, h *History, known Moment) []policy.Obligated {
	if !slices.ContainsFunc(h.Care, func(c Care) bool { return c.Recorded < known }) {
		return r.Owes[version]
	}
	return slices.Concat(r.Owes[version], r.Cares[version])
}

// Care is what was learned at a moment of people who need care: whether some
// live at a place from a day on.
type Care struct {
	Recorded Moment
	From     policy.Day
	Some     bool
}

// Spot is where a place belongs: its units and its grid.
type Spot struct {
	Town, Park, Community string
	Grid                  string // empty: none
}

// Placing is what was learned at a moment of where a place belongs from a day on.
type Placing struct {
	Recorded Moment
	From     policy.Day
	Spot     *Spot // equal spots are the same pointer
}

// Visit is what an inspection says about a place. A correction is a visit of
// its own that names the one it stands for: that one is void from then on.
type Visit struct {
	ID        uuid.UUID
	At        Moment // when it happened
	Recorded  Moment // when we learned of it
	Void      Moment // when we learned that it was wrong; Ever: it stands
	Outcome   inspection.Outcome
	Checklist string
	Unit      string       // for which the inspector acted; empty: not known
	Evidence  evidence.Own // but for a track, which may come later
	Tracked   Moment       // when we learned of the first track that covers it; Ever: none does
	Reviews   []Review
}

// Review is a person's word on a visit whose evidence was looked at.
type Review struct {
	Recorded Moment
	Accepted bool
	Reviewer string
	Reason   string
}

// knownAt reports whether a visit counts as known before a moment.
func (v *Visit) knownAt(known Moment) bool {
	return v.Recorded < known && v.Void >= known && v.Outcome != inspection.Void
}

// review is the last word on the visit as known before a moment.
func (v *Visit) review(known Moment) *Review {
	for i := len(v.Reviews) - 1; i >= 0; i-- {
		if v.Reviews[i].Recorded < known {
			return &v.Reviews[i]
		}
	}
	return nil
}

// own is what the visit says for itself, and whether a track backs it, as known
// before a moment.
func (v *Visit) own(known Moment) *evidence.Own {
	o := v.Evidence
	if v.Tracked >= known {
		o.Flags |= evidence.NoTrack
	}
	return &o
}

// Exemption excuses a place from one duty in one period.
type Exemption struct {
	Duty      string `json:"duty"`
	Period    string `json:"period"`
	Reason    string `json:"reason"`
	Reviewer  string `json:"reviewer"`
	Recorded  Moment `json:"-"`
	Withdrawn Moment `json:"-"` // when it was taken back; Ever: it stands
}

// History is all that is known of one place, each list in the order of [Moment]s,
// visits in the order in which they happened.
type History struct {
	Records    []Record
	Placings   []Placing
	Care       []Care
	Visits     []Visit
	Exemptions []Exemption
}

// segment is a stretch of days on which a place stands unchanged.
type segment struct {
	from, to policy.Day
	record   *Record
}

// segments are the days on which a place stands, as known before a moment, in
// order. Later words overrule earlier ones from their first day on.
func (h *History) segments(known Moment, into []segment) []segment {
	for i := range h.Records {
		r := &h.Records[i]
		if r.Recorded >= known {
			continue
		}
		for len(into) > 0 && into[len(into)-1].from >= r.From {
			into = into[:len(into)-1]
		}
		if n := len(into); n > 0 && into[n-1].to > r.From {
			into[n-1].to = r.From
		}
		if r.Duplicate != uuid.Nil {
			into = into[:0] // it never was a place of its own
			continue
		}
		if r.To > r.From {
			into = append(into, segment{r.From, r.To, r})
		}
	}
	return into
}

// caredFor are the days on which people who need care live there, as known
// before a moment, in order. The last word on a day decides.
func (h *History) caredFor(known Moment, into []stretch) []stretch {
	for _, c := range h.Care {
		if c.Recorded >= known {
			continue
		}
		for len(into) > 0 && into[len(into)-1].from >= c.From {
			into = into[:len(into)-1]
		}
		if n := len(into); n > 0 && into[n-1].to > c.From {
			into[n-1].to = c.From
		}
		if c.Some {
			into = append(into, stretch{c.From, policy.NoDay})
		}
	}
	return into
}

// stretch is a stretch of days.
type stretch struct{ from, to policy.Day }

// duplicateOf is the place that this one is a second record of, as known before
// a moment; zero if none.
func (h *History) duplicateOf(known Moment) uuid.UUID {
	for i := len(h.Records) - 1; i >= 0; i-- {
		if r := &h.Records[i]; r.Recorded < known {
			return r.Duplicate
		}
	}
	return uuid.Nil
}

var nowhere = &Spot{}

// spotOn is where a place belongs on a day, as known before a moment: by the
// last word on that day. Before the first day that anything is said of, it
// belongs where it did on that day.
func (h *History) spotOn(day policy.Day, known Moment) *Spot {
	if n := len(h.Placings); n == 1 && h.Placings[0].Recorded < known {
		return h.Placings[0].Spot
	}
	var found, first *Placing
	for i := range h.Placings {
		p := &h.Placings[i]
		if p.Recorded >= known {
			continue
		}
		if p.From <= day {
			found = p
		}
		if first == nil || p.From <= first.From {
			first = p
		}
	}
	switch {
	case found != nil:
		return found.Spot
	case first != nil:
		return first.Spot
	}
	return nowhere
}

// compareVisits is the order in which visits happened.
func compareVisits(a, b Visit) int {
	switch {
	case a.At < b.At:
		return -1
	case a.At > b.At:
		return 1
	}
	return slices.Compare(a.ID[:], b.ID[:])
}

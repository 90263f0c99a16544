package evidence

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Pattern is what is odd about an inspector's visits, for whoever asks him
// about them. It is no verdict.
type Pattern struct {
	Inspector string    `json:"inspector"`
	Visits    int       `json:"visits"`
	Days      int       `json:"days"`
	Score     float64   `json:"score"` // the sum over the findings; see the package's words on it
	Findings  []Finding `json:"findings"`
	Reasons   []Count   `json:"reasons"` // of all the visits, the most frequent first
}

// Count is how many of an inspector's visits have a reason.
type Count struct {
	Code   Code `json:"code"`
	Visits int  `json:"visits"`
}

// Finding is one thing that was seen, with its figures and its map.
type Finding struct {
	Kind     Kind        `json:"kind"`
	Score    float64     `json:"score"` // chance gives s or more to at most one in 10^s
	Hits     int         `json:"hits"`  // visits with it,
	Looks    int         `json:"looks"` // of so many in which it could have been seen,
	Days     int         `json:"days"`  // on so many days
	Usual    float64     `json:"usual"` // hits per look of all other inspectors
	ZH       string      `json:"zh"`
	EN       string      `json:"en"`
	Examples []uuid.UUID `json:"examples"` // the strongest first
	Track    []Stop      `json:"track"`    // the day with the most hits, in order of time: a line for the map
	Lines    []Line      `json:"lines"`    // from the place to where the visit was reported from, where the finding is about positions
}

// Stop is a visit on a track.
type Stop struct {
	Visit    uuid.UUID  `json:"visit"`
	At       time.Time  `json:"at"`
	Position [2]float64 `json:"position"` // longitude and latitude; the place's anchor without a fix
	Hit      bool       `json:"hit"`      // one of those that the finding counts
}

// Line is a place and where a visit to it was reported from, each longitude and
// latitude.
type Line struct {
	Visit    uuid.UUID  `json:"visit"`
	Place    [2]float64 `json:"place"`
	Position [2]float64 `json:"position"`
}

// hit is a visit that a finding counts.
type hit struct {
	row    int32
	weight float64 // how strong, within its kind: km/h, metres, visits, seconds before the contradiction less
	extra  string  // what the words need besides
}

// survey is all that was seen, by kinds.
type survey struct {
	ledger *ledger
	hits   [kindCount][]hit // in order of rows
	has    []kinds          // by row, the kinds that it is a hit of
	looks  []kinds          // by row
	codes  []signs          // by row, the reasons
	mixUps map[int]mixUp
}

// Patterns lists the inspectors with something odd about their visits, ranked
// by score, against what is usual in the district: give it the visits of all
// over some months. Contradictions are what came to light at the places. It
// depends neither on the order nor on repeats.
func (r *Rules) Patterns(visits []Visit, contradictions []Contradiction, zone *time.Location) []Pattern {
	s := r.look(newLedger(visits, zone), contradictions)
	tallies := make([]tally, len(s.ledger.people))
	var all tally
	for who, p := range s.ledger.people {
		tallies[who] = s.tally(p)
		all.add(&tallies[who], 1)
	}
	var out []Pattern
	for who, p := range s.ledger.people {
		others := all
		others.add(&tallies[who], -1)
		if found := r.pattern(s, who, p, &tallies[who], &others, zone); len(found.Findings) > 0 {
			out = append(out, found)
		}
	}
	slices.SortFunc(out, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Inspector, b.Inspector))
	})
	return out
}

func (r *Rules) pattern(s *survey, who int, p people, own, others *tally, zone *time.Location) Pattern {
	out := Pattern{Inspector: p.name, Visits: p.hi - p.lo, Days: own.days}
	for k := range kindCount {
		c, o := own.of[k], others.of[k]
		if c.hits == 0 {
			continue
		}
		score := surprise(s.shares(p, k), r.Pattern.remarkable(o.shares, o.lookDays))
		if k == KindCoordinateSystem {
			score = 0 // a setting, and told whenever it is there
		} else if score < r.Pattern.Score {
			continue
		}
		f := Finding{Kind: k, Score: score, Hits: c.hits, Looks: c.looks, Days: c.hitDays, Usual: float64(o.hits) / math.Max(1, float64(o.looks))}
		r.show(s, &f, who, p, zone)
		out.Findings = append(out.Findings, f)
		out.Score += score
	}
	if len(out.Findings) == 0 {
		return out
	}
	slices.SortStableFunc(out.Findings, func(a, b Finding) int { return cmp.Compare(b.Score, a.Score) })
	var n [codeCount]int
	for row := p.lo; row < p.hi; row++ {
		for c := range codeCount {
			n[c] += int(s.codes[row] >> c & 1)
		}
	}
	for c := range codeCount {
		if n[c] > 0 {
			out.Reasons = append(out.Reasons, Count{c, n[c]})
		}
	}
	slices.SortStableFunc(out.Reasons, func(a, b Count) int { return b.Visits - a.Visits })
	return out
}

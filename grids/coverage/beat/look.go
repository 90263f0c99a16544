package beat

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Look is what was seen of a public area on a day.
type Look struct {
	Area  uuid.UUID
	Day   policy.Day
	Cells []uint64 // a bit for each cell that was in sight
	Stays []Stay   // in order, none overlapping or touching another
}

// Stay is a time during which somebody was inside.
type Stay struct{ From, To time.Time }

// Look says what a track saw of the area, by day. Only a stay counts: stops
// inside the outline that follow each other without a break, for as long as the
// rules ask at least. Whoever walks along the wall outside sees nothing, though
// the receiver puts one or another stop inside.
//
// What is measured is the share of the area within sight of the walk itself,
// not of inner paths that were matched: few compounds have their paths on the
// map, and a boundary is not where people walk. Walls and houses in the line of
// sight are not considered, which is why sight is short.
func (a *Area) Look(t *Track, zone *time.Location) []Look {
	var out []Look
	for _, leg := range t.legs {
		for i := 0; i < len(leg); {
			begin := i
			for i < len(leg) && a.holds(leg[i].at) {
				i++
			}
			if stay := leg[begin:i]; len(stay) > 0 && seconds(stay[len(stay)-1].last-stay[0].first) >= t.rules.ShortestStayS {
				out = append(out, a.stay(stay, t.rules.SightM, zone)...)
			}
			i++
		}
	}
	return UnionLooks(out)
}

// stay is what one stay saw, a look for each day that it touches.
func (a *Area) stay(stops []stop, sight float64, zone *time.Location) []Look {
	var out []Look
	on := func(nanos int64) []uint64 {
		day := policy.DayAt(time.Unix(0, nanos), zone)
		for i := range out {
			if out[i].Day == day {
				return out[i].Cells
			}
		}
		out = append(out, Look{Area: a.ID, Day: day, Cells: make([]uint64, (a.cells+63)/64)})
		return out[len(out)-1].Cells
	}
	at := a.flat.of(stops[0].at)
	for i := range stops {
		next := a.flat.of(stops[i].at)
		a.light(on(stops[i].first), at, next, sight)
		a.light(on(stops[i].last), next, next, sight)
		at = next
	}
	from, to := time.Unix(0, stops[0].first).UTC(), time.Unix(0, stops[len(stops)-1].last).UTC()
	for i := range out {
		begins, ends := out[i].Day.Begins(zone), (out[i].Day + 1).Begins(zone)
		s := Stay{from, to}
		if begins.After(from) {
			s.From = begins.UTC()
		}
		if ends.Before(to) {
			s.To = ends.UTC()
		}
		if s.From.Before(s.To) {
			out[i].Stays = []Stay{s}
		}
	}
	return out
}

// UnionLooks is what was seen by any: one look for each area and day, in that
// order. In whatever order and however often it is given, the result is the same.
func UnionLooks(all ...[]Look) []Look {
	sorted := slices.Concat(all...)
	slices.SortStableFunc(sorted, func(a, b Look) int {
		return cmp.Or(bytes.Compare(a.Area[:], b.Area[:]), cmp.Compare(a.Day, b.Day))
	})
	var out []Look
	for _, l := range sorted {
		last := len(out) - 1
		if last < 0 || out[last].Area != l.Area || out[last].Day != l.Day {
			out = append(out, Look{l.Area, l.Day, slices.Clone(l.Cells), slices.Clone(l.Stays)})
			continue
		}
		out[last].Cells = both(out[last].Cells, l.Cells)
		out[last].Stays = joinStays(append(out[last].Stays, l.Stays...))
	}
	return out
}

// both is the union of two sets of bits, as long as the longer.
func both(a, b []uint64) []uint64 {
	for i, w := range b {
		if i < len(a) {
			a[i] |= w
		} else {
			a = append(a, w)
		}
	}
	return a
}

func joinStays(all []Stay) []Stay {
	slices.SortFunc(all, func(a, b Stay) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	var out []Stay
	for _, s := range all {
		if last := len(out) - 1; last >= 0 && !s.From.After(out[last].To) {
			if s.To.After(out[last].To) {
				out[last].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// Sight is how much of a public area was seen, in cells, and for how long
// somebody was there.
type Sight struct {
	Seen, Cells int
	Inside      time.Duration
}

// AtLeast compares in whole numbers.
func (s Sight) AtLeast(percent int) bool { return 100*s.Seen >= percent*s.Cells }

// Seen is how much of the area was seen on any day from the first up to,
// without, end: over a month, its monthly coverage.
func (a *Area) Seen(looks []Look, first, end policy.Day) Sight {
	s := Sight{Cells: a.cells}
	cells := make([]uint64, (a.cells+63)/64)
	for _, l := range UnionLooks(looks) {
		if l.Area != a.ID || l.Day < first || l.Day >= end || len(l.Cells) != len(cells) {
			continue
		}
		cells = both(cells, l.Cells)
		for _, stay := range l.Stays {
			s.Inside += stay.To.Sub(stay.From)
		}
	}
	for _, w := range cells {
		s.Seen += bits.OnesCount64(w)
	}
	return s
}

// Enough is whether so much of a public area was seen that it counts as covered.
func (s Sight) Enough(r Rules) bool { return s.Cells > 0 && s.AtLeast(r.LowestAreaShare) }

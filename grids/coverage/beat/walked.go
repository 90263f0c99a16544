package beat

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Stretch is a part of a street that was walked on a day without a gap.
type Stretch struct {
	Street uuid.UUID
	Day    policy.Day
	Span
	First time.Time // when somebody first set foot on any of it that day, UTC, whole seconds
}

// Walked is what was walked: by street, day and place. On one street and day
// no two stretches overlap or touch, so equal walks are equal values.
type Walked []Stretch

// Union is what was walked by any: in any order, however often, with the same
// result.
func Union(all ...Walked) Walked {
	n := 0
	for _, w := range all {
		n += len(w)
	}
	sorted := make(Walked, 0, n)
	for _, w := range all {
		sorted = append(sorted, w...)
	}
	slices.SortFunc(sorted, func(a, b Stretch) int {
		return cmp.Or(bytes.Compare(a.Street[:], b.Street[:]), cmp.Compare(a.Day, b.Day), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), a.First.Compare(b.First))
	})
	out := sorted[:0]
	for _, s := range sorted {
		if s.To <= s.From {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].Street == s.Street && out[last].Day == s.Day && s.From <= out[last].To {
			out[last].To = max(out[last].To, s.To)
			if s.First.Before(out[last].First) {
				out[last].First = s.First
			}
			continue
		}
		out = append(out, s)
	}
	return slices.Clip(out)
}

// On is what was walked of a street on any day from the first up to, without, end.
func (w Walked) On(street uuid.UUID, first, end policy.Day) Spans {
	i := sort.Search(len(w), func(i int) bool {
		c := bytes.Compare(w[i].Street[:], street[:])
		return c > 0 || c == 0 && w[i].Day >= first
	})
	var spans []Span
	for ; i < len(w) && w[i].Street == street && w[i].Day < end; i++ {
		spans = append(spans, w[i].Span)
	}
	return Join(spans...)
}

// along adds the pieces of one way, walked evenly from one instant to another
// (Unix nanoseconds). A piece over midnight is cut there.
func (n *Network) along(out Walked, pieces []piece, leave, arrive int64, zone *time.Location) Walked {
	total := 0.0
	for _, p := range pieces {
		total += math.Abs(p.to - p.from)
	}
	at := func(walked float64) time.Time {
		if total == 0 {
			return time.Unix(0, leave).UTC()
		}
		return time.Unix(0, leave+int64(float64(arrive-leave)*walked/total)).UTC()
	}
	walked := 0.0
	for _, p := range pieces {
		length := math.Abs(p.to - p.from)
		begins, ends := at(walked), at(walked+length)
		day := policy.DayAt(begins, zone)
		turn := p.to
		if midnight := (day + 1).Begins(zone); ends.After(midnight) {
			turn = p.from + (p.to-p.from)*float64(midnight.Sub(begins))/float64(ends.Sub(begins))
			out = n.add(out, piece{p.street, turn, p.to}, day+1, midnight.UTC())
		}
		out = n.add(out, piece{p.street, p.from, turn}, day, begins)
		walked += length
	}
	return out
}

func (n *Network) add(out Walked, p piece, day policy.Day, first time.Time) Walked {
	s := Span{centimetres(min(p.from, p.to)), centimetres(max(p.from, p.to))}
	if s.From >= s.To {
		return out
	}
	return append(out, Stretch{Street: n.courses[p.street].id, Day: day, Span: s, First: first.Truncate(time.Second)})
}

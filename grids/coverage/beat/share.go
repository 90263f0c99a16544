package beat

import (
	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Share is how much of a length was walked, both in centimetres.
type Share struct{ Walked, Length int64 }

// Add is the share of two lengths together.
func (s Share) Add(o Share) Share { return Share{s.Walked + o.Walked, s.Length + o.Length} }

// AtLeast compares in whole numbers; a percentage is for showing only.
func (s Share) AtLeast(percent int) bool { return 100*s.Walked >= int64(percent)*s.Length }

// Enough is whether a street of this share counts as walked on a day.
func (s Share) Enough(r Rules) bool { return s.AtLeast(r.LowestShare) }

// Share is how much of a street was walked on any day from the first up to,
// without, end; nothing of nothing where there is no such street.
func (n *Network) Share(w Walked, street uuid.UUID, first, end policy.Day) Share {
	whole := Span{0, n.Length(street)}
	return Share{w.On(street, first, end).Within(whole).Length(), whole.To}
}

// GridShares is how much of the streets in each grid was walked on any day from
// the first up to, without, end. Reaches are those of [Network.Reaches], or the
// caller's own.
func GridShares(w Walked, reaches []Reach, first, end policy.Day) map[string]Share {
	out := map[string]Share{}
	var on Spans
	for i, r := range reaches {
		if i == 0 || r.Street != reaches[i-1].Street {
			on = w.On(r.Street, first, end)
		}
		out[r.Grid] = out[r.Grid].Add(Share{on.Within(r.Span).Length(), r.Length()})
	}
	return out
}

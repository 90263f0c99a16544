package beat

import (
	"cmp"
	"slices"
)

// Span is a part of a street, from From up to To, in centimetres along its line
// from where it begins. Whole centimetres are the lattice's own step, and they
// make unions and sums exact: no order of adding changes a result.
type Span struct{ From, To int64 }

// Length is the span's length in centimetres.
func (s Span) Length() int64 { return s.To - s.From }

// Spans are spans of one street in order; none is empty, overlaps or touches another.
type Spans []Span

// Join is the union of spans in any order.
func Join(spans ...Span) Spans {
	all := slices.Clone(spans)
	slices.SortFunc(all, func(a, b Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	var out Spans
	for _, s := range all {
		switch last := len(out) - 1; {
		case s.To <= s.From:
		case last >= 0 && s.From <= out[last].To:
			out[last].To = max(out[last].To, s.To)
		default:
			out = append(out, s)
		}
	}
	return out
}

// Length is the sum of the lengths in centimetres.
func (s Spans) Length() int64 {
	var sum int64
	for _, x := range s {
		sum += x.Length()
	}
	return sum
}

// Within is what lies in a span.
func (s Spans) Within(in Span) Spans {
	var out Spans
	for _, x := range s {
		if c := (Span{max(x.From, in.From), min(x.To, in.To)}); c.From < c.To {
			out = append(out, c)
		}
	}
	return out
}

// Missing is the rest of a span: Within and Missing together are the span.
func (s Spans) Missing(of Span) Spans {
	var out Spans
	at := of.From
	for _, x := range s.Within(of) {
		if at < x.From {
			out = append(out, Span{at, x.From})
		}
		at = x.To
	}
	if at < of.To {
		out = append(out, Span{at, of.To})
	}
	return out
}

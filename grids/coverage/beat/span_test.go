package beat_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gridward/grids/coverage/beat"
)

func drawSpans(t *rapid.T, name string) []beat.Span {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) beat.Span {
		return beat.Span{From: rapid.Int64Range(0, 120).Draw(t, "from"), To: rapid.Int64Range(0, 120).Draw(t, "to")}
	}), 0, 9).Draw(t, name)
}

// TestSpansEqualCentimetres holds spans to the plainest model: every
// centimetre by itself.
func TestSpansEqualCentimetres(t *testing.T) {
	t.Parallel()
	model := func(spans []beat.Span) (out [130]bool) {
		for _, s := range spans {
			for i := s.From; i < s.To; i++ {
				out[i] = true
			}
		}
		return out
	}
	count := func(m [130]bool, from, to int64) (n int64) {
		for i := from; i < to; i++ {
			if m[i] {
				n++
			}
		}
		return n
	}
	rapid.Check(t, func(t *rapid.T) {
		given := drawSpans(t, "spans")
		joined, want := beat.Join(given...), model(given)
		if model(joined) != want || joined.Length() != count(want, 0, 130) {
			t.Fatalf("%v became %v", given, joined)
		}
		for i, s := range joined {
			if s.From >= s.To || i > 0 && s.From <= joined[i-1].To {
				t.Fatalf("%v holds what is empty or touches", joined)
			}
		}
		from := rapid.Int64Range(0, 120).Draw(t, "within from")
		in := beat.Span{From: from, To: rapid.Int64Range(from, 125).Draw(t, "within to")}
		within, missing := joined.Within(in), joined.Missing(in)
		if within.Length() != count(want, in.From, in.To) || within.Length()+missing.Length() != in.Length() {
			t.Fatalf("of %v lie %v within %v, and %v are missing", joined, within, in, missing)
		}
		if in.Length() > 0 && !slices.Equal(beat.Join(append(slices.Clone(within), missing...)...), beat.Spans{in}) {
			t.Fatalf("%v and %v are not %v", within, missing, in)
		}
	})
}

// TestSharesAreNotRounded asks for 80 % of streets that miss it by a centimetre.
func TestSharesAreNotRounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		walked, length int64
		want           bool
	}{{8000, 10000, true}, {7999, 10000, false}, {79999999, 100000000, false}, {0, 1, false}, {1, 1, true}} {
		if got := (beat.Share{Walked: c.walked, Length: c.length}).Enough(beat.Usual()); got != c.want {
			t.Errorf("%d of %d cm: %v", c.walked, c.length, got)
		}
	}
}

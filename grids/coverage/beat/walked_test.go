package beat_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/grids/coverage/beat"
	"gridward/grids/coverage/policy"
)

func drawWalked(t *rapid.T, name string) beat.Walked {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) beat.Stretch {
		from := rapid.Int64Range(0, 100).Draw(t, "from")
		return beat.Stretch{Street: number(rapid.IntRange(0, 2).Draw(t, "street")), Day: policy.Day(rapid.IntRange(20000, 20002).Draw(t, "day")),
			Span: beat.Span{From: from, To: from + rapid.Int64Range(0, 30).Draw(t, "length")}, First: time.Unix(rapid.Int64Range(1e9, 1e9+50).Draw(t, "first"), 0).UTC()}
	}), 0, 12).Draw(t, name)
}

func TestUnionIsASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawWalked(t, "a"), drawWalked(t, "b"), drawWalked(t, "c")
		want := beat.Union(a, b, c)
		for _, got := range []beat.Walked{beat.Union(c, b, a), beat.Union(beat.Union(b, c), a), beat.Union(a, a, b, c, b), beat.Union(want, want), beat.Union(want, b)} {
			if d := cmp.Diff(want, got); d != "" {
				t.Fatal(d)
			}
		}
		for _, s := range a {
			on := want.On(s.Street, s.Day, s.Day+1)
			if on.Within(s.Span).Length() != s.Length() {
				t.Fatalf("%+v was lost: %v", s, on)
			}
		}
		for i, s := range want {
			first := s.First.Add(time.Hour)
			for _, x := range slices.Concat(a, b, c) {
				if x.Street == s.Street && x.Day == s.Day && x.From >= s.From && x.To <= s.To && x.Length() > 0 && x.First.Before(first) {
					first = x.First
				}
			}
			if !first.Equal(s.First) {
				t.Fatalf("stretch %d begins at %v, want %v", i, s.First, first)
			}
		}
	})
}

// TestOrderAndRepeatsDoNotMatter matches the same walks in another order, with
// their fixes shuffled and sent twice, on streets in another order.
func TestOrderAndRepeatsDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 8))
		town := newTown(r, 3)
		s := usualStroll
		s.seconds, s.noise = 300, 3+12*r.Float64()
		var tracks [][]beat.Fix
		for range 1 + r.IntN(3) {
			fixes, _ := town.walk(r, s)
			tracks = append(tracks, fixes)
		}
		all := func(streets []beat.Street, tracks [][]beat.Fix) (w beat.Walked, c []beat.Counts) {
			n, err := beat.NewNetwork(streets, beat.Usual())
			if err != nil {
				t.Fatal(err)
			}
			for _, fixes := range tracks {
				track, err := beat.NewTrack(fixes, beat.Usual())
				if err != nil {
					t.Fatal(err)
				}
				one, counts := n.Match(track, time.FixedZone("", 8*3600))
				w, c = beat.Union(w, one), append(c, counts)
			}
			return w, c
		}
		want, counts := all(town.streets, tracks)
		again := slices.Clone(tracks)
		streets := slices.Clone(town.streets)
		r.Shuffle(len(streets), func(i, j int) { streets[i], streets[j] = streets[j], streets[i] })
		for i := range again {
			again[i] = slices.Concat(again[i], again[i][:len(again[i])/2])
			r.Shuffle(len(again[i]), func(a, b int) { again[i][a], again[i][b] = again[i][b], again[i][a] })
		}
		again = append(again, again[0])
		r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		got, _ := all(streets, again)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		if _, same := all(streets, tracks); !cmp.Equal(counts, same) {
			t.Fatalf("counts %v and %v", counts, same)
		}
	})
}

// TestWalkedAndGapsAreTheStreet holds shares, gaps and grids to each other.
func TestWalkedAndGapsAreTheStreet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 9))
		town := newTown(r, 3)
		fixes, _ := town.walk(r, usualStroll)
		n, err := beat.NewNetwork(town.streets, beat.Usual())
		if err != nil {
			t.Fatal(err)
		}
		track, err := beat.NewTrack(fixes, beat.Usual())
		if err != nil {
			t.Fatal(err)
		}
		w, _ := n.Match(track, time.FixedZone("", 8*3600))
		var reaches []beat.Reach
		var total beat.Share
		for _, s := range town.streets {
			share := n.Share(w, s.ID, 0, always)
			total = total.Add(share)
			gaps := int64(0)
			for _, g := range n.Gaps(w, s.ID, 0, always) {
				gaps += g.Length()
				if d := geo.Length(g.Line) - float64(g.Length())/100; d > 0.011 || d < -0.011 {
					t.Fatalf("a gap of %d cm is drawn %.3f m long", g.Length(), geo.Length(g.Line))
				}
			}
			if share.Walked+gaps != share.Length || share.Length != n.Length(s.ID) {
				t.Fatalf("street %s: %d cm walked and %d cm of gaps are not its %d cm", s.ID, share.Walked, gaps, share.Length)
			}
			if d := float64(share.Length)/100 - geo.Length(s.Line.(orb.LineString)); d > 0.005 || d < -0.005 {
				t.Fatalf("street %s has %d cm, want %f m", s.ID, share.Length, geo.Length(s.Line.(orb.LineString)))
			}
			reaches = append(reaches, n.Reaches(s.ID, 0, func(lon, lat float64) string {
				return string(rune('a' + int(lon*500)%3*3 + int(lat*700)%3))
			})...)
		}
		var sum beat.Share
		for _, share := range beat.GridShares(w, reaches, 0, always) {
			sum = sum.Add(share)
		}
		if sum != total {
			t.Fatalf("the grids have %+v, the streets %+v", sum, total)
		}
	})
}

// TestMidnight walks 400 m over midnight in Shanghai.
func TestMidnight(t *testing.T) {
	t.Parallel()
	street := beat.Street{ID: number(0), WidthM: 7, Line: orb.LineString{at(0, 0), at(400, 0)}}
	n := network(t, []beat.Street{street})
	s := usualStroll
	s.noise, s.lost, s.outages, s.stops, s.speed = 1, 0, 0, 0, 1
	w := receiver{r: rand.New(rand.NewPCG(1, 1)), stroll: s}
	w.along(&street, 0, 400)
	midnight := time.Date(2026, 10, 21, 16, 0, 0, 0, time.UTC)
	for i := range w.fixes { // after 150 s it is midnight
		w.fixes[i].At = w.fixes[i].At.Add(midnight.Add(-150 * time.Second).Sub(start))
	}
	got, _ := matched(t, n, w.fixes)
	if len(got) != 2 || got[0].Day+1 != got[1].Day || got[0].To != got[1].From || got[0].Day.String() != "2026-10-21" {
		t.Fatalf("%+v", got)
	}
	if at := got[0].To; at < 14500 || at > 15500 {
		t.Errorf("midnight was at %d cm, want about 15000", at)
	}
	if !got[1].First.Equal(midnight) || !got[0].First.Before(midnight.Add(-140*time.Second)) {
		t.Errorf("the days begin at %v and %v", got[0].First, got[1].First)
	}
}

package beat_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"gridward/grids/coverage/beat"
	"gridward/grids/coverage/policy"
)

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// always is a span of days that holds every test.
const always = policy.Day(1 << 30)

func network(t testing.TB, streets []beat.Street) *beat.Network {
	t.Helper()
	n, err := beat.NewNetwork(streets, beat.Usual())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func matched(t testing.TB, n *beat.Network, fixes []beat.Fix) (beat.Walked, beat.Counts) {
	t.Helper()
	track, err := beat.NewTrack(fixes, beat.Usual())
	if err != nil {
		t.Fatal(err)
	}
	w, c := n.Match(track, shanghai(t))
	sum := c.Used
	for _, k := range c.Dropped {
		sum += k
	}
	if sum != c.Given || c.Given != len(fixes) || c.Used < 0 {
		t.Fatalf("%d fixes, but %+v", len(fixes), c)
	}
	return w, c
}

// score compares lengths in centimetres.
type score struct{ walked, true, both int64 }

func (s score) String() string {
	return fmt.Sprintf("recall %.3f, precision %.3f of %.1f km", s.recall(), s.precision(), float64(s.true)/1e5)
}
func (s score) recall() float64    { return float64(s.both) / float64(s.true) }
func (s score) precision() float64 { return float64(s.both) / float64(s.walked) }

func (s *score) add(w beat.Spans, real []beat.Span) {
	r := beat.Join(real...)
	s.walked += w.Length()
	s.true += r.Length()
	for _, x := range r {
		s.both += w.Within(x).Length()
	}
}

// TestWalksAreFound compares what is found with what was really walked, in
// random towns, for receivers from good to bad.
func TestWalksAreFound(t *testing.T) {
	t.Parallel()
	rounds := 16
	if testing.Short() {
		rounds = 6
	}
	for _, c := range []struct {
		name              string
		change            func(s *stroll)
		recall, precision float64
	}{
		{"noise 3 m", func(s *stroll) { s.noise = 3 }, 0.97, 0.97},
		{"noise 5 m", func(s *stroll) { s.noise = 5 }, 0.96, 0.96},
		{"noise 8 m", func(s *stroll) {}, 0.95, 0.95},
		{"noise 12 m", func(s *stroll) { s.noise = 12 }, 0.95, 0.95},
		{"noise 15 m", func(s *stroll) { s.noise = 15 }, 0.95, 0.95},
		{"noise 4 m and drift 6 m", func(s *stroll) { s.noise, s.drift = 4, 6 }, 0.95, 0.95},
		{"a fix each 15 s", func(s *stroll) { s.every = 15 }, 0.95, 0.95},
		{"a fix each 30 s", func(s *stroll) { s.every = 30 }, 0.9, 0.95},
		{"bicycle", func(s *stroll) { s.speed = 4 }, 0.95, 0.95},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var all, normal score
			byKind := map[string]*score{}
			for round := range rounds {
				r := rand.New(rand.NewPCG(uint64(round), 17))
				town := newTown(r, 6)
				s := usualStroll
				c.change(&s)
				fixes, real := town.walk(r, s)
				n := network(t, town.streets)
				w, _ := matched(t, n, fixes)
				for _, id := range n.Streets() {
					on := w.On(id, 0, always)
					all.add(on, real[id])
					if town.kind[id] != "alley" {
						normal.add(on, real[id])
					}
					k := byKind[town.kind[id]]
					if k == nil {
						k = &score{}
						byKind[town.kind[id]] = k
					}
					k.add(on, real[id])
				}
			}
			t.Logf("normal streets: %v; with alleys: %v", normal, all)
			for kind, s := range byKind {
				t.Logf("  %s: %v", kind, s)
			}
			if normal.recall() < c.recall || normal.precision() < c.precision {
				t.Errorf("normal streets: %v, want %.2f and %.2f at least", normal, c.recall, c.precision)
			}
		})
	}
}

// TestNarrowAndWide walks where matching is hardest: lanes that cross each other
// each forty metres, and roads of 32 m on whose pavements side streets begin. The
// figures asked for are close below what is reached, so that each part of the
// likelihood (way, direction, width) is missed when it is gone.
func TestNarrowAndWide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		block             float64
		widths            []float64
		noise             float64
		recall, precision float64
	}{
		{"lanes, noise 5 m", 30, []float64{4}, 5, 0.96, 0.98},
		{"lanes, noise 8 m", 30, []float64{4}, 8, 0.955, 0.974},
		{"wide roads, noise 5 m", 110, []float64{32, 7}, 5, 0.985, 0.994},
		{"wide roads, noise 8 m", 110, []float64{32, 7}, 8, 0.98, 0.988},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var all score
			for seed := range uint64(16) {
				r := rand.New(rand.NewPCG(seed, 18))
				town := newTownOf(r, 8, c.block, c.widths)
				s := usualStroll
				s.noise, s.seconds = c.noise, 1800
				fixes, real := town.walk(r, s)
				n := network(t, town.streets)
				w, _ := matched(t, n, fixes)
				for _, id := range n.Streets() {
					all.add(w.On(id, 0, always), real[id])
				}
			}
			t.Logf("%v", all)
			if all.recall() < c.recall || all.precision() < c.precision {
				t.Errorf("%v, want %.2f and %.2f at least", all, c.recall, c.precision)
			}
		})
	}
}

// TestMatchingBeatsNearness compares with the plain answer, all parts of streets
// within the tolerance of any fix: what ST_DWithin or a buffer would say.
func TestMatchingBeatsNearness(t *testing.T) {
	t.Parallel()
	var hmm, plain score
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 19))
		town := newTown(r, 5)
		s := usualStroll
		s.seconds = 1800
		fixes, real := town.walk(r, s)
		n := network(t, town.streets)
		w, _ := matched(t, n, fixes)
		for _, street := range town.streets {
			line := street.Line.(orb.LineString)
			var near []beat.Span
			for at := int64(0); at < n.Length(street.ID); at += 200 {
				p, _ := pointOn(line, float64(at+100)/100)
				for i := range fixes {
					if math.Hypot((p[0]-fixes[i].Lon)*95000, (p[1]-fixes[i].Lat)*111000) <= beat.Usual().ToleranceM+street.WidthM/2 {
						near = append(near, beat.Span{From: at, To: min(at+200, n.Length(street.ID))})
						break
					}
				}
			}
			plain.add(beat.Join(near...), real[street.ID])
			hmm.add(w.On(street.ID, 0, always), real[street.ID])
		}
	}
	t.Logf("matched: %v; near a fix: %v", hmm, plain)
	if 1-hmm.precision() > (1-plain.precision())/4 || hmm.recall() < plain.recall()-0.02 {
		t.Errorf("matched: %v; near a fix: %v", hmm, plain)
	}
}

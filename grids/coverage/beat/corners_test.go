package beat_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids/coverage/beat"
)

// TestParallelStreetIsNotCovered walks one of two streets 15 m apart, which are
// joined at both ends.
func TestParallelStreetIsNotCovered(t *testing.T) {
	t.Parallel()
	one, other := number(0), number(1)
	streets := []beat.Street{
		{ID: one, WidthM: 7, Line: orb.LineString{at(0, 0), at(200, 0), at(400, 0)}},
		{ID: other, WidthM: 7, Line: orb.LineString{at(0, 15), at(400, 15)}},
		{ID: number(2), WidthM: 7, Line: orb.LineString{at(0, -80), at(0, 0), at(0, 15), at(0, 90)}},
		{ID: number(3), WidthM: 7, Line: orb.LineString{at(400, -80), at(400, 0), at(400, 90)}},
	}
	n := network(t, streets)
	for _, noise := range []float64{3, 5, 8, 10} {
		worst, least := int64(0), n.Length(one)
		for seed := range uint64(200) {
			s := usualStroll
			s.noise = noise
			w := receiver{r: rand.New(rand.NewPCG(seed, 5)), stroll: s}
			w.along(&streets[0], 0, 400)
			walked, _ := matched(t, n, w.fixes)
			worst = max(worst, walked.On(other, 0, always).Length())
			least = min(least, walked.On(one, 0, always).Length())
		}
		t.Logf("noise %v m, 200 walks: at most %.1f m of the other street, at least %.1f m of the own", noise, float64(worst)/100, float64(least)/100)
		if noise <= 8 && worst > 2500 {
			t.Errorf("noise %v m: %d cm of the street beside were covered", noise, worst)
		}
		if noise <= 8 && least < 30000 {
			t.Errorf("noise %v m: only %d cm of the street itself were covered", noise, least)
		}
	}
}

// TestDeadEnds walks into a dead end of 80 m and back: to the wall, to 6 m
// before it, and to half of it.
func TestDeadEnds(t *testing.T) {
	t.Parallel()
	street := beat.Street{ID: number(0), WidthM: 7, Line: orb.LineString{at(-150, 0), at(150, 0)}}
	lane := beat.Street{ID: number(1), WidthM: 5, Line: orb.LineString{at(0, 0), at(0, 80)}}
	n := network(t, []beat.Street{street, lane})
	for _, c := range []struct{ turn, least, most float64 }{{80, 80, 80}, {76, 80, 80}, {40, 30, 45}} {
		for seed := range uint64(20) {
			s := usualStroll
			s.noise, s.lost, s.outages, s.stops = 2, 0, 0, 0
			w := receiver{r: rand.New(rand.NewPCG(seed, 13)), stroll: s}
			w.along(&street, 0, 150)
			w.along(&lane, 0, c.turn)
			w.along(&lane, c.turn, 0)
			w.along(&street, 150, 300)
			walked, _ := matched(t, n, w.fixes)
			if got := float64(n.Share(walked, lane.ID, 0, always).Walked) / 100; got < c.least-0.1 || got > c.most+0.1 {
				t.Errorf("seed %d: %.1f m of the lane for who turned after %v m, want %v to %v", seed, got, c.turn, c.least, c.most)
			}
		}
	}
}

// TestLanesCount walks dead ends to the wall and asks how many of them count.
func TestLanesCount(t *testing.T) {
	t.Parallel()
	street := beat.Street{ID: number(0), WidthM: 7, Line: orb.LineString{at(-150, 0), at(150, 0)}}
	for _, c := range []struct {
		length, noise float64
		least         int // percent of lanes that count
	}{{30, 3, 95}, {30, 8, 85}, {45, 3, 95}, {45, 8, 95}, {60, 8, 95}, {90, 8, 95}} {
		lane := beat.Street{ID: number(1), WidthM: 4, Line: orb.LineString{at(0, 0), at(0, c.length)}}
		n := network(t, []beat.Street{street, lane})
		enough := 0
		for seed := range uint64(100) {
			s := usualStroll
			s.noise, s.outages, s.stops = c.noise, 0, 0
			w := receiver{r: rand.New(rand.NewPCG(seed, 15)), stroll: s}
			w.along(&street, 10*w.r.Float64(), 150)
			w.along(&lane, 0, c.length)
			w.along(&lane, c.length, 0)
			w.along(&street, 150, 300)
			walked, _ := matched(t, n, w.fixes)
			if n.Share(walked, lane.ID, 0, always).Enough(beat.Usual()) {
				enough++
			}
		}
		t.Logf("lanes of %v m, noise %v m: %d of 100 count", c.length, c.noise, enough)
		if enough < c.least {
			t.Errorf("lanes of %v m, noise %v m: only %d of 100 count", c.length, c.noise, enough)
		}
	}
}

// TestRoundARing walks once around a street that ends where it begins, and
// meets no other.
func TestRoundARing(t *testing.T) {
	t.Parallel()
	var ring orb.LineString
	for i := range 33 {
		a := 2 * math.Pi * float64(i%32) / 32
		ring = append(ring, at(70*math.Cos(a), 70*math.Sin(a)))
	}
	s := beat.Street{ID: number(0), WidthM: 7, Line: ring}
	n := network(t, []beat.Street{s})
	for seed := range uint64(20) {
		w := receiver{r: rand.New(rand.NewPCG(seed, 12)), stroll: usualStroll}
		w.outages = 0 // one at the very end would leave the end open
		length := float64(n.Length(s.ID)) / 100
		w.along(&s, length/3, length)
		w.along(&s, 0, length/3+20)
		walked, counts := matched(t, n, w.fixes)
		if share := n.Share(walked, s.ID, 0, always); !share.AtLeast(95) {
			t.Errorf("seed %d: %+v of the ring, gaps %v, %+v", seed, share, n.Gaps(walked, s.ID, 0, always), counts)
		}
	}
}

// TestWayAroundIsNotBelieved goes through a house from one street to the next,
// which are joined some way off, with and without reception in the house.
func TestWayAroundIsNotBelieved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		joined float64
		silent bool
	}{{400, false}, {400, true}, {220, false}, {220, true}} {
		streets := []beat.Street{
			{ID: number(0), WidthM: 7, Line: orb.LineString{at(0, 0), at(400, 0)}},
			{ID: number(1), WidthM: 7, Line: orb.LineString{at(0, 50), at(400, 50)}},
			{ID: number(2), WidthM: 7, Line: orb.LineString{at(c.joined, 0), at(c.joined, 50)}},
		}
		n := network(t, streets)
		w := receiver{r: rand.New(rand.NewPCG(1, 14)), stroll: stroll{speed: 1.35, every: 2, noise: 3}}
		w.along(&streets[0], 0, 120)
		if c.silent {
			w.silent = w.clock + 50
		}
		w.along(&beat.Street{Line: orb.LineString{at(120, 0), at(120, 50)}}, 0, 50)
		w.along(&streets[1], 120, 0)
		walked, counts := matched(t, n, w.fixes)
		if on := walked.On(number(2), 0, always); len(on) > 0 || counts.Breaks.Street == 0 {
			t.Errorf("%+v: the way around was walked: %v, %+v", c, walked, counts)
		}
		for _, id := range []uuid.UUID{number(0), number(1)} {
			if got := n.Share(walked, id, 0, always).Walked; got < 9000 || got > 13000 {
				t.Errorf("%+v: %d cm of street %s, want about 12000", c, got, id)
			}
		}
	}
}

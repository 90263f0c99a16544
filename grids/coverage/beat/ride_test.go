package beat_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"gridward/grids/coverage/beat"
)

// TestRidesCoverNothing drives through a town, without and with red lights.
func TestRidesCoverNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		stops float64 // an hour
		noise float64
		most  int64 // centimetres
	}{{"at 40 km/h", 0, 8, 0}, {"with a bad receiver", 0, 20, 0}, {"with red lights", 60, 8, 25000}} {
		worst, sum := int64(0), int64(0)
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 6))
			town := newTown(r, 6)
			s := usualStroll
			s.speed, s.noise, s.seconds, s.stops, s.every = 40/3.6, c.noise, 900, 0, 2
			fixes, _ := town.walk(r, s)
			if c.stops > 0 {
				fixes = withRedLights(r, fixes, 45*time.Second)
			}
			w, counts := matched(t, network(t, town.streets), fixes)
			var covered int64
			for _, x := range w {
				covered += x.Length()
			}
			worst, sum = max(worst, covered), sum+covered
			if counts.Dropped[beat.Ride] == 0 {
				t.Errorf("%s: nothing was found to be a ride: %v", c.name, counts.ByReason())
			}
		}
		t.Logf("%s: 20 rides of 10 km: %.1f m of streets, at most %.1f m in one ride", c.name, float64(sum)/100, float64(worst)/100)
		if worst > c.most || sum > 2*c.most {
			t.Errorf("%s: a ride covered %d cm, all of them %d", c.name, worst, sum)
		}
	}
}

// withRedLights stops a ride every minute or so.
func withRedLights(r *rand.Rand, fixes []beat.Fix, wait time.Duration) []beat.Fix {
	var out []beat.Fix
	var late time.Duration
	lon, lat := 1/95000.0, 1/111000.0
	for i, f := range fixes {
		f.At = f.At.Add(late)
		out = append(out, f)
		if i%30 == 29 {
			for s := 2 * time.Second; s < wait; s += 2 * time.Second {
				g := f
				g.At, g.Lon, g.Lat = f.At.Add(s), f.Lon+8*r.NormFloat64()*lon, f.Lat+8*r.NormFloat64()*lat
				out = append(out, g)
			}
			late += wait
		}
	}
	return out
}

// TestWhoStandsCoversHardlyAnything stands on a street for an hour.
func TestWhoStandsCoversHardlyAnything(t *testing.T) {
	t.Parallel()
	n := network(t, []beat.Street{
		{ID: number(0), Line: orb.LineString{at(-200, 0), at(0, 0), at(200, 0)}, WidthM: 7},
		{ID: number(1), Line: orb.LineString{at(0, -200), at(0, 0), at(0, 200)}, WidthM: 7},
	})
	for _, c := range []struct {
		name         string
		noise, drift float64
		every        float64
		most, mean   float64 // metres
	}{{"noise 3 m", 3, 0, 2, 5, 1}, {"noise 8 m", 8, 0, 2, 5, 1}, {"noise 15 m", 15, 0, 2, 5, 1}, {"noise 8 m, a fix each 20 s", 8, 0, 20, 40, 3}, {"noise 3 m and drift 5 m", 3, 5, 2, 60, 30}} {
		var worst, sum float64
		const people = 50
		for seed := range uint64(people) {
			s := usualStroll
			s.noise, s.drift, s.every = c.noise, c.drift, c.every
			r := rand.New(rand.NewPCG(seed, 7))
			fixes := stand(r, s, at(r.Float64()*100, 3*r.Float64()))
			w, _ := matched(t, n, fixes)
			covered := 0.0
			for _, x := range w {
				covered += float64(x.Length()) / 100
			}
			worst, sum = max(worst, covered), sum+covered
		}
		t.Logf("%s: %d people who stand for an hour: %.1f m on average, %.1f m at most", c.name, people, sum/people, worst)
		if worst > c.most || sum/people > c.mean {
			t.Errorf("%s: somebody who stood covered %.1f m, on average %.1f m", c.name, worst, sum/people)
		}
	}
}

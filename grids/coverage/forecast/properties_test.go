package forecast_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gridward/grids/coverage/forecast"
)

// course is a random course in which some days are idle and some are busy.
func course(r *rand.Rand, days, until int) forecast.Course {
	c := forecast.NewCourse(days)
	busy, misses := 1+r.IntN(8), r.IntN(4)
	for d := range until {
		if r.IntN(3) > 0 {
			c.MetOn[d] = int32(r.IntN(busy))
		}
		c.Due += int(c.MetOn[d])
	}
	if misses > 0 {
		c.Due += r.IntN(3 * misses * misses)
	}
	return c
}

// some are random units of one kind and a moment of their running period.
func some(r *rand.Rand) (units []forecast.History, passed float64) {
	days := []int{7, 28, 30, 31, 184}[r.IntN(5)]
	passed = float64(r.IntN(days + 2))
	if r.IntN(2) == 0 {
		passed += r.Float64()
	}
	for i := range 1 + r.IntN(25) {
		h := forecast.History{Unit: fmt.Sprintf("%03d", i)}
		for range r.IntN(4) {
			length := max(1, days-2+r.IntN(5))
			h.Past = append(h.Past, course(r, length, length))
		}
		h.Now = course(r, days, min(days, int(math.Ceil(passed))))
		units = append(units, h)
	}
	return units, passed
}

func TestProperties(t *testing.T) {
	t.Parallel()
	known := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 11))
		units, passed := some(r)
		m := forecast.Fit(units, passed)
		for i := range units {
			h := &units[i]
			o, band := m.Of(*h), m.Band(*h)
			switch {
			case o.Chance < 0 || o.Chance > 1 || o.Miss < 0 || o.Miss > 1 || math.IsNaN(o.Chance+o.Miss):
				t.Fatalf("no chances: %+v", o)
			case o.Known != (o.Reason == ""):
				t.Fatalf("known or not: %+v", o)
			case o.NeededPerDay > float64(o.NeededCeil) || o.NeededCeil*o.DaysLeft < o.Remaining && o.DaysLeft > 0:
				t.Fatalf("what is needed: %+v", o)
			case (o.Chance == 1) != (o.Known && o.Remaining == 0):
				t.Fatalf("certain, and not done, or the other way round: %+v", o)
			case o.Chance > forecast.Surest && o.Remaining > 0:
				t.Fatalf("surer than sure: %+v", o)
			case o.Remaining > 0 && o.DaysLeft == 0 && (o.Chance != 0 || !o.Known):
				t.Fatalf("over, and yet: %+v", o)
			case !o.Known:
				if band != nil || o.Chance != 0 || o.HighMet != 0 {
					t.Fatalf("not known, and yet: %+v %+v", o, band)
				}
				continue
			}
			known++
			checkBand(t, h, o, band)

			// One more that is due makes nothing likelier.
			more := *h
			more.Now.Due++
			if p := m.Of(more); p.Known && p.Chance > o.Chance {
				t.Fatalf("%g with %d remaining, %g with one more", o.Chance, o.Remaining, p.Chance)
			}
		}
	})
	if known < 100 {
		t.Errorf("only %d outlooks were known: the properties were not tried", known)
	}
}

func checkBand(t *rapid.T, h *forecast.History, o forecast.Outlook, band []forecast.Span) {
	met, end := h.Now.Due-o.Remaining, forecast.Span{Day: h.Now.Days - 1, Low: o.LowMet, Mid: o.MidMet, High: o.HighMet}
	if len(band) != o.DaysLeft || o.DaysLeft > 0 && band[len(band)-1] != end {
		t.Fatalf("%d days left, the band is %+v, the end %+v", o.DaysLeft, band, end)
	}
	before := forecast.Span{Low: met, Mid: met, High: met}
	for _, s := range append(band, end) {
		if s.Low > s.Mid || s.Mid > s.High || s.Low < before.Low || s.Mid < before.Mid || s.High < before.High || s.High > h.Now.Due {
			t.Fatalf("met %d of %d: %+v after %+v", met, h.Now.Due, s, before)
		}
		before = s
	}
	// The chance and the band are worked out apart, from the same distribution.
	if o.DaysLeft == 0 || o.Remaining == 0 {
		return
	}
	const apart = 0.003
	for _, q := range []struct {
		bound int
		above float64
	}{{o.LowMet, 0.9}, {o.MidMet, 0.5}, {o.HighMet, 0.1}} {
		if q.bound == h.Now.Due && o.Chance < q.above-apart || q.bound < h.Now.Due && o.Chance > q.above+apart {
			t.Fatalf("the chance of all %d is %g, and the bound for %g is %d", h.Now.Due, o.Chance, q.above, q.bound)
		}
	}
}

// TestOrderChangesNothing: neither the order of the units nor their names do.
func TestOrderChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 12))
		units, passed := some(r)
		shuffled := slices.Clone(units)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for i := range shuffled {
			shuffled[i].Unit = fmt.Sprint(i)
		}
		a, b := forecast.Fit(units, passed), forecast.Fit(shuffled, passed)
		for _, h := range units {
			if o, p := a.Of(h), b.Of(h); o != p || !reflect.DeepEqual(a.Band(h), b.Band(h)) {
				t.Fatalf("%+v and %+v", o, p)
			}
		}
	})
}

// TestOnlyPartsOfThePeriodMatter: the same course told in half-days, each with
// half of its day's visits, gives the same chance.
func TestOnlyPartsOfThePeriodMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 13))
		units, passed := some(r)
		twice := func(c forecast.Course) (days, halves forecast.Course) {
			days, halves = forecast.NewCourse(c.Days), forecast.NewCourse(2*c.Days)
			days.Due, halves.Due = 2*c.Due, 2*c.Due
			for d, met := range c.MetOn {
				days.MetOn[d], halves.MetOn[2*d], halves.MetOn[2*d+1] = 2*met, met, met
			}
			return days, halves
		}
		passed = math.Floor(passed) // so that as many half-days are left
		var inDays, inHalves []forecast.History
		for _, h := range units {
			d, l := forecast.History{Unit: h.Unit}, forecast.History{Unit: h.Unit}
			for _, c := range h.Past {
				c.Days, c.MetOn = h.Now.Days, append(c.MetOn, 0, 0)[:min(h.Now.Days, len(c.MetOn)+2)]
				days, halves := twice(c)
				d.Past, l.Past = append(d.Past, days), append(l.Past, halves)
			}
			d.Now, l.Now = twice(h.Now)
			inDays, inHalves = append(inDays, d), append(inHalves, l)
		}
		a, b := forecast.Fit(inDays, passed), forecast.Fit(inHalves, 2*passed)
		for i := range inDays {
			o, p := a.Of(inDays[i]), b.Of(inHalves[i])
			if o.Known != p.Known || math.Abs(o.Chance-p.Chance) > 1e-9 || o.HighMet != p.HighMet {
				t.Fatalf("in days %+v, in half-days %+v", o, p)
			}
		}
	})
}

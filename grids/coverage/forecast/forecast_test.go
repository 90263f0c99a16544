package forecast_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gridward/grids/coverage/forecast"
)

// month is a course of a month of 30 days: due, and what was met on each of its
// first days.
func month(due int, metOn ...int32) forecast.Course {
	return forecast.Course{Days: 30, Due: due, MetOn: metOn}
}

// daily is so many days with so many met on each.
func daily(days int, met int32) []int32 { return slices.Repeat([]int32{met}, days) }

// neighbours are ordinary units: 60 due, two a day; every other one misses three.
func neighbours(n int) []forecast.History {
	var out []forecast.History
	for i := range n {
		past := month(60+3*(i%2), daily(30, 2)...)
		out = append(out, forecast.History{Unit: fmt.Sprintf("n%02d", i), Past: []forecast.Course{past, past}, Now: month(60, daily(15, 2)...)})
	}
	return out
}

func TestOutlook(t *testing.T) {
	t.Parallel()
	perfect := []forecast.Course{month(60, daily(30, 2)...), month(60, daily(30, 2)...)}
	careless := []forecast.Course{month(90, daily(30, 2)...), month(80, daily(30, 2)...)}
	for _, c := range []struct {
		name      string
		units     int
		past      []forecast.Course
		now       forecast.Course
		passed    float64
		reason    forecast.Reason
		low, high float64 // of the chance
		remaining int
		left      int
		needed    float64
		ceil      int
		pace      float64
		strained  bool
	}{
		{name: "as ever", units: 20, past: perfect, now: month(60, daily(15, 2)...), passed: 15, low: 0.9, high: 0.999, remaining: 30, left: 15, needed: 2, ceil: 2, pace: 2},
		{name: "it missed many each month", units: 20, past: careless, now: month(60, daily(15, 2)...), passed: 15, low: 0, high: 0.05, remaining: 30, left: 15, needed: 2, ceil: 2, pace: 2},
		{name: "all met", units: 20, past: careless, now: month(30, daily(15, 2)...), passed: 15, low: 1, high: 1, left: 15, pace: 2},
		{name: "all met before the first sixth", units: 20, past: perfect, now: month(4, 2, 2), passed: 2, low: 1, high: 1, left: 28, pace: 2},
		{name: "over", units: 20, past: perfect, now: month(60, daily(30, 1)...), passed: 30, low: 0, high: 0, remaining: 30, pace: 1},
		{name: "over, all met", units: 20, past: perfect, now: month(60, daily(30, 2)...), passed: 31.5, low: 1, high: 1, pace: 2},
		{name: "nothing due", units: 20, past: perfect, now: month(0), passed: 15, reason: forecast.NothingDue, left: 15},
		{name: "four days", units: 20, past: perfect, now: month(60, daily(4, 2)...), passed: 4.9, reason: forecast.TooEarly, remaining: 52, left: 26, needed: 2, ceil: 2, pace: 2},
		{name: "five days", units: 20, past: perfect, now: month(60, daily(5, 2)...), passed: 5, low: 0.8, high: 0.999, remaining: 50, left: 25, needed: 2, ceil: 2, pace: 2},
		{name: "no past", units: 20, now: month(60, daily(15, 2)...), passed: 15, reason: forecast.NoPast, remaining: 30, left: 15, needed: 2, ceil: 2, pace: 2},
		{name: "a past in which nothing was due", units: 20, past: []forecast.Course{month(0)}, now: month(60, daily(15, 2)...), passed: 15, reason: forecast.NoPast, remaining: 30, left: 15, needed: 2, ceil: 2, pace: 2},
		{name: "seven units in all", units: 6, past: perfect, now: month(60, daily(15, 2)...), passed: 15, reason: forecast.TooFewUnits, remaining: 30, left: 15, needed: 2, ceil: 2, pace: 2},
		{name: "eight units in all", units: 7, past: perfect, now: month(60, daily(15, 2)...), passed: 15, low: 0.8, high: 0.999, remaining: 30, left: 15, needed: 2, ceil: 2, pace: 2},
		{name: "the day that runs is left too", units: 20, past: perfect, now: month(60, daily(21, 2)...), passed: 20.6, low: 0.9, high: 0.999, remaining: 18, left: 10, needed: 1.8, ceil: 2, pace: 2},
		{name: "only the last week is the pace", units: 20, past: perfect, now: month(60, slices.Concat(daily(13, 3), daily(7, 1))...), passed: 20, low: 0.9, high: 0.999, remaining: 14, left: 10, needed: 1.4, ceil: 2, pace: 1},
		{name: "it stood still, and never met as many in ten days", units: 20, past: perfect, now: month(60), passed: 20, low: 0, high: 0.001, remaining: 60, left: 10, needed: 6, ceil: 6, strained: true},
		{name: "it does all in the last days, as ever", units: 20, past: []forecast.Course{month(60, append(daily(25, 0), daily(5, 12)...)...)}, now: month(60), passed: 20, low: 0.7, high: 0.999, remaining: 60, left: 10, needed: 6, ceil: 6},
		{name: "a town's thousands", units: 20, past: []forecast.Course{month(6300, daily(30, 200)...)}, now: month(6000, daily(15, 200)...), passed: 15, low: 0, high: 0.05, remaining: 3000, left: 15, needed: 200, ceil: 200, pace: 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := forecast.History{Unit: "it", Past: c.past, Now: c.now}
			o := forecast.Fit(append(neighbours(c.units), h), c.passed).Of(h)
			if o.Reason != c.reason || o.Known != (c.reason == "") || o.Chance < c.low || o.Chance > c.high {
				t.Errorf("known %v, %q, chance %g, want %q and %g to %g", o.Known, o.Reason, o.Chance, c.reason, c.low, c.high)
			}
			if o.Remaining != c.remaining || o.DaysLeft != c.left || o.NeededCeil != c.ceil || o.PacePerDay != c.pace || o.Strained != c.strained || math.Abs(o.NeededPerDay-c.needed) > 1e-12 {
				t.Errorf("%+v", o)
			}
			if !o.Known && (o.Chance != 0 || o.Miss != 0 || o.HighMet != 0) {
				t.Errorf("an unknown outlook says %+v", o)
			}
		})
	}
}

// TestPeriodsOfDifferentLength: the same ways in a period of another length are
// the same ways. These do all in the second half, so that the running period
// does not tell what they can do.
func TestPeriodsOfDifferentLength(t *testing.T) {
	t.Parallel()
	for _, days := range [][2]int{{30, 28}, {28, 30}, {30, 10}, {184, 30}, {10, 30}} {
		due := days[0] * days[1]
		late := forecast.Course{Days: days[0], Due: due, MetOn: append(daily(days[0]/2, 0), daily(days[0]/2, int32(2*days[1]))...)}
		h := forecast.History{Past: []forecast.Course{late}, Now: forecast.Course{Days: days[1], Due: due}}
		o := forecast.Fit(slices.Repeat([]forecast.History{h}, 10), float64(days[1]/2)).Of(h)
		if o.Strained || o.Chance < 0.8 {
			t.Errorf("%d days before, %d now: all remains at half time, as ever, and it is %+v", days[0], days[1], o)
		}
	}
}

// TestNothingIsCertainBeforeItIsDone: not even where nobody ever missed anything.
func TestNothingIsCertainBeforeItIsDone(t *testing.T) {
	t.Parallel()
	past := month(30000, daily(30, 1000)...)
	h := forecast.History{Past: []forecast.Course{past, past}, Now: month(1501, daily(15, 100)...)}
	if o := forecast.Fit(slices.Repeat([]forecast.History{h}, 500), 15).Of(h); o.Chance != forecast.Surest {
		t.Errorf("one of thousands remains, and the chance is %v", o.Chance)
	}
}

// TestABandFollowsTheUnitsOwnDays: who works in the last five days is not drawn
// as if it worked on all.
func TestABandFollowsTheUnitsOwnDays(t *testing.T) {
	t.Parallel()
	late := month(600, append(daily(25, 0), daily(5, 120)...)...)
	h := forecast.History{Unit: "late", Past: []forecast.Course{late, late}, Now: month(600)}
	m := forecast.Fit(append(neighbours(20), h), 15)
	band := m.Band(h)
	if len(band) != 15 || band[0].Day != 15 || band[14].Day != 29 {
		t.Fatalf("%+v", band)
	}
	if at := band[9]; at.High > 60 { // the end of day 24
		t.Errorf("by the end of day 24 %+v, want next to nothing", at)
	}
	if at := band[12]; at.Mid < 300 || at.Mid > 420 {
		t.Errorf("by the end of day 27 %+v, want some 360", at)
	}
	o := m.Of(h)
	if last := band[14]; last.Low != o.LowMet || last.Mid != o.MidMet || last.High != o.HighMet {
		t.Errorf("the band ends with %+v, the outlook says %+v", last, o)
	}
}

// TestKeepIsLearned: units that change from month to month are not taken to go on
// as they were.
func TestKeepIsLearned(t *testing.T) {
	t.Parallel()
	good, bad := month(60, daily(30, 2)...), month(80, daily(30, 2)...)
	fit := func(of func(i, k int) forecast.Course) float64 {
		var units []forecast.History
		for i := range 80 {
			h := forecast.History{Unit: fmt.Sprint(i), Now: month(60, daily(15, 2)...)}
			for k := range 3 {
				h.Past = append(h.Past, of(i, k))
			}
			units = append(units, h)
		}
		return forecast.Fit(units, 15).Keep()
	}
	pick := func(is bool) forecast.Course {
		if is {
			return good
		}
		return bad
	}
	if keep := fit(func(i, _ int) forecast.Course { return pick(i%2 == 0) }); keep < 0.95 {
		t.Errorf("all go on as they were, keep is %g", keep)
	}
	if keep := fit(func(i, k int) forecast.Course { return pick(i>>k&1 == 0) }); keep > 0.35 {
		t.Errorf("each month is as if drawn anew, keep is %g", keep)
	}
}

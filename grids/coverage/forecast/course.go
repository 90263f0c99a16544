package forecast

import "math"

// Course is how one unit went through one period: how much was due, what is
// excused left out, and on which day each was met first.
type Course struct {
	Days  int     // of the period
	Due   int     // obligations
	MetOn []int32 // by day of the period, from 0; may end early
}

// NewCourse is a period of so many days in which nothing is due yet.
func NewCourse(days int) Course { return Course{Days: days, MetOn: make([]int32, days)} }

// Add counts one more obligation that is due, and the day of the period, from
// 0, on which it was met first; negative where it was not.
func (c *Course) Add(metOn int) {
	c.Due++
	if metOn >= 0 {
		c.MetOn[metOn]++
	}
}

// Met is how many were met, on whatever day.
func (c *Course) Met() int {
	n := 0
	for _, met := range c.MetOn {
		n += int(met)
	}
	return n
}

// Remaining is how many are not met.
func (c *Course) Remaining() int { return max(0, c.Due-c.Met()) }

// counts reports whether the course says anything.
func (c *Course) counts() bool { return c.Days > 0 && c.Due > 0 }

// metBy is how many were met before a moment, in days from the period's
// beginning; a day's visits are spread over it evenly.
func (c *Course) metBy(moment float64) float64 {
	n := 0.0
	for d, met := range c.MetOn {
		n += float64(met) * min(1, max(0, moment-float64(d)))
	}
	return n
}

// most is the largest number that was met in so many days on end.
func (c *Course) most(days int) int {
	most, window := 0, 0
	for d, met := range c.MetOn {
		window += int(met)
		if d >= days {
			window -= int(c.MetOn[d-days])
		}
		most = max(most, window)
	}
	return most
}

// History is all that a forecast knows of a unit.
type History struct {
	Unit string
	Past []Course // whole periods, oldest first
	Now  Course   // the running period, met up to the present
}

// effort is how much more than ever a unit is taken to be able to do. It is a
// judgement, not learned: few units of a quiet district ever show it.
const effort = 1.25

// ever is the most that the unit can be expected to meet in so many days of the
// running period: the most that it ever met in as large a part of a period, a
// quarter more, and two standard deviations of such a count.
func (h *History) ever(days int) float64 {
	most := h.Now.most(days)
	for i := range h.Past {
		c := &h.Past[i]
		most = max(most, c.most((days*c.Days+h.Now.Days-1)/h.Now.Days))
	}
	return effort*float64(most) + 2*math.Sqrt(float64(most)+1)
}

// tally is what became of the obligations that were open at the cut.
type tally struct{ met, missed float64 }

// tallies are the unit's past periods cut where share of the days had passed,
// so that months of different length compare; oldest first.
func (h *History) tallies(share float64) []tally {
	var out []tally
	for i := range h.Past {
		if c := &h.Past[i]; c.counts() {
			met := c.Met()
			out = append(out, tally{float64(met) - c.metBy(share*float64(c.Days)), float64(max(0, c.Due-met))})
		}
	}
	return out
}

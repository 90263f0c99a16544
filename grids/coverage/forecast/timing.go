package forecast

import (
	"maps"
	"slices"
)

// ticks divide a period, of whatever length, for all units' timing.
const ticks = 200

// timing is the share of all that was met in past periods that had been met
// when k/ticks of the period had passed.
type timing []float64

func timingOf(units []History) timing {
	pooled := map[int]*Course{} // by days; whole numbers, so that order does not matter
	total := 0
	for i := range units {
		for k := range units[i].Past {
			c := &units[i].Past[k]
			if !c.counts() {
				continue
			}
			p := pooled[c.Days]
			if p == nil {
				fresh := NewCourse(c.Days)
				p = &fresh
				pooled[c.Days] = p
			}
			for d, met := range c.MetOn {
				p.MetOn[min(d, c.Days-1)] += met
			}
			total += c.Met()
		}
	}
	t := make(timing, ticks+1)
	for _, days := range slices.Sorted(maps.Keys(pooled)) {
		for k := range t {
			t[k] += pooled[days].metBy(float64(k) / ticks * float64(days))
		}
	}
	for k := range t {
		t[k] /= float64(max(1, total))
	}
	return t
}

// by is the share of what is met in a period that is met by a share of it.
func (t timing) by(share float64) float64 {
	k := min(int(share*ticks), ticks-1)
	part := share*ticks - float64(k)
	return t[k]*(1-part) + t[k+1]*part
}

// ownWeight is how many obligations of its own weigh as much, for the days on
// which a unit works, as what all units do.
const ownWeight = 50

// gone is the share of what a unit meets from now on that it will have met by
// the end of a day: by its own past, and by all units' where that says little.
// now is the share of the period that has passed.
func (t timing) gone(h *History, now float64, day int) float64 {
	if day >= h.Now.Days-1 {
		return 1
	}
	to := float64(day+1) / float64(h.Now.Days)
	all := (to - now) / (1 - now)
	if rest := 1 - t.by(now); rest > 1e-9 {
		all = (t.by(to) - t.by(now)) / rest
	}
	met, later := ownWeight*all, float64(ownWeight)
	for i := range h.Past {
		if c := &h.Past[i]; c.counts() {
			days := float64(c.Days)
			met += c.metBy(to*days) - c.metBy(now*days)
			later += float64(c.Met()) - c.metBy(now*days)
		}
	}
	return min(1, max(0, met/later))
}

package forecast

import "math"

// Reason says why there is no forecast.
type Reason string

// The reasons.
const (
	NothingDue  Reason = "nothing_due"
	TooEarly    Reason = "too_early"     // less than MinShare of the period has passed
	NoPast      Reason = "no_past"       // the unit has no past period in which anything was due
	TooFewUnits Reason = "too_few_units" // fewer than MinUnits units have a past
)

// RecentDays is how far back the present pace looks.
const RecentDays = 7

// Outlook is what is to be expected of a unit. What remains, and what that asks
// for, is given always; the forecast only when it is known.
type Outlook struct {
	Remaining    int     // obligations
	DaysLeft     int     // the day that runs with them
	NeededPerDay float64 // obligations to meet a day from now on; 0 when nothing remains or no day is left
	NeededCeil   int     // the same, rounded up
	PacePerDay   float64 // obligations met a day, in the last RecentDays whole days or as many as there were
	Strained     bool    // more remains than the unit ever met in as many days

	Known  bool
	Reason Reason  // why not
	Chance float64 // that all is met by the end: 1 when nothing remains, 0 when the period is over and something does
	Miss   float64 // that one open obligation is not met by the end

	// How many will be met by the end: with 80 % between low and high, as
	// likely above mid as below.
	LowMet, MidMet, HighMet int
}

// Of is the outlook of a unit; of one that the model did not learn from, too.
func (m *Model) Of(h History) Outlook {
	o, weights := m.weigh(&h)
	if o.Known {
		s := h.span(&o, weights, 1)
		o.LowMet, o.MidMet, o.HighMet = s.Low, s.Mid, s.High
	}
	return o
}

// weigh is the outlook without how many will be met, and what the grid's points
// weigh; nil where nothing is left to weigh.
func (m *Model) weigh(h *History) (Outlook, []float64) {
	o := Outlook{Remaining: h.Now.Remaining(), DaysLeft: int(math.Ceil(max(0, float64(h.Now.Days)-m.passed)))}
	if whole := min(int(m.passed), h.Now.Days); whole > 0 {
		recent := min(whole, RecentDays)
		o.PacePerDay = (h.Now.metBy(float64(whole)) - h.Now.metBy(float64(whole-recent))) / float64(recent)
	}
	if o.DaysLeft > 0 {
		o.NeededPerDay = float64(o.Remaining) / float64(o.DaysLeft)
		o.NeededCeil = (o.Remaining + o.DaysLeft - 1) / o.DaysLeft
		o.Strained = h.atMost(&o) < 1
	}
	own := h.tallies(m.share(h))
	switch {
	case h.Now.Due <= 0:
		o.Reason = NothingDue
	case o.Remaining == 0:
		o.Known, o.Chance = true, 1
	case o.DaysLeft == 0:
		o.Known, o.Miss = true, 1
	case m.share(h) < MinShare:
		o.Reason = TooEarly
	case len(own) == 0:
		o.Reason = NoPast
	case m.units < MinUnits:
		o.Reason = TooFewUnits
	default:
		weights := make([]float64, len(misses))
		follow(weights, m.evidence(own), m.usual, m.keep)
		most := h.atMost(&o)
		all := math.Log(most)
		chance, meets := 0.0, 0.0
		for j, w := range weights {
			meets += w * min(1-misses[j], most)
			if met := float64(o.Remaining) * min(logMeets[j], all); met > -40 { // less is nothing
				chance += w * math.Exp(met)
			}
		}
		o.Known, o.Chance, o.Miss = true, min(chance, Surest), max(0, 1-meets)
		return o, weights
	}
	return o, nil
}

// atMost is the largest part of what remains that the unit can be expected to
// meet in the days left.
func (h *History) atMost(o *Outlook) float64 {
	if o.Remaining == 0 {
		return 1
	}
	return min(1, h.ever(o.DaysLeft)/float64(o.Remaining))
}

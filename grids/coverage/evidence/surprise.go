package evidence

import "math"

// surprise says how little an inspector's days fit a rate that is nothing to
// remark: log10 of an e-value, zero where they fit. shares are, of each day,
// the hits among the looks.
//
// The e-value is the mean of a few products over the days, each of
// (1-q)/(1-rate) + share·(q/rate - (1-q)/(1-rate)), for q of 2, 4, 8, 16 and 32
// times the odds: a likelihood ratio where shares are 0 or 1, and a straight
// line between. A day whose share is at most the rate in the mean has a factor
// of at most 1 in the mean, whatever the visits of that day have to do with each
// other: an evening shift is a whole day of late visits, a broken phone a whole
// day of bad positions. Only the days need to be independent. By Markov's
// inequality the chance of a score of s or more is then at most 10^-s
// (Waudby-Smith and Ramdas, Estimating means of bounded random variables by
// betting, 2024). The top of 32 keeps a few days small: three at 3 %, with
// nothing but hits, reach 3.1.
func surprise(shares []float64, rate float64) float64 {
	const greater = 5
	odds := rate / (1 - rate)
	var logs [greater]float64
	top := math.Inf(-1)
	for i := range logs {
		q := odds * math.Exp2(float64(i+1))
		q /= 1 + q
		none, all := (1-q)/(1-rate), q/rate
		for _, share := range shares {
			logs[i] += math.Log(none + share*(all-none))
		}
		top = max(top, logs[i])
	}
	sum := 0.0
	for _, x := range logs {
		sum += math.Exp(x - top)
	}
	return max(0, (top+math.Log(sum/greater))/math.Ln10)
}

// remarkable is the rate up to which an inspector's is nothing to remark: the
// tolerance, in odds, on that of the others, whose shares have a sum over so
// many days.
func (p *PatternRules) remarkable(sum float64, days int) float64 {
	// A hundred days at the floor stand beside theirs, for a district of three
	// people.
	const few = 100
	rate := max(p.RateFloor, (sum+few*p.RateFloor)/(float64(days)+few))
	odds := rate / (1 - rate) * p.Tolerance
	return odds / (1 + odds)
}

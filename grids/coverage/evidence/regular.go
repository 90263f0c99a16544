package evidence

import "math"

// intervals looks at the times between an inspector's visits, one after the
// other on one day: hit where two are equal, looked at where there are two. A
// walk is one visit. People take as long as it takes; a script waits.
func (r *Rules) intervals(l *ledger, p people, looked, hit func(row int)) {
	rule := r.Pattern.Regular
	last := -1     // the visit before
	gap := -1000.0 // the time before that, seconds; below zero for none
	for row := p.lo; row < p.hi; row++ {
		if last >= 0 && sameWalk(l.visits[row], l.visits[last]) {
			continue
		}
		if last < 0 || l.day[row] != l.day[last] {
			last, gap = row, -1
			continue
		}
		g := float64(l.at[row]-l.at[last]) / 1000
		if g < rule.GapS {
			g = -1
		}
		if g > 0 && gap > 0 {
			looked(row)
			if math.Abs(g-gap) <= rule.WithinS {
				hit(row)
			}
		}
		last, gap = row, g
	}
}

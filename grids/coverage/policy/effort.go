package policy

// Effort is what inspecting costs, for planning grids: time on the spot, and
// walking between places.
type Effort struct {
	Minutes      float64            `yaml:"minutes" json:"minutes"` // of a visit, where a category has no figure of its own
	ByCategory   map[string]float64 `yaml:"by_category" json:"by_category"`
	MetresMinute float64            `yaml:"metres_a_minute" json:"metres_a_minute"` // walking
	RoundsMonth  float64            `yaml:"rounds_a_month" json:"rounds_a_month"`   // how often a grid's streets are walked
}

// usualEffort is taken of a policy that says nothing of it: it has no bearing on
// what is due, only on how grids are planned.
var usualEffort = Effort{Minutes: 10, MetresMinute: 60, RoundsMonth: 4}

// check says what does not fit.
func (e *Effort) check(p *Policy, problem func(string, ...any)) {
	if e.Minutes <= 0 || e.MetresMinute <= 0 || e.RoundsMonth < 0 {
		problem("effort: minutes and metres_a_minute above zero, and rounds_a_month of zero or more, are needed")
	}
	for c, m := range e.ByCategory {
		if p.byCategory[c] == nil {
			problem("effort: there is no category %q", c)
		}
		if m <= 0 {
			problem("effort: %s takes %v minutes", c, m)
		}
	}
}

// VisitMinutes is how long a visit to a place of a category takes.
func (p *Policy) VisitMinutes(category string) float64 {
	if m, ok := p.Effort.ByCategory[category]; ok {
		return m
	}
	return p.Effort.Minutes
}

// MonthlyMinutes is what a duty of a place costs a month: its visits spread over
// the months.
func (p *Policy) MonthlyMinutes(category string, o Obligated) float64 {
	return p.VisitMinutes(category) * p.MonthlyVisits(o)
}

// MonthlyVisits is how many visits a month a duty of a place asks for. Campaigns
// pass: grids are not planned for them.
func (p *Policy) MonthlyVisits(o Obligated) float64 {
	times := float64(max(o.Times, 1))
	switch p.Duties[o.Duty].Period {
	case Month:
		return times
	case HalfYear:
		return times / 6
	case Week:
		return times * 365.2425 / 12 / 7
	case OneDay:
		return times * 365.2425 / 12
	}
	return 0
}

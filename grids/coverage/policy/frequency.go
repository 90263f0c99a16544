package policy

import (
	"fmt"
	"slices"
)

// Frequency is 差异化精准分类监管: where a condition holds, a duty wants more
// than one visit a period, so many days apart that they are not all made at once.
type Frequency struct {
	When    Condition `yaml:"when" json:"when"`
	Duties  []string  `yaml:"duties" json:"duties,omitempty"` // none: all but campaigns
	Times   int       `yaml:"times" json:"times"`             // visits a period
	Spacing int       `yaml:"spacing_days" json:"spacing_days"`
	Basis   Text      `yaml:"basis" json:"basis"`
}

// check says what does not fit.
func (f *Frequency) check(p *Policy, problem func(string, ...any)) {
	if err := p.checkCondition(&f.When); err != nil {
		problem("frequency: %w", err)
	}
	if f.When.Otherwise {
		problem("frequency: otherwise is for categories only")
	}
	for _, d := range f.Duties {
		if _, ok := p.byDuty[d]; !ok {
			problem("frequency: there is no duty %q", d)
		}
	}
	for _, d := range p.Duties {
		if longest := shortestOf(d.Period); f.appliesTo(&d) && (f.Times-1)*max(f.Spacing, 0) >= longest {
			problem("frequency: %d visits %d days apart do not fit into the %d days of duty %s", f.Times, f.Spacing, longest, d.Duty)
		}
	}
}

// shortestOf is how many days the shortest period of a kind has.
func shortestOf(k Kind) int {
	return map[Kind]int{Month: 28, HalfYear: 181, Week: 7, OneDay: 1}[k]
}

func (f *Frequency) appliesTo(d *Duty) bool {
	if len(f.Duties) == 0 {
		return d.campaign == nil && d.Period != OneDay
	}
	return slices.Contains(f.Duties, d.Duty)
}

// often raises what a place owes to what its risk and supervision ask: of the
// rules that hold, the one with the most visits.
func (p *Policy) often(o *Obligated, facts Facts) {
	o.Times = 1
	for i := range p.Frequency {
		f := &p.Frequency[i]
		if f.Times <= o.Times || !f.appliesTo(&p.Duties[o.Duty]) {
			continue
		}
		if _, holds := p.holds(&f.When, facts, false); holds {
			o.Times, o.Spacing = f.Times, f.Spacing
			o.Often = f.Basis
		}
	}
}

// checkCondition says what is wrong with a condition; nil is none.
func (p *Policy) checkCondition(c *Condition) error {
	if c == nil {
		return nil
	}
	if _, ok := p.Thresholds[c.AtLeast]; c.AtLeast != "" && !ok {
		return fmt.Errorf("there is no threshold %q", c.AtLeast)
	}
	kinds := 0
	for _, on := range []bool{c.Attribute != "", c.RiskAtLeast > 0, c.Supervised, c.UnderCompound, c.Otherwise} {
		if on {
			kinds++
		}
	}
	if kinds != 1 || (c.Attribute != "") != (c.AtLeast != "" || c.Is != nil) || (c.AtLeast != "" && c.Is != nil) {
		return fmt.Errorf("a condition is one of: attribute with at_least or is, risk_at_least, supervised, under_compound, otherwise")
	}
	return nil
}

package policy

import (
	"slices"
	"time"
)

// Campaign is a 专项治理: places of some categories, in some units, are
// inspected in some spans of time besides what they owe anyway. One visit
// satisfies both if its checklist serves both.
type Campaign struct {
	Campaign   string       `yaml:"campaign" json:"campaign"`
	Name       Text         `yaml:"name" json:"name"`
	Body       Body         `yaml:"body" json:"body"`
	Categories []string     `yaml:"categories" json:"categories"`
	Units      []string     `yaml:"units" json:"units,omitempty"` // towns, parks or communities; none: the whole district
	Spans      []SpanOfDays `yaml:"spans" json:"spans"`
	Checklist  string       `yaml:"checklist" json:"checklist"`
	Clause     string       `yaml:"clause" json:"clause,omitempty"`

	spans []Period
}

// SpanOfDays are days from the first to the last, both in it.
type SpanOfDays struct {
	From string `yaml:"from" json:"from"`
	To   string `yaml:"to" json:"to"`
}

// duty is the campaign as a duty.
func (c *Campaign) duty() Duty {
	return Duty{Duty: c.Campaign, Name: c.Name, Body: c.Body, Period: Custom, Checklist: c.Checklist, Clause: c.Clause, campaign: c}
}

// check says what does not fit, and reads the spans.
func (c *Campaign) check(p *Policy, problem func(string, ...any)) {
	for _, name := range c.Categories {
		if p.byCategory[name] == nil {
			problem("campaign %s: there is no category %q", c.Campaign, name)
		}
	}
	for _, s := range c.Spans {
		from, err := time.Parse(time.DateOnly, s.From)
		to, err2 := time.Parse(time.DateOnly, s.To)
		if err != nil || err2 != nil || to.Before(from) {
			problem("campaign %s: from %s to %s is no span of days", c.Campaign, s.From, s.To)
			continue
		}
		span := Span(DayOf(from), DayOf(to)+1)
		// A visit in two spans of one campaign would meet two obligations of it.
		if slices.ContainsFunc(c.spans, span.Overlaps) {
			problem("campaign %s: the span from %s overlaps another", c.Campaign, s.From)
		}
		c.spans = append(c.spans, span)
	}
	slices.SortFunc(c.spans, func(a, b Period) int { return int(a.First - b.First) })
}

// PostClass is the class of postings by which a duty finds its people: its own,
// or a campaign's by the body that holds it.
func (d *Duty) PostClass() int {
	if d.Class > 0 {
		return d.Class
	}
	return map[Body]int{CommunityStaff: 1, TownPatrol: 2, Office: 3}[d.Body]
}

// Spans are the periods of a duty of kind custom, in order; none for others.
func (d *Duty) Spans() []Period {
	if d.campaign == nil {
		return nil
	}
	return d.campaign.spans
}

// In reports whether a duty concerns a place in these units: a campaign may be
// for some of them only.
func (d *Duty) In(town, park, community string) bool {
	if d.campaign == nil || len(d.campaign.Units) == 0 {
		return true
	}
	u := d.campaign.Units
	return slices.Contains(u, town) || slices.Contains(u, community) || (park != "" && slices.Contains(u, park))
}

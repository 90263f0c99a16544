package policy

import (
	"fmt"
	"slices"
)

// Facts are what the rules ask of a place.
type Facts struct {
	Category      string
	Attributes    map[string]any
	UnderCompound bool // an underground space below a residential compound or one of its buildings
	Risk          int16
	Supervised    bool // listed for supervision, 挂牌督办
	Care          bool // people who need care live there
}

// Obligated is one duty of a place, with the rule that gives it.
type Obligated struct {
	Duty    int // index in Policy.Duties
	Basis   Text
	Times   int  // visits a period, 1 or more
	Spacing int  // days between two that count
	Often   Text // why more than one
}

// Owes lists the duties of a place, each once, in the policy's order of rules. A
// place with no class II or III duty owes the residual duty: an exact set
// difference. A category that the policy does not know is an error, never an
// empty list. A campaign is owed whatever the units: see [Duty.In].
func (p *Policy) Owes(f Facts) ([]Obligated, error) {
	c, ok := p.byCategory[f.Category]
	if !ok {
		return nil, fmt.Errorf("category %q is not in the policy %s", f.Category, p.Version)
	}
	var out []Obligated
	has := func(duty int) bool {
		return slices.ContainsFunc(out, func(o Obligated) bool { return o.Duty == duty })
	}
	fullTime := false // held by the town's full-time patrol or office
	for _, o := range c.Duties {
		duty := p.byDuty[o.Duty]
		basis, holds := p.holds(o.When, f, len(out) > 0)
		if !holds || has(duty) {
			continue
		}
		if basis == (Text{}) {
			basis = Text{ZH: c.ZH + "：" + p.Duties[duty].Clause, EN: c.EN + ": clause " + p.Duties[duty].Clause}
		}
		out = append(out, Obligated{Duty: duty, Basis: basis})
		fullTime = fullTime || p.Duties[duty].Class > 1
	}
	residual := p.byDuty[p.Residual]
	if !fullTime && !has(residual) {
		out = append(out, Obligated{Duty: residual, Basis: Text{
			ZH: c.ZH + "未纳入专职网格防火巡查，归居村委",
			EN: c.EN + " is held by no full-time patrol, so it falls to the community",
		}})
	}
	if care, ok := p.byDuty[p.Care]; ok && f.Care && !has(care) {
		out = append(out, Obligated{Duty: care, Basis: Text{ZH: "居住有需特殊关爱的重点人群", EN: "people who need care live there"}})
	}
	for i := range p.Duties {
		if c := p.Duties[i].campaign; c != nil && slices.Contains(c.Categories, f.Category) {
			out = append(out, Obligated{Duty: i, Basis: c.Name})
		}
	}
	for i := range out {
		p.often(&out[i], f)
	}
	return out, nil
}

// Discreet reports whether a checklist serves restricted duties and no others:
// that a place was visited with it says who lives there.
func (p *Policy) Discreet(checklist string) bool {
	discreet := false
	for i, serves := range p.serves[checklist] {
		if serves && !p.Duties[i].Restricted {
			return false
		}
		discreet = discreet || serves
	}
	return discreet
}

// holds tells whether a condition holds, and what it rests on.
func (p *Policy) holds(when *Condition, f Facts, others bool) (Text, bool) {
	switch {
	case when == nil:
		return Text{}, true
	case when.Otherwise:
		return Text{}, !others
	case when.UnderCompound:
		return Text{ZH: "位于住宅小区地下，居村委同时负责", EN: "under a residential compound, so the community answers for it too"}, f.UnderCompound
	case when.RiskAtLeast > 0:
		return Text{ZH: fmt.Sprintf("火灾风险 %d 级", f.Risk), EN: fmt.Sprintf("fire risk %d", f.Risk)}, f.Risk >= when.RiskAtLeast
	case when.Supervised:
		return Text{ZH: "挂牌督办", EN: "listed for supervision"}, f.Supervised
	case when.Is != nil:
		value := f.Attributes[when.Attribute]
		return Text{ZH: fmt.Sprintf("%s 为 %v", when.Attribute, value), EN: fmt.Sprintf("%s is %v", when.Attribute, value)}, same(value, when.Is)
	}
	t := p.Thresholds[when.AtLeast]
	n, known := number(f.Attributes[when.Attribute])
	if !known {
		return Text{}, false // what is not known is not above a threshold
	}
	return Text{
		ZH: fmt.Sprintf("%s %v%s（实为 %v）", t.ZH, t.Value, t.Unit, n),
		EN: fmt.Sprintf("%s %v %s (it has %v)", t.EN, t.Value, t.Unit, n),
	}, n >= t.Value
}

// number reads an attribute that the database or a program gave as a number.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	}
	return 0, false
}

func same(value, want any) bool {
	if n, ok := number(want); ok {
		m, known := number(value)
		return known && m == n
	}
	return value != nil && value == want
}

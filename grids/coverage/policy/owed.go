package policy

import "fmt"

// Facts are what the rules ask of a place.
type Facts struct {
	Category      string
	Attributes    map[string]any
	UnderCompound bool // an underground space below a residential compound or one of its buildings
}

// Obligated is one duty of a place, with the rule that gives it.
type Obligated struct {
	Duty  int // index in Policy.Duties
	Basis Text
}

// Owes lists the duties of a place, each once, in the policy's order. A place
// with no class II or III duty owes the residual duty: an exact set difference.
// A category that the policy does not know is an error, never an empty list.
func (p *Policy) Owes(f Facts) ([]Obligated, error) {
	c, ok := p.byCategory[f.Category]
	if !ok {
		return nil, fmt.Errorf("category %q is not in the policy %s", f.Category, p.Version)
	}
	var out []Obligated
	has := func(duty int) bool {
		for _, o := range out {
			if o.Duty == duty {
				return true
			}
		}
		return false
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
		out = append(out, Obligated{duty, basis})
		fullTime = fullTime || p.Duties[duty].Class > 1
	}
	residual := p.byDuty[p.Residual]
	if !fullTime && !has(residual) {
		out = append(out, Obligated{residual, Text{
			ZH: c.ZH + "未纳入专职网格防火巡查，归居村委",
			EN: c.EN + " is held by no full-time patrol, so it falls to the community",
		}})
	}
	return out, nil
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
	}
	t := p.Thresholds[when.AtLeast]
	var n float64
	switch v := f.Attributes[when.Attribute].(type) {
	case float64:
		n = v
	case int64:
		n = float64(v)
	default:
		return Text{}, false // what is not known is not above a threshold
	}
	return Text{
		ZH: fmt.Sprintf("%s %v%s（实为 %v）", t.ZH, t.Value, t.Unit, n),
		EN: fmt.Sprintf("%s %v %s (it has %v)", t.EN, t.Value, t.Unit, n),
	}, n >= t.Value
}

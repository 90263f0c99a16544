package coverage

import (
	"slices"

	"gridward/grids/coverage/policy"
)

// learned is a record with the facts that the rules ask for.
type learned struct {
	Record
	facts policy.Facts
}

// owing works out what places owe by every version of the rules. Places of which
// the rules ask the same share their lists: a district has few kinds of them.
type owing struct {
	rules   policy.Rules
	inForce int             // the version whose word on categories is asked for
	asks    map[string]bool // categories of which some version asks an attribute
	same    map[kind][][]policy.Obligated
	cares   map[kind][][]policy.Obligated
	fault   map[kind]error
}

// kind is all that the rules ask of a place but its attributes.
type kind struct {
	category                        string
	risk                            int16
	supervised, underCompound, care bool
}

func newOwing(rules policy.Rules, today policy.Day) *owing {
	o := &owing{rules: rules, inForce: max(rules.On(today), 0), asks: map[string]bool{}, same: map[kind][][]policy.Obligated{}, cares: map[kind][][]policy.Obligated{}, fault: map[kind]error{}}
	for i := range rules {
		for _, c := range rules[i].Categories {
			for _, d := range c.Duties {
				if d.When != nil && d.When.Attribute != "" {
					o.asks[c.Category] = true
				}
			}
			for _, f := range rules[i].Frequency {
				if f.When.Attribute != "" {
					o.asks[c.Category] = true
				}
			}
		}
	}
	return o
}

// asksAttributes reports whether the rules ask an attribute of a category.
func (o *owing) asksAttributes(category string) bool { return o.asks[category] }

// of is what a place owes by each version; the error is that of the version in
// force, if it does not know the category.
func (o *owing) of(f policy.Facts) ([][]policy.Obligated, error) {
	k := kind{f.Category, f.Risk, f.Supervised, f.UnderCompound, f.Care}
	if f.Attributes == nil {
		if owes, ok := o.same[k]; ok {
			return owes, o.fault[k]
		}
	}
	owes := make([][]policy.Obligated, len(o.rules))
	var err error
	for i := range o.rules {
		var unknown error
		if owes[i], unknown = o.rules[i].Owes(f); i == o.inForce {
			err = unknown
		}
	}
	if f.Attributes == nil {
		o.same[k], o.fault[k] = owes, err
	}
	return owes, err
}

// records are a place's records with what they owe. The error is the last one's.
func (o *owing) records(history []learned) (out []Record, err error) {
	for _, l := range history {
		l.Record.Owes, err = o.of(l.facts)
		l.facts.Care = true
		with, _ := o.of(l.facts)
		l.Record.Cares = o.besides(l.facts, l.Record.Owes, with)
		out = append(out, l.Record)
	}
	return out, err
}

// besides is what a place owes only because people who need care live there:
// the care duty, unless it owes that anyway.
func (o *owing) besides(f policy.Facts, without, with [][]policy.Obligated) [][]policy.Obligated {
	k := kind{f.Category, f.Risk, f.Supervised, f.UnderCompound, f.Care}
	if cares, ok := o.cares[k]; ok && f.Attributes == nil {
		return cares
	}
	out := make([][]policy.Obligated, len(with))
	for i := range with {
		care, ok := o.rules[i].DutyIndex(o.rules[i].Care)
		for k := range with[i] {
			owes := func(w policy.Obligated) bool { return w.Duty == care }
			if ok && owes(with[i][k]) && !slices.ContainsFunc(without[i], owes) {
				out[i] = with[i][k : k+1 : k+1]
			}
		}
	}
	if f.Attributes == nil {
		o.cares[k] = out
	}
	return out
}

package coverage

import (
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
	rules policy.Rules
	asks  map[string]bool // categories of which some version asks an attribute
	same  map[kind][][]policy.Obligated
	fault map[kind]error
}

// kind is all that the rules ask of a place but its attributes.
type kind struct {
	category                        string
	risk                            int16
	supervised, underCompound, care bool
}

func newOwing(rules policy.Rules) *owing {
	o := &owing{rules: rules, asks: map[string]bool{}, same: map[kind][][]policy.Obligated{}, fault: map[kind]error{}}
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

// of is what a place owes by each version; the error is the last version's, if
// that does not know the category.
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
		owes[i], err = o.rules[i].Owes(f)
	}
	if f.Attributes == nil {
		o.same[k], o.fault[k] = owes, err
	}
	return owes, err
}

// records are a place's records in the order in which they were learned, those
// among them that say from when on people who need care live there: such a one
// leaves the place as the last record says that it is. The error is the last
// record's.
func (o *owing) records(history []learned, care []cared) (out []Record, err error) {
	cares := false
	add := func(l learned) {
		l.facts.Care = cares
		l.Record.Owes, err = o.of(l.facts)
		out = append(out, l.Record)
	}
	for i, l := range history {
		for len(care) > 0 && care[0].recorded < l.Recorded {
			cares = care[0].some
			if i > 0 {
				again := history[i-1]
				again.Recorded, again.From = care[0].recorded, max(again.From, care[0].from)
				add(again)
			}
			care = care[1:]
		}
		add(l)
	}
	for _, c := range care {
		cares = c.some
		again := history[len(history)-1]
		again.Recorded, again.From = c.recorded, max(again.From, c.from)
		add(again)
	}
	return out, err
}

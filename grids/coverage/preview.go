package coverage

import (
	"cmp"
	"maps"
	"slices"

	"gridward/grids/coverage/policy"
)

// Shift is how many obligations of a town and class other rules add and remove.
type Shift struct {
	Town  string // on whose land they are
	Class int    // 0: campaigns
	// Before and After count obligations; Added are those that only the rules
	// after ask for, Removed those that only the ones before do. So After is
	// Before + Added − Removed.
	Before, After, Added, Removed int
}

// Shifts compares what two versions of the book's rules ask for in a period, by
// index (-1: nothing is asked): obligation by obligation, as known now. What is
// excused counts; duties that not everybody may read of do not.
func (b *Book) Shifts(period policy.Period, before, after int) []Shift {
	s := b.now.Load()
	sums := map[[2]any]*Shift{}
	at := func(k asked) *Shift {
		key := [2]any{k.town, k.class}
		if sums[key] == nil {
			sums[key] = &Shift{Town: k.town, Class: k.class}
		}
		return sums[key]
	}
	was, is := s.asks(period, before), s.asks(period, after)
	for i := range s.places.size {
		old, fresh := was(i), is(i)
		for _, k := range old {
			n := at(k)
			n.Before++
			if !slices.Contains(fresh, k) {
				n.Removed++
			}
		}
		for _, k := range fresh {
			n := at(k)
			n.After++
			if !slices.Contains(old, k) {
				n.Added++
			}
		}
	}
	var out []Shift
	for n := range maps.Values(sums) {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b Shift) int { return cmp.Or(cmp.Compare(a.Town, b.Town), cmp.Compare(a.Class, b.Class)) })
	return out
}

// asked is one obligation of a place.
type asked struct {
	town  string
	class int
	duty  string
}

// asks judges a period by a version: what it asks of each place.
func (s *state) asks(period policy.Period, version int) func(place int) []asked {
	if version < 0 {
		return func(int) []asked { return nil }
	}
	key := keyOf(&s.rules[version], period, Sight{Known: Ever, Until: Ever, Today: s.today})
	b := s.judgeAll(key, version)
	return func(place int) (out []asked) {
		for k := b.first[place]; k < b.first[place+1]; k++ {
			j := b.items.at(int(k))
			d := &b.term.policy.Duties[j.duty]
			if j.state != NotDue && !d.Restricted {
				out = append(out, asked{b.leaves.at(int(j.leaf)).spot.Town, d.Class, d.Duty})
			}
		}
		return out
	}
}

package layers

import "slices"

// Tree is the hierarchy of a set of units by their parent links.
type Tree struct {
	byCode   map[string]*Unit
	children map[string][]string
	codes    []string
}

// NewTree links units by parent. The units are not copied.
func NewTree(units []Unit) *Tree {
	t := &Tree{byCode: make(map[string]*Unit, len(units)), children: map[string][]string{}}
	for i := range units {
		u := &units[i]
		t.byCode[u.Code] = u
		t.codes = append(t.codes, u.Code)
		if u.Parent != "" {
			t.children[u.Parent] = append(t.children[u.Parent], u.Code)
		}
	}
	slices.Sort(t.codes)
	for _, c := range t.children {
		slices.Sort(c)
	}
	return t
}

// Unit finds a unit by code.
func (t *Tree) Unit(code string) (*Unit, bool) {
	u, ok := t.byCode[code]
	return u, ok
}

// Codes lists every unit's code, ascending.
func (t *Tree) Codes() []string { return t.codes }

// Children lists the codes of the units under one, ascending.
func (t *Tree) Children(code string) []string { return t.children[code] }

// OfKind lists the units of a kind by code.
func (t *Tree) OfKind(kind UnitKind) []*Unit {
	var out []*Unit
	for _, c := range t.codes {
		if u := t.byCode[c]; u.Kind == kind {
			out = append(out, u)
		}
	}
	return out
}

// Ancestors is the town, park and community that a unit is or lies under; the
// last two are empty where it does not.
func (t *Tree) Ancestors(code string) (town, park, community string) {
	for range 4 { // a hierarchy has three levels; a loop in the links must not hang
		u, ok := t.byCode[code]
		if !ok {
			return
		}
		switch u.Kind {
		case Town:
			town = u.Code
		case Park:
			park = u.Code
		case Community:
			community = u.Code
		}
		code = u.Parent
	}
	return
}

// Within reports whether a unit is another or lies under it.
func (t *Tree) Within(code, ancestor string) bool {
	for range 5 {
		if code == ancestor {
			return true
		}
		u, ok := t.byCode[code]
		if !ok {
			return false
		}
		code = u.Parent
	}
	return false
}

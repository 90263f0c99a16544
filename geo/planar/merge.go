package planar

import (
	"errors"

	"gridward/geo"
)

// ErrZones says that an operation would take land across a border that no
// operation moves.
var ErrZones = errors.New("the grids lie in different communities")

// Merge joins faces of one zone to the first, which keeps its id. With parts,
// they need not hang together.
func (m *Map) Merge(parts bool, keep Face, others ...Face) (Change, error) {
	touched := map[Face]bool{keep: true}
	for _, f := range append([]Face{keep}, others...) {
		if _, there := m.faces[f]; !there {
			return Change{}, &Refusal{ErrUnknown, geo.Point{}, f}
		}
		if m.zone(f) != m.zone(keep) {
			return Change{}, &Refusal{ErrZones, m.somewhere(f), f}
		}
		touched[f] = true
	}
	if len(touched) < 2 {
		return Change{}, &Refusal{ErrNothing, m.somewhere(keep), keep}
	}
	return m.reworkParts(touched, nil, parts, func(pieces []piece) ([]Face, []Begun, error) {
		owner := make([]Face, len(pieces))
		for i := range owner {
			owner[i] = keep
		}
		return owner, nil, nil
	})
}

// somewhere is a point on a face's border.
func (m *Map) somewhere(f Face) geo.Point {
	least := geo.Point{}
	if at, ok := m.faces[f]; ok {
		first := true
		for e := range at.edges {
			if first || before(e.A, least) {
				least, first = e.A, false
			}
		}
	}
	return least
}

package planar

import (
	"gridward/geo"
)

// Give hands the land of a region to a face: all of it that lies in the face's
// zone, or only what belongs to the faces in from, unless that is nil. A face
// of which nothing is left ends. With parts, faces may fall into parts.
func (m *Map) Give(region geo.Outline, to Face, from []Face, parts bool) (Change, error) {
	at, there := m.faces[to]
	if !there {
		return Change{}, &Refusal{ErrUnknown, region[0][0], to}
	}
	touched := m.meeting(region, at.zone, from)
	touched[to] = true
	return m.reworkParts(touched, ringsOf(region), parts, func(pieces []piece) ([]Face, []Begun, error) {
		owner, changed := make([]Face, len(pieces)), false
		for i := range pieces {
			owner[i] = pieces[i].parent
			if owner[i] != to && pieces[i].within(region) {
				owner[i], changed = to, true
			}
		}
		if !changed {
			return nil, nil, &Refusal{ErrNothing, region[0][0], to}
		}
		return owner, nil, nil
	})
}

// Carve makes a new face of the land of a region that lies in one zone, or of
// what belongs there to the faces in from, unless that is nil. With parts, faces
// may fall into parts.
func (m *Map) Carve(region geo.Outline, zone Zone, from []Face, parts bool) (Change, error) {
	touched := m.meeting(region, zone, from)
	if len(touched) == 0 {
		return Change{}, &Refusal{ErrNothing, region[0][0], Outside}
	}
	fresh := m.next
	c, err := m.reworkParts(touched, ringsOf(region), parts, func(pieces []piece) ([]Face, []Begun, error) {
		owner, changed := make([]Face, len(pieces)), false
		for i := range pieces {
			owner[i] = pieces[i].parent
			if pieces[i].within(region) {
				owner[i], changed = fresh, true
			}
		}
		if !changed {
			return nil, nil, &Refusal{ErrNothing, region[0][0], Outside}
		}
		m.next++
		return owner, []Begun{{fresh, zone}}, nil
	})
	if err != nil {
		m.next = fresh
	}
	return c, err
}

// meeting lists the faces of a zone that a region may meet.
func (m *Map) meeting(region geo.Outline, zone Zone, from []Face) map[Face]bool {
	faces := map[Face]bool{}
	take := func(f Face) {
		if at, ok := m.faces[f]; ok && at.zone == zone {
			faces[f] = true
		}
	}
	take(m.FaceAt(region[0][0]))
	for _, e := range m.near.meeting(region.Box()) {
		take(m.edges[e].Left)
		take(m.edges[e].Right)
	}
	if from != nil {
		for f := range faces {
			keep := false
			for _, g := range from {
				keep = keep || f == g
			}
			if !keep {
				delete(faces, f)
			}
		}
	}
	return faces
}

// ringsOf are a region's rings as closed lines, the region on their left.
func ringsOf(region geo.Outline) []line {
	var out []line
	for _, r := range region {
		out = append(out, append(append(line{}, r...), r[0]))
	}
	return out
}

// within reports whether a piece lies in a region whose rings were brought in:
// the side of the rings that the piece's border runs along says so, or, away
// from every ring, a point of the piece.
func (p *piece) within(region geo.Outline) bool {
	in, out := 0, 0
	for _, c := range append([]cycle{p.outer}, p.holes...) {
		for _, h := range c.halves {
			switch h.mark {
			case 1:
				in++
			case -1:
				out++
			}
		}
	}
	if (in > 0) != (out > 0) {
		return in > 0
	}
	return region.Side(p.outline().Anchor()) != geo.Outside
}

// outline is the piece's land.
func (p *piece) outline() geo.Outline {
	o := geo.Outline{p.outer.points()}
	for _, h := range p.holes {
		o = append(o, h.points())
	}
	return o
}

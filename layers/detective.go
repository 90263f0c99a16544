package layers

import (
	"fmt"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/crs"
)

// detective finds out whether coordinates are in another system than was said.
// The signature is a common shift: rows that name their community, or that the
// register knows, fit much better when they are taken as something else.
type detective struct {
	said        crs.System
	place       PlaceUnits
	name        func(code string) string
	communities evidence
	places      evidence
}

// evidence counts rows that could be checked, and how many fit as each system.
type evidence struct {
	rows int
	fits [len(suspects)]int
	as   int // as what was said
}

// suspects are the systems that coordinates are mistaken for, all in degrees
// and all plausible at first sight.
var suspects = [...]crs.System{crs.WGS84, crs.GCJ02, crs.BD09}

// enough rows must be checked before the detective says anything.
const enough = 20

// near is how far in metres a row may lie from where the register has it and
// still fit. The shifts are some 480 m (GCJ-02) and 1,150 m (BD-09).
const near = 100

// look takes a row's evidence: the community that it names, and where the
// register has it by its source id or by a name that only it bears.
func (d *detective) look(community string, known Known, named geo.Point, anchor geo.Point) {
	at := anchor.Orb()
	was, remembered := known.Anchor, known.Anchor != geo.Point{}
	if !remembered {
		was, remembered = named, named != geo.Point{}
	}
	if community != "" && d.name != nil {
		d.communities.take(d.said, at, func(q orb.Point) bool {
			s, err := geo.SnapChecked(q)
			if err != nil {
				return false
			}
			key, err := geo.KeyAt(s)
			if err != nil {
				return false
			}
			_, _, c, ok := d.place(s.Orb(), s, key)
			return ok && (c == community || d.name(c) == community)
		})
	}
	if remembered {
		d.places.take(d.said, at, func(q orb.Point) bool { return geo.Distance(q, was.Orb()) <= near })
	}
}

// take tries a position as what was said and as each suspect.
func (e *evidence) take(said crs.System, at orb.Point, fits func(orb.Point) bool) {
	e.rows++
	if fits(at) {
		e.as++
	}
	raw := at // the number pair as the file may have meant it
	if said.Geographic() {
		raw = said.FromWGS84(at)
	}
	for i, s := range suspects {
		if fits(s.ToWGS84(raw)) {
			e.fits[i]++
		}
	}
}

// verdict is a warning for each kind of evidence that speaks clearly.
func (d *detective) verdict() []string {
	var out []string
	for _, k := range []struct {
		e    evidence
		what string
	}{{d.communities, "name their community %d lie in it"}, {d.places, "the register knows %d lie where it has them"}} {
		if k.e.rows < enough {
			continue
		}
		for i, s := range suspects {
			// Much better: at least a third more of the rows, and twice as many.
			if better := k.e.fits[i]; better-k.e.as > k.e.rows/3 && better > 2*k.e.as {
				out = append(out, fmt.Sprintf("the coordinates look like %s: of %d rows that "+k.what+" as %s, %d as %[1]s. Nothing was corrected; say --crs %[1]s if that is what they are",
					s, k.e.rows, k.e.as, d.said, better))
				break
			}
		}
	}
	return out
}

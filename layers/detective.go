package layers

import (
	"fmt"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/crs"
)

// detective finds out whether coordinates are in another system than they say:
// rows that name their community fit much better after a correction.
type detective struct {
	place PlaceUnits
	name  func(code string) string
	rows  int
	fits  [3]int // as they are, as GCJ-02, as BD-09
}

// enough rows must name a community before the detective says anything.
const enough = 20

func (d *detective) look(community string, p *Place) {
	if community == "" || d.name == nil {
		return
	}
	d.rows++
	at := p.Anchor.Orb()
	for i, q := range [3]orb.Point{at, crs.FromGCJ02(at), crs.FromBD09(at)} {
		s, err := geo.SnapChecked(q)
		if err != nil {
			continue
		}
		key, err := geo.KeyAt(s)
		if err != nil {
			continue
		}
		if _, _, c, ok := d.place(s.Orb(), s, key); ok && (c == community || d.name(c) == community) {
			d.fits[i]++
		}
	}
}

// verdict is a warning, or nothing.
func (d *detective) verdict() string {
	if d.rows < enough {
		return ""
	}
	for i, name := range []string{"GCJ-02", "BD-09"} {
		// Much better: at least a third more of the rows, and twice as many.
		if better := d.fits[i+1]; better-d.fits[0] > d.rows/3 && better > 2*d.fits[0] {
			return fmt.Sprintf("the coordinates look like %s: of %d rows that name their community %d lie in it as they are, %d after a correction from %[1]s. Nothing was corrected; say --crs %[1]s if that is what they are", name, d.rows, d.fits[0], better)
		}
	}
	return ""
}

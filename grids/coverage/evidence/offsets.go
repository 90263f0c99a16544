package evidence

import (
	"cmp"
	"math"

	"github.com/google/uuid"

	"gridward/geo"
)

// offset is where a visit was reported from, seen from its place, in metres.
type offset struct {
	row         int32
	east, north float64
}

func (o offset) from(east, north float64) float64 { return math.Hypot(o.east-east, o.north-north) }

// offsets are those of an inspector that are at least FromM long, in order of
// time.
func (r *Rules) offsets(l *ledger, p people) []offset {
	var out []offset
	from := r.Pattern.Offset.FromM
	for row := p.lo; row < p.hi; row++ {
		v := l.visits[row]
		if !v.HasPosition || (math.Abs(v.Lon-v.AnchorLon)+math.Abs(v.Lat-v.AnchorLat))*degreeM < from {
			continue
		}
		o := offset{row: int32(row)}
		o.east, o.north = vector(v)
		if o.from(0, 0) >= from {
			out = append(out, o)
		}
	}
	return out
}

// vector is how far east and north of its place's anchor a visit was reported
// from, in metres.
func vector(v *Visit) (east, north float64) {
	corner := [2]float64{v.Lon, v.AnchorLat}
	return math.Copysign(geo.Distance(v.anchor(), corner), v.Lon-v.AnchorLon), math.Copysign(geo.Distance(corner, v.position()), v.Lat-v.AnchorLat)
}

// mixUp is a known shift that explains most of an inspector's offsets.
type mixUp struct {
	shift    Shift
	register bool // the shift's opposite: the places' own coordinates are shifted
	members  []offset
}

// mixUp looks for a known shift, or its opposite, near which at least the
// policy's number of offsets and half of all lie.
func (r *Rules) mixUp(offsets []offset) (mixUp, bool) {
	rule := r.Pattern.Offset
	var best mixUp
	for _, s := range rule.Shifts {
		for _, sign := range [...]float64{1, -1} {
			var members []offset
			for _, o := range offsets {
				if o.from(sign*s.EastM, sign*s.NorthM) <= rule.ShiftM {
					members = append(members, o)
				}
			}
			if len(members) > len(best.members) {
				best = mixUp{s, sign < 0, members}
			}
		}
	}
	return best, len(best.members) >= rule.Visits && 2*len(best.members) >= len(offsets)
}

// sameOffset are the offsets around the vector that comes most often; none
// where that is at few places: one place whose anchor is wrong is beside every
// visit to it by the same vector. It looks where they lie most densely, by
// squares, and then around the middle of what it found.
func (r *Rules) sameOffset(l *ledger, offsets []offset) []offset {
	rule := r.Pattern.Offset
	if len(offsets) < rule.Visits {
		return nil
	}
	type square struct{ x, y int32 }
	in := map[square]int{}
	at := func(o offset) square {
		return square{int32(math.Floor(o.east / rule.WithinM)), int32(math.Floor(o.north / rule.WithinM))}
	}
	for _, o := range offsets {
		in[at(o)]++
	}
	var best square
	most := 0
	for q := range in {
		// Four squares, so that a cluster on a border is seen whole.
		for _, c := range [...]square{q, {q.x - 1, q.y}, {q.x, q.y - 1}, {q.x - 1, q.y - 1}} {
			n := in[c] + in[square{c.x + 1, c.y}] + in[square{c.x, c.y + 1}] + in[square{c.x + 1, c.y + 1}]
			if n > most || (n == most && cmp.Or(cmp.Compare(c.x, best.x), cmp.Compare(c.y, best.y)) < 0) {
				best, most = c, n
			}
		}
	}
	var east, north float64
	for _, o := range offsets {
		if q := at(o); (q.x == best.x || q.x == best.x+1) && (q.y == best.y || q.y == best.y+1) {
			east, north = east+o.east/float64(most), north+o.north/float64(most)
		}
	}
	var out []offset
	places := map[uuid.UUID]bool{}
	for _, o := range offsets {
		if o.from(east, north) <= rule.WithinM {
			out = append(out, o)
			places[l.visits[o.row].Place] = true
		}
	}
	if len(places) < rule.Visits {
		return nil
	}
	return out
}

// middle is the mean of offsets.
func middle(offsets []offset) (east, north float64) {
	for _, o := range offsets {
		east, north = east+o.east, north+o.north
	}
	n := float64(max(1, len(offsets)))
	return east / n, north / n
}

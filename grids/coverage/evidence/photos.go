package evidence

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// reuse is a visit with a photo that an earlier one of another walk has.
type reuse struct{ later, earlier int32 }

// reuses are the visits with a photo that was seen before, each once with the
// earliest such visit, in order of rows.
func reuses(l *ledger) []reuse {
	type shot struct {
		head uint64 // the hash's first bytes, so that most comparisons end there
		hash *[32]byte
		row  int32
	}
	n := 0
	for _, v := range l.visits {
		n += len(v.Photos)
	}
	shots := make([]shot, 0, n)
	for row, v := range l.visits {
		for i := range v.Photos {
			if h := &v.Photos[i]; *h != ([32]byte{}) {
				shots = append(shots, shot{binary.BigEndian.Uint64(h[:]), h, int32(row)})
			}
		}
	}
	slices.SortFunc(shots, func(a, b shot) int {
		if c := cmp.Compare(a.head, b.head); c != 0 {
			return c
		}
		if c := bytes.Compare(a.hash[:], b.hash[:]); c != 0 {
			return c
		}
		return l.before(a.row, b.row)
	})
	var out []reuse
	for len(shots) > 0 {
		n := 1
		for n < len(shots) && shots[n].head == shots[0].head && *shots[n].hash == *shots[0].hash {
			n++
		}
		// The earliest visit is the one for all but those of its own walk; for
		// them it is the earliest of another.
		first, second := shots[0].row, int32(-1)
		for _, p := range shots[1:n] {
			switch {
			case p.row == first:
			case !sameWalk(l.visits[p.row], l.visits[first]):
				out = append(out, reuse{p.row, first})
				if second < 0 {
					second = p.row
				}
			case second >= 0:
				out = append(out, reuse{p.row, second})
			}
		}
		shots = shots[n:]
	}
	slices.SortFunc(out, func(a, b reuse) int { return cmp.Or(cmp.Compare(a.later, b.later), l.before(a.earlier, b.earlier)) })
	return slices.CompactFunc(out, func(a, b reuse) bool { return a.later == b.later })
}

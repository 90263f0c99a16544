package evidence

import (
	"cmp"
	"slices"

	"gridward/geo"
)

// copied are an inspector's visits whose coordinates are, to the last digit,
// those of a visit to a place elsewhere, each with that visit, in order of
// rows. A phone's own fixes differ from one minute to the next.
func (r *Rules) copied(l *ledger, p people) [][2]int32 {
	type fix struct {
		at  geo.Point
		row int32
	}
	var fixes []fix
	for row := p.lo; row < p.hi; row++ {
		if v := l.visits[row]; v.HasPosition {
			fixes = append(fixes, fix{geo.Snap(v.position()), int32(row)})
		}
	}
	slices.SortFunc(fixes, func(a, b fix) int {
		return cmp.Or(cmp.Compare(a.at.X, b.at.X), cmp.Compare(a.at.Y, b.at.Y), cmp.Compare(a.row, b.row))
	})
	apart := func(a, b fix) bool {
		v, w := l.visits[a.row], l.visits[b.row]
		return v.Place != w.Place && !sameWalk(v, w) && geo.Distance(v.anchor(), w.anchor()) >= r.Pattern.CopiedFromM
	}
	var out [][2]int32
	for len(fixes) > 0 {
		n := 1
		for n < len(fixes) && fixes[n].at == fixes[0].at {
			n++
		}
		same := fixes[:n]
		fixes = fixes[n:]
		// Two visits apart from each other stand for all of them: another is
		// apart from one of the two, or near both.
		second := slices.IndexFunc(same, func(f fix) bool { return apart(same[0], f) })
		if second < 0 {
			continue
		}
		for _, f := range same {
			switch {
			case apart(f, same[0]):
				out = append(out, [2]int32{f.row, same[0].row})
			case apart(f, same[second]):
				out = append(out, [2]int32{f.row, same[second].row})
			}
		}
	}
	slices.SortFunc(out, func(a, b [2]int32) int { return cmp.Compare(a[0], b[0]) })
	return out
}

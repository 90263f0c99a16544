package evidence

import "github.com/google/uuid"

// run is a stretch of an inspector's visits in which every one lies in a
// window with too many.
type run struct {
	first, last int32
	units       int // walks and single visits in the whole stretch
}

// runs are the bursts, in order of rows.
func (r *Rules) runs(l *ledger) []run {
	var out []run
	within := int64(r.Burst.WithinS) * 1000
	walks := map[uuid.UUID]int{}
	for _, p := range l.people {
		clear(walks)
		singles := 0 // in the window
		start := len(out)
		lo := p.lo
		for row := p.lo; row < p.hi; row++ {
			if w := l.visits[row].Walk; w == uuid.Nil {
				singles++
			} else {
				walks[w]++
			}
			for ; l.at[row]-l.at[lo] > within; lo++ {
				if w := l.visits[lo].Walk; w == uuid.Nil {
					singles--
				} else if walks[w]--; walks[w] == 0 {
					delete(walks, w)
				}
			}
			switch {
			case singles+len(walks) < r.Burst.Visits:
			case len(out) > start && int32(lo) <= out[len(out)-1].last:
				out[len(out)-1].last = int32(row)
			default:
				out = append(out, run{first: int32(lo), last: int32(row)})
			}
		}
		for i := start; i < len(out); i++ {
			clear(walks)
			for row := out[i].first; row <= out[i].last; row++ {
				if w := l.visits[row].Walk; w == uuid.Nil {
					out[i].units++
				} else {
					walks[w]++
				}
			}
			out[i].units += len(walks)
		}
	}
	return out
}

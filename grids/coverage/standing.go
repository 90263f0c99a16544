package coverage

import (
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Standing answers, for one moment, how many obligations a place owes in the
// periods that run with the given one, and how many of them are met. Restricted
// duties pass.
func (b *Book) Standing(period policy.Period, now time.Time) func(place uuid.UUID) (due, met int) {
	v := b.view(Query{Period: period}, now)
	return func(place uuid.UUID) (due, met int) {
		i, ok := v.at[place]
		if !ok {
			return 0, 0
		}
		for n, b := range v.boards {
			for k := b.first[i]; k < b.first[i+1]; k++ {
				j := b.items.at(int(k))
				if j.state == NotDue || j.state == Excused || !v.wants(n, j.leaf) {
					continue
				}
				if due++; j.state == Met {
					met++
				}
			}
		}
		return due, met
	}
}

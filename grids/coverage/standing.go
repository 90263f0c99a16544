package coverage

import (
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Standing answers, for one moment, how many obligations a place owes in the
// periods that run with the given one, and how many of them are met.
func (b *Book) Standing(period policy.Period, now time.Time) func(place uuid.UUID) (due, met int) {
	all := b.sight(period, now)
	return func(place uuid.UUID) (due, met int) {
		i, ok := all.at[place]
		if !ok {
			return 0, 0
		}
		for k, o := range all.facts[i].Owes {
			for _, p := range all.boards[o.Duty] {
				switch p.judged[all.from[i]+k].state {
				case NotDue, Excused:
				case Met:
					due, met = due+1, met+1
				default:
					due++
				}
			}
		}
		return due, met
	}
}

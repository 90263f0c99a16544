package coverage

import (
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Standing answers, for one moment, how many obligations a place owes in the
// periods that run with the given one, and how many of them are met.
func (b *Book) Standing(period policy.Period, now time.Time) func(place uuid.UUID) (due, met int) {
	s := b.sight(period, now)
	return func(place uuid.UUID) (due, met int) {
		i, ok := s.at[place]
		if !ok {
			return 0, 0
		}
		for k, o := range s.facts[i].Owes {
			for _, board := range s.boards[o.Duty] {
				switch board.judged[s.from[i]+k].state {
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

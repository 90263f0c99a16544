package coverage

import (
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Standing answers, for one moment, how many obligations a place owes in the
// periods that run with the given one, and how many of them are met.
func (b *Book) Standing(period policy.Period, now time.Time) func(place uuid.UUID) (due, met int) {
	_, all := b.board(period, now)
	b.mu.RLock()
	at, from := b.at, b.from
	b.mu.RUnlock()
	return func(place uuid.UUID) (due, met int) {
		i, ok := at[place]
		if !ok || from[i+1] > len(all) {
			return 0, 0
		}
		for _, j := range all[from[i]:from[i+1]] {
			switch j.state {
			case NotDue, Excused:
			case Met:
				due, met = due+1, met+1
			default:
				due++
			}
		}
		return due, met
	}
}

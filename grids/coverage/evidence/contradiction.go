package evidence

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Contradiction is something that came to light at a place: a hazard that
// somebody found, a complaint, a fire.
type Contradiction struct {
	Place     uuid.UUID
	At        time.Time
	Kind      string // as the text should name it
	Inspector string // who found it, empty where no inspector did
}

// contradicted are the visits that found nothing at a place where somebody else
// found something within the policy's days after, each with the first such
// finding, in order of rows. An inspector who comes back and finds it himself
// contradicts nobody.
func (r *Rules) contradicted(l *ledger, findings []Contradiction, hit func(row int32, after time.Duration, c *Contradiction)) {
	if len(findings) == 0 {
		return
	}
	at := map[uuid.UUID][]*Contradiction{}
	for i := range findings {
		c := &findings[i]
		at[c.Place] = append(at[c.Place], c)
	}
	for _, cs := range at {
		slices.SortFunc(cs, func(a, b *Contradiction) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Inspector, b.Inspector), cmp.Compare(a.Kind, b.Kind))
		})
	}
	within := time.Duration(r.Pattern.ContradictedDays) * 24 * time.Hour
	for row, v := range l.visits {
		if !v.Clean {
			continue
		}
		for _, c := range at[v.Place] {
			after := c.At.Sub(v.At)
			if after > within {
				break
			}
			if after > 0 && (c.Inspector == "" || c.Inspector != v.Inspector) {
				hit(int32(row), after, c)
				break
			}
		}
	}
}

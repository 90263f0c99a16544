package evidence

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Grade is how well a visit is backed. A greater value is a worse grade.
type Grade uint8

// The grades: nothing to say, a minor doubt, to be checked, below the bar.
// The zero value is no grade.
const (
	Ungraded Grade = iota
	A
	B
	C
	D
)

var gradeNames = [...]string{"", "A", "B", "C", "D"}

func (g Grade) String() string { return gradeNames[g] }

// MarshalText writes the letter; no grade is the empty text.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads a letter.
func (g *Grade) UnmarshalText(text []byte) error {
	i := slices.Index(gradeNames[:], string(text))
	if i <= 0 {
		return fmt.Errorf("grade %q is none of A, B, C, D", text)
	}
	*g = Grade(i)
	return nil
}

// Reason is one thing that a visit leaves open.
type Reason struct {
	Code   Code      `json:"code"`
	AtMost Grade     `json:"at_most"` // the best grade that a visit with this reason can have
	ZH     string    `json:"zh"`
	EN     string    `json:"en"`
	Other  uuid.UUID `json:"other,omitzero"` // the other visit, where the reason is about two
}

// Meets reports whether a visit of this grade meets a duty.
func (r *Rules) Meets(g Grade) bool { return g != Ungraded && g <= r.Counts }

// floor is the worst grade that related evidence can give: C, or what still
// counts if that is better. Without it, one more report could take another
// visit's duty away.
func (r *Rules) floor() Grade {
	if r.Counts == Ungraded {
		return C
	}
	return min(C, r.Counts)
}

// Grade is the grade of a visit from its own and its related reasons, and all
// of them, the worst first: the worst AtMost among them, where no related
// reason weighs more than the bound that keeps visits from lowering coverage.
func (r *Rules) Grade(own, related []Reason) (Grade, []Reason) {
	all := slices.Concat(own, related)
	for i := range all[len(own):] {
		s := &all[len(own)+i]
		s.AtMost = min(s.AtMost, r.floor())
	}
	slices.SortStableFunc(all, func(a, b Reason) int { return int(b.AtMost) - int(a.AtMost) })
	g := A
	if len(all) > 0 {
		g = max(g, all[0].AtMost)
	}
	return g, all
}

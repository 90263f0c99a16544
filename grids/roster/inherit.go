package roster

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Lineage says that a share of a grid's land came from a grid of the plan before.
type Lineage struct {
	Code, From string
	Share      float64 // of the land of Code
}

// Inherit makes the postings of the grids that begin on a day: each has, class
// by class, the holders of the grid that most of its land came from, those whose
// postings begin later included; of equal shares the smaller code's. Days on
// which the grid has a posting of its own already are left as they are, so a
// grid that keeps its code keeps its holders, and inheriting twice adds nothing.
// What was posted to the grids that end is left alone: see [Roster.Stale].
func Inherit(lineage []Lineage, postings []Posting, day time.Time) []Posting {
	most := map[string]Lineage{}
	for _, l := range lineage {
		m, known := most[l.Code]
		if l.Share > 0 && (!known || l.Share > m.Share || (l.Share == m.Share && l.From < m.From)) {
			most[l.Code] = l
		}
	}
	of := map[string][]Posting{}
	for _, p := range postings {
		if _, ok := p.meets(Span{From: day}); ok {
			of[p.Grid] = append(of[p.Grid], p)
		}
	}
	var out []Posting
	for code, l := range most {
		if l.From == code {
			continue
		}
		for _, p := range of[l.From] {
			var own []Span
			for _, o := range of[code] {
				if o.Class == p.Class {
					own = append(own, o.Span)
				}
			}
			part, _ := p.meets(Span{From: day})
			for _, s := range without(part, own) {
				fresh := p
				// The id is made of what it stands for: publishing again makes the same.
				fresh.ID = uuid.NewSHA1(p.ID, fmt.Appendf(nil, "%s/%s", code, s.From.Format(time.DateOnly)))
				fresh.Grid, fresh.Span, fresh.Version = code, s, 1
				out = append(out, fresh)
			}
		}
	}
	slices.SortFunc(out, func(a, b Posting) int {
		return cmp.Or(cmp.Compare(a.Grid, b.Grid), cmp.Compare(a.Class, b.Class), a.From.Compare(b.From))
	})
	return out
}

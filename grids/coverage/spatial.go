package coverage

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/geo"
)

// CellDue is an H3 cell in which something is due and nobody was.
type CellDue struct {
	Cell   geo.Cell
	Due    int // obligations
	Places int
}

// Unvisited lists the H3 cells of a resolution in which the query's obligations
// are due and none of their places was visited in the period, not even in vain;
// those with the most due first.
func (b *Book) Unvisited(q Query, res int, now time.Time) []CellDue {
	v := b.view(q, now)
	type sum struct {
		due, places int
		visited     bool
	}
	cells := map[geo.Cell]*sum{}
	last := -1
	v.each(0, func(i, _ int, _ *board, j *judgement) bool {
		if j.state == Excused {
			return true
		}
		c := v.places.at(i).Key.Parent(res)
		s := cells[c]
		if s == nil {
			s = &sum{}
			cells[c] = s
		}
		s.due++
		if i != last {
			s.places++
			last = i
		}
		s.visited = s.visited || j.state == Met || j.state == Disputed || j.triedOn != none
		return true
	})
	var out []CellDue
	for c, s := range cells {
		if !s.visited {
			out = append(out, CellDue{c, s.due, s.places})
		}
	}
	slices.SortFunc(out, func(a, b CellDue) int { return cmp.Or(cmp.Compare(b.Due, a.Due), cmp.Compare(a.Cell, b.Cell)) })
	return out
}

// Gridless lists the places of the query that owe something and have no grid, at
// most limit, and how many there are.
func (b *Book) Gridless(q Query, limit int, now time.Time) (places []uuid.UUID, total int) {
	v := b.view(q, now)
	last := -1
	v.each(0, func(i, _ int, b *board, j *judgement) bool {
		if b.leaves.at(int(j.leaf)).spot.Grid == "" && i != last {
			last = i
			if total++; len(places) < limit {
				places = append(places, v.places.at(i).ID)
			}
		}
		return true
	})
	return places, total
}

package balance

import (
	"container/heap"
	"math"
)

// apportion gives each zone at least one of a number of grids, and the rest by
// work so that the relative differences between the zones' work a grid are least
// (Huntington and Hill). No zone gets more grids than it has atoms with work;
// fewer than asked are given if no zone can take more.
func apportion(zones []*graph, grids int) []int {
	out := make([]int, len(zones))
	q := &claims{}
	total, land := 0.0, 0.0
	for _, g := range zones {
		for _, m := range g.minutes {
			total += m
		}
		land += g.land
	}
	for z, g := range zones {
		out[z] = 1
		work := 0.0
		for _, m := range g.minutes {
			work += m
		}
		if total == 0 {
			work = g.land
		}
		q.list = append(q.list, claim{z, work, 1, g.loaded()})
	}
	heap.Init(q)
	for given := len(zones); given < grids && len(q.list) > 0; {
		c := &q.list[0]
		if c.work == 0 || c.grids >= c.most {
			heap.Pop(q)
			continue
		}
		c.grids++
		out[c.zone]++
		given++
		heap.Fix(q, 0)
	}
	return out
}

// claim is a zone's claim to one more grid.
type claim struct {
	zone  int
	work  float64
	grids int
	most  int
}

func (c claim) weight() float64 { return c.work / math.Sqrt(float64(c.grids)*float64(c.grids+1)) }

type claims struct{ list []claim }

func (q *claims) Len() int { return len(q.list) }
func (q *claims) Less(i, j int) bool {
	a, b := q.list[i].weight(), q.list[j].weight()
	return a > b || (a == b && q.list[i].zone < q.list[j].zone)
}
func (q *claims) Swap(i, j int) { q.list[i], q.list[j] = q.list[j], q.list[i] }
func (q *claims) Push(x any)    { q.list = append(q.list, x.(claim)) }
func (q *claims) Pop() any {
	last := q.list[len(q.list)-1]
	q.list = q.list[:len(q.list)-1]
	return last
}

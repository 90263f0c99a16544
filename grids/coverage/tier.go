package coverage

import (
	"cmp"
	"slices"
	"sync"

	"gridward/grids/coverage/policy"
)

// A roll-up is a sum over a board's leaves, of which a big district has tens of
// thousands. A board keeps coarser sums besides, so that a question about towns
// looks at towns and one about classes does not look at categories.

// tier is a board's leaves, added up where they differ in nothing that its
// level tells apart.
type tier struct {
	*grouping
	rows pages[row]
}

// row is a sum over leaves.
type row struct {
	leafKey // with what the level does not tell apart left empty
	Rollup
}

// grouping says which leaves make which row. Boards that differ in sums only
// share it.
type grouping struct {
	level
	rowOf   []int32 // by leaf
	members []int32 // leaves by row
	spots   int     // that rows have
	from    []int32 // by row: where its leaves begin in members; one more at the end
}

// level is how fine sums are.
type level struct {
	place    place
	category bool
}

// place is how fine sums are in space.
type place uint8

const (
	byTown place = iota // and park
	byCommunity
	byGrid
)

// levels are those that a board keeps sums of, the coarsest first.
var levels = [...]level{{byTown, false}, {byTown, true}, {byCommunity, false}, {byGrid, false}, {byCommunity, true}}

// coarse is a spot as a place's level sees it.
func (p place) coarse(s *Spot) Spot {
	switch p {
	case byTown:
		return Spot{Town: s.Town, Park: s.Park}
	case byCommunity:
		return Spot{Town: s.Town, Park: s.Park, Community: s.Community}
	}
	return *s
}

// newTier groups the leaves of a board and sums them up.
func (b *board) newTier(of level) *tier {
	t := &tier{grouping: &grouping{level: of, rowOf: make([]int32, b.leaves.size)}}
	spots, coarse := map[*Spot]*Spot{}, map[Spot]*Spot{}
	ids := map[leafKey]int32{}
	var keys []leafKey
	for i := range b.leaves.size {
		l := b.leaves.at(i)
		spot := spots[l.spot]
		if spot == nil {
			s := of.place.coarse(l.spot)
			if spot = coarse[s]; spot == nil {
				spot = &s
				coarse[s] = spot
			}
			spots[l.spot] = spot
		}
		key := leafKey{spot: spot, duty: l.duty}
		if of.category {
			key.category = l.category
		}
		id, ok := ids[key]
		if !ok {
			id = int32(len(keys))
			ids[key], keys = id, append(keys, key)
		}
		t.rowOf[i] = id
	}
	rows := t.inOrder(keys)
	t.spots = len(coarse)
	for i, id := range t.rowOf {
		rows[id].Merge(b.leaves.at(i).Rollup)
	}
	t.from = make([]int32, len(rows)+1)
	for _, id := range t.rowOf {
		t.from[id+1]++
	}
	for k := range rows {
		t.from[k+1] += t.from[k]
	}
	t.members = make([]int32, len(t.rowOf))
	next := append([]int32(nil), t.from...)
	for i, id := range t.rowOf {
		t.members[next[id]] = int32(i)
		next[id]++
	}
	t.rows = paged(rows)
	return t
}

// inOrder makes the rows of keys, those of one spot behind one another.
func (t *tier) inOrder(keys []leafKey) []row {
	order := make([]int32, len(keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return keys[a].spot.compare(keys[b].spot) })
	rows, to := make([]row, len(keys)), make([]int32, len(keys))
	for at, was := range order {
		rows[at], to[was] = row{keys[was], NewRollup()}, int32(at)
	}
	for i, was := range t.rowOf {
		t.rowOf[i] = to[was]
	}
	return rows
}

func (s *Spot) compare(o *Spot) int {
	return cmp.Or(cmp.Compare(s.Grid, o.Grid), cmp.Compare(s.Community, o.Community), cmp.Compare(s.Town, o.Town), cmp.Compare(s.Park, o.Park))
}

// after is the tier of a board in which some leaves have other sums.
func (t *tier) after(b *board, leaves map[int32]bool) *tier {
	rows, done := t.rows.edit(), map[int32]bool{}
	for leaf := range leaves {
		id := t.rowOf[leaf]
		if done[id] {
			continue
		}
		done[id] = true
		sum := NewRollup()
		for _, i := range t.members[t.from[id]:t.from[id+1]] {
			sum.Merge(b.leaves.at(int(i)).Rollup)
		}
		rows.mutable(int(id)).Rollup = sum
	}
	return &tier{t.grouping, rows.pages}
}

// needs is the level that a query broken down looks at.
func (q *Query) needs(by By) level {
	out := level{category: q.Category != "" || by == ByCategory}
	switch {
	case q.Grid != "" || q.Among != nil || by == ByGrid:
		out.place = byGrid
	case q.Unit != "" || q.Holder != "" || q.Sees != nil || by == ByCommunity || by == ByHolder:
		out.place = byCommunity
	}
	return out
}

// question is what tells roll-ups apart: of one board, or of a period as seen
// from one place in time.
type question struct {
	unit, townLevel, holder, grid, duty, category string
	class                                         int
	restricted                                    bool
	by                                            By
	period                                        policy.Period
	sight                                         Sight
}

// question is the query as a key; false where functions say what it looks at.
func (q *Query) question(by By) (question, bool) {
	return question{unit: q.Unit, townLevel: q.TownLevel, holder: q.Holder, grid: q.Grid, duty: q.Duty, category: q.Category, class: q.Class, restricted: q.Restricted, by: by},
		q.State == NotDue && q.Among == nil && q.Sees == nil
}

// mostQuestions bounds what is kept of what was asked.
const mostQuestions = 1000

// kept are answers about what never changes: they are the same for ever.
type kept struct {
	mu sync.Mutex
	of map[question]map[string]Rollup
}

func (k *kept) get(q question) (map[string]Rollup, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.of[q]
	return r, ok
}

func (k *kept) put(q question, r map[string]Rollup) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || len(k.of) >= mostQuestions {
		k.of = map[question]map[string]Rollup{}
	}
	k.of[q] = r
}

// rollups are the sums of a board's leaves by a key, as far as a query looks at
// them; those that are of nothing are left out. They are shared: do not change
// them.
func (b *board) rollups(q *Query, by By) map[string]Rollup {
	asked, plain := q.question(by)
	if !plain {
		return b.sumBy(q, by)
	}
	if r, ok := b.kept.get(asked); ok {
		return r
	}
	r := b.sumBy(q, by)
	b.kept.put(asked, r)
	return r
}

// sumBy is rollups without what is kept.
func (b *board) sumBy(q *Query, by By) map[string]Rollup {
	most := b.expected(by)
	keys, sums := make([]string, 0, most), make([]Rollup, 0, most)
	var last *Spot // rows of one spot follow each other, and most keys are the spot's
	at := map[string]int{}
	counted := false
	b.eachSum(q, by, func(key *leafKey, r *Rollup) {
		d := &b.term.policy.Duties[key.duty]
		if r.Total() == 0 || !q.matches(key, d) {
			return
		}
		if by.ofSpot() && key.spot == last {
			if counted {
				sums[len(sums)-1].Merge(*r)
			}
			return
		}
		var name string
		if last = key.spot; by.ofSpot() {
			if name, counted = by.keyOf(b, key, d); counted {
				keys, sums = append(keys, name), append(sums, *r)
			}
			return
		}
		if name, counted = by.keyOf(b, key, d); !counted {
			return
		}
		group, known := at[name]
		if !known {
			group = len(sums)
			at[name], keys, sums = group, append(keys, name), append(sums, NewRollup())
		}
		sums[group].Merge(*r)
	})
	out := make(map[string]Rollup, len(sums))
	for i, key := range keys { // spots may differ in something else
		mergeAt(out, key, sums[i])
	}
	return out
}

// mergeAt counts a roll-up's obligations to a key.
func mergeAt(sums map[string]Rollup, key string, r Rollup) {
	if sum, there := sums[key]; there {
		sum.Merge(r)
		r = sum
	}
	sums[key] = r
}

// expected is about how many keys a breakdown has.
func (b *board) expected(by By) int {
	for _, t := range b.tiers {
		if by == ByCommunity && t.place == byCommunity || by == ByGrid && t.place == byGrid {
			return t.spots
		}
	}
	return 64
}

// ofSpot reports whether a breakdown's keys are those of spots alone.
func (by By) ofSpot() bool {
	return by == "" || by == ByTown || by == ByPark || by == ByCommunity || by == ByGrid
}

// eachSum calls fn for the coarsest sums that a query can be answered by.
func (b *board) eachSum(q *Query, by By, fn func(*leafKey, *Rollup)) {
	if q.State != NotDue {
		for i := range b.leaves.size {
			only := b.onlyState(q.State, i)
			fn(&b.leaves.at(i).leafKey, &only)
		}
		return
	}
	needs := q.needs(by)
	for _, t := range b.tiers {
		if t.place >= needs.place && (t.category || !needs.category) {
			var last *Spot // rows of one spot follow each other
			looks := false
			for _, page := range t.rows.of {
				for i := range page {
					r := &page[i]
					if r.spot != last {
						last, looks = r.spot, q.looksAt(r.spot)
					}
					if looks {
						fn(&r.leafKey, &r.Rollup)
					}
				}
			}
			return
		}
	}
	if q.Unit == "" && q.Grid == "" && q.Holder == "" && q.TownLevel == "" && q.Among == nil && q.Sees == nil {
		for _, page := range b.leaves.of {
			for i := range page {
				if l := &page[i]; q.Category == "" || l.category == q.Category {
					fn(&l.leafKey, &l.Rollup)
				}
			}
		}
		return
	}
	// Only the leaves of sums that the query looks at.
	where := *q
	where.Category = ""
	least := where.needs("").place
	for _, t := range b.tiers {
		if t.place < least || t.category {
			continue
		}
		for k := range t.rows.size {
			if r := t.rows.at(k); where.matches(&r.leafKey, &b.term.policy.Duties[r.duty]) {
				for _, i := range t.members[t.from[k]:t.from[k+1]] {
					l := b.leaves.at(int(i))
					fn(&l.leafKey, &l.Rollup)
				}
			}
		}
		return
	}
}

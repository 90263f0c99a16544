package coverage

import (
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Query says which obligations to look at; zero fields do not narrow. Of each
// duty it looks at the periods that [policy.Period.Periods] names.
type Query struct {
	Period    policy.Period
	Unit      string // town, park or community on whose land it is; empty: the whole district
	TownLevel string // town or park that answers for it
	Holder    string // unit that the duty falls to
	Grid      string
	Class     int
	Duty      string
	Category  string
	State     State
	// Restricted looks at duties too that not everybody may read of.
	Restricted bool
	Among      map[Post]bool                           // only these classes of these grids; nil: all
	Sees       func(town, park, community string) bool // the asker's scope; nil: everything

	Known time.Time // as known before it; zero: now
	Until time.Time // of what had happened by it; zero: by Known, or now
}

// Post is a class of a grid, to which people are posted. Campaigns go with the
// class of their body: see [policy.Duty.PostClass].
type Post struct {
	Grid  string
	Class int
}

// matches reports whether a leaf's obligations are looked at.
func (q *Query) matches(l *leafKey, d *policy.Duty) bool {
	s := l.spot
	return q.looksAt(s) && (q.Category == "" || l.category == q.Category) &&
		(q.Class == 0 || d.Class == q.Class) && (q.Duty == "" || d.Duty == q.Duty) && (q.Restricted || !d.Restricted) &&
		(q.Among == nil || q.Among[Post{s.Grid, d.PostClass()}]) &&
		(q.TownLevel == "" || s.townLevel(d.Body) == q.TownLevel) && (q.Holder == "" || s.holder(d.Body) == q.Holder)
}

// looksAt reports whether a spot is looked at, whatever is owed there.
func (q *Query) looksAt(s *Spot) bool {
	return (q.Unit == "" || s.Town == q.Unit || s.Park == q.Unit || s.Community == q.Unit) &&
		(q.Grid == "" || s.Grid == q.Grid) && (q.Sees == nil || q.Sees(s.Town, s.Park, s.Community))
}

// view is what a question looks at.
type view struct {
	*state
	boards []*board
	from   Sight
	query  Query
	wanted []map[int32]bool // by board: whether a leaf is looked at, once it was asked
}

func (b *Book) view(q Query, now time.Time) *view {
	s := b.now.Load()
	from := s.sight(q.Known, q.Until, now)
	s, boards := b.boards(s.rules.Asked(q.Period, q.Known), from)
	v := &view{state: s, boards: boards, from: from, query: q, wanted: make([]map[int32]bool, len(boards))}
	for i := range v.wanted {
		v.wanted[i] = map[int32]bool{}
	}
	return v
}

// wants reports whether a leaf of a board is looked at.
func (v *view) wants(board int, id int32) bool {
	want, known := v.wanted[board][id]
	if !known {
		b := v.boards[board]
		l := b.leaves.at(int(id))
		want = v.query.matches(&l.leafKey, &b.term.policy.Duties[l.duty])
		v.wanted[board][id] = want
	}
	return want
}

// eachLeaf calls fn for every leaf of the question with its sums.
func (v *view) eachLeaf(fn func(b *board, l *leaf, d *policy.Duty, r *Rollup)) {
	for _, b := range v.boards {
		for i := range b.leaves.size {
			l := b.leaves.at(i)
			d := &b.term.policy.Duties[l.duty]
			if !v.query.matches(&l.leafKey, d) {
				continue
			}
			r := &l.Rollup
			if v.query.State != NotDue {
				only := b.onlyState(v.query.State, i)
				r = &only
			}
			fn(b, l, d, r)
		}
	}
}

// onlyState is a leaf's sum over the obligations of a state.
func (b *board) onlyState(state State, id int) Rollup {
	r := NewRollup()
	for _, i := range b.memberOf[b.members[id]:b.members[id+1]] {
		if j := b.items.at(int(i)); j.state == state {
			r.add(j)
		}
	}
	return r
}

// Coverage counts the query's obligations: place × duty × period.
func (b *Book) Coverage(q Query, now time.Time) Rollup {
	out := NewRollup()
	for _, r := range b.Breakdown(q, "", now) {
		out.Merge(r)
	}
	return out
}

// By is a way to break coverage down.
type By string

// The breakdowns.
const (
	ByTown      By = "town"
	ByPark      By = "park"
	ByTownLevel By = "town_level" // the town or park that answers
	ByCommunity By = "community"
	ByGrid      By = "grid"
	ByHolder    By = "holder" // the unit that the duty falls to
	ByClass     By = "class"
	ByDuty      By = "duty"
	ByCategory  By = "category"
	ByPeriod    By = "period"
)

// Breakdowns lists them.
var Breakdowns = []By{ByTown, ByPark, ByTownLevel, ByCommunity, ByGrid, ByHolder, ByClass, ByDuty, ByCategory, ByPeriod}

func (by By) key(b *board, l *leafKey, d *policy.Duty) string {
	switch by {
	case ByTown:
		return l.spot.Town
	case ByPark:
		return l.spot.Park
	case ByTownLevel:
		return l.spot.townLevel(d.Body)
	case ByCommunity:
		return l.spot.Community
	case ByGrid:
		return l.spot.Grid
	case ByHolder:
		return l.spot.holder(d.Body)
	case ByClass:
		return classNames[d.Class]
	case ByDuty:
		return d.Duty
	case ByCategory:
		return l.category
	}
	return b.key.period.String()
}

var classNames = [...]string{"0", "1", "2", "3"}

// keyOf is the key of a sum; false where the breakdown does not count it.
func (by By) keyOf(b *board, l *leafKey, d *policy.Duty) (string, bool) {
	if by == "" {
		return "", true
	}
	key := by.key(b, l, d)
	return key, key != "" || by != ByPark
}

// Breakdown counts the query's obligations by a key: a unit's or grid's code,
// a class (0: campaigns), a category. The parts add up to [Book.Coverage], but
// for parks, in which not every place lies. The answer may be shared: do not
// change it.
func (b *Book) Breakdown(q Query, by By, now time.Time) map[string]Rollup {
	return b.view(q, now).breakdown(by)
}

// BreakdownBy is several breakdowns of the same moment, whatever is learned meanwhile.
func (b *Book) BreakdownBy(q Query, now time.Time, by ...By) map[By]map[string]Rollup {
	v := b.view(q, now)
	out := make(map[By]map[string]Rollup, len(by))
	for _, k := range by {
		out[k] = v.breakdown(k)
	}
	return out
}

func (v *view) breakdown(by By) map[string]Rollup {
	q := &v.query
	switch len(v.boards) {
	case 0: // no version of the rules judges the period
		return map[string]Rollup{}
	case 1:
		return v.boards[0].rollups(q, by)
	}
	asked, plain := q.question(by)
	asked.period, asked.sight = q.Period, v.from
	if r, ok := v.kept.get(asked); ok && plain {
		return r
	}
	parts := make([]map[string]Rollup, len(v.boards))
	for i, b := range v.boards {
		parts[i] = b.rollups(q, by)
	}
	slices.SortFunc(parts, func(a, b map[string]Rollup) int { return len(b) - len(a) })
	out := maps.Clone(parts[0]) // the longest
	for _, part := range parts[1:] {
		for key, r := range part {
			mergeAt(out, key, r)
		}
	}
	if plain {
		v.kept.put(asked, out)
	}
	return out
}

// Item is one obligation of a list.
type Item struct {
	Fact    Fact
	Duty    *policy.Duty
	Period  policy.Period
	Policy  *policy.Policy // the version that judged it
	Owed    policy.Obligated
	Verdict Verdict
}

// Mark is one obligation's place in a list: lists go by place, then by period,
// then by what the place owes.
type Mark struct {
	Place  uuid.UUID
	Duty   string
	Period policy.Period
}

// Mark is where the item stands in its list.
func (it *Item) Mark() Mark { return Mark{it.Fact.ID, it.Duty.Duty, it.Period} }

// each calls fn for every obligation of the question, from a place on, in the
// order of [Mark]s.
func (v *view) each(first int, fn func(i, board int, b *board, j *judgement) bool) {
	for i := first; i < v.places.size; i++ {
		for n, b := range v.boards {
			for k := b.first[i]; k < b.first[i+1]; k++ {
				j := b.items.at(int(k))
				if j.state == NotDue || (v.query.State != NotDue && j.state != v.query.State) || !v.wants(n, j.leaf) {
					continue
				}
				if !fn(i, n, b, j) {
					return
				}
			}
		}
	}
}

// Unmet lists the query's obligations that are neither met nor excused, in key
// order, after a mark (zero: from the first), at most limit. Asked for a state,
// it lists those of that state, met ones too.
func (b *Book) Unmet(q Query, after Mark, limit int, now time.Time) []Item {
	v := b.view(q, now)
	first, behind, duty := 0, -1, -1 // behind: the board of the mark; duty: the marked one in it
	if after.Place != uuid.Nil {
		var ok bool
		if first, ok = v.at[after.Place]; !ok {
			return nil
		}
		behind = slices.IndexFunc(v.boards, func(b *board) bool { return b.key.period == after.Period })
		if behind >= 0 {
			duty, _ = v.boards[behind].term.policy.DutyIndex(after.Duty)
		}
	}
	var out []Item
	v.each(first, func(i, n int, b *board, j *judgement) bool {
		if i == first && (n < behind || n == behind && int(j.duty) <= duty) {
			return true
		}
		if q.State == NotDue && (j.state == Met || j.state == Excused) {
			return true
		}
		out = append(out, v.item(i, b, int(j.duty)))
		return len(out) < limit
	})
	return out
}

// item judges one obligation with its words.
func (v *view) item(i int, b *board, duty int) Item {
	p := v.places.at(i)
	history := v.historyOf(i, b.key.sight.Known)
	it := Item{Fact: v.fact(p), Duty: &b.term.policy.Duties[duty], Period: b.key.period, Policy: b.term.policy, Verdict: b.term.judge(duty, &history, v.from)}
	it.Owed = owedIn(&history, b, duty)
	return it
}

// owedIn is the rule by which a place owes a duty in a period.
func owedIn(h *History, b *board, duty int) policy.Obligated {
	j := judging{term: &b.term, history: h, sight: b.key.sight, duty: duty, segments: h.segments(b.key.sight.Known, nil), cared: h.caredFor(b.key.sight.Known, nil)}
	j.findSpells()
	if s := j.last(); s != nil {
		return s.owed
	}
	return policy.Obligated{Duty: duty}
}

// Place explains every obligation of one place in a question's period, also
// where nothing is owed yet or any more; false if the book does not know it.
func (b *Book) Place(id uuid.UUID, q Query, now time.Time) ([]Item, bool) {
	v := b.view(q, now)
	i, ok := v.at[id]
	if !ok {
		return nil, false
	}
	var out []Item
	for _, b := range v.boards {
		history := v.historyOf(i, b.key.sight.Known)
		seen := map[int]bool{}
		for r := range history.Records {
			for _, o := range history.Records[r].mayOwe(b.term.version, &history, b.key.sight.Known) {
				d := &b.term.policy.Duties[o.Duty]
				if history.Records[r].Recorded < b.key.sight.Known && !seen[o.Duty] && d.Falls(b.key.period) && (q.Restricted || !d.Restricted) {
					seen[o.Duty] = true
					out = append(out, v.item(i, b, o.Duty))
				}
			}
		}
	}
	return out, true
}

// attention orders states by how much they ask for it.
var attention = [stateCount]int{Excused: 1, Met: 2, Open: 3, Disputed: 4, Attempted: 5, Overdue: 6}

// PlaceStates answers, for one moment, which of a place's obligations of the
// query asks most for attention; false for a place that owes none of them.
// The answer is for one goroutine.
func (b *Book) PlaceStates(q Query, now time.Time) func(id uuid.UUID) (s State, class int, category string, ok bool) {
	v := b.view(q, now)
	return func(id uuid.UUID) (s State, class int, category string, ok bool) {
		i, known := v.at[id]
		if !known {
			return NotDue, 0, "", false
		}
		for n, b := range v.boards {
			for k := b.first[i]; k < b.first[i+1]; k++ {
				if j := b.items.at(int(k)); attention[j.state] > attention[s] && v.wants(n, j.leaf) {
					s, class, category = j.state, b.term.policy.Duties[j.duty].Class, b.leaves.at(int(j.leaf)).category
				}
			}
		}
		return s, class, category, s != NotDue
	}
}

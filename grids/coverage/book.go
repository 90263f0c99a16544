package coverage

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"gridward/geo"
	"gridward/grids/coverage/policy"
)

// Fact is a place as coverage needs it.
type Fact struct {
	ID                    uuid.UUID
	Layer, Category       string
	Name, Address         string
	Anchor                geo.Point
	Town, Park, Community string
	Grid                  string // empty: none
	ValidFrom, ValidTo    time.Time
	Owes                  []policy.Obligated
}

// Book holds a district's obligations in memory: the places, what they owe and
// the visits. Judgements of a period are made once and kept until something
// changes. It is safe for concurrent use.
type Book struct {
	mu         sync.RWMutex
	policy     *policy.Policy
	facts      []Fact // in key order
	at         map[uuid.UUID]int
	from       []int // where each place's judgements begin
	visits     map[uuid.UUID][]Visit
	exemptions map[uuid.UUID][]Exemption
	judged     map[judgedKey][]judgement // of a period, for the duties with such periods
}

type judgedKey struct {
	period policy.Period
	minute int64 // states change at midnight, gaps when a day is full; ended: never again
}

// ended is the minute of a period that is over: time changes nothing in it.
const ended = -1

func (b *Book) key(period policy.Period, now time.Time) judgedKey {
	if _, closes := period.Bounds(b.policy.Zone()); !now.Before(closes) {
		return judgedKey{period, ended}
	}
	return judgedKey{period, now.Unix() / 60}
}

// now is the time at which the judgements under a key are made.
func (b *Book) now(key judgedKey) time.Time {
	if key.minute == ended {
		_, closes := key.period.Bounds(b.policy.Zone())
		return closes
	}
	return time.Unix(key.minute*60, 0)
}

// judgement is one obligation's state, in the order of facts and their duties.
type judgement struct {
	state State
	gap   int16
}

// NewBook makes a book. Facts are kept in the order given.
func NewBook(p *policy.Policy, facts []Fact, visits map[uuid.UUID][]Visit, exemptions map[uuid.UUID][]Exemption) *Book {
	b := &Book{policy: p, visits: visits, exemptions: exemptions, judged: map[judgedKey][]judgement{}}
	b.setFacts(facts)
	return b
}

func (b *Book) setFacts(facts []Fact) {
	b.facts = facts
	b.at = make(map[uuid.UUID]int, len(facts))
	b.from = make([]int, len(facts)+1)
	for i := range facts {
		b.at[facts[i].ID] = i
		b.from[i+1] = b.from[i] + len(facts[i].Owes)
	}
	clear(b.judged)
}

// Policy is the policy that the book judges by.
func (b *Book) Policy() *policy.Policy { return b.policy }

// PutVisits adds visits; one that is known already changes nothing.
func (b *Book) PutVisits(place uuid.UUID, visits ...Visit) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range visits {
		if !slices.ContainsFunc(b.visits[place], func(o Visit) bool { return o.ID == v.ID }) {
			b.visits[place] = append(slices.Clip(b.visits[place]), v)
		}
	}
	b.rejudge(place)
}

// PutFacts replaces what is known of places, and adds new ones at the end.
func (b *Book) PutFacts(facts ...Fact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.facts)
	at := maps.Clone(b.at) // readers hold the old one
	for _, f := range facts {
		if i, ok := at[f.ID]; ok {
			all[i] = f
		} else {
			at[f.ID] = len(all)
			all = append(all, f)
		}
	}
	b.setFacts(all)
}

// SetFacts replaces all places.
func (b *Book) SetFacts(facts []Fact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setFacts(facts)
}

// SetExemptions replaces all exemptions.
func (b *Book) SetExemptions(exemptions map[uuid.UUID][]Exemption) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.exemptions = exemptions
	clear(b.judged)
}

// rejudge judges one place again in every period that is kept.
func (b *Book) rejudge(place uuid.UUID) {
	i, ok := b.at[place]
	if !ok {
		return
	}
	c := b.caseOf(&b.facts[i])
	for key, all := range b.judged {
		mine := all[b.from[i]:b.from[i+1]]
		fresh := make([]judgement, len(mine))
		b.judgePlace(c, &b.facts[i], b.termOf(key), fresh)
		if slices.Equal(fresh, mine) {
			continue
		}
		// Readers hold the old slice: copy, then put in the new judgements.
		all = slices.Clone(all)
		copy(all[b.from[i]:], fresh)
		b.judged[key] = all
	}
}

// term is a period at a time, with its bounds.
type term struct {
	period policy.Period
	now    time.Time
	span   span
}

func (b *Book) termOf(key judgedKey) term {
	return term{key.period, b.now(key), spanOf(b.policy, key.period)}
}

// caseOf is what decides about a place, whatever the duty and the period.
func (b *Book) caseOf(f *Fact) Case {
	return Case{Policy: b.policy, ValidFrom: f.ValidFrom, ValidTo: f.ValidTo, Visits: b.visits[f.ID], Exemptions: b.exemptions[f.ID]}
}

// judgePlace judges what a place owes in a period, by its duties that have
// periods of this kind; the others stay without an obligation.
func (b *Book) judgePlace(c Case, f *Fact, t term, out []judgement) {
	c.Period, c.Now, c.span = t.period, t.now, t.span
	for k, o := range f.Owes {
		if b.policy.Duties[o.Duty].Period != t.period.Kind {
			continue
		}
		c.Duty = o.Duty
		v, _ := decide(&c)
		out[k] = judgement{v.State, int16(min(v.GapDays, 1<<15-1))}
	}
}

// keptPeriods bounds how many periods' judgements are kept: two years of months
// and half-years.
const keptPeriods = 28

// board is the judgements of one period.
type board struct {
	period policy.Period
	judged []judgement
}

// sight is what a question about a period looks at. What is in it belongs
// together and does not change.
type sight struct {
	facts  []Fact
	at     map[uuid.UUID]int
	from   []int
	boards [][]board // by duty: its periods that the question looks at, in order
}

func (b *Book) sight(period policy.Period, now time.Time) sight {
	b.mu.RLock()
	s, ok := b.look(period, now)
	b.mu.RUnlock()
	if ok {
		return s
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := map[judgedKey]bool{}
	for _, d := range b.policy.Duties {
		for _, p := range period.Periods(d.Period) {
			asked[b.key(p, now)] = true
		}
	}
	for old := range b.judged {
		if !asked[old] && (len(b.judged) >= keptPeriods || old.minute != ended && old.minute != b.key(old.period, now).minute) {
			delete(b.judged, old)
		}
	}
	b.judge(slices.Collect(maps.Keys(asked)))
	s, _ = b.look(period, now)
	return s
}

// judge makes the judgements of the keys that are lacking, all in one walk over
// the places, on every core.
func (b *Book) judge(keys []judgedKey) {
	keys = slices.DeleteFunc(keys, func(k judgedKey) bool { return b.judged[k] != nil })
	fresh, terms := make([][]judgement, len(keys)), make([]term, len(keys))
	for n, key := range keys {
		terms[n] = b.termOf(key)
		fresh[n] = make([]judgement, b.from[len(b.facts)])
	}
	var work sync.WaitGroup
	share := len(b.facts)/runtime.GOMAXPROCS(0) + 1
	for first := 0; first < len(b.facts); first += share {
		work.Go(func() {
			for i := first; i < min(first+share, len(b.facts)); i++ {
				c := b.caseOf(&b.facts[i])
				for n := range terms {
					b.judgePlace(c, &b.facts[i], terms[n], fresh[n][b.from[i]:b.from[i+1]])
				}
			}
		})
	}
	work.Wait()
	for n, key := range keys {
		b.judged[key] = fresh[n]
	}
}

// look collects what is judged already; false if something is missing.
func (b *Book) look(period policy.Period, now time.Time) (sight, bool) {
	s := sight{b.facts, b.at, b.from, make([][]board, len(b.policy.Duties))}
	for i, d := range b.policy.Duties {
		for _, p := range period.Periods(d.Period) {
			judged, ok := b.judged[b.key(p, now)]
			if !ok {
				return s, false
			}
			s.boards[i] = append(s.boards[i], board{p, judged})
		}
	}
	return s, true
}

// Query says which obligations to look at; zero fields do not narrow. Of each
// duty it looks at every period that Period holds, or at the one that holds it.
type Query struct {
	Period    policy.Period
	Unit      string // town, park or community on whose land it is; empty: the whole district
	TownLevel string // town or park that answers for it, see [TownLevel]
	Grid      string
	Class     int
	Category  string
	State     State
	Sees      func(town, park, community string) bool // the asker's scope; nil: everything
}

func (q *Query) place(f *Fact) bool {
	return (q.Unit == "" || f.Town == q.Unit || f.Park == q.Unit || f.Community == q.Unit) &&
		(q.Grid == "" || f.Grid == q.Grid) && (q.Category == "" || f.Category == q.Category) &&
		(q.Sees == nil || q.Sees(f.Town, f.Park, f.Community))
}

func (q *Query) duty(d *policy.Duty, f *Fact) bool {
	return (q.Class == 0 || d.Class == q.Class) && (q.TownLevel == "" || TownLevel(d.Body, f) == q.TownLevel)
}

// each calls fn for every obligation of the query that is due, in the order of
// [Mark]s, from a place on.
func (s *sight) each(p *policy.Policy, q Query, first int, fn func(i, k int, period policy.Period, j judgement) bool) {
	for i := first; i < len(s.facts); i++ {
		f := &s.facts[i]
		if !q.place(f) {
			continue
		}
		for k, o := range f.Owes {
			if !q.duty(&p.Duties[o.Duty], f) {
				continue
			}
			for _, b := range s.boards[o.Duty] {
				j := b.judged[s.from[i]+k]
				if j.state == NotDue || (q.State != NotDue && j.state != q.State) {
					continue
				}
				if !fn(i, k, b.period, j) {
					return
				}
			}
		}
	}
}

// Coverage counts the query's obligations: place × duty × period.
func (b *Book) Coverage(q Query, now time.Time) Rollup {
	r, s := NewRollup(), b.sight(q.Period, now)
	s.each(b.policy, q, 0, func(_, _ int, _ policy.Period, j judgement) bool { r.Add(j.state, int(j.gap)); return true })
	return r
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
	ByClass     By = "class"
	ByCategory  By = "category"
)

// Breakdown counts the query's obligations by a key: a unit's or grid's code,
// a class, a category. The parts add up to [Book.Coverage], but for parks, in
// which not every place lies.
func (b *Book) Breakdown(q Query, by By, now time.Time) map[string]Rollup {
	parts, s := map[string]*Rollup{}, b.sight(q.Period, now)
	s.each(b.policy, q, 0, func(i, k int, _ policy.Period, j judgement) bool {
		f := &s.facts[i]
		var key string
		switch by {
		case ByTown:
			key = f.Town
		case ByPark:
			key = f.Park
		case ByTownLevel:
			key = TownLevel(b.policy.Duties[f.Owes[k].Duty].Body, f)
		case ByCommunity:
			key = f.Community
		case ByGrid:
			key = f.Grid
		case ByClass:
			key = string(rune('0' + b.policy.Duties[f.Owes[k].Duty].Class))
		case ByCategory:
			key = f.Category
		}
		if key == "" && by == ByPark {
			return true
		}
		r := parts[key]
		if r == nil {
			fresh := NewRollup()
			r = &fresh
			parts[key] = r
		}
		r.Add(j.state, int(j.gap))
		return true
	})
	out := make(map[string]Rollup, len(parts))
	for k, r := range parts {
		out[k] = *r
	}
	return out
}

// Item is one obligation of a list.
type Item struct {
	Fact    Fact
	Owed    policy.Obligated
	Period  policy.Period
	Verdict Verdict
}

// Mark is one obligation's place in a list: lists go by place, then by what the
// place owes, then by period.
type Mark struct {
	Place  uuid.UUID
	Duty   int // index in Policy.Duties
	Period policy.Period
}

// Mark is where the item stands in its list.
func (it *Item) Mark() Mark { return Mark{it.Fact.ID, it.Owed.Duty, it.Period} }

// Unmet lists the query's obligations that are neither met nor excused, in key
// order, after a mark (zero: from the first), at most limit.
func (b *Book) Unmet(q Query, after Mark, limit int, now time.Time) []Item {
	var out []Item
	s := b.sight(q.Period, now)
	first, behind := 0, -1 // behind: what the marked place owes under the mark
	if after.Place != uuid.Nil {
		var ok bool
		if first, ok = s.at[after.Place]; !ok {
			return nil
		}
		behind = slices.IndexFunc(s.facts[first].Owes, func(o policy.Obligated) bool { return o.Duty == after.Duty })
	}
	s.each(b.policy, q, first, func(i, k int, period policy.Period, j judgement) bool {
		if i == first && (k < behind || k == behind && !period.FirstDay().After(after.Period.FirstDay())) {
			return true
		}
		if j.state == Met || j.state == Excused {
			return true
		}
		out = append(out, b.item(&s.facts[i], s.facts[i].Owes[k], period, now))
		return len(out) < limit
	})
	return out
}

func (b *Book) item(f *Fact, o policy.Obligated, period policy.Period, now time.Time) Item {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.caseOf(f)
	c.Duty, c.Period, c.Now = o.Duty, period, now
	return Item{*f, o, period, Judge(c)}
}

// Place explains every obligation of one place in a period; false if the book
// does not know it.
func (b *Book) Place(id uuid.UUID, period policy.Period, now time.Time) ([]Item, bool) {
	f, ok := b.Fact(id)
	if !ok {
		return nil, false
	}
	var out []Item
	for _, o := range f.Owes {
		for _, p := range period.Periods(b.policy.Duties[o.Duty].Period) {
			out = append(out, b.item(&f, o, p, now))
		}
	}
	return out, true
}

// Fact is what the book knows of a place.
func (b *Book) Fact(id uuid.UUID) (Fact, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	i, ok := b.at[id]
	if !ok {
		return Fact{}, false
	}
	return b.facts[i], true
}

// Facts is every place. The slice is shared: do not change it.
func (b *Book) Facts() []Fact {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.facts
}

// attention orders states by how much they ask for it.
var attention = [stateCount]int{Excused: 1, Met: 2, Open: 3, Disputed: 4, Attempted: 5, Overdue: 6}

// PlaceStates answers, for one moment, which of a place's obligations of the
// query asks most for attention; false for a place that owes none of them.
func (b *Book) PlaceStates(q Query, now time.Time) func(id uuid.UUID) (s State, class int, category string, ok bool) {
	all := b.sight(q.Period, now)
	return func(id uuid.UUID) (s State, class int, category string, ok bool) {
		i, known := all.at[id]
		if !known || !q.place(&all.facts[i]) {
			return NotDue, 0, "", false
		}
		f := &all.facts[i]
		for k, o := range f.Owes {
			d := &b.policy.Duties[o.Duty]
			if !q.duty(d, f) {
				continue
			}
			for _, p := range all.boards[o.Duty] {
				if j := p.judged[all.from[i]+k].state; attention[j] > attention[s] {
					s, class = j, d.Class
				}
			}
		}
		return s, class, f.Category, s != NotDue
	}
}

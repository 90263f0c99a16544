package coverage

import (
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
// the visits. Counts for a period are made once and kept until something
// changes. It is safe for concurrent use.
type Book struct {
	mu         sync.RWMutex
	policy     *policy.Policy
	facts      []Fact // in key order
	at         map[uuid.UUID]int
	from       []int // where each place's judgements begin
	visits     map[uuid.UUID][]Visit
	exemptions map[uuid.UUID][]Exemption
	judged     map[judgedKey][]judgement
}

type judgedKey struct {
	period policy.Period
	now    int64 // to the minute: states change with the clock at midnight only
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
	for _, f := range facts {
		if i, ok := b.at[f.ID]; ok {
			all[i] = f
		} else {
			all = append(all, f)
			b.at[f.ID] = len(all) - 1
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
	for key, all := range b.judged {
		// Readers hold the old slice: copy, then put in the new judgements.
		fresh := slices.Clone(all)
		b.judgePlace(&b.facts[i], key.period, time.Unix(key.now*60, 0), fresh[b.from[i]:])
		b.judged[key] = fresh
	}
}

func (b *Book) judgePlace(f *Fact, period policy.Period, now time.Time, out []judgement) {
	c := Case{Policy: b.policy, ValidFrom: f.ValidFrom, ValidTo: f.ValidTo, Visits: b.visits[f.ID], Exemptions: b.exemptions[f.ID], Now: now}
	for k, o := range f.Owes {
		c.Duty, c.Period = o.Duty, period.Covering(b.policy.Duties[o.Duty].Period)
		v, _ := decide(&c)
		out[k] = judgement{v.State, int16(min(v.GapDays, 1<<15-1))}
	}
}

// keptPeriods bounds how many periods' judgements are kept.
const keptPeriods = 8

// board is the judgements of a period; facts and judgements belong together.
func (b *Book) board(period policy.Period, now time.Time) ([]Fact, []judgement) {
	key := judgedKey{period, now.Unix() / 60}
	b.mu.RLock()
	facts, all, ok := b.facts, b.judged[key], b.judged[key] != nil
	b.mu.RUnlock()
	if ok {
		return facts, all
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if all, ok := b.judged[key]; ok {
		return b.facts, all
	}
	all = make([]judgement, b.from[len(b.facts)])
	for i := range b.facts {
		b.judgePlace(&b.facts[i], period, time.Unix(key.now*60, 0), all[b.from[i]:])
	}
	for old := range b.judged {
		if old.now != key.now || len(b.judged) >= keptPeriods {
			delete(b.judged, old)
		}
	}
	b.judged[key] = all
	return b.facts, all
}

// Query says which obligations to look at; zero fields do not narrow.
type Query struct {
	Period   policy.Period
	Unit     string // town, park or community; empty: the whole district
	Grid     string
	Class    int
	Category string
	State    State
	Sees     func(town, park, community string) bool // the asker's scope; nil: everything
}

func (q *Query) place(f *Fact) bool {
	return (q.Unit == "" || f.Town == q.Unit || f.Park == q.Unit || f.Community == q.Unit) &&
		(q.Grid == "" || f.Grid == q.Grid) && (q.Category == "" || f.Category == q.Category) &&
		(q.Sees == nil || q.Sees(f.Town, f.Park, f.Community))
}

// each calls fn for every obligation of the query that is due, in order.
func (b *Book) each(q Query, now time.Time, fn func(f *Fact, owed policy.Obligated, j judgement) bool) {
	facts, all := b.board(q.Period, now)
	at := 0
	for i := range facts {
		f := &facts[i]
		js := all[at : at+len(f.Owes)]
		at += len(f.Owes)
		if !q.place(f) {
			continue
		}
		for k, o := range f.Owes {
			if js[k].state == NotDue || (q.Class != 0 && b.policy.Duties[o.Duty].Class != q.Class) || (q.State != NotDue && js[k].state != q.State) {
				continue
			}
			if !fn(f, o, js[k]) {
				return
			}
		}
	}
}

// Coverage counts the query's obligations.
func (b *Book) Coverage(q Query, now time.Time) Rollup {
	r := NewRollup()
	b.each(q, now, func(_ *Fact, _ policy.Obligated, j judgement) bool { r.Add(j.state, int(j.gap)); return true })
	return r
}

// By is a way to break coverage down.
type By string

// The breakdowns.
const (
	ByTown      By = "town"
	ByPark      By = "park"
	ByCommunity By = "community"
	ByGrid      By = "grid"
	ByClass     By = "class"
	ByCategory  By = "category"
)

// Breakdown counts the query's obligations by a key: a unit's or grid's code,
// a class, a category. The parts add up to [Book.Coverage], but for parks, in
// which not every place lies.
func (b *Book) Breakdown(q Query, by By, now time.Time) map[string]Rollup {
	parts := map[string]*Rollup{}
	b.each(q, now, func(f *Fact, o policy.Obligated, j judgement) bool {
		var key string
		switch by {
		case ByTown:
			key = f.Town
		case ByPark:
			key = f.Park
		case ByCommunity:
			key = f.Community
		case ByGrid:
			key = f.Grid
		case ByClass:
			key = string(rune('0' + b.policy.Duties[o.Duty].Class))
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

// Unmet lists the query's obligations that are neither met nor excused, in key
// order, after a place and duty (zero: from the first), at most limit.
func (b *Book) Unmet(q Query, after uuid.UUID, afterDuty int, limit int, now time.Time) []Item {
	var out []Item
	skipping := after != uuid.Nil
	b.each(q, now, func(f *Fact, o policy.Obligated, j judgement) bool {
		if skipping {
			skipping = !(f.ID == after && o.Duty == afterDuty)
			return true
		}
		if j.state == Met || j.state == Excused {
			return true
		}
		out = append(out, b.item(f, o, q.Period, now))
		return len(out) < limit
	})
	return out
}

func (b *Book) item(f *Fact, o policy.Obligated, period policy.Period, now time.Time) Item {
	b.mu.RLock()
	defer b.mu.RUnlock()
	period = period.Covering(b.policy.Duties[o.Duty].Period)
	return Item{*f, o, period, Judge(Case{Policy: b.policy, Duty: o.Duty, Period: period, ValidFrom: f.ValidFrom, ValidTo: f.ValidTo,
		Visits: b.visits[f.ID], Exemptions: b.exemptions[f.ID], Now: now})}
}

// Place explains every obligation of one place in a period; false if the book
// does not know it.
func (b *Book) Place(id uuid.UUID, period policy.Period, now time.Time) ([]Item, bool) {
	b.mu.RLock()
	i, ok := b.at[id]
	var f Fact
	if ok {
		f = b.facts[i]
	}
	b.mu.RUnlock()
	if !ok {
		return nil, false
	}
	out := make([]Item, 0, len(f.Owes))
	for _, o := range f.Owes {
		out = append(out, b.item(&f, o, period, now))
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
	facts, all := b.board(q.Period, now)
	b.mu.RLock()
	at, from := b.at, b.from
	b.mu.RUnlock()
	return func(id uuid.UUID) (s State, class int, category string, ok bool) {
		i, known := at[id]
		if !known || i >= len(facts) || !q.place(&facts[i]) {
			return NotDue, 0, "", false
		}
		f := &facts[i]
		for k, o := range f.Owes {
			j, c := all[from[i]+k].state, b.policy.Duties[o.Duty].Class
			if attention[j] > attention[s] && (q.Class == 0 || c == q.Class) {
				s, class = j, c
			}
		}
		return s, class, f.Category, s != NotDue
	}
}

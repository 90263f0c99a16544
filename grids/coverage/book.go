package coverage

import (
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"gridward/geo"
	"gridward/grids/coverage/policy"
)

// Place is a place as coverage keeps it, with all that is known of it.
type Place struct {
	ID            uuid.UUID
	Layer         string
	Name, Address string
	Anchor        geo.Point
	Key           geo.Key // H3 cell at resolution 15 of Anchor
	History
}

// Book holds a district's obligations in memory: the places, what they owe and
// the visits, all with the moments at which they were learned. Judgements of a
// period are made once, kept, and brought up to date place by place. It is safe
// for concurrent use; what a reader has begun to look at does not change.
type Book struct {
	mu  sync.Mutex // one writer at a time
	now atomic.Pointer[state]
	ask atomic.Int64 // counts questions
}

// state is a book at one moment. It does not change.
type state struct {
	rules  policy.Rules
	today  policy.Day // on which the book was read: facts are of it
	since  policy.Day // from which on visits are kept
	places pages[Place]
	at     map[uuid.UUID]int
	twins  map[int][]int // places that are, or were taken for, second records of one
	boards map[boardKey]*board
	kept   *kept // what was asked of several boards
}

// NewBook makes a book of a district on a day. Places are kept in the order
// given; the lists are taken over.
func NewBook(rules policy.Rules, today policy.Day, places []Place) *Book {
	s := &state{rules: rules, today: today, places: paged(places), at: make(map[uuid.UUID]int, len(places)), boards: map[boardKey]*board{}, kept: &kept{}}
	for i := range places {
		s.at[places[i].ID] = i
		slices.SortFunc(places[i].Visits, compareVisits)
	}
	s.findTwins()
	b := &Book{}
	b.now.Store(s)
	return b
}

func (s *state) findTwins() {
	s.twins = map[int][]int{}
	for i := range s.places.size {
		for _, r := range s.places.at(i).Records {
			if of, ok := s.at[r.Duplicate]; ok && r.Duplicate != uuid.Nil && !slices.Contains(s.twins[of], i) {
				s.twins[of] = append(s.twins[of], i)
			}
		}
	}
}

// historyOf is a place's history; visits to its second records, as known before
// a moment, are among its own.
func (s *state) historyOf(i int, known Moment) History {
	h := s.places.at(i).History
	if len(s.twins) == 0 || s.twins[i] == nil {
		return h
	}
	seen := map[int]bool{i: true}
	var collect func(of int)
	collect = func(of int) {
		for _, t := range s.twins[of] {
			twin := s.places.at(t)
			if !seen[t] && twin.duplicateOf(known) == s.places.at(of).ID {
				seen[t] = true
				h.Visits = append(slices.Clip(h.Visits), twin.Visits...)
				collect(t)
			}
		}
	}
	collect(i)
	if len(seen) > 1 {
		slices.SortFunc(h.Visits, compareVisits)
	}
	return h
}

// Rules are the versions of the policy that the book judges by.
func (b *Book) Rules() policy.Rules { return b.now.Load().rules }

// Policy is the version that holds on the book's day.
func (b *Book) Policy() *policy.Policy {
	s := b.now.Load()
	return s.rules[s.holds()].Policy
}

// holds is the version that holds on the book's day; the first one before any does.
func (s *state) holds() int { return max(s.rules.On(s.today), 0) }

// PutVisits adds visits, by place. One that is known already takes in what more
// is said of it: that it was corrected, a review, a track. The order in which visits come
// and repeats make no difference.
func (b *Book) PutVisits(visits map[uuid.UUID][]Visit) {
	b.change(func(s *state, places *edit[Place]) map[int]bool {
		touched := map[int]bool{}
		for id, list := range visits {
			i, ok := s.at[id]
			if !ok {
				continue
			}
			p := places.mutable(i)
			p.Visits = slices.Clone(p.Visits)
			for _, v := range list {
				at, found := slices.BinarySearchFunc(p.Visits, v, compareVisits)
				if !found {
					p.Visits = slices.Insert(p.Visits, at, v)
					continue
				}
				old := &p.Visits[at]
				old.Void, old.Tracked = min(old.Void, v.Void), min(old.Tracked, v.Tracked)
				for _, r := range v.Reviews {
					if !slices.Contains(old.Reviews, r) {
						old.Reviews = append(slices.Clip(old.Reviews), r)
					}
				}
				slices.SortFunc(old.Reviews, func(a, b Review) int { return int(min(1, max(-1, a.Recorded-b.Recorded))) })
			}
			touched[i] = true
		}
		return touched
	})
}

// PutExemptions replaces the exemptions of some places.
func (b *Book) PutExemptions(exemptions map[uuid.UUID][]Exemption) {
	b.change(func(s *state, places *edit[Place]) map[int]bool {
		touched := map[int]bool{}
		for id, list := range exemptions {
			if i, ok := s.at[id]; ok {
				places.mutable(i).Exemptions = list
				touched[i] = true
			}
		}
		return touched
	})
}

// change makes a new state in which some places' visits or exemptions are
// others, and judges what those places owe anew.
func (b *Book) change(fn func(*state, *edit[Place]) map[int]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := *b.now.Load()
	next.kept = &kept{}
	places := next.places.edit()
	touched := fn(&next, places)
	if len(touched) == 0 {
		return
	}
	next.places = places.pages
	for i := range touched {
		next.withOriginals(i, touched)
	}
	next.boards = make(map[boardKey]*board, len(next.boards))
	for key, old := range b.now.Load().boards {
		next.boards[key] = old.rejudge(&next, touched)
	}
	b.now.Store(&next)
}

// withOriginals adds the places that a place is a second record of: its visits
// are theirs too.
func (s *state) withOriginals(i int, touched map[int]bool) {
	for _, r := range s.places.at(i).Records {
		if of, ok := s.at[r.Duplicate]; ok && r.Duplicate != uuid.Nil && !touched[of] {
			touched[of] = true
			s.withOriginals(of, touched)
		}
	}
}

// PutPlaces replaces what is known of places but their visits and exemptions,
// and adds new places at the end. Every judgement is made anew when it is asked for.
func (b *Book) PutPlaces(list []Place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := *b.now.Load()
	next.kept = &kept{}
	places := next.places.edit()
	grown := false
	for _, p := range list {
		i, ok := next.at[p.ID]
		if ok {
			old := places.mutable(i)
			p.Visits, p.Exemptions = old.Visits, old.Exemptions
			*old = p
			continue
		}
		if !grown {
			next.at, grown = maps.Clone(next.at), true // readers hold the old one
		}
		slices.SortFunc(p.Visits, compareVisits)
		next.at[p.ID] = places.size
		places.add(p)
	}
	next.places = places.pages
	next.findTwins()
	next.boards = map[boardKey]*board{}
	b.now.Store(&next)
}

// keptBoards bounds how many periods' judgements are kept: two years of months
// and half-years, and what auditors and the map's slider look at meanwhile.
const keptBoards = 48

// boards are the judgements that a question looks at; missing ones are made.
func (b *Book) boards(asked []policy.Judged, from Sight) (*state, []*board) {
	n := b.ask.Add(1)
	s := b.now.Load()
	if found := s.look(asked, from, n); found != nil {
		return s, found
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s = b.now.Load()
	next := *s
	next.boards = maps.Clone(s.boards)
	out := make([]*board, len(asked))
	mine := make(map[boardKey]bool, len(asked)) // never to make room for each other
	for i, a := range asked {
		key := keyOf(&s.rules[a.Version], a.Period, from)
		if next.boards[key] == nil {
			next.boards[key] = next.judgeAll(key, a.Version)
		}
		next.boards[key].used.Store(n)
		out[i], mine[key] = next.boards[key], true
	}
	for len(next.boards) > max(keptBoards, len(mine)) {
		var oldest boardKey
		least := int64(math.MaxInt64)
		for key, board := range next.boards {
			if u := board.used.Load(); u < least && !mine[key] {
				least, oldest = u, key
			}
		}
		delete(next.boards, oldest)
	}
	b.now.Store(&next)
	return &next, out
}

// keyOf is a period's key: sights that show the same of it have the same.
func keyOf(v *policy.Version, period policy.Period, from Sight) boardKey {
	_, closes := period.Bounds(v.Zone())
	from.Today = min(max(from.Today, period.First-1), period.End)
	if from.Until >= MomentOf(closes)-1 {
		from.Until = Ever
	}
	return boardKey{period, from}
}

// look collects what is judged already; nil if something is missing.
func (s *state) look(asked []policy.Judged, from Sight, question int64) []*board {
	out := make([]*board, len(asked))
	for i, a := range asked {
		board := s.boards[keyOf(&s.rules[a.Version], a.Period, from)]
		if board == nil {
			return nil
		}
		board.used.Store(question)
		out[i] = board
	}
	return out
}

// sight is from where a question looks: as known and as it had happened by the
// moments it names, else as it is now.
func (s *state) sight(known, until, now time.Time) Sight {
	out := Sight{Known: MomentOf(known), Until: MomentOf(until)}
	at := now
	switch {
	case !until.IsZero():
		at = until
	case !known.IsZero():
		at, out.Until = known, out.Known
	}
	out.Today = policy.DayAt(at, s.rules[s.holds()].Zone())
	return out
}

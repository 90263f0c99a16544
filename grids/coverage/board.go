package coverage

import (
	"runtime"
	"sync"
	"sync/atomic"

	"gridward/grids/coverage/policy"
)

// boardKey is one period as seen from one place in time.
type boardKey struct {
	period policy.Period
	sight  Sight
}

// board is the judgements of one period and their sums. It does not change:
// what is judged anew goes into a new one that shares the rest.
type board struct {
	key   boardKey
	term  term
	first []int32 // by place: the index of its first judgement; one more at the end
	items pages[judgement]

	leaves   pages[leaf]
	memberOf []int32 // judgements by leaf
	members  []int32 // by leaf: where its judgements begin in memberOf; one more at the end

	kept  *kept         // what was asked of it
	tiers []*tier       // coarser sums, as levels lists them
	used  *atomic.Int64 // when it was last asked, counted in questions
}

// judgement is one obligation's state.
type judgement struct {
	leaf    int32
	metOn   int16 // days from the period's first; -1: not met
	triedOn int16
	gap     int16
	state   State
	duty    uint8
	flags   uint8
}

const (
	late uint8 = 1 << iota
	astray
)

// leafKey is what obligations have in common that no question tells apart: they
// are counted together, and every roll-up is a sum over such leaves.
type leafKey struct {
	spot     *Spot
	category string
	duty     uint8
}

// leaf is the sum over the obligations of a leafKey.
type leaf struct {
	leafKey
	Rollup
	metOn []int32 // met for the first time, by days from the period's first
}

// none is no day.
const none = int16(-1)

func offset(day, first policy.Day) int16 { return int16(day - first) }

// judgeAll judges every place in a period, on every core.
func (s *state) judgeAll(key boardKey, version int) *board {
	b := &board{key: key, term: termOf(s.rules, version, key.period), kept: &kept{}, used: new(atomic.Int64)}
	n := s.places.size
	workers := runtime.GOMAXPROCS(0)
	parts := make([]share, workers)
	var work sync.WaitGroup
	for w := range parts {
		work.Go(func() { parts[w].judge(s, b, n*w/workers, n*(w+1)/workers) })
	}
	work.Wait()
	b.gather(parts, n)
	return b
}

// share is what one core judged of the places.
type share struct {
	counts []uint8 // judgements by place
	items  []judgement
	ids    map[leafKey]int32
	leaves []leafKey
}

func (h *share) judge(s *state, b *board, from, to int) {
	h.ids = map[leafKey]int32{}
	h.counts = make([]uint8, 0, to-from)
	h.items = make([]judgement, 0, (to-from)*9/8)
	j := judging{term: &b.term, sight: b.key.sight}
	for i := from; i < to; i++ {
		before := len(h.items)
		history := s.historyOf(i, b.key.sight.Known)
		j.each(&history, func(v *Verdict) {
			k := leafKey{v.Answers, v.Category, uint8(j.duty)}
			id, ok := h.ids[k]
			if !ok {
				id = int32(len(h.leaves))
				h.ids[k], h.leaves = id, append(h.leaves, k)
			}
			h.items = append(h.items, b.judgementOf(v, j.duty, id))
		})
		h.counts = append(h.counts, uint8(len(h.items)-before))
	}
}

// each decides about everything that a place owes in the term, in the order of
// the duties; j.duty says which one it is about.
func (j *judging) each(history *History, fn func(*Verdict)) {
	j.history = history
	j.segments = history.segments(j.sight.Known, j.segments[:0])
	j.cared = history.caredFor(j.sight.Known, j.cared[:0])
	var duties uint64
	for i := range j.segments {
		if s := &j.segments[i]; s.from < j.term.period.End && s.to > j.term.period.First {
			for _, o := range s.record.Owes[j.term.version] {
				duties |= 1 << o.Duty
			}
			if len(j.cared) > 0 {
				for _, o := range s.record.Cares[j.term.version] {
					duties |= 1 << o.Duty
				}
			}
		}
	}
	if duties &= j.term.duties; duties == 0 {
		return
	}
	for d := 0; duties != 0; d, duties = d+1, duties>>1 {
		if duties&1 == 0 {
			continue
		}
		j.duty = d
		if v := j.decide(); v.Answers != nil {
			fn(&v)
		}
	}
}

func (b *board) judgementOf(v *Verdict, duty int, leaf int32) judgement {
	j := judgement{leaf: leaf, metOn: none, triedOn: none, gap: int16(min(v.GapDays, 1<<15-1)), state: v.State, duty: uint8(duty)}
	if v.State == Met {
		j.metOn = offset(v.MetOn, b.key.period.First)
	}
	if v.TriedOn != policy.NoDay {
		j.triedOn = offset(v.TriedOn, b.key.period.First)
	}
	if v.Late {
		j.flags |= late
	}
	if v.Astray {
		j.flags |= astray
	}
	return j
}

// gather puts the shares together and sums up.
func (b *board) gather(parts []share, places int) {
	ids := map[leafKey]int32{}
	var keys []leafKey
	b.first = make([]int32, 0, places+1)
	total := 0
	for i := range parts {
		total += len(parts[i].items)
	}
	items := make([]judgement, 0, total)
	for i := range parts {
		h := &parts[i]
		renamed := make([]int32, len(h.leaves))
		for k, key := range h.leaves {
			id, ok := ids[key]
			if !ok {
				id = int32(len(keys))
				ids[key], keys = id, append(keys, key)
			}
			renamed[k] = id
		}
		at := int32(len(items))
		for _, n := range h.counts {
			b.first = append(b.first, at)
			at += int32(n)
		}
		for _, j := range h.items {
			j.leaf = renamed[j.leaf]
			items = append(items, j)
		}
	}
	b.first = append(b.first, int32(len(items)))
	b.items = paged(items)
	b.members = make([]int32, len(keys)+1)
	for i := range items {
		b.members[items[i].leaf+1]++
	}
	for k := range keys {
		b.members[k+1] += b.members[k]
	}
	b.memberOf = make([]int32, len(items))
	next := append([]int32(nil), b.members...)
	for i := range items {
		l := items[i].leaf
		b.memberOf[next[l]] = int32(i)
		next[l]++
	}
	leaves := make([]leaf, len(keys))
	for k := range leaves {
		leaves[k].leafKey = keys[k]
		b.sum(&leaves[k], k)
	}
	b.leaves = paged(leaves)
	b.tiers = make([]*tier, len(levels))
	var work sync.WaitGroup
	for i, of := range levels {
		work.Go(func() { b.tiers[i] = b.newTier(of) })
	}
	work.Wait()
}

// sum counts a leaf's judgements anew.
func (b *board) sum(l *leaf, id int) {
	l.Rollup, l.metOn = NewRollup(), nil
	for _, i := range b.memberOf[b.members[id]:b.members[id+1]] {
		j := b.items.at(int(i))
		l.add(j)
		if j.state == Met {
			if l.metOn == nil {
				l.metOn = make([]int32, b.key.period.Days())
			}
			l.metOn[j.metOn]++
		}
	}
}

// rejudge is the board after something was learned of some places that leaves
// what they owe as it was: visits, reviews, exemptions.
func (b *board) rejudge(s *state, places map[int]bool) *board {
	items := b.items.edit()
	dirty := map[int32]bool{}
	j := judging{term: &b.term, sight: b.key.sight}
	for i := range places {
		at := int(b.first[i])
		history := s.historyOf(i, b.key.sight.Known)
		j.each(&history, func(v *Verdict) {
			old := b.items.at(at)
			if fresh := b.judgementOf(v, j.duty, old.leaf); fresh != *old {
				*items.mutable(at) = fresh
				dirty[old.leaf] = true
			}
			at++
		})
	}
	if len(dirty) == 0 {
		return b
	}
	next := *b
	next.items = items.pages
	leaves := b.leaves.edit()
	for id := range dirty {
		next.sum(leaves.mutable(int(id)), int(id))
	}
	next.leaves, next.kept = leaves.pages, &kept{}
	next.tiers = make([]*tier, len(b.tiers))
	for i, t := range b.tiers {
		next.tiers[i] = t.after(&next, dirty)
	}
	return &next
}

package roster

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Vacancy is a class of a grid that nobody but the unit answers for, over days.
type Vacancy struct {
	Grid    string
	Class   int
	Unit    string    // which answers meanwhile
	Posting uuid.UUID // that holds and has nobody; zero: none holds
	Why     Reason
	Span    // To is always given

	Town, Park, Community string // the grid's
}

// Vacancies lists every vacancy of a span of days by grid, class and day, each
// as long as it lasts. It looks only at the days on which something begins or
// ends. A grid may stand in several entries, one for each span in which it holds.
func (r *Roster) Vacancies(over Span, grids []Grid) []Vacancy {
	var out []Vacancy
	cuts := map[uuid.UUID][]time.Time{} // what a posting's holder depends on
	for i := range grids {
		g := &grids[i]
		span, ok := g.meets(over)
		if !ok {
			continue
		}
		for _, class := range Classes {
			days := []time.Time{span.From, span.To}
			for _, p := range r.postings[post{g.Code, class}] {
				if part, ok := p.meets(span); ok {
					if _, known := cuts[p.ID]; !known {
						cuts[p.ID] = r.turns(p)
					}
					days = append(days, part.From, part.To)
					days = append(days, cuts[p.ID]...)
				}
			}
			out = r.sweep(out, g, class, span, days)
		}
	}
	slices.SortStableFunc(out, func(a, b Vacancy) int {
		return cmp.Or(cmp.Compare(a.Grid, b.Grid), cmp.Compare(a.Class, b.Class), a.From.Compare(b.From))
	})
	return slices.Clip(joined(out))
}

// sweep adds the vacancies between the days on which anything can change.
func (r *Roster) sweep(out []Vacancy, g *Grid, class int, span Span, days []time.Time) []Vacancy {
	days = slices.DeleteFunc(days, func(d time.Time) bool { return d.Before(span.From) || d.After(span.To) })
	slices.SortFunc(days, time.Time.Compare)
	days = slices.CompactFunc(days, time.Time.Equal)
	for i := 0; i+1 < len(days); i++ {
		a := r.Answer(days[i], g, class)
		if a.Vacant() {
			out = append(out, Vacancy{Grid: g.Code, Class: class, Unit: a.Holder().Unit, Posting: a.Posting, Why: a.Why(),
				Span: Span{days[i], days[i+1]}, Town: g.Town, Park: g.Park, Community: g.Community})
		}
	}
	return out
}

// joined makes one of what goes on without a break.
func joined(in []Vacancy) []Vacancy {
	out := in[:0]
	for _, v := range in {
		if n := len(out); n > 0 {
			last := out[n-1]
			if last.To.Equal(v.From) {
				last.Span = v.Span
				if last == v {
					out[n-1].To = v.To
					continue
				}
			}
		}
		out = append(out, v)
	}
	return out
}

// turns are the days on which who answers for a posting can change: the first
// and last days of whoever may be asked, and of their absences.
func (r *Roster) turns(p *Posting) []time.Time {
	var out []time.Time
	add := func(s Span) {
		out = append(out, s.From)
		if !s.To.IsZero() {
			out = append(out, s.To)
		}
	}
	team := p.Team
	seen := map[uuid.UUID]bool{}
	queue := []uuid.UUID{p.Person}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		who := r.people[id]
		if who == nil || seen[id] {
			continue
		}
		seen[id] = true
		add(who.Span)
		if id == p.Person {
			team = who.Team
		}
		for _, a := range r.absences[id] {
			add(a.Span)
			queue = append(queue, a.Substitute)
		}
	}
	if t := r.teams[team]; t != nil {
		add(t.Span)
	}
	return out
}

// Stale is a posting to a grid that is in no plan over some days: the plan that
// holds then ended it.
type Stale struct {
	Posting Posting
	Span    // To is always given
}

// Stale lists the postings that hold on days of a span on which their grid does
// not. A grid may stand in several entries.
func (r *Roster) Stale(over Span, grids []Grid) []Stale {
	spans := map[string][]Span{}
	for i := range grids {
		spans[grids[i].Code] = append(spans[grids[i].Code], grids[i].Span)
	}
	var out []Stale
	for _, p := range r.all {
		if part, ok := p.meets(over); ok {
			for _, s := range without(part, spans[p.Grid]) {
				out = append(out, Stale{*p, s})
			}
		}
	}
	slices.SortFunc(out, func(a, b Stale) int {
		return cmp.Or(cmp.Compare(a.Posting.Grid, b.Posting.Grid), cmp.Compare(a.Posting.Class, b.Posting.Class), a.From.Compare(b.From))
	})
	return out
}

// without is a span less others, in order.
func without(s Span, others []Span) []Span {
	others = slices.Clone(others)
	slices.SortFunc(others, func(a, b Span) int { return a.From.Compare(b.From) })
	var out []Span
	for _, o := range others {
		part, ok := o.meets(s)
		if !ok {
			continue
		}
		if s.From.Before(part.From) {
			out = append(out, Span{s.From, part.From})
		}
		if part.To.IsZero() {
			return out
		}
		s.From = part.To
	}
	if s.To.IsZero() || s.From.Before(s.To) {
		out = append(out, s)
	}
	return out
}

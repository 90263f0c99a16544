package roster_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/roster"
)

// drawn is a little world over six weeks: few of everything, so that spans,
// substitutes and plans meet in every way.
func drawn(t *rapid.T) (of roster.Records, grids []roster.Grid) {
	day := func(what string, lo, hi int) time.Time {
		return october(1).AddDate(0, 0, rapid.IntRange(lo, hi).Draw(t, what))
	}
	span := func(what string, open bool) roster.Span {
		s := roster.Span{From: day(what+" from", -5, 40)}
		if !open || rapid.Bool().Draw(t, what+" ends") {
			s.To = s.From.AddDate(0, 0, rapid.IntRange(0, 25).Draw(t, what+" days"))
		}
		return s
	}
	choice := func(what string, n int) int { return rapid.IntRange(0, n).Draw(t, what) } // 0: none
	ref := func(kind byte, n int) uuid.UUID {
		if n == 0 {
			return uuid.Nil
		}
		return id(kind, n)
	}
	for i := range 2 {
		of.Teams = append(of.Teams, roster.Team{ID: id('t', i+1), Span: span("team", true)})
	}
	for i := range 4 {
		p := roster.Person{ID: id('p', i+1), Name: fmt.Sprint(i), Team: ref('t', choice("team of", 2)), Span: span("person", true)}
		if rapid.Bool().Draw(t, "always there") {
			p.Span = roster.Span{From: october(1).AddDate(0, 0, -9)}
		}
		of.People = append(of.People, p)
		busy := []roster.Span{}
		for k := range choice("absences", 3) {
			a := roster.Absence{ID: id('a', 10*i+k), Person: p.ID, Substitute: ref('p', choice("substitute", 4)), Span: span("absence", false)}
			if a.Substitute != p.ID && apart(a.Span, busy) {
				of.Absences, busy = append(of.Absences, a), append(busy, a.Span)
			}
		}
	}
	n := 0
	for i := range 2 {
		code := fmt.Sprint(community, "00", i+1)
		for _, class := range roster.Classes {
			busy := []roster.Span{}
			for range choice("postings", 4) {
				n++
				p := roster.Posting{ID: id('g', n), Grid: code, Class: class, Span: span("posting", true)}
				if who := rapid.IntRange(1, 6).Draw(t, "holder"); who <= 4 {
					p.Person = id('p', who)
				} else {
					p.Team = id('t', who-4)
				}
				if apart(p.Span, busy) {
					of.Postings, busy = append(of.Postings, p), append(busy, p.Span)
				}
			}
		}
		// The plans that have the grid, one after another.
		from := day("plan", -20, 20)
		for range 1 + choice("plans", 2) {
			g := roster.Grid{Code: code, Town: town, Community: community, Span: roster.Span{From: from}}
			if rapid.Bool().Draw(t, "a plan ends") {
				g.To = from.AddDate(0, 0, rapid.IntRange(1, 30).Draw(t, "plan days"))
			}
			grids = append(grids, g)
			if g.To.IsZero() {
				break
			}
			from = g.To.AddDate(0, 0, choice("pause", 1)*7)
		}
	}
	return of, grids
}

func apart(s roster.Span, others []roster.Span) bool {
	for d := s.From; d.Before(s.From.AddDate(0, 0, 120)); d = d.AddDate(0, 0, 1) {
		for _, o := range others {
			if s.Holds(d) && o.Holds(d) {
				return false
			}
		}
	}
	return true
}

// whyVacant is the oracle: it knows nothing of intervals, chains or indexes.
func whyVacant(of *roster.Records, code string, class int, day time.Time) roster.Reason {
	i := slices.IndexFunc(of.Postings, func(p roster.Posting) bool { return p.Grid == code && p.Class == class && p.Holds(day) })
	if i < 0 {
		return roster.NotPosted
	}
	there := func(team uuid.UUID) bool {
		return slices.ContainsFunc(of.Teams, func(x roster.Team) bool { return x.ID == team && x.Holds(day) })
	}
	post := of.Postings[i]
	if post.Team != uuid.Nil {
		if there(post.Team) {
			return ""
		}
		return roster.Gone
	}
	broke := roster.Circle
	at, team := post.Person, uuid.Nil
	for step := range 10 { // more than there are people: a circle by then
		k := slices.IndexFunc(of.People, func(p roster.Person) bool { return p.ID == at })
		if step == 0 {
			team = of.People[k].Team
		}
		if !of.People[k].Holds(day) {
			broke = roster.Gone
			break
		}
		a := slices.IndexFunc(of.Absences, func(a roster.Absence) bool { return a.Person == at && a.Holds(day) })
		if a < 0 {
			return ""
		}
		if of.Absences[a].Substitute == uuid.Nil {
			broke = roster.Absent
			break
		}
		at = of.Absences[a].Substitute
	}
	if team != uuid.Nil && there(team) {
		return ""
	}
	return broke
}

// TestVacanciesEqualDayByDay compares the sweep with every single day.
func TestVacanciesEqualDayByDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of, grids := drawn(t)
		over := roster.Span{From: october(1).AddDate(0, 0, rapid.IntRange(-10, 20).Draw(t, "from"))}
		over.To = over.From.AddDate(0, 0, rapid.IntRange(0, 40).Draw(t, "days"))
		r := roster.New(of)
		got := map[string]roster.Reason{}
		list := r.Vacancies(over, grids)
		for i, v := range list {
			if i > 0 {
				l := list[i-1]
				if l.Grid == v.Grid && l.Class == v.Class && (v.From.Before(l.To) || (v.From.Equal(l.To) && l.Why == v.Why && l.Posting == v.Posting)) {
					t.Errorf("%v and %v overlap or could be one", l, v)
				}
			}
			if !v.From.Before(v.To) {
				t.Errorf("%v holds on no day", v)
			}
			for d := v.From; d.Before(v.To); d = d.AddDate(0, 0, 1) {
				got[fmt.Sprint(v.Grid, "/", v.Class, " ", d.Format(time.DateOnly))] = v.Why
			}
		}
		n := 0
		for d := over.From; d.Before(over.To); d = d.AddDate(0, 0, 1) {
			for _, g := range grids {
				if !g.Holds(d) {
					continue
				}
				for _, class := range roster.Classes {
					want := whyVacant(&of, g.Code, class, d)
					key := fmt.Sprint(g.Code, "/", class, " ", d.Format(time.DateOnly))
					if got[key] != want {
						t.Errorf("%s: %q, day by day %q", key, got[key], want)
					}
					if want != "" {
						n++
					}
					if a := r.Answer(d, &g, class); a.Why() != want || a.Vacant() != (want != "") {
						t.Errorf("%s: the answer is %q, day by day %q", key, a.Why(), want)
					}
				}
			}
		}
		if n != len(got) {
			t.Errorf("%d vacant days, day by day %d", len(got), n)
		}
	})
}

// TestStaleEqualsDayByDay compares stale postings with every single day.
func TestStaleEqualsDayByDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of, grids := drawn(t)
		over := days(3, 30)
		got := map[string]bool{}
		for _, s := range roster.New(of).Stale(over, grids) {
			for d := s.From; d.Before(s.To); d = d.AddDate(0, 0, 1) {
				got[name(s.Posting.ID)+d.Format(time.DateOnly)] = true
			}
		}
		n := 0
		for d := over.From; d.Before(over.To); d = d.AddDate(0, 0, 1) {
			for _, p := range of.Postings {
				want := p.Holds(d) && !slices.ContainsFunc(grids, func(g roster.Grid) bool { return g.Code == p.Grid && g.Holds(d) })
				if key := name(p.ID) + d.Format(time.DateOnly); got[key] != want {
					t.Errorf("%s: stale %v, day by day %v", key, got[key], want)
				}
				if want {
					n++
				}
			}
		}
		if n != len(got) {
			t.Errorf("%d stale days, day by day %d", len(got), n)
		}
	})
}

// TestNewGridsInherit: on every day from the new plan's first on, a new grid has
// the holder of the grid that most of its land came from, unless it had its own.
func TestNewGridsInherit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of, _ := drawn(t)
		first, second, fresh := community+"001", community+"002", community+"003"
		lineage := []roster.Lineage{
			{Code: fresh, From: first, Share: rapid.Float64Range(0, 1).Draw(t, "share")},
			{Code: second, From: second, Share: 1},
		}
		lineage = append(lineage, roster.Lineage{Code: fresh, From: second, Share: 1 - lineage[0].Share})
		from := second
		if lineage[0].Share >= lineage[2].Share { // equal shares: the smaller code's
			from = first
		}
		own := roster.Posting{ID: id('g', 99), Grid: fresh, Class: 2, Person: id('p', 4), Span: days(12, 18)}
		before := append(slices.Clone(of.Postings), own)
		day := october(rapid.IntRange(1, 25).Draw(t, "day"))
		added := roster.Inherit(lineage, before, day)
		after := append(slices.Clone(before), added...)
		if again := roster.Inherit(lineage, after, day); len(again) != 0 {
			t.Errorf("inheriting twice adds %v", again)
		}
		for _, p := range added {
			if p.Grid != fresh || p.From.Before(day) {
				t.Errorf("a posting to %s from %s is made", p.Grid, p.From)
			}
		}
		on := func(list []roster.Posting, grid string, class int, d time.Time) (found []uuid.UUID) {
			for _, p := range list {
				if p.Grid == grid && p.Class == class && p.Holds(d) {
					found = append(found, p.Person, p.Team)
				}
			}
			return found
		}
		for d := october(1); d.Before(october(1).AddDate(0, 0, 90)); d = d.AddDate(0, 0, 1) {
			for _, class := range roster.Classes {
				want := on(before, fresh, class, d)
				if want == nil && !d.Before(day) {
					want = on(before, from, class, d)
				}
				if got := on(after, fresh, class, d); !slices.Equal(got, want) {
					t.Fatalf("class %d on %s: %v, want %v", class, d.Format(time.DateOnly), got, want)
				}
			}
		}
	})
}

// TestAVacancyBeginsWithTheSubstitutesAbsence: what happens to somebody far down
// the chain decides, though the posting and the posted know nothing of it.
func TestAVacancyBeginsWithTheSubstitutesAbsence(t *testing.T) {
	t.Parallel()
	list := people(3, uuid.Nil)
	list[2].To = october(19)
	r := roster.New(roster.Records{People: list,
		Postings: []roster.Posting{{ID: id('g', 1), Grid: grid, Class: 1, Person: id('p', 1), Span: days(1, 0)}},
		Absences: []roster.Absence{
			{Person: id('p', 1), Substitute: id('p', 2), Span: days(5, 25)},
			{Person: id('p', 2), Span: days(8, 10)},
			{Person: id('p', 2), Substitute: id('p', 3), Span: days(12, 22)},
		}})
	gs := []roster.Grid{{Code: grid, Town: town, Community: community, Span: days(1, 7)}, {Code: grid, Town: town, Community: community, Span: days(7, 0)}}
	var got []string
	for _, v := range r.Vacancies(days(1, 31), gs) {
		if v.Class == 1 {
			got = append(got, fmt.Sprintf("%d to %d: %s, %s", v.From.Day(), v.To.Day(), v.Why, v.Unit))
		}
	}
	if want := []string{"8 to 10: absent, " + community, "19 to 22: gone, " + community}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

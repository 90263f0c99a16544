package roster_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
	"gridward/grids/roster"
)

// id is a UUID to recognise: a kind and a number.
func id(kind byte, n int) (u uuid.UUID) {
	u[0], u[6], u[8] = kind, 0x70, 0x80
	binary.BigEndian.PutUint32(u[12:], uint32(n))
	return u
}

// name is the other way: p3 for the third person.
func name(u uuid.UUID) string {
	if u == uuid.Nil {
		return "-"
	}
	return fmt.Sprintf("%c%d", u[0], binary.BigEndian.Uint32(u[12:]))
}

// october is a day of October 2026; 0 is none.
func october(day int) time.Time {
	if day == 0 {
		return time.Time{}
	}
	return time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC)
}

func days(from, to int) roster.Span { return roster.Span{From: october(from), To: october(to)} }

const (
	town      = "310113001000"
	park      = "310113501000"
	community = "310113001001"
	grid      = community + "001"
)

// people of one team, all posted there since the first.
func people(n int, team uuid.UUID) []roster.Person {
	var out []roster.Person
	for i := 1; i <= n; i++ {
		out = append(out, roster.Person{ID: id('p', i), Name: fmt.Sprint("p", i), Kind: roster.CommunityFullTime, Unit: community, Team: team, Span: days(1, 0), Town: town, Community: community})
	}
	return out
}

func show(a roster.Answer) string {
	var out []string
	for _, s := range a.Steps {
		who := s.Holder.Unit
		if who == "" {
			who = name(s.Holder.ID)
		}
		text := fmt.Sprintf("%s %s", who, s.Came)
		if s.Passed != "" {
			text += " " + string(s.Passed)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestWhoAnswers(t *testing.T) {
	t.Parallel()
	team := roster.Team{ID: id('t', 1), Name: "队", Unit: community, Body: policy.CommunityStaff, Span: days(1, 20)}
	g := roster.Grid{Code: grid, Town: town, Community: community, Span: days(1, 0)}
	posted := func(person int) []roster.Posting {
		return []roster.Posting{{ID: id('g', 1), Grid: grid, Class: 1, Person: id('p', person), Span: days(5, 25)}}
	}
	away := func(person, from, to, substitute int) roster.Absence {
		a := roster.Absence{ID: id('a', person), Person: id('p', person), Reason: "leave", Span: days(from, to)}
		if substitute > 0 {
			a.Substitute = id('p', substitute)
		}
		return a
	}
	left := people(4, team.ID)
	left[0].To = october(8)
	for what, c := range map[string]struct {
		of   roster.Records
		day  int
		want string
		why  roster.Reason
	}{
		"nobody is posted":             {roster.Records{}, 7, community + " territory", roster.NotPosted},
		"not posted yet":               {roster.Records{People: people(1, team.ID), Postings: posted(1)}, 4, community + " territory", roster.NotPosted},
		"the first day":                {roster.Records{People: people(1, team.ID), Postings: posted(1)}, 5, "p1 posted", ""},
		"the last day":                 {roster.Records{People: people(1, team.ID), Postings: posted(1)}, 24, "p1 posted", ""},
		"no longer posted":             {roster.Records{People: people(1, team.ID), Postings: posted(1)}, 25, community + " territory", roster.NotPosted},
		"a substitute":                 {roster.Records{People: people(2, team.ID), Postings: posted(1), Absences: []roster.Absence{away(1, 7, 9, 2)}}, 8, "p1 posted absent, p2 substitute", ""},
		"back again":                   {roster.Records{People: people(2, team.ID), Postings: posted(1), Absences: []roster.Absence{away(1, 7, 9, 2)}}, 9, "p1 posted", ""},
		"a substitute's substitute":    {roster.Records{People: people(3, team.ID), Postings: posted(1), Absences: []roster.Absence{away(1, 7, 9, 2), away(2, 1, 30, 3)}}, 8, "p1 posted absent, p2 substitute absent, p3 substitute", ""},
		"a circle, and the team":       {roster.Records{Teams: []roster.Team{team}, People: people(2, team.ID), Postings: posted(1), Absences: []roster.Absence{away(1, 7, 9, 2), away(2, 1, 30, 1)}}, 8, "p1 posted absent, p2 substitute circle, t1 team", ""},
		"a circle, and no team":        {roster.Records{People: people(2, uuid.Nil), Postings: posted(1), Absences: []roster.Absence{away(1, 7, 9, 2), away(2, 1, 30, 1)}}, 8, "p1 posted absent, p2 substitute circle, " + community + " territory", roster.Circle},
		"absent, and the team":         {roster.Records{Teams: []roster.Team{team}, People: people(1, team.ID), Postings: posted(1), Absences: []roster.Absence{away(1, 7, 9, 0)}}, 8, "p1 posted absent, t1 team", ""},
		"absent, and no team":          {roster.Records{People: people(1, uuid.Nil), Postings: posted(1), Absences: []roster.Absence{away(1, 7, 9, 0)}}, 8, "p1 posted absent, " + community + " territory", roster.Absent},
		"absent, and the team is gone": {roster.Records{Teams: []roster.Team{team}, People: people(1, team.ID), Postings: posted(1), Absences: []roster.Absence{away(1, 7, 24, 0)}}, 20, "p1 posted absent, t1 team gone, " + community + " territory", roster.Absent},
		"the substitute is gone":       {roster.Records{People: left, Postings: posted(2), Absences: []roster.Absence{away(2, 7, 9, 1)}}, 8, "p2 posted absent, p1 substitute gone, t1 team gone, " + community + " territory", roster.Gone},
		"gone, and the team":           {roster.Records{Teams: []roster.Team{team}, People: left, Postings: posted(1)}, 8, "p1 posted gone, t1 team", ""},
		"a team":                       {roster.Records{Teams: []roster.Team{team}, Postings: []roster.Posting{{ID: id('g', 1), Grid: grid, Class: 1, Team: team.ID, Span: days(1, 0)}}}, 19, "t1 posted", ""},
		"a team that is gone":          {roster.Records{Teams: []roster.Team{team}, Postings: []roster.Posting{{ID: id('g', 1), Grid: grid, Class: 1, Team: team.ID, Span: days(1, 0)}}}, 20, "t1 posted gone, " + community + " territory", roster.Gone},
		"another class":                {roster.Records{People: people(1, team.ID), Postings: []roster.Posting{{ID: id('g', 1), Grid: grid, Class: 2, Person: id('p', 1), Span: days(1, 0)}}}, 7, community + " territory", roster.NotPosted},
	} {
		t.Run(what, func(t *testing.T) {
			a := roster.New(c.of).Answer(october(c.day), &g, 1)
			if got := show(a); got != c.want || a.Why() != c.why || a.Vacant() != (c.why != "") {
				t.Errorf("%s (%s), want %s (%s)", got, a.Why(), c.want, c.why)
			}
		})
	}
	inPark := roster.Grid{Code: grid, Town: town, Park: park, Community: community}
	for class, want := range map[int][2]string{1: {community, community}, 2: {town, town}, 3: {town, park}} {
		if got := [2]string{g.UnitOf(class), inPark.UnitOf(class)}; got != want {
			t.Errorf("class %d falls to %v, want %v", class, got, want)
		}
	}
	g.Span = days(1, 7)
	if got := roster.Answerable(october(7), []roster.Grid{g}, roster.Records{}); len(got) != 0 {
		t.Errorf("a grid that ended is answered for: %v", got)
	}
}

func TestWhoWorks(t *testing.T) {
	t.Parallel()
	list := people(3, uuid.Nil)
	list[0].Shifts = []roster.Shift{{Weekday: 5, From: "08:00", To: "16:00"}, {Weekday: 7, From: "20:00", To: "04:00"}}
	list[1].Park = park // on the town's land
	list[2].To = october(20)
	r := roster.New(roster.Records{People: list,
		Absences: []roster.Absence{{Person: id('p', 1), Span: days(9, 10)}},
		Holidays: []roster.Holiday{{Unit: "310113000000", Span: days(1, 8)}, {Unit: town, Town: town, Span: days(11, 13)}, {Unit: park, Park: park, Span: days(13, 14)}, {Unit: community, Town: town, Community: community, Span: days(15, 16)}}})
	for _, c := range []struct {
		person, day int
		want        roster.Off
	}{
		{1, 2, roster.OffHoliday}, {1, 8, roster.OffShift}, {1, 9, roster.OffAbsent}, {1, 16, ""}, {1, 18, ""}, {1, 17, roster.OffShift},
		{1, 11, roster.OffHoliday}, {2, 11, ""}, {2, 13, roster.OffHoliday}, {3, 12, roster.OffHoliday}, {3, 13, ""}, {2, 15, roster.OffHoliday},
		{3, 19, ""}, {3, 20, roster.OffGone}, {4, 9, roster.OffGone},
	} {
		if got := r.Works(october(c.day), id('p', c.person)); got != c.want {
			t.Errorf("p%d on %d October: %q, want %q", c.person, c.day, got, c.want)
		}
	}
}

func TestWhatAPersonAnswersFor(t *testing.T) {
	t.Parallel()
	team := roster.Team{ID: id('t', 1), Name: "队", Unit: town, Body: policy.TownPatrol, Span: days(1, 0)}
	var gs []roster.Grid
	for i := range 3 {
		gs = append(gs, roster.Grid{Code: fmt.Sprint(community, "00", i+1), Town: town, Community: community, Span: days(1, 0)})
	}
	list := people(4, team.ID)
	list[1].HoursPerMonth = 80
	r := roster.New(roster.Records{Teams: []roster.Team{team}, People: list,
		Postings: []roster.Posting{
			{ID: id('g', 1), Grid: gs[0].Code, Class: 1, Person: id('p', 1), Span: days(1, 0)},
			{ID: id('g', 2), Grid: gs[1].Code, Class: 1, Person: id('p', 2), Span: days(1, 0)},
			{ID: id('g', 3), Grid: gs[2].Code, Class: 2, Team: team.ID, Span: days(1, 0)},
		},
		Absences: []roster.Absence{{Person: id('p', 1), Substitute: id('p', 2), Span: days(7, 9)}}})
	minutes := func(string, int) float64 { return 60 }
	text := func(d roster.Duties) string {
		var out []string
		for _, c := range d.Charges {
			out = append(out, fmt.Sprintf("%s/%d %s %s %.0f", c.Grid[12:], c.Class, c.As, name(c.For), c.Minutes))
		}
		return fmt.Sprintf("%s: %.0f of %.0f h", strings.Join(out, ", "), d.Minutes, d.Hours)
	}
	for _, c := range []struct {
		person, day int
		want        string
	}{
		{2, 6, "002/1 posted - 60, 003/2 team - 15: 75 of 80 h"},
		{2, 7, "001/1 substitute p1 60, 002/1 posted - 60, 003/2 team - 20: 140 of 80 h"},
		{1, 7, ": 0 of 0 h"},
		{9, 7, ": 0 of 0 h"},
	} {
		if got := text(r.Duties(october(c.day), id('p', c.person), gs, minutes)); got != c.want {
			t.Errorf("p%d on %d October: %s, want %s", c.person, c.day, got, c.want)
		}
	}
	var affected []string
	for _, a := range r.Affected(october(7), map[string]string{"7.1": gs[0].Code, gs[1].Code: gs[1].Code, "7.2": gs[0].Code}) {
		affected = append(affected, a.Name+" "+strings.Join(a.Grids, " "))
	}
	if got, want := strings.Join(affected, "; "), "p2 "+gs[1].Code+" 7.1 7.2"; got != want {
		t.Errorf("affected: %s, want %s", got, want)
	}
	if got := r.Affected(october(7), map[string]string{"x": gs[2].Code}); len(got) != 3 {
		t.Errorf("a team's grid affects %v, want its three who are there", got)
	}
}

package roster

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// HolderKind is what answers.
type HolderKind string

// The kinds of holder.
const (
	APerson HolderKind = "person"
	ATeam   HolderKind = "team"
	AUnit   HolderKind = "unit"
)

// Holder is who answers: a person or a team by id, a unit by code.
type Holder struct {
	Kind HolderKind
	ID   uuid.UUID
	Unit string
}

// Reason is why somebody was asked, or why they do not answer.
type Reason string

// Why somebody is asked.
const (
	Posted     Reason = "posted"
	Substitute Reason = "substitute" // of the one before in the chain
	TeamOf     Reason = "team"       // of the person posted, whom nobody stands in for
	Territory  Reason = "territory"  // 属地兜底
)

// Why somebody who was asked does not answer; NotPosted when nobody was.
const (
	NotPosted Reason = "not_posted"
	Absent    Reason = "absent" // and has no substitute
	Gone      Reason = "gone"   // not yet or no longer with the unit
	Circle    Reason = "circle" // whose substitute was asked already
)

// Step is one holder of a chain.
type Step struct {
	Holder Holder
	Came   Reason // why asked
	Passed Reason // why not the one who answers; empty for the last
}

// Answer is who answers for a class of a grid on a day, and how that was found.
type Answer struct {
	Grid    string
	Class   int
	Posting uuid.UUID // zero: none holds
	Steps   []Step    // the last one answers
}

// Holder is who answers.
func (a *Answer) Holder() Holder { return a.Steps[len(a.Steps)-1].Holder }

// Vacant reports whether it fell to the unit because nobody else answers.
func (a *Answer) Vacant() bool { return a.Steps[len(a.Steps)-1].Came == Territory }

// Why is where the chain of a vacancy broke; empty when it did not.
func (a *Answer) Why() Reason {
	if !a.Vacant() {
		return ""
	}
	for i := len(a.Steps) - 2; i >= 0; i-- {
		if a.Steps[i].Came != TeamOf {
			return a.Steps[i].Passed
		}
	}
	return NotPosted
}

// Records are what a roster is made of.
type Records struct {
	Teams    []Team
	People   []Person
	Postings []Posting
	Absences []Absence
	Holidays []Holiday
}

// Roster is records in the order in which questions ask for them. It is
// immutable, so many may ask at once.
type Roster struct {
	teams    map[uuid.UUID]*Team
	people   map[uuid.UUID]*Person
	members  map[uuid.UUID][]*Person // by team
	postings map[post][]*Posting     // by first day
	absences map[uuid.UUID][]*Absence
	holidays []Holiday
	all      []*Posting
}

type post struct {
	grid  string
	class int
}

// New makes a roster. The records are not copied.
func New(of Records) *Roster {
	r := &Roster{
		teams:    make(map[uuid.UUID]*Team, len(of.Teams)),
		people:   make(map[uuid.UUID]*Person, len(of.People)),
		members:  map[uuid.UUID][]*Person{},
		postings: make(map[post][]*Posting, len(of.Postings)),
		absences: map[uuid.UUID][]*Absence{},
		holidays: of.Holidays,
	}
	for i := range of.Teams {
		r.teams[of.Teams[i].ID] = &of.Teams[i]
	}
	for i := range of.People {
		p := &of.People[i]
		r.people[p.ID] = p
		if p.Team != uuid.Nil {
			r.members[p.Team] = append(r.members[p.Team], p)
		}
	}
	for i := range of.Postings {
		p := &of.Postings[i]
		at := post{p.Grid, p.Class}
		r.postings[at] = append(r.postings[at], p)
		r.all = append(r.all, p)
	}
	for _, list := range r.postings {
		slices.SortFunc(list, func(a, b *Posting) int {
			return cmp.Or(a.From.Compare(b.From), slices.Compare(a.ID[:], b.ID[:]))
		})
	}
	for i := range of.Absences {
		a := &of.Absences[i]
		r.absences[a.Person] = append(r.absences[a.Person], a)
	}
	return r
}

// Team finds a team by id; nil if there is none.
func (r *Roster) Team(id uuid.UUID) *Team { return r.teams[id] }

// Person finds a person by id; nil if there is none.
func (r *Roster) Person(id uuid.UUID) *Person { return r.people[id] }

// Answerable finds who answers on a day for each class of each grid that holds
// on it, in the order of the grids.
func Answerable(day time.Time, grids []Grid, of Records) []Answer {
	return New(of).Answerable(day, grids)
}

// Answerable finds who answers on a day for each class of each grid that holds
// on it, in the order of the grids.
func (r *Roster) Answerable(day time.Time, grids []Grid) []Answer {
	out := make([]Answer, 0, len(grids)*len(Classes))
	for i := range grids {
		if grids[i].Holds(day) {
			for _, class := range Classes {
				out = append(out, r.Answer(day, &grids[i], class))
			}
		}
	}
	return out
}

// Answer finds who answers for one class of a grid on a day.
func (r *Roster) Answer(day time.Time, g *Grid, class int) Answer {
	a := Answer{Grid: g.Code, Class: class}
	if p := r.postingOn(post{g.Code, class}, day); p != nil {
		a.Posting = p.ID
		if a.Steps = r.follow(p, day); a.Steps[len(a.Steps)-1].Passed == "" {
			return a
		}
	}
	a.Steps = append(a.Steps, Step{Holder: Holder{Kind: AUnit, Unit: g.UnitOf(class)}, Came: Territory})
	return a
}

func (r *Roster) postingOn(at post, day time.Time) *Posting {
	for _, p := range r.postings[at] {
		if p.Holds(day) {
			return p
		}
	}
	return nil
}

// follow asks one holder after another; when the last step was passed over too,
// nobody of them answers.
func (r *Roster) follow(p *Posting, day time.Time) []Step {
	if p.Team != uuid.Nil {
		return []Step{r.askTeam(p.Team, Posted, day)}
	}
	var steps []Step
	asked := func(id uuid.UUID) bool {
		return slices.ContainsFunc(steps, func(s Step) bool { return s.Holder.ID == id })
	}
	for next, came := p.Person, Posted; next != uuid.Nil; came = Substitute {
		step := Step{Holder: Holder{Kind: APerson, ID: next}, Came: came}
		var away *Absence
		if who := r.people[next]; who == nil || !who.Holds(day) {
			step.Passed = Gone
		} else if away = r.awayOn(next, day); away != nil {
			step.Passed = Absent
		}
		steps = append(steps, step)
		if step.Passed == "" {
			return steps
		}
		next = uuid.Nil
		if away != nil {
			next = away.Substitute
		}
		if next != uuid.Nil && asked(next) {
			steps[len(steps)-1].Passed, next = Circle, uuid.Nil
		}
	}
	if who := r.people[p.Person]; who != nil && who.Team != uuid.Nil {
		steps = append(steps, r.askTeam(who.Team, TeamOf, day))
	}
	return steps
}

func (r *Roster) askTeam(id uuid.UUID, came Reason, day time.Time) Step {
	s := Step{Holder: Holder{Kind: ATeam, ID: id}, Came: came}
	if t := r.teams[id]; t == nil || !t.Holds(day) {
		s.Passed = Gone
	}
	return s
}

func (r *Roster) awayOn(person uuid.UUID, day time.Time) *Absence {
	for _, a := range r.absences[person] {
		if a.Holds(day) {
			return a
		}
	}
	return nil
}

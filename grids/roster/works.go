package roster

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Off is why a person does not work on a day.
type Off string

// Why a person does not work; empty when they do.
const (
	OffGone    Off = "gone"    // not yet or no longer with the unit
	OffAbsent  Off = "absent"  // away
	OffHoliday Off = "holiday" // of the unit or one above it
	OffShift   Off = "shift"   // no shift begins that day
)

// Works says whether a person works on a day; off is empty if so. It does not
// change who answers.
func (r *Roster) Works(day time.Time, person uuid.UUID) (off Off) {
	p := r.people[person]
	switch {
	case p == nil || !p.Holds(day):
		return OffGone
	case r.awayOn(person, day) != nil:
		return OffAbsent
	case slices.ContainsFunc(r.holidays, func(h Holiday) bool { return h.Holds(day) && h.of(p) }):
		return OffHoliday
	case len(p.Shifts) > 0 && !slices.ContainsFunc(p.Shifts, func(s Shift) bool { return s.Weekday%7 == int(day.Weekday()) }):
		return OffShift
	}
	return ""
}

// of reports whether a holiday is a person's: of their unit, of one above it or
// of the district. A town's is not that of a park's people on its land.
func (h *Holiday) of(p *Person) bool {
	switch {
	case h.Town == "" && h.Park == "" && h.Community == "", h.Unit == p.Unit, h.Unit == p.Community, h.Unit == p.Park:
		return true
	}
	return p.Park == "" && h.Unit == p.Town
}

// Charge is a class of a grid that a person answers for on a day.
type Charge struct {
	Grid    string
	Class   int
	Posting uuid.UUID
	As      Reason    // posted, substitute, or team: with the others of the team
	For     uuid.UUID // the person posted, for a substitute
	// Minutes of work a month; a team's are shared by those of it who are there.
	Minutes float64
}

// Duties is what a person answers for on a day.
type Duties struct {
	Charges []Charge // by grid and class
	Minutes float64  // their sum
	Hours   float64  // the person's capacity a month; 0: not known
}

// Duties finds what a person answers for on a day among grids. minutes is the
// work of a grid's class a month; nil: not known.
func (r *Roster) Duties(day time.Time, person uuid.UUID, grids []Grid, minutes func(grid string, class int) float64) Duties {
	p := r.people[person]
	if p == nil {
		return Duties{}
	}
	out := Duties{Hours: p.HoursPerMonth}
	present := 0
	if there := p.Holds(day) && r.awayOn(person, day) == nil; there {
		present = r.present(p.Team, day)
	}
	for _, a := range r.Answerable(day, grids) {
		c := Charge{Grid: a.Grid, Class: a.Class, Posting: a.Posting}
		share := 1.0
		switch h := a.Holder(); {
		case h.Kind == APerson && h.ID == person:
			if c.As = a.Steps[len(a.Steps)-1].Came; c.As == Substitute {
				c.For = a.Steps[0].Holder.ID
			}
		case h.Kind == ATeam && h.ID == p.Team && present > 0:
			c.As, share = TeamOf, 1/float64(present)
		default:
			continue
		}
		if minutes != nil {
			c.Minutes = minutes(a.Grid, a.Class) * share
		}
		out.Minutes += c.Minutes
		out.Charges = append(out.Charges, c)
	}
	slices.SortFunc(out.Charges, func(a, b Charge) int { return cmp.Or(cmp.Compare(a.Grid, b.Grid), cmp.Compare(a.Class, b.Class)) })
	return out
}

// present counts those of a team who are with it and not away on a day.
func (r *Roster) present(team uuid.UUID, day time.Time) (n int) {
	for _, p := range r.members[team] {
		if p.Holds(day) && r.awayOn(p.ID, day) == nil {
			n++
		}
	}
	return n
}

// Affected is a person whom a change of some grids concerns.
type Affected struct {
	ID    uuid.UUID
	Name  string
	Grids []string // the caller's names for them, ascending
}

// Affected finds the people who answer for grids on a day, those of a team that
// does among them, by name. refs are the caller's names for the grids with the
// code of the grid of the plan in force that each is, or came from; one that came
// from several stands under several names. It reads no more than the postings of
// those grids, so that it can follow a mouse.
func (r *Roster) Affected(day time.Time, refs map[string]string) []Affected {
	found := map[uuid.UUID]map[string]bool{}
	add := func(id uuid.UUID, ref string) {
		if found[id] == nil {
			found[id] = map[string]bool{}
		}
		found[id][ref] = true
	}
	for ref, code := range refs {
		g := Grid{Code: code}
		for _, class := range Classes {
			a := r.Answer(day, &g, class)
			switch h := a.Holder(); h.Kind {
			case APerson:
				add(h.ID, ref)
			case ATeam:
				for _, p := range r.members[h.ID] {
					if p.Holds(day) && r.awayOn(p.ID, day) == nil {
						add(p.ID, ref)
					}
				}
			}
		}
	}
	out := make([]Affected, 0, len(found))
	for id, refs := range found {
		out = append(out, Affected{id, r.people[id].Name, slices.Sorted(maps.Keys(refs))})
	}
	slices.SortFunc(out, func(a, b Affected) int { return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.ID[:], b.ID[:])) })
	return out
}

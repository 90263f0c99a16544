package roster

import (
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
)

// Classes are the classes of duties; every grid has a holder for each.
var Classes = []int{1, 2, 3}

// Span is a run of days at midnight UTC: From is the first, To the first one
// after the last; a zero To is open, and To at From means that it never held.
type Span struct {
	From, To time.Time
}

// Holds reports whether a day lies in the span.
func (s Span) Holds(day time.Time) bool {
	return !day.Before(s.From) && (s.To.IsZero() || day.Before(s.To))
}

// meets is the part of the span that lies in another; ok is false if there is none.
func (s Span) meets(o Span) (part Span, ok bool) {
	part = s
	if o.From.After(part.From) {
		part.From = o.From
	}
	if part.To.IsZero() || (!o.To.IsZero() && o.To.Before(part.To)) {
		part.To = o.To
	}
	return part, part.To.IsZero() || part.From.Before(part.To)
}

// Team is a group of people of one unit: a community's own staff, a town's
// patrol, a fire-safety office, or a contractor's people who do the work of one.
type Team struct {
	ID       uuid.UUID // made by the client
	Name     string
	Unit     string // 12 digits
	Body     policy.Body
	Provider string // the contractor; empty for the unit's own people
	Span

	Town, Park, Community string // the units whose accounts see it
	Version               int32
}

// Kind is what a person is employed as.
type Kind string

// The kinds of people that the opinion names (M046 to M052, M111 to M114, M272).
const (
	CommunityHead     Kind = "community_head"      // 居（村）委主要负责人、干部
	CommunityFullTime Kind = "community_full_time" // 专职
	CommunityPartTime Kind = "community_part_time" // 兼职
	MicroStation      Kind = "micro_station"       // 微型消防站人员
	TownFullTime      Kind = "town_full_time"      // 专职工作人员
	GridPatrol        Kind = "grid_patrol"         // 网格巡查员
	OfficeStaff       Kind = "office"              // 消防安全管理办公室
	Contractor        Kind = "contractor"          // 第三方购买服务
	Property          Kind = "property"            // 物业管理人员
	Volunteer         Kind = "volunteer"           // 消防志愿者
)

// Kinds lists them.
var Kinds = []Kind{CommunityHead, CommunityFullTime, CommunityPartTime, MicroStation, TownFullTime, GridPatrol, OfficeStaff, Contractor, Property, Volunteer}

// MayHold reports whether a person of the kind may answer for a grid. Volunteers
// report what they see, property managers look after their own estate: neither
// satisfies a duty.
func (k Kind) MayHold() bool { return k != Property && k != Volunteer }

// Shift is the hours of one day of the week. It is an attribute to show and to
// tell who works on a day; nothing is scheduled by it.
type Shift struct {
	Weekday int    `json:"weekday"` // 1 Monday to 7 Sunday
	From    string `json:"from"`    // local time, 08:00
	To      string `json:"to"`      // not after From: the next morning
}

// Person is somebody who inspects, or may.
type Person struct {
	ID            uuid.UUID // made by the client
	Name          string    // or a staff number
	Kind          Kind
	Unit          string    // 12 digits
	Team          uuid.UUID // zero: none
	Skills        []string  // 能力素质, free words
	HoursPerMonth float64   // capacity; 0: not known
	Shifts        []Shift   // none: any day
	Span

	Town, Park, Community string // the units whose accounts see the row
	Version               int32
}

// Posting gives one class of a grid's duties to a team or a person.
type Posting struct {
	ID     uuid.UUID // made by the client
	Grid   string    // 15 digits
	Class  int
	Team   uuid.UUID // either of the two is zero
	Person uuid.UUID
	Span

	Town, Park, Community string // the grid's
	Version               int32
}

// Absences a person may have.
var absences = []string{"leave", "sick", "holiday", "training", "secondment", "other"}

// Absence is a person's being away. To is always given; it can be moved.
type Absence struct {
	ID         uuid.UUID // made by the client
	Person     uuid.UUID
	Reason     string    // leave, sick, holiday, training, secondment or other
	Substitute uuid.UUID // zero: nobody
	Span

	Town, Park, Community string // the person's
	Version               int32
}

// Holiday is days off for a unit and everything below it. To is always given.
type Holiday struct {
	ID   uuid.UUID // made by the client
	Unit string    // 12 digits
	Name string
	Span

	Town, Park, Community string // the unit's; all empty for the whole district's
	Version               int32
}

// Grid is a grid as a plan has it over a span of days.
type Grid struct {
	Code, Name            string
	Town, Park, Community string // Park is empty where the community is a town's
	Span
}

// UnitOf is the unit that a class falls to by territory: the community, the
// town, and for class III the park where the grid's community is a park's.
func (g *Grid) UnitOf(class int) string {
	switch {
	case class == 1:
		return g.Community
	case class == 3 && g.Park != "":
		return g.Park
	}
	return g.Town
}

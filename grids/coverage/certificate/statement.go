package certificate

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Format is the version of the certificate's form.
const Format = "gridward-coverage/1"

// Counts are obligations by state.
type Counts struct{ Met, Attempted, Open, Overdue, Excused, Disputed int }

// of is a state's count.
func (c *Counts) of(s State) *int {
	switch s {
	case Met:
		return &c.Met
	case Attempted:
		return &c.Attempted
	case Open:
		return &c.Open
	case Overdue:
		return &c.Overdue
	case Excused:
		return &c.Excused
	}
	return &c.Disputed
}

// Total is every obligation, the excused ones with them.
func (c Counts) Total() int {
	return c.Met + c.Attempted + c.Open + c.Overdue + c.Excused + c.Disputed
}

// Due is every obligation but the excused.
func (c Counts) Due() int { return c.Total() - c.Excused }

// Complete is whether all that is due is met; nil where nothing is due.
func (c Counts) Complete() *bool {
	if c.Due() == 0 {
		return nil
	}
	done := c.Met == c.Due()
	return &done
}

// Statement is what a certificate says.
type Statement struct {
	Format         string // filled in by Issue
	District       string // 6 digits
	Unit           string // 12 digits
	UnitName       string
	Class          int      // 0 for all
	Duties         []string // ascending; Issue puts them in order
	Period         string
	KnownAt        time.Time // what was known at this instant; UTC, microseconds
	AsOf           time.Time // what was judged as at this instant; UTC, microseconds
	IssuedAt       time.Time // not before KnownAt; UTC, microseconds
	Counts         Counts
	Total          int
	Due            int
	Met            int
	Complete       *bool    // nil where nothing is due
	LongestGapDays *int     // nil where nothing is due, or unknown
	Policies       []Policy // at least one, by first day and version; Issue puts them in order
	Plans          []Plan   // by town, first day and id; Issue puts them in order
	Obligations    int      // leaves of the tree; filled in by Issue
	Root           Digest   // filled in by Issue
	KeyID          string   // filled in by Issue
}

// Policy is one that the period was judged by.
type Policy struct {
	Version   string
	ValidFrom time.Time // midnight UTC
	SHA256    Digest    // of its document
}

// Plan is a grid plan that was in force.
type Plan struct {
	ID            uuid.UUID
	Town          string    // 12 digits
	EffectiveFrom time.Time // midnight UTC
}

func comparePolicies(a, b Policy) int {
	return cmp.Or(a.ValidFrom.Compare(b.ValidFrom), strings.Compare(a.Version, b.Version))
}

func comparePlans(a, b Plan) int {
	return cmp.Or(strings.Compare(a.Town, b.Town), a.EffectiveFrom.Compare(b.EffectiveFrom), bytes.Compare(a.ID[:], b.ID[:]))
}

// inOrder is the statement with its lists sorted, its times in UTC and its
// instants in whole microseconds, so that the same facts make the same document. It shares
// nothing with the one it came from.
func (s Statement) inOrder() Statement {
	s.Duties, s.Policies, s.Plans = slices.Clone(s.Duties), slices.Clone(s.Policies), slices.Clone(s.Plans)
	slices.Sort(s.Duties)
	slices.SortFunc(s.Policies, comparePolicies)
	slices.SortFunc(s.Plans, comparePlans)
	for _, t := range []*time.Time{&s.KnownAt, &s.AsOf, &s.IssuedAt} {
		*t = t.UTC().Truncate(time.Microsecond)
	}
	for i := range s.Policies {
		s.Policies[i].ValidFrom = s.Policies[i].ValidFrom.UTC()
	}
	for i := range s.Plans {
		s.Plans[i].EffectiveFrom = s.Plans[i].EffectiveFrom.UTC()
	}
	if s.Complete != nil {
		v := *s.Complete
		s.Complete = &v
	}
	if s.LongestGapDays != nil {
		v := *s.LongestGapDays
		s.LongestGapDays = &v
	}
	return s
}

// faults are what a statement says that cannot be, by itself.
func (s *Statement) faults(where string) Faults {
	f := s.formFaults(where)
	f = append(f, s.listFaults(where)...)
	return append(f, s.countFaults(where)...)
}

func (s *Statement) formFaults(where string) Faults {
	var f Faults
	check := func(name string, err error) {
		if err != nil {
			f.add(WrongValue, member(where, name), "%v", err)
		}
	}
	if s.Format != Format {
		f.add(WrongValue, member(where, "format"), "%q, and this reads %s", s.Format, Format)
	}
	check("district", digits(s.District, 6))
	check("unit", digits(s.Unit, 12))
	check("unit_name", plain(s.UnitName))
	check("period", plain(s.Period))
	if s.Class < 0 || s.Class > 9 {
		f.add(WrongValue, member(where, "class"), "%d is neither 0 for all nor a class", s.Class)
	}
	check("known_at", year(s.KnownAt))
	check("as_of", year(s.AsOf))
	check("issued_at", year(s.IssuedAt))
	if s.IssuedAt.Before(s.KnownAt) {
		f.add(WrongValue, member(where, "issued_at"), "it is before known_at: nobody can certify what is not known yet")
	}
	return f
}

func (s *Statement) listFaults(where string) Faults {
	var f Faults
	order := func(name string, i, c int) {
		if i > 0 && c >= 0 {
			f.add(WrongValue, element(member(where, name), i), "it is not after the one before it")
		}
	}
	check := func(name string, i int, part string, err error) {
		if err != nil {
			f.add(WrongValue, member(element(member(where, name), i), part), "%v", err)
		}
	}
	if len(s.Duties) == 0 {
		f.add(WrongValue, member(where, "duties"), "none is named")
	}
	for i, d := range s.Duties {
		if err := plain(d); err != nil {
			f.add(WrongValue, element(member(where, "duties"), i), "%v", err)
		}
		order("duties", i, strings.Compare(s.Duties[max(i-1, 0)], d))
	}
	if len(s.Policies) == 0 {
		f.add(WrongValue, member(where, "policies"), "none is named")
	}
	for i, p := range s.Policies {
		check("policies", i, "version", plain(p.Version))
		check("policies", i, "valid_from", day(p.ValidFrom))
		order("policies", i, comparePolicies(s.Policies[max(i-1, 0)], p))
	}
	for i, p := range s.Plans {
		check("plans", i, "town", digits(p.Town, 12))
		check("plans", i, "effective_from", day(p.EffectiveFrom))
		order("plans", i, comparePlans(s.Plans[max(i-1, 0)], p))
	}
	return f
}

// countFaults hold each figure to the counts by state, from which all follow.
func (s *Statement) countFaults(where string) Faults {
	var f Faults
	for _, state := range allStates {
		if n := *s.Counts.of(state); n < 0 || n > mostInteger {
			f.add(WrongCounts, member(where, "counts."+string(state)), "%d is no count", n)
		}
	}
	for _, x := range [...]struct {
		name      string
		got, want int
	}{
		{"total", s.Total, s.Counts.Total()},
		{"obligations", s.Obligations, s.Counts.Total()},
		{"due", s.Due, s.Counts.Due()},
		{"met", s.Met, s.Counts.Met},
	} {
		if x.got != x.want {
			f.add(WrongCounts, member(where, x.name), "it is %d, and the counts by state come to %d", x.got, x.want)
		}
	}
	if want := s.Counts.Complete(); verdict(s.Complete) != verdict(want) {
		f.add(WrongComplete, member(where, "complete"), "it is %s, and with %d met of %d due it would be %s",
			verdict(s.Complete), s.Counts.Met, s.Counts.Due(), verdict(want))
	}
	if g := s.LongestGapDays; g != nil && (*g < 0 || *g > mostInteger || s.Counts.Due() == 0) {
		f.add(WrongCounts, member(where, "longest_gap_days"), "it is %d, with %d due", *g, s.Counts.Due())
	}
	return f
}

func verdict(complete *bool) string {
	if complete == nil {
		return "null"
	}
	return fmt.Sprint(*complete)
}

// year holds a date to the years in which a policy's periods can lie, which are
// also those that RFC 3339 writes with four digits.
func year(t time.Time) error {
	if y := t.UTC().Year(); y < 2000 || y > 2999 {
		return fmt.Errorf("year %d is not from 2000 to 2999", y)
	}
	return nil
}

func day(t time.Time) error {
	if !t.Equal(t.UTC().Truncate(24 * time.Hour)) {
		return fmt.Errorf("%s is not midnight UTC", t)
	}
	return year(t)
}

package postgres

import (
	"fmt"
	"regexp"
	"strings"
)

// Scope is who asks, and what they may see: a district, or some units of it.
type Scope struct {
	District  string   // 6 digits, the shard key
	Units     []string // 12-digit codes of towns, parks or communities; empty: the whole district
	Actor     string   // for the audit trail
	RequestID string
}

var (
	districtForm = regexp.MustCompile(`^[0-9]{6}$`)
	unitForm     = regexp.MustCompile(`^[0-9]{12}$`)
)

// maxUnits bounds the setting, which policies search for every row.
const maxUnits = 1000

// setting is the value of gridward.scope, and the only place that makes it:
// codes between commas, a comma first and last. SET cannot be parametrised, so
// nothing but digits may ever stand here.
//
//	,310113,310113000,             the whole district
//	,310113000,310113003000,       that town; the first member, the district
//	                               and three noughts, says where it belongs
//
// A policy looks for ',' || code || ','. A member of 6 digits matches every
// row of its district; one of 9 digits matches the tables that a session of
// any scope in the district may use, such as the change feed; one of 12 digits
// matches the rows of a unit, in the district that the 9 digits name: a unit's
// code need not begin with its district's. Since the lengths differ and commas
// stand on both sides, no member can be mistaken for one of another kind; and
// since no member is empty, an empty code in a row matches nothing.
func (s Scope) setting() (string, error) {
	if !districtForm.MatchString(s.District) {
		return "", fmt.Errorf("scope: district %q must have 6 digits", s.District)
	}
	if len(s.Units) == 0 {
		return "," + s.District + "," + s.District + "000,", nil
	}
	var b strings.Builder
	b.WriteString("," + s.District + "000,")
	if len(s.Units) > maxUnits {
		return "", fmt.Errorf("scope: %d units are more than %d: name the units above them, or the district", len(s.Units), maxUnits)
	}
	for _, u := range s.Units {
		if !unitForm.MatchString(u) {
			return "", fmt.Errorf("scope: unit %q must have 12 digits", u)
		}
		b.WriteString(u)
		b.WriteByte(',')
	}
	return b.String(), nil
}

// Visible is the units for the scope's predicate in SQL, nil for all.
func (s Scope) Visible() []string {
	if len(s.Units) == 0 {
		return nil
	}
	return s.Units
}

// Sees reports whether a row of these units lies in the scope: the same
// decision as the one in SQL.
func (s Scope) Sees(town, park, community string) bool {
	if len(s.Units) == 0 {
		return true
	}
	for _, u := range s.Units {
		if u == town || u == park || u == community {
			return true
		}
	}
	return false
}

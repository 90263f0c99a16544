package layers

import (
	"time"

	"github.com/paulmach/orb"
)

// UnitKind is the level of an administrative unit.
type UnitKind string

// The four kinds of unit. A park is a town-level unit whose land lies inside towns.
const (
	District  UnitKind = "district"
	Town      UnitKind = "town"
	Park      UnitKind = "park"
	Community UnitKind = "community"
)

// Unit is a district 区, town 街镇, park 园区 or community 居村委 as it stood
// over a span of days. Its place in the hierarchy is Parent, never a prefix of
// its code: prefixes are true only on the day a code is given.
type Unit struct {
	Code      string // 12 digits, the statistical code
	Kind      UnitKind
	Name      string // as the screen shows it, usually Chinese
	NameEN    string // may be empty
	Parent    string // code of the parent unit; empty for a district
	Geometry  orb.MultiPolygon
	ValidFrom time.Time // first day, midnight UTC
	ValidTo   time.Time // first day on which it no longer holds; zero while it holds
}

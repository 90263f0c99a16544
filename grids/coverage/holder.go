package coverage

import (
	"gridward/grids"
	"gridward/grids/coverage/policy"
)

// Holder is the unit that a duty falls to at a place, and why: class I to the
// community, class II to the town, class III to the town's office, or to the
// park's where the place lies in one.
func Holder(body policy.Body, p grids.Placement) (unit string, basis policy.Text) {
	switch {
	case body == policy.CommunityStaff:
		return p.Community, policy.Text{ZH: "所在居村委", EN: "the community in which it lies"}
	case body == policy.TownPatrol:
		return p.Town, policy.Text{ZH: "所在街镇巡查队", EN: "the patrol of the town in which it lies"}
	case p.Park != "":
		return p.Park, policy.Text{ZH: "位于园区内，由园区消防安全管理办公室负责", EN: "in the park, whose fire-safety office holds class III there"}
	}
	return p.Town, policy.Text{ZH: "所在街镇消防安全管理办公室", EN: "the fire-safety office of the town in which it lies"}
}

// holder is the unit that a duty falls to at a spot.
func (s *Spot) holder(body policy.Body) string {
	switch {
	case body == policy.CommunityStaff:
		return s.Community
	case body == policy.Office && s.Park != "":
		return s.Park
	}
	return s.Town
}

// townLevel is the town or park that answers for a duty at a spot: what an
// office holds inside a park is the park's, all else the town's, the class I of
// its communities too. Each obligation has exactly one.
func (s *Spot) townLevel(body policy.Body) string {
	if body == policy.Office && s.Park != "" {
		return s.Park
	}
	return s.Town
}

// Placement is the spot as the register of grids names it.
func (s *Spot) Placement() grids.Placement {
	return grids.Placement{Town: s.Town, Park: s.Park, Community: s.Community, Grid: s.Grid}
}

// Package grids answers which grid and which body is responsible for a place.
//
// A grid 网格 is a responsibility area inside one community, a face of a town's
// plan. A place belongs first to the community that holds the largest share of
// its footprint and then, among that community's grids, to the one that does;
// so the community that answers for a place and the community of its grid are
// always the same.
package grids

import (
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// Grid is one face of a plan.
type Grid struct {
	Code      string // 15 digits, GB/T 30428.1: the community's 12 and a serial of 3
	Name      string
	Town      string // 12 digits
	Community string // 12 digits
	Plan      uuid.UUID
	Geometry  orb.MultiPolygon // on the lattice
	AreaM2    float64
}

// PlanStatus is where a plan stands in its life.
type PlanStatus string

// The states of a plan.
const (
	Draft      PlanStatus = "draft"
	Published  PlanStatus = "published"
	Superseded PlanStatus = "superseded"
)

// Plan is one town's partition into grids, valid from a date.
type Plan struct {
	ID            uuid.UUID
	Town          string // 12 digits
	Name          string
	Status        PlanStatus
	Origin        string    // "generated", or the file it was read from
	EffectiveFrom time.Time // midnight UTC; zero for a draft
	EffectiveTo   time.Time // zero while it is in force
	CreatedAt     time.Time
	Grids         []Grid // by code
}

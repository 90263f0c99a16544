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
	Draft      PlanStatus = "draft"    // being drawn
	Proposed   PlanStatus = "proposed" // drawn, waiting for a review
	Published  PlanStatus = "published"
	Superseded PlanStatus = "superseded"
)

// Plan is one town's partition into grids, valid from a date.
type Plan struct {
	ID            uuid.UUID
	Town          string // 12 digits
	Name          string
	Status        PlanStatus
	Origin        string    // "generated", "drawn", or the file it was read from
	Base          uuid.UUID // what it was drawn on; zero if nothing
	EffectiveFrom time.Time // midnight UTC; zero for a draft
	EffectiveTo   time.Time // zero while it is in force
	CreatedAt     time.Time
	CreatedBy     string
	Review        Review
	Version       int32    // counts its writes
	Grids         []Grid   // by code
	Origins       []Origin // of new and changed grids
}

// Review is the record without which nothing comes into force.
type Review struct {
	Reviewer, Note string
	At             time.Time
}

// Origin is how much of a grid's land came from a grid of the plan before: a
// split leaves several grids with one origin, a merge one with several.
type Origin struct {
	Code, From, Community string
	AreaM2                float64
	Share                 float64 // of the grid's area
}

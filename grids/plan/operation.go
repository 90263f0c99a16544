package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"gridward/geo"
)

// OpKind names an operation on a draft.
type OpKind string

// The operations.
const (
	Split        OpKind = "split"         // divide the grids that a line crosses
	Merge        OpKind = "merge"         // join grids; the first keeps its code
	MoveVertex   OpKind = "move_vertex"   // move a corner of shared borders
	InsertVertex OpKind = "insert_vertex" // bend a border's edge to a point
	DeleteVertex OpKind = "delete_vertex" // straighten a border at a corner
	Reroute      OpKind = "reroute"       // let the border of two grids follow a path
	Straighten   OpKind = "straighten"    // take corners out of the border of two grids
	Give         OpKind = "give"          // hand a region's land to a grid
	Carve        OpKind = "carve"         // make a new grid of a region's land
	Allot        OpKind = "allot"         // hand out a community's land by shares at once
	Rename       OpKind = "rename"        // give a grid another name
)

// Allowance is a promise that an operation may set aside.
type Allowance string

// The allowances.
const (
	Disconnect Allowance = "disconnect" // grids may fall into parts
	Cut        Allowance = "cut"        // a place that should stay whole may be divided
)

// Operation is one step of a draft, as clients send it and the database keeps
// it. Which fields it has depends on its kind. Coordinates are longitude and
// latitude in degrees; grids are named by reference, see [Draft].
type Operation struct {
	Kind  OpKind      `json:"kind"`
	Allow []Allowance `json:"allow,omitempty"`

	Line      []LonLat `json:"line,omitempty"`        // split
	Grids     []string `json:"grids,omitempty"`       // split (which may be divided), merge, reroute, straighten
	From      *LonLat  `json:"from,omitempty"`        // move_vertex
	To        *LonLat  `json:"to,omitempty"`          // move_vertex
	Edge      []LonLat `json:"edge,omitempty"`        // insert_vertex: its two ends
	At        *LonLat  `json:"at,omitempty"`          // insert_vertex, delete_vertex
	Path      []LonLat `json:"path,omitempty"`        // reroute
	Tolerance float64  `json:"tolerance_m,omitempty"` // straighten
	Grid      string   `json:"grid,omitempty"`        // rename; give: who gets it
	Name      string   `json:"name,omitempty"`        // rename, carve
	Community string   `json:"community,omitempty"`   // carve, allot
	Region    *Region  `json:"region,omitempty"`      // give, carve
	Cells     []string `json:"cells,omitempty"`       // give, carve: H3 cells instead of a region
	Donors    []string `json:"donors,omitempty"`      // give, carve, allot: only what belongs to these
	Shares    []Share  `json:"shares,omitempty"`      // allot
}

// Share is what one grid gets of a community's land.
type Share struct {
	Grid   string   `json:"grid,omitempty"` // empty: a new grid
	Name   string   `json:"name,omitempty"` // of a new grid
	Region *Region  `json:"region,omitempty"`
	Cells  []string `json:"cells,omitempty"`
}

// Limits on one operation, so that no request keeps a server busy.
const (
	maxVertices = 20_000
	maxCells    = 20_000
	maxName     = 100 // characters
)

// ErrOperation says that an operation is not well formed.
var ErrOperation = errors.New("the operation is not well formed")

// fields lists which fields a kind must have and which it may have.
var fields = map[OpKind]struct{ must, may []string }{
	Split:        {[]string{"line"}, []string{"grids"}},
	Merge:        {[]string{"grids"}, nil},
	MoveVertex:   {[]string{"from", "to"}, nil},
	InsertVertex: {[]string{"edge", "at"}, nil},
	DeleteVertex: {[]string{"at"}, nil},
	Reroute:      {[]string{"grids", "path"}, nil},
	Straighten:   {[]string{"grids", "tolerance_m"}, nil},
	Give:         {[]string{"grid"}, []string{"region", "cells", "donors"}},
	Carve:        {[]string{"community"}, []string{"region", "cells", "donors", "name"}},
	Allot:        {[]string{"community", "shares"}, []string{"donors"}},
	Rename:       {[]string{"grid", "name"}, nil},
}

// has lists the fields that an operation has.
func (o *Operation) has() map[string]bool {
	return map[string]bool{
		"line": o.Line != nil, "grids": o.Grids != nil, "from": o.From != nil, "to": o.To != nil, "edge": o.Edge != nil, "at": o.At != nil,
		"path": o.Path != nil, "tolerance_m": o.Tolerance != 0, "grid": o.Grid != "", "name": o.Name != "", "community": o.Community != "",
		"region": o.Region != nil, "cells": o.Cells != nil, "donors": o.Donors != nil, "shares": o.Shares != nil,
	}
}

// Check says what is wrong with an operation's form; every mistake, each
// wrapping [ErrOperation].
func (o *Operation) Check() error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("%w: "+format, append([]any{ErrOperation}, args...)...))
	}
	want, known := fields[o.Kind]
	if !known {
		problem("kind: %q is none of %s", o.Kind, strings.Join(kinds(), ", "))
		return errors.Join(problems...)
	}
	has := o.has()
	for _, f := range want.must {
		if !has[f] {
			problem("%s: %s needs it", f, o.Kind)
		}
	}
	for _, f := range slices.Sorted(keys(has)) {
		if has[f] && !slices.Contains(want.must, f) && !slices.Contains(want.may, f) {
			problem("%s: %s does not take it", f, o.Kind)
		}
	}
	for _, a := range o.Allow {
		if a != Disconnect && a != Cut {
			problem("allow: %q is neither disconnect nor cut", a)
		}
	}
	if (o.Kind == Give || o.Kind == Carve) && has["region"] == has["cells"] {
		problem("region, cells: one of the two is wanted")
	}
	if o.Kind == Split && len(o.Line) < 2 || o.Kind == Reroute && len(o.Path) < 2 || o.Kind == InsertVertex && len(o.Edge) != 2 {
		problem("%s: two points at least are wanted", o.Kind)
	}
	switch n := len(o.Grids); {
	case o.Kind == Merge && n < 2, (o.Kind == Reroute || o.Kind == Straighten) && n != 2:
		problem("grids: %d do not make a %s", n, o.Kind)
	}
	if o.Kind == Straighten && !(o.Tolerance > 0 && o.Tolerance <= 200) {
		problem("tolerance_m: %v is not between 0 and 200", o.Tolerance)
	}
	if n := len([]rune(o.Name)); n > maxName {
		problem("name: %d characters are more than %d", n, maxName)
	}
	for i, s := range o.Shares {
		if (s.Region != nil) == (s.Cells != nil) {
			problem("shares[%d]: one of region and cells is wanted", i)
		}
		if len([]rune(s.Name)) > maxName {
			problem("shares[%d].name: more than %d characters", i, maxName)
		}
	}
	if o.Kind == Allot && has["shares"] && len(o.Shares) == 0 {
		problem("shares: at least one is wanted")
	}
	if n := o.vertices(); n > maxVertices {
		problem("%d vertices are more than %d", n, maxVertices)
	}
	if n := o.cells(); n > maxCells {
		problem("%d cells are more than %d", n, maxCells)
	}
	return errors.Join(problems...)
}

func kinds() []string {
	var out []string
	for k := range fields {
		out = append(out, string(k))
	}
	slices.Sort(out)
	return out
}

func keys(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (o *Operation) vertices() int {
	n := len(o.Line) + len(o.Path)
	count := func(g *Region) {
		if g != nil {
			for _, p := range g.MultiPolygon {
				for _, r := range p {
					n += len(r)
				}
			}
		}
	}
	count(o.Region)
	for _, s := range o.Shares {
		count(s.Region)
	}
	return n
}

func (o *Operation) cells() int {
	n := len(o.Cells)
	for _, s := range o.Shares {
		n += len(s.Cells)
	}
	return n
}

func (o *Operation) allows(a Allowance) bool { return slices.Contains(o.Allow, a) }

// regionOf is the land of a region or of cells, on the lattice.
func regionOf(region *Region, cells []string) (geo.Outline, error) {
	if region == nil {
		of := make([]geo.Cell, len(cells))
		for i, s := range cells {
			c, err := geo.ParseCell(s)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrOperation, err)
			}
			if r := c.Resolution(); r < 8 || r > 12 {
				return nil, fmt.Errorf("%w: cell %s has the resolution %d; 8 to 12 are taken", ErrOperation, s, r)
			}
			of[i] = c
		}
		o, err := geo.CellsOutline(of)
		if err == nil && len(o) == 0 {
			err = errors.New("no cells")
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOperation, err)
		}
		return o, nil
	}
	o, err := geo.NewOutline(region.MultiPolygon)
	if err != nil {
		return nil, fmt.Errorf("%w: region: %w", ErrOperation, err)
	}
	if _, err := geo.NewPartition([]geo.Outline{o}); err != nil { // it crosses or touches itself
		return nil, fmt.Errorf("%w: region: %w", ErrOperation, err)
	}
	return o, nil
}

// pointsOf snaps a path to the lattice; repeated points are dropped.
func pointsOf(path []LonLat) ([]geo.Point, error) {
	out := make([]geo.Point, 0, len(path))
	for _, v := range path {
		p, err := geo.SnapChecked(orb.Point(v))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOperation, err)
		}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	return out, nil
}

// ParseOperation reads an operation and checks its form.
func ParseOperation(raw []byte) (Operation, error) {
	var o Operation
	if err := json.Unmarshal(raw, &o); err != nil {
		return o, fmt.Errorf("%w: %w", ErrOperation, err)
	}
	return o, o.Check()
}

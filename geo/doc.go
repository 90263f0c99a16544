// Package geo is the ground floor of Gridward: exact planar geometry on an
// integer lattice, H3 keys, and the locator that says which face of a
// partition holds a point. It knows no database and no HTTP.
//
// # The lattice
//
// A [Point] is a longitude and a latitude in units of 1e-7 degree, each in an
// int32. One step is 1.1 cm north–south everywhere and 0.95 cm east–west at
// Shanghai's latitude. Coordinates from outside are snapped once, by [Snap],
// and from then on every predicate is exact: there is no tolerance anywhere in
// this package.
//
// # Why 64 bits suffice
//
// Orientation is the sign of the doubled area of a triangle. A triangle in a
// box of width W and height H has a doubled area of at most W·H. The whole
// lattice is W = 3.6e9 by H = 1.8e9, so the true value is at most 6.48e18 and
// fits an int64, whose bound is 9.22e18. The two products of which it is the
// difference may each overflow, but Go's integers wrap modulo 2^64, and a true
// result that fits is recovered exactly from wrapped parts. A ring's doubled
// area is bounded by 2·W·H in the same way, which fits while W·H < 4.6e18 (a
// box of 210° by 210°); [Outline] checks that bound where rings come in.
//
// # Two libraries, one border
//
// orb is the model in memory; go-geom carries a third or fourth number and
// stands at the database's edge. [PlanView] is the one conversion.
package geo

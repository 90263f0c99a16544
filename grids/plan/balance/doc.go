// Package balance redraws the grids of communities so that each holds about the
// same work: values in, values out, no database and no clock.
//
// # Atoms
//
// A community ([Zone]) is cut into [Atoms]: by H3 cells, by its streets and
// water, by the borders of its present grids, and around what must stay whole.
// An atom is a connected piece of land whose borders are the same lattice
// vertices as its neighbours', so any union of atoms is exact. What is
// too small to matter is joined to the neighbour along the longest border.
//
// The outline of a community is nobody's to bend, and between two of its corners
// there is hardly a lattice point exactly on it. Where atoms meet it there, a hem
// ([Hem]) of a step's width runs between them and the outline; the grid with most
// of the edge has it whole.
//
// # Division
//
// [Divide] gives every atom to a grid. It begins with a centroidal power diagram
// (Aurenhammer 1987; Lloyd 1982) or with the present grids, and goes on by
// simulated annealing over moves of one atom across a border, each of which
// leaves both grids connected: a move that would take an articulation of its
// grid is never made. Load, compactness (Polsby and Popper 1991), places that
// change hands, and borders away from streets or through buildings are weighed
// against each other; see [Weights].
//
// The number of moves follows from [Options.Seconds] and the number of atoms, not
// from a clock: the same input and seed give the same answer on every machine,
// whatever else it does. Only cancelling depends on time, and it too returns a
// whole division.
//
// # Shares
//
// [Atoms.Shares] turns a division into land for grids. The shares tile their
// zone to the last lattice step, so a planar map takes them as they are.
package balance

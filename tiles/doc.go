// Package tiles makes vector tiles from snapshots in memory. What a tile shows
// depends on the asker's scope alone; a feature outside it leaves no trace, in
// bytes, counts or tags.
//
// # Decisions
//
//   - A [Snapshot] and a [Heat] are immutable and made of blocks: the features of
//     one owner (town, park, community) in one H3 cell of 5 km², in columns. So a
//     block is seen as a whole or not at all, a change makes the block anew that
//     it lies in, and what a block says of itself tells nothing of others.
//   - A tile's version is a digest of the blocks that its box meets and the scope
//     sees. It is of contents, so it is the same on every server and after every
//     start, it is known before any work, and weak tags are made of it. Nothing is
//     ever invalidated: a kept tile with another version is drawn anew.
//   - Coordinates are projected once, to 2^32 steps around the world in an int32.
//     Lattice points come back from them exactly, so routes and plans read the same
//     columns. A tile's corner is a whole number of its own steps away from every
//     other's, so a vertex is rounded alike wherever it is drawn.
//   - Areas that share borders are simplified once, border by border: each vertex
//     has the first zoom at which it is drawn.
//   - A feature's number is a hash of its identity: below 2^53, and the same when
//     it is moved. A hexagon's number is its cell ([geo.Cell.Compact]).
//   - Hexagons carry weights, and legends say where classes begin, for a whole
//     zoom. A class in the tile would change with every hazard of the district.
//     Weights decay by whole days, so a tile changes with its data or at midnight.
package tiles

// Package tiles makes vector tiles from snapshots in memory: immutable sets of
// features with an index, replaced whole or in part when the change feed says
// so. What a tile shows depends on the asker's scope alone; a feature outside
// it leaves no trace, in bytes, counts or tags.
package tiles

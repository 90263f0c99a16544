// Package pmtiles writes PMTiles archives, version 3: all tiles of a set in one
// file that a browser reads by ranges, from any file server or from a disk
// without a network. Tiles that are equal are kept once, and a run of equal ones
// is one entry.
//
// Format: https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
package pmtiles

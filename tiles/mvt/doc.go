// Package mvt writes Mapbox Vector Tiles, version 2.1, by appending: no object
// per feature, no reflection, and the same calls give the same bytes.
//
// A [Layer] is begun, features are added to it one after the other, and
// [Layer.AppendTo] closes it into a tile. Layers of a tile simply follow each
// other, so tiles may be joined as they are.
//
// Format: https://github.com/mapbox/vector-tile-spec/tree/master/2.1
package mvt

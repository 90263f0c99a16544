package tiles

import "github.com/paulmach/orb"

// TileJSON is a tile set's description, version 3.0.0. Its zooms are the matrix's
// own, and its bounds degrees as a map of the matrix has them.
type TileJSON struct {
	TileJSON     string               `json:"tilejson"`
	Name         string               `json:"name"`
	Tiles        []string             `json:"tiles"`
	VectorLayers []VectorLayer        `json:"vector_layers"`
	MinZoom      int                  `json:"minzoom"`
	MaxZoom      int                  `json:"maxzoom"`
	Bounds       *[4]float64          `json:"bounds,omitempty"`
	Attribution  string               `json:"attribution,omitempty"`
	Served       string               `json:"served"` // memory; or sql, of a layer too large for it
	Matrix       string               `json:"tile_matrix_set"`
	CRS          string               `json:"crs"`                   // an OGC URI, or GCJ-02
	Legends      map[string][]float64 `json:"legends,omitempty"`     // heat: by zoom each class's lower bound
	Resolutions  map[string]int       `json:"resolutions,omitempty"` // heat: H3 resolution by zoom
}

// VectorLayer is one layer of a tile set with its fields.
type VectorLayer struct {
	ID      string            `json:"id"`
	MinZoom int               `json:"minzoom"`
	MaxZoom int               `json:"maxzoom"`
	Fields  map[string]string `json:"fields"`
}

// BoundsOf is a box as TileJSON has it: west, south, east, north.
func BoundsOf(b orb.Bound) *[4]float64 {
	return &[4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
}

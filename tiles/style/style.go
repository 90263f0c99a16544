// Package style makes MapLibre styles (version 8) of the service's built-in maps:
// what a dashboard elsewhere needs to show our tiles as the console does. It takes
// values and returns values; who asks and where tiles are is the caller's.
package style

import (
	"math"

	"github.com/paulmach/orb"

	"gridward/layers"
)

// Style is a MapLibre style. There is neither a glyphs address nor a sprite: names
// are drawn with the reader's own fonts, and nothing comes from another host.
type Style struct {
	Version  int               `json:"version"`
	Name     string            `json:"name"`
	Metadata Metadata          `json:"metadata"`
	Center   *[2]float64       `json:"center,omitempty"` // longitude, latitude
	Zoom     float64           `json:"zoom,omitempty"`
	Sources  map[string]Source `json:"sources"`
	Layers   []Layer           `json:"layers"` // from the bottom to the top
}

// Metadata says which map a style is of, in words.
type Metadata struct {
	Map   string      `json:"gridward:map"`
	Title layers.Text `json:"gridward:title"`
}

// Source is a tile set, by the address of its TileJSON.
type Source struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// Layer is one layer of a style.
type Layer struct {
	ID          string  `json:"id"`
	Type        string  `json:"type"`
	Source      string  `json:"source,omitempty"`
	SourceLayer string  `json:"source-layer,omitempty"`
	MinZoom     float64 `json:"minzoom,omitempty"`
	MaxZoom     float64 `json:"maxzoom,omitempty"`
	Filter      expr    `json:"filter,omitempty"`
	Layout      values  `json:"layout,omitempty"`
	Paint       values  `json:"paint,omitempty"`
}

type (
	expr   []any          // an expression: an operator and what it is of
	values map[string]any // properties by name
)

// Input is what a style is made from.
type Input struct {
	Palette *Palette
	Layers  []*layers.Definition // of the deployment, in their order
	// TileJSON is the address of a tile set's TileJSON.
	TileJSON func(set string) string
	// Legends are of heat: by zoom each class's lower bound, ascending.
	Legends map[int][]float64
	Bound   orb.Bound // what is to be seen at first, in degrees; empty: anything
}

// has reports whether the deployment has a layer.
func (in *Input) has(layer string) bool {
	for _, d := range in.Layers {
		if d.Layer == layer {
			return true
		}
	}
	return false
}

// Style draws a map.
func (m Map) Style(in Input) Style {
	out := Style{Version: 8, Name: m.Title.ZH, Metadata: Metadata{m.Name, m.Title}, Sources: map[string]Source{}}
	own := m.draw(&in)
	for _, part := range [][]Layer{in.ground(), own.below, in.borders(), own.above, own.names, in.names(own.top), own.top} {
		out.Layers = append(out.Layers, part...)
	}
	for _, l := range out.Layers {
		if l.Source != "" {
			out.Sources[l.Source] = Source{"vector", in.TileJSON(l.Source)}
		}
	}
	if !in.Bound.IsEmpty() && !in.Bound.IsZero() {
		c := in.Bound.Center()
		out.Center = &[2]float64{math.Round(c[0]*1e5) / 1e5, math.Round(c[1]*1e5) / 1e5}
		out.Zoom = max(zoomOf(in.Bound), own.from)
	}
	return out
}

// A style cannot know the size of the map that shows it: one of 900 × 640 pixels
// shows all of what is to be seen, with room around it for controls.
const widthThen, heightThen = 840.0, 560.0

// zoomOf is the zoom at which a box fills a map. At zoom 0 the world is 512 pixels.
func zoomOf(b orb.Bound) float64 {
	across := (b.Max[0] - b.Min[0]) / 360
	down := (b.Max[1] - b.Min[1]) / 360 / math.Cos(b.Center()[1]*math.Pi/180) // Mercator stretches northwards
	zoom := min(math.Log2(widthThen/512/max(across, 1e-6)), math.Log2(heightThen/512/max(down, 1e-6)))
	return max(0, math.Floor(zoom*10)/10)
}

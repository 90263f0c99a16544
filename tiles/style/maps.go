package style

import (
	"maps"
	"slices"

	"gridward/layers"
)

// Map is one of the built-in maps.
type Map struct {
	Name  string // in addresses
	Title layers.Text
	// Set is the tile set whose parameters narrow what the map shows; empty: none does.
	Set  string
	draw func(*Input) parts
}

// parts are a map's own layers, by where they go: below the units' lines, above
// them, names that give way to the units' names, and names to which those give way.
type parts struct {
	below, above, names, top []Layer
	from                     float64 // the zoom from which there is something to see
}

// Maps are the built-in maps, in the order of menus.
func Maps() []Map {
	return []Map{
		{"coverage", layers.Text{ZH: "巡查覆盖", EN: "Coverage"}, "coverage", (*Input).coverage},
		{"heat", layers.Text{ZH: "隐患热力", EN: "Hazard heat"}, "heat", (*Input).heat},
		{"hazards", layers.Text{ZH: "火灾隐患", EN: "Hazards"}, "hazards", (*Input).hazards},
		{"places", layers.Text{ZH: "监管对象", EN: "Places"}, "", (*Input).places},
		{"grids", layers.Text{ZH: "网格", EN: "Grids"}, "", (*Input).grids},
	}
}

// Shares of what is due that is met, in percent, from which on an area has the next
// better colour.
const fairFrom, goodFrom, nearFrom = 70, 85, 95

// coverage colours areas by what is met in them, and near by every place by its state.
func (in *Input) coverage() parts {
	c := &in.Palette.Coverage
	shade := expr{"case", expr{"get", "complete"}, c.Complete,
		expr{"<", expr{"get", "pct"}, fairFrom}, c.Low, expr{"<", expr{"get", "pct"}, goodFrom}, c.Fair, expr{"<", expr{"get", "pct"}, nearFrom}, c.Good, c.Near}
	due, park, notPark := expr{"has", "complete"}, is("kind", "park"), expr{"!=", expr{"get", "kind"}, "park"}
	opacity := byZoom(12, 0.8, 15, 0.4) // near by, streets and buildings are seen through
	area := func(id string, filter expr, paint values) Layer {
		return Layer{ID: id, Type: "fill", Source: "coverage", SourceLayer: "areas", Filter: filter, Paint: paint}
	}
	return parts{
		below: []Layer{
			// The console stripes areas in which nothing is due; without a sprite they are plain.
			area("areas-none", expr{"all", expr{"!", due}, notPark}, values{"fill-color": in.Palette.None.Ground, "fill-opacity": opacity}),
			area("areas", expr{"all", due, notPark}, values{"fill-color": shade, "fill-opacity": opacity}),
			area("areas-park", expr{"all", due, park}, values{"fill-color": shade}),
			{ID: "areas-line", Type: "line", Source: "coverage", SourceLayer: "areas", Paint: values{"line-color": in.Palette.Text.Halo, "line-width": 1}},
		},
		above: []Layer{in.gridLines(13, 1.1), in.states()},
		names: []Layer{in.gridNames(14.5, 1.4)},
	}
}

// states are places as circles; where they meet, what is worse lies above.
func (in *Input) states() Layer {
	c := &in.Palette.States
	state := expr{"get", "state"}
	return Layer{ID: "states", Type: "circle", Source: "coverage", SourceLayer: "places",
		Layout: values{"circle-sort-key": expr{"match", state, "met", 0, "excused", 1, "open", 2, "attempted", 3, "overdue", 4, "disputed", 5, 0}},
		Paint: values{
			"circle-color":        expr{"match", state, "met", c.Met, "attempted", c.Attempted, "open", c.Open, "overdue", c.Overdue, "excused", c.Excused, "disputed", c.Disputed, c.NotDue},
			"circle-radius":       byZoom(13, 2, 16, 5.5),
			"circle-stroke-color": in.Palette.Text.Halo, "circle-stroke-width": byZoom(13, 0.3, 16, 1.2),
		}}
}

// heat colours hexagons by the classes of each zoom's legend.
func (in *Input) heat() parts {
	return parts{above: []Layer{{ID: "heat", Type: "fill", Source: "heat", SourceLayer: "heat",
		Paint: values{"fill-color": in.heatColor(), "fill-opacity": 0.78, "fill-outline-color": in.Palette.HexagonLine}}}}
}

// heatColor is a hexagon's colour by its weight: bounds of a whole zoom, so that two
// tiles never colour one weight differently.
func (in *Input) heatColor() any {
	byWeight := func(bounds []float64) any {
		out := expr{"step", expr{"get", "weight"}, in.Palette.Heat[0]}
		for i := 1; i < len(bounds) && i < len(in.Palette.Heat); i++ {
			if bounds[i] <= bounds[i-1] {
				return in.Palette.Heat[0] // nothing is there, and steps must ascend
			}
			out = append(out, bounds[i], in.Palette.Heat[i])
		}
		return out
	}
	zooms := slices.Sorted(maps.Keys(in.Legends))
	if len(zooms) == 0 {
		return in.Palette.Heat[0]
	}
	out := expr{"step", expr{"zoom"}, byWeight(in.Legends[zooms[0]])}
	for _, z := range zooms[1:] {
		out = append(out, z, byWeight(in.Legends[z]))
	}
	return out
}

// hazards are circles by the gravest's severity; several in one have their number.
func (in *Input) hazards() parts {
	c := in.Palette.Severity
	severity, count := expr{"get", "max_severity"}, expr{"get", "count"}
	color := expr{"step", severity, c[0], 2, c[1], 3, c[2], 4, c[3]}
	circle := func(id string, filter expr, radius any) Layer {
		return Layer{ID: id, Type: "circle", Source: "hazards", SourceLayer: "hazards", Filter: filter,
			Layout: values{"circle-sort-key": severity},
			Paint:  values{"circle-color": color, "circle-radius": radius, "circle-stroke-color": in.Palette.Text.Halo, "circle-stroke-width": byZoom(10, 0.8, 16, 1.5)}}
	}
	several := expr{">", count, 1}
	return parts{
		above: []Layer{
			circle("hazard", expr{"==", count, 1}, byZoom(10, 3.5, 16, 7)),
			// A cell of clusters is 32 pixels wide, so circles of neighbours just meet.
			circle("hazard-cluster", several, expr{"interpolate", expr{"linear"}, expr{"log10", count}, 0.3, 7.5, 1, 10, 2, 13, 3, 16}),
		},
		top: []Layer{{ID: "hazard-count", Type: "symbol", Source: "hazards", SourceLayer: "hazards", Filter: several,
			// The padding is the circle's, which names must not cover.
			Layout: values{"text-field": expr{"to-string", count}, "text-font": in.Palette.Fonts, "text-size": 11, "text-allow-overlap": true, "text-padding": 4, "symbol-sort-key": severity},
			Paint:  values{"text-color": expr{"step", severity, in.Palette.Text.Dark, 3, in.Palette.Text.Light}}}},
	}
}

// places are all layers of objects, each in its own colour.
func (in *Input) places() parts {
	var out parts
	polygon := expr{"in", expr{"geometry-type"}, expr{"literal", expr{"Polygon", "MultiPolygon"}}}
	var points []Layer
	for _, d := range in.Layers {
		if d.Group != "object" {
			continue
		}
		if out.from = min(out.from, float64(d.Zoom.Min)); len(points) == 0 {
			out.from = float64(d.Zoom.Min)
		}
		opacity, line := 0.4, d.Color
		if d.Layer == "building" { // the ground of all others
			opacity, line = 0.85, in.Palette.Base.BuildingLine
		}
		out.above = append(out.above, Layer{ID: d.Layer + "-fill", Type: "fill", Source: d.Layer, SourceLayer: d.Layer, Filter: polygon,
			Paint: values{"fill-color": d.Color, "fill-opacity": opacity, "fill-outline-color": line}})
		points = append(points, Layer{ID: d.Layer + "-point", Type: "circle", Source: d.Layer, SourceLayer: d.Layer, Filter: expr{"==", expr{"geometry-type"}, "Point"},
			Paint: values{"circle-color": d.Color, "circle-radius": byZoom(12, 2, 16, 6), "circle-stroke-color": in.Palette.Text.Halo, "circle-stroke-width": byZoom(12, 0.3, 16, 1.4)}})
	}
	out.above = append(out.above, points...) // areas of one layer must not hide points of another
	return out
}

// grids are the responsibility areas' borders and names.
func (in *Input) grids() parts {
	return parts{above: []Layer{in.gridLines(10, byZoom(10, 0.3, 13, 0.8, 16, 1.8))}, top: []Layer{in.gridNames(14, 0)}, from: 10}
}

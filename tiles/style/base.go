package style

// is filters features by a tag.
func is(tag string, value any) expr { return expr{"==", expr{"get", tag}, value} }

// byZoom goes evenly between values of zooms: zoom, value, zoom, value, …
func byZoom(stops ...any) expr {
	return append(expr{"interpolate", expr{"linear"}, expr{"zoom"}}, stops...)
}

// ground is what lies below everything: sea, land, green, water, streets.
func (in *Input) ground() []Layer {
	c := &in.Palette.Base
	out := []Layer{
		{ID: "sea", Type: "background", Paint: values{"background-color": c.Sea}},
		{ID: "land", Type: "fill", Source: "units", SourceLayer: "units", Filter: is("kind", "district"), Paint: values{"fill-color": c.Land}},
	}
	if in.has("green") {
		out = append(out, Layer{ID: "green", Type: "fill", Source: "green", SourceLayer: "green",
			Paint: values{"fill-color": expr{"match", expr{"get", "kind"}, "farmland", c.Farmland, c.Green}}})
	}
	if in.has("water") {
		out = append(out, Layer{ID: "water", Type: "fill", Source: "water", SourceLayer: "water", Paint: values{"fill-color": c.Water}})
	}
	if in.has("street") {
		great := expr{"motorway", "primary"}
		width := func(scale float64) expr {
			kind := expr{"get", "highway"}
			return expr{"interpolate", expr{"exponential", 1.6}, expr{"zoom"},
				9, expr{"match", kind, great, 1.2 * scale, "secondary", 0.6 * scale, 0.15 * scale},
				16, expr{"match", kind, great, 15 * scale, "secondary", 10 * scale, "tertiary", 7 * scale, 4 * scale}}
		}
		round := values{"line-cap": "round", "line-join": "round"}
		out = append(out,
			Layer{ID: "street-case", Type: "line", Source: "street", SourceLayer: "street", MinZoom: 12, Layout: round, Paint: values{"line-width": width(1.25), "line-color": c.StreetCase}},
			Layer{ID: "street", Type: "line", Source: "street", SourceLayer: "street", Layout: round,
				Filter: expr{"any", expr{"in", expr{"get", "highway"}, expr{"literal", expr{"motorway", "primary", "secondary"}}}, expr{">=", expr{"zoom"}, 12}},
				Paint:  values{"line-width": width(1), "line-color": expr{"match", expr{"get", "highway"}, great, c.MainStreet, c.Street}}})
	}
	return out
}

// borders are the units' lines.
func (in *Input) borders() []Layer {
	c := &in.Palette.Base
	line := func(kind string, paint values) Layer {
		return Layer{ID: kind + "-line", Type: "line", Source: "units", SourceLayer: "units", Filter: is("kind", kind), Paint: paint}
	}
	community := line("community", values{"line-color": c.Community, "line-width": 0.8, "line-dasharray": expr{3, 2}})
	community.MinZoom = 11
	return []Layer{
		line("town", values{"line-color": c.Town, "line-width": byZoom(9, 0.8, 14, 2)}),
		community,
		line("park", values{"line-color": c.Park, "line-width": 2, "line-dasharray": expr{4, 2}}),
	}
}

// named are names of things, with a halo so that they can be read on anything.
func (in *Input) named(l Layer, color string, size any, halo float64, layout values) Layer {
	l.Type = "symbol"
	l.Layout = values{"text-field": expr{"coalesce", expr{"get", "name"}, ""}, "text-font": in.Palette.Fonts, "text-size": size}
	for k, v := range layout {
		l.Layout[k] = v
	}
	l.Paint = values{"text-color": color, "text-halo-color": in.Palette.Text.Halo, "text-halo-width": halo}
	return l
}

// names are the streets' and units' names. They move aside for the names above
// them, and communities' end where those of grids begin, which have them within.
func (in *Input) names(above []Layer) []Layer {
	c := &in.Palette.Text
	var out []Layer
	if in.has("street") {
		out = append(out, in.named(Layer{ID: "street-name", Source: "street", SourceLayer: "street", MinZoom: 14}, c.Street, 11, 1.4, values{"symbol-placement": "line"}))
	}
	community := Layer{ID: "community-name", Source: "units", SourceLayer: "units-labels", MinZoom: 12.5, Filter: is("kind", "community")}
	town := Layer{ID: "town-name", Source: "units", SourceLayer: "units-labels", MaxZoom: 12.5, Filter: expr{"in", expr{"get", "kind"}, expr{"literal", expr{"town", "park"}}}}
	aside := func(layout values) values {
		if len(above) > 0 {
			layout["text-variable-anchor"], layout["text-radial-offset"] = expr{"center", "bottom", "top", "left", "right"}, 0.9
		}
		return layout
	}
	for _, l := range above {
		if l.ID == "grid-name" {
			community.MaxZoom = l.MinZoom
		}
	}
	// Towns are so few that their names are never left out, room or none.
	return append(out,
		in.named(community, c.Community, 12, 1.5, aside(values{"text-max-width": 7})),
		in.named(town, c.Town, byZoom(9, 11, 12, 15), 1.8, aside(values{"text-letter-spacing": 0.06, "text-allow-overlap": len(above) > 0})))
}

// gridLines are the borders of grids, from a zoom on.
func (in *Input) gridLines(from float64, width any) Layer {
	return Layer{ID: "grid-line", Type: "line", Source: "grids", SourceLayer: "grids", MinZoom: from, Paint: values{"line-color": in.Palette.Base.Grid, "line-width": width, "line-opacity": 0.75}}
}

// gridNames are the names of grids, so many lines below their middles.
func (in *Input) gridNames(from, below float64) Layer {
	return in.named(Layer{ID: "grid-name", Source: "grids", SourceLayer: "grids-labels", MinZoom: from}, in.Palette.Text.Grid, 11, 1.4, values{"text-max-width": 7, "text-offset": expr{0, below}})
}

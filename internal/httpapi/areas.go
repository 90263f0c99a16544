package httpapi

import (
	"gridward/geo"
	"gridward/layers"
	"gridward/tiles"
)

// The attributes of units and grids in tiles, beside their codes; the first two
// are those that coverage shows too.
var (
	unitFields = []string{"kind", "name", "name_en", "parent"}
	gridFields = []string{"kind", "name", "community", "town"}
)

// unitSnapshot makes the tiles of units. A unit is seen by its own accounts
// and by those of the units above it.
func unitSnapshot(v *view) *tiles.Snapshot {
	var features []tiles.Feature
	for i := range v.units {
		u := &v.units[i]
		anchor, err := geo.Anchor(u.Geometry)
		if err != nil {
			continue // a unit without land has no tile; import refuses it anyway
		}
		key, err := geo.KeyAt(anchor)
		if err != nil {
			continue
		}
		town, park, community := v.tree.Ancestors(u.Code)
		values := []any{string(u.Kind), u.Name, nil, u.Parent}
		if u.NameEN != "" {
			values[2] = u.NameEN
		}
		if u.Kind == layers.District {
			town, park, community = u.Code, u.Code, u.Code // its own accounts only
		}
		if town == "" && u.Kind == layers.Community {
			if p, ok := v.placer.Place(anchor.Orb(), anchor, key); ok {
				town = p.Town
			}
		}
		features = append(features, tiles.Feature{Code: u.Code, Key: key, Anchor: anchor, Geometry: u.Geometry, Values: values, Owner: tiles.Owner{Town: town, Park: park, Community: community}})
	}
	return tiles.NewSnapshot(tiles.Layout{Layer: "units", Fields: unitFields, Borders: true}, features)
}

// gridSnapshot makes the tiles of the grids in force.
func gridSnapshot(v *view) *tiles.Snapshot {
	var features []tiles.Feature
	for i := range v.grids {
		g := &v.grids[i]
		anchor, err := geo.Anchor(g.Geometry)
		if err != nil {
			continue
		}
		key, err := geo.KeyAt(anchor)
		if err != nil {
			continue
		}
		_, park, _ := v.tree.Ancestors(g.Community)
		drawn := g.Geometry
		if o, err := geo.NewOutline(g.Geometry); err == nil {
			drawn = o.WithoutSpikes(drawnWidth).MultiPolygon()
		}
		features = append(features, tiles.Feature{Code: g.Code, Key: key, Anchor: anchor, Geometry: drawn, Owner: tiles.Owner{Town: g.Town, Park: park, Community: g.Community},
			Values: []any{"grid", g.Name, g.Community, g.Town}})
	}
	return tiles.NewSnapshot(tiles.Layout{Layer: "grids", Fields: gridFields, Borders: true}, features)
}

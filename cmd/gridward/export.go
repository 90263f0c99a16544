package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gridward/geo/geoio"
	"gridward/internal/postgres"
	"gridward/layers"
)

type exportCmd struct {
	Layer string `required:"" help:"Layer of places to export."`
	Out   string `required:"" help:"File to write: .geojson, .geojsonl, .csv or .gpkg; - is standard output as GeoJSON."`
	All   bool   `help:"Also what no longer stands."`
}

// Run streams a layer into a file.
func (c exportCmd) Run(ctx context.Context, a *app) error {
	set, err := a.layers()
	if err != nil {
		return err
	}
	layer, ok := set.Get(c.Layer)
	if !ok {
		return fmt.Errorf("there is no layer %q; the layers are %s", c.Layer, strings.Join(set.Names(), ", "))
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	var to io.Writer = a.out
	if c.Out != "-" && !strings.HasSuffix(c.Out, ".gpkg") {
		f, err := os.Create(c.Out)
		if err != nil {
			return err
		}
		defer f.Close()
		to = f
	}
	columns := []string{"id", "source", "source_id", "category", "name", "address", "town", "park", "community", "risk", "valid_from", "valid_to"}
	for _, at := range layer.Attributes {
		columns = append(columns, at.Name)
	}
	var w geoio.Writer
	switch {
	case strings.HasSuffix(c.Out, ".csv"):
		if w, err = geoio.NewCSV(to, columns); err != nil {
			return err
		}
	case strings.HasSuffix(c.Out, ".gpkg"):
		types := map[string]string{"risk": "integer"}
		for _, at := range layer.Attributes {
			types[at.Name] = map[string]string{"integer": "integer", "number": "double", "boolean": "boolean", "date": "date"}[at.Type]
		}
		if w, err = geoio.NewGeoPackage(c.Out, c.Layer, columns, types, a.now()); err != nil {
			return err
		}
	case strings.HasSuffix(c.Out, ".geojsonl"), strings.HasSuffix(c.Out, ".geojsons"):
		w = geoio.NewGeoJSONSeq(to)
	case strings.HasSuffix(c.Out, ".geojson"), c.Out == "-":
		w = geoio.NewGeoJSON(to)
	default:
		return fmt.Errorf("%s: .geojson, .geojsonl, .csv and .gpkg are written", c.Out)
	}
	n := 0
	err = db.Read(ctx, postgres.Jobs, a.scope("export"), func(ctx context.Context, tx *postgres.Tx) error {
		f, err := a.facts(ctx, tx)
		if err != nil {
			return err
		}
		day := f.day
		if c.All {
			day = time.Time{}
		}
		return layers.EachPlace(ctx, tx, c.Layer, day, func(p layers.Place) error {
			n++
			row := map[string]any{"id": p.ID.String(), "source": p.Source, "source_id": p.SourceID, "category": p.Category, "name": p.Name, "address": p.Address,
				"town": p.Town, "park": p.Park, "community": p.Community, "risk": p.Risk, "valid_from": p.ValidFrom.Format(time.DateOnly), "valid_to": nil}
			if !p.ValidTo.IsZero() {
				row["valid_to"] = p.ValidTo.Format(time.DateOnly)
			}
			for k, v := range p.Attributes {
				row[k] = v
			}
			return w.Write(geoio.Record{Row: n, Geometry: p.Footprint, Solid: p.Solid, Attributes: row})
		})
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "%d places written\n", n)
	return nil
}

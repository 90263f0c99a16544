package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/geo/geoio"
	"gridward/grids"
	"gridward/internal/postgres"
	"gridward/layers"
)

type importCmd struct {
	File           string            `arg:"" type:"existingfile" help:"GeoJSON, GeoJSON text sequence, CSV, GeoPackage or zipped Shapefile."`
	Layer          string            `help:"Layer of places to import into."`
	Units          bool              `help:"Import units (district, towns, communities) instead of places."`
	Hazards        bool              `help:"Import hazards: points with type, discovered_at and, if known, severity, state, closed_at, origin, description."`
	Amend          bool              `help:"With --units: the file's units change those that hold; the rest stay as they are."`
	From           time.Time         `format:"2006-01-02" help:"First day on which new places stand, such as the day of a survey; with --units, on which the units hold. Today without it."`
	Kind           map[string]string `help:"With --units: what each value of the column kind means, such as 2=district;6=town;8=community, or 8=town+community where one outline stands for both." mapsep:";"`
	CRS            string            `name:"crs" required:"" help:"Coordinate system of the file: EPSG:4326, EPSG:4490, EPSG:4549, GCJ-02, BD-09 … A file is never guessed at."`
	Map            columnMap         `placeholder:"SOURCE=TARGET;…" help:"What the file's columns stand for: mc=name;yt=use. Targets of places are the layer's attributes, source_id, name, address, risk, community."`
	Value          map[string]string `help:"The layer's value for the file's own, ATTRIBUTE.FILE'S=LAYER'S: highway.track=path, highway.*=service for every other value, trade.=other for none." mapsep:";"`
	Source         string            `help:"Who keeps the data; the file's name without it."`
	Encoding       string            `help:"Of text: utf-8 or gbk; found out without it."`
	Table          string            `help:"Table of a GeoPackage; its first without it."`
	DryRun         bool              `help:"Print the report and keep nothing; fails as the import itself would."`
	AcceptGoodRows bool              `help:"Keep the good rows of a file that has bad ones."`
	RetireMissing  bool              `help:"Retire what the source brought before and this file lacks."`
	Attribution    string            `help:"Credit shown wherever the data is."`

	columns map[string]string // the file's, by target
}

func (c importCmd) options() geoio.Options {
	return geoio.Options{Encoding: c.Encoding, Layer: c.Table}
}

var errRefused = errors.New("nothing of the file was kept; mend the rows above, or say --accept-good-rows")

// Run imports a file in one transaction.
func (c importCmd) Run(ctx context.Context, a *app) error {
	system, err := crs.Parse(c.CRS)
	if err != nil {
		return err
	}
	chosen := 0
	for _, on := range []bool{c.Units, c.Hazards, c.Layer != ""} {
		if on {
			chosen++
		}
	}
	if chosen != 1 {
		return errors.New("say one of --layer, --units and --hazards")
	}
	set, err := a.layers()
	if err != nil {
		return err
	}
	var targets []string
	switch {
	case c.Units:
		targets = unitTargets
	case c.Hazards:
		targets = hazardTargets
	default:
		layer, ok := set.Get(c.Layer)
		if !ok {
			return fmt.Errorf("there is no layer %q; the layers are %s", c.Layer, strings.Join(set.Names(), ", "))
		}
		targets = layer.Targets()
		if err := layer.CheckValues(c.Value); err != nil {
			return fmt.Errorf("--value: %w", err)
		}
	}
	if c.columns, err = c.Map.columns(c.File, c.options(), targets); err != nil {
		return err
	}
	if c.Source == "" {
		c.Source = strings.TrimSuffix(filepath.Base(c.File), filepath.Ext(c.File))
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	errDry := errors.New("dry run")
	err = db.InScope(ctx, postgres.Jobs, a.scope("import"), func(ctx context.Context, tx *postgres.Tx) error {
		in, err := c.reader(a, system) // inside, since a lost race begins anew
		if err != nil {
			return err
		}
		defer in.Close()
		switch {
		case c.Units:
			err = c.importUnits(ctx, a, tx, in, system)
		case c.Hazards:
			err = c.importHazards(ctx, a, tx, in, system)
		default:
			err = c.importPlaces(ctx, a, tx, in, system, set)
		}
		if err == nil && c.Attribution != "" {
			err = layers.PutSetting(ctx, tx, "attribution", c.Attribution)
		}
		if err == nil && c.DryRun {
			return errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		fmt.Fprintln(a.out, "dry run: nothing was kept")
		return nil
	}
	return err
}

func (c importCmd) reader(a *app, system crs.System) (geoio.Reader, error) {
	in, err := geoio.Open(c.File, c.options())
	if err != nil {
		return nil, err
	}
	if said, err := crs.Parse(in.CRS()); err == nil && said.String() != system.String() && !(said.Geographic() && system.Geographic() && said.String() == "EPSG:4326") {
		fmt.Fprintf(a.err, "note: the file itself says %s, you say %s; yours is taken\n", said, system)
	}
	return in, nil
}

// importPlaces streams the file's good rows into the database and then decides,
// with every row seen, whether the transaction stands.
func (c importCmd) importPlaces(ctx context.Context, a *app, tx *postgres.Tx, in geoio.Reader, system crs.System, set *layers.Set) error {
	layer, _ := set.Get(c.Layer)
	f, err := a.facts(ctx, tx)
	if err != nil {
		return err
	}
	placer, err := grids.NewPlacer(f.units, nil)
	if err != nil {
		return err
	}
	known, err := layers.KnownOf(ctx, tx, c.Layer, c.Source)
	if err != nil {
		return err
	}
	named, err := layers.NamedOf(ctx, tx, c.Layer, f.day)
	if err != nil {
		return err
	}
	m := layers.Importer{Layer: layer, System: system, Source: c.Source, Columns: c.columns, Values: c.Value, Day: f.day, Known: known, Named: named,
		Units: func(g orb.Geometry, at geo.Point, key geo.Key) (town, park, community string, ok bool) {
			p, ok := placer.Place(g, at, key)
			return p.Town, p.Park, p.Community, ok
		},
		CommunityName: func(code string) string {
			if u, ok := f.tree.Unit(code); ok {
				return u.Name
			}
			return ""
		},
		Bad: func(b layers.BadRow) { fmt.Fprintln(a.out, b) }}
	if !c.From.IsZero() {
		m.Day = c.From
	}
	var r layers.Report
	bar := a.bar(-1, "reading "+filepath.Base(c.File))
	merged, err := layers.Merge(ctx, tx, c.Layer, c.Source, m.Day, func(yield func(*layers.Place, error) bool) {
		for p, err := range m.Places(in, &r) {
			if r.Rows%1000 == 0 {
				bar.Set(r.Rows)
			}
			if !yield(p, err) {
				return
			}
		}
	})
	bar.Finish()
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	for _, w := range r.Warnings {
		fmt.Fprintln(a.out, "warning:", w)
	}
	fmt.Fprintf(a.out, "%d rows: %d good, %d bad\n", r.Rows, r.Good, r.Bad)
	if r.Bad > 0 && !c.AcceptGoodRows {
		return errRefused
	}
	if layer.WithDepth() {
		if _, err := layers.LinkAbove(ctx, tx, c.Layer, m.Day); err != nil {
			return err
		}
	}
	retired := 0
	if c.RetireMissing {
		if retired, err = layers.RetireMissing(ctx, tx, c.Layer, c.Source, f.day, r.IDs); err != nil {
			return err
		}
	}
	tx.Audit("import", "layer", c.Layer, map[string]any{"file": filepath.Base(c.File), "crs": system.String(), "rows": r.Rows, "added": merged.Added, "changed": merged.Changed, "retired": retired, "bad": r.Bad})
	fmt.Fprintf(a.out, "%s: %d added, %d changed, %d unchanged, %d retired\n", c.Layer, merged.Added, merged.Changed, merged.Staged-len(merged.IDs), retired)
	if gs, err := grids.InForce(ctx, tx, f.day); err != nil || len(gs) == 0 || !layer.Inspected || len(merged.IDs) == 0 {
		return err
	}
	return a.assign(ctx, tx, set, f.day, merged.IDs)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/paulmach/orb/maptile"

	"gridward/internal/httpapi"
	"gridward/tiles/pmtiles"
)

type tilesCmd struct {
	Export tilesExportCmd `cmd:"" help:"Write every tile of some sets into one PMTiles file, for a file server or a place without a network."`
}

type tilesExportCmd struct {
	Sets string `default:"units,grids,street,building,heat,coverage" help:"Tile sets, with commas between."`
	Min  int    `default:"0" help:"The first zoom."`
	Max  int    `default:"14" help:"The last zoom."`
	Out  string `arg:"" help:"The file, such as baoshan.pmtiles."`
}

// Run writes the archive beside its place and puts it there when it is whole.
func (c tilesExportCmd) Run(ctx context.Context, a *app) (err error) {
	db, set, err := a.openWithLayers(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	began := time.Now()
	api := httpapi.New(httpapi.Options{DB: db, Layers: set, Log: a.log})
	defer api.Close()
	export, err := api.Export(ctx, a.cli.District, c.Sets, c.Min, c.Max)
	if err != nil {
		return err
	}
	w, err := pmtiles.NewWriter()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	bar := a.bar(int64(len(export.Tiles)), "tiles")
	err = export.Each(ctx, func(t maptile.Tile, raw []byte) error {
		if err := bar.Add(1); err != nil {
			return err
		}
		return w.Add(t, raw)
	})
	if err != nil {
		return err
	}
	if err := bar.Finish(); err != nil {
		return err
	}
	part := c.Out + ".part"
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	if err := errors.Join(w.Write(f, export.Info), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, c.Out); err != nil {
		return err
	}
	size, err := os.Stat(c.Out)
	if err != nil {
		return err
	}
	tiles, entries, contents := w.Counts()
	fmt.Fprintf(a.out, "%s: %d tiles from zoom %d to %d, %d different ones in %d entries, %.1f MB, %.1f s\n", c.Out, tiles, export.Info.MinZoom, export.Info.MaxZoom, contents, entries, float64(size.Size())/1e6, time.Since(began).Seconds())
	return nil
}

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"gridward/geo"
	"gridward/internal/load"
	"gridward/internal/postgres"
	"gridward/layers/hazard"
	"gridward/tiles"
)

// The same tiles in SQL, as a tile server over PostGIS asks for them.
//
//go:embed bench_places.sql
var benchPlaces string

//go:embed bench_heat.sql
var benchHeat string

// sqlTiles is how many tiles of a mix PostGIS makes: it takes long.
const sqlTiles = 400

// askPostGIS makes the first tiles of the mix by ST_AsMVT, from as many
// connections as the server has clients. Hexagons lie ready in a table, indexed.
func (b *tileBench) askPostGIS(mix []benchTile) (load.Result, error) {
	outlines, err := b.outlines()
	if err != nil {
		return load.Result{}, err
	}
	conns := make([]*pgx.Conn, b.clients)
	for i := range conns {
		if conns[i], err = b.connect(outlines); err != nil {
			return load.Result{}, fmt.Errorf("PostGIS beside: %w", err)
		}
		defer conns[i].Close(b.ctx)
	}
	mix = mix[:min(sqlTiles, len(mix))]
	ask := func(conn *pgx.Conn, t benchTile) error {
		var raw []byte
		if t.set == "heat" {
			res := tiles.HeatResolution(int(t.Z))
			unused := int64(1)<<(3*(geo.KeyResolution-res)) - 1
			return conn.QueryRow(b.ctx, benchHeat, b.cli.District, int32(t.Z), int32(t.X), int32(t.Y), int64(15)<<52, int64(res)<<52|unused).Scan(&raw)
		}
		return conn.QueryRow(b.ctx, benchPlaces, b.cli.District, t.set, int32(t.Z), int32(t.X), int32(t.Y)).Scan(&raw)
	}
	// Plans, and pages in memory.
	for _, conn := range conns {
		for _, t := range mix[:min(20, len(mix))] {
			if err := ask(conn, t); err != nil {
				return load.Result{}, fmt.Errorf("%s by PostGIS: %w", t.path(), err)
			}
		}
	}
	return load.Measure(b.ctx, b.clients, len(mix), 0, func(w, i int) error { return ask(conns[w], mix[i]) })
}

// connect opens a connection with the hexagons in a table of its own.
func (b *tileBench) connect(outlines [][]any) (*pgx.Conn, error) {
	conn, err := pgx.Connect(b.ctx, b.db.URL())
	if err != nil {
		return nil, err
	}
	if _, err = conn.Exec(b.ctx, `set jit = off; set max_parallel_workers_per_gather = 0; create temporary table hexagon (cell bigint primary key, raw bytea, geom geometry(Polygon, 3857))`); err == nil {
		_, err = conn.CopyFrom(b.ctx, pgx.Identifier{"hexagon"}, []string{"cell", "raw"}, pgx.CopyFromRows(outlines))
	}
	if err == nil {
		_, err = conn.Exec(b.ctx, `update hexagon set geom = st_transform(st_geomfromwkb(raw, 4326), 3857); create index on hexagon using gist (geom); analyze hexagon`)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(b.ctx))
	}
	return conn, nil
}

// outlines are the hexagons that any heat tile shows, by cell.
func (b *tileBench) outlines() ([][]any, error) {
	var out [][]any
	seen := map[geo.Cell]bool{}
	err := b.db.Read(b.ctx, postgres.Jobs, b.scope("bench"), func(ctx context.Context, tx *postgres.Tx) error {
		list, err := hazard.All(ctx, tx)
		if err != nil {
			return err
		}
		for i := range list {
			for z := tiles.HeatMin; z <= tiles.HeatMax; z++ {
				c := list[i].Key.Parent(tiles.HeatResolution(z))
				if seen[c] {
					continue
				}
				seen[c] = true
				ring, err := c.Outline()
				if err != nil {
					return err
				}
				raw, err := wkb.Marshal(orb.Polygon{ring})
				if err != nil {
					return err
				}
				out = append(out, []any{int64(c), raw})
			}
		}
		return nil
	})
	return out, err
}

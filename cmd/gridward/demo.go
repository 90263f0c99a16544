package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"gridward/fixtures"
	"gridward/geo/ewkb"
	"gridward/grids/coverage"
	"gridward/grids/coverage/beat"
	"gridward/grids/coverage/policy"
	"gridward/grids/coverage/track"
	"gridward/grids/roster"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/layers/hazard"
)

type demoCmd struct {
	Seed uint64 `default:"1" help:"The same seed and day give the same district."`
}

// Run makes the demo district in an empty database.
func (c demoCmd) Run(ctx context.Context, a *app) error {
	db, set, err := a.openWithLayers(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	a.cli.District = fixtures.DistrictCode
	there, err := a.hasUnits(ctx, db)
	if err != nil {
		return err
	}
	if there {
		return fmt.Errorf("the database has district %s already; nothing was changed. Use another folder (GRIDWARD_DIR) for a fresh demo", fixtures.DistrictCode)
	}
	return a.makeDemo(ctx, db, set, c.Seed)
}

func (a *app) hasUnits(ctx context.Context, db *postgres.DB) (bool, error) {
	there := false
	err := db.Read(ctx, postgres.API, a.scope("demo"), func(ctx context.Context, tx *postgres.Tx) error {
		units, err := layers.UnitsAt(ctx, tx, policy.DateOf(a.now(), time.UTC))
		there = len(units) > 0
		return err
	})
	return there, err
}

// ensureDemo makes the demo unless the district is there.
func (a *app) ensureDemo(ctx context.Context, db *postgres.DB, set *layers.Set) error {
	there, err := a.hasUnits(ctx, db)
	if err != nil || there {
		return err
	}
	return a.makeDemo(ctx, db, set, 1)
}

func (a *app) makeDemo(ctx context.Context, db *postgres.DB, set *layers.Set, seed uint64) error {
	began := a.now()
	done := a.stage("making the district")
	d, err := fixtures.Generate(seed, began, nil)
	if err != nil {
		return err
	}
	done(fmt.Sprintf("%d units", len(d.Units)))
	var token string
	err = db.InScope(ctx, postgres.Jobs, a.scope("demo"), func(ctx context.Context, tx *postgres.Tx) error {
		tx.LearnAs(fixtures.Since) // the demo's district was always known
		for k, v := range map[string]string{"synthetic": "true",
			"attribution": "演示数据（除单位名称与代码外均为合成）· names and codes: china-division 2.7.0, MIT; everything else is synthetic"} {
			if err := layers.PutSetting(ctx, tx, k, v); err != nil {
				return err
			}
		}
		if _, err := coverage.PutPolicy(ctx, tx, policy.DefaultDocument()); err != nil {
			return err
		}
		if _, err := layers.ReplaceUnits(ctx, tx, d.Units, fixtures.Since); err != nil {
			return err
		}
		for _, l := range set.All() {
			done := a.stage("storing " + l.Layer)
			merged, err := layers.Merge(ctx, tx, l.Layer, fixtures.Source, fixtures.Since, layers.Each(d.Places[l.Layer]))
			if err != nil {
				return err
			}
			done(fmt.Sprintf("%d places", merged.Added))
		}
		if err := a.storeHistory(ctx, tx, d); err != nil {
			return err
		}
		if err := a.storeTracks(ctx, tx, seed, d.Places["street"], began); err != nil {
			return err
		}
		if err := a.generatePlans(ctx, tx, set, 150, fixtures.Since, fixtures.Since); err != nil {
			return err
		}
		if err := a.storeStaff(ctx, tx, seed, d.Units); err != nil {
			return err
		}
		district := layers.NewTree(d.Units).OfKind(layers.District)[0].Code
		var err error
		_, token, err = auth.Create(ctx, tx, "demo administrator", auth.Admin, []string{district}, a.now(), time.Time{})
		return err
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.demoTokenFile(), []byte(token), 0o600); err != nil {
		return fmt.Errorf("keep the demo token: %w", err)
	}
	if err := a.analyze(ctx, db); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "the demo district stands after %.1f s\n", a.now().Sub(began).Seconds())
	return nil
}

// analyze tells the planner of PostgreSQL what a bulk load brought; the tables
// are the owner's, so the owner does it.
func (a *app) analyze(ctx context.Context, db *postgres.DB) error {
	conn, err := pgx.Connect(ctx, db.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "analyze gridward.place, gridward.inspection, gridward.hazard, gridward.assignment, gridward.place_record, gridward.placement, gridward.grid, gridward.unit, gridward.team, gridward.person, gridward.posting, gridward.absence, gridward.track, gridward.walked")
	return err
}

// storeHistory loads inspections and hazards in bulk.
func (a *app) storeHistory(ctx context.Context, tx *postgres.Tx, d *fixtures.District) error {
	done := a.stage("storing inspections")
	n, err := tx.CopyInto(ctx, "inspection", strings.Split("district id place at device_at received_at inspector unit outcome checklist position accuracy_m distance_m dwell_s device note town park community", " "),
		pgx.CopyFromSlice(len(d.Inspections), func(i int) ([]any, error) {
			v := &d.Inspections[i]
			return []any{fixtures.DistrictCode, v.ID, v.Place, v.At, v.DeviceAt, v.ReceivedAt, v.Inspector, v.Unit, string(v.Outcome), v.Checklist,
				ewkb.Orb{Geometry: *v.Position}, float32(*v.AccuracyM), float32(*v.DistanceM), *v.DwellS, v.Device, v.Note, v.Town, v.Park, v.Community}, nil
		}))
	if err != nil {
		return fmt.Errorf("store inspections: %w", err)
	}
	done(fmt.Sprintf("%d inspections", n))
	if _, err := hazard.Insert(ctx, tx, d.Hazards); err != nil {
		return err
	}
	return nil
}

// storeTracks lays the patrols of the last days along the streets and loads them.
func (a *app) storeTracks(ctx context.Context, tx *postgres.Tx, seed uint64, streets []layers.Place, now time.Time) error {
	done := a.stage("storing patrols")
	p, err := policy.Default()
	if err != nil {
		return err
	}
	list, err := fixtures.Tracks(seed, streets, now, p.Zone())
	if err != nil {
		return err
	}
	lines := make([]beat.Street, len(streets))
	for i, s := range streets {
		width, _ := s.Attributes["width_m"].(float64)
		lines[i] = beat.Street{ID: s.ID, Line: s.Footprint, WidthM: width}
	}
	network, err := beat.NewNetwork(lines, p.Beats)
	if err != nil {
		return err
	}
	covered, failed := make([]track.Covered, len(list)), make([]error, len(list))
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		all.Go(func() {
			for i := w; i < len(list); i += workers {
				covered[i], failed[i] = list[i].Match(network, nil, p.Beats, p.Version, p.Zone())
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if err := track.Load(ctx, tx, list, covered); err != nil {
		return err
	}
	positions := 0
	for _, t := range list {
		positions += t.Len()
	}
	done(fmt.Sprintf("%d tracks with %d positions", len(list), positions))
	return nil
}

// storeStaff posts people to the grids of the plans that were just made.
func (a *app) storeStaff(ctx context.Context, tx *postgres.Tx, seed uint64, units []layers.Unit) error {
	done := a.stage("staffing grids")
	f, err := a.policyNow(ctx, tx)
	if err != nil {
		return err
	}
	grids, err := roster.Grids(ctx, tx, roster.Span{From: f.today, To: f.today.AddDate(0, 0, 1)}, nil)
	if err != nil {
		return err
	}
	of := fixtures.Staff(seed, units, grids, f.today)
	if err := roster.Load(ctx, tx, of); err != nil {
		return err
	}
	done(fmt.Sprintf("%d people in %d teams, %d postings", len(of.People), len(of.Teams), len(of.Postings)))
	return nil
}

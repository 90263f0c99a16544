package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids"
	"gridward/internal/jobs"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
	"gridward/layers"
)

const district = "310113"

var first = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

func box(x0, x1 float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{x0, 31.3}, {x1, 31.3}, {x1, 31.4}, {x0, 31.4}, {x0, 31.3}}}}
}

// border makes one town of two communities that meet at a longitude, and its plan.
func border(t *testing.T, ctx context.Context, tx *postgres.Tx, at float64, from time.Time) {
	t.Helper()
	const town = district + "001000"
	units := []layers.Unit{
		{Code: district + "000000", Kind: layers.District, Name: "区", Geometry: box(121.4, 121.6)},
		{Code: town, Kind: layers.Town, Name: "镇", Parent: district + "000000", Geometry: box(121.4, 121.6)},
		{Code: district + "001001", Kind: layers.Community, Name: "西", Parent: town, Geometry: box(121.4, at)},
		{Code: district + "001002", Kind: layers.Community, Name: "东", Parent: town, Geometry: box(at, 121.6)},
	}
	if _, err := layers.ReplaceUnits(ctx, tx, units, from); err != nil {
		t.Fatal(err)
	}
	var gs []grids.Grid
	for _, u := range units[2:] {
		gs = append(gs, grids.Grid{Code: u.Code + "001", Name: u.Name, Town: town, Community: u.Code, Geometry: u.Geometry})
	}
	if err := grids.Publish(ctx, tx, grids.Plan{ID: uuid.New(), Town: town, Name: "p", Origin: "test", EffectiveFrom: from, CreatedAt: from, Review: grids.Review{Reviewer: "test", At: from}, Grids: gs}); err != nil {
		t.Fatal(err)
	}
}

// world is that town with a border that moves after ten days, and one shop
// between the old border and the new.
func world(t *testing.T) (*postgres.DB, uuid.UUID) {
	t.Helper()
	db := testdb.New(t)
	shop := uuid.New()
	in(t, db, func(ctx context.Context, tx *postgres.Tx) error {
		border(t, ctx, tx, 121.5, first)
		p := geo.Snap(orb.Point{121.49, 31.35})
		key, err := geo.KeyAt(p)
		if err != nil {
			return err
		}
		if _, err := layers.Merge(ctx, tx, "street-shop", "s", first, layers.Each([]layers.Place{{ID: shop, SourceID: "1", Category: "street_shop", Footprint: p.Orb(), Anchor: p, Key: key, ValidFrom: first}})); err != nil {
			return err
		}
		if _, err := grids.Assign(ctx, tx, []string{"street-shop"}, first, nil); err != nil {
			return err
		}
		border(t, ctx, tx, 121.48, first.AddDate(0, 0, 10))
		return nil
	})
	return db, shop
}

func in(t *testing.T, db *postgres.DB, fn func(context.Context, *postgres.Tx) error) {
	t.Helper()
	if err := db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district}, fn); err != nil {
		t.Fatal(err)
	}
}

func where(t *testing.T, db *postgres.DB, id uuid.UUID) (community, grid string) {
	t.Helper()
	in(t, db, func(ctx context.Context, tx *postgres.Tx) error {
		got, err := layers.PlacesByID(ctx, tx, id)
		if err != nil {
			return err
		}
		at, err := grids.AssignmentsOf(ctx, tx, id)
		community, grid = got[0].Community, at[id].Grid
		return err
	})
	return community, grid
}

// TestPlacesFollowOnTheDay begins days out of order and twice: the border moves
// on its day, once.
func TestPlacesFollowOnTheDay(t *testing.T) {
	t.Parallel()
	db, shop := world(t)
	for _, step := range []struct {
		day   int
		began bool
		moved int
		in    string
	}{{0, false, 0, "001"}, {9, true, 0, "001"}, {9, false, 0, "001"}, {12, true, 1, "002"}, {12, false, 0, "002"}, {11, false, 0, "002"}, {13, true, 0, "002"}} {
		in(t, db, func(ctx context.Context, tx *postgres.Tx) error {
			began, found, err := grids.BeginDay(ctx, tx, []string{"street-shop"}, first.AddDate(0, 0, step.day))
			if err == nil && (began != step.began || found.Moved != step.moved || found.Resettled != step.moved) {
				t.Errorf("day %d: began %v, %+v", step.day, began, found)
			}
			return err
		})
		if c, g := where(t, db, shop); c != district+"001"+step.in || g != c+"001" {
			t.Errorf("on day %d the shop is in %s, grid %s", step.day, c, g)
		}
	}
}

// TestTheServiceDoesItByItself starts the runner after the border's day.
func TestTheServiceDoesItByItself(t *testing.T) {
	t.Parallel()
	db, shop := world(t)
	owner := testdb.Owner(t, db)
	now := first.AddDate(0, 0, 10).Add(-8*time.Hour + time.Second) // just past midnight in Shanghai
	for _, s := range []string{
		`insert into gridward.change_feed (district, id, topic, at) values ('310113', gen_random_uuid(), 'old', $1::timestamptz - interval '8 days'), ('310113', gen_random_uuid(), 'young', $1::timestamptz - interval '6 days')`,
		`insert into gridward.write_key (district, key, request_hash, response, created_at) values ('310113', gen_random_uuid(), '', '"old"', $1::timestamptz - interval '401 days'), ('310113', gen_random_uuid(), '', '"young"', $1::timestamptz - interval '399 days')`,
	} {
		if _, err := owner.Exec(t.Context(), s, now); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a second time it finds its tables there
		if err := jobs.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.CheckWalls(t.Context()); err != nil {
		t.Errorf("the queue breaches a wall: %v", err)
	}
	runner, err := jobs.Start(t.Context(), jobs.Options{DB: db, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: func() time.Time { return now }, Districts: []string{district}, Inspected: []string{"street-shop"}})
	if err != nil {
		t.Fatal(err)
	}
	left := func() (changes, keys string) {
		if err := owner.QueryRow(t.Context(), `select coalesce(string_agg(topic, ',') filter (where topic in ('old', 'young')), '') from gridward.change_feed`).Scan(&changes); err != nil {
			t.Fatal(err)
		}
		if err := owner.QueryRow(t.Context(), `select coalesce(string_agg(response #>> '{}', ','), '') from gridward.write_key`).Scan(&keys); err != nil {
			t.Fatal(err)
		}
		return
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		c, _ := where(t, db, shop)
		changes, keys := left()
		if c == district+"001002" && changes == "young" && keys == "young" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 30 s the shop is in %s, the feed has %q and the keys are %q", c, changes, keys)
		}
	}
	stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := runner.Stop(stop); err != nil {
		t.Error(err)
	}
}

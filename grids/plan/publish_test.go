package plan_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/grids"
	"gridward/grids/plan"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
	"gridward/layers"
)

const district = "310113"

var (
	firstDay = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	today    = time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)
	review   = grids.Review{Reviewer: "消防安全委员会", At: today}
)

// TestMain lets the test binary play the service that is killed in the middle of
// a publication.
func TestMain(m *testing.M) {
	if url := os.Getenv("GRIDWARD_TEST_PUBLISH"); url != "" {
		if err := publishFor(url, uuid.MustParse(os.Getenv("GRIDWARD_TEST_PLAN"))); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("published")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// stored is a random town in a database: its units, places and first plan.
type stored struct {
	db   *postgres.DB
	url  string
	town *plan.Town
	base uuid.UUID
}

func store(t *testing.T, seed uint64) *stored {
	t.Helper()
	url := testdb.URL(t)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: url}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &stored{db: db, url: url, base: uuid.New()}
	var shapes []plan.GridShape
	s.town, shapes = randomTown(t, rand.New(rand.NewPCG(seed, 41)))
	units := []layers.Unit{{Code: district + "000000", Kind: layers.District, Name: "区"}, {Code: s.town.Code, Kind: layers.Town, Name: s.town.Name, Parent: district + "000000"}}
	var cells [][]geo.Point
	for _, c := range s.town.Communities {
		units = append(units, layers.Unit{Code: c.Code, Kind: layers.Community, Name: c.Name, Parent: s.town.Code, Geometry: c.Outline.MultiPolygon()})
		cells = append(cells, c.Outline...)
	}
	whole := geo.Dissolve(cells).MultiPolygon()
	units[0].Geometry, units[1].Geometry = whole, whole
	gs := make([]grids.Grid, len(shapes))
	for i, g := range shapes {
		gs[i] = grids.Grid{Code: g.Code, Name: g.Name, Town: s.town.Code, Community: g.Community, Geometry: g.Outline.MultiPolygon(), AreaM2: g.Outline.Area()}
	}
	s.in(t, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := layers.ReplaceUnits(ctx, tx, units, firstDay); err != nil {
			return err
		}
		var list []layers.Place
		for i := range s.town.Places {
			p := &s.town.Places[i]
			p.ID = uuid.New()
			key, err := geo.KeyAt(p.Anchor)
			if err != nil {
				return err
			}
			var shape orb.Geometry = p.Anchor.Orb()
			if p.Footprint != nil {
				shape = p.Footprint.MultiPolygon()[0]
			}
			list = append(list, layers.Place{ID: p.ID, SourceID: fmt.Sprint(i), Category: p.Category, Name: p.Name, Footprint: shape, Anchor: p.Anchor, Key: key, Town: s.town.Code, Community: p.Community, Attributes: map[string]any{}, ValidFrom: firstDay})
		}
		if _, err := layers.Merge(ctx, tx, "street-shop", "test", list[0].ValidFrom, layers.Each(list)); err != nil {
			return err
		}
		if err := grids.Publish(ctx, tx, grids.Plan{ID: s.base, Town: s.town.Code, Name: "一", Origin: "test", EffectiveFrom: firstDay, CreatedAt: firstDay, Review: review, Grids: gs}); err != nil {
			return err
		}
		found, err := grids.Assign(ctx, tx, []string{"street-shop"}, today, nil)
		if err == nil && len(found.Left) > 0 {
			err = fmt.Errorf("%d places without a grid", len(found.Left))
		}
		return err
	})
	return s
}

func (s *stored) in(t *testing.T, fn func(context.Context, *postgres.Tx) error) {
	t.Helper()
	if err := s.db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district, Actor: "test"}, fn); err != nil {
		t.Fatal(err)
	}
}

// proposed stores a draft with a few splits and proposes it.
func (s *stored) proposed(t *testing.T, seed uint64) uuid.UUID {
	t.Helper()
	id := uuid.New()
	s.in(t, func(ctx context.Context, tx *postgres.Tx) error {
		base, err := layoutOf(ctx, tx, s.town, s.base)
		if err != nil {
			return err
		}
		d := plan.NewDraft(base, nil)
		r := rand.New(rand.NewPCG(seed, 42))
		for len(d.Steps()) < 4 {
			d.Apply(randomOperation(r, d), "步")
		}
		if _, err := plan.CreateDraft(ctx, tx, grids.Plan{ID: id, Town: s.town.Code, Name: "二", Origin: "drawn", Base: s.base, CreatedAt: today, CreatedBy: "test"}); err != nil {
			return err
		}
		h, err := plan.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := plan.AddSteps(ctx, tx, &h, d.Steps(), today); err != nil {
			return err
		}
		return plan.Turn(ctx, tx, &h, grids.Proposed, "")
	})
	return id
}

func layoutOf(ctx context.Context, tx *postgres.Tx, town *plan.Town, id uuid.UUID) (*plan.Layout, error) {
	gs, err := plan.Shapes(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	var shapes []plan.GridShape
	for _, g := range gs {
		o, err := geo.NewOutline(g.Geometry)
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, plan.GridShape{Code: g.Code, Name: g.Name, Community: g.Community, Outline: o})
	}
	return plan.NewLayout(town, shapes)
}

// townIn reads a town as far as a layout needs it.
func townIn(ctx context.Context, tx *postgres.Tx, code string) (*plan.Town, error) {
	units, err := layers.UnitsAt(ctx, tx, today)
	if err != nil {
		return nil, err
	}
	t := &plan.Town{Code: code, MetresAMinute: 70, Rounds: 1}
	for _, u := range units {
		if u.Kind == layers.Community {
			o, err := geo.NewOutline(u.Geometry)
			if err != nil {
				return nil, err
			}
			t.Communities = append(t.Communities, plan.Community{Code: u.Code, Name: u.Name, Outline: o})
		}
	}
	return t, t.Prepare()
}

// publish does what the service does, in the caller's transaction.
func publish(ctx context.Context, tx *postgres.Tx, id uuid.UUID, from time.Time) (plan.Published, error) {
	h, err := plan.ByID(ctx, tx, id)
	if err != nil {
		return plan.Published{}, err
	}
	town, err := townIn(ctx, tx, h.Town)
	if err != nil {
		return plan.Published{}, err
	}
	base, err := layoutOf(ctx, tx, town, h.Base)
	if err != nil {
		return plan.Published{}, err
	}
	steps, err := plan.StepsOf(ctx, tx, id)
	if err != nil {
		return plan.Published{}, err
	}
	d := plan.NewDraft(base, nil)
	if err := d.Replay(plan.Records(steps), h.LastStep); err != nil {
		return plan.Published{}, err
	}
	return plan.Publish(ctx, tx, &h, d, from, today, review, []string{"street-shop"})
}

// publishFor is the service that is killed.
func publishFor(url string, id uuid.UUID) error {
	ctx := context.Background()
	db, err := postgres.Open(ctx, postgres.Config{URL: url}, false)
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Println("begins")
	return db.InScope(ctx, postgres.Jobs, postgres.Scope{District: district, Actor: "test"}, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := publish(ctx, tx, id, today)
		return err
	})
}

// whole checks that the database has one plan in force, whole, with every place
// in the grid that its geometry says; published says which of the two it is.
func (s *stored) whole(t *testing.T, id uuid.UUID) (published bool) {
	t.Helper()
	s.in(t, func(ctx context.Context, tx *postgres.Tx) error {
		h, err := plan.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		published = h.Status == grids.Published
		plans, err := grids.PlansInForce(ctx, tx, today)
		if err != nil || len(plans) != 1 || (plans[0].ID == id) != published {
			t.Errorf("plans in force: %+v, %v; the new one is %s", plans, err, h.Status)
		}
		if !published && (h.Status != grids.Proposed || h.Stored != 0) {
			t.Errorf("not published, the plan is %s with %d grids", h.Status, h.Stored)
		}
		gs, err := grids.InForce(ctx, tx, today)
		if err != nil {
			return err
		}
		if _, err := layoutOf(ctx, tx, s.town, plans[0].ID); err != nil {
			t.Errorf("the plan in force does not tile the town: %v", err)
		}
		units, err := layers.UnitsAt(ctx, tx, today)
		if err != nil {
			return err
		}
		placer, err := grids.NewPlacer(units, gs)
		if err != nil {
			return err
		}
		wrong, err := grids.MisplacedOn(ctx, tx, placer, []string{"street-shop"})
		if err != nil || len(wrong) > 0 {
			t.Errorf("misplaced: %v, %v", wrong, err)
		}
		return nil
	})
	return published
}

// TestKilledWhilePublishing ends the service with SIGKILL at many moments of a
// publication: the town has the plan before, whole, or the new one, whole.
func TestKilledWhilePublishing(t *testing.T) {
	t.Parallel()
	s := store(t, 1)
	id := s.proposed(t, 1)
	before, after := 0, 0
	for wait := time.Duration(0); wait < 2*time.Second && after == 0; wait += 16 * time.Millisecond {
		service := exec.Command(os.Args[0])
		service.Env = append(os.Environ(), "GRIDWARD_TEST_PUBLISH="+s.url, "GRIDWARD_TEST_PLAN="+id.String())
		out, err := service.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := service.Start(); err != nil {
			t.Fatal(err)
		}
		said := bufio.NewReader(out)
		if line, _ := said.ReadString('\n'); line != "begins\n" {
			rest, _ := io.ReadAll(said)
			t.Fatalf("the service says %s%s", line, rest)
		}
		time.Sleep(wait)
		service.Process.Kill()
		rest, _ := io.ReadAll(said)
		service.Wait()
		if strings.Contains(string(rest), "error") {
			t.Fatalf("the service says %s", rest)
		}
		if s.whole(t, id) {
			after++
		} else {
			before++
		}
	}
	if before == 0 || after == 0 {
		t.Errorf("killed %d times before the commit and %d after it", before, after)
	}
}

// TestPublishMovesOnlyWhatMoves publishes in mid-period: the assignments that
// change are those of the comparison, and two publications at once leave one.
func TestPublishMovesOnlyWhatMoves(t *testing.T) {
	t.Parallel()
	s := store(t, 3)
	id, other := s.proposed(t, 5), s.proposed(t, 6)
	grid := func() map[string]string {
		out := map[string]string{}
		s.in(t, func(ctx context.Context, tx *postgres.Tx) error {
			rows, err := tx.Query(ctx, `select place::text || ' ' || xmin::text, grid from gridward.assignment where district = $1`, district)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var k, g string
				if err := rows.Scan(&k, &g); err != nil {
					return err
				}
				out[k] = g
			}
			return rows.Err()
		})
		return out
	}
	before := grid()
	done := make(chan error, 2)
	moved := make(chan int, 2)
	for _, p := range []uuid.UUID{id, other} {
		go func() {
			done <- s.db.InScope(context.Background(), postgres.Jobs, postgres.Scope{District: district, Actor: "test"}, func(ctx context.Context, tx *postgres.Tx) error {
				found, err := publish(ctx, tx, p, today)
				moved <- found.Moved
				return err
			})
		}()
	}
	failed, most := 0, 0
	for range 2 {
		if err := <-done; err != nil {
			if !strings.Contains(err.Error(), "rebase") {
				t.Fatal(err)
			}
			failed++
		}
		most = max(most, <-moved)
	}
	if failed != 1 {
		t.Errorf("%d of two publications at once were refused", failed)
	}
	after, same := grid(), 0
	for k := range after {
		if _, untouched := before[k]; untouched {
			same++
		}
	}
	if most == 0 || len(after)-same != most {
		t.Errorf("%d rows of %d were written, %d places moved", len(after)-same, len(after), most)
	}
	// A code is never given again, whatever a plan says.
	s.in(t, func(ctx context.Context, tx *postgres.Tx) error {
		used, err := grids.UsedCodes(ctx, tx, s.town.Code)
		if err != nil {
			return err
		}
		gs, err := grids.InForce(ctx, tx, today)
		if err != nil {
			return err
		}
		for _, g := range gs {
			if !used[g.Code] {
				t.Errorf("code %s is in force and not among those given", g.Code)
			}
		}
		return nil
	})
	err := s.db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into gridward.plan (district, id, town, name, status, origin, effective_from, effective_to, created_at, reviewer, reviewed_at)
			values ($1, $2, $3, 'x', 'published', 'test', $4, null, now(), 'x', now())`, district, uuid.New(), s.town.Code, today.AddDate(0, 1, 0))
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "23P01") {
		t.Errorf("a second plan in force on one day: %v", err)
	}
}

// TestDraftsEqualPostGIS asks PostGIS of random drafts: the grids' union is the
// town, their interiors are disjoint pairwise, and every one is valid.
func TestDraftsEqualPostGIS(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 51))
		town, shapes := randomTown(t, r)
		base, err := plan.NewLayout(town, shapes)
		if err != nil {
			t.Fatal(err)
		}
		d := plan.NewDraft(base, nil)
		for range 30 {
			d.Apply(randomOperation(r, d), "")
			if r.IntN(5) == 0 {
				d.Undo()
			}
		}
		var of, whole []any
		for _, g := range d.Grids() {
			of = append(of, g.Outline.MultiPolygon())
		}
		for _, c := range town.Communities {
			whole = append(whole, c.Outline.MultiPolygon())
		}
		err = db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
			if _, err := tx.Exec(ctx, `create temporary table g (n integer, geom geometry) on commit drop`); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `create temporary table w (geom geometry) on commit drop`); err != nil {
				return err
			}
			for i, g := range of {
				if _, err := tx.Exec(ctx, `insert into g values ($1, $2)`, i, ewkb.Orb{Geometry: g.(orb.Geometry)}); err != nil {
					return err
				}
			}
			for _, g := range whole {
				if _, err := tx.Exec(ctx, `insert into w values ($1)`, ewkb.Orb{Geometry: g.(orb.Geometry)}); err != nil {
					return err
				}
			}
			var invalid, overlapping int
			var equal bool
			if err := tx.QueryRow(ctx, `select count(*) from g where not st_isvalid(geom)`).Scan(&invalid); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, `select count(*) from g a join g b on a.n < b.n and a.geom && b.geom where st_relate(a.geom, b.geom, 'T********')`).Scan(&overlapping); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, `select st_equals((select st_union(geom) from g), (select st_union(geom) from w))`).Scan(&equal); err != nil {
				return err
			}
			if invalid > 0 || overlapping > 0 || !equal {
				t.Errorf("seed %d: %d of %d grids are not valid, %d pairs overlap, the union is the town: %v", seed, invalid, len(of), overlapping, equal)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

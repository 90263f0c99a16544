package track_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/grids/coverage/beat"
	"gridward/grids/coverage/policy"
	"gridward/grids/coverage/track"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

const (
	district = "310113"
	west     = "310113001000"
	east     = "310113002000"
)

var (
	now  = time.Date(2026, 10, 20, 4, 0, 0, 0, time.UTC)
	zone = time.FixedZone("CST", 8*3600)
)

// lane is a street of a kilometre with a yard beside it.
func lane(t *testing.T) (*beat.Network, []*beat.Area, orb.Point, orb.Point) {
	t.Helper()
	lon, lat := geo.MetersToDegrees(31.35)
	a, b := orb.Point{121.45, 31.35}, orb.Point{121.45 + 1000*lon, 31.35}
	n, err := beat.NewNetwork([]beat.Street{{ID: uuid.New(), Line: orb.LineString{a, b}, WidthM: 7}}, beat.Usual())
	if err != nil {
		t.Fatal(err)
	}
	yard, err := beat.NewArea(uuid.New(), orb.Polygon{{{a[0], a[1] - 30*lat}, {b[0], a[1] - 30*lat}, {b[0], a[1] + 30*lat}, {a[0], a[1] + 30*lat}, {a[0], a[1] - 30*lat}}})
	if err != nil {
		t.Fatal(err)
	}
	return n, []*beat.Area{yard}, a, b
}

// walk is a track of some minutes from a towards b.
func walk(t *testing.T, unit string, a, b orb.Point, begins time.Time, minutes int) *track.Track {
	t.Helper()
	var positions [][]float64
	for i := range minutes * 12 {
		s := 6.25 * float64(i) / 1000
		positions = append(positions, []float64{a[0] + s*(b[0]-a[0]), a[1], float64(begins.UnixMilli())/1000 + 5*float64(i) + 0.25, 4.5})
	}
	out, err := track.New(uuid.New(), "w", unit, "phone", positions, now)
	if err != nil {
		t.Fatal(err)
	}
	out.Town = unit
	return out
}

// TestTracksAreKept stores tracks one by one and in bulk and reads them as each
// scope and at each moment.
func TestTracksAreKept(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	n, areas, a, b := lane(t)
	in := func(units []string, fn func(context.Context, *postgres.Tx) error) error {
		return db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district, Units: units}, fn)
	}
	match := func(x *track.Track) track.Covered {
		c, err := x.Match(n, areas, beat.Usual(), "v1", zone)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Walked) == 0 || len(c.Looks) == 0 || x.Used == 0 || x.Policy != "v1" {
			t.Fatalf("%+v of %+v", c, x)
		}
		return c
	}
	// Over midnight in the zone, so that two days are walked.
	one := walk(t, west, a, b, time.Date(2026, 10, 19, 15, 57, 0, 0, time.UTC), 6)
	of := match(one)
	for i, want := range []bool{true, false} {
		err := in([]string{west}, func(ctx context.Context, tx *postgres.Tx) error {
			fresh, err := track.Insert(ctx, tx, one, of)
			if fresh != want {
				t.Errorf("time %d: fresh is %v", i+1, fresh)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	two := walk(t, east, a, b, now.Add(-time.Hour), 5)
	ofTwo := match(two)
	if err := in([]string{west}, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := track.Insert(ctx, tx, two, ofTwo)
		return err
	}); err == nil {
		t.Fatal("the west stores a track of the east")
	}
	two.ReceivedAt = time.Date(2026, 10, 20, 3, 30, 0, 0, time.UTC) // the bulk says when
	if err := in(nil, func(ctx context.Context, tx *postgres.Tx) error {
		return track.Load(ctx, tx, []*track.Track{two}, []track.Covered{ofTwo})
	}); err != nil {
		t.Fatal(err)
	}
	day := policy.DayOf(time.Date(2026, 10, 19, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		units []string
		known time.Time
		want  []*track.Track
	}{
		{nil, time.Time{}, []*track.Track{two, one}},
		{[]string{west}, time.Time{}, []*track.Track{one}},
		{[]string{east}, time.Time{}, []*track.Track{two}},
		{[]string{"310113003000"}, time.Time{}, nil},
		{nil, two.ReceivedAt, nil},
		{nil, two.ReceivedAt.Add(time.Second), []*track.Track{two}},
	} {
		err := in(c.units, func(ctx context.Context, tx *postgres.Tx) error {
			list, err := track.List(ctx, tx, track.Filter{Known: c.known}, 10)
			if err != nil {
				return err
			}
			var ids, want []uuid.UUID
			for _, s := range list {
				ids = append(ids, s.ID)
			}
			var walked []beat.Walked
			var looks []beat.Look
			for _, x := range c.want {
				want = append(want, x.ID)
				got, err := track.ByID(ctx, tx, x.ID, c.known)
				if err != nil {
					return err
				}
				if !got.Same(x) || !got.ReceivedAt.Equal(x.ReceivedAt) || got.Used != x.Used || got.Town != x.Town || got.Policy != x.Policy || !cmp.Equal(got.Dropped, x.Dropped) {
					t.Errorf("%+v came back as %+v", x, got)
				}
				covered := map[uuid.UUID]track.Covered{one.ID: of, two.ID: ofTwo}[x.ID]
				mine, err := track.WalkedBy(ctx, tx, x.ID)
				if err != nil || !cmp.Equal(mine, covered.Walked) {
					t.Errorf("%v walked %v, want %v", x.ID, mine, covered.Walked)
				}
				walked, looks = append(walked, covered.Walked), append(looks, covered.Looks...)
			}
			if !slices.Equal(ids, want) {
				t.Errorf("%v known at %v: %v, want %v", c.units, c.known, ids, want)
			}
			if _, err := track.ByID(ctx, tx, uuid.New(), c.known); !errors.Is(err, track.ErrNone) {
				t.Errorf("no track: %v", err)
			}
			got, err := track.WalkedOn(ctx, tx, day, day+2, c.known)
			if err != nil || !cmp.Equal(got, beat.Union(walked...)) {
				t.Errorf("walked %v, want %v (%v)", got, beat.Union(walked...), err)
			}
			seen, err := track.SeenOn(ctx, tx, day, day+2, c.known)
			near := cmp.Comparer(func(a, b time.Time) bool { return a.Sub(b).Abs() < time.Microsecond })
			if err != nil || !cmp.Equal(seen, beat.UnionLooks(looks), near) {
				t.Errorf("seen %v (%v)", cmp.Diff(seen, beat.UnionLooks(looks), near), err)
			}
			if one, err := track.WalkedOn(ctx, tx, day, day+1, c.known); err != nil || len(one) > len(got) || len(one) > 0 && one[0].Day != day {
				t.Errorf("on the first day %v (%v)", one, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := in(nil, func(ctx context.Context, tx *postgres.Tx) error {
		first, err := track.List(ctx, tx, track.Filter{Unit: west, From: one.Started(), To: one.Started().Add(time.Microsecond)}, 1)
		if err != nil || len(first) != 1 || first[0].ID != one.ID || !first[0].Started.Equal(one.Started()) || first[0].Positions != one.Len() {
			t.Errorf("%+v, %v", first, err)
		}
		rest, err := track.List(ctx, tx, track.Filter{Before: two.Started(), BeforeID: two.ID}, 10)
		if err != nil || len(rest) != 1 || rest[0].ID != one.ID {
			t.Errorf("the page after: %+v, %v", rest, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// Nobody changes or removes a track, not the service either.
	for _, sql := range []string{`update gridward.track set inspector = 'x'`, `delete from gridward.walked`, `delete from gridward.looked`} {
		if err := in(nil, func(ctx context.Context, tx *postgres.Tx) error { _, err := tx.Exec(ctx, sql); return err }); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// TestPositionsComeBack holds a track to what it was made of.
func TestPositionsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 50).Draw(t, "n")
		at := float64(now.Unix() - 86000)
		var positions [][]float64
		for range n {
			at += rapid.Float64Range(1, 1000).Draw(t, "step")
			p := []float64{rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat"), at}
			if rapid.Bool().Draw(t, "accuracy") {
				p = append(p, rapid.Float64Range(0, 100000).Draw(t, "m"))
			}
			positions = append(positions, p)
		}
		x, err := track.New(uuid.New(), "w", west, "", positions, now)
		if err != nil {
			t.Fatal(err)
		}
		fixes, err := x.Fixes()
		if err != nil || len(fixes) != n || x.Len() != n {
			t.Fatalf("%d fixes of %d: %v", len(fixes), n, err)
		}
		for i, f := range fixes {
			if f.Lon != positions[i][0] || f.Lat != positions[i][1] || (f.At.Sub(time.UnixMicro(int64(positions[i][2]*1e6)))).Abs() > 2*time.Microsecond {
				t.Fatalf("position %d: %v of %v", i, f, positions[i])
			}
		}
		if !x.Started().Before(x.Ended()) {
			t.Fatalf("%v to %v", x.Started(), x.Ended())
		}
		// What is wrong with one position is said of it.
		bad := rapid.IntRange(0, n-1).Draw(t, "bad")
		positions[bad] = []float64{181, 0, positions[bad][2]}
		if _, err := track.New(uuid.New(), "w", west, "", positions, now); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("points[%d]", bad)) {
			t.Fatalf("position %d is off the Earth: %v", bad, err)
		}
	})
}

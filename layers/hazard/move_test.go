package hazard_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
	"gridward/layers/hazard"
)

func TestTheLifeOfAHazard(t *testing.T) {
	t.Parallel()
	may := map[hazard.State][]hazard.State{
		hazard.Discovered: {hazard.Filed, hazard.Dispatched, hazard.Handled, hazard.Verified, hazard.Closed},
		hazard.Filed:      {hazard.Dispatched, hazard.Handled, hazard.Verified, hazard.Closed},
		hazard.Dispatched: {hazard.Handled, hazard.Verified, hazard.Closed},
		hazard.Handled:    {hazard.Dispatched, hazard.Verified, hazard.Closed},
		hazard.Verified:   {hazard.Dispatched, hazard.Closed},
	}
	for _, from := range hazard.States {
		for _, to := range append([]hazard.State{"lost"}, hazard.States...) {
			want := false
			for _, s := range may[from] {
				want = want || s == to
			}
			if err := hazard.MayMove(from, to); (err == nil) != want || (err != nil && !errors.Is(err, hazard.ErrMove)) {
				t.Errorf("%s to %s: %v, want allowed %v", from, to, err, want)
			}
		}
	}
}

// TestOneOfTwoMovesWins moves a hazard twice from the version that both saw.
func TestOneOfTwoMovesWins(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	at := time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC)
	p := geo.Snap(orb.Point{121.4, 31.3})
	key, err := geo.KeyAt(p)
	if err != nil {
		t.Fatal(err)
	}
	h := hazard.Hazard{ID: uuid.New(), Type: "x", Severity: 2, State: hazard.Discovered, Point: p.Orb(), Key: key, DiscoveredAt: at, Origin: "import", Town: "310113001000", Community: "310113001001"}
	in := func(scope postgres.Scope, fn func(context.Context, *postgres.Tx) error) error {
		scope.District = "310113"
		return db.InScope(t.Context(), postgres.API, scope, fn)
	}
	move := func(scope postgres.Scope, version int32, to hazard.State, when time.Time) (got hazard.Hazard, err error) {
		err = in(scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
			got, err = hazard.Move(ctx, tx, h.ID, version, to, when)
			return err
		})
		return got, err
	}
	if err := in(postgres.Scope{}, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := hazard.Insert(ctx, tx, []hazard.Hazard{h})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	whole := postgres.Scope{}
	if _, err := move(postgres.Scope{Units: []string{"310113002000"}}, 1, hazard.Filed, at); !errors.Is(err, hazard.ErrNone) {
		t.Errorf("another town moves it: %v", err)
	}
	if _, err := move(whole, 1, hazard.Filed, at.Add(-time.Hour)); !errors.Is(err, hazard.ErrMove) {
		t.Errorf("filed before it was discovered: %v", err)
	}
	if got, err := move(whole, 1, hazard.Handled, at.Add(time.Hour)); err != nil || got.Version != 2 || got.State != hazard.Handled {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := move(whole, 1, hazard.Closed, at.Add(time.Hour)); !errors.Is(err, hazard.ErrStale) {
		t.Errorf("a move from an old version: %v", err)
	}
	if got, err := move(whole, 2, hazard.Closed, at.Add(2*time.Hour)); err != nil || !got.ClosedAt.Equal(at.Add(2*time.Hour)) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := move(whole, 3, hazard.Dispatched, at.Add(3*time.Hour)); !errors.Is(err, hazard.ErrMove) {
		t.Errorf("a closed hazard moves: %v", err)
	}
}

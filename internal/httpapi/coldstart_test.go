package httpapi

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
	"gridward/layers"
	"gridward/tiles"
)

// BenchmarkColdStart reads a layer of a million places into its snapshot: half of
// them points, half areas of eight vertices, each with a name and attributes. Beside
// it stands what it takes to have the same rows sent and throw them away.
func BenchmarkColdStart(b *testing.B) {
	const n = 1_000_000
	db := testdb.New(b)
	scope := postgres.Scope{District: "310113"}
	day := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	set, err := layers.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	d, _ := set.Get("street-shop")
	r := rand.New(rand.NewPCG(1, 9))
	err = db.InScope(b.Context(), postgres.Jobs, scope, func(ctx context.Context, tx *postgres.Tx) error {
		columns := []string{"district", "id", "layer", "source", "source_id", "category", "name", "address", "geom", "x", "y", "h3", "town", "community", "risk", "attributes", "valid_from"}
		_, err := tx.CopyInto(ctx, "place", columns, pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			c := i % 500
			at := geo.Snap(orb.Point{121.3 + 0.008*float64(c%25) + 0.008*r.Float64(), 31.3 + 0.008*float64(c/25) + 0.008*r.Float64()})
			key, err := geo.KeyAt(at)
			if err != nil {
				return nil, err
			}
			var shape orb.Geometry = at.Orb()
			if i%2 == 0 {
				ring := make(orb.Ring, 0, 9)
				for k := range 8 {
					a := math.Pi * float64(k) / 4
					ring = append(ring, geo.Snap(orb.Point{at.Orb()[0] + 1e-4*math.Cos(a), at.Orb()[1] + 1e-4*math.Sin(a)}).Orb())
				}
				shape = orb.Polygon{append(ring, ring[0])}
			}
			return []any{"310113", uuid.New(), d.Layer, "bench", fmt.Sprint(i), d.CategoryOf(nil), fmt.Sprintf("沿街商铺 %d", i), fmt.Sprintf("某路 %d 号", i), ewkb.Orb{Geometry: shape}, at.X, at.Y, int64(key),
				fmt.Sprintf("310113%03d000", c/50), fmt.Sprintf("310113%03d%03d", c/50, c%50), i % 5, map[string]any{"floors": i % 7, "trade": fmt.Sprint("trade ", i%30), "area_m2": float64(r.IntN(100000)) / 100}, day}, nil
		}))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	book := coverage.NewBook(policy.Rules{}, 0, nil)
	var snap *tiles.Snapshot
	for b.Loop() {
		err := db.Read(b.Context(), postgres.Jobs, scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
			snap, err = readLayer(ctx, tx, d, day, book, 0)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if snap.Len() != n {
		b.Fatalf("%d places", snap.Len())
	}
	began := time.Now()
	sent := 0
	err = db.Read(b.Context(), postgres.Jobs, scope, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select id, category, name, geom, x, y, h3, town, park, community, risk, attributes::text from gridward.place where district = $1 and layer = $2 order by h3`, scope.District, d.Layer)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			sent++
		}
		return rows.Err()
	})
	if err != nil || sent != n {
		b.Fatal(sent, err)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/time.Since(began).Seconds(), "x-sent")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	b.ReportMetric(float64(snap.Size())/n, "B/place")
}

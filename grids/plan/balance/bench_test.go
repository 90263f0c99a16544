package balance_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"gridward/grids/plan/balance"
)

// cutTown is as many of the demo's communities as have about a number of
// atoms, cut on all cores; and how long cutting took.
func cutTown(b *testing.B, kind balance.Kind, atoms, zones int, whole bool) ([]*balance.Atoms, time.Duration) {
	b.Helper()
	all := demo()[:zones]
	began := time.Now()
	out := make([]*balance.Atoms, len(all))
	var group sync.WaitGroup
	for half := range 2 {
		group.Go(func() {
			for i := half; i < len(all); i += 2 {
				z := *all[i]
				if !whole {
					z.Whole = nil
				}
				a, err := balance.Cut(context.Background(), &z, kind)
				if err != nil {
					b.Error(err)
					return
				}
				out[i] = a
			}
		})
	}
	group.Wait()
	took := time.Since(began)
	n := 0
	for i, a := range out {
		if n += len(a.Atoms); n >= atoms {
			return out[:i+1], took
		}
	}
	return out, took
}

// run divides and reports: the figures are those of the most even of the three
// results; stable-moved-% and stable-deviation-% are the other end of the choice.
func run(b *testing.B, kind balance.Kind, zones int, whole bool) {
	atoms, cut := cutTown(b, kind, 20000, zones, whole)
	n, now := 0, 0
	for _, a := range atoms {
		n += len(a.Atoms)
		now += len(a.Zone.Grids)
	}
	for b.Loop() {
		began := time.Now()
		r, err := balance.Divide(context.Background(), atoms, balance.Options{Grids: 300, Weights: balance.Weights{Load: 1, Compact: 1, Stable: 1, Streets: 0.3}, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(began).Seconds()
		for i, o := range r.Options {
			b.Logf("%-8s %d grids: deviation %.2f %% (bound %.2f), Polsby–Popper %.3f, moved %.1f %%, %.0f km of borders off the streets, %d buildings cut",
				o.Name, o.Grids, 100*o.Deviation, 100*o.Bound, o.Compactness, 100*o.MovedShare(), o.RoughM/1000, o.Cuts)
			for k, z := range o.Zones {
				if i == 0 && z.Deviation > max(0.05, z.Bound+0.01) {
					b.Logf("%s: %d grids of %d atoms, deviation %.2f %% (bound %.2f)", z.Zone, len(z.Grids), len(atoms[k].Atoms), 100*z.Deviation, 100*z.Bound)
				}
			}
		}
		even, calm := r.Options[0], r.Options[2]
		b.ReportMetric(took, "s")
		b.ReportMetric(cut.Seconds(), "cut-s")
		b.ReportMetric(float64(n), "atoms")
		b.ReportMetric(float64(even.Grids), "grids")
		b.ReportMetric(100*even.Deviation, "deviation-%")
		b.ReportMetric(100*even.Bound, "bound-%")
		b.ReportMetric(even.Compactness, "polsby-popper")
		b.ReportMetric(100*even.MovedShare(), "moved-%")
		b.ReportMetric(100*calm.Deviation, "stable-deviation-%")
		b.ReportMetric(100*calm.MovedShare(), "stable-moved-%")
	}
	b.Logf("%d atoms of %d communities, which have %d grids now", n, len(atoms), now)
}

// BenchmarkBalance divides communities of the demo district, cut into 20,000 H3
// cells, into 300 grids.
func BenchmarkBalance(b *testing.B) { run(b, balance.H3r11, 130, false) }

// BenchmarkBalanceWhole is the same with every residential compound kept whole:
// the largest of them bound what evenness can be had.
func BenchmarkBalanceWhole(b *testing.B) { run(b, balance.H3r11, 130, true) }

// BenchmarkBalanceBlocks divides as many communities along their streets.
func BenchmarkBalanceBlocks(b *testing.B) { run(b, balance.Blocks, 100, false) }

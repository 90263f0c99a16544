package httpapi

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"gridward/tiles"
)

// tileCollector tells what tiles hold in memory, by layer, and what became of
// those that were asked for.
type tileCollector struct{ s *Server }

var (
	snapshotBytes    = prometheus.NewDesc("gridward_snapshot_bytes", "Memory that a layer's snapshot holds.", []string{"district", "layer"}, nil)
	snapshotFeatures = prometheus.NewDesc("gridward_snapshot_features", "Features of a layer's snapshot.", []string{"district", "layer"}, nil)
	tilesAsked       = prometheus.NewDesc("gridward_tiles_total", "Tiles by what became of them: hit (kept), miss, joined (one that was being drawn), dropped (nobody waited any more), refused (too many waited), drawn.", []string{"result"}, nil)
	tilesWaiting     = prometheus.NewDesc("gridward_tiles_waiting", "Tiles that wait to be drawn.", nil, nil)
)

// Describe names the figures.
func (c tileCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{snapshotBytes, snapshotFeatures, tilesAsked, tilesWaiting} {
		out <- d
	}
}

// Collect tells the figures of the moment.
func (c tileCollector) Collect(out chan<- prometheus.Metric) {
	c.s.mu.Lock()
	views := map[string]*view{}
	for district, l := range c.s.lives {
		if v := l.view(); v != nil {
			views[district] = v
		}
	}
	c.s.mu.Unlock()
	for district, v := range views {
		layer := func(name string, bytes, features int) {
			out <- prometheus.MustNewConstMetric(snapshotBytes, prometheus.GaugeValue, float64(bytes), district, name)
			out <- prometheus.MustNewConstMetric(snapshotFeatures, prometheus.GaugeValue, float64(features), district, name)
		}
		for _, s := range slices.AppendSeq([]*tiles.Snapshot{v.unitTiles, v.gridTiles}, maps.Values(v.places)) {
			layer(s.Layer, s.Size(), s.Len())
		}
		layer("heat", v.heat.Size(), v.heat.Len())
	}
	t := c.s.tileCache
	for result, n := range map[string]int64{"hit": t.Hits.Load(), "miss": t.Misses.Load(), "joined": t.Joined.Load(), "dropped": t.Dropped.Load(), "refused": t.Refused.Load(), "drawn": t.Drawn.Load()} {
		out <- prometheus.MustNewConstMetric(tilesAsked, prometheus.CounterValue, float64(n), result)
	}
	out <- prometheus.MustNewConstMetric(tilesWaiting, prometheus.GaugeValue, float64(t.Waiting()))
}

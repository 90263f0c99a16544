package postgres

import "github.com/prometheus/client_golang/prometheus"

// Collector is the pools' state for Prometheus.
func (db *DB) Collector() prometheus.Collector { return poolCollector{db} }

type poolCollector struct{ db *DB }

var (
	poolConnections = prometheus.NewDesc("gridward_db_connections", "Connections of a pool by state.", []string{"pool", "state"}, nil)
	poolWaits       = prometheus.NewDesc("gridward_db_waits_total", "Acquisitions that had to wait for a connection.", []string{"pool"}, nil)
)

func (c poolCollector) Describe(ch chan<- *prometheus.Desc) { ch <- poolConnections; ch <- poolWaits }

func (c poolCollector) Collect(ch chan<- prometheus.Metric) {
	for class, pool := range c.db.pools {
		s, name := pool.Stat(), poolNames[class]
		for state, n := range map[string]int32{"used": s.AcquiredConns(), "idle": s.IdleConns(), "max": s.MaxConns()} {
			ch <- prometheus.MustNewConstMetric(poolConnections, prometheus.GaugeValue, float64(n), name, state)
		}
		ch <- prometheus.MustNewConstMetric(poolWaits, prometheus.CounterValue, float64(s.EmptyAcquireCount()), name)
	}
}

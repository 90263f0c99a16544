package postgres

import "github.com/prometheus/client_golang/prometheus"

// Collector is the pools' state for Prometheus.
func (db *DB) Collector() prometheus.Collector { return poolCollector{db} }

type poolCollector struct{ db *DB }

var (
	poolConnections = prometheus.NewDesc("gridward_db_connections", "Connections of a pool by state: used, idle, being opened; and the most it may have.", []string{"pool", "state"}, nil)
	poolWaits       = prometheus.NewDesc("gridward_db_waits_total", "Acquisitions that had to wait for a connection.", []string{"pool"}, nil)
	poolWaited      = prometheus.NewDesc("gridward_db_wait_seconds_total", "Time that acquisitions waited for a connection.", []string{"pool"}, nil)
	poolGivenUp     = prometheus.NewDesc("gridward_db_waits_given_up_total", "Acquisitions whose caller went away while waiting.", []string{"pool"}, nil)
	poolOpened      = prometheus.NewDesc("gridward_db_opened_total", "Connections opened.", []string{"pool"}, nil)
)

// Describe is Prometheus's.
func (c poolCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{poolConnections, poolWaits, poolWaited, poolGivenUp, poolOpened} {
		ch <- d
	}
}

// Collect is Prometheus's.
func (c poolCollector) Collect(ch chan<- prometheus.Metric) {
	for class, pool := range c.db.pools {
		s, name := pool.Stat(), poolNames[class]
		for state, n := range map[string]int32{"used": s.AcquiredConns(), "idle": s.IdleConns(), "opening": s.ConstructingConns(), "max": s.MaxConns()} {
			ch <- prometheus.MustNewConstMetric(poolConnections, prometheus.GaugeValue, float64(n), name, state)
		}
		for desc, v := range map[*prometheus.Desc]float64{
			poolWaits: float64(s.EmptyAcquireCount()), poolWaited: s.EmptyAcquireWaitTime().Seconds(),
			poolGivenUp: float64(s.CanceledAcquireCount()), poolOpened: float64(s.NewConnsCount()),
		} {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, v, name)
		}
	}
}

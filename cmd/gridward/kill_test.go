package main

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/internal/postgres"
)

// The storm: what is sent, by how many, and how often what is killed with SIGKILL.
const (
	stormBatches = 2000
	stormClients = 50
	serviceKills = 20
	serverKills  = 5 // of PostgreSQL's first process
	backendKills = 2 // of one that serves a connection: PostgreSQL ends all others too and recovers
	patience     = 5 * time.Minute
)

// TestInspectionsSurviveKills sends batches of inspections from many clients, each
// again with the same ids until it is answered, while the service and its
// PostgreSQL are killed again and again. Every inspection that was acknowledged
// is there once with what was sent, none twice, nothing else is there, and the
// coverage that the service kept from the change feed is that of a book read
// anew and that of a service just started.
func TestInspectionsSurviveKills(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes most of a minute")
	}
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("KILL_SEED"); given != "" {
		seed, _ = strconv.ParseUint(given, 10, 64)
	}
	t.Logf("KILL_SEED=%d", seed)
	h := newHost(t)
	places, tokens := h.district()
	began := time.Now()
	s := &storm{host: h, places: places, tokens: tokens, r: rand.New(rand.NewPCG(seed, 1)), acks: map[*report]bool{}, created: map[uuid.UUID]int{}, refusals: map[string]int{}}
	s.ctx, s.giveUp = context.WithTimeout(t.Context(), patience)
	defer s.giveUp()
	s.plan()
	h.start()
	h.db.Close() // from now on only the service holds the cluster
	s.rage()
	h.kills.Store(false)
	if t.Failed() {
		return
	}
	stormed := time.Since(began)
	db, err := postgres.Open(t.Context(), postgres.Config{Dir: h.dir}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s.checkTable(db)
	checked := s.checkCoverage(db)
	said := h.log()
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "gridward: ") {
			t.Logf("a start was given up: %.200s", line)
		}
	}
	for _, sign := range []string{"DATA RACE", "panic", "PANIC", "invalid page"} {
		if i := strings.Index(said, sign); i >= 0 {
			t.Errorf("the logs say %s:\n%s", sign, said[i:min(len(said), i+3000)])
		}
	}
	t.Logf("%d batches of %d visits by %d clients in %.1f s: %d acknowledged, %d of them as repeated; refused: %v", stormBatches, s.visits, stormClients, stormed.Seconds(), s.acked.Load(), s.repeats.Load(), s.refusals)
	t.Logf("sent again: %d not reached, %d unknown because the connection went, %d because the client left, %d told unknown, %d told not done, %d told 500",
		s.refused.Load(), s.cut.Load(), s.left.Load(), s.unknown.Load(), s.notDone.Load(), s.internal.Load())
	t.Logf("killed: the service %d times (%d while it started; it gave up a start %d times), PostgreSQL %d times, a backend %d times; %d to %d requests were under way",
		h.serviceKilled, h.whileStarting, h.gaveUp.Load(), h.serverKilled, h.backendKilled, s.fewest, s.most)
	t.Logf("%d rows in the register; %s; %.1f s in all", len(s.rows), checked, time.Since(began).Seconds())
}

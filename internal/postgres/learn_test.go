package postgres_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// TestWhatIsSettledStays: writers learn things and commit some time later, in
// any order; what a reader saw of before a settled moment is what everybody sees
// of before that moment ever after.
func TestWhatIsSettledStays(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	scope := postgres.Scope{District: district, Actor: "test"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 7))
			for range 40 {
				err := db.InScope(ctx, postgres.Jobs, scope, func(ctx context.Context, tx *postgres.Tx) error {
					for range 1 + r.IntN(3) {
						at, err := tx.Learn(ctx)
						if err != nil {
							return err
						}
						if _, err := tx.Exec(ctx, `insert into gridward.district_setting (district, key, value) values ($1, $2, $3)`,
							district, "learned "+uuid.NewString(), at.Format("2006-01-02 15:04:05.000000")); err != nil {
							return err
						}
						time.Sleep(time.Duration(r.IntN(8)) * time.Millisecond)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	before := func(at time.Time) (n int) {
		err := db.Read(ctx, postgres.API, scope, func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select count(*) from gridward.district_setting where district = $1 and key like 'learned %' and value < $2`,
				district, at.Format("2006-01-02 15:04:05.000000")).Scan(&n)
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	type answer struct {
		at time.Time
		n  int
	}
	var answers []answer
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		at, err := db.Settled(ctx, district)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, answer{at, before(at)})
	}
	lagged := 0
	for i, a := range answers {
		if again := before(a.at); again != a.n {
			t.Fatalf("answer %d: %d were known before %s, later %d were", i, a.n, a.at, again)
		}
		if i > 0 && a.at.Before(answers[i-1].at.Add(-time.Second)) {
			t.Errorf("the settled moment went back from %s to %s", answers[i-1].at, a.at)
		}
		if a.n < answers[len(answers)-1].n {
			lagged++
		}
	}
	if last := answers[len(answers)-1]; last.n < 320 || lagged == 0 {
		t.Errorf("%d known in the end, %d answers on the way", last.n, lagged)
	}
	t.Logf("%d answers", len(answers))
}

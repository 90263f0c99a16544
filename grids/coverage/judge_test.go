package coverage_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

func shipped(t testing.TB) *policy.Policy {
	t.Helper()
	p, err := policy.Default()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at is a local time in Shanghai.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func day(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

func period(t testing.TB, s string) policy.Period {
	t.Helper()
	p, err := policy.ParsePeriod(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestJudge(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	visit := func(when string, outcome inspection.Outcome, checklist string) coverage.Visit {
		return coverage.Visit{ID: uuid.New(), At: at(t, when), Outcome: outcome, Checklist: checklist}
	}
	done := func(when string) coverage.Visit { return visit(when, inspection.Done, "class-1") }
	for _, c := range []struct {
		name     string
		duty     int
		period   string
		from, to string
		visits   []coverage.Visit
		exempt   bool
		now      string
		want     coverage.State
		reason   string
		nearest  string
	}{
		{name: "visited", visits: []coverage.Visit{done("2026-10-12 09:00")}, want: coverage.Met, reason: "visited"},
		{name: "first minute of the month in Shanghai", visits: []coverage.Visit{done("2026-10-01 00:00")}, want: coverage.Met, reason: "visited"},
		{name: "last minute of the month in Shanghai", visits: []coverage.Visit{done("2026-10-31 23:59")}, now: "2026-11-02 08:00", want: coverage.Met, reason: "visited"},
		{name: "a minute too early", visits: []coverage.Visit{done("2026-09-30 23:59")}, want: coverage.Open, reason: "not_visited", nearest: "before the period"},
		{name: "a minute too late", visits: []coverage.Visit{done("2026-11-01 00:00")}, now: "2026-11-05 00:00", want: coverage.Overdue, reason: "period_ended", nearest: "after the period"},
		{name: "nothing yet", want: coverage.Open, reason: "not_visited"},
		{name: "nothing until the end", now: "2026-11-01 00:00", want: coverage.Overdue, reason: "not_visited"},
		{name: "no access", visits: []coverage.Visit{visit("2026-10-12 09:00", inspection.NoAccess, "class-1")}, want: coverage.Attempted, reason: "no_access", nearest: "no access"},
		{name: "refused, period over", visits: []coverage.Visit{visit("2026-10-12 09:00", inspection.Refused, "class-1")}, now: "2026-11-20 10:00", want: coverage.Attempted, reason: "period_ended"},
		{name: "two attempts ask for a joint visit", visits: []coverage.Visit{visit("2026-10-12 09:00", inspection.NoAccess, "class-1"), visit("2026-10-14 19:00", inspection.NoAccess, "class-1")}, want: coverage.Attempted, reason: "joint_visit"},
		{name: "attempt, then done", visits: []coverage.Visit{visit("2026-10-12 09:00", inspection.NoAccess, "class-1"), done("2026-10-13 09:00")}, want: coverage.Met, reason: "visited"},
		{name: "another checklist", visits: []coverage.Visit{visit("2026-10-12 09:00", inspection.Done, "class-3")}, want: coverage.Open, reason: "not_visited", nearest: "its checklist class-3 does not serve this duty"},
		{name: "class 3's checklist serves class 2", duty: 1, visits: []coverage.Visit{visit("2026-10-12 09:00", inspection.Done, "class-3")}, want: coverage.Met, reason: "visited"},
		{name: "half-year", duty: 2, period: "2026-H2", visits: []coverage.Visit{visit("2026-07-01 00:00", inspection.Done, "class-3")}, want: coverage.Met, reason: "visited"},
		{name: "the half-year before", duty: 2, period: "2026-H2", visits: []coverage.Visit{visit("2026-06-30 23:59", inspection.Done, "class-3")}, want: coverage.Open, reason: "not_visited"},
		{name: "new with seven days left", from: "2026-10-25", want: coverage.Open, reason: "not_visited"},
		{name: "new with six days left", from: "2026-10-26", want: coverage.NotDue, reason: "grace"},
		{name: "new with six days left, visited all the same", from: "2026-10-26", visits: []coverage.Visit{done("2026-10-28 09:00")}, now: "2026-10-29 09:00", want: coverage.Met, reason: "visited"},
		{name: "not registered yet", from: "2026-11-01", want: coverage.NotDue, reason: "not_yet"},
		{name: "ended within the period", to: "2026-10-10", want: coverage.NotDue, reason: "ended"},
		{name: "ended within the period, visited before", to: "2026-10-10", visits: []coverage.Visit{done("2026-10-02 09:00")}, want: coverage.Met, reason: "visited"},
		{name: "ended before", to: "2026-10-01", want: coverage.NotDue, reason: "ended"},
		{name: "a visit before registration", from: "2026-10-10", visits: []coverage.Visit{done("2026-10-05 09:00")}, want: coverage.Open, reason: "not_visited", nearest: "before the place was registered"},
		{name: "excused", exempt: true, now: "2026-11-20 10:00", want: coverage.Excused, reason: "exempted"},
		{name: "excused and visited", exempt: true, visits: []coverage.Visit{done("2026-10-12 09:00")}, want: coverage.Met, reason: "visited"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.period == "" {
				c.period = "2026-10"
			}
			if c.from == "" {
				c.from = "2026-01-01"
			}
			if c.now == "" {
				c.now = "2026-10-20 12:00"
			}
			k := coverage.Case{Policy: p, Duty: c.duty, Period: period(t, c.period), ValidFrom: day(c.from), ValidTo: day(c.to), Visits: c.visits, Now: at(t, c.now)}
			if c.exempt {
				k.Exemptions = []coverage.Exemption{{Duty: "class-1", Period: "2026-10", Reason: "拆迁", Reviewer: "张三"}}
			}
			v := coverage.Judge(k)
			if v.State != c.want {
				t.Fatalf("%v, want %v (%+v)", v.State, c.want, v)
			}
			if !slices.ContainsFunc(v.Reasons, func(r coverage.Reason) bool { return r.Code == c.reason && r.ZH != "" && r.EN != "" }) {
				t.Errorf("reasons %+v, want %q among them", v.Reasons, c.reason)
			}
			if got := v.Nearest; (c.nearest != "") && (got == nil || got.Why.EN != c.nearest) {
				t.Errorf("nearest %+v, want %q", got, c.nearest)
			}
		})
	}
}

func TestGapDays(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	v := coverage.Judge(coverage.Case{Policy: p, Period: period(t, "2026-02"), ValidFrom: day("2025-01-01"), Now: at(t, "2026-03-01 00:00"), Visits: []coverage.Visit{
		{ID: uuid.New(), At: at(t, "2026-01-01 09:00"), Outcome: inspection.Done, Checklist: "class-1"},
		{ID: uuid.New(), At: at(t, "2026-02-28 09:00"), Outcome: inspection.Done, Checklist: "class-1"},
	}})
	if v.State != coverage.Met || v.GapDays != 58 {
		t.Errorf("1 January and 28 February: %v with a gap of %d days, want met with 58", v.State, v.GapDays)
	}
}

// randomVisits are visits around October 2026 with some repeats.
func randomVisits(r *rand.Rand, n int) []coverage.Visit {
	start := time.Date(2026, 9, 20, 0, 0, 0, 0, time.UTC)
	out := make([]coverage.Visit, 0, n)
	for len(out) < n {
		var id uuid.UUID
		for i := range id {
			id[i] = byte(r.Uint32())
		}
		v := coverage.Visit{ID: id, At: start.Add(time.Duration(r.IntN(60*24*60)) * time.Minute),
			Outcome:   []inspection.Outcome{inspection.Done, inspection.NoAccess, inspection.Refused}[r.IntN(3)],
			Checklist: []string{"class-1", "class-2", "class-3"}[r.IntN(3)]}
		out = append(out, v)
		if r.IntN(4) == 0 {
			out = append(out, v)
		}
	}
	return out
}

func TestJudgeProperties(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		c := coverage.Case{Policy: p, Duty: r.IntN(3), Period: policy.Period{Kind: policy.Month, Year: 2026, Number: 10},
			ValidFrom: time.Date(2026, 9, 1+r.IntN(65), 0, 0, 0, 0, time.UTC), Visits: randomVisits(r, r.IntN(8)),
			Now: time.Date(2026, 10, 1+r.IntN(50), r.IntN(24), 0, 0, 0, time.UTC)}
		if r.IntN(5) == 0 {
			c.ValidTo = c.ValidFrom.AddDate(0, 0, 1+r.IntN(60))
		}
		v := coverage.Judge(c)

		shuffled := c
		shuffled.Visits = slices.Clone(c.Visits)
		r.Shuffle(len(shuffled.Visits), func(i, j int) {
			shuffled.Visits[i], shuffled.Visits[j] = shuffled.Visits[j], shuffled.Visits[i]
		})
		shuffled.Visits = append(shuffled.Visits, c.Visits...)
		if w := coverage.Judge(shuffled); w.State != v.State || w.By != v.By || w.GapDays != v.GapDays {
			t.Fatalf("order and repeats matter: %+v and %+v", v, w)
		}

		more := c
		more.Visits = append(slices.Clone(c.Visits), randomVisits(r, 1)[0])
		if w := coverage.Judge(more); v.State == coverage.Met && w.State != coverage.Met {
			t.Fatalf("one more visit turned met into %v", w.State)
		}
		if (v.State == coverage.Met) != (v.By != uuid.Nil) {
			t.Fatalf("state %v by visit %v", v.State, v.By)
		}
		if v.State != coverage.NotDue && len(v.Reasons) == 0 {
			t.Fatalf("%v without a reason", v.State)
		}
	})
}

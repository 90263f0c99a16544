package coverage_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/evidence"
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

// rulesOf are versions of the policy that were always there.
func rulesOf(p ...*policy.Policy) policy.Rules {
	var out policy.Rules
	for _, v := range p {
		out = append(out, policy.Version{Policy: v})
	}
	return out
}

// standing is the history of a place of a category that stands from a day to another.
func standing(t testing.TB, rules policy.Rules, category, from, to string) coverage.History {
	t.Helper()
	r := record(t, rules, "2020-01-01 00:00", from, category)
	if to != "" {
		r.To = policy.DayOf(day(to))
	}
	return coverage.History{Records: []coverage.Record{r}, Placings: []coverage.Placing{{From: r.From, Spot: home}}}
}

var home = &coverage.Spot{Town: "310113102000", Community: "310113102001", Grid: "310113102001001"}

// record is what was learned of a place at a time.
func record(t testing.TB, rules policy.Rules, learned, from, category string) coverage.Record {
	t.Helper()
	r := coverage.Record{Recorded: coverage.MomentOf(at(t, learned)), From: policy.DayOf(day(from)), To: policy.NoDay, Category: category}
	for _, v := range rules {
		owes, err := v.Owes(policy.Facts{Category: category})
		if err != nil {
			t.Fatal(err)
		}
		r.Owes = append(r.Owes, owes)
	}
	return r
}

// done is a visit that was learned of at once.
func done(t testing.TB, when string) coverage.Visit {
	return visit(t, when, inspection.Done, "class-1")
}

func visit(t testing.TB, when string, outcome inspection.Outcome, checklist string) coverage.Visit {
	t.Helper()
	m := coverage.MomentOf(at(t, when))
	return coverage.Visit{ID: uuid.New(), At: m, Recorded: m, Void: coverage.Ever, Outcome: outcome, Checklist: checklist, Evidence: evidence.Blank()}
}

// seen is from where a test looks: at a time, with all that is known.
func seen(t testing.TB, now string) coverage.Sight {
	t.Helper()
	return coverage.Sight{Known: coverage.Ever, Until: coverage.Ever, Today: policy.DayAt(at(t, now), shipped(t).Zone())}
}

// asKnown is from where an auditor looks: as known at a time.
func asKnown(t testing.TB, when string) coverage.Sight {
	t.Helper()
	m := coverage.MomentOf(at(t, when))
	return coverage.Sight{Known: m, Until: m, Today: policy.DayAt(at(t, when), shipped(t).Zone())}
}

func says(v coverage.Verdict, code string) bool {
	return slices.ContainsFunc(v.Reasons, func(r coverage.Reason) bool { return r.Code == code && r.ZH != "" && r.EN != "" })
}

func TestJudge(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	rules := rulesOf(p)
	visit := func(when string, outcome inspection.Outcome, checklist string) coverage.Visit {
		return visit(t, when, outcome, checklist)
	}
	done := func(when string) coverage.Visit { return done(t, when) }
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
		{name: "some floors only", visits: []coverage.Visit{visit("2026-10-12 09:00", inspection.Partial, "class-1")}, want: coverage.Attempted, reason: "partial", nearest: "only a part was looked at"},
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
			h := standing(t, rules, []string{"self_built_rental", "street_shop", "heritage"}[c.duty], c.from, c.to)
			h.Visits = c.visits
			if c.exempt {
				h.Exemptions = []coverage.Exemption{{Duty: "class-1", Period: "2026-10", Reason: "拆迁", Reviewer: "张三", Withdrawn: coverage.Ever}}
			}
			v := coverage.Judge(coverage.Case{Rules: rules, Duty: c.duty, Period: period(t, c.period), History: &h, Sight: seen(t, c.now)})
			if v.State != c.want {
				t.Fatalf("%v, want %v (%+v)", v.State, c.want, v)
			}
			if !says(v, c.reason) {
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
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "self_built_rental", "2025-01-01", "")
	h.Visits = []coverage.Visit{done(t, "2026-01-01 09:00"), done(t, "2026-02-28 09:00")}
	v := coverage.Judge(coverage.Case{Rules: rules, Period: period(t, "2026-02"), History: &h, Sight: seen(t, "2026-03-01 00:00")})
	if v.State != coverage.Met || v.GapDays != 58 {
		t.Errorf("1 January and 28 February: %v with a gap of %d days, want met with 58", v.State, v.GapDays)
	}
}

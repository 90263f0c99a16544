package coverage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// Each decision of the package's description, one by one.

// judged is an obligation of a history in October 2026.
func judged(t testing.TB, rules policy.Rules, h coverage.History, duty string, from coverage.Sight) coverage.Verdict {
	t.Helper()
	return judgedIn(t, rules, h, duty, "2026-10", from)
}

func judgedIn(t testing.TB, rules policy.Rules, h coverage.History, duty, when string, from coverage.Sight) coverage.Verdict {
	t.Helper()
	p := period(t, when)
	version := rules.For(p, from.Known.Time())
	i, ok := rules[version].DutyIndex(duty)
	if !ok {
		t.Fatalf("no duty %s", duty)
	}
	return coverage.Judge(coverage.Case{Rules: rules, Version: version, Duty: i, Period: p, History: &h, Sight: from})
}

func expect(t testing.TB, what string, v coverage.Verdict, want coverage.State, code string) {
	t.Helper()
	if v.State != want || !says(v, code) {
		t.Errorf("%s: %v with %+v, want %v with %q", what, v.State, v.Reasons, want, code)
	}
}

func TestCategoryChangesInThePeriod(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "street_shop", "2026-01-01", "")
	h.Records = append(h.Records, record(t, rules, "2026-10-12 08:00", "2026-10-11", "self_built_rental"))
	now := seen(t, "2026-11-02 09:00")
	expect(t, "no longer a shop, not visited", judged(t, rules, h, "class-2", now), coverage.NotDue, "ended")
	expect(t, "a rental from the 11th on", judged(t, rules, h, "class-1", now), coverage.Overdue, "not_visited")
	expect(t, "as known before we heard of it", judged(t, rules, h, "class-2", asKnown(t, "2026-10-12 07:00")), coverage.Open, "not_visited")
	h.Visits = []coverage.Visit{visit(t, "2026-10-05 09:00", inspection.Done, "class-2"), visit(t, "2026-10-20 09:00", inspection.Done, "class-1")}
	expect(t, "visited while it was a shop", judged(t, rules, h, "class-2", now), coverage.Met, "visited")
	expect(t, "visited when it was a rental", judged(t, rules, h, "class-1", now), coverage.Met, "visited")
	h.Visits[1] = visit(t, "2026-10-05 10:00", inspection.Done, "class-1")
	expect(t, "visited by the rental's list while it was a shop", judged(t, rules, h, "class-1", now), coverage.Overdue, "not_visited")
	h.Records[1] = record(t, rules, "2026-10-28 08:00", "2026-10-27", "self_built_rental")
	h.Visits = nil
	expect(t, "a rental too late in the month", judged(t, rules, h, "class-1", now), coverage.NotDue, "grace")
}

func TestAChangeThatLeavesTheDutyIsOneObligation(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "street_shop", "2026-01-01", "")
	h.Records = append(h.Records, record(t, rules, "2026-10-26 08:00", "2026-10-26", "three_in_one"))
	h.Visits = []coverage.Visit{visit(t, "2026-10-05 09:00", inspection.Done, "class-2")}
	expect(t, "still class II, no new grace", judged(t, rules, h, "class-2", seen(t, "2026-10-29 09:00")), coverage.Met, "visited")
	h.Visits = nil
	expect(t, "still class II, nothing done", judged(t, rules, h, "class-2", seen(t, "2026-10-29 09:00")), coverage.Open, "not_visited")
}

// TestRetiredLater: a place is found to have been gone since the 5th.
func TestRetiredLater(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "street_shop", "2026-01-01", "")
	gone := h.Records[0]
	gone.Recorded, gone.To = coverage.MomentOf(at(t, "2026-11-03 10:00")), policy.DayOf(day("2026-10-05"))
	h.Records = append(h.Records, gone)
	expect(t, "as known now", judged(t, rules, h, "class-2", seen(t, "2026-11-04 09:00")), coverage.NotDue, "ended")
	expect(t, "as known when the month ended", judged(t, rules, h, "class-2", asKnown(t, "2026-11-01 00:00")), coverage.Overdue, "not_visited")
}

func TestSplit(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	whole := standing(t, rules, "street_shop", "2026-01-01", "2026-10-15")
	whole.Visits = []coverage.Visit{visit(t, "2026-10-05 09:00", inspection.Done, "class-2")}
	half := standing(t, rules, "street_shop", "2026-10-15", "")
	now := seen(t, "2026-10-20 09:00")
	expect(t, "the old shop", judged(t, rules, whole, "class-2", now), coverage.Met, "visited")
	expect(t, "each new one", judged(t, rules, half, "class-2", now), coverage.Open, "not_visited")
}

// TestSecondRecord: two records turn out to be one place.
func TestSecondRecord(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	one := coverage.Place{ID: uuid.New(), History: standing(t, rules, "street_shop", "2026-01-01", "")}
	other := coverage.Place{ID: uuid.New(), History: standing(t, rules, "street_shop", "2026-01-01", "")}
	other.Visits = []coverage.Visit{visit(t, "2026-10-05 09:00", inspection.Done, "class-2")}
	again := other.Records[0]
	again.Recorded, again.Duplicate = coverage.MomentOf(at(t, "2026-11-05 09:00")), one.ID
	other.Records = append(other.Records, again)
	b := coverage.NewBook(rules, policy.DayOf(day("2026-11-10")), []coverage.Place{one, other})
	now := at(t, "2026-11-10 09:00")
	q := coverage.Query{Period: period(t, "2026-10")}
	if r := b.Coverage(q, now); r.Total() != 1 || r.States[coverage.Met] != 1 {
		t.Errorf("one place, met by the visit to its second record: %+v", r)
	}
	q.Known = at(t, "2026-11-01 00:00")
	if r := b.Coverage(q, now); r.Total() != 2 || r.States[coverage.Met] != 1 || r.States[coverage.Overdue] != 1 {
		t.Errorf("as known before: %+v", r)
	}
	// A visit that is reported to the second record later counts as well.
	late := visit(t, "2026-10-28 09:00", inspection.Done, "class-2")
	late.Recorded = coverage.MomentOf(at(t, "2026-11-11 09:00"))
	b.PutVisits(map[uuid.UUID][]coverage.Visit{other.ID: {late}})
	q.Known = time.Time{}
	items, _ := b.Place(one.ID, q, now)
	if len(items) != 1 || items[0].Verdict.GapDays != 23 {
		t.Errorf("after the late visit: %+v", items)
	}
	if items, _ = b.Place(other.ID, q, now); len(items) != 1 || items[0].Verdict.State != coverage.NotDue || !says(items[0].Verdict, "duplicate") {
		t.Errorf("the second record says %+v", items)
	}
}

// TestRedrawnInThePeriod: the grid, the community and the park change; who
// answers changes with them, the total does not.
func TestRedrawnInThePeriod(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "heritage", "2026-01-01", "")
	h.Visits = []coverage.Visit{visit(t, "2026-08-05 09:00", inspection.Done, "class-3")}
	next := &coverage.Spot{Town: "310113103000", Park: "310113501000", Community: "310113103002", Grid: "310113103002001"}
	h.Placings = append(h.Placings, coverage.Placing{Recorded: coverage.MomentOf(at(t, "2026-09-20 10:00")), From: policy.DayOf(day("2026-10-01")), Spot: next})
	v := judgedIn(t, rules, h, "class-3", "2026-H2", seen(t, "2026-10-20 09:00"))
	expect(t, "moved into a park", v, coverage.Met, "visited")
	if v.Credit != home || v.Answers != next {
		t.Errorf("credit %v, answers %v", v.Credit, v.Answers)
	}
	b := coverage.NewBook(rules, policy.DayOf(day("2026-10-20")), []coverage.Place{{ID: uuid.New(), History: h}})
	now := at(t, "2026-10-20 09:00")
	for known, holder := range map[string]string{"": "310113501000", "2026-09-20 09:59": "310113102000"} {
		q := coverage.Query{Period: period(t, "2026-H2")}
		if known != "" {
			q.Known, q.Until = at(t, known), now
		}
		by := b.BreakdownBy(q, now, coverage.ByHolder, coverage.ByTownLevel)
		if len(by[coverage.ByHolder]) != 1 || by[coverage.ByHolder][holder].States[coverage.Met] != 1 || by[coverage.ByTownLevel][holder].Total() != 1 {
			t.Errorf("as known %q the holders are %+v", known, by)
		}
	}
	if got := judgedIn(t, rules, h, "class-3", "2026-H2", coverage.Sight{Known: coverage.Ever, Until: coverage.Ever, Today: policy.DayOf(day("2026-09-30"))}); got.Answers != home {
		t.Errorf("the day before it moves it answers to %v", got.Answers)
	}
}

func TestVisitByAnotherBody(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "self_built_rental", "2026-01-01", "")
	v := done(t, "2026-10-05 09:00")
	for unit, astray := range map[string]bool{"": false, home.Community: false, home.Town: true} {
		v.Unit = unit
		h.Visits = []coverage.Visit{v}
		got := judged(t, rules, h, "class-1", seen(t, "2026-10-20 09:00"))
		if got.State != coverage.Met || got.Astray != astray || says(got, "wrong_holder") != astray {
			t.Errorf("made for %q: %+v", unit, got)
		}
	}
}

// TestWrongPlaceCorrectedLater: a visit is reported at one place and corrected
// to another after the period.
func TestWrongPlaceCorrectedLater(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	wrong, right := standing(t, rules, "street_shop", "2026-01-01", ""), standing(t, rules, "street_shop", "2026-01-01", "")
	first := visit(t, "2026-10-05 09:00", inspection.Done, "class-2")
	first.Void = coverage.MomentOf(at(t, "2026-11-10 09:00"))
	second := visit(t, "2026-10-05 09:00", inspection.Done, "class-2")
	second.Recorded = first.Void
	wrong.Visits, right.Visits = []coverage.Visit{first}, []coverage.Visit{second}
	now, then := seen(t, "2026-11-20 09:00"), asKnown(t, "2026-11-01 00:00")
	expect(t, "the wrong place then", judged(t, rules, wrong, "class-2", then), coverage.Met, "visited")
	expect(t, "the right place then", judged(t, rules, right, "class-2", then), coverage.Overdue, "not_visited")
	v := judged(t, rules, wrong, "class-2", now)
	expect(t, "the wrong place now", v, coverage.Overdue, "not_visited")
	if v.Nearest == nil || v.Nearest.Why.EN != "it was corrected" {
		t.Errorf("nearest %+v", v.Nearest)
	}
	v = judged(t, rules, right, "class-2", now)
	expect(t, "the right place now", v, coverage.Met, "late")
	taken := visit(t, "2026-10-05 09:00", inspection.Void, "class-2")
	wrong.Visits = append(wrong.Visits, taken)
	expect(t, "a correction that only takes back", judged(t, rules, wrong, "class-2", now), coverage.Overdue, "not_visited")
}

func TestReportedWeeksLater(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "self_built_rental", "2026-01-01", "")
	v := done(t, "2026-10-30 09:00")
	v.Recorded = coverage.MomentOf(at(t, "2026-11-20 18:00"))
	h.Visits = []coverage.Visit{v}
	expect(t, "as known on 1 November", judged(t, rules, h, "class-1", asKnown(t, "2026-11-01 00:00")), coverage.Overdue, "period_ended")
	expect(t, "as known a moment before it came", judged(t, rules, h, "class-1", asKnown(t, "2026-11-20 18:00")), coverage.Overdue, "period_ended")
	expect(t, "as known after it came", judged(t, rules, h, "class-1", asKnown(t, "2026-11-20 18:01")), coverage.Met, "late")
	h.Visits[0].Recorded = coverage.MomentOf(at(t, "2026-10-31 23:59"))
	if got := judged(t, rules, h, "class-1", seen(t, "2026-11-20 09:00")); got.Late {
		t.Error("a report on the last day is late")
	}
}

// TestSeveralDuties: a cellar below a compound owes class I and III, and a
// campaign; a visit meets those that its checklist serves.
func TestSeveralDuties(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse([]byte(strings.Replace(policy.DefaultDocument(), "serves: [class-3, class-2]", "serves: [class-3, class-2, winter]", 1) + `
campaigns:
  - campaign: winter
    name: {zh: 冬季专项, en: Winter}
    body: office
    categories: [underground_space]
    spans: [{from: 2026-10-10, to: 2026-10-20}]
    checklist: class-3
`))
	if err != nil {
		t.Fatal(err)
	}
	rules := rulesOf(p)
	owes, err := p.Owes(policy.Facts{Category: "underground_space", UnderCompound: true})
	if err != nil {
		t.Fatal(err)
	}
	h := standing(t, rules, "underground_space", "2026-01-01", "")
	h.Records[0].Owes[0] = owes
	for _, c := range []struct {
		when, checklist        string
		class1, class3, winter coverage.State
	}{
		{"2026-10-12 09:00", "class-1", coverage.Met, coverage.Open, coverage.Overdue},
		{"2026-10-12 09:00", "class-3", coverage.Overdue, coverage.Met, coverage.Met},
		{"2026-10-05 09:00", "class-3", coverage.Overdue, coverage.Met, coverage.Overdue},
	} {
		h.Visits = []coverage.Visit{visit(t, c.when, inspection.Done, c.checklist)}
		b := coverage.NewBook(rules, policy.DayOf(day("2026-11-10")), []coverage.Place{{ID: uuid.New(), History: h}})
		got := b.Breakdown(coverage.Query{Period: period(t, "2026-10")}, coverage.ByDuty, at(t, "2026-11-10 09:00"))
		for duty, want := range map[string]coverage.State{"class-1": c.class1, "class-3": c.class3, "winter": c.winter} {
			if got[duty].Total() != 1 || got[duty].States[want] != 1 {
				t.Errorf("a visit by %s at %s: %s is %+v, want %v", c.checklist, c.when, duty, got[duty], want)
			}
		}
	}
}

// TestSpacing: two visits a month, seven days apart.
func TestSpacing(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	rules := rulesOf(p)
	owes, err := p.Owes(policy.Facts{Category: "self_built_rental", Supervised: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		days string
		want coverage.State
		made int
	}{
		{"05", coverage.Overdue, 1}, {"05 11", coverage.Overdue, 1}, {"05 12", coverage.Met, 2}, {"05 08 12", coverage.Met, 2}, {"05 08 11", coverage.Overdue, 1}, {"05 05", coverage.Overdue, 1}, {"", coverage.Overdue, 0},
	} {
		h := standing(t, rules, "self_built_rental", "2026-01-01", "")
		h.Records[0].Owes[0] = owes
		for _, d := range strings.Fields(c.days) {
			h.Visits = append(h.Visits, done(t, "2026-10-"+d+" 09:00"))
		}
		v := judged(t, rules, h, "class-1", seen(t, "2026-11-02 09:00"))
		if v.State != c.want || v.Made != c.made || v.Times != 2 || !says(v, "times") {
			t.Errorf("visits on %q: %v, %d of %d made (%+v)", c.days, v.State, v.Made, v.Times, v.Reasons)
		}
	}
	// Listed in mid-month: what the month asks was settled when it began.
	h := standing(t, rules, "self_built_rental", "2026-01-01", "")
	listed := record(t, rules, "2026-10-10 08:00", "2026-10-10", "self_built_rental")
	listed.Owes[0] = owes
	h.Records = append(h.Records, listed)
	h.Visits = []coverage.Visit{done(t, "2026-10-20 09:00"), done(t, "2026-11-10 09:00")}
	if v := judged(t, rules, h, "class-1", seen(t, "2026-12-01 09:00")); v.Times != 1 || v.State != coverage.Met {
		t.Errorf("October asks %d, %v", v.Times, v.State)
	}
	if v := judgedIn(t, rules, h, "class-1", "2026-11", seen(t, "2026-12-01 09:00")); v.Times != 2 || v.State != coverage.Overdue {
		t.Errorf("November asks %d, %v", v.Times, v.State)
	}
}

// version is the shipped policy with another name, first day and days of grace.
func version(t testing.TB, name, from, grace, extra string) *policy.Policy {
	t.Helper()
	text := policy.DefaultDocument()
	for _, c := range [][2]string{{"version: 2022-19.1", "version: " + name}, {"valid_from: 2022-07-10", "valid_from: " + from + "\n" + extra}, {"grace_days: 7", "grace_days: " + grace}} {
		text = strings.Replace(text, c[0], c[1], 1)
	}
	p, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRulesChange: a period keeps the version that it was made under, unless a
// later one says that it is retroactive.
func TestRulesChange(t *testing.T) {
	t.Parallel()
	first := policy.Version{Policy: version(t, "one", "2022-07-10", "7", ""), Recorded: at(t, "2022-07-01 08:00")}
	inTime := policy.Version{Policy: version(t, "two", "2026-10-01", "20", ""), Recorded: at(t, "2026-09-20 08:00")}
	tooLate := policy.Version{Policy: version(t, "late", "2026-10-01", "20", ""), Recorded: at(t, "2026-10-15 08:00")}
	back := policy.Version{Policy: version(t, "back", "2026-10-01", "20", "retroactive: court order"), Recorded: at(t, "2026-10-15 08:00")}
	for _, c := range []struct {
		name   string
		second policy.Version
		from   coverage.Sight
		want   coverage.State
	}{
		{"put in time", inTime, seen(t, "2026-10-25 09:00"), coverage.NotDue},
		{"put when the month had begun", tooLate, seen(t, "2026-10-25 09:00"), coverage.Open},
		{"retroactive", back, seen(t, "2026-10-25 09:00"), coverage.NotDue},
		{"retroactive, as known before it was put", back, asKnown(t, "2026-10-15 08:00"), coverage.Open},
	} {
		rules := policy.Rules{first, c.second}
		h := standing(t, rules, "self_built_rental", "2026-10-15", "") // new, 17 days left
		if v := judged(t, rules, h, "class-1", c.from); v.State != c.want {
			t.Errorf("%s: %v (%+v), want %v", c.name, v.State, v.Reasons, c.want)
		}
	}
	// November is made under whatever holds when it begins.
	rules := policy.Rules{first, tooLate}
	if v := rules.For(period(t, "2026-11"), time.Time{}); v != 1 {
		t.Errorf("November is judged by version %d", v)
	}
	if v := (policy.Rules{tooLate}).For(period(t, "2026-10"), time.Time{}); v != 0 {
		t.Errorf("a district's first version judges what had begun: %d", v)
	}
	if v := (policy.Rules{inTime}).For(period(t, "2026-09"), time.Time{}); v != -1 {
		t.Errorf("before its first day a version judges nothing: %d", v)
	}
}

func TestEvidenceBelowTheBar(t *testing.T) {
	t.Parallel()
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "self_built_rental", "2026-01-01", "")
	far := done(t, "2026-10-05 09:00")
	far.Evidence = evidence.Own{ExcessM: 2500, AccuracyM: 10, DwellS: -1}
	h.Visits = []coverage.Visit{far}
	now := seen(t, "2026-11-02 09:00")
	v := judged(t, rules, h, "class-1", now)
	expect(t, "made 2.5 km away", v, coverage.Disputed, "very_far")
	if v.Nearest == nil || v.Nearest.Visit != far.ID {
		t.Errorf("nearest %+v", v.Nearest)
	}
	word := coverage.Review{Recorded: coverage.MomentOf(at(t, "2026-11-01 12:00")), Accepted: true, Reviewer: "李四", Reason: "定位漂移"}
	h.Visits[0].Reviews = []coverage.Review{word}
	expect(t, "accepted by a reviewer", judged(t, rules, h, "class-1", now), coverage.Met, "reviewed")
	expect(t, "as known before", judged(t, rules, h, "class-1", asKnown(t, "2026-11-01 12:00")), coverage.Disputed, "evidence")
	h.Visits = []coverage.Visit{done(t, "2026-10-05 09:00")}
	word.Accepted = false
	h.Visits[0].Reviews = []coverage.Review{word}
	v = judged(t, rules, h, "class-1", now)
	expect(t, "rejected by a reviewer", v, coverage.Overdue, "not_visited")
	if v.Nearest == nil || !strings.HasPrefix(v.Nearest.Why.EN, "rejected by 李四") {
		t.Errorf("nearest %+v", v.Nearest)
	}
}

func TestTracksThatBackVisits(t *testing.T) {
	t.Parallel()
	asks, err := policy.Parse([]byte(policy.DefaultDocument() + "\nevidence:\n  counts: B\n  no_track: {asked: true, at_most: C}\n"))
	if err != nil {
		t.Fatal(err)
	}
	rules := rulesOf(asks)
	h := standing(t, rules, "self_built_rental", "2026-01-01", "")
	visit := done(t, "2026-10-05 09:00")
	visit.Evidence = evidence.Own{ExcessM: -5, AccuracyM: 5, DwellS: 900}
	visit.Tracked = coverage.Ever
	h.Visits = []coverage.Visit{visit}
	now := seen(t, "2026-11-02 09:00")
	expect(t, "no track", judged(t, rules, h, "class-1", now), coverage.Disputed, "no_track")
	h.Visits[0].Tracked = coverage.MomentOf(at(t, "2026-10-20 08:00"))
	expect(t, "with a track", judged(t, rules, h, "class-1", now), coverage.Met, "visited")
	expect(t, "as known before it came", judged(t, rules, h, "class-1", asKnown(t, "2026-10-20 08:00")), coverage.Disputed, "no_track")
	lax := rulesOf(shipped(t))
	h.Records = standing(t, lax, "self_built_rental", "2026-01-01", "").Records
	h.Visits[0].Tracked = coverage.Ever
	expect(t, "not asked for", judged(t, lax, h, "class-1", now), coverage.Met, "visited")
}

func TestNothingDue(t *testing.T) {
	t.Parallel()
	b := coverage.NewBook(rulesOf(shipped(t)), policy.DayOf(day("2026-10-20")), nil)
	r := b.Coverage(coverage.Query{Period: period(t, "2026-10")}, at(t, "2026-10-20 09:00"))
	if r.Complete() != nil || r.Total() != 0 || r.GapDays != -1 {
		t.Errorf("an empty district: %+v", r)
	}
	rules := rulesOf(shipped(t))
	h := standing(t, rules, "self_built_rental", "2026-01-01", "")
	h.Exemptions = []coverage.Exemption{{Duty: "class-1", Period: "2026-10", Reason: "demolition", Reviewer: "张三", Withdrawn: coverage.MomentOf(at(t, "2026-10-20 09:00"))}}
	b = coverage.NewBook(rules, policy.DayOf(day("2026-10-20")), []coverage.Place{{ID: uuid.New(), History: h}})
	q := coverage.Query{Period: period(t, "2026-10"), Known: at(t, "2026-10-20 09:00")}
	if r := b.Coverage(q, at(t, "2026-10-25 09:00")); r.Complete() != nil || r.States[coverage.Excused] != 1 {
		t.Errorf("all excused: %+v", r)
	}
	q.Known = time.Time{}
	if r := b.Coverage(q, at(t, "2026-10-25 09:00")); r.Complete() == nil || *r.Complete() || r.States[coverage.Open] != 1 {
		t.Errorf("the exemption taken back: %+v", r)
	}
}

func TestRestrictedDuties(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	rules := rulesOf(p)
	h := standing(t, rules, "residential_building", "2026-01-01", "")
	owes, err := p.Owes(policy.Facts{Category: "residential_building", Care: true})
	if err != nil {
		t.Fatal(err)
	}
	h.Records[0].Owes[0] = owes
	id := uuid.New()
	b := coverage.NewBook(rules, policy.DayOf(day("2026-10-20")), []coverage.Place{{ID: id, History: h}})
	now := at(t, "2026-10-20 09:00")
	for restricted, want := range map[bool]int{false: 1, true: 2} {
		q := coverage.Query{Period: period(t, "2026-10"), Restricted: restricted}
		items, _ := b.Place(id, q, now)
		if got := b.Coverage(q, now).Total(); got != want || len(b.Unmet(q, coverage.Mark{}, 10, now)) != want || len(items) != want {
			t.Errorf("restricted %v: %d due, want %d", restricted, got, want)
		}
	}
}

// TestPeriodsOfADutyChange: a version that makes a duty's periods shorter begins
// where a period of both kinds begins.
func TestPeriodsOfADutyChange(t *testing.T) {
	t.Parallel()
	rules := rulesOf(version(t, "one", "2022-07-10", "7", ""))
	for from, fits := range map[string]bool{"2027-01-01": true, "2026-07-01": true, "2026-11-01": false, "2026-10-12": false} {
		text := strings.Replace(policy.DefaultDocument(), "period: half_year", "period: month", 1)
		text = strings.Replace(text, "valid_from: 2022-07-10", "valid_from: "+from, 1)
		text = strings.ReplaceAll(text, "spacing_days: 30", "spacing_days: 10")
		p, err := policy.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := rules.Follows(p, at(t, "2026-06-15 09:00")); (err == nil) != fits {
			t.Errorf("from %s: %v", from, err)
		}
	}
}

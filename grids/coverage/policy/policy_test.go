package policy_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gridward/grids/coverage/patrol"
	"gridward/grids/coverage/policy"
	"gridward/layers"
)

func shipped(t testing.TB) *policy.Policy {
	t.Helper()
	p, err := policy.Default()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNothingIsUnclassified holds the policy against the shipped layers.
func TestNothingIsUnclassified(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	set, err := layers.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range set.All() {
		for _, c := range d.Categories() {
			owes, err := p.Owes(policy.Facts{Category: c})
			switch {
			case d.Inspected && (err != nil || len(owes) == 0):
				t.Errorf("layer %s: category %s owes %v, error %v", d.Layer, c, owes, err)
			case !d.Inspected && err == nil:
				t.Errorf("layer %s is not inspected, yet its category %s owes %v", d.Layer, c, owes)
			}
		}
	}
}

func TestOwes(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	for _, c := range []struct {
		name  string
		facts policy.Facts
		want  []string
	}{
		{"a dwelling", policy.Facts{Category: "residential_building"}, []string{"class-1"}},
		{"a high-rise office", policy.Facts{Category: "high_rise_other"}, []string{"class-3"}},
		{"a self-built house that is not let: the residual duty", policy.Facts{Category: "self_built_house"}, []string{"class-1"}},
		{"a shop", policy.Facts{Category: "street_shop"}, []string{"class-2"}},
		{"a small workshop", policy.Facts{Category: "workshop", Attributes: map[string]any{"employees": int64(49), "area_m2": 999.0}}, []string{"class-2"}},
		{"a workshop of scale by staff", policy.Facts{Category: "workshop", Attributes: map[string]any{"employees": int64(50)}}, []string{"class-3"}},
		{"a workshop of scale by area", policy.Facts{Category: "workshop", Attributes: map[string]any{"area_m2": 1000.0}}, []string{"class-3"}},
		{"of scale by both, once", policy.Facts{Category: "workshop", Attributes: map[string]any{"employees": 80.0, "area_m2": 5000.0}}, []string{"class-3"}},
		{"a cellar", policy.Facts{Category: "underground_space"}, []string{"class-3"}},
		{"a cellar of a compound", policy.Facts{Category: "underground_space", UnderCompound: true}, []string{"class-3", "class-1"}},
	} {
		owes, err := p.Owes(c.facts)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range owes {
			got = append(got, p.Duties[o.Duty].Duty)
			if o.Basis.ZH == "" || o.Basis.EN == "" {
				t.Errorf("%s: no basis for %s", c.name, p.Duties[o.Duty].Duty)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s owes %v, want %v", c.name, got, c.want)
		}
	}
}

func TestClass3IncludesClass2(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	lists := map[string][]string{}
	for _, c := range p.Checklists {
		lists[c.Checklist] = c.Hazards
	}
	for _, h := range lists["class-2"] {
		if !slices.Contains(lists["class-3"], h) {
			t.Errorf("class 3's checklist lacks class 2's %s", h)
		}
	}
}

func TestParseNamesTheMistake(t *testing.T) {
	t.Parallel()
	lines := strings.Split(policy.DefaultDocument(), "\n")
	for _, c := range []struct{ name, old, new, want string }{
		{"a class that is none", "class: 2", "class: 9", "class 9"},
		{"an unknown body", "body: office", "body: king", `"king"`},
		{"a duty twice", "duty: class-2\n", "duty: class-1\n", "class-1 stands twice"},
		{"no version", "version: 2022-19.1\n", "version:\n", "version"},
		{"no weights", "severity: [1, 2, 4, 8]", "severity: [1, 2]", "heat"},
		{"an unknown zone", "Asia/Shanghai", "Asia/Atlantis", "timezone"},
		{"no YAML", "grace_days: 7", "grace_days: [7", ""},
		{"an unknown field", "grace_days: 7", "grace_day: 7", "grace_day"},
		{"an unknown threshold", "at_least: of_scale_area", "at_least: huge", `"huge"`},
		{"an unknown duty", "residual: class-1", "residual: class-9", `"class-9"`},
		{"an unknown hazard", "hazards: [basement_dwelling,", "hazards: [dragons,", `"dragons"`},
		{"a bad date", "2022-07-10", "2022-13-10", "valid_from"},
		{"a day that is no date", "valid_from: 2022-07-10", "valid_from: in July", "valid_from"},
		{"a text without English", "    name: {zh: 第二类·街镇巡查每月全覆盖, en: \"Class II: town patrol, every month\"}", "    name: {zh: 第二类}", "missing property 'en'"},
		{"a condition of two kinds", "when: {risk_at_least: 4}", "when: {risk_at_least: 4, supervised: true}", "a condition is one of"},
		{"visits that do not fit into a month", "spacing_days: 7", "spacing_days: 28", "do not fit into the 28 days"},
		{"once is not more often", "times: 2", "times: 1", "frequency[0].times"},
		{"a care duty that everybody sees", "restricted: true # that", "# that", "no restricted duty"},
		{"an approver who is none", "approvers: [admin, planner]", "approvers: [viewer]", "exemptions.approvers[0]"},
	} {
		_, err := policy.Parse([]byte(strings.Replace(policy.DefaultDocument(), c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error naming %s", c.name, err, c.want)
			continue
		}
		// The line is the mistake's own, or that on which the entry begins that holds it.
		at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, strings.TrimSpace(strings.SplitN(c.old, "\n", 2)[0])) }) + 1
		named := 0
		if m := regexp.MustCompile(`line (\d+):|\[(\d+):`).FindStringSubmatch(err.Error()); m != nil {
			named, _ = strconv.Atoi(m[1] + m[2])
		}
		if named < at-6 || named > at+6 || named == 0 {
			t.Errorf("%s stands on line %d: %v", c.name, at, err)
		}
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(append([]policy.Kind{policy.Custom}, policy.Calendar...)).Draw(t, "kind")
		d := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 9000).Draw(t, "day"))
		p := policy.Span(policy.DayOf(d), policy.DayOf(d)+policy.Day(rapid.IntRange(1, 400).Draw(t, "days")))
		if kind != policy.Custom {
			p = policy.Containing(d, kind)
		}
		if d.Before(p.FirstDay()) || !d.Before(p.EndDay()) {
			t.Fatalf("%v does not hold %v", p, d)
		}
		if p.Next().Previous() != p || !p.Next().FirstDay().Equal(p.EndDay()) {
			t.Fatalf("%v: next %v, previous of it %v", p, p.Next(), p.Next().Previous())
		}
		if q, err := policy.ParsePeriod(p.String()); err != nil || q != p {
			t.Fatalf("%v reads back as %v, %v", p, q, err)
		}
		// Asked by any longer period, each shorter one is counted exactly once.
		for _, longer := range []policy.Kind{policy.Month, policy.HalfYear} {
			if kind == policy.Custom || kind == policy.HalfYear {
				continue
			}
			times := 0
			for q := policy.Containing(p.FirstDay(), longer).Previous(); q.First < p.End+200; q = q.Next() {
				if slices.Contains(q.Periods(kind), p) {
					times++
				}
			}
			if times != 1 {
				t.Fatalf("%v is counted in %d periods of kind %s", p, times, longer)
			}
		}
	})
	for _, c := range []struct{ text, first, end string }{
		{"2026-02", "2026-02-01", "2026-03-01"},
		{"2026-H2", "2026-07-01", "2027-01-01"},
		{"2026-W01", "2025-12-29", "2026-01-05"},
		{"2026-W53", "2026-12-28", "2027-01-04"},
		{"2024-02-29", "2024-02-29", "2024-03-01"},
		{"2026-09-25..2026-10-08", "2026-09-25", "2026-10-09"},
	} {
		p, err := policy.ParsePeriod(c.text)
		if err != nil || p.First.String() != c.first || p.End.String() != c.end || p.String() != c.text {
			t.Errorf("%s is %s to %s (%v), want %s to %s", c.text, p.First, p.End, err, c.first, c.end)
		}
	}
	for _, bad := range []string{"", "2026", "2026-13", "2026-00", "2026-H3", "2026-1x", "1899-01", "2026-02-29", "2025-W53", "2026-W00", "2026-10-08..2026-09-25", "2026-10-08..", "2026-h2", "+026-10", "2026- 1"} {
		if _, err := policy.ParsePeriod(bad); err == nil {
			t.Errorf("period %q was taken", bad)
		}
	}
}

// TestDays: a day begins at midnight of the zone, whatever the season.
func TestDays(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Asia/Shanghai", "Europe/Vaduz", "America/St_Johns", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			d := policy.Day(rapid.Int32Range(-40000, 60000).Draw(t, "day"))
			if policy.DayOf(d.Date()) != d || policy.DayAt(d.Begins(zone), zone) != d || policy.DayAt(d.Begins(zone).Add(-time.Nanosecond), zone) != d-1 {
				t.Fatalf("day %v in %s begins at %v", d, name, d.Begins(zone))
			}
		})
	}
}

// TestFrequency: risk and supervision raise how often a duty wants a visit; of
// several rules the one with the most visits holds.
func TestFrequency(t *testing.T) {
	t.Parallel()
	p := shipped(t)
	for _, c := range []struct {
		name           string
		facts          policy.Facts
		times, spacing int
	}{
		{"nothing known", policy.Facts{Category: "street_shop"}, 1, 0},
		{"risk 3", policy.Facts{Category: "street_shop", Risk: 3}, 1, 0},
		{"risk 4", policy.Facts{Category: "street_shop", Risk: 4}, 2, 7},
		{"listed", policy.Facts{Category: "self_built_rental", Supervised: true}, 2, 7},
		{"listed, half-yearly", policy.Facts{Category: "heritage", Supervised: true, Risk: 4}, 2, 30},
	} {
		owes, err := p.Owes(c.facts)
		if err != nil || len(owes) != 1 || owes[0].Times != c.times || owes[0].Spacing != c.spacing || (owes[0].Often.ZH != "") != (c.times > 1) {
			t.Errorf("%s: %+v, %v", c.name, owes, err)
		}
	}
	owes, err := p.Owes(policy.Facts{Category: "residential_building", Care: true})
	if err != nil || len(owes) != 2 || !p.Duties[owes[1].Duty].Restricted {
		t.Errorf("a building where people need care owes %+v, %v", owes, err)
	}
}

// TestCampaigns: a campaign is a duty with spans of its own, for its categories
// and units.
func TestCampaigns(t *testing.T) {
	t.Parallel()
	spring := `campaigns:
  - campaign: spring-festival
    name: {zh: 春节专项, en: Spring festival}
    body: town_patrol
    categories: [street_shop]
    units: ["310113003000"]
    spans: [{from: 2027-02-01, to: 2027-02-14}, {from: 2026-12-20, to: 2027-01-03}]
    checklist: class-2
`
	document := strings.Replace(policy.DefaultDocument(), "serves: [class-2]", "serves: [class-2, spring-festival]", 1) + spring
	p, err := policy.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	i, ok := p.DutyIndex("spring-festival")
	if !ok {
		t.Fatal("the campaign is no duty")
	}
	var spans []string
	for _, s := range p.Duties[i].Spans() {
		spans = append(spans, s.String())
	}
	if !slices.Equal(spans, []string{"2026-12-20..2027-01-03", "2027-02-01..2027-02-14"}) {
		t.Errorf("spans %v", spans)
	}
	owes, err := p.Owes(policy.Facts{Category: "street_shop", Risk: 4})
	if err != nil || len(owes) != 2 || owes[1].Duty != i || owes[1].Times != 1 {
		t.Errorf("a shop owes %+v, %v", owes, err)
	}
	if d := &p.Duties[i]; !d.In("310113003000", "", "310113003001") || d.In("310113007000", "", "310113007001") || d.In("310113007000", "310113501000", "310113007001") {
		t.Error("the campaign's units are not held")
	}
	for _, c := range []struct{ old, new, want string }{
		{"to: 2027-02-14", "to: 2027-01-14", "no span of days"},
		{"from: 2027-02-01", "from: 2027-01-03", "overlaps another"},
		{"categories: [street_shop]\n    units", "categories: [dragon]\n    units", `no category "dragon"`},
		{`"310113003000"`, `"310113"`, "campaigns[0].units[0]"},
		{"campaign: spring-festival", "campaign: class-2", "stands twice"},
	} {
		if _, err := policy.Parse([]byte(strings.Replace(document, c.old, c.new, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.new, err, c.want)
		}
	}
}

// TestEffort: what a month costs follows from a visit's minutes and the period;
// a policy that says nothing of it has the usual figures, and nonsense is named.
func TestEffort(t *testing.T) {
	t.Parallel()
	p, err := policy.Default()
	if err != nil {
		t.Fatal(err)
	}
	one, _ := p.DutyIndex("class-1")
	three, _ := p.DutyIndex("class-3")
	if got := p.MonthlyMinutes("self_built_rental", policy.Obligated{Duty: one, Times: 1}); got != 8 {
		t.Errorf("a rental costs %v minutes a month", got)
	}
	if got := p.MonthlyMinutes("large_producer", policy.Obligated{Duty: three, Times: 1}); got != 10 {
		t.Errorf("a producer costs %v minutes a month, an hour a half-year", got)
	}
	if got := p.VisitMinutes("self_built_house"); got != 10 {
		t.Errorf("a category without a figure takes %v minutes", got)
	}
	text := policy.DefaultDocument()
	bare, err := policy.Parse([]byte(text[:strings.Index(text, "effort:")]))
	if err != nil || bare.VisitMinutes("street_shop") != 10 || bare.Effort.MetresMinute != 60 {
		t.Errorf("without effort: %+v, %v", bare, err)
	}
	for _, bad := range []string{"metres_a_minute: 0", "minutes: -1", "    no_such_category: 5\n  metres_a_minute: 60"} {
		key, _, _ := strings.Cut(strings.TrimSpace(bad), ":")
		old := map[string]string{"metres_a_minute": "metres_a_minute: 60", "minutes": "minutes: 10", "no_such_category": "  metres_a_minute: 60"}[key]
		if _, err := policy.Parse([]byte(strings.Replace(text, old, bad, 1))); err == nil || !strings.Contains(err.Error(), "effort") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestBeatsStandInThePolicy reads what a policy says of patrols and takes the
// rest as shipped.
func TestBeatsStandInThePolicy(t *testing.T) {
	t.Parallel()
	text := policy.DefaultDocument()
	p, err := policy.Parse([]byte(strings.Replace(text, "lowest_share_percent: 80", "lowest_share_percent: 65", 1)))
	if err != nil || p.Beats.LowestShare != 65 || p.Beats.ToleranceM != patrol.Usual().ToleranceM {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = policy.Parse([]byte(text[:strings.Index(text, "\nbeats:")+1]))
	if err != nil || p.Beats != patrol.Usual() {
		t.Errorf("a policy without beats: %v", err)
	}
	at := strings.Count(text[:strings.Index(text, "\nbeats:")+1], "\n") + 1
	_, err = policy.Parse([]byte(strings.Replace(text, "tolerance_m: 8", "tolerance_m: 800", 1)))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("line %d: beats: tolerance_m is 800", at)) && !strings.Contains(err.Error(), fmt.Sprintf("line %d: beats: tolerance_m is 800", at+1)) {
		t.Errorf("a tolerance of 800 m: %v", err)
	}
}

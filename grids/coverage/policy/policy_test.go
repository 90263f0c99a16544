package policy_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

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
		kind := rapid.SampledFrom([]policy.Kind{policy.Month, policy.HalfYear}).Draw(t, "kind")
		d := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 9000).Draw(t, "day"))
		p := policy.Containing(d, kind)
		if d.Before(p.FirstDay()) || !d.Before(p.EndDay()) {
			t.Fatalf("%v does not hold %v", p, d)
		}
		if p.Next().Previous() != p || !p.Next().FirstDay().Equal(p.EndDay()) {
			t.Fatalf("%v: next %v, previous of it %v", p, p.Next(), p.Next().Previous())
		}
		if q, err := policy.ParsePeriod(p.String()); err != nil || q != p {
			t.Fatalf("%v reads back as %v, %v", p, q, err)
		}
	})
	for _, bad := range []string{"", "2026", "2026-13", "2026-00", "2026-H3", "2026-1x", "1899-01", "2026-10-01"} {
		if _, err := policy.ParsePeriod(bad); err == nil {
			t.Errorf("period %q was taken", bad)
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
	if got := p.MonthlyMinutes("self_built_rental", one); got != 8 {
		t.Errorf("a rental costs %v minutes a month", got)
	}
	if got := p.MonthlyMinutes("large_producer", three); got != 10 {
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

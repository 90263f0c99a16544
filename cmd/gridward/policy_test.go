package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gridward/grids/coverage/policy"
)

// TestAPolicyIsCheckedStoredAndShown takes the shipped policy through a change.
func TestAPolicyIsCheckedStoredAndShown(t *testing.T) {
	p := newDistrict(t)
	shipped := p.do(false, "policy", "show")
	if shipped != policy.DefaultDocument() {
		t.Error("what holds is not the shipped policy, word for word")
	}
	p.has(p.do(false, "policy", "show", "--list"), "2022-19.1", "as shipped")
	change := func(old, new string) string {
		t.Helper()
		if !strings.Contains(shipped, old) {
			t.Fatalf("no %q in the policy", old)
		}
		return p.file("policy.yaml", strings.ReplaceAll(shipped, old, new))
	}
	for _, c := range []struct{ old, new, want string }{
		{"body: office", "body: king", `body "king"`},
		{"grace_days: 7", "grace_day: 7", "grace_day"},
		{"residual: class-1", "residual: class-9", "class-9"},
		{"homestay", "homestead", "homestay of layer homestay is missing"},
	} {
		for _, verb := range []string{"check", "diff", "apply"} {
			p.has(p.do(true, "policy", verb, change(c.old, c.new)), c.want, "policy.yaml")
		}
	}
	p.has(p.do(true, "policy", "check", change("residual: class-1", "residual: class-9")), fmt.Sprintf("line %d: residual", 1+strings.Count(shipped[:strings.Index(shipped, "residual:")], "\n")))
	p.has(p.do(false, "policy", "check", change("grace_days: 7", "grace_days: 9")), "4 duties", "nothing is wrong")
	p.has(p.do(false, "policy", "apply", change("version: 2022-19.1", "version: none\nretroactive: 测试")), "policy none stored")
}

// half makes a class II that is half-yearly of the shipped policy, and more.
func half(t *testing.T, version, from string) string {
	t.Helper()
	out := policy.DefaultDocument()
	for _, c := range [][2]string{
		{"version: 2022-19.1", "version: " + version}, {"valid_from: 2022-07-10", "valid_from: " + from},
		{"body: town_patrol\n    period: month", "body: town_patrol\n    period: half_year"},
		{"times: 2\n    spacing_days: 7\n    basis: {zh: 挂牌督办", "times: 3\n    spacing_days: 7\n    basis: {zh: 挂牌督办"},
		{"of_scale_employees: {value: 50", "of_scale_employees: {value: 30"},
		{"category: homestay, zh: 民宿, en: Homestay, duties: [{duty: class-1}]", "category: homestay, zh: 民宿, en: Homestay, duties: [{duty: class-3, when: {risk_at_least: 3}}]"},
		{"grace_days: 7", "grace_days: 9"},
		{"approvers: [admin, planner]", "approvers: [admin]"},
		{"severity: [1, 2, 4, 8]", "severity: [1, 2, 4, 9]"},
		{"serves: [class-3, class-2]", "serves: [class-3, class-2, class-1]"},
	} {
		if !strings.Contains(out, c[0]) {
			t.Fatalf("no %q in the policy", c[0])
		}
		out = strings.Replace(out, c[0], c[1], 1)
	}
	return out + `campaigns:
  - campaign: spring
    name: {zh: 春节专项, en: Spring}
    body: community
    categories: [street_shop]
    units: ["310113001000"]
    spans: [{from: 2027-02-01, to: 2027-02-14}]
    checklist: class-1
`
}

// TestAPolicyIsComparedAndApplied looks at what a version changes, in words and
// in obligations, stores it, and counts what is owed then.
func TestAPolicyIsComparedAndApplied(t *testing.T) {
	p := newDistrict(t)
	p.do(false, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--from", "2026-06-15", p.file("shops.csv", "id,trade,lon,lat\n1,retail,121.41,31.35\n2,retail,121.42,31.35\n3,retail,121.51,31.35\n"))
	p.do(false, "import", "--layer", "homestay", "--crs", "EPSG:4326", "--from", "2026-06-15", p.file("homestays.csv", "id,rooms,lon,lat\n1,4,121.43,31.35\n"))
	p.do(false, "import", "--layer", "construction-site", "--crs", "EPSG:4326", "--from", "2026-06-15", p.file("sites.csv", "id,name,starts,lon,lat\n1,工地,2026-06-15,121.52,31.35\n"))
	document := half(t, "2027-1", "2027-01-01")
	document = strings.Replace(document, "    serves: [class-1]\n", "    serves: [class-1, spring]\n", 1)
	next := p.file("next.yaml", document)
	said := p.do(false, "policy", "diff", next)
	p.has(said, "policy 2027-1, valid from 2027-01-01, against 2022-19.1",
		"changed duty class-2: every: month → half_year", "changed category homestay: duties: + class-3 at risk 3 or more, − class-1",
		"changed checklist class-1: serves duties: + spring", "changed checklist class-3: serves duties: + class-1",
		"added campaign spring: name 春节专项, body community, categories street_shop, units 310113001000, spans 2027-02-01 to 2027-02-14",
		"changed threshold of_scale_employees: value: 50 人 → 30 人", "class-1, class-2 while listed for supervision: 2 visits a period, 7 days apart → 3 visits a period, 7 days apart",
		"changed grace_days: 7 → 9", "changed exemptions.approvers: admin, planner → admin", "changed heat severity: [1,2,4,8] → [1,2,4,9]")
	p.lacks(said, "stored", "duty class-1", "evidence", "effort")
	type row struct {
		Town                                 string
		Class, Before, After, Added, Removed int
	}
	var got struct {
		Version  string
		Replaces string
		Stored   bool
		Changes  []policy.Change
		Preview  []struct {
			Period string
			Towns  []row
			Total  row
		}
	}
	read := func(args ...string) {
		t.Helper()
		if err := json.Unmarshal([]byte(p.do(false, args...)), &got); err != nil {
			t.Fatal(err)
		}
	}
	// By hand: each month the shops' class II goes; a homestay keeps class I, as
	// what nobody else holds; each half-year the shops' class II comes.
	west, east := "310113001000", "310113002000"
	want := map[string][]row{
		"2027-01":                {{west, 1, 1, 1, 0, 0}, {west, 2, 2, 0, 0, 2}, {east, 2, 1, 0, 0, 1}},
		"2027-H1":                {{west, 2, 0, 2, 2, 0}, {east, 2, 0, 1, 1, 0}, {east, 3, 1, 1, 0, 0}},
		"2027-02-01..2027-02-14": {{west, 0, 0, 2, 2, 0}},
	}
	for _, args := range [][]string{{"policy", "diff", "--json", next}, {"policy", "apply", "--dry-run", "--json", next}, {"policy", "apply", "--json", next}} {
		read(args...)
		if len(got.Preview) != 3 || len(got.Changes) != 10 || got.Replaces != "2022-19.1" || got.Stored != (len(args) == 4 && args[1] == "apply") {
			t.Errorf("%v: %+v", args, got)
		}
		for _, s := range got.Preview {
			if !slices.Equal(s.Towns, want[s.Period]) {
				t.Errorf("%v: in %s the towns are %+v, want %+v", args, s.Period, s.Towns, want[s.Period])
			}
			if n := s.Total; n.After != n.Before+n.Added-n.Removed {
				t.Errorf("%v: %s does not add up: %+v", args, s.Period, n)
			}
		}
	}
	// The preview came true, and until then the shipped policy holds.
	p.has(p.do(false, "coverage", "--json", "--period", "2027-01"), `"total":5`)
	p.has(p.do(false, "coverage", "--json", "--period", "2026-12"), `"total":5`)
	p.has(p.do(false, "policy", "show"), "version: 2022-19.1")
	p.has(p.do(false, "policy", "show", "--version", "2027-1"), "grace_days: 9")
	p.has(p.do(false, "policy", "show", "--list"), "2022-19.1 from 2022-07-10, recorded 2022-07-10 08:00:00 +08:00 (holds today)\n", "2027-1 from 2027-01-01, recorded 20")
	p.has(p.do(false, "policy", "show", "--json"), `"version":"2022-19.1"`, `"holds_today":true`, `"recorded_at":"`)
	p.has(p.do(true, "policy", "show", "--version", "9"), "stored are 2022-19.1, 2027-1")

	p.has(p.do(false, "policy", "apply", next), "stored already, word for word")
	for _, verb := range []string{"diff", "apply"} {
		p.has(p.do(true, "policy", verb, p.file("next.yaml", document+"\n# another\n")), "version of its own")
	}
	// A duty's periods may not become shorter in the middle of one.
	crooked := strings.Replace(strings.Replace(policy.DefaultDocument(), "version: 2022-19.1", "version: 2027-2", 1), "valid_from: 2022-07-10", "valid_from: 2027-03-01", 1)
	for _, verb := range []string{"diff", "apply"} {
		p.has(p.do(true, "policy", verb, p.file("crooked.yaml", crooked)), "in the middle of one")
	}
	p.lacks(p.do(false, "policy", "show", "--list"), "2027-2")

	// Later versions are held against what holds then; taking it all back is a version too.
	back := strings.Replace(strings.Replace(policy.DefaultDocument(), "version: 2022-19.1", "version: 2028-1", 1), "valid_from: 2022-07-10", "valid_from: 2028-01-01", 1)
	read("policy", "diff", "--json", p.file("back.yaml", back))
	if got.Replaces != "2027-1" || len(got.Preview) != 2 || got.Preview[0].Period != "2028-01" || !slices.Equal(got.Preview[0].Towns, []row{{west, 1, 1, 1, 0, 0}, {west, 2, 0, 2, 2, 0}, {east, 2, 0, 1, 1, 0}}) {
		t.Errorf("taken back: %+v", got)
	}
}

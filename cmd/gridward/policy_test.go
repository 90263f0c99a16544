package main

import (
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
		for _, verb := range []string{"check", "put"} {
			p.has(p.do(true, "policy", verb, change(c.old, c.new)), c.want, "policy.yaml")
		}
	}
	p.has(p.do(true, "policy", "check", change("residual: class-1", "residual: class-9")), "line 40")
	p.has(p.do(false, "policy", "check", change("grace_days: 7", "grace_days: 9")), "3 duties", "nothing is wrong")

	// A shop's duty becomes half-yearly; the new version holds at once.
	p.do(false, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--from", "2026-06-15", p.file("shops.csv", "id,trade,lon,lat\n1,retail,121.41,31.35\n"))
	p.has(p.do(false, "coverage", "--json", "--period", "2026-H2"), `"total":6`)
	next := strings.Replace(strings.Replace(shipped, "version: 2022-19.1", "version: 2026.1", 1), "body: town_patrol\n    period: month", "body: town_patrol\n    period: half_year", 1)
	next = strings.Replace(next, "valid_from: 2022-07-10", "valid_from: 2026-10-01", 1)
	p.has(p.do(false, "policy", "put", p.file("next.yaml", next)), "policy 2026.1 stored; it holds from 2026-10-01")
	p.has(p.do(false, "policy", "put", p.file("next.yaml", next)), "stored already, word for word")
	p.has(p.do(true, "policy", "put", p.file("next.yaml", next+"\n# another\n")), "version of its own")
	p.has(p.do(false, "policy", "put", "--replace", p.file("next.yaml", next+"\n# another\n")), "stored")
	p.has(p.do(false, "coverage", "--json", "--period", "2026-H2"), `"total":1`, `"policy":"2026.1"`)
	p.has(p.do(false, "policy", "show"), "version: 2026.1", "# another")
	p.has(p.do(true, "policy", "show", "--version", "9"), "stored are 2026.1")
	later := strings.Replace(strings.Replace(next, "version: 2026.1", "version: 2027.1", 1), "valid_from: 2026-10-01", "valid_from: 2027-01-01", 1)
	p.do(false, "policy", "put", p.file("later.yaml", later))
	p.has(p.do(false, "policy", "show", "--list"), "2026.1 from 2026-10-01 (holds today)", "2027.1 from 2027-01-01\n")
}

package main

import (
	"encoding/json"
	"testing"
)

// TestCoverageSaysWhatItCounted asks for coverage before and after there is
// something due, as a table and as JSON.
func TestCoverageSaysWhatItCounted(t *testing.T) {
	p := newDistrict(t)
	said := p.do(false, "coverage", "--check") // nothing due is nothing missing
	p.has(said, "none due", "—")
	p.lacks(said, "-1")
	p.has(p.do(false, "coverage", "--json"), `"longest_gap_days":null`, `"complete":null`, `"unit":"310113000000"`)
	p.has(p.do(true, "coverage", "--class", "7"), "--class must be one of")
	p.do(false, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--from", "2026-08-15", p.file("shops.csv", "id,name,trade,lon,lat\n1,甲,retail,121.41,31.35\n2,乙,retail,121.51,31.35\n"))
	p.do(false, "import", "--layer", "construction-site", "--crs", "EPSG:4326", "--from", "2026-08-15", p.file("sites.csv", "id,name,starts,lon,lat\n1,工地,2026-08-15,121.52,31.35\n"))
	p.has(p.do(false, "coverage"), "no, 3 missing", "no, 2 missing", "no, 1 missing")
	p.has(p.do(true, "coverage", "--check"), "the period is not complete: 3 of 3")
	p.has(p.do(false, "coverage", "--check", "--class", "1"), "none due")
	// The half-year since the 15th of August: five months of each shop, and the site once.
	var got struct {
		Unit, Period string
		Total        int
		Unmet        []struct{ Name, Period, State string }
	}
	out := p.do(false, "coverage", "--json", "--period", "2026-H2", "--unit", "310113001000", "--unmet", "9")
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Unit != "310113001000" || got.Total != 5 || len(got.Unmet) != 5 || got.Unmet[0].Period != "2026-08" || got.Unmet[0].State != "overdue" || got.Unmet[4].Period != "2026-12" || got.Unmet[4].State != "open" {
		t.Errorf("the half-year of the west: %+v", got)
	}
	p.has(p.do(false, "coverage", "--json", "--period", "2026-H2"), `"total":11`)
	p.has(p.do(false, "coverage", "--period", "2026-H2", "--unmet", "1"), "overdue", "2026-08 未检查")
}

// TestADryRunFailsAsTheImportWould tries files with bad rows.
func TestADryRunFailsAsTheImportWould(t *testing.T) {
	p := newDistrict(t)
	shops := p.file("shops.csv", "id,trade,lon,lat\n1,retail,121.41,31.35\n2,circus,121.51,31.35\n")
	args := []string{"import", "--layer", "street-shop", "--crs", "EPSG:4326", "--dry-run", shops}
	p.has(p.do(true, args...), "1 good, 1 bad", "nothing of the file was kept")
	p.has(p.do(false, append(args, "--accept-good-rows")...), "1 good, 1 bad", "dry run: nothing was kept")
	hazards := p.file("hazards.csv", "id,type,discovered_at,lon,lat\n1,dragons,2026-10-01,121.41,31.35\n")
	p.has(p.do(true, "import", "--hazards", "--crs", "EPSG:4326", "--dry-run", hazards), "0 good, 1 bad")
	p.has(p.do(false, "coverage"), "none due")
}

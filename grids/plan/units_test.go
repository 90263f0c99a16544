package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids"
	"gridward/grids/plan"
	"gridward/layers"
)

// strip is the land from column a to column b of 0.01 degree, one high; every
// column's corners are its vertices, so that neighbours share them.
func strip(a, b int) orb.MultiPolygon {
	at := func(k int, y float64) orb.Point { return orb.Point{121.4 + float64(k)/100, y} }
	var ring orb.Ring
	for k := a; k <= b; k++ {
		ring = append(ring, at(k, 31.3))
	}
	for k := b; k >= a; k-- {
		ring = append(ring, at(k, 31.31))
	}
	o, err := geo.NewOutline(orb.Polygon{append(ring, ring[0])})
	if err != nil {
		panic(err)
	}
	return o.MultiPolygon()
}

// parkDistrict has two towns of three communities; the park's land is the last
// of the first town and the first of the second, which is the park's own.
func parkDistrict() []layers.Unit {
	return []layers.Unit{
		{Kind: layers.District, Name: "区", Geometry: strip(0, 6)},
		{Kind: layers.Town, Name: "甲镇", Geometry: strip(0, 3)},
		{Kind: layers.Town, Name: "乙镇", Geometry: strip(3, 6), Code: "310113001000"}, // a code that a serial must not take
		{Kind: layers.Park, Name: "园区", Geometry: strip(2, 4), Code: "310113501000"},
		{Kind: layers.Community, Name: "一村", Geometry: strip(0, 1)},
		{Kind: layers.Community, Name: "二村", Geometry: strip(1, 2)},
		{Kind: layers.Community, Name: "三村", Geometry: strip(2, 3)},
		{Kind: layers.Community, Name: "园村", Geometry: strip(3, 4), Parent: "310113501000"},
		{Kind: layers.Community, Name: "五村", Geometry: strip(4, 5)},
		{Kind: layers.Community, Name: "六村", Geometry: strip(5, 6)},
	}
}

func find(t *testing.T, units []layers.Unit, name string) *layers.Unit {
	t.Helper()
	i := slices.IndexFunc(units, func(u layers.Unit) bool { return u.Name == name })
	if i < 0 {
		t.Fatal("no unit " + name)
	}
	return &units[i]
}

func TestUnitsAreLinkedByTheirLand(t *testing.T) {
	t.Parallel()
	units := parkDistrict()
	if err := plan.LinkUnits(units, "310113"); err != nil {
		t.Fatal(err)
	}
	jia := find(t, units, "甲镇")
	for name, parent := range map[string]string{"甲镇": "310113000000", "园区": "310113000000", "一村": jia.Code, "三村": jia.Code, "园村": "310113501000", "六村": "310113001000"} {
		u := find(t, units, name)
		if u.Parent != parent || len(u.Code) != 12 {
			t.Errorf("%s %s has the parent %s, want %s", name, u.Code, u.Parent, parent)
		}
	}
	if jia.Code == "310113001000" || jia.Code == "" {
		t.Errorf("甲镇 got the code %q, which 乙镇 has", jia.Code)
	}
	if !slices.IsSortedFunc(units, func(a, b layers.Unit) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("the units are not sorted by code")
	}
	if bad := plan.CheckUnits(units); len(bad) > 0 {
		t.Errorf("a sound district: %v", bad)
	}
	lost := parkDistrict()
	lost[7].Parent = "310113999000"
	if err := plan.LinkUnits(lost, "310113"); err == nil {
		t.Error("a parent that is not there is taken")
	}
}

func TestUnitsThatDoNotTileAreNamed(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		change func(units []layers.Unit) []layers.Unit
		want   plan.Kind
	}{
		"a community is missing":               {func(u []layers.Unit) []layers.Unit { return append(u[:5:5], u[6:]...) }, plan.Gap},
		"two communities overlap":              {func(u []layers.Unit) []layers.Unit { u[4].Geometry = strip(0, 2); return u }, plan.Overlap},
		"the park's community lies beside it":  {func(u []layers.Unit) []layers.Unit { u[3].Geometry = strip(2, 3); return u }, plan.BeyondBorder},
		"the park reaches out of the district": {func(u []layers.Unit) []layers.Unit { u[3].Geometry = strip(2, 7); return u }, plan.BeyondBorder},
		"two parks overlap": {func(u []layers.Unit) []layers.Unit {
			return append(u, layers.Unit{Kind: layers.Park, Name: "二园", Geometry: strip(3, 5)})
		}, plan.Overlap},
		"a town reaches out": {func(u []layers.Unit) []layers.Unit { u[2].Geometry = strip(3, 7); return u }, plan.BeyondBorder},
	} {
		units := c.change(parkDistrict())
		if err := plan.LinkUnits(units, "310113"); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		bad := plan.CheckUnits(units)
		if !slices.ContainsFunc(bad, func(v plan.Violation) bool { return v.Kind == c.want }) {
			t.Errorf("%s: %v, want %s", what, bad, c.want)
		}
	}
}

// TestAPlanHoldsParkCommunities plans the town on whose land a park's community
// lies, and proves the plan with that community in it.
func TestAPlanHoldsParkCommunities(t *testing.T) {
	t.Parallel()
	units := parkDistrict()
	if err := plan.LinkUnits(units, "310113"); err != nil {
		t.Fatal(err)
	}
	placer, err := grids.NewPlacer(units, nil)
	if err != nil {
		t.Fatal(err)
	}
	yi := find(t, units, "乙镇")
	var communities []grids.Area
	for i := range units {
		if u := &units[i]; u.Kind == layers.Community {
			town, err := placer.TownOf(u)
			if err != nil {
				t.Fatal(err)
			}
			if town == yi.Code {
				communities = append(communities, grids.Area{Code: u.Code, Geometry: u.Geometry})
			}
		}
	}
	if len(communities) != 3 {
		t.Fatalf("%d communities lie in 乙镇, want 3: %v", len(communities), communities)
	}
	area := grids.Area{Code: yi.Code, Geometry: yi.Geometry}
	gs, _, err := plan.Generate(communities, nil, 100, map[string]bool{})
	if err != nil {
		t.Fatal(err)
	}
	if bad := plan.Check(area, communities, gs); len(bad) > 0 || len(gs) != 3 {
		t.Errorf("%d grids, %v", len(gs), bad)
	}
	full, err := grids.NewPlacer(units, gs)
	if err != nil {
		t.Fatal(err)
	}
	at := geo.Snap(orb.Point{121.435, 31.305})
	key, err := geo.KeyAt(at)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := full.Place(at.Orb(), at, key)
	if park := find(t, units, "园村"); !ok || got.Town != yi.Code || got.Park != "310113501000" || got.Community != park.Code || got.Grid != park.Code+"001" {
		t.Errorf("a point in the park's community belongs to %+v", got)
	}
	if bad := plan.Check(area, communities, gs[1:]); len(bad) == 0 {
		t.Error("a plan without the park's grid is taken")
	}
}

func TestAmendChangesWhatItNames(t *testing.T) {
	t.Parallel()
	units := parkDistrict()
	if err := plan.LinkUnits(units, "310113"); err != nil {
		t.Fatal(err)
	}
	two, three := find(t, units, "二村"), find(t, units, "三村")
	after, err := plan.Amend(units, []layers.Unit{
		{Code: two.Code, Kind: layers.Community, Name: "二村新名", Geometry: strip(1, 3)},
		{Code: three.Code, Kind: layers.Community, Name: "三村", Geometry: strip(2, 3)},
	})
	if err != nil || len(after) != len(units) || find(t, after, "二村新名").Parent != two.Parent || find(t, units, "二村").Name != "二村" {
		t.Fatalf("%v, %v", after, err)
	}
	if bad := plan.CheckUnits(after); len(bad) == 0 {
		t.Error("two communities now overlap, and nobody says so")
	}
	if _, err := plan.Amend(units, []layers.Unit{{Code: two.Code, Kind: layers.Town}}); err == nil {
		t.Error("a community becomes a town")
	}
	if _, err := plan.Amend(units, nil); err == nil {
		t.Error("a file that changes nothing is taken")
	}
}

package balance_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"gridward/fixtures"
	"gridward/geo"
	"gridward/grids"
	"gridward/grids/plan"
	"gridward/grids/plan/balance"
)

// demo is the demo district's communities with their places, streets and
// buildings, made once. Their present grids are a first plan made when half of
// the places were not there yet, so some have twice the work of others.
var demo = sync.OnceValue(func() []*balance.Zone {
	d, err := fixtures.Generate(1, time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC), nil)
	if err != nil {
		panic(err)
	}
	minutes := map[string]float64{"building": 6, "self-built-rental": 12, "underground-space": 20, "shop": 10, "workshop": 30}
	zones := map[string]*balance.Zone{}
	var out []*balance.Zone
	areas := map[string]grids.Area{}
	for _, u := range d.Units {
		if o, err := geo.NewOutline(u.Geometry); err == nil && u.Kind == "community" {
			z := &balance.Zone{Code: u.Code, Outline: o, WalkMinutes: 25}
			zones[u.Code], areas[u.Code] = z, grids.Area{Code: u.Code, Geometry: u.Geometry}
			out = append(out, z)
		}
	}
	slices.SortFunc(out, func(a, b *balance.Zone) int { return strings.Compare(a.Code, b.Code) })
	outline := func(g orb.Geometry) geo.Outline {
		o, err := geo.NewOutline(g)
		if err != nil {
			panic(err)
		}
		return o
	}
	for _, p := range d.Places["street"] {
		path := make([]geo.Point, 0, 9)
		for _, q := range p.Footprint.(orb.LineString) {
			path = append(path, geo.Snap(q))
		}
		box := geo.BoxOf(p.Footprint.Bound())
		for _, z := range out {
			if z.Outline.Box().Meets(box) {
				z.Streets = append(z.Streets, path)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	load := map[string][]plan.Load{}
	for _, l := range []string{"building", "self-built-rental", "underground-space", "shop", "workshop"} {
		for _, p := range d.Places[l] {
			z := zones[p.Community]
			if z == nil {
				continue
			}
			if l == "building" {
				z.Footprints = append(z.Footprints, outline(p.Footprint))
			}
			z.Places = append(z.Places, balance.Place{At: p.Anchor, Minutes: minutes[l], Grid: -1})
			if r.IntN(2) == 0 {
				load[p.Community] = append(load[p.Community], plan.Load{At: p.Anchor, Visits: 1})
			}
		}
	}
	for _, p := range d.Places["residential-compound"] {
		if z := zones[p.Community]; z != nil {
			z.Whole = append(z.Whole, outline(p.Footprint))
		}
	}
	for _, z := range out {
		first, _, err := plan.Generate([]grids.Area{areas[z.Code]}, load, 30, map[string]bool{})
		if err != nil {
			panic(err)
		}
		for _, g := range first {
			z.Grids = append(z.Grids, balance.Grid{Ref: g.Code, Outline: outline(g.Geometry)})
		}
		for i := range z.Places {
			for g := range z.Grids {
				if z.Grids[g].Outline.Side(z.Places[i].At) != geo.Outside {
					z.Places[i].Grid = g
					break
				}
			}
		}
	}
	return out
})

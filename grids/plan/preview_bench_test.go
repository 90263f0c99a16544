package plan_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/fixtures"
	"gridward/geo"
	"gridward/grids"
	"gridward/grids/coverage/policy"
	"gridward/grids/plan"
	"gridward/layers"
)

// demoTown is the demo district's largest town, the district enlarged to some
// 500,000 places and 3,000 grids.
var demoTown = sync.OnceValues(func() (*plan.Layout, error) {
	d, err := fixtures.Generate(1, time.Date(2026, 10, 20, 4, 0, 0, 0, time.UTC), nil)
	if err != nil {
		return nil, err
	}
	p, err := policy.Default()
	if err != nil {
		return nil, err
	}
	set, err := layers.Shipped()
	if err != nil {
		return nil, err
	}
	tree := layers.NewTree(d.Units)
	largest, most := "", 0
	for _, t := range tree.OfKind(layers.Town) {
		if n := len(tree.Children(t.Code)); n > most {
			largest, most = t.Code, n
		}
	}
	town := &plan.Town{Code: largest, MetresAMinute: p.Effort.MetresMinute, Rounds: p.Effort.RoundsMonth}
	mine := map[string]bool{}
	var areas []grids.Area
	for _, code := range tree.Children(largest) {
		u, _ := tree.Unit(code)
		o, err := geo.NewOutline(u.Geometry)
		if err != nil {
			return nil, err
		}
		town.Communities = append(town.Communities, plan.Community{Code: code, Name: u.Name, Outline: o})
		areas = append(areas, grids.Area{Code: code, Geometry: u.Geometry})
		mine[code] = true
	}
	all := 0
	for _, def := range set.All() {
		if def.Inspected {
			all += len(d.Places[def.Layer])
		}
	}
	const wanted = 500_000
	r := rand.New(rand.NewPCG(1, 1))
	load := map[string][]plan.Load{}
	for _, def := range set.All() {
		if !def.Inspected {
			continue
		}
		for _, pl := range d.Places[def.Layer] {
			if !mine[pl.Community] {
				continue
			}
			owed, err := p.Owes(policy.Facts{Category: pl.Category, Attributes: pl.Attributes})
			if err != nil {
				return nil, err
			}
			copies := wanted / all
			if r.Float64() < float64(wanted%all)/float64(all) {
				copies++
			}
			for k := range copies {
				x := plan.Place{ID: uuid.New(), Name: pl.Name, Category: pl.Category, Community: pl.Community, Anchor: pl.Anchor}
				for _, o := range owed {
					x.Duties = append(x.Duties, plan.Duty{Class: p.Duties[o.Duty].Class, Centi: int64(p.MonthlyMinutes(pl.Category, o)*100 + 0.5)})
				}
				if o, err := geo.NewOutline(pl.Footprint); err == nil {
					x.Footprint = o
				}
				if k > 0 { // beside the first, in its community
					dx, dy := r.Int32N(6000)-3000, r.Int32N(6000)-3000
					x.Anchor = geo.Point{X: x.Anchor.X + dx, Y: x.Anchor.Y + dy}
					if x.Footprint != nil {
						moved := geo.Outline{}
						for _, ring := range x.Footprint {
							var at []geo.Point
							for _, v := range ring {
								at = append(at, geo.Point{X: v.X + dx, Y: v.Y + dy})
							}
							moved = append(moved, at)
						}
						x.Footprint = moved
					}
					u, _ := tree.Unit(x.Community)
					o, _ := geo.NewOutline(u.Geometry)
					if o.Side(x.Anchor) != geo.Inside {
						continue
					}
				}
				town.Places = append(town.Places, x)
				load[x.Community] = append(load[x.Community], plan.Load{At: x.Anchor, Visits: float64(len(x.Duties))})
			}
		}
	}
	bound := orb.Bound{}
	for i, a := range areas {
		if i == 0 {
			bound = a.Geometry.Bound()
		}
		bound = bound.Union(a.Geometry.Bound())
	}
	for _, s := range d.Places["street"] {
		if l, ok := s.Footprint.(orb.LineString); ok && l.Bound().Intersects(bound) {
			var path []geo.Point
			for _, v := range l {
				path = append(path, geo.Snap(v))
			}
			town.Streets = append(town.Streets, path)
		}
	}
	if err := town.Prepare(); err != nil {
		return nil, err
	}
	gs, _, err := plan.Generate(areas, load, 220, map[string]bool{})
	if err != nil {
		return nil, err
	}
	var shapes []plan.GridShape
	for _, g := range gs {
		o, err := geo.NewOutline(g.Geometry)
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, plan.GridShape{Code: g.Code, Name: g.Code, Community: g.Community, Outline: o})
	}
	return plan.NewLayout(town, shapes)
})

// BenchmarkPreview looks at random operations on a draft of the demo district's
// largest town, as the mouse moves: dragged corners, painted hexagons, splits,
// merges. p99-ms is what a hundredth of the looks take longer than.
func BenchmarkPreview(b *testing.B) {
	base, err := demoTown()
	if err != nil {
		b.Fatal(err)
	}
	d := plan.NewDraft(base, nil)
	r := rand.New(rand.NewPCG(2, 2))
	borders := d.Borders(nil)
	var free []plan.Border
	for _, x := range borders {
		if !x.Fixed && x.Left != "" && x.Right != "" {
			free = append(free, x)
		}
	}
	if len(free) == 0 {
		b.Fatal("no border is free to be moved")
	}
	for range 12 { // corners in the borders, as a planner would have made
		x := free[r.IntN(len(free))]
		p, q := x.Path[0], x.Path[1]
		at := lonlat(geo.Point{X: p.X/2 + q.X/2 + r.Int32N(600) - 300, Y: p.Y/2 + q.Y/2 + r.Int32N(600) - 300})
		d.Apply(plan.Operation{Kind: plan.InsertVertex, Edge: []plan.LonLat{lonlat(p), lonlat(q)}, At: &at}, "")
	}
	var corners []geo.Point
	for _, x := range d.Borders(nil) {
		if !x.Fixed {
			corners = append(corners, x.Path[1:len(x.Path)-1]...)
		}
	}
	refs := d.Refs()
	look := func() plan.Operation {
		x := free[r.IntN(len(free))]
		mid := x.Path[len(x.Path)/2]
		switch k := r.IntN(10); {
		case k < 4 && len(corners) > 0:
			c := corners[r.IntN(len(corners))]
			from, to := lonlat(c), lonlat(geo.Point{X: c.X + r.Int32N(800) - 400, Y: c.Y + r.Int32N(800) - 400})
			return plan.Operation{Kind: plan.MoveVertex, From: &from, To: &to, Allow: []plan.Allowance{plan.Cut}}
		case k < 7:
			op := plan.Operation{Kind: plan.Give, Grid: x.Left, Donors: []string{x.Left, x.Right}, Allow: []plan.Allowance{plan.Cut, plan.Disconnect}}
			for dx := int32(-1); dx <= 1; dx++ {
				key, err := geo.KeyAt(geo.Point{X: mid.X + dx*500, Y: mid.Y})
				if err != nil {
					b.Fatal(err)
				}
				if c := key.Parent(11).String(); !slices.Contains(op.Cells, c) {
					op.Cells = append(op.Cells, c)
				}
			}
			return op
		case k < 9:
			g, _ := d.Grid(refs[r.IntN(len(refs))])
			box := g.Outline.Box()
			x := box.Min.X/2 + box.Max.X/2
			return plan.Operation{Kind: plan.Split, Grids: []string{g.Ref}, Allow: []plan.Allowance{plan.Cut}, Line: []plan.LonLat{lonlat(geo.Point{X: x, Y: box.Min.Y - 100}), lonlat(geo.Point{X: x, Y: box.Max.Y + 100})}}
		}
		return plan.Operation{Kind: plan.Merge, Grids: []string{x.Left, x.Right}}
	}
	var took []time.Duration
	done, moved := 0, 0
	for b.Loop() {
		op := look()
		began := time.Now()
		e, _, _, err := d.Preview(op)
		took = append(took, time.Since(began))
		if err == nil {
			done++
			moved += len(e.Moved)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(len(d.Town.Places)), "places")
	b.ReportMetric(float64(len(refs)), "grids")
	if done == 0 || moved == 0 {
		b.Fatalf("%d looks of %d were possible, %d places moved", done, len(took), moved)
	}
}

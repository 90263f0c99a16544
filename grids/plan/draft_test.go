package plan_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
	"gridward/geo/planar"
	"gridward/grids"
	"gridward/grids/plan"
)

var corner = geo.Point{X: 1214000000, Y: 313000000}

const step = 20000

// randomTown is a town of random communities with places of all shapes, streets
// and compounds, and one grid a community.
func randomTown(t fatal, r *rand.Rand) (*plan.Town, []plan.GridShape) {
	town := &plan.Town{Code: "310113001000", Name: "试验镇", MetresAMinute: 70, Rounds: 1}
	var shapes []plan.GridShape
	for i, o := range geotest.Mesh(r, 6, 6, 1+r.IntN(3), corner, step) {
		code := fmt.Sprintf("310113001%03d", i+1)
		town.Communities = append(town.Communities, plan.Community{Code: code, Name: fmt.Sprintf("%d居委", i+1), Outline: o})
		shapes = append(shapes, plan.GridShape{Code: code + "001", Name: "一", Community: code, Outline: o})
	}
	point := func() geo.Point { return geo.Point{X: corner.X + r.Int32N(6*step), Y: corner.Y + r.Int32N(6*step)} }
	for range 120 {
		p := plan.Place{ID: uuid.UUID{byte(r.UintN(256)), byte(r.UintN(256)), 1}, Category: "street_shop", Anchor: point()}
		if r.IntN(2) == 0 {
			w, h := 200+r.Int32N(2500), 200+r.Int32N(2500)
			a := p.Anchor
			p.Footprint = geo.Outline{{{X: a.X - w, Y: a.Y - h}, {X: a.X + w, Y: a.Y - h}, {X: a.X + w, Y: a.Y + h}, {X: a.X - w, Y: a.Y + h}}}
			p.Building = true
			p.Whole = r.IntN(15) == 0
		}
		for c := 1; c <= 3; c++ {
			if r.IntN(2) == 0 {
				p.Duties = append(p.Duties, plan.Duty{Class: c, Centi: int64(r.IntN(3000))})
			}
		}
		best := 0.0
		for _, c := range town.Communities { // the community with the largest share, as the placer says
			share := 0.0
			if p.Footprint != nil {
				share = geo.SharedArea(p.Footprint, c.Outline)
			} else if c.Outline.Side(p.Anchor) != geo.Outside {
				share = 1
			}
			if share > best {
				best, p.Community = share, c.Code
			}
		}
		if p.Community != "" {
			town.Places = append(town.Places, p)
		}
	}
	for range 12 {
		town.Streets = append(town.Streets, []geo.Point{point(), point(), point()})
	}
	if err := town.Prepare(); err != nil {
		t.Fatalf("%v", err)
	}
	return town, shapes
}

type fatal interface{ Fatalf(string, ...any) }

func lonlat(p geo.Point) plan.LonLat { return plan.LonLat(p.Orb()) }

// randomOperation makes an operation that may or may not be possible.
func randomOperation(r *rand.Rand, d *plan.Draft) plan.Operation {
	point := func() geo.Point {
		return geo.Point{X: corner.X - step/2 + r.Int32N(7*step), Y: corner.Y - step/2 + r.Int32N(7*step)}
	}
	refs := d.Refs()
	ref := refs[r.IntN(len(refs))]
	g, _ := d.Grid(ref)
	borders := d.Borders(nil)
	var free []plan.Border
	for _, b := range borders {
		if !b.Fixed {
			free = append(free, b)
		}
	}
	op := plan.Operation{}
	if r.IntN(3) == 0 {
		op.Allow = append(op.Allow, plan.Disconnect)
	}
	if r.IntN(2) == 0 {
		op.Allow = append(op.Allow, plan.Cut)
	}
	at := func(p geo.Point) *plan.LonLat { q := lonlat(p); return &q }
	box := func() orb.MultiPolygon {
		p := point()
		w, h := 1000+r.Int32N(2*step), 1000+r.Int32N(2*step)
		return geo.Outline{{p, {X: p.X + w, Y: p.Y}, {X: p.X + w, Y: p.Y + h}, {X: p.X, Y: p.Y + h}}}.MultiPolygon()
	}
	switch k := r.IntN(20); {
	case k < 6 || len(free) == 0:
		op.Kind, op.Line = plan.Split, []plan.LonLat{lonlat(point()), lonlat(point())}
	case k < 8:
		b := free[r.IntN(len(free))]
		op.Kind, op.Grids = plan.Merge, []string{b.Left, b.Right}
	case k < 11:
		b := free[r.IntN(len(free))]
		p := b.Path[r.IntN(len(b.Path))]
		op.Kind, op.From, op.To = plan.MoveVertex, at(p), at(geo.Point{X: p.X + r.Int32N(step) - step/2, Y: p.Y + r.Int32N(step) - step/2})
	case k < 12:
		b := free[r.IntN(len(free))]
		op.Kind, op.Edge = plan.InsertVertex, []plan.LonLat{lonlat(b.Path[0]), lonlat(b.Path[1])}
		op.At = at(geo.Point{X: b.Path[0].X/2 + b.Path[1].X/2 + r.Int32N(2000), Y: b.Path[0].Y/2 + b.Path[1].Y/2 + r.Int32N(2000)})
	case k < 13:
		b := free[r.IntN(len(free))]
		op.Kind, op.At = plan.DeleteVertex, at(b.Path[r.IntN(len(b.Path))])
	case k < 14:
		b := free[r.IntN(len(free))]
		op.Kind, op.Grids, op.Tolerance = plan.Straighten, []string{b.Left, b.Right}, 1+30*r.Float64()
	case k < 15:
		op.Kind, op.Grid, op.Name = plan.Rename, ref, fmt.Sprint("格", r.IntN(1000))
	case k < 17:
		op.Kind, op.Grid = plan.Give, ref
		if r.IntN(2) == 0 {
			op.Region = &plan.Region{MultiPolygon: box()}
			break
		}
		p := point()
		for dx := int32(-2); dx <= 2; dx++ {
			key, _ := geo.KeyAt(geo.Point{X: p.X + dx*1500, Y: p.Y})
			if c := key.Parent(10).String(); !slices.Contains(op.Cells, c) {
				op.Cells = append(op.Cells, c)
			}
		}
	case k < 18:
		op.Kind, op.Community, op.Region, op.Name = plan.Carve, g.Community, &plan.Region{MultiPolygon: box()}, "新"
	default:
		op.Kind, op.Community, op.Allow = plan.Allot, g.Community, []plan.Allowance{plan.Disconnect, plan.Cut}
		op.Shares = []plan.Share{{Grid: ref, Region: &plan.Region{MultiPolygon: box()}}, {Region: &plan.Region{MultiPolygon: box()}}}
	}
	return op
}

// state is everything of a layout that a planner sees.
func state(l *plan.Layout) map[string]any { return stateOf(l, false) }

// stateOf is the same, the streets left out if only roughly: a
// border's strip of a step or two takes millimetres from a street that crosses it.
func stateOf(l *plan.Layout, roughly bool) map[string]any {
	out := map[string]any{}
	for _, g := range l.Grids() {
		if roughly {
			g.StreetM, g.WalkMinutes = 0, 0
		}
		out[g.Code] = fmt.Sprintf("%s %s %s %+v %v", g.Name, g.Community, g.Ref, g.Figures, l.PlacesOf(g.Ref))
	}
	return out
}

// anew lays the draft's grids over the town as if they had just been read.
func anew(t fatal, d *plan.Draft) *plan.Layout {
	var shapes []plan.GridShape
	for _, g := range d.Grids() {
		shapes = append(shapes, plan.GridShape{Code: g.Code, Name: g.Name, Community: g.Community, Outline: g.Outline})
	}
	l, err := plan.NewLayout(d.Town, shapes)
	if err != nil {
		t.Fatalf("the draft's grids do not tile the town: %v", err)
	}
	return l
}

// TestDraftEqualsAnew does random operations with undo and redo: at every
// moment the draft's places and figures, which are kept up to date piece by
// piece, are those of its grids laid over the town anew, and what places fall to
// is what assignment says after publication.
func TestDraftEqualsAnew(t *testing.T) {
	t.Parallel()
	refused, done := map[string]int{}, map[plan.OpKind]int{}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 21))
		town, shapes := randomTown(t, r)
		base, err := plan.NewLayout(town, shapes)
		if err != nil {
			t.Fatal(err)
		}
		d := plan.NewDraft(base, nil)
		before := state(base)
		past := []map[string]any{state(d.Layout)}
		for range 25 {
			switch {
			case len(past) > 1 && r.IntN(6) == 0:
				e := d.Effect(d.Steps()[len(d.Steps())-1])
				s := d.Undo()
				past = past[:len(past)-1]
				if !reflect.DeepEqual(state(d.Layout), past[len(past)-1]) {
					t.Fatalf("undoing %s did not bring the draft back", s.Op.Kind)
				}
				_ = e.Reversed(d)
			case len(d.Undone()) > 0 && r.IntN(2) == 0:
				if _, err := d.Redo(); err != nil {
					t.Fatalf("redo: %v", err)
				}
				past = append(past, state(d.Layout))
			default:
				op := randomOperation(r, d)
				was, rough := state(d.Layout), stateOf(d.Layout, true)
				_, _, _, looked := d.Preview(op)
				if !reflect.DeepEqual(state(d.Layout), was) {
					for code, now := range state(d.Layout) {
						if was[code] != now {
							t.Logf("was %s\nis  %s", was[code], now)
						}
					}
					t.Fatalf("looking at %s changed the draft", op.Kind)
				}
				s, err := d.Apply(op, "")
				if (err == nil) != (looked == nil) {
					t.Fatalf("%s: looking said %v, doing %v", op.Kind, looked, err)
				}
				if err != nil {
					var why *plan.Refused
					if !errors.As(err, &why) {
						t.Fatalf("%s: %v", op.Kind, err)
					}
					if !reflect.DeepEqual(state(d.Layout), was) {
						t.Fatalf("%s was refused (%v) and changed the draft", op.Kind, err)
					}
					refused[why.Reason]++
					continue
				}
				done[op.Kind]++
				checkEffect(t, d, d.Effect(s), rough)
				past = append(past, state(d.Layout))
			}
		}
		if !reflect.DeepEqual(state(base), before) {
			t.Fatal("the base changed")
		}
		fresh := anew(t, d)
		for _, g := range fresh.Grids() {
			ref := ""
			for _, r := range d.Refs() {
				if h, _ := d.Grid(r); h.Code == g.Code {
					ref = r
				}
			}
			kept, _ := d.Grid(ref)
			// Streets along a border are the lower face's, and faces are numbered anew.
			kept.StreetM, kept.WalkMinutes, g.StreetM, g.WalkMinutes = 0, 0, 0, 0
			// A neighbour's border may have put a corner on a straight edge since the
			// area was summed: the same land, another rounding.
			if math.Abs(kept.AreaM2-g.AreaM2) < 1e-5 && math.Abs(kept.PerimeterM-g.PerimeterM) < 1e-5 {
				g.AreaM2, g.PerimeterM = kept.AreaM2, kept.PerimeterM
			}
			if kept.Figures != g.Figures || !slices.Equal(d.PlacesOf(ref), fresh.PlacesOf(g.Ref)) {
				t.Fatalf("grid %s: the draft has %+v, anew it is %+v", g.Code, kept.Figures, g.Figures)
			}
		}
		sameAsAssigned(t, d)
		kept, total := d.Stability()
		if c := plan.Compare(base, d.Layout); c.Kept != kept || c.Total != total {
			t.Fatalf("stability %d of %d, counted anew %d of %d", kept, total, c.Kept, c.Total)
		}
	})
	t.Logf("done %v, refused %v", done, refused)
	for _, k := range []plan.OpKind{plan.Split, plan.Merge, plan.MoveVertex, plan.InsertVertex, plan.DeleteVertex, plan.Straighten, plan.Give, plan.Carve, plan.Allot, plan.Rename} {
		if done[k] == 0 {
			t.Errorf("%s was never done", k)
		}
	}
	if refused[plan.ReasonCut] == 0 || refused[plan.ReasonDisconnect] == 0 {
		t.Errorf("refused only %v", refused)
	}
}

// checkEffect holds an effect to what it says it is about.
func checkEffect(t *rapid.T, d *plan.Draft, e plan.Effect, was map[string]any) {
	moved := 0
	for _, c := range e.Grids {
		if c.Before != nil && c.After != nil {
			moved += len(c.After.PlacesOf) - len(c.Before.PlacesOf)
		} else if c.After != nil {
			moved += len(c.After.PlacesOf)
		} else {
			moved -= len(c.Before.PlacesOf)
		}
	}
	if moved != 0 {
		t.Fatalf("an operation made %+d places", moved)
	}
	for _, m := range e.Moved {
		if d.GridOf(m.Place) != m.To || m.From == m.To {
			t.Fatalf("place %d moved to %q, it is in %q", m.Place, m.To, d.GridOf(m.Place))
		}
	}
	changed := map[string]bool{}
	for _, c := range e.Grids {
		changed[c.Code] = true
	}
	for code, now := range stateOf(d.Layout, true) {
		if !changed[code] && was[code] != now {
			t.Fatalf("grid %s changed and the effect does not say so\n%s\n%s", code, was[code], now)
		}
	}
}

// sameAsAssigned compares with the assigner that publication uses.
func sameAsAssigned(t *rapid.T, d *plan.Draft) {
	communityOf := map[string]string{}
	var areas []grids.Area
	codes := map[string]string{}
	for _, g := range d.Grids() {
		communityOf[g.Code], codes[g.Ref] = g.Community, g.Code
		areas = append(areas, grids.Area{Code: g.Code, Geometry: g.Outline.MultiPolygon()})
	}
	a, err := grids.NewAssigner(areas)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.Town.Places {
		p := &d.Town.Places[i]
		key, err := geo.KeyAt(p.Anchor)
		if err != nil {
			t.Fatal(err)
		}
		var shape orb.Geometry = p.Anchor.Orb()
		if p.Footprint != nil {
			shape = p.Footprint.MultiPolygon()
		}
		c, _ := a.Assign(shape, p.Anchor, key, func(code string) bool { return communityOf[code] == p.Community })
		if c.Code != "" && c.Code != codes[d.GridOf(i)] {
			t.Fatalf("place %d: the draft says %s, assignment %+v", i, codes[d.GridOf(i)], c)
		}
	}
}

// TestReplay brings a draft back from what the database keeps of it.
func TestReplay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 22))
		town, shapes := randomTown(t, r)
		base, err := plan.NewLayout(town, shapes)
		if err != nil {
			t.Fatal(err)
		}
		d := plan.NewDraft(base, nil)
		last := 0
		for range 20 {
			if s, err := d.Apply(randomOperation(r, d), "步"); err == nil {
				last = s.Seq
			}
			for r.IntN(3) == 0 {
				d.Undo()
			}
		}
		var records []plan.Record
		for _, s := range d.Steps() {
			records = append(records, plan.Record{Seq: s.Seq, Name: s.Name, Op: s.Op, Done: true})
		}
		for _, s := range slices.Backward(d.Undone()) {
			records = append(records, plan.Record{Seq: s.Seq, Name: s.Name, Op: s.Op})
		}
		again := plan.NewDraft(base, nil)
		if err := again.Replay(records, last); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(state(again.Layout), state(d.Layout)) {
			t.Fatal("replayed, the draft is another")
		}
		for {
			a, err := d.Redo()
			if err != nil {
				t.Fatal(err)
			}
			b, err := again.Redo()
			if err != nil {
				t.Fatal(err)
			}
			if a == nil && b == nil {
				break
			}
			if !reflect.DeepEqual(state(again.Layout), state(d.Layout)) {
				t.Fatal("done again, the replayed draft is another")
			}
		}
	})
}

// TestLayoutRefuses grids that do not fit the town.
func TestLayoutRefuses(t *testing.T) {
	t.Parallel()
	town, shapes := randomTown(t, rand.New(rand.NewPCG(4, 4)))
	if _, err := plan.NewLayout(town, shapes[1:]); !errors.Is(err, plan.ErrNotTown) {
		t.Errorf("a community without a grid: %v", err)
	}
	if _, err := plan.NewLayout(town, append(slices.Clone(shapes), shapes[0])); !errors.Is(err, plan.ErrNotTown) {
		t.Errorf("a grid twice: %v", err)
	}
	twice := slices.Clone(shapes)
	twice = append(twice, plan.GridShape{Code: "310113001001999", Community: shapes[0].Community, Outline: shapes[0].Outline})
	if _, err := plan.NewLayout(town, twice); !errors.Is(err, planar.ErrNotPartition) {
		t.Errorf("grids that overlap: %v", err)
	}
}

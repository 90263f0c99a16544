package plan_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/grids/plan"
)

// redrawn is a draft with some random operations, on a base that has a few
// grids a community.
func redrawn(t fatal, r *rand.Rand) (base *plan.Layout, d *plan.Draft) {
	town, shapes := randomTown(t, r)
	l, err := plan.NewLayout(town, shapes)
	if err != nil {
		t.Fatalf("%v", err)
	}
	first := plan.NewDraft(l, nil)
	for range 6 {
		first.Apply(plan.Operation{Kind: plan.Split, Allow: []plan.Allowance{plan.Cut}, Line: []plan.LonLat{
			lonlat(geo.Point{X: corner.X + r.Int32N(6*step), Y: corner.Y + r.Int32N(6*step)}),
			lonlat(geo.Point{X: corner.X + r.Int32N(6*step), Y: corner.Y + r.Int32N(6*step)})}}, "")
	}
	base = anew(t, first)
	d = plan.NewDraft(base, nil)
	for range 8 {
		d.Apply(randomOperation(r, d), "")
	}
	return base, d
}

// TestCompare holds a comparison to brute force: each place's grid before and
// after, and the land of every changed grid accounted for by where it came from.
func TestCompare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, d := redrawn(t, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 31)))
		c := plan.Compare(base, d.Layout)
		code := map[string]string{"": ""}
		for _, g := range d.Grids() {
			code[g.Ref] = g.Code
		}
		moved := map[int]plan.MovedPlace{}
		for _, m := range c.Moved {
			moved[m.Place] = m
		}
		kept, total := 0, 0
		for i := range d.Town.Places {
			was, now := base.GridOf(i), code[d.GridOf(i)]
			if was != "" {
				total++
			}
			if m, ok := moved[i]; ok != (was != now) || (ok && (m.From != was || m.To != now || m.Why.ZH == "")) {
				t.Fatalf("place %d was in %q and is in %q; the comparison says %+v", i, was, now, m)
			}
			if was == now && was != "" {
				kept++
			}
		}
		if c.Kept != kept || c.Total != total {
			t.Fatalf("stability %d of %d, want %d of %d", c.Kept, c.Total, kept, total)
		}
		from := map[string]float64{}
		for _, l := range c.Lineage {
			from[l.Code] += l.AreaM2
		}
		for _, g := range c.Grids {
			if g.After == nil {
				continue
			}
			if sum, ok := from[g.Code]; ok && math.Abs(sum-g.After.AreaM2) > 1+1e-4*g.After.AreaM2+1*12 {
				t.Fatalf("grid %s has %f m², its origins account for %f", g.Code, g.After.AreaM2, sum)
			}
		}
		if same := plan.Compare(d.Layout, d.Layout); len(same.Grids)+len(same.Moved)+len(same.Lineage) > 0 {
			t.Fatalf("a layout differs from itself: %+v", same)
		}
	})
}

// TestRebase lets two planners work in one town. What they did to different
// grids goes through; where both were, a decision is wanted, and dropping or
// keeping gives a sound draft.
func TestRebase(t *testing.T) {
	t.Parallel()
	through, conflicts, kept := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 32))
		base, mine := redrawn(t, r)
		theirs := plan.NewDraft(base, nil)
		for range 1 + r.IntN(3) {
			theirs.Apply(randomOperation(r, theirs), "")
		}
		published := anew(t, theirs)
		used := map[string]bool{}
		for _, g := range published.Grids() {
			used[g.Code] = true
		}
		fresh, open, err := plan.Rebase(mine, published, used, nil)
		if err != nil {
			t.Fatal(err)
		}
		before := state(mine.Layout)
		if len(open) == 0 {
			through++
			if len(fresh.Steps()) != len(mine.Steps()) {
				t.Fatalf("%d steps of %d went through without a conflict", len(fresh.Steps()), len(mine.Steps()))
			}
			anew(t, fresh)
		} else if fresh != nil {
			t.Fatal("a draft came back with open conflicts")
		}
		decisions := map[int]plan.Decision{}
		for rounds := 0; len(open) > 0; rounds++ {
			if rounds > 100 {
				t.Fatal("conflicts without end")
			}
			for _, c := range open {
				conflicts++
				if c.Why.ZH == "" || c.Why.EN == "" {
					t.Fatalf("step %d conflicts without a reason", c.Seq)
				}
				if _, asked := decisions[c.Seq]; !asked && r.IntN(2) == 0 {
					decisions[c.Seq] = plan.Keep
					kept++
				} else {
					decisions[c.Seq] = plan.Drop
				}
			}
			if fresh, open, err = plan.Rebase(mine, published, used, decisions); err != nil {
				t.Fatal(err)
			}
		}
		if fresh == nil {
			t.Fatal("no draft after every conflict was decided")
		}
		anew(t, fresh)
		codes := map[string]bool{}
		for _, g := range fresh.Grids() {
			if codes[g.Code] {
				t.Fatalf("code %s stands twice", g.Code)
			}
			codes[g.Code] = true
		}
		if !reflect.DeepEqual(state(mine.Layout), before) {
			t.Fatal("rebasing changed the draft that it began from")
		}
	})
	if through == 0 || conflicts == 0 || kept == 0 {
		t.Errorf("%d went through, %d conflicts, %d kept", through, conflicts, kept)
	}
}

// TestDiffer takes a plan out, has it edited and brings it back: the operations
// make the draft what the file has, and then there is no difference.
func TestDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 33))
		base, edited := redrawn(t, r)
		d := plan.NewDraft(base, nil)
		var drawn []plan.Drawn
		for _, g := range edited.Grids() {
			code := g.Code
			if _, old := base.Grid(code); !old && r.IntN(2) == 0 {
				code = "" // as somebody draws it
			}
			drawn = append(drawn, plan.Drawn{Code: code, Name: g.Name, Outline: g.Outline})
		}
		diff, err := d.Differ(drawn)
		if err != nil {
			t.Fatal(err)
		}
		if len(diff.Problems) > 0 {
			t.Fatalf("a sound file has the problem %+v", diff.Problems[0])
		}
		for _, op := range diff.Operations {
			if _, err := d.Apply(op, "回读"); err != nil {
				t.Fatalf("%s: %v", op.Kind, err)
			}
		}
		var want, got []int64
		for _, g := range edited.Grids() {
			want = append(want, g.Outline.DoubleArea())
		}
		for _, g := range d.Grids() {
			got = append(got, g.Outline.DoubleArea())
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("brought back, the draft has the areas %v, want %v", got, want)
		}
		again, err := d.Differ(drawn)
		if err != nil {
			t.Fatal(err)
		}
		if again.Unchanged != len(drawn) {
			t.Fatalf("brought back, %d of %d grids are as in the file (%d operations)", again.Unchanged, len(drawn), len(again.Operations))
		}
	})
}

// TestProblems builds a town in which each rule is broken once.
func TestProblems(t *testing.T) {
	t.Parallel()
	const k = 100000
	box := func(x, y, w, h int32) geo.Outline {
		x, y = x+corner.X, y+corner.Y
		return geo.Outline{{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}}
	}
	town := &plan.Town{Code: "310113001000", MetresAMinute: 70, Rounds: 1, Communities: []plan.Community{{Code: "310113001001", Name: "甲", Outline: box(0, 0, 2*k, k)}}}
	place := func(o geo.Outline, building, whole bool, minutes int64) {
		town.Places = append(town.Places, plan.Place{ID: [16]byte{byte(len(town.Places) + 1)}, Name: "楼", Community: "310113001001", Anchor: o.Anchor(), Footprint: o, Building: building, Whole: whole, Duties: []plan.Duty{{Class: 1, Centi: minutes * 100}}})
	}
	place(box(k-1000, 100, 1500, 1000), true, false, 1000) // two thirds in the west
	place(box(k-5000, k/2, 20000, 5000), false, true, 10)  // a compound on both sides
	place(box(k+10000, 100, 500, 500), true, false, 10)
	town.Streets = [][]geo.Point{{{X: corner.X + 10, Y: corner.Y + 500}, {X: corner.X + k - 10, Y: corner.Y + 500}}}
	if err := town.Prepare(); err != nil {
		t.Fatal(err)
	}
	l, err := plan.NewLayout(town, []plan.GridShape{
		{Code: "310113001001001", Name: "西", Community: "310113001001", Outline: box(0, 0, k, k)},
		{Code: "31011300100102", Name: "东", Community: "310113001001", Outline: box(k, 0, k, k)}})
	if err != nil {
		t.Fatal(err)
	}
	problems, figures := l.Problems(nil)
	got := map[plan.Rule]plan.Problem{}
	for _, p := range problems {
		if _, twice := got[p.Rule]; twice {
			t.Errorf("%s is named twice", p.Rule)
		}
		got[p.Rule] = p
	}
	for rule, want := range map[plan.Rule]struct {
		severity plan.Severity
		grids    int
		figure   float64
	}{
		plan.RuleBuilding: {plan.Warns, 2, 1.0 / 3}, plan.RuleCompound: {plan.Warns, 2, 0.25}, plan.RuleLoad: {plan.Warns, 1, 1.96},
		plan.RuleReach: {plan.Warns, 1, 0}, plan.RuleCode: {plan.Blocks, 1, 0},
	} {
		p, ok := got[rule]
		if !ok || p.Severity != want.severity || len(p.Grids) != want.grids || math.Abs(p.Figure-want.figure) > 0.03 || p.At == [2]float64{} {
			t.Errorf("%s: %+v, want %+v", rule, p, want)
		}
	}
	if len(got) != 5 || len(figures) != 7 {
		t.Errorf("%d rules are broken, %d figures: %v", len(got), len(figures), figures)
	}
	if problems[0].Severity != plan.Blocks {
		t.Error("what stands in the way does not come first")
	}
}

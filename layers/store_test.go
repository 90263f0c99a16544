package layers_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"

	"gridward/geo"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
	"gridward/layers"
)

var day = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

func place(t *testing.T, layer, id string, g orb.Geometry) layers.Place {
	t.Helper()
	at, err := geo.Anchor(g)
	if err != nil {
		t.Fatal(err)
	}
	key, err := geo.KeyAt(at)
	if err != nil {
		t.Fatal(err)
	}
	return layers.Place{ID: uuid.New(), Layer: layer, SourceID: id, Category: "x", Name: "place " + id, Footprint: g, Anchor: at, Key: key, Town: "310113001000", Community: "310113001001",
		Attributes: map[string]any{"a": "b", "n": 3.5}, ValidFrom: day}
}

func square(x, y, size float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}, {x, y}}}
}

// TestMergeUpdatesBySourceID imports a source three times: new, changed in one
// row, and without one row.
func TestMergeUpdatesBySourceID(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	scope := postgres.Scope{District: "310113"}
	in := func(fn func(context.Context, *postgres.Tx) error) {
		t.Helper()
		if err := db.InScope(t.Context(), postgres.Jobs, scope, fn); err != nil {
			t.Fatal(err)
		}
	}
	merge := func(list []layers.Place, added, changed int) {
		t.Helper()
		in(func(ctx context.Context, tx *postgres.Tx) error {
			m, err := layers.Merge(ctx, tx, "building", "s", day, layers.Each(list))
			if err == nil && (m.Added != added || m.Changed != changed || len(m.IDs) != added+changed || m.Staged != len(list)) {
				t.Errorf("%+v, want %d added and %d changed", m, added, changed)
			}
			return err
		})
	}
	list := []layers.Place{place(t, "building", "1", square(121.4, 31.3, 0.001)), place(t, "building", "2", square(121.41, 31.3, 0.001))}
	merge(list, 2, 0)
	merge(list, 0, 0)
	again := []layers.Place{list[0], place(t, "building", "2", square(121.42, 31.3, 0.001))}
	merge(again, 0, 1)
	in(func(ctx context.Context, tx *postgres.Tx) error {
		known, err := layers.KnownOf(ctx, tx, "building", "s")
		if err != nil || len(known) != 2 || known["2"].ID != list[1].ID {
			t.Errorf("a changed place lost its id: %v, %v", known, err)
		}
		n, err := layers.RetireMissing(ctx, tx, "building", "s", day.AddDate(0, 0, 9), []string{"1"})
		if err != nil || n != 1 {
			t.Errorf("%d retired, %v", n, err)
		}
		return nil
	})
	count := func(on time.Time) (n int) {
		in(func(ctx context.Context, tx *postgres.Tx) error {
			var whole []layers.Place
			if err := layers.EachPlace(ctx, tx, "building", on, func(p layers.Place) error {
				whole = append(whole, p)
				if p.Attributes["n"] != 3.5 || p.Footprint.GeoJSONType() != "Polygon" {
					t.Errorf("a place came back as %+v", p)
				}
				return nil
			}); err != nil {
				return err
			}
			return layers.EachShown(ctx, tx, "building", on, func(p *layers.Place) error {
				w := whole[n]
				want := layers.Place{ID: w.ID, District: w.District, Layer: w.Layer, Category: w.Category, Name: w.Name, Footprint: w.Footprint, Anchor: w.Anchor, Key: w.Key,
					Town: w.Town, Park: w.Park, Community: w.Community, Risk: w.Risk, Attributes: w.Attributes}
				if diff := cmp.Diff(want, *p); diff != "" {
					t.Errorf("what is shown of a place differs from it: %s", diff)
				}
				n++
				return nil
			})
		})
		return n
	}
	if a, b := count(day), count(day.AddDate(0, 0, 9)); a != 2 || b != 1 {
		t.Errorf("%d stood before and %d after, want 2 and 1", a, b)
	}
	in(func(ctx context.Context, tx *postgres.Tx) error {
		box := orb.Bound{Min: orb.Point{121.3999, 31.2999}, Max: orb.Point{121.4011, 31.3011}}
		found, err := layers.ListPlaces(ctx, tx, layers.Filter{Box: &box, Day: day}, uuid.Nil, 10)
		if err != nil || len(found) != 1 || found[0].Name != "place 1" {
			t.Errorf("in the box: %v, %v", found, err)
		}
		found, err = layers.ListPlaces(ctx, tx, layers.Filter{Text: "ACE 2", Day: day}, uuid.Nil, 10)
		if err != nil || len(found) != 1 {
			t.Errorf("by text: %v, %v", found, err)
		}
		if found, err = layers.ListPlaces(ctx, tx, layers.Filter{Text: "100%", Day: day}, uuid.Nil, 10); err != nil || len(found) != 0 {
			t.Errorf("%% is a wildcard: %v, %v", found, err)
		}
		return nil
	})
}

// TestWhatIsRecordedIsTheRegister changes the register behind the history's back.
func TestWhatIsRecordedIsTheRegister(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	list := []layers.Place{place(t, "building", "1", square(121.4, 31.3, 0.001)), place(t, "building", "2", square(121.41, 31.3, 0.001))}
	strayed := func(statement string) (out string) {
		t.Helper()
		err := db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: "310113"}, func(ctx context.Context, tx *postgres.Tx) error {
			if statement == "" {
				if _, err := layers.Merge(ctx, tx, "building", "s", day, layers.Each(list)); err != nil {
					return err
				}
			} else if _, err := tx.Exec(ctx, statement, list[1].ID); err != nil {
				return err
			}
			found, err := layers.ReadUnrecorded(ctx, tx)
			for _, u := range found {
				out += fmt.Sprint(u.Name, u.Differs)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct{ statement, want string }{
		{"", ""},
		{"update gridward.place set risk = 4 where id = $1", "place 2[what it is]"},
		{"update gridward.place set community = '310113001002' where id = $1", "place 2[what it is where it belongs]"},
		{"update gridward.place set risk = 0 where id = $1", "place 2[where it belongs]"},
	} {
		if got := strayed(c.statement); got != c.want {
			t.Errorf("%s: %q, want %q", c.statement, got, c.want)
		}
	}
}

// TestACellarKnowsWhatStandsAboveIt links spaces to compounds before buildings
// and keeps a depth through the database.
func TestACellarKnowsWhatStandsAboveIt(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	err := db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: "310113"}, func(ctx context.Context, tx *postgres.Tx) error {
		compound := place(t, "residential-compound", "c", square(121.4, 31.3, 0.01))
		inside := place(t, "building", "b1", square(121.401, 31.301, 0.002))
		alone := place(t, "building", "b2", square(121.45, 31.3, 0.002))
		for _, p := range []layers.Place{compound, inside, alone} {
			if _, err := layers.Merge(ctx, tx, p.Layer, "s"+p.SourceID, day, layers.Each([]layers.Place{p})); err != nil {
				return err
			}
		}
		cellar := func(id string, x, y float64) layers.Place {
			p := place(t, "underground-space", id, square(x, y, 0.0005))
			var flat []float64
			for _, v := range p.Footprint.(orb.Polygon)[0] {
				flat = append(flat, v[0], v[1], -4.2)
			}
			p.Solid = geom.NewPolygonFlat(geom.XYZ, flat, []int{len(flat)})
			return p
		}
		cellars := []layers.Place{cellar("u1", 121.4015, 31.3015), cellar("u2", 121.4505, 31.3005), cellar("u3", 121.48, 31.3)}
		if _, err := layers.Merge(ctx, tx, "underground-space", "s", day, layers.Each(cellars)); err != nil {
			return err
		}
		if _, err := layers.LinkAbove(ctx, tx, "underground-space", day); err != nil {
			return err
		}
		for i, want := range []uuid.UUID{compound.ID, alone.ID, uuid.Nil} {
			got, err := layers.PlacesByID(ctx, tx, cellars[i].ID)
			if err != nil || len(got) != 1 || got[0].Above != want {
				t.Errorf("above %s: %v, %v; want %v", cellars[i].SourceID, got, err, want)
				continue
			}
			if s, ok := got[0].Solid.(*geom.Polygon); !ok || s.FlatCoords()[2] != -4.2 {
				t.Errorf("the depth is lost: %v", got[0].Solid)
			}
		}
		below, err := layers.SpacesBelow(ctx, tx, compound.ID)
		if err != nil || len(below) != 1 || below[0] != cellars[0].ID {
			t.Errorf("below the compound: %v, %v", below, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestUnitsStayOnRecord changes a district's units by and by and reads every
// state that held.
func TestUnitsStayOnRecord(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	west, east := orb.MultiPolygon{square(121.4, 31.3, 0.1)}, orb.MultiPolygon{square(121.5, 31.3, 0.1)}
	set := func(town string, communities map[string]string) []layers.Unit {
		out := []layers.Unit{{Code: "310113000000", Kind: layers.District, Name: "区", Geometry: west}, {Code: "310113001000", Kind: layers.Town, Name: town, Parent: "310113000000", Geometry: west},
			{Code: "310113002000", Kind: layers.Town, Name: "东镇", Parent: "310113000000", Geometry: east}}
		for code, parent := range communities {
			out = append(out, layers.Unit{Code: code, Kind: layers.Community, Name: "村" + code, Parent: parent, Geometry: west})
		}
		return out
	}
	const a, b = "310113001001", "310113001002"
	on := func(month, d int) time.Time { return day.AddDate(0, month, d) }
	steps := []struct {
		from  time.Time
		units []layers.Unit
		want  layers.UnitChanges
	}{
		{on(0, 0), set("旧镇", map[string]string{a: "310113001000"}), layers.UnitChanges{Added: 4}},
		{on(0, 0), set("旧镇", map[string]string{a: "310113001000"}), layers.UnitChanges{Added: 4}}, // the same day: made anew
		{on(1, 0), set("旧镇", map[string]string{a: "310113001000"}), layers.UnitChanges{Kept: 4}},
		{on(3, 0), set("新镇", map[string]string{a: "310113002000", b: "310113001000"}), layers.UnitChanges{Added: 1, Changed: 2, Kept: 2}},
		{on(2, 0), set("新镇", map[string]string{a: "310113001000"}), layers.UnitChanges{Changed: 1, Kept: 3}}, // drops what was planned for later
		{on(4, 0), set("新镇", map[string]string{b: "310113002000"}), layers.UnitChanges{Added: 1, Ended: 1, Kept: 3}},
	}
	err := db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: "310113"}, func(ctx context.Context, tx *postgres.Tx) error {
		for i, s := range steps {
			got, err := layers.ReplaceUnits(ctx, tx, s.units, s.from)
			if err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
			if got != s.want {
				t.Errorf("step %d: %+v, want %+v", i, got, s.want)
			}
		}
		for _, c := range []struct {
			on         time.Time
			town, a, b string
		}{
			{on(0, 0), "旧镇", "310113001000", ""}, {on(2, -1), "旧镇", "310113001000", ""}, {on(2, 0), "新镇", "310113001000", ""},
			{on(4, -1), "新镇", "310113001000", ""}, {on(4, 0), "新镇", "", "310113002000"}, {on(40, 0), "新镇", "", "310113002000"},
		} {
			units, err := layers.UnitsAt(ctx, tx, c.on)
			if err != nil {
				return err
			}
			tree := layers.NewTree(units)
			parent := func(code string) string {
				if u, ok := tree.Unit(code); ok {
					return u.Parent
				}
				return ""
			}
			if u, ok := tree.Unit("310113001000"); !ok || u.Name != c.town || u.Parent != "310113000000" || parent(a) != c.a || parent(b) != c.b {
				t.Errorf("on %s: %+v", c.on.Format(time.DateOnly), units)
			}
		}
		_, err := layers.ReplaceUnits(ctx, tx, append(set("x", nil), set("x", nil)...), day)
		if err == nil {
			t.Error("a code that stands twice is taken")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

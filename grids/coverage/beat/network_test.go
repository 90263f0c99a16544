package beat_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids/coverage/beat"
)

func TestStreetsAreCutWhereTheyMeet(t *testing.T) {
	t.Parallel()
	circle := func(n int, radius float64) orb.LineString {
		var out orb.LineString
		for i := range n + 1 {
			a := 2 * math.Pi * float64(i%n) / float64(n)
			out = append(out, at(radius*math.Cos(a), radius*math.Sin(a)))
		}
		return out
	}
	dense := func(n int) orb.LineString { // a vertex each 30 cm
		var out orb.LineString
		for i := range n {
			out = append(out, at(0.3*float64(i), 3*math.Sin(float64(i)/40)))
		}
		return out
	}
	for _, c := range []struct {
		name         string
		lines        []orb.Geometry
		edges, nodes int
	}{
		{"none", nil, 0, 0},
		{"one", []orb.Geometry{orb.LineString{at(0, 0), at(100, 0), at(100, 100)}}, 1, 2},
		{"a cross of segments", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(0, -100), at(0, 100)}}, 4, 5},
		{"a cross at vertices", []orb.Geometry{orb.LineString{at(-100, 0), at(0, 0), at(100, 0)}, orb.LineString{at(0, -100), at(0, 0), at(0, 100)}}, 4, 5},
		{"a vertex on a segment", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(-50, 80), at(3, 0), at(50, 80)}}, 4, 5},
		{"an end on a segment", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(10, 0), at(10, 100)}}, 3, 4},
		{"an end 80 cm before it", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(10, 0.8), at(10, 100)}}, 3, 4},
		{"an end 80 cm beyond it", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(10, -0.8), at(10, 100)}}, 3, 4},
		{"an end 3 m before it", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(10, 3), at(10, 100)}}, 2, 4},
		{"end to end", []orb.Geometry{orb.LineString{at(-100, 0), at(0, 0)}, orb.LineString{at(0, 0.5), at(100, 0)}}, 2, 3},
		{"parallel, 15 m apart", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(-100, 15), at(100, 15)}}, 2, 4},
		{"the same line twice", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(-100, 0), at(100, 0)}}, 2, 2},
		{"one on a part of the other", []orb.Geometry{orb.LineString{at(-100, 0), at(100, 0)}, orb.LineString{at(-50, 0), at(50, 0)}}, 4, 4},
		{"a ring", []orb.Geometry{circle(24, 60)}, 1, 1},
		{"an eight", []orb.Geometry{orb.LineString{at(0, 0), at(100, 100), at(100, 0), at(0, 100)}}, 3, 3},
		{"many vertices", []orb.Geometry{dense(400)}, 1, 2},
		{"many vertices and an end", []orb.Geometry{dense(400), orb.LineString{at(60.1, -2.5), at(60, -90)}}, 3, 4},
		{"many vertices and a crossing", []orb.Geometry{dense(400), orb.LineString{at(60.1, 40), at(60, -90)}}, 4, 5},
		{"two parts", []orb.Geometry{orb.MultiLineString{{at(0, 0), at(100, 0)}, {at(100, 0), at(100, 90)}, {at(200, 0), at(300, 0)}}}, 3, 5},
		{"no length", []orb.Geometry{orb.LineString{at(0, 0), at(0, 0)}, orb.LineString{}, orb.MultiLineString{}}, 0, 0},
		{"half a metre", []orb.Geometry{orb.LineString{at(0, 0), at(0.5, 0)}, orb.LineString{at(-10, 0), at(0, 0)}, orb.LineString{at(0.5, 0), at(9, 0)}}, 3, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var streets []beat.Street
			for i, l := range c.lines {
				streets = append(streets, beat.Street{ID: number(i), Line: l})
			}
			edges, nodes := network(t, streets).Size()
			if edges != c.edges || nodes != c.nodes {
				t.Errorf("%d edges and %d nodes, want %d and %d", edges, nodes, c.edges, c.nodes)
			}
		})
	}
}

func TestStreetsThatAreRefused(t *testing.T) {
	t.Parallel()
	line := orb.LineString{at(0, 0), at(100, 0)}
	for _, c := range []struct {
		name    string
		streets []beat.Street
		change  func(*beat.Rules)
		want    string
	}{
		{"twice", []beat.Street{{ID: number(0), Line: line}, {ID: number(1), Line: line}, {ID: number(0), Line: line}}, nil, "comes twice"},
		{"a polygon", []beat.Street{{Line: orb.Polygon{}}}, nil, "not orb.Polygon"},
		{"nothing", []beat.Street{{}}, nil, "not <nil>"},
		{"off the earth", []beat.Street{{Line: orb.LineString{{0, 0}, {0, 91}}}}, nil, "vertex 1"},
		{"no number", []beat.Street{{Line: orb.LineString{{0, 0}, {math.NaN(), 1}}}}, nil, "vertex 1"},
		{"a width below nought", []beat.Street{{Line: line, WidthM: -1}}, nil, "width"},
		{"rules", nil, func(r *beat.Rules) { r.TopSpeed, r.LowestShare = 0, 101 }, "lowest_share_percent is 101"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rules := beat.Usual()
			if c.change != nil {
				c.change(&rules)
			}
			if _, err := beat.NewNetwork(c.streets, rules); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestLinesAreCutExactly cuts a street of two parts.
func TestLinesAreCutExactly(t *testing.T) {
	t.Parallel()
	s := beat.Street{ID: number(0), Line: orb.MultiLineString{{at(0, 0), at(100, 0), at(100, 50)}, {at(300, 0), at(400, 0)}}}
	n := network(t, []beat.Street{s})
	if l := n.Length(s.ID); l < 24990 || l > 25010 {
		t.Fatalf("the street has %d cm, want 25000 about", l)
	}
	got := n.Lines(s.ID, beat.Span{From: 5000, To: 20000})
	if len(got) != 2 || len(got[0].Line) != 3 || got[0].Line[2] != at(100, 50) || got[1].Line[0] != at(300, 0) || got[0].To != got[1].From || got[1].To != 20000 {
		t.Fatalf("%+v", got)
	}
	if n.Lines(uuid.New(), beat.Span{To: 5}) != nil || n.Length(uuid.New()) != 0 {
		t.Error("a street that is not there has a line")
	}
}

package evidence_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo/crs"
	"gridward/grids/coverage/evidence"
)

// week is so many days of eight visits half an hour or so apart, each at a
// place of its own, changed by spoil.
func week(name string, days int, spoil func(d, i int, v *evidence.Visit)) (out []evidence.Visit) {
	r := rand.New(rand.NewPCG(uint64(len(name)), 3))
	base := 0
	for _, b := range []byte(name) {
		base = base*31 + int(b)
	}
	for d := range days {
		for i := range 8 {
			n := (base%900+1)*10000 + d*8 + i
			v := visit(n, float64(d*86400+i*1800+r.IntN(600)), float64(300*i+r.IntN(40)), by(name), from("phone-"+name))
			v.Place = id(5_000_000 + n)
			if spoil != nil {
				spoil(d, i, &v)
			}
			out = append(out, v)
		}
	}
	return out
}

func findingsOf(t *testing.T, patterns []evidence.Pattern, name string) map[evidence.Kind]evidence.Finding {
	t.Helper()
	out := map[evidence.Kind]evidence.Finding{}
	for _, p := range patterns {
		if p.Inspector == name {
			sum := 0.0
			for _, f := range p.Findings {
				out[f.Kind] = f
				sum += f.Score
			}
			if sum < p.Score-1e-9 || sum > p.Score+1e-9 || len(p.Reasons) == 0 && sum > 0 && out[evidence.KindRegular].Hits+out[evidence.KindContradicted].Hits+out[evidence.KindCopiedPosition].Hits == 0 {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
	return out
}

// shift moves a visit's position and says how far outside it is.
func shift(v *evidence.Visit, eastM, northM float64) {
	p := metres(orb.Point{v.AnchorLon, v.AnchorLat}, eastM, northM)
	put(v, p, 10)
}

func TestPatternKinds(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	others := slices.Concat(week("a", 20, nil), week("b", 20, nil), week("c", 20, nil))
	at := func(v *evidence.Visit) orb.Point { return orb.Point{v.AnchorLon, v.AnchorLat} }
	for _, c := range []struct {
		name  string
		spoil func(d, i int, v *evidence.Visit)
		found []evidence.Contradiction
		want  []evidence.Kind
		words string
	}{
		{name: "nothing"},
		{name: "one bad day", spoil: func(d, _ int, v *evidence.Visit) {
			if d == 3 {
				shift(v, 4000, 0)
			}
		}},
		{name: "far", spoil: func(d, i int, v *evidence.Visit) {
			if i == 2 {
				shift(v, 1000+float64(53*d), float64(97*d))
			}
		}, want: []evidence.Kind{evidence.KindFar}, words: "from more than 100 m outside the place"},
		{name: "GCJ-02", spoil: func(_, _ int, v *evidence.Visit) { put(v, crs.ToGCJ02(at(v)), 10) },
			want: []evidence.Kind{evidence.KindCoordinateSystem}, words: "east-south-east of the place, which is how a device that sends GCJ-02 looks"},
		{name: "BD-09", spoil: func(_, _ int, v *evidence.Visit) { put(v, crs.ToBD09(at(v)), 10) },
			want: []evidence.Kind{evidence.KindCoordinateSystem}, words: "BD-09"},
		{name: "places in GCJ-02", spoil: func(_, _ int, v *evidence.Visit) { put(v, crs.FromGCJ02(at(v)), 10) },
			want: []evidence.Kind{evidence.KindCoordinateSystem}, words: "which is how a place registered in GCJ-02 looks"},
		{name: "GCJ-02, and from home", spoil: func(d, i int, v *evidence.Visit) {
			if put(v, crs.ToGCJ02(at(v)), 10); i%4 == 0 {
				shift(v, -2000-float64(300*i+61*d), 70*float64(d))
			}
		}, want: []evidence.Kind{evidence.KindCoordinateSystem, evidence.KindFar}, words: "of 160 visits were reported from more than"},
		{name: "the same offset", spoil: func(_, i int, v *evidence.Visit) {
			if i%2 == 0 {
				shift(v, -200, 150)
			}
		}, want: []evidence.Kind{evidence.KindFar, evidence.KindSameOffset}, words: "80 of 160 visits were reported from about 250 m north-west of the place"},
		{name: "one place with a wrong anchor", spoil: func(_, i int, v *evidence.Visit) {
			if i == 3 {
				v.Place = id(42)
				put(v, metres(at(v), -160, 70), 10)
				v.Own.ExcessM = 40 // a great footprint: outside by less than is far
			}
		}},
		{name: "copied", spoil: func(d, i int, v *evidence.Visit) {
			if i%3 == 0 {
				v.AnchorLon, v.AnchorLat = east(float64(73 * d * (i + 1)))
				v.Lon, v.Lat = east(77)
			}
		}, want: []evidence.Kind{evidence.KindCopiedPosition}, words: "have exactly the coordinates of a visit to another place"},
		{name: "one fix for places next to each other", spoil: func(_, i int, v *evidence.Visit) {
			v.AnchorLon, v.AnchorLat = east(float64(i) * 7)
			v.Lon, v.Lat = east(20)
		}},
		{name: "regular", spoil: func(d, i int, v *evidence.Visit) {
			v.At = morning.AddDate(0, 0, d).Add(time.Duration(i) * 1200 * time.Second)
		}, want: []evidence.Kind{evidence.KindRegular}, words: "120 of 120 visits follow after the same time as the one before, within 5 s"},
		{name: "contradicted", spoil: func(_, _ int, v *evidence.Visit) { v.Clean = true },
			found: []evidence.Contradiction{{Kind: "fire"}, {Kind: "fire"}, {Kind: "group_rental", Inspector: "a"}}, want: []evidence.Kind{evidence.KindContradicted}, words: "within 14 days: fire 40, group_rental 20"},
		{name: "found by himself", spoil: func(_, _ int, v *evidence.Visit) { v.Clean = true },
			found: []evidence.Contradiction{{Kind: "x", Inspector: "found by himself"}, {Kind: "x", Inspector: "found by himself"}, {Kind: "x", Inspector: "found by himself"}}},
		{name: "found something too", found: []evidence.Contradiction{{Kind: "fire"}, {Kind: "fire"}, {Kind: "fire"}}},
		{name: "no position", spoil: func(_, _ int, v *evidence.Visit) { noFix(v) }, want: []evidence.Kind{evidence.KindNoPosition}},
		{name: "the cellar of a walk", spoil: func(d, i int, v *evidence.Visit) {
			if v.Walk = id(700_000 + d*8 + i/2); i%2 == 1 {
				noFix(v)
			}
		}},
		{name: "mocked", spoil: func(_, _ int, v *evidence.Visit) { v.Own.Flags = evidence.Mock }, want: []evidence.Kind{evidence.KindMock}},
		{name: "inaccurate", spoil: func(_, _ int, v *evidence.Visit) { v.Own.AccuracyM = 3000 }, want: []evidence.Kind{evidence.KindInaccurate}},
		{name: "hasty", spoil: func(_, _ int, v *evidence.Visit) { v.Own.DwellS = 5 }, want: []evidence.Kind{evidence.KindShortDwell}},
		{name: "at night", spoil: func(_, _ int, v *evidence.Visit) { v.At = v.At.Add(14 * time.Hour) }, want: []evidence.Kind{evidence.KindOutsideShift}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			own := week(c.name, 20, c.spoil)
			var found []evidence.Contradiction
			for d := range 20 {
				for i, f := range c.found {
					v := own[d*8+i*2]
					f.Place, f.At = v.Place, v.At.Add(time.Duration(i+1)*100*time.Hour)
					found = append(found, f)
				}
			}
			patterns := r.Patterns(slices.Concat(others, own), found, shanghai)
			got := findingsOf(t, patterns, c.name)
			if len(got) != len(c.want) || len(patterns) != min(1, len(c.want)) {
				t.Fatalf("%+v, want %v", patterns, c.want)
			}
			all := ""
			for _, k := range c.want {
				f, ok := got[k]
				if !ok {
					t.Fatalf("no finding of %v: %+v", k, got)
				}
				if (k == evidence.KindCoordinateSystem) != (f.Score == 0) || f.Hits < 1 || f.Hits > f.Looks || f.Usual != 0 || f.Days < 1 || len(f.Examples) == 0 || len(f.Examples) > r.Pattern.Examples {
					t.Errorf("finding %+v", f)
				}
				if strings.Contains(f.EN+f.ZH, "%!") || f.ZH == "" {
					t.Errorf("words %q %q", f.EN, f.ZH)
				}
				hit := 0
				for _, s := range f.Track {
					if s.Hit {
						hit++
					}
				}
				if hit == 0 || !slices.IsSortedFunc(f.Track, func(a, b evidence.Stop) int { return a.At.Compare(b.At) }) || len(f.Track) > 8 {
					t.Errorf("track %+v", f.Track)
				}
				all += f.EN + "\n"
			}
			if !strings.Contains(all, c.words) {
				t.Errorf("no %q in %q", c.words, all)
			}
		})
	}
}

// TestTheMapIsBounded: a burst of a thousand gives a track and lines of no more
// than the policy's points, with hits among them.
func TestTheMapIsBounded(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	r.Pattern.MapLimit = 50
	var visits []evidence.Visit
	for d := range 10 {
		for i := range 1000 {
			v := visit(d*1000+i+1, float64(d*86400+i*30), float64(i))
			if i >= 700 {
				v.At = morning.AddDate(0, 0, d).Add(6 * time.Hour)
				shift(&v, 3000, 0)
			}
			visits = append(visits, v)
		}
	}
	patterns := r.Patterns(visits, nil, shanghai)
	if len(patterns) != 1 || len(patterns[0].Findings) < 2 {
		t.Fatalf("%+v", patterns)
	}
	for _, p := range patterns {
		for _, f := range p.Findings {
			hits := 0
			for _, s := range f.Track {
				if s.Hit {
					hits++
				}
			}
			if len(f.Track) > 50 || len(f.Lines) > 50 || hits < len(f.Track)/2 || len(f.Examples) > 10 {
				t.Errorf("%v: %d points with %d hits, %d lines", f.Kind, len(f.Track), hits, len(f.Lines))
			}
			for _, l := range f.Lines {
				if l.Place == l.Position || l.Visit == uuid.Nil {
					t.Errorf("line %+v", l)
				}
			}
		}
	}
}

// TestThreeVisitsAreNotEnough: nobody is listed for three visits, whatever they
// are like, in a district of others or alone.
func TestThreeVisitsAreNotEnough(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	var odd []evidence.Visit
	for i := range 3 {
		v := visit(i+1, float64(i*86400+14*3600), float64(9000*i), photo(1), by("new"))
		shift(&v, 3000, 0)
		v.Own.Flags, v.Own.DwellS, v.Own.AccuracyM = evidence.Mock, 1, 900
		odd = append(odd, v)
	}
	for _, others := range [][]evidence.Visit{nil, week("a", 20, nil)} {
		if p := r.Patterns(slices.Concat(others, odd), nil, shanghai); len(p) > 0 {
			t.Errorf("listed: %+v", p)
		}
	}
}

func TestPatternsOfNothing(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	if p := r.Patterns(nil, nil, shanghai); len(p) != 0 {
		t.Errorf("%+v", p)
	}
	if m := r.Related(nil, shanghai); len(m) != 0 {
		t.Errorf("%+v", m)
	}
}

// TestPatternsAreText: what goes to a client names kinds and codes, and comes
// back the same.
func TestPatternsAreText(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	visits := week("far", 20, func(_, _ int, v *evidence.Visit) { shift(v, 3000, 0) })
	text, err := json.Marshal(r.Patterns(visits, nil, shanghai))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"kind":"far"`, `"code":"very_far","visits":160`, `"track":[{"visit":"`, `"lines":[{"visit":"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %.400s", want, text)
		}
	}
	var back []evidence.Pattern
	if err := json.Unmarshal(text, &back); err != nil || len(back) != 1 || back[0].Findings[0].Kind != r.Patterns(visits, nil, shanghai)[0].Findings[0].Kind {
		t.Errorf("%v %+v", err, back)
	}
}

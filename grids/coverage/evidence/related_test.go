package evidence_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/grids/coverage/evidence"
)

var shanghai = time.FixedZone("CST", 8*60*60)

// morning is 09:00 of a day in Shanghai.
var morning = time.Date(2026, 10, 12, 9, 0, 0, 0, shanghai)

// id is the same id for the same number.
func id(n int) uuid.UUID {
	return uuid.UUID{0: byte(n >> 24), 1: byte(n >> 16), 2: byte(n >> 8), 3: byte(n), 6: 0x40, 8: 0x80, 15: 1}
}

// east is a position so many metres east of a corner of the district.
func east(metres float64) (lon, lat float64) {
	perMetre, _ := geo.MetersToDegrees(31.4)
	return 121.4 + metres*perMetre, 31.4
}

// visit is a good one by inspector 甲 with a fix that is accurate to 10 m, so
// many seconds into the morning and so many metres east.
func visit(n int, seconds, metres float64, changes ...func(*evidence.Visit)) evidence.Visit {
	lon, lat := east(metres)
	v := evidence.Visit{ID: id(n), Place: id(1000 + n), Inspector: "甲", Device: "phone-甲", At: morning.Add(time.Duration(seconds * float64(time.Second))),
		Lon: lon, Lat: lat, HasPosition: true, AnchorLon: lon, AnchorLat: lat, Own: evidence.Own{AccuracyM: 10, DwellS: 600}}
	for _, change := range changes {
		change(&v)
	}
	return v
}

func by(name string) func(*evidence.Visit)     { return func(v *evidence.Visit) { v.Inspector = name } }
func from(device string) func(*evidence.Visit) { return func(v *evidence.Visit) { v.Device = device } }
func walk(n int) func(*evidence.Visit)         { return func(v *evidence.Visit) { v.Walk = id(n) } }
func skew(s int32) func(*evidence.Visit)       { return func(v *evidence.Visit) { v.Own.SkewS = s } }
func photo(hashes ...byte) func(*evidence.Visit) {
	return func(v *evidence.Visit) {
		for _, h := range hashes {
			v.Photos = append(v.Photos, [32]byte{31: h})
		}
	}
}
func noFix(v *evidence.Visit) { v.HasPosition, v.Own.ExcessM = false, nan() }

// codes writes who has which related reasons as "1:speed 2:speed".
func codes(visits []evidence.Visit, related map[uuid.UUID][]evidence.Reason) string {
	var out []string
	for i := range visits {
		for _, reason := range related[visits[i].ID] {
			out = append(out, string(rune('0'+int(visits[i].ID[3])))+":"+reason.Code.String())
		}
	}
	return strings.Join(out, " ")
}

// TestRelated takes each reason at its threshold, just under it and just over
// it. Accuracies of 10 m and a grain of 60 s are taken off: 120 km/h are
// 2,000 m in no time and 22,000 m in ten minutes.
func TestRelated(t *testing.T) {
	t.Parallel()
	type visits = []evidence.Visit
	all := evidence.DefaultRules()
	quick := evidence.DefaultRules()
	quick.Speed.GrainS, quick.Speed.OverKMH = 0, 30
	for _, c := range []struct {
		name   string
		rules  *evidence.Rules
		visits visits
		want   string
	}{
		{name: "one visit", visits: visits{visit(1, 0, 0)}},
		{name: "just under the speed", visits: visits{visit(1, 0, 0), visit(2, 600, 22015)}},
		{name: "just over the speed", visits: visits{visit(1, 0, 0), visit(2, 600, 22030)}, want: "1:speed 2:speed"},
		{name: "in no time, just under", visits: visits{visit(1, 0, 0), visit(2, 0, 2015)}},
		{name: "in no time, just over", visits: visits{visit(1, 0, 0), visit(2, 0, 2025)}, want: "1:speed 2:speed"},
		{name: "fast but near", rules: &quick, visits: visits{visit(1, 0, 0), visit(2, 1, 1015)}},
		{name: "fast and far enough", rules: &quick, visits: visits{visit(1, 0, 0), visit(2, 1, 1025)}, want: "1:speed 2:speed"},
		{name: "somebody else was there", visits: visits{visit(1, 0, 0), visit(2, 0, 9000, by("乙"), from("b"))}},
		{name: "one walk", visits: visits{visit(1, 0, 0, walk(7)), visit(2, 0, 9000, walk(7))}},
		{name: "two walks", visits: visits{visit(1, 0, 0, walk(7)), visit(2, 0, 9000, walk(8))}, want: "1:speed 2:speed"},
		{name: "clocks known to differ by as much", visits: visits{visit(1, 0, 0), visit(2, 0, 22015, skew(600))}},
		{name: "clocks known to differ, not by as much", visits: visits{visit(1, 0, 0), visit(2, 0, 22030, skew(600))}, want: "1:speed 2:speed"},
		{name: "both clocks wrong alike", visits: visits{visit(1, 0, 0, skew(600)), visit(2, 0, 2100, skew(600))}, want: "1:speed 2:speed"},
		{name: "places without a fix, just under", visits: visits{visit(1, 0, 0, noFix), visit(2, 0, 2395, noFix)}},
		{name: "places without a fix, just over", visits: visits{visit(1, 0, 0, noFix), visit(2, 0, 2405, noFix)}, want: "1:speed 2:speed"},
		{name: "there and back", visits: visits{visit(1, 0, 0), visit(2, 60, 30000), visit(3, 120, 0)}, want: "1:speed 2:speed 3:speed"},

		{name: "three in a minute", visits: visits{visit(1, 0, 0), visit(2, 20, 0), visit(3, 60, 0)}},
		{name: "four in a minute", visits: visits{visit(1, 0, 0), visit(2, 20, 0), visit(3, 40, 0), visit(4, 60, 0)}, want: "1:burst 2:burst 3:burst 4:burst"},
		{name: "four in a minute and a second", visits: visits{visit(1, 0, 0), visit(2, 20, 0), visit(3, 40, 0), visit(4, 61, 0)}},
		{name: "a fifth long after", visits: visits{visit(1, 0, 0), visit(2, 20, 0), visit(3, 40, 0), visit(4, 60, 0), visit(5, 121, 0)}, want: "1:burst 2:burst 3:burst 4:burst"},
		{name: "four of one walk", visits: visits{visit(1, 0, 0, walk(7)), visit(2, 0, 0, walk(7)), visit(3, 0, 0, walk(7)), visit(4, 0, 0, walk(7))}},
		{name: "a walk and two", visits: visits{visit(1, 0, 0, walk(7)), visit(2, 0, 0, walk(7)), visit(3, 10, 0), visit(4, 20, 0)}},
		{name: "a walk and three", visits: visits{visit(1, 0, 0, walk(7)), visit(2, 0, 0, walk(7)), visit(3, 10, 0), visit(4, 20, 0), visit(5, 30, 0)}, want: "1:burst 2:burst 3:burst 4:burst 5:burst"},
		{name: "four in a minute by two", visits: visits{visit(1, 0, 0), visit(2, 20, 0), visit(3, 40, 0, by("乙"), from("b")), visit(4, 60, 0, by("乙"), from("b"))}},

		{name: "one device, two people", visits: visits{visit(1, 0, 0, from("x")), visit(2, 3600, 0, from("x"), by("乙"))}, want: "1:shared_device 2:shared_device"},
		{name: "one device, two people, two days", visits: visits{visit(1, 0, 0, from("x")), visit(2, 86400, 0, from("x"), by("乙"))}},
		{name: "midnight in Shanghai parts the days", visits: visits{visit(1, 15*3600-1, 0, from("x")), visit(2, 15*3600, 0, from("x"), by("乙"))}},
		{name: "midnight in London does not", visits: visits{visit(1, -3600-1, 0, from("x")), visit(2, -3600, 0, from("x"), by("乙"))}, want: "1:shared_device 2:shared_device"},
		{name: "no device, two people", visits: visits{visit(1, 0, 0, from("")), visit(2, 3600, 0, from(""), by("乙"))}},
		{name: "two devices, one person", visits: visits{visit(1, 0, 0, from("x")), visit(2, 3600, 0, from("y"))}},

		{name: "a photo again", visits: visits{visit(1, 0, 0, photo(1)), visit(2, 3600, 0, photo(1))}, want: "2:photo_again"},
		{name: "a photo again, of somebody else", visits: visits{visit(1, 0, 0, photo(2, 1)), visit(2, 3600, 0, photo(1, 3), by("乙"), from("b"))}, want: "2:photo_again"},
		{name: "a photo twice in one visit", visits: visits{visit(1, 0, 0, photo(1, 1))}},
		{name: "other photos", visits: visits{visit(1, 0, 0, photo(1)), visit(2, 3600, 0, photo(2))}},
		{name: "no photo is no photo", visits: visits{visit(1, 0, 0, photo(0)), visit(2, 3600, 0, photo(0))}},
		{name: "one photo of one walk", visits: visits{visit(1, 0, 0, photo(1), walk(7)), visit(2, 0, 0, photo(1), walk(7))}},
		{name: "one photo of one walk, and again", visits: visits{visit(1, 0, 0, photo(1), walk(7)), visit(2, 0, 0, photo(1), walk(7)), visit(3, 3600, 0, photo(1))}, want: "3:photo_again"},
		{name: "between two of one walk", visits: visits{visit(1, 0, 0, photo(1), walk(7)), visit(2, 3600, 0, photo(1)), visit(3, 7200, 0, photo(1), walk(7))}, want: "2:photo_again 3:photo_again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := c.rules
			if r == nil {
				r = &all
			}
			related := r.Related(c.visits, shanghai)
			if got := codes(c.visits, related); got != c.want {
				t.Errorf("%q, want %q (%+v)", got, c.want, related)
			}
			for _, reasons := range related {
				for _, reason := range reasons {
					if !reason.Code.Related() || reason.ZH == "" || reason.EN == "" || strings.Contains(reason.EN, "%!") || strings.Contains(reason.ZH, "%!") {
						t.Errorf("reason %+v", reason)
					}
				}
			}
		})
	}
}

// TestAVisitBetweenTwoHopsNamesTheFaster: one reason, and the same whichever of
// the two is faster.
func TestAVisitBetweenTwoHopsNamesTheFaster(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	for _, c := range []struct{ there, back float64 }{{60, 70}, {70, 60}, {60, 60}} {
		visits := []evidence.Visit{visit(1, 0, 0), visit(2, c.there, 30000), visit(3, c.there+c.back, 0)}
		want := id(1)
		if c.back < c.there {
			want = id(3)
		}
		if got := r.Related(visits, shanghai)[id(2)]; len(got) != 1 || got[0].Other != want {
			t.Errorf("%v: %+v", c, got)
		}
	}
}

// TestRelatedEvidenceHasABound: a policy that Check would refuse, and a reason
// that was not made here, weigh no more than the bound.
func TestRelatedEvidenceHasABound(t *testing.T) {
	t.Parallel()
	for counts, bound := range map[evidence.Grade]evidence.Grade{evidence.A: evidence.A, evidence.B: evidence.B, evidence.C: evidence.C, evidence.D: evidence.C, evidence.Ungraded: evidence.C} {
		r := evidence.DefaultRules()
		r.Counts = counts
		r.Speed.AtMost, r.SharedDevice.AtMost, r.Burst.AtMost, r.PhotoAgain.AtMost = evidence.D, evidence.D, evidence.D, evidence.D
		var visits []evidence.Visit
		for i := range 4 {
			visits = append(visits, visit(i+1, 0, float64(9000*i), photo(1), from("x")))
		}
		visits = append(visits, visit(5, 0, 0, by("乙"), from("x")))
		seen := map[evidence.Code]bool{}
		for _, reasons := range r.Related(visits, shanghai) {
			for _, reason := range reasons {
				if seen[reason.Code] = true; reason.AtMost != bound {
					t.Errorf("with %v counting, %v leaves at most %v, want %v", counts, reason.Code, reason.AtMost, bound)
				}
			}
		}
		if len(seen) != 4 {
			t.Errorf("only %v", seen)
		}
		given := []evidence.Reason{{Code: evidence.CodeSpeed, AtMost: evidence.D}}
		if g, all := r.Grade(nil, given); g != bound || all[0].AtMost != bound || given[0].AtMost != evidence.D {
			t.Errorf("with %v counting, a related reason at D gives %v: %+v, and was made %+v", counts, g, all, given)
		}
		if g, _ := r.Grade(given, nil); g != evidence.D {
			t.Errorf("own evidence at D gives %v", g)
		}
	}
}

func TestRelatedWordsHaveTheFigures(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	visits := []evidence.Visit{visit(1, 0, 0, photo(1)), visit(2, 540, 30020), visit(3, 1200, 30020, photo(1), from("x")), visit(4, 1300, 0, by("乙"), from("x"))}
	related := r.Related(visits, shanghai)
	for n, want := range map[int]string{
		1: "at least 30.0 km from the next visit (2026-10-12 09:09:00) and 10 min apart: 180 km/h",
		2: "at least 30.0 km from the last visit (2026-10-12 09:00:00) and 10 min apart: 180 km/h",
		3: "a photo is the same as in the same inspector's visit of 2026-10-12 09:00:00",
		4: "2 inspectors used this device on that day",
	} {
		if !slices.ContainsFunc(related[id(n)], func(reason evidence.Reason) bool { return reason.EN == want }) {
			t.Errorf("%d: %+v, want %q", n, related[id(n)], want)
		}
	}
	if got := related[id(1)][0].Other; got != id(2) {
		t.Errorf("the other visit is %v", got)
	}
}

// drawVisits are visits of few people at few places, so that everything
// happens.
func drawVisits(t *rapid.T) []evidence.Visit {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
	out := make([]evidence.Visit, rapid.IntRange(0, 24).Draw(t, "visits"))
	for i := range out {
		out[i] = randomVisit(r, i)
	}
	return out
}

func randomVisit(r *rand.Rand, n int) evidence.Visit {
	v := visit(n+1, float64(r.IntN(4)*86400+r.IntN(20)*r.IntN(60)), float64(r.IntN(4)*5000+r.IntN(30)))
	v.Inspector = []string{"甲", "乙", "丙"}[r.IntN(3)]
	v.Device = []string{"", "x", "y", "z"}[r.IntN(4)]
	v.Place = id(1000 + r.IntN(6))
	if r.IntN(3) == 0 {
		v.Walk = id(2000 + r.IntN(3))
	}
	for range r.IntN(3) {
		v.Photos = append(v.Photos, [32]byte{byte(r.IntN(6))})
	}
	v.Clean = r.IntN(2) == 0
	v.Own = evidence.Own{ExcessM: float32(r.IntN(700) - 50), AccuracyM: float32(r.IntN(300)), DwellS: int32(r.IntN(200)), SkewS: int32(r.IntN(3) * 500), Flags: uint8(r.IntN(8))}
	if r.IntN(4) == 0 {
		noFix(&v)
	}
	return v
}

func shuffled(visits []evidence.Visit, seed uint64) []evidence.Visit {
	r := rand.New(rand.NewPCG(seed, 7))
	out := slices.Clone(visits)
	for _, v := range visits {
		if r.IntN(3) == 0 {
			out = append(out, v) // sent again
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestOrderAndRepeatsDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, visits := drawRules(t), drawVisits(t)
		again := shuffled(visits, rapid.Uint64().Draw(t, "order"))
		if a, b := r.Related(visits, shanghai), r.Related(again, shanghai); !reflect.DeepEqual(a, b) {
			t.Fatalf("related: %+v\n and %+v", a, b)
		}
		r.Pattern.Score = 0
		found := []evidence.Contradiction{{Place: id(1001), At: morning.Add(50 * time.Hour), Kind: "fire"}, {Place: id(1002), At: morning.Add(50 * time.Hour), Kind: "blocked", Inspector: "甲"}}
		if a, b := r.Patterns(visits, found, shanghai), r.Patterns(again, found, shanghai); !reflect.DeepEqual(a, b) {
			t.Fatalf("patterns: %+v\n and %+v", a, b)
		}
	})
}

// TestOneMoreVisitNeverTakesADutyAway is the promise that adding an inspection
// never lowers coverage: whether a visit counts is decided by itself, whatever
// the policy says of the others.
func TestOneMoreVisitNeverTakesADutyAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, visits := drawRules(t), drawVisits(t)
		for i, g := range []*evidence.Grade{&r.Speed.AtMost, &r.SharedDevice.AtMost, &r.Burst.AtMost, &r.PhotoAgain.AtMost} {
			*g = drawGrade(t, evidence.A, evidence.D, "unchecked "+string(rune('a'+i))) // D, as Check would not let pass
		}
		more := append(slices.Clone(visits), randomVisit(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "one more"), 11)), len(visits)))
		related := r.Related(more, shanghai)
		for i := range visits {
			v := &visits[i]
			minute := evidence.MinuteOfDay(v.At, shanghai)
			own := r.OwnGrade(&v.Own, minute)
			all, reasons := r.Grade(r.OwnReasons(&v.Own, minute), related[v.ID])
			if all > max(own, evidence.C) {
				t.Fatalf("own evidence says %v, all together %v: %+v", own, all, reasons)
			}
			if r.Meets(own) != r.Meets(all) {
				t.Fatalf("by itself %v, all together %v, and %v counts: %+v", own, all, r.Counts, reasons)
			}
		}
	})
}

// TestRelatedAgainstEveryPair holds the passes over sorted visits to a look at
// every pair and every window.
func TestRelatedAgainstEveryPair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, visits := drawRules(t), drawVisits(t)
		related := r.Related(visits, shanghai)
		has := func(v *evidence.Visit, c evidence.Code) bool {
			return slices.ContainsFunc(related[v.ID], func(reason evidence.Reason) bool { return reason.Code == c })
		}
		same := func(v, w *evidence.Visit) bool { return v.Walk != uuid.Nil && v.Walk == w.Walk }
		earlier := func(v, w *evidence.Visit) bool {
			return v.At.Before(w.At) || (v.At.Equal(w.At) && slices.Compare(v.ID[:], w.ID[:]) < 0)
		}
		for i := range visits {
			v := &visits[i]
			photo, users := false, map[string]bool{}
			burst := false
			for j := range visits {
				w := &visits[j]
				if v.Device != "" && w.Device == v.Device && w.At.In(shanghai).YearDay() == v.At.In(shanghai).YearDay() {
					users[w.Inspector] = true
				}
				for _, h := range w.Photos {
					photo = photo || (earlier(w, v) && !same(v, w) && h != [32]byte{} && slices.Contains(v.Photos, h))
				}
				// The window that begins with w.
				units := map[string]bool{}
				for k := range visits {
					x := &visits[k]
					if after := x.At.Sub(w.At); x.Inspector == v.Inspector && after >= 0 && after <= time.Duration(r.Burst.WithinS)*time.Second {
						if x.Walk != uuid.Nil {
							units["walk "+x.Walk.String()] = true
						} else {
							units[x.ID.String()] = true
						}
					}
				}
				after := v.At.Sub(w.At)
				burst = burst || (w.Inspector == v.Inspector && len(units) >= r.Burst.Visits && after >= 0 && after <= time.Duration(r.Burst.WithinS)*time.Second)
			}
			if has(v, evidence.CodePhotoAgain) != photo {
				t.Fatalf("photo again: %v of %+v", !photo, v)
			}
			if has(v, evidence.CodeSharedDevice) != (len(users) >= r.SharedDevice.Inspectors) {
				t.Fatalf("shared device of %+v: %v", v, users)
			}
			if has(v, evidence.CodeBurst) != burst {
				t.Fatalf("burst: %v of %+v", !burst, v)
			}
		}
	})
}

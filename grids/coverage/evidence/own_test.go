package evidence_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"gridward/grids/coverage/evidence"
)

const noon = 12 * 60

func nan() float32 { return float32(math.NaN()) }

// good is a visit of which there is nothing to say.
func good() evidence.Own {
	return evidence.Own{ExcessM: -5, AccuracyM: 12, DwellS: 600}
}

// TestOwn takes each reason at its threshold, just under it and just over it.
func TestOwn(t *testing.T) {
	t.Parallel()
	type set = func(o *evidence.Own)
	asked := evidence.DefaultRules()
	asked.NoPhoto.Asked, asked.NoTrack.Asked = true, true
	night := evidence.DefaultRules()
	night.OutsideShift.From, night.OutsideShift.To = 22*60, 6*60
	always := evidence.DefaultRules()
	always.OutsideShift.From, always.OutsideShift.To = 8*60, 8*60
	for _, c := range []struct {
		name   string
		rules  *evidence.Rules
		set    set
		minute int
		want   evidence.Grade
		codes  string
	}{
		{name: "nothing to say", want: evidence.A},
		{name: "nothing is known", set: func(o *evidence.Own) { *o = evidence.Blank() }, want: evidence.C, codes: "no_position"},
		{name: "no position, whatever the accuracy", set: func(o *evidence.Own) { o.ExcessM = nan() }, want: evidence.C, codes: "no_position"},
		{name: "99.9 m beyond", set: func(o *evidence.Own) { o.ExcessM = 99.9 }, want: evidence.A},
		{name: "100 m beyond", set: func(o *evidence.Own) { o.ExcessM = 100 }, want: evidence.A},
		{name: "100.1 m beyond", set: func(o *evidence.Own) { o.ExcessM = 100.1 }, want: evidence.C, codes: "far"},
		{name: "500 m beyond", set: func(o *evidence.Own) { o.ExcessM = 500 }, want: evidence.C, codes: "far"},
		{name: "500.1 m beyond", set: func(o *evidence.Own) { o.ExcessM = 500.1 }, want: evidence.D, codes: "very_far"},
		{name: "infinitely far", set: func(o *evidence.Own) { o.ExcessM = float32(math.Inf(1)) }, want: evidence.D, codes: "very_far"},
		{name: "accurate to 199 m", set: func(o *evidence.Own) { o.AccuracyM = 199 }, want: evidence.A},
		{name: "accurate to 200 m", set: func(o *evidence.Own) { o.AccuracyM = 200 }, want: evidence.A},
		{name: "accurate to 201 m", set: func(o *evidence.Own) { o.AccuracyM = 201 }, want: evidence.C, codes: "inaccurate"},
		{name: "5 km off, accurate to 5 km", set: func(o *evidence.Own) { o.ExcessM, o.AccuracyM = 0, 5000 }, want: evidence.C, codes: "inaccurate"},
		{name: "no accuracy", set: func(o *evidence.Own) { o.AccuracyM = nan() }, want: evidence.B, codes: "no_accuracy"},
		{name: "Android's no accuracy", set: func(o *evidence.Own) { o.AccuracyM = 0 }, want: evidence.B, codes: "no_accuracy"},
		{name: "iOS's no accuracy", set: func(o *evidence.Own) { o.AccuracyM = -1 }, want: evidence.B, codes: "no_accuracy"},
		{name: "far and no accuracy", set: func(o *evidence.Own) { o.ExcessM, o.AccuracyM = 300, 0 }, want: evidence.C, codes: "far no_accuracy"},
		{name: "mocked", set: func(o *evidence.Own) { o.Flags = evidence.Mock }, want: evidence.D, codes: "mock_location"},
		{name: "59 s", set: func(o *evidence.Own) { o.DwellS = 59 }, want: evidence.B, codes: "short_dwell"},
		{name: "60 s", set: func(o *evidence.Own) { o.DwellS = 60 }, want: evidence.A},
		{name: "61 s", set: func(o *evidence.Own) { o.DwellS = 61 }, want: evidence.A},
		{name: "no time at all", set: func(o *evidence.Own) { o.DwellS = 0 }, want: evidence.B, codes: "short_dwell"},
		{name: "nobody knows how long", set: func(o *evidence.Own) { o.DwellS = -1 }, want: evidence.A},
		{name: "599 s fast", set: func(o *evidence.Own) { o.SkewS = 599 }, want: evidence.A},
		{name: "600 s fast", set: func(o *evidence.Own) { o.SkewS = 600 }, want: evidence.A},
		{name: "601 s fast", set: func(o *evidence.Own) { o.SkewS = 601 }, want: evidence.B, codes: "clock"},
		{name: "600 s slow", set: func(o *evidence.Own) { o.SkewS = -600 }, want: evidence.A},
		{name: "601 s slow", set: func(o *evidence.Own) { o.SkewS = -601 }, want: evidence.B, codes: "clock"},
		{name: "slow without end", set: func(o *evidence.Own) { o.SkewS = math.MinInt32 }, want: evidence.B, codes: "clock"},
		{name: "05:59", minute: 5*60 + 59, want: evidence.B, codes: "outside_shift"},
		{name: "06:00", minute: 6 * 60, want: evidence.A},
		{name: "21:59", minute: 21*60 + 59, want: evidence.A},
		{name: "22:00", minute: 22 * 60, want: evidence.B, codes: "outside_shift"},
		{name: "nobody knows when", minute: -1, want: evidence.A},
		{name: "a night shift, 21:59", rules: &night, minute: 21*60 + 59, want: evidence.B, codes: "outside_shift"},
		{name: "a night shift, 22:00", rules: &night, minute: 22 * 60, want: evidence.A},
		{name: "a night shift, 05:59", rules: &night, minute: 5*60 + 59, want: evidence.A},
		{name: "a night shift, 06:00", rules: &night, minute: 6 * 60, want: evidence.B, codes: "outside_shift"},
		{name: "the whole day", rules: &always, minute: 3 * 60, want: evidence.A},
		{name: "no photo, not asked", set: func(o *evidence.Own) { o.Flags = evidence.NoPhoto }, want: evidence.A},
		{name: "no photo, asked", rules: &asked, set: func(o *evidence.Own) { o.Flags = evidence.NoPhoto }, want: evidence.B, codes: "no_photo"},
		{name: "a photo, asked", rules: &asked, want: evidence.A},
		{name: "no track, not asked", set: func(o *evidence.Own) { o.Flags = evidence.NoTrack }, want: evidence.A},
		{name: "no track, asked", rules: &asked, set: func(o *evidence.Own) { o.Flags = evidence.NoTrack }, want: evidence.B, codes: "no_track"},
		{name: "all at once", rules: &asked, minute: 1, set: func(o *evidence.Own) {
			*o = evidence.Own{ExcessM: 900, AccuracyM: 900, DwellS: 1, SkewS: 9999, Flags: evidence.Mock | evidence.NoPhoto | evidence.NoTrack}
		}, want: evidence.D, codes: "very_far inaccurate mock_location short_dwell clock outside_shift no_photo no_track"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := c.rules
			if r == nil {
				d := evidence.DefaultRules()
				r = &d
			}
			o := good()
			if c.set != nil {
				c.set(&o)
			}
			if c.minute == 0 {
				c.minute = noon
			}
			if got := r.OwnGrade(&o, c.minute); got != c.want {
				t.Errorf("grade %v, want %v", got, c.want)
			}
			var codes []string
			for _, reason := range r.OwnReasons(&o, c.minute) {
				codes = append(codes, reason.Code.String())
				if reason.ZH == "" || reason.EN == "" || reason.AtMost < evidence.A || reason.Code.Related() {
					t.Errorf("reason %+v", reason)
				}
			}
			if got := strings.Join(codes, " "); got != c.codes {
				t.Errorf("reasons %q, want %q", got, c.codes)
			}
		})
	}
}

func TestTheWordsHaveTheFigures(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	o := evidence.Own{ExcessM: 250.4, AccuracyM: 20, DwellS: 12, SkewS: -900}
	var all string
	for _, reason := range r.OwnReasons(&o, 23*60+5) {
		all += reason.EN + "\n" + reason.ZH + "\n"
	}
	for _, want := range []string{
		"from 270 m outside the footprint, 251 m beyond the accuracy of 20 m; 100 m are allowed", "轮廓外 270 米，扣除精度 20 米后仍超出 251 米，限 100 米",
		"took 12 s, fewer than 60 s", "900 s slow; 600 s are allowed", "慢 900 秒", "at 23:05, outside 06:00 to 22:00",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}

func TestOwnIsSmallAndDoesNotAllocate(t *testing.T) {
	r := evidence.DefaultRules()
	o := evidence.Own{ExcessM: 900, AccuracyM: 900, DwellS: 1, SkewS: 9999, Flags: evidence.Mock}
	if n := testing.AllocsPerRun(100, func() { r.OwnGrade(&o, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := unsafe.Sizeof(o); n > 20 {
		t.Errorf("%d bytes", n)
	}
}

func drawGrade(t *rapid.T, best, worst evidence.Grade, label string) evidence.Grade {
	return evidence.Grade(rapid.Uint8Range(uint8(best), uint8(worst)).Draw(t, label))
}

// drawRules are rules that Check lets pass.
func drawRules(t *rapid.T) evidence.Rules {
	r := evidence.DefaultRules()
	for i, g := range []*evidence.Grade{&r.NoPosition.AtMost, &r.Far.AtMost, &r.Inaccurate.AtMost, &r.NoAccuracy.AtMost, &r.Mock.AtMost,
		&r.ShortDwell.AtMost, &r.Clock.AtMost, &r.OutsideShift.AtMost, &r.NoPhoto.AtMost, &r.NoTrack.AtMost, &r.Counts} {
		*g = drawGrade(t, evidence.A, evidence.D, "at most "+string(rune('a'+i)))
	}
	r.VeryFar.AtMost = drawGrade(t, r.Far.AtMost, evidence.D, "very far at most")
	for i, g := range []*evidence.Grade{&r.Speed.AtMost, &r.SharedDevice.AtMost, &r.Burst.AtMost, &r.PhotoAgain.AtMost} {
		*g = drawGrade(t, evidence.A, evidence.C, "related at most "+string(rune('a'+i)))
	}
	r.Far.OverM = float32(rapid.IntRange(0, 300).Draw(t, "far"))
	r.VeryFar.OverM = r.Far.OverM + float32(rapid.IntRange(0, 300).Draw(t, "very far"))
	r.NoPhoto.Asked, r.NoTrack.Asked = rapid.Bool().Draw(t, "photo asked"), rapid.Bool().Draw(t, "track asked")
	r.OutsideShift.From = evidence.Minute(rapid.IntRange(0, 1439).Draw(t, "from"))
	r.OutsideShift.To = evidence.Minute(rapid.IntRange(0, 1440).Draw(t, "to"))
	r.Speed.OverKMH = float64(rapid.IntRange(20, 200).Draw(t, "km/h"))
	r.Speed.FromM = float64(rapid.IntRange(0, 2000).Draw(t, "from m"))
	r.Burst.Visits = rapid.IntRange(2, 5).Draw(t, "burst")
	r.Burst.WithinS = rapid.IntRange(1, 300).Draw(t, "within")
	return r
}

func drawOwn(t *rapid.T) evidence.Own {
	o := evidence.Own{
		ExcessM:   float32(rapid.IntRange(-50, 700).Draw(t, "excess")),
		AccuracyM: float32(rapid.IntRange(-1, 400).Draw(t, "accuracy")),
		DwellS:    int32(rapid.IntRange(-1, 120).Draw(t, "dwell")),
		SkewS:     int32(rapid.IntRange(-900, 900).Draw(t, "skew")),
		Flags:     rapid.Uint8Range(0, 7).Draw(t, "flags"),
	}
	if rapid.IntRange(0, 4).Draw(t, "fix") == 0 {
		o.ExcessM = nan()
	}
	return o
}

// TestTheGradeIsTheWorstOfItsReasons holds the fast way to the one with words.
func TestTheGradeIsTheWorstOfItsReasons(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, o := drawRules(t), drawOwn(t)
		if p := problems(&r); len(p) > 0 {
			t.Fatal(p)
		}
		minute := rapid.IntRange(-1, 1439).Draw(t, "minute")
		reasons := r.OwnReasons(&o, minute)
		want := evidence.A
		for _, reason := range reasons {
			want = max(want, reason.AtMost)
		}
		if got := r.OwnGrade(&o, minute); got != want {
			t.Fatalf("%v, but the reasons say %v: %+v", got, want, reasons)
		}
		g, all := r.Grade(reasons, nil)
		if g != want || len(all) != len(reasons) || !slices.IsSortedFunc(all, func(a, b evidence.Reason) int { return int(b.AtMost) - int(a.AtMost) }) {
			t.Fatalf("%v of %+v", g, all)
		}
	})
}

// lenient draws rules that ask for no more than r does, with the same bar.
func lenient(t *rapid.T, r evidence.Rules) evidence.Rules {
	ease := func(g *evidence.Grade, label string) { *g = drawGrade(t, evidence.A, *g, label) }
	for i, g := range []*evidence.Grade{&r.NoPosition.AtMost, &r.Far.AtMost, &r.Inaccurate.AtMost, &r.NoAccuracy.AtMost, &r.Mock.AtMost,
		&r.ShortDwell.AtMost, &r.Clock.AtMost, &r.OutsideShift.AtMost, &r.NoPhoto.AtMost, &r.NoTrack.AtMost,
		&r.Speed.AtMost, &r.SharedDevice.AtMost, &r.Burst.AtMost, &r.PhotoAgain.AtMost} {
		ease(g, "ease "+string(rune('a'+i)))
	}
	r.VeryFar.AtMost = drawGrade(t, r.Far.AtMost, r.VeryFar.AtMost, "ease very far")
	more := func(label string, n int) int { return rapid.IntRange(0, n).Draw(t, label) }
	r.VeryFar.OverM += float32(more("very far +", 300))
	r.Far.OverM = min(r.Far.OverM+float32(more("far +", 300)), r.VeryFar.OverM)
	r.Inaccurate.OverM += float32(more("inaccurate +", 300))
	r.ShortDwell.UnderS = max(0, r.ShortDwell.UnderS-int32(more("dwell -", 60)))
	r.Clock.OverS += int32(more("clock +", 600))
	if more("whole day", 1) == 1 {
		r.OutsideShift.To = r.OutsideShift.From
	}
	r.NoPhoto.Asked = r.NoPhoto.Asked && more("photo", 1) == 1
	r.NoTrack.Asked = r.NoTrack.Asked && more("track", 1) == 1
	r.Speed.OverKMH += float64(more("km/h +", 100))
	r.Speed.FromM += float64(more("from +", 1000))
	r.Speed.GrainS += float64(more("grain +", 100))
	r.Speed.PlaceM += float64(more("place +", 300))
	r.SharedDevice.Inspectors += more("inspectors +", 2)
	r.Burst.Visits += more("burst +", 3)
	r.Burst.WithinS = max(1, r.Burst.WithinS-more("within -", 100))
	return r
}

func TestLenientRulesNeverWorsenAGrade(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		strict := drawRules(t)
		easy := lenient(t, strict)
		if p := problems(&easy); len(p) > 0 {
			t.Fatal(p)
		}
		visits := drawVisits(t)
		before, after := strict.Related(visits, shanghai), easy.Related(visits, shanghai)
		for i := range visits {
			v := &visits[i]
			minute := evidence.MinuteOfDay(v.At, shanghai)
			a, _ := strict.Grade(strict.OwnReasons(&v.Own, minute), before[v.ID])
			b, reasons := easy.Grade(easy.OwnReasons(&v.Own, minute), after[v.ID])
			if b > a {
				t.Fatalf("%v became %v under more lenient rules: %+v", a, b, reasons)
			}
		}
	})
}

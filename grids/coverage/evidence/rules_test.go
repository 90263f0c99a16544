package evidence_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/grids/coverage/evidence"
)

func problems(r *evidence.Rules) (out []string) {
	r.Check(func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...).Error()) })
	return out
}

func TestTheDefaultFits(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	if p := problems(&r); len(p) > 0 {
		t.Error(p)
	}
}

// TestTheRulesAreText goes to YAML and JSON and back; what a document leaves
// out stays as it was.
func TestTheRulesAreText(t *testing.T) {
	t.Parallel()
	want := evidence.DefaultRules()
	text, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"counts: C", "at_most: D", "from: \"06:00\"", "over_kmh: 120"} {
		if !strings.Contains(string(text), line) && !strings.Contains(string(text), strings.ReplaceAll(line, `"`, "")) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	var got evidence.Rules
	if err := yaml.UnmarshalWithOptions(text, &got, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("by YAML: %+v, want %+v", got, want)
	}
	text, err = json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got = evidence.Rules{}
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("by JSON: %+v, want %+v (%v)", got, want, err)
	}

	part := evidence.DefaultRules()
	if err := yaml.UnmarshalWithOptions([]byte("counts: B\nfar: {over_m: 80}\noutside_shift: {from: 22:00, to: 24:00}\n"), &part, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	want.Counts, want.Far.OverM, want.OutsideShift.From, want.OutsideShift.To = evidence.B, 80, 22*60, 24*60
	if !reflect.DeepEqual(part, want) {
		t.Errorf("a part over the default: %+v, want %+v", part, want)
	}
	for _, wrong := range []string{"counts: E", "counts: ''", "outside_shift: {from: 25:00}", "far: {under_m: 3}"} {
		if err := yaml.UnmarshalWithOptions([]byte(wrong), &part, yaml.Strict()); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}

func TestCheckNamesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for want, spoil := range map[string]func(r *evidence.Rules){
		"evidence: counts":                   func(r *evidence.Rules) { r.Counts = evidence.Ungraded },
		"evidence: no_position: at_most":     func(r *evidence.Rules) { r.NoPosition.AtMost = 0 },
		"evidence: no_track: at_most":        func(r *evidence.Rules) { r.NoTrack.AtMost = 9 },
		"evidence: speed: at_most: D":        func(r *evidence.Rules) { r.Speed.AtMost = evidence.D },
		"evidence: photo_again: at_most: D":  func(r *evidence.Rules) { r.PhotoAgain.AtMost = evidence.D },
		"evidence: inaccurate: over_m":       func(r *evidence.Rules) { r.Inaccurate.OverM = float32(nan) },
		"very_far: over_m: 50 metres":        func(r *evidence.Rules) { r.VeryFar.OverM = 50 },
		"very_far: at_most: B is better":     func(r *evidence.Rules) { r.VeryFar.AtMost = evidence.B },
		"evidence: short_dwell":              func(r *evidence.Rules) { r.ShortDwell.UnderS = -1 },
		"evidence: clock":                    func(r *evidence.Rules) { r.Clock.OverS = -1 },
		"evidence: outside_shift":            func(r *evidence.Rules) { r.OutsideShift.From = 1440 },
		"evidence: speed: over_kmh":          func(r *evidence.Rules) { r.Speed.OverKMH = 0 },
		"evidence: shared_device":            func(r *evidence.Rules) { r.SharedDevice.Inspectors = 1 },
		"evidence: burst":                    func(r *evidence.Rules) { r.Burst.Visits = 1 },
		"evidence: patterns: score":          func(r *evidence.Rules) { r.Pattern.Score = nan },
		"evidence: patterns: tolerance":      func(r *evidence.Rules) { r.Pattern.Tolerance = 0.5 },
		"evidence: patterns: rate_floor":     func(r *evidence.Rules) { r.Pattern.RateFloor = 0 },
		"evidence: patterns: examples":       func(r *evidence.Rules) { r.Pattern.MapLimit = 1 },
		"evidence: patterns: regular":        func(r *evidence.Rules) { r.Pattern.Regular.GapS = 0 },
		"evidence: patterns: copied_from_m":  func(r *evidence.Rules) { r.Pattern.CopiedFromM = -1 },
		"evidence: patterns: offset: from_m": func(r *evidence.Rules) { r.Pattern.Offset.WithinM = 0 },
		"offset: shifts[0]":                  func(r *evidence.Rules) { r.Pattern.Offset.Shifts[0].System = "" },
		"evidence: patterns: contradicted":   func(r *evidence.Rules) { r.Pattern.ContradictedDays = -1 },
	} {
		r := evidence.DefaultRules()
		spoil(&r)
		if p := problems(&r); len(p) == 0 || !strings.Contains(strings.Join(p, "\n"), want) {
			t.Errorf("%q is not among %q", want, p)
		}
	}
}

// TestTheShiftsAreTheFormulas holds the figures of the default to the published
// formulas, over all of Baoshan.
func TestTheShiftsAreTheFormulas(t *testing.T) {
	t.Parallel()
	r := evidence.DefaultRules()
	systems := map[string]crs.System{"GCJ-02": crs.GCJ02, "BD-09": crs.BD09}
	for _, s := range r.Pattern.Offset.Shifts {
		worst := 0.0
		for lon := 121.26; lon <= 121.54; lon += 0.005 {
			for lat := 31.25; lat <= 31.54; lat += 0.005 {
				p := orb.Point{lon, lat}
				q := systems[s.System].FromWGS84(p)
				east := math.Copysign(geo.Distance(p, orb.Point{q[0], p[1]}), q[0]-p[0])
				north := math.Copysign(geo.Distance(p, orb.Point{p[0], q[1]}), q[1]-p[1])
				worst = max(worst, math.Hypot(east-s.EastM, north-s.NorthM))
			}
		}
		t.Logf("%s: within %.0f m over the district", s.System, worst)
		if worst > 60 || worst > r.Pattern.Offset.ShiftM {
			t.Errorf("%s is off by up to %.0f m", s.System, worst)
		}
	}
}

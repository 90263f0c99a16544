package evidence

import "fmt"

// Check names what does not fit, each with its place in the policy.
func (r *Rules) Check(problem func(format string, args ...any)) {
	say := func(format string, args ...any) { problem("evidence: "+format, args...) }
	if r.Counts < A || r.Counts > D {
		say("counts: the lowest grade that meets a duty is needed: A, B, C or D")
	}
	for c := range codeCount {
		g := r.writtenAtMost(c)
		switch {
		case g < A || g > D:
			say("%v: at_most: A, B, C or D is needed", c)
		case g == D && c.Related():
			say("%v: at_most: D is not possible: it depends on other visits, and one more report must never take a duty's visit away", c)
		}
	}
	for _, d := range [...]struct {
		code Code
		rule DistanceRule
	}{{CodeFar, r.Far}, {CodeVeryFar, r.VeryFar}, {CodeInaccurate, r.Inaccurate}} {
		if !(d.rule.OverM >= 0 && d.rule.OverM <= 100000) {
			say("%v: over_m: %v is not between 0 and 100000 metres", d.code, d.rule.OverM)
		}
	}
	if r.VeryFar.OverM < r.Far.OverM {
		say("very_far: over_m: %v metres are fewer than the %v of far", r.VeryFar.OverM, r.Far.OverM)
	}
	if r.VeryFar.AtMost < r.Far.AtMost {
		say("very_far: at_most: %v is better than the %v of far", r.VeryFar.AtMost, r.Far.AtMost)
	}
	if r.ShortDwell.UnderS < 0 {
		say("short_dwell: under_s: %d is below zero", r.ShortDwell.UnderS)
	}
	if r.Clock.OverS < 0 {
		say("clock: over_s: %d is below zero", r.Clock.OverS)
	}
	if s := r.OutsideShift; s.From < 0 || s.From >= day || s.To < 0 || s.To > day {
		say("outside_shift: from and to are times of the day, such as 06:00 and 22:00")
	}
	if s := r.Speed; !(s.OverKMH > 0) || !(s.FromM >= 0) || !(s.PlaceM >= 0) || !(s.GrainS >= 0) {
		say("speed: over_kmh above zero, and from_m, place_m and grain_s of zero or more, are needed")
	}
	if r.SharedDevice.Inspectors < 2 {
		say("shared_device: inspectors: %d do not share anything; 2 or more are needed", r.SharedDevice.Inspectors)
	}
	if r.Burst.Visits < 2 || r.Burst.WithinS < 1 {
		say("burst: 2 or more visits within 1 or more seconds are needed")
	}
	r.Pattern.check(func(format string, args ...any) { say("patterns: %w", fmt.Errorf(format, args...)) })
}

// writtenAtMost is what the policy says, before the bound on related evidence.
func (r *Rules) writtenAtMost(c Code) Grade {
	switch c {
	case CodeSpeed:
		return r.Speed.AtMost
	case CodeSharedDevice:
		return r.SharedDevice.AtMost
	case CodeBurst:
		return r.Burst.AtMost
	case CodePhotoAgain:
		return r.PhotoAgain.AtMost
	}
	return r.atMost(c)
}

func (p *PatternRules) check(problem func(format string, args ...any)) {
	if !(p.Score >= 0) {
		problem("score: %v is below zero", p.Score)
	}
	if !(p.Tolerance >= 1) {
		problem("tolerance: %v times the others is fewer than they have; 1 or more is needed", p.Tolerance)
	}
	if !(p.RateFloor > 0 && p.RateFloor < 1) {
		problem("rate_floor: %v is not a rate between 0 and 1", p.RateFloor)
	}
	if p.Examples < 1 || p.MapLimit < 2 {
		problem("examples of 1 or more and a map_limit of 2 or more are needed")
	}
	if !(p.Regular.WithinS >= 0) || !(p.Regular.GapS > 0) {
		problem("regular: within_s of zero or more and gap_s above zero are needed")
	}
	if !(p.CopiedFromM >= 0) {
		problem("copied_from_m: %v is below zero", p.CopiedFromM)
	}
	if o := p.Offset; !(o.FromM > 0) || !(o.WithinM > 0) || o.Visits < 2 || !(o.ShiftM >= 0) {
		problem("offset: from_m and within_m above zero, 2 or more visits and a shift_m of zero or more are needed")
	}
	for i, s := range p.Offset.Shifts {
		if s.System == "" || !(s.EastM*s.EastM+s.NorthM*s.NorthM > 0) {
			problem("offset: shifts[%d]: a system and a shift by some metres are needed", i)
		}
	}
	if p.ContradictedDays < 0 {
		problem("contradicted_days: %d is below zero", p.ContradictedDays)
	}
}

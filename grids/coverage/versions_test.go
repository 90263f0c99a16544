package coverage_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
)

// kindsOfClass3 are versions in which class III has periods of each kind, from
// several days on, retroactive or not.
var kindsOfClass3 = sync.OnceValues(func() (out []*policy.Policy, err error) {
	for _, kind := range []policy.Kind{policy.HalfYear, policy.Month, policy.Week} {
		for _, from := range []string{"2026-01-01", "2026-03-01", "2026-06-01", "2026-07-01", "2026-07-15", "2026-08-03", "2027-01-01"} {
			for _, retroactive := range []string{"", "\nretroactive: by order of a court"} {
				e := editor{text: shortDocument()}
				e.replace("2022-19.1", fmt.Sprint("version-", len(out)))
				e.replace("2022-07-10", from+retroactive)
				e.replace("period: half_year", "period: "+string(kind))
				e.text = strings.ReplaceAll(e.text, "spacing_days: 30", "spacing_days: 1")
				p, err := policy.Parse([]byte(e.text))
				if err = firstOf(e.err, err); err != nil {
					return nil, err
				}
				out = append(out, p)
			}
		}
	}
	return out, nil
})

// TestInvariant5PeriodsOfADutyAreApart: whatever versions are let in, each day lies
// in one period of a duty, as known at any moment. So a visit meets one obligation
// of it, also where its periods become longer or shorter.
func TestInvariant5PeriodsOfADutyAreApart(t *testing.T) {
	t.Parallel()
	versions, err := kindsOfClass3()
	if err != nil {
		t.Fatal(err)
	}
	changes := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 55))
		at := coverage.MomentOf(day("2025-12-01"))
		var rules policy.Rules
		for range 4 + r.IntN(8) { // many are refused
			at += coverage.Moment(r.Int64N(int64(60 * aDay)))
			if p := oneOf(r, versions...); rules.Follows(p, at.Time()) == nil {
				rules = append(rules, policy.Version{Policy: p, Recorded: at.Time()})
			}
		}
		for range 2 {
			known := at + coverage.Moment(r.Int64N(int64(400*aDay))) - 300*aDay
			of := map[policy.Day]policy.Period{}
			kinds := map[policy.Kind]bool{}
			for _, year := range []string{"2026-01-01", "2026-07-01", "2027-01-01"} {
				for _, j := range rules.Asked(policy.Containing(day(year), policy.HalfYear), known.Time()) {
					p := rules[j.Version].Policy
					k, _ := p.DutyIndex("class-3")
					if !p.Duties[k].Falls(j.Period) {
						continue
					}
					kinds[j.Period.Kind] = true
					for d := j.Period.First; d < j.Period.End; d++ {
						if other, twice := of[d]; twice && other != j.Period {
							for _, v := range rules {
								t.Logf("put %v: from %s class III by %s, retroactive %q", v.Recorded, v.ValidFrom, v.Duties[k].Period, v.Retroactive)
							}
							t.Fatalf("%s lies in %s and in %s of class III, as known at %v", d, other, j.Period, known.Time())
						}
						of[d] = j.Period
					}
				}
			}
			if len(kinds) > 1 {
				changes++
			}
		}
	})
	if changes == 0 {
		t.Error("no versions changed the kind of a period")
	}
}

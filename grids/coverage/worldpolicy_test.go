package coverage_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"gridward/grids/coverage/policy"
)

// A random district has versions of the policy that differ in everything that
// decides what is due. To read a document costs more than to judge a small
// district, so a few sets of versions are made once and drawn from.

// document is a version of the policy, as text and as read.
type document struct {
	text   string
	policy *policy.Policy
}

const policySets = 32

var madeSets [policySets]func() ([]document, error)

func init() {
	for i := range madeSets {
		madeSets[i] = sync.OnceValues(func() ([]document, error) { return makeSet(rand.New(rand.NewPCG(uint64(i), 77))) })
	}
}

// policySet draws two to four versions of the policy.
func policySet(t fataler, r *rand.Rand) []document {
	t.Helper()
	set, err := madeSets[r.IntN(policySets)]()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// fataler is a test, or a property of one.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func oneOf[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// editor replaces parts of a text; what it does not find is an error, so that a
// change of the shipped policy does not make the tests look at less.
type editor struct {
	text string
	err  error
}

func (e *editor) replace(old, with string) {
	if !strings.Contains(e.text, old) && e.err == nil {
		e.err = fmt.Errorf("the shipped policy has no %q any more", old)
	}
	e.text = strings.Replace(e.text, old, with, 1)
}

var (
	someHazards = regexp.MustCompile(`hazards: \[[^\]]*\]`)
	hazardLines = regexp.MustCompile(`(?m)^  - \{type: [^c].*\n`)
	effortPart  = regexp.MustCompile(`(?s)\neffort:.*metres_a_minute: 60\n.*?\n`)
	remarks     = regexp.MustCompile(`(?m)( |^)#.*$`)
)

// shortDocument is the shipped policy without what coverage does not look at,
// which makes it quick to read.
func shortDocument() string {
	text := someHazards.ReplaceAllString(policy.DefaultDocument(), "hazards: [clutter]")
	text = remarks.ReplaceAllString(hazardLines.ReplaceAllString(text, ""), "")
	return effortPart.ReplaceAllString(text, "\n")
}

// The units of every random district.
var (
	towns       = []string{"310113101000", "310113102000"}
	park        = "310113501000"
	communities = map[string][]string{
		towns[0]: {"310113101001", "310113101002"},
		towns[1]: {"310113102001", "310113102002", "310113102003"},
	}
)

// makeSet makes versions of the policy one from another.
func makeSet(r *rand.Rand) ([]document, error) {
	base := editor{text: shortDocument()}
	if chance(r, 0.2) { // clocks are put forward and back
		base.replace("Asia/Shanghai", "Europe/Berlin")
	}
	if chance(r, 0.5) {
		base.replace("period: month\n    checklist: door-visit", "period: week\n    checklist: door-visit")
	}
	var out []document
	for i := range 2 + r.IntN(3) {
		e := base
		e.replace("2022-19.1", fmt.Sprintf("version-%d", i))
		from := "2022-07-10"
		switch {
		case i > 0:
			from = oneOf(r, "2026-03-16", "2026-04-01", "2026-05-01", "2026-06-07", "2026-07-01", "2026-08-15", "2026-09-01")
		case chance(r, 0.15):
			from = oneOf(r, "2026-03-01", "2026-04-10")
		}
		if i > 0 && chance(r, 0.35) {
			from += "\nretroactive: by order of a court"
		}
		e.replace("2022-07-10", from)
		vary(r, &e)
		p, err := policy.Parse([]byte(e.text))
		if err = firstOf(e.err, err); err != nil {
			return nil, err
		}
		out = append(out, document{e.text, p})
	}
	return out, nil
}

func firstOf(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if i < 0 {
		return nil
	}
	return errs[i]
}

// vary changes what a version asks.
func vary(r *rand.Rand, e *editor) {
	e.replace("grace_days: 7", fmt.Sprintf("grace_days: %d", oneOf(r, 0, 1, 3, 7, 7, 10, 15, 20)))
	e.replace("joint_visit_attempts: 2", fmt.Sprintf("joint_visit_attempts: %d", 1+r.IntN(3)))
	if chance(r, 0.4) { // of those who are listed for supervision
		e.replace("times: 2\n    spacing_days: 7", oneOf(r, "times: 3\n    spacing_days: 9", "times: 2\n    spacing_days: 1", "times: 4\n    spacing_days: 5"))
	}
	if chance(r, 0.4) {
		e.replace("risk_at_least: 4", fmt.Sprintf("risk_at_least: %d", 1+r.IntN(3)))
	}
	if chance(r, 0.4) {
		e.replace("times: 2\n    spacing_days: 30", oneOf(r, "times: 3\n    spacing_days: 45", "times: 2\n    spacing_days: 7"))
	}
	for _, c := range []struct {
		kind, duties string
		others       []string
	}{
		{"Street shop", "{duty: class-2}", []string{"{duty: class-1}", "{duty: class-3}", "{duty: class-2}, {duty: class-3, when: {risk_at_least: 3}}"}},
		{"Homestay", "{duty: class-1}", []string{"{duty: class-1}, {duty: care-visit}", "{duty: class-2}", "{duty: class-3}", "{duty: class-1, when: {supervised: true}}"}},
		{"Self-built house", "", []string{"{duty: class-2, when: {attribute: let, is: true}}", "{duty: class-3}"}},
		{"Heritage building", "{duty: class-3}", []string{"{duty: class-3}, {duty: class-1}", "{duty: class-2}"}},
		{"Large rental housing", "{duty: class-3}", []string{"{duty: class-3}, {duty: class-2}", ""}},
	} {
		if chance(r, 0.33) {
			e.replace(c.kind+", duties: ["+c.duties+"]", c.kind+", duties: ["+oneOf(r, c.others...)+"]")
		}
	}
	if chance(r, 0.3) {
		e.replace("value: 50, unit", "value: 20, unit")
	}
	if chance(r, 0.15) { // a kind of place that this version does not know
		e.replace("  - {category: important_building, zh: 重要建筑, en: Important building, duties: [{duty: class-3}]}\n", "")
	}
	campaigns(r, e)
	evidenceRules(r, e)
}

// campaigns adds none, one or two.
func campaigns(r *rand.Rand, e *editor) {
	var out []string
	add := func(name, body, categories, checklist string, spans ...string) {
		text := fmt.Sprintf("  - campaign: %s\n    name: {zh: 专项, en: Campaign}\n    body: %s\n    categories: [%s]\n    spans: [%s]\n    checklist: %s\n",
			name, body, categories, strings.Join(spans, ", "), checklist)
		if chance(r, 0.5) {
			text += "    units: [" + oneOf(r, `"`+towns[0]+`"`, `"`+communities[towns[1]][0]+`"`, `"`+park+`", "`+communities[towns[0]][1]+`"`) + "]\n"
		}
		out = append(out, text)
	}
	serving := []string{"class-2"} // of class III's checklist
	if chance(r, 0.5) {
		serving = append(serving, "winter")
		spans := []string{oneOf(r, "{from: 2026-03-10, to: 2026-03-20}", "{from: 2026-04-25, to: 2026-05-06}", "{from: 2026-06-01, to: 2026-06-30}")}
		if chance(r, 0.6) {
			spans = append(spans, oneOf(r, "{from: 2026-08-10, to: 2026-09-12}", "{from: 2026-09-25, to: 2026-10-08}", "{from: 2026-10-08, to: 2026-10-08}"))
		}
		add("winter", oneOf(r, "office", "town_patrol"), "underground_space, heritage, street_shop, workshop, large_rental", "class-3", spans...)
	}
	e.replace("serves: [class-3, class-2]", "serves: [class-3, "+strings.Join(serving, ", ")+"]")
	serving = []string{"class-1"}
	if chance(r, 0.3) {
		serving = append(serving, "spring")
		add("spring", "community", "self_built_rental, homestay, residential_building, self_built_house", "class-1", "{from: 2026-05-10, to: 2026-07-05}")
	}
	if chance(r, 0.2) {
		serving = append(serving, "class-2")
	}
	e.replace("serves: [class-1]", "serves: ["+strings.Join(serving, ", ")+"]")
	if len(out) > 0 {
		e.text += "\ncampaigns:\n" + strings.Join(out, "")
	}
}

// evidenceRules moves the bar.
func evidenceRules(r *rand.Rand, e *editor) {
	if chance(r, 0.4) {
		return
	}
	e.text += "\nevidence:\n  counts: " + oneOf(r, "A", "B", "C", "C", "D") + "\n"
	for _, rule := range []string{
		"very_far: {over_m: 300, at_most: D}", "far: {over_m: 50.5, at_most: D}", "inaccurate: {over_m: 100, at_most: D}",
		"short_dwell: {under_s: 60, at_most: D}", "clock: {over_s: 300, at_most: D}", "no_position: {at_most: D}", "no_accuracy: {at_most: D}",
		"outside_shift: {from: 06:00, to: 22:00, at_most: D}", "no_photo: {asked: true, at_most: D}", "mock_location: {at_most: A}",
	} {
		if chance(r, 0.3) {
			e.text += "  " + rule + "\n"
		}
	}
	if chance(r, 0.2) && !strings.Contains(e.text, "outside_shift") {
		e.text += "  outside_shift: {from: 22:00, to: 06:00, at_most: D}\n"
	}
}

// TestPolicySetsDiffer sees that every set can be read, and that together they
// hold what the properties are to look at.
func TestPolicySetsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for i := range madeSets {
		set, err := madeSets[i]()
		if err != nil {
			t.Fatalf("set %d: %v", i, err)
		}
		for _, d := range set {
			for _, what := range []string{"retroactive", "Europe/Berlin", "period: week", "campaign: winter", "campaign: spring", "units: [", "counts: B", "no_photo", "times: 4", "2026-03-16", "valid_from: 2026-04-10"} {
				if strings.Contains(d.text, what) {
					seen[what]++
				}
			}
			if _, knows := d.policy.Category("important_building"); !knows {
				seen["a category less"]++
			}
		}
	}
	if len(seen) != 12 {
		t.Errorf("the sets hold only %v", seen)
	}
}

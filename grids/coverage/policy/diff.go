package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is one rule that differs between two versions.
type Change struct {
	Rule string `json:"rule"` // duty, category, checklist, campaign, threshold, frequency, hazard, or a setting such as grace_days
	Name string `json:"name"` // of the duty, category …; empty for settings and frequencies
	How  string `json:"how"`  // added, removed or changed
	Text string `json:"text"` // in words
}

// How a rule differs.
const (
	Added   = "added"
	Removed = "removed"
	Altered = "changed"
)

// Diff says in words what differs from one version to another, whatever their
// order and layout; from nothing (nil), everything is added.
func Diff(was, is *Policy) []Change {
	if was == nil {
		was = &Policy{}
	}
	d := &differ{}
	routine := func(p *Policy) []Duty { return p.Duties[:len(p.Duties)-len(p.Campaigns)] }
	keyed(d, "duty", routine(was), routine(is), func(x *Duty) string { return x.Duty }, (*Duty).words)
	keyed(d, "category", was.Categories, is.Categories, func(x *Category) string { return x.Category }, (*Category).words)
	keyed(d, "checklist", was.Checklists, is.Checklists, func(x *Checklist) string { return x.Checklist }, (*Checklist).words)
	keyed(d, "campaign", was.Campaigns, is.Campaigns, func(x *Campaign) string { return x.Campaign }, (*Campaign).words)
	keyed(d, "threshold", thresholds(was), thresholds(is), func(x *namedThreshold) string { return x.name }, (*namedThreshold).words)
	keyed(d, "hazard", was.Hazards, is.Hazards, func(x *Hazard) string { return x.Type }, (*Hazard).words)
	d.frequencies(was.Frequency, is.Frequency)
	d.setting("residual", was.Residual, is.Residual)
	d.setting("care", was.Care, is.Care)
	d.setting("timezone", was.Timezone, is.Timezone)
	d.setting("grace_days", fmt.Sprint(was.GraceDays), fmt.Sprint(is.GraceDays))
	d.setting("joint_visit_attempts", fmt.Sprint(was.Attempts), fmt.Sprint(is.Attempts))
	d.setting("retroactive", was.Retroactive, is.Retroactive)
	d.setting("title", was.Title.ZH, is.Title.ZH)
	keyed(d, "exemption reason", was.Exemptions.Reasons, is.Exemptions.Reasons, func(x *ExemptionReason) string { return x.Reason },
		func(x *ExemptionReason) []field { return []field{one("name", x.ZH)} })
	d.setting("exemptions.approvers", strings.Join(was.Exemptions.Approvers, ", "), strings.Join(is.Exemptions.Approvers, ", "))
	d.leaves("evidence", was.Evidence, is.Evidence)
	d.leaves("heat", was.Heat, is.Heat)
	d.leaves("effort", was.Effort, is.Effort)
	d.leaves("beats", was.Beats, is.Beats)
	return d.out
}

type differ struct{ out []Change }

func (d *differ) add(rule, name, how, text string) {
	d.out = append(d.out, Change{rule, name, how, text})
}

// field is one thing that a rule says; lists are told apart item by item.
type field struct {
	name, value string
	list        bool
}

func one(name, value string) field { return field{name: name, value: value} }

func many(name string, items []string) field {
	return field{name, strings.Join(items, listSign), true}
}

// keyed compares two lists of rules that have names.
func keyed[T any](d *differ, rule string, was, is []T, name func(*T) string, words func(*T) []field) {
	find := func(list []T, n string) *T {
		for i := range list {
			if name(&list[i]) == n {
				return &list[i]
			}
		}
		return nil
	}
	for i := range was {
		if n := name(&was[i]); find(is, n) == nil {
			d.add(rule, n, Removed, sentence(words(&was[i])))
		}
	}
	for i := range is {
		n := name(&is[i])
		old := find(was, n)
		if old == nil {
			d.add(rule, n, Added, sentence(words(&is[i])))
			continue
		}
		if text := altered(words(old), words(&is[i])); text != "" {
			d.add(rule, n, Altered, text)
		}
	}
}

// listSign stands between the items of a list.
const listSign = "; "

func sentence(fields []field) string {
	var out []string
	for _, f := range fields {
		if f.value != "" {
			out = append(out, f.name+" "+f.value)
		}
	}
	return strings.Join(out, ", ")
}

// altered says what differs, field by field; empty if nothing does.
func altered(was, is []field) string {
	var out []string
	for i, f := range is {
		old := was[i].value
		switch {
		case old == f.value:
		case f.list:
			before, after := split(old), split(f.value)
			var parts []string
			for _, x := range after {
				if !slices.Contains(before, x) {
					parts = append(parts, "+ "+x)
				}
			}
			for _, x := range before {
				if !slices.Contains(after, x) {
					parts = append(parts, "− "+x)
				}
			}
			if len(parts) == 0 {
				parts = []string{"in another order"}
			}
			out = append(out, f.name+": "+strings.Join(parts, ", "))
		default:
			out = append(out, f.name+": "+orNone(old)+" → "+orNone(f.value))
		}
	}
	return strings.Join(out, "; ")
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, listSign)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func (d *Duty) words() []field {
	return []field{one("name", d.Name.ZH), one("class", fmt.Sprint(d.Class)), one("body", string(d.Body)), one("every", string(d.Period)), one("checklist", d.Checklist), one("clause", d.Clause), one("restricted", yes(d.Restricted))}
}

func (c *Category) words() []field {
	var owes []string
	for _, o := range c.Duties {
		owes = append(owes, o.Duty+o.When.words())
	}
	return []field{one("name", c.ZH), many("duties", owes)}
}

// words are a condition, with a blank before; empty for none.
func (c *Condition) words() string {
	switch {
	case c == nil:
		return ""
	case c.Otherwise:
		return " otherwise"
	case c.UnderCompound:
		return " under a residential compound"
	case c.RiskAtLeast > 0:
		return fmt.Sprintf(" at risk %d or more", c.RiskAtLeast)
	case c.Supervised:
		return " while listed for supervision"
	case c.Is != nil:
		return fmt.Sprintf(" where %s is %v", c.Attribute, c.Is)
	}
	return fmt.Sprintf(" where %s reaches %s", c.Attribute, c.AtLeast)
}

func (c *Checklist) words() []field {
	return []field{one("includes", c.Includes), many("serves duties", c.Serves), many("hazards", c.Hazards)}
}

func (c *Campaign) words() []field {
	var spans []string
	for _, s := range c.Spans {
		spans = append(spans, s.From+" to "+s.To)
	}
	return []field{one("name", c.Name.ZH), one("body", string(c.Body)), many("categories", c.Categories), many("units", c.Units),
		many("spans", spans), one("checklist", c.Checklist), one("clause", c.Clause)}
}

type namedThreshold struct {
	name string
	Threshold
}

func thresholds(p *Policy) (out []namedThreshold) {
	for _, name := range slices.Sorted(maps.Keys(p.Thresholds)) {
		out = append(out, namedThreshold{name, p.Thresholds[name]})
	}
	return out
}

func (t *namedThreshold) words() []field {
	return []field{one("value", fmt.Sprint(t.Value)+" "+t.Unit), one("name", t.ZH)}
}

func (h *Hazard) words() []field {
	return []field{one("name", h.ZH), one("severity", fmt.Sprint(h.Severity))}
}

// frequencies compares rules that have no names: by their conditions and duties.
func (d *differ) frequencies(was, is []Frequency) {
	type rule struct{ of, says string }
	read := func(list []Frequency) (out []rule) {
		for _, f := range list {
			duties := strings.Join(f.Duties, ", ")
			if duties == "" {
				duties = "every duty"
			}
			out = append(out, rule{duties + f.When.words(), fmt.Sprintf("%d visits a period, %d days apart", f.Times, f.Spacing)})
		}
		return out
	}
	before, after := read(was), read(is)
	for _, b := range before {
		if !slices.ContainsFunc(after, func(a rule) bool { return a.of == b.of }) {
			d.add("frequency", "", Removed, b.of+": "+b.says)
		}
	}
	for _, a := range after {
		at := slices.IndexFunc(before, func(b rule) bool { return a.of == b.of })
		switch {
		case at < 0:
			d.add("frequency", "", Added, a.of+": "+a.says)
		case before[at].says != a.says:
			d.add("frequency", "", Altered, a.of+": "+before[at].says+" → "+a.says)
		}
	}
}

func (d *differ) setting(name, was, is string) {
	if was != is {
		d.add(name, "", Altered, orNone(was)+" → "+orNone(is))
	}
}

// leaves compares settings that lie deeper, each by its path.
func (d *differ) leaves(rule string, was, is any) {
	before, after := map[string]string{}, map[string]string{}
	flatten("", was, before)
	flatten("", is, after)
	paths := slices.Sorted(maps.Keys(after))
	for path := range before {
		if _, ok := after[path]; !ok {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	for _, path := range paths {
		if before[path] != after[path] {
			d.add(rule, path, Altered, orNone(before[path])+" → "+orNone(after[path]))
		}
	}
}

func flatten(path string, v any, into map[string]string) {
	raw, err := json.Marshal(v)
	if err != nil {
		into[path] = fmt.Sprint(v) // rules are plain values
		return
	}
	var parts map[string]json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || parts == nil {
		into[path] = strings.Trim(string(raw), `"`)
		return
	}
	for k, part := range parts {
		if path != "" {
			k = path + "." + k
		}
		flatten(k, part, into)
	}
}

// Package policy is the district's rules as data: who inspects which category
// of place, how often, with which checklist. A policy is a YAML document with a
// version and a date from which it holds.
package policy

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/patrol"
)

// Text is one text in the console's two languages.
type Text struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en"`
}

// Body is the kind of holder that a duty falls to.
type Body string

// The bodies: the community's own fire staff, the town's patrol team, the
// town's (or park's) fire-safety office.
const (
	CommunityStaff Body = "community"
	TownPatrol     Body = "town_patrol"
	Office         Body = "office"
)

// Policy is one version of the rules. It is immutable once parsed.
type Policy struct {
	Version   string `yaml:"version" json:"version"`
	ValidFrom string `yaml:"valid_from" json:"valid_from"` // a date
	// Retroactive says why the version holds for periods too that had begun when
	// it was put; without it they keep the version that they were made under.
	Retroactive string               `yaml:"retroactive" json:"retroactive,omitempty"`
	Title       Text                 `yaml:"title" json:"title"`
	Timezone    string               `yaml:"timezone" json:"timezone"`
	Thresholds  map[string]Threshold `yaml:"thresholds" json:"thresholds"`
	Duties      []Duty               `yaml:"duties" json:"duties"`
	Residual    string               `yaml:"residual" json:"residual"`
	Care        string               `yaml:"care" json:"care,omitempty"` // the duty that a place with people who need care owes
	Campaigns   []Campaign           `yaml:"campaigns" json:"campaigns,omitempty"`
	Frequency   []Frequency          `yaml:"frequency" json:"frequency,omitempty"`
	GraceDays   int                  `yaml:"grace_days" json:"grace_days"`
	Attempts    int                  `yaml:"joint_visit_attempts" json:"joint_visit_attempts"`
	Exemptions  Exemptions           `yaml:"exemptions" json:"exemptions"`
	Categories  []Category           `yaml:"categories" json:"categories"`
	Checklists  []Checklist          `yaml:"checklists" json:"checklists"`
	Hazards     []Hazard             `yaml:"hazards" json:"hazards"`
	Heat        Heat                 `yaml:"heat" json:"heat"`
	Effort      Effort               `yaml:"effort" json:"effort"`
	Evidence    evidence.Rules       `yaml:"evidence" json:"evidence"`
	Beats       patrol.Rules         `yaml:"beats" json:"beats"`

	hash       [sha256.Size]byte
	zone       *time.Location
	from       time.Time
	byCategory map[string]*Category
	byDuty     map[string]int
	serves     map[string][]bool // checklist → duty index → whether it serves it
}

// Threshold is a number behind a word of the opinion.
type Threshold struct {
	Value float64 `yaml:"value" json:"value"`
	Unit  string  `yaml:"unit" json:"unit"`
	ZH    string  `yaml:"zh" json:"zh"`
	EN    string  `yaml:"en" json:"en"`
}

// Duty is a rule: places held by a body, once a period. Campaigns are duties
// too: they stand behind the others, with class 0.
type Duty struct {
	Duty      string `yaml:"duty" json:"duty"`
	Class     int    `yaml:"class" json:"class"`
	Name      Text   `yaml:"name" json:"name"`
	Body      Body   `yaml:"body" json:"body"`
	Period    Kind   `yaml:"period" json:"period"`
	Checklist string `yaml:"checklist" json:"checklist"`
	Clause    string `yaml:"clause" json:"clause"`
	// Restricted duties are shown to those only who may read about people who
	// need care: that a place owes one says that such people live there.
	Restricted bool `yaml:"restricted" json:"restricted,omitempty"`

	campaign *Campaign // of period custom only
}

// Category is an object kind of the opinion with the duties that it owes.
type Category struct {
	Category string `yaml:"category" json:"category"`
	ZH       string `yaml:"zh" json:"zh"`
	EN       string `yaml:"en" json:"en"`
	Duties   []Owed `yaml:"duties" json:"duties"`
}

// Owed is a duty that a category owes, under a condition if there is one.
type Owed struct {
	Duty string     `yaml:"duty" json:"duty"`
	When *Condition `yaml:"when" json:"when,omitempty"`
}

// Condition is exactly one of: an attribute at or above a threshold, or with a
// value; a risk or more; being listed for supervision; lying under a residential
// compound; none of the category's other conditions holding.
type Condition struct {
	Attribute     string `yaml:"attribute" json:"attribute,omitempty"`
	AtLeast       string `yaml:"at_least" json:"at_least,omitempty"` // a threshold's name
	Is            any    `yaml:"is" json:"is,omitempty"`             // text, number or boolean
	RiskAtLeast   int16  `yaml:"risk_at_least" json:"risk_at_least,omitempty"`
	Supervised    bool   `yaml:"supervised" json:"supervised,omitempty"`
	UnderCompound bool   `yaml:"under_compound" json:"under_compound,omitempty"`
	Otherwise     bool   `yaml:"otherwise" json:"otherwise,omitempty"`
}

// Checklist says what a visit looks at and which duties it serves.
type Checklist struct {
	Checklist string   `yaml:"checklist" json:"checklist"`
	Includes  string   `yaml:"includes" json:"includes,omitempty"` // another checklist, whole
	Serves    []string `yaml:"serves" json:"serves"`
	Hazards   []string `yaml:"hazards" json:"hazards"`
}

// Exemptions say for what a place may be excused from a duty, and by whom.
type Exemptions struct {
	Reasons   []ExemptionReason `yaml:"reasons" json:"reasons"`
	Approvers []string          `yaml:"approvers" json:"approvers"` // roles
}

// ExemptionReason is one reason for which a place may be excused.
type ExemptionReason struct {
	Reason string `yaml:"reason" json:"reason"`
	ZH     string `yaml:"zh" json:"zh"`
	EN     string `yaml:"en" json:"en"`
}

// Hazard is a type of hazard that the opinion names.
type Hazard struct {
	Type     string `yaml:"type" json:"type"`
	Severity int16  `yaml:"severity" json:"severity"` // 1 to 4
	ZH       string `yaml:"zh" json:"zh"`
	EN       string `yaml:"en" json:"en"`
}

// Heat is how a hazard weighs on the heatmap.
type Heat struct {
	Severity     []float64 `yaml:"severity" json:"severity"`
	Closed       float64   `yaml:"closed" json:"closed"`
	HalfLifeDays float64   `yaml:"half_life_days" json:"half_life_days"`
}

//go:embed default.yaml
var defaultDocument []byte

// DefaultDocument is the shipped policy's text.
func DefaultDocument() string { return string(defaultDocument) }

// Default is the shipped policy.
func Default() (*Policy, error) { return Parse(defaultDocument) }

// Parse reads and checks a policy. Every mistake is named with its line.
func Parse(raw []byte) (*Policy, error) {
	p := Policy{Evidence: evidence.DefaultRules(), Beats: patrol.Usual()} // what a policy does not say of these is as shipped
	if err := yaml.UnmarshalWithOptions(raw, &p, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("not a policy: %w", err)
	}
	line := linesOf(raw)
	if err := schemaOf(raw, line); err != nil {
		return nil, fmt.Errorf("policy %s: %w", p.Version, err)
	}
	if err := p.link(line); err != nil {
		return nil, fmt.Errorf("policy %s: %w", p.Version, err)
	}
	p.hash = sha256.Sum256(raw)
	return &p, nil
}

// Hash is the SHA-256 of the document's text.
func (p *Policy) Hash() [sha256.Size]byte { return p.hash }

// link checks that every name means something and builds the look-ups.
func (p *Policy) link(line func(path string) int) error {
	var problems []error
	where := "" // what is being looked at
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("line %d: %w", line(where), fmt.Errorf(format, args...)))
	}
	var err error
	if where = "version"; p.Version == "" {
		problem("version: a name is needed, such as 2022-19.2")
	}
	if where = "timezone"; p.Timezone == "" {
		problem("timezone: one is needed, such as Asia/Shanghai")
	}
	if p.zone, err = time.LoadLocation(p.Timezone); err != nil {
		problem("timezone: %w", err)
	}
	where = "valid_from"
	if p.from, err = time.Parse(time.DateOnly, p.ValidFrom); err != nil {
		problem("valid_from: %w", err)
	}
	where = "duties"
	p.byDuty, p.byCategory, p.serves = map[string]int{}, map[string]*Category{}, map[string][]bool{}
	routine := len(p.Duties)
	for i := range p.Campaigns {
		p.Duties = append(p.Duties, p.Campaigns[i].duty())
	}
	if routine == 0 || len(p.Duties) > maxDuties {
		problem("duties: 1 to %d are needed, campaigns with them; there are %d", maxDuties, len(p.Duties))
	}
	for i, d := range p.Duties {
		if where = fmt.Sprintf("duties[%d]", i); i >= routine {
			where = fmt.Sprintf("campaigns[%d]", i-routine)
		}
		if _, twice := p.byDuty[d.Duty]; twice {
			problem("duty %s stands twice", d.Duty)
		}
		p.byDuty[d.Duty] = i
		if i < routine && (d.Class < 1 || d.Class > 3) {
			problem("duty %s: class %d is not 1, 2 or 3", d.Duty, d.Class)
		}
		if i < routine && !slices.Contains(Calendar, d.Period) {
			problem("duty %s: period %q is none of %v", d.Duty, d.Period, Calendar)
		}
		if !slices.Contains([]Body{CommunityStaff, TownPatrol, Office}, d.Body) {
			problem("duty %s: body %q is not known", d.Duty, d.Body)
		}
	}
	where = "residual"
	if _, ok := p.byDuty[p.Residual]; !ok {
		problem("residual: there is no duty %q", p.Residual)
	}
	where = "care"
	if i, ok := p.byDuty[p.Care]; p.Care != "" && (!ok || !p.Duties[i].Restricted) {
		problem("care: there is no restricted duty %q", p.Care)
	}
	for i := range p.Categories {
		c := &p.Categories[i]
		where = fmt.Sprintf("categories[%d]", i)
		if p.byCategory[c.Category] != nil {
			problem("category %s stands twice", c.Category)
		}
		p.byCategory[c.Category] = c
		for _, o := range c.Duties {
			if _, ok := p.byDuty[o.Duty]; !ok {
				problem("category %s: there is no duty %q", c.Category, o.Duty)
			}
			if err := p.checkCondition(o.When); err != nil {
				problem("category %s: %w", c.Category, err)
			}
		}
	}
	for i := range p.Campaigns {
		where = fmt.Sprintf("campaigns[%d]", i)
		p.Campaigns[i].check(p, problem)
	}
	for i := range p.Frequency {
		where = fmt.Sprintf("frequency[%d]", i)
		p.Frequency[i].check(p, problem)
	}
	hazards := map[string]bool{}
	for i, h := range p.Hazards {
		where = fmt.Sprintf("hazards[%d]", i)
		hazards[h.Type] = true
		if h.Severity < 1 || h.Severity > 4 {
			problem("hazard %s: severity %d is not 1 to 4", h.Type, h.Severity)
		}
	}
	for i := range p.Checklists {
		c := &p.Checklists[i]
		where = fmt.Sprintf("checklists[%d]", i)
		if c.Includes != "" {
			j := slices.IndexFunc(p.Checklists[:i], func(x Checklist) bool { return x.Checklist == c.Includes })
			if j < 0 {
				problem("checklist %s: %q must stand before it", c.Checklist, c.Includes)
			} else {
				for _, h := range p.Checklists[j].Hazards {
					if !slices.Contains(c.Hazards, h) {
						c.Hazards = append(c.Hazards, h)
					}
				}
			}
		}
		p.serves[c.Checklist] = make([]bool, len(p.Duties))
		for _, d := range c.Serves {
			if k, ok := p.byDuty[d]; ok {
				p.serves[c.Checklist][k] = true
			} else {
				problem("checklist %s: there is no duty %q", c.Checklist, d)
			}
		}
		for _, h := range c.Hazards {
			if !hazards[h] {
				problem("checklist %s: there is no hazard %q", c.Checklist, h)
			}
		}
	}
	for i, d := range p.Duties {
		if where = fmt.Sprintf("duties[%d]", i); i >= routine {
			where = fmt.Sprintf("campaigns[%d]", i-routine)
		}
		if p.serves[d.Checklist] == nil || !p.serves[d.Checklist][p.byDuty[d.Duty]] {
			problem("duty %s: its checklist %q does not serve it", d.Duty, d.Checklist)
		}
	}
	where = "heat"
	if len(p.Heat.Severity) != 4 || p.Heat.HalfLifeDays <= 0 {
		problem("heat: four severity weights and a half-life above zero are needed")
	}
	where = "effort"
	if p.Effort.Minutes == 0 && p.Effort.MetresMinute == 0 && p.Effort.ByCategory == nil {
		p.Effort = usualEffort
	}
	p.Effort.check(p, problem)
	where = "evidence"
	p.Evidence.Check(problem)
	where = "beats"
	if err := p.Beats.Check(); err != nil {
		problem("beats: %w", err)
	}
	return errors.Join(problems...)
}

// maxDuties bounds the duties: the engine keeps a place's as bits.
const maxDuties = 64

// Zone is the time zone whose days count.
func (p *Policy) Zone() *time.Location { return p.zone }

// From is the first day on which the policy holds, midnight UTC.
func (p *Policy) From() time.Time { return p.from }

// Category finds an object kind.
func (p *Policy) Category(name string) (*Category, bool) {
	c, ok := p.byCategory[name]
	return c, ok
}

// DutyIndex is a duty's place in Duties.
func (p *Policy) DutyIndex(duty string) (int, bool) {
	i, ok := p.byDuty[duty]
	return i, ok
}

// Serves reports whether a visit with a checklist serves a duty.
func (p *Policy) Serves(checklist string, duty int) bool {
	s := p.serves[checklist]
	return s != nil && s[duty]
}

// ChecklistNames lists the checklists.
func (p *Policy) ChecklistNames() []string {
	out := make([]string, len(p.Checklists))
	for i, c := range p.Checklists {
		out[i] = c.Checklist
	}
	return out
}

// HazardTypes lists the hazard types' names.
func (p *Policy) HazardTypes() []string {
	out := make([]string, len(p.Hazards))
	for i, h := range p.Hazards {
		out[i] = h.Type
	}
	return out
}

package coverage

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// State is where an obligation stands.
type State uint8

// The states. NotDue is no obligation at all.
const (
	NotDue State = iota
	Met
	Attempted
	Open
	Overdue
	Excused
	Disputed
	stateCount
)

var stateNames = [...]string{"not_due", "met", "attempted", "open", "overdue", "excused", "disputed"}

func (s State) String() string { return stateNames[s] }

// ParseState reads a state's name.
func ParseState(s string) (State, error) {
	if i := slices.Index(stateNames[:], s); i > 0 {
		return State(i), nil
	}
	return 0, fmt.Errorf("state %q is none of %v", s, stateNames[1:])
}

// Sight is from where one looks: what is known before one moment, of what had
// happened by another.
type Sight struct {
	Known Moment     // what was recorded before it; [Ever]: all
	Until Moment     // what happened up to it; [Ever]: all
	Today policy.Day // the day of Until: periods up to it have ended
}

// Case is one obligation with all that decides it.
type Case struct {
	Rules   policy.Rules
	Version int // index in Rules of the one that judges the period, see [policy.Rules.For]
	Duty    int // index in its Duties
	Period  policy.Period
	History *History // the place's; visits to records that turned out to be the same place among its own
	Sight
}

// Verdict is the answer with its reasons.
type Verdict struct {
	State    State
	Due      policy.Day // the last day; only if there is an obligation
	By       uuid.UUID  // the visit that met it
	MetOn    policy.Day // the day on which it was met
	TriedOn  policy.Day // the day of the first attempt; NoDay if none
	Times    int        // visits that the period wants
	Made     int        // of them, those that were made
	GapDays  int        // the longest time without a visit that counts
	Late     bool       // met only by what was reported after the period had ended
	Astray   bool       // the visit that met it was made by another body than its holder
	Credit   *Spot      // where the place belonged when it was met
	Answers  *Spot      // where it belongs at the period's close, or today
	Category string
	Reasons  []Reason
	Nearest  *Nearest // when not met: the visit that came closest, and why it did not count
}

// Reason is one step of the explanation.
type Reason struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// Nearest is a visit that did not count.
type Nearest struct {
	Visit uuid.UUID
	At    time.Time
	Why   policy.Text
}

// term is a period as the judging looks at it: bounds as moments, and the
// version that judges it.
type term struct {
	policy        *policy.Policy
	version       int
	period        policy.Period
	opens, closes Moment
	zone          *time.Location
	even          bool   // every day of it has 24 hours
	duties        uint64 // those of which the period is one
}

func termOf(rules policy.Rules, version int, period policy.Period) term {
	p := rules[version].Policy
	opens, closes := period.Bounds(p.Zone())
	t := term{policy: p, version: version, period: period, opens: MomentOf(opens), closes: MomentOf(closes), zone: p.Zone()}
	t.even = true
	for d := period.First; d < period.End && t.even; d++ {
		t.even = MomentOf(d.Begins(t.zone)) == t.opens+Moment(d-period.First)*aDay
	}
	t.even = t.even && t.closes == t.opens+Moment(period.Days())*aDay
	for i := range p.Duties {
		if p.Duties[i].Falls(period) {
			t.duties |= 1 << i
		}
	}
	return t
}

const aDay = Moment(24 * time.Hour / time.Microsecond)

// day is the day of a moment in the period. Where no clock is put forward or
// back in it, that is a division, which a whole district feels.
func (t *term) day(m Moment) policy.Day {
	if t.even {
		return t.period.First + policy.Day((m-t.opens)/aDay)
	}
	return policy.DayAt(time.UnixMicro(int64(m)), t.zone)
}

// minute is the minute of a moment's day.
func (t *term) minute(m Moment) int {
	if t.even && m >= t.opens && m < t.closes {
		return int((m - t.opens) % aDay / Moment(time.Minute/time.Microsecond))
	}
	at := time.UnixMicro(int64(m)).In(t.zone)
	return at.Hour()*60 + at.Minute()
}

// spell is a stretch of days on which a place owes a duty.
type spell struct {
	from, to policy.Day
	owed     policy.Obligated // as it is when the spell, or the period, begins
	category string
}

// Judge decides one obligation. It is pure: the same case gives the same verdict.
func Judge(c Case) Verdict {
	t := termOf(c.Rules, c.Version, c.Period)
	return t.judge(c.Duty, c.History, c.Sight)
}

// judge decides one obligation of the term, with the words.
func (t *term) judge(duty int, h *History, from Sight) Verdict {
	j := judging{term: t, history: h, sight: from, duty: duty}
	j.segments, j.cared = h.segments(from.Known, nil), h.caredFor(from.Known, nil)
	v := j.decide()
	j.explain(&v)
	return v
}

// judging is one place in one term; what the walk over its visits found is kept
// for the explanation.
type judging struct {
	term     *term
	history  *History
	sight    Sight
	duty     int
	segments []segment
	cared    []stretch // days on which people who need care live there

	spells   []spell
	attempts []*Visit
	weak     []*Visit // done, with evidence below the bar
	rejected []*Visit // done, and rejected by a reviewer
	good     []*Visit // done in the period, and they count
	made     []*Visit // of them, those that are far enough apart
	astray   string   // the unit that made the visit that met it, if not its holder
}

// decide is Judge without the words: what whole-district counts use.
func (j *judging) decide() Verdict {
	t := j.term
	first, end := t.period.First, t.period.End
	j.findSpells()
	last := j.last()
	if last == nil {
		return Verdict{TriedOn: policy.NoDay}
	}
	d := &t.policy.Duties[j.duty]
	answers := j.history.spotOn(min(end-1, last.to-1, max(j.sight.Today, last.from, first)), j.sight.Known)
	if !d.In(answers.Town, answers.Park, answers.Community) {
		return Verdict{TriedOn: policy.NoDay}
	}
	v := Verdict{Due: end - 1, TriedOn: policy.NoDay, Answers: answers, Category: last.category, Times: max(last.owed.Times, 1)}
	v.GapDays = j.walk(last)
	v.Made = min(len(j.made), v.Times)
	if len(j.attempts) > 0 {
		v.TriedOn = t.day(j.attempts[0].At)
	}
	switch {
	case len(j.made) >= v.Times:
		by := j.made[v.Times-1]
		v.State, v.By, v.MetOn = Met, by.ID, t.day(by.At)
		v.Late = slices.ContainsFunc(j.made, func(m *Visit) bool { return m.Recorded >= t.closes }) && !j.metInTime(last, v.Times)
		v.Credit = j.history.spotOn(v.MetOn, j.sight.Known)
		if holder := v.Credit.holder(d.Body); by.Unit != "" && by.Unit != holder {
			v.Astray, j.astray = true, by.Unit
		}
	case last.to < end, inGrace(last.from, first, end, t.policy.GraceDays):
		v.State = NotDue
	case j.exemption() != nil:
		v.State = Excused
	case len(j.weak) > 0:
		v.State = Disputed
	case len(j.attempts) > 0:
		v.State = Attempted
	case j.sight.Today < end:
		v.State = Open
	default:
		v.State = Overdue
	}
	return v
}

// findSpells finds the days on which the place owes the duty. A spell goes on
// over a change of the place that leaves the duty owed.
func (j *judging) findSpells() {
	j.spells = j.spells[:0]
	for i := range j.segments {
		s := &j.segments[i]
		if s.from >= j.term.period.End {
			break
		}
		for _, o := range s.record.Owes[j.term.version] {
			if o.Duty == j.duty {
				j.owes(s.from, s.to, o, s.record.Category)
			}
		}
		if len(j.cared) == 0 {
			continue
		}
		for _, o := range s.record.Cares[j.term.version] {
			for _, c := range j.cared {
				if from, to := max(s.from, c.from), min(s.to, c.to); o.Duty == j.duty && from < to && from < j.term.period.End {
					j.owes(from, to, o, s.record.Category)
				}
			}
		}
	}
}

// owes adds days on which the duty is owed, after those that are there.
func (j *judging) owes(from, to policy.Day, o policy.Obligated, category string) {
	if n := len(j.spells); n > 0 && j.spells[n-1].to == from {
		last := &j.spells[n-1]
		last.to, last.category = to, category
		if from <= j.term.period.First {
			last.owed = o // what it asks is settled when the period begins
		}
		return
	}
	j.spells = append(j.spells, spell{from, to, o, category})
}

// last is the last spell that reaches into the period: it decides whether
// something is owed.
func (j *judging) last() *spell {
	if n := len(j.spells); n > 0 && j.spells[n-1].to > j.term.period.First {
		return &j.spells[n-1]
	}
	return nil
}

// owedOn reports whether the place owed the duty on a day.
func (j *judging) owedOn(day policy.Day) bool {
	for i := range j.spells {
		if s := &j.spells[i]; s.from <= day && day < s.to {
			return true
		}
	}
	return false
}

// inGrace reports whether a place came so late in the period that it owes
// nothing before the next.
func inGrace(from, first, end policy.Day, graceDays int) bool {
	return from > first && int(end-from) < graceDays
}

func (j *judging) exemption() *Exemption {
	if len(j.history.Exemptions) == 0 {
		return nil
	}
	duty, period := j.term.policy.Duties[j.duty].Duty, j.term.period.String()
	for i := range j.history.Exemptions {
		e := &j.history.Exemptions[i]
		if e.Recorded < j.sight.Known && e.Withdrawn >= j.sight.Known && e.Duty == duty && e.Period == period {
			return e
		}
	}
	return nil
}

// walk looks at the visits in order of time and returns the longest gap in days:
// from the last visit that counts before the period, or its first day, over
// those in it, to today or its end.
func (j *judging) walk(last *spell) (gap int) {
	t := j.term
	j.attempts, j.weak, j.rejected, j.good, j.made = j.attempts[:0], j.weak[:0], j.rejected[:0], j.good[:0], j.made[:0]
	visits := j.history.Visits
	opening := sort.Search(len(visits), func(i int) bool { return visits[i].At >= t.opens })
	since := max(t.period.First, last.from)
	for i := opening - 1; i >= 0; i-- {
		v := &visits[i]
		if v.Outcome != inspection.Done || !j.looksAt(v) {
			continue
		}
		day := policy.DayAt(time.UnixMicro(int64(v.At)), t.zone)
		if day < last.from {
			break
		}
		if j.counts(v) {
			since = day
			break
		}
	}
	j.weak, j.rejected = j.weak[:0], j.rejected[:0] // those before the period say nothing of it
	var longest, made policy.Day
	for i := opening; i < len(visits) && visits[i].At < t.closes; i++ {
		v := &visits[i]
		if !j.looksAt(v) {
			continue
		}
		day := t.day(v.At)
		if !j.owedOn(day) {
			continue
		}
		if v.Outcome != inspection.Done {
			j.attempts = append(j.attempts, v)
			continue
		}
		if !j.counts(v) {
			continue
		}
		longest, since = max(longest, day-since), day
		j.good = append(j.good, v)
		if len(j.made) == 0 || int(day-made) >= last.owed.Spacing {
			j.made, made = append(j.made, v), day
		}
	}
	until := min(t.period.End, max(j.sight.Today, t.period.First))
	return int(max(longest, until-since))
}

// metInTime reports whether what was learned before the period's end meets the
// duty by itself.
func (j *judging) metInTime(last *spell, times int) bool {
	n := 0
	var made policy.Day
	for _, v := range j.good {
		if v.Recorded >= j.term.closes {
			continue
		}
		if day := j.term.day(v.At); n == 0 || int(day-made) >= last.owed.Spacing {
			n, made = n+1, day
		}
	}
	return n >= times
}

// looksAt reports whether a visit is in sight and serves the duty.
func (j *judging) looksAt(v *Visit) bool {
	return v.knownAt(j.sight.Known) && v.At <= j.sight.Until && j.term.policy.Serves(v.Checklist, j.duty)
}

// counts reports whether a done visit is good enough, and remembers it if not.
func (j *judging) counts(v *Visit) bool {
	if r := v.review(j.sight.Known); r != nil {
		if !r.Accepted {
			j.rejected = append(j.rejected, v)
		}
		return r.Accepted
	}
	rules := &j.term.policy.Evidence
	if rules.OwnGrade(v.own(j.sight.Known), j.term.minute(v.At)) <= rules.Counts {
		return true
	}
	j.weak = append(j.weak, v)
	return false
}

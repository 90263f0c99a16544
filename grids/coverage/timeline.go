package coverage

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// Event is one thing that was learned of a place.
type Event struct {
	Kind    string    // see the constants
	Learned time.Time // when; zero: always
	At      time.Time // when it happened, of visits; else zero
	From    time.Time // the day from which it holds, midnight UTC, of records and placements; else zero
	Text    policy.Text

	Visit   uuid.UUID // of visits and reviews
	Outcome inspection.Outcome
	Grade   evidence.Grade
	Counts  bool // the visit stands and its evidence is good enough
	Reasons []evidence.Reason
	Spot    *Spot // of placements
}

// The kinds of events.
const (
	EventRecord    = "record"    // what the place is
	EventPlacement = "placement" // where it belongs
	EventVisit     = "visit"
	EventReview    = "review"
	EventExemption = "exemption"
)

// Timeline is what is known of a place, as known at a moment (zero: now), in the
// order in which it was learned; false if the book does not know the place.
// Visits and exemptions that say that people live there who need care are among
// it only if restricted.
func (b *Book) Timeline(id uuid.UUID, known time.Time, restricted bool) ([]Event, bool) {
	s := b.now.Load()
	i, ok := s.at[id]
	if !ok {
		return nil, false
	}
	before := MomentOf(known)
	h := s.historyOf(i, before)
	p := s.rules[s.holds()].Policy
	var out []Event
	add := func(at Moment, e Event) {
		if at < before {
			if at > 0 {
				e.Learned = at.Time()
			}
			out = append(out, e)
		}
	}
	for _, r := range h.Records {
		add(r.Recorded, Event{Kind: EventRecord, From: r.From.Date(), Text: recordText(p, &r)})
	}
	for _, r := range h.Placings {
		add(r.Recorded, Event{Kind: EventPlacement, From: r.From.Date(), Spot: r.Spot, Text: policy.Text{ZH: "归属网格 " + r.Spot.Grid, EN: "belongs to grid " + r.Spot.Grid}})
	}
	for k := range h.Visits {
		v := &h.Visits[k]
		if !restricted && p.Discreet(v.Checklist) {
			continue
		}
		minute := evidence.MinuteOfDay(v.At.Time(), p.Zone())
		own := v.own(before)
		e := Event{Kind: EventVisit, At: v.At.Time(), Visit: v.ID, Outcome: v.Outcome, Grade: p.Evidence.OwnGrade(own, minute), Reasons: p.Evidence.OwnReasons(own, minute)}
		e.Text = visitText(v, before)
		good := p.Evidence.Meets(e.Grade)
		if r := v.review(before); r != nil {
			good = r.Accepted
		}
		e.Counts = good && v.knownAt(before) && v.Outcome == inspection.Done
		add(v.Recorded, e)
		for _, r := range v.Reviews {
			word := policy.Text{ZH: r.Reviewer + " 不予认可：" + r.Reason, EN: "rejected by " + r.Reviewer + ": " + r.Reason}
			if r.Accepted {
				word = policy.Text{ZH: r.Reviewer + " 认可：" + r.Reason, EN: "accepted by " + r.Reviewer + ": " + r.Reason}
			}
			add(r.Recorded, Event{Kind: EventReview, Visit: v.ID, Text: word})
		}
	}
	for _, e := range h.Exemptions {
		if d, ok := p.DutyIndex(e.Duty); ok && p.Duties[d].Restricted && !restricted {
			continue
		}
		add(e.Recorded, Event{Kind: EventExemption, Text: policy.Text{ZH: e.Period + " 免查，" + e.Reviewer + " 核准：" + e.Reason, EN: "excused in " + e.Period + " by " + e.Reviewer + ": " + e.Reason}})
		if e.Withdrawn != Ever {
			add(e.Withdrawn, Event{Kind: EventExemption, Text: policy.Text{ZH: "撤销 " + e.Period + " 的免查", EN: "the exemption for " + e.Period + " was taken back"}})
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.Learned.Compare(b.Learned) })
	return out, true
}

func recordText(p *policy.Policy, r *Record) policy.Text {
	name := policy.Text{ZH: r.Category, EN: r.Category}
	if c, ok := p.Category(r.Category); ok {
		name = policy.Text{ZH: c.ZH, EN: c.EN}
	}
	switch {
	case r.Duplicate != uuid.Nil:
		return policy.Text{ZH: "与 " + r.Duplicate.String() + " 为同一处", EN: "a second record of " + r.Duplicate.String()}
	case r.To != policy.NoDay:
		return policy.Text{ZH: name.ZH + "，" + r.To.String() + " 起不再存在", EN: name.EN + ", gone from " + r.To.String()}
	}
	return name
}

func visitText(v *Visit, known Moment) policy.Text {
	t := policy.Text{ZH: "已检查（" + v.Checklist + "）", EN: "visited (" + v.Checklist + ")"}
	if why, ok := outcomeText[v.Outcome]; ok {
		t = policy.Text{ZH: "上门未成：" + why.ZH, EN: "tried: " + why.EN}
	}
	if v.Outcome == inspection.Void {
		t = policy.Text{ZH: "更正：此前记录有误", EN: "a correction: the record before was wrong"}
	}
	if v.Void < known {
		t.ZH, t.EN = t.ZH+"（后被更正）", t.EN+" (corrected later)"
	}
	return t
}

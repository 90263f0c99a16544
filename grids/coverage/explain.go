package coverage

import (
	"fmt"
	"time"

	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// explain fills in the reasons of a verdict.
func (v *Verdict) explain(c *Case, t *tally) {
	duty := c.Policy.Duties[c.Duty]
	zone := c.Policy.Zone()
	day := func(at time.Time) string { return at.In(zone).Format("2006-01-02 15:04") }
	add := func(code, zh, en string) { v.Reasons = append(v.Reasons, Reason{code, zh, en}) }
	ended := func() {
		if _, closes := c.Period.Bounds(zone); !c.Now.Before(closes) {
			add("period_ended", "本期已于 "+v.Due.Format(time.DateOnly)+" 结束", "the period ended on "+v.Due.Format(time.DateOnly))
		}
	}
	switch v.State {
	case NotDue:
		switch {
		case !c.ValidFrom.Before(c.Period.EndDay()):
			add("not_yet", "本期内尚未登记，"+c.ValidFrom.Format(time.DateOnly)+" 起登记", "not registered in the period: only from "+c.ValidFrom.Format(time.DateOnly))
		case !c.ValidTo.IsZero() && c.ValidTo.Before(c.Period.EndDay()):
			add("ended", "已于 "+c.ValidTo.Format(time.DateOnly)+" 注销", "it ended on "+c.ValidTo.Format(time.DateOnly))
		default:
			add("grace", fmt.Sprintf("本期 %s 新登记，剩余不足 %d 天，下期起检查", c.ValidFrom.Format(time.DateOnly), c.Policy.GraceDays),
				fmt.Sprintf("new on %s with fewer than %d days left: due from the next period", c.ValidFrom.Format(time.DateOnly), c.Policy.GraceDays))
		}
		return
	case Met:
		add("visited", day(t.met.At)+" 已检查（"+t.met.Checklist+"）", "visited on "+day(t.met.At)+" ("+t.met.Checklist+")")
		return
	case Excused:
		e := c.exemption()
		add("exempted", "经 "+e.Reviewer+" 核准免查："+e.Reason, "excused by "+e.Reviewer+": "+e.Reason)
		return
	case Attempted:
		last := t.attempts[len(t.attempts)-1]
		why := outcomeText[last.Outcome]
		add(string(last.Outcome), day(last.At)+" 上门未成："+why.ZH, "tried on "+day(last.At)+": "+why.EN)
		if jointVisit(t.attempts, zone, c.Policy.Attempts) {
			add("joint_visit", fmt.Sprintf("已在不同日期和时段上门 %d 次，列入联合检查", len(t.attempts)),
				fmt.Sprintf("%d attempts on different days and hours: listed for a joint visit", len(t.attempts)))
		}
		v.Nearest = &Nearest{last.ID, last.At, why}
		ended()
	case Open:
		add("not_visited", duty.Name.ZH+"："+c.Period.String()+" 尚未检查，截止 "+v.Due.Format(time.DateOnly), duty.Name.EN+": not visited in "+c.Period.String()+" yet, due by "+v.Due.Format(time.DateOnly))
	case Overdue:
		add("not_visited", duty.Name.ZH+"："+c.Period.String()+" 未检查", duty.Name.EN+": not visited in "+c.Period.String())
		ended()
	}
	if v.Nearest == nil {
		v.Nearest = c.nearest()
	}
}

var outcomeText = map[inspection.Outcome]policy.Text{
	inspection.NoAccess: {ZH: "无法进入", EN: "no access"},
	inspection.Refused:  {ZH: "拒绝检查", EN: "refused"},
	inspection.NotFound: {ZH: "未找到", EN: "not found"},
}

// jointVisit reports whether attempts lie on different days and different hours.
func jointVisit(attempts []Visit, zone *time.Location, want int) bool {
	days, hours := map[string]bool{}, map[int]bool{}
	for _, a := range attempts {
		at := a.At.In(zone)
		days[at.Format(time.DateOnly)] = true
		hours[at.Hour()] = true
	}
	return len(days) >= want && len(hours) >= want
}

// nearest is the done visit that came closest to meeting the duty, and why it
// did not: another checklist in the period before another time.
func (c *Case) nearest() *Nearest {
	opens, closes := c.Period.Bounds(c.Policy.Zone())
	var best *Visit
	var why policy.Text
	rank := -1
	var away time.Duration
	for i := range c.Visits {
		v := &c.Visits[i]
		if v.Outcome != inspection.Done {
			continue
		}
		r, d, text := 0, time.Duration(0), policy.Text{}
		switch {
		case v.At.Before(opens):
			d, text = opens.Sub(v.At), policy.Text{ZH: "早于本期", EN: "before the period"}
		case !v.At.Before(closes):
			d, text = v.At.Sub(closes), policy.Text{ZH: "晚于本期", EN: "after the period"}
		case !c.Policy.Serves(v.Checklist, c.Duty):
			r, text = 1, policy.Text{ZH: "检查表 " + v.Checklist + " 不含本项职责", EN: "its checklist " + v.Checklist + " does not serve this duty"}
		default:
			r, text = 1, policy.Text{ZH: "早于登记日期", EN: "before the place was registered"}
		}
		if r > rank || (r == rank && d < away) {
			best, why, rank, away = v, text, r, d
		}
	}
	if best == nil {
		return nil
	}
	return &Nearest{best.ID, best.At, why}
}

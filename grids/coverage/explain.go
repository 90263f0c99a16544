package coverage

import (
	"fmt"
	"time"

	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// explain fills in the reasons of a verdict.
func (j *judging) explain(v *Verdict) {
	t := j.term
	duty := &t.policy.Duties[j.duty]
	add := func(code, zh, en string) { v.Reasons = append(v.Reasons, Reason{code, zh, en}) }
	switch v.State {
	case NotDue:
		j.explainNothing(add)
		return
	case Met:
		j.explainMet(v, add)
		return
	case Excused:
		e := j.exemption()
		add("exempted", "经 "+e.Reviewer+" 核准免查："+e.Reason, "excused by "+e.Reviewer+": "+e.Reason)
		return
	case Disputed:
		w := j.weak[len(j.weak)-1]
		add("evidence", j.when(w.At)+" 的检查证据不足，待复核", "the visit on "+j.when(w.At)+" has evidence below the bar: to be reviewed")
		for _, r := range t.policy.Evidence.OwnReasons(w.own(j.sight.Known), t.minute(w.At)) {
			add(r.Code.String(), r.ZH, r.EN)
		}
		v.Nearest = &Nearest{w.ID, w.At.Time(), policy.Text{ZH: "证据不足", EN: "evidence below the bar"}}
	case Attempted:
		last := j.attempts[len(j.attempts)-1]
		why := outcomeText[last.Outcome]
		add(string(last.Outcome), j.when(last.At)+" 上门未成："+why.ZH, "tried on "+j.when(last.At)+": "+why.EN)
		if jointVisit(j.attempts, t.zone, t.policy.Attempts) {
			add("joint_visit", fmt.Sprintf("已在不同日期和时段上门 %d 次，列入联合检查", len(j.attempts)),
				fmt.Sprintf("%d attempts on different days and hours: listed for a joint visit", len(j.attempts)))
		}
		v.Nearest = &Nearest{last.ID, last.At.Time(), why}
	case Open:
		add("not_visited", duty.Name.ZH+"："+t.period.String()+" 尚未检查，截止 "+v.Due.String(), duty.Name.EN+": not visited in "+t.period.String()+" yet, due by "+v.Due.String())
	case Overdue:
		add("not_visited", duty.Name.ZH+"："+t.period.String()+" 未检查", duty.Name.EN+": not visited in "+t.period.String())
	}
	if v.Times > 1 {
		j.explainTimes(v, add)
	}
	if j.sight.Today >= t.period.End {
		add("period_ended", "本期已于 "+v.Due.String()+" 结束", "the period ended on "+v.Due.String())
	}
	if v.Nearest == nil {
		v.Nearest = j.nearest()
	}
}

// when is a moment as people of the district read it.
func (j *judging) when(m Moment) string { return m.Time().In(j.term.zone).Format("2006-01-02 15:04") }

// explainNothing says why nothing is owed.
func (j *judging) explainNothing(add func(code, zh, en string)) {
	t := j.term
	last := j.last()
	switch {
	case last != nil && last.to < t.period.End && j.standsAfter(last.to):
		add("ended", last.to.String()+" 起不再属于本项职责", "it no longer owes this duty from "+last.to.String())
	case last != nil && last.to < t.period.End:
		add("ended", "已于 "+last.to.String()+" 注销", "it ended on "+last.to.String())
	case last != nil && inGrace(last.from, t.period.First, t.period.End, t.policy.GraceDays):
		add("grace", fmt.Sprintf("本期 %s 新登记，剩余不足 %d 天，下期起检查", last.from, t.policy.GraceDays),
			fmt.Sprintf("new on %s with fewer than %d days left: due from the next period", last.from, t.policy.GraceDays))
	case last != nil:
		add("elsewhere", "不在本次专项范围内", "it lies outside the campaign's units")
	case len(j.segments) == 0:
		if of := j.history.duplicateOf(j.sight.Known); of != [16]byte{} {
			add("duplicate", "与对象 "+of.String()+" 为同一处，已并入", "a second record of "+of.String()+", to which its visits count")
			return
		}
		add("not_yet", "当时尚未登记", "not registered then")
	case j.segments[0].from >= t.period.End:
		add("not_yet", "本期内尚未登记，"+j.segments[0].from.String()+" 起登记", "not registered in the period: only from "+j.segments[0].from.String())
	case j.segments[len(j.segments)-1].to <= t.period.First:
		to := j.segments[len(j.segments)-1].to
		add("ended", "已于 "+to.String()+" 注销", "it ended on "+to.String())
	default:
		add("not_owed", "本期内不属于本项职责", "its category does not owe this duty in the period")
	}
}

// standsAfter reports whether the place goes on from a day, as something else.
func (j *judging) standsAfter(day policy.Day) bool {
	for i := range j.segments {
		if s := &j.segments[i]; s.from <= day && day < s.to {
			return true
		}
	}
	return false
}

func (j *judging) explainMet(v *Verdict, add func(code, zh, en string)) {
	if v.Times > 1 {
		j.explainTimes(v, add)
	}
	for _, m := range j.made[:v.Times] {
		add("visited", j.when(m.At)+" 已检查（"+m.Checklist+"）", "visited on "+j.when(m.At)+" ("+m.Checklist+")")
		if r := m.review(j.sight.Known); r != nil {
			add("reviewed", "证据经 "+r.Reviewer+" 复核认可："+r.Reason, "its evidence was accepted by "+r.Reviewer+": "+r.Reason)
		}
	}
	by := j.made[v.Times-1]
	if v.Late {
		add("late", "本期结束后于 "+j.when(by.Recorded)+" 补报", "reported late, on "+j.when(by.Recorded)+", after the period had ended")
	}
	if v.Astray {
		holder := v.Credit.holder(j.term.policy.Duties[j.duty].Body)
		add("wrong_holder", "由 "+j.astray+" 检查，责任主体为 "+holder, "made for "+j.astray+", while the duty is "+holder+"'s")
	}
}

func (j *judging) explainTimes(v *Verdict, add func(code, zh, en string)) {
	o := j.last().owed
	add("times", fmt.Sprintf("%s：已完成 %d 次，共需 %d 次", o.Often.ZH, v.Made, v.Times), fmt.Sprintf("%s: %d of %d visits made", o.Often.EN, v.Made, v.Times))
}

var outcomeText = map[inspection.Outcome]policy.Text{
	inspection.NoAccess: {ZH: "无法进入", EN: "no access"},
	inspection.Refused:  {ZH: "拒绝检查", EN: "refused"},
	inspection.NotFound: {ZH: "未找到", EN: "not found"},
	inspection.Partial:  {ZH: "仅检查了一部分", EN: "only a part was looked at"},
}

// jointVisit reports whether attempts lie on different days and different hours.
func jointVisit(attempts []*Visit, zone *time.Location, want int) bool {
	days, hours := map[string]bool{}, map[int]bool{}
	for _, a := range attempts {
		at := a.At.Time().In(zone)
		days[at.Format(time.DateOnly)] = true
		hours[at.Hour()] = true
	}
	return len(days) >= want && len(hours) >= want
}

// nearest is the done visit that came closest to meeting the duty, and why it
// did not: one in the period before one at another time. A visit to people who
// need care is none of another duty's.
func (j *judging) nearest() *Nearest {
	restricted := j.term.policy.Duties[j.duty].Restricted
	var best *Visit
	var why policy.Text
	rank := -1
	var away Moment
	for i := range j.history.Visits {
		v := &j.history.Visits[i]
		if v.Outcome != inspection.Done || v.Recorded >= j.sight.Known || v.At > j.sight.Until || (!restricted && j.term.policy.Discreet(v.Checklist)) {
			continue
		}
		if r, d, text := j.missed(v); r > rank || (r == rank && d < away) {
			best, why, rank, away = v, text, r, d
		}
	}
	if best == nil {
		return nil
	}
	return &Nearest{best.ID, best.At.Time(), why}
}

// missed says why a done visit did not meet the duty: how close it came (more
// is closer), how far away in time it was, and the words.
func (j *judging) missed(v *Visit) (rank int, away Moment, why policy.Text) {
	t := j.term
	switch {
	case v.At < t.opens:
		return 0, t.opens - v.At, policy.Text{ZH: "早于本期", EN: "before the period"}
	case v.At >= t.closes:
		return 0, v.At - t.closes, policy.Text{ZH: "晚于本期", EN: "after the period"}
	case v.Void < j.sight.Known:
		return 1, 0, policy.Text{ZH: "该记录已被更正", EN: "it was corrected"}
	case !t.policy.Serves(v.Checklist, j.duty):
		return 2, 0, policy.Text{ZH: "检查表 " + v.Checklist + " 不含本项职责", EN: "its checklist " + v.Checklist + " does not serve this duty"}
	case !j.owedOn(t.day(v.At)):
		return 2, 0, policy.Text{ZH: "早于登记日期", EN: "before the place was registered"}
	}
	if r := v.review(j.sight.Known); r != nil && !r.Accepted {
		return 3, 0, policy.Text{ZH: "经 " + r.Reviewer + " 复核不予认可：" + r.Reason, EN: "rejected by " + r.Reviewer + ": " + r.Reason}
	}
	return 3, 0, policy.Text{ZH: "与上次检查间隔不足，或次数未满", EN: "too close to the visit before, or more visits are wanted"}
}

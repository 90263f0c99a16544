package evidence

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// relations are what visits have to do with each other, by rows of a ledger.
type relations struct {
	hops   []hop
	runs   []run
	shared []sharing
	copies []reuse
}

func (r *Rules) relate(l *ledger) relations {
	return relations{r.hops(l), r.runs(l), r.sharings(l), reuses(l)}
}

// Related are the reasons of visits that depend on other visits, by the visit's
// id; a visit without any is not in the map. It depends neither on the order
// nor on repeats. What it sees reaches as far as the visits that it is given: a
// photo is new that was last used before them.
func (r *Rules) Related(visits []Visit, zone *time.Location) map[uuid.UUID][]Reason {
	l := newLedger(visits, zone)
	found := r.relate(l)
	out := map[uuid.UUID][]Reason{}
	add := func(row int32, c Code, other *Visit, zh, en string) {
		reason := Reason{Code: c, AtMost: r.atMost(c), ZH: zh, EN: en}
		if other != nil {
			reason.Other = other.ID
		}
		id := l.visits[row].ID
		out[id] = append(out[id], reason)
	}
	clock := func(row int32) string { return l.visits[row].At.In(zone).Format("2006-01-02 15:04:05") }

	for i, h := range found.hops {
		// A visit between two hops has the faster one.
		if i == 0 || found.hops[i-1].to != h.from || found.hops[i-1].kmh < h.kmh {
			zh, en := h.text("下", "next", clock(h.to))
			add(h.from, CodeSpeed, l.visits[h.to], zh, en)
		}
		if i+1 == len(found.hops) || found.hops[i+1].from != h.to || found.hops[i+1].kmh <= h.kmh {
			zh, en := h.text("上", "last", clock(h.from))
			add(h.to, CodeSpeed, l.visits[h.from], zh, en)
		}
	}
	for _, b := range found.runs {
		span := (l.at[b.last] - l.at[b.first]) / 1000
		zh := fmt.Sprintf("%s 起 %d 秒内上报 %d 次检查", clock(b.first), span, b.units)
		en := fmt.Sprintf("one of %d visits reported within %d s, from %s", b.units, span, clock(b.first))
		for row := b.first; row <= b.last; row++ {
			add(row, CodeBurst, nil, zh, en)
		}
	}
	for _, s := range found.shared {
		add(s.row, CodeSharedDevice, nil, fmt.Sprintf("该设备当日有 %d 名检查员使用", s.inspectors),
			fmt.Sprintf("%d inspectors used this device on that day", s.inspectors))
	}
	for _, c := range found.copies {
		whoZH, whoEN := "本人", "the same inspector's"
		if l.visits[c.earlier].Inspector != l.visits[c.later].Inspector {
			whoZH, whoEN = "他人", "another inspector's"
		}
		add(c.later, CodePhotoAgain, l.visits[c.earlier], fmt.Sprintf("照片与%s %s 的检查相同", whoZH, clock(c.earlier)),
			fmt.Sprintf("a photo is the same as in %s visit of %s", whoEN, clock(c.earlier)))
	}
	for _, reasons := range out {
		slices.SortStableFunc(reasons, func(a, b Reason) int { return int(a.Code) - int(b.Code) })
	}
	return out
}

// text says how fast somebody would have gone, seen from one of the two visits.
func (h *hop) text(zh, en, when string) (string, string) {
	return fmt.Sprintf("与%s一次检查（%s）至少相距 %.1f 公里、间隔 %.0f 分钟，合时速 %.0f 公里", zh, when, h.metres/1000, h.seconds/60, h.kmh),
		fmt.Sprintf("at least %.1f km from the %s visit (%s) and %.0f min apart: %.0f km/h", h.metres/1000, en, when, h.seconds/60, h.kmh)
}

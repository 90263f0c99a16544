package httpapi

import (
	"cmp"
	"net/http"
	"slices"

	"gridward/grids/coverage"
	"gridward/grids/coverage/forecast"
	"gridward/grids/coverage/policy"
)

// outlook is what is to be expected of a unit.
type outlook struct {
	Unit   string           `json:"unit"`
	Name   string           `json:"name"`
	Due    int              `json:"due"`
	Met    int              `json:"met"`
	Left   int              `json:"remaining"`
	Days   int              `json:"days_left"`
	Needed float64          `json:"needed_per_day"`
	Pace   float64          `json:"pace_per_day"`
	Strain bool             `json:"strained"`
	Known  bool             `json:"known"`
	Reason *forecast.Reason `json:"reason"`
	Chance *float64         `json:"chance"`
	Low    *int             `json:"low"`
	Mid    *int             `json:"mid"`
	High   *int             `json:"high"`
	Band   []bandDay        `json:"band,omitempty"`
}

type bandDay struct {
	Day  string `json:"day"`
	Low  int    `json:"low"`
	Mid  int    `json:"mid"`
	High int    `json:"high"`
}

// getForecast says what is to be expected of units: by the town or park that
// answers, or by community.
func (s *Server) getForecast(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "by", "unit", "class", "duty", "category", "period", "as_known_at", "as_of")
	now := s.now()
	by := coverage.By(cmp.Or(q.text("by"), string(coverage.ByTownLevel)))
	if by != coverage.ByTownLevel && by != coverage.ByCommunity && by != coverage.ByHolder {
		q.fail("parameter by must be town_level, community or holder")
	}
	c := q.coverage(a, now)
	if c.Class == 0 && c.Duty == "" {
		q.fail("parameter class or duty is needed: what differs in kind is not forecast together")
	}
	if q.err != nil {
		return q.err
	}
	c.Period = periodOf(a.view, c)
	only := ""
	if q.text("unit") != "" {
		only = c.Unit
	}
	c.Sees = nil
	zone := a.view.book.Policy().Zone()
	day := policy.DayAt(asOf(c, now), zone)
	items := []outlook{}
	for _, o := range a.view.book.Outlooks(c, by, only, now) {
		if !s.seesWhole(a, by, o.Unit) {
			continue
		}
		row := outlook{Unit: o.Unit, Name: s.keyName(a.view, by, o.Unit), Due: o.Due, Met: o.Met, Left: o.Remaining, Days: o.DaysLeft, Needed: o.NeededPerDay, Pace: o.PacePerDay, Strain: o.Strained, Known: o.Known}
		if o.Known {
			row.Chance, row.Low, row.Mid, row.High = &o.Chance, &o.LowMet, &o.MidMet, &o.HighMet
		} else {
			row.Reason = &o.Reason
		}
		for _, b := range o.Band {
			row.Band = append(row.Band, bandDay{(c.Period.First + policy.Day(b.Day)).String(), b.Low, b.Mid, b.High})
		}
		items = append(items, row)
	}
	return writeJSON(w, http.StatusOK, map[string]any{"period": c.Period.String(), "day": day.String(), "items": items, "as_known_at": nullTime(c.Known), "as_of": asOf(c, now)})
}

// periodOf is the period that a question about one class is about: the
// half-year around a month for a half-yearly class.
func periodOf(v *view, c coverage.Query) policy.Period {
	rules := v.book.Rules()
	i := rules.For(c.Period, c.Known)
	if i < 0 {
		return c.Period
	}
	for k := range rules[i].Duties {
		d := &rules[i].Duties[k]
		if d.Class == c.Class && c.Class > 0 && !d.Restricted || c.Duty == d.Duty {
			if list := rules[i].PeriodsOf(k, c.Period); len(list) > 0 && !slices.Contains(list, c.Period) {
				return list[len(list)-1]
			}
		}
	}
	return c.Period
}

// listMissed lists the open obligations that are most likely to be missed.
func (s *Server) listMissed(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, append([]string{"limit"}, coverageParams...)...)
	now := s.now()
	c := q.coverage(a, now)
	limit := q.limit()
	if c.Class == 0 && c.Duty == "" {
		q.fail("parameter class or duty is needed: what differs in kind is not forecast together")
	}
	if q.err != nil {
		return q.err
	}
	c.Period = periodOf(a.view, c)
	items := []map[string]any{}
	for _, m := range a.view.book.LikelyMissed(c, limit, now) {
		at := m.Fact.Anchor.Orb()
		var since *int
		if m.SinceDays >= 0 {
			since = &m.SinceDays
		}
		items = append(items, map[string]any{"place": m.Fact.ID, "name": m.Fact.Name, "address": m.Fact.Address, "category": m.Fact.Category, "lon": at[0], "lat": at[1], "town": m.Fact.Town, "community": m.Fact.Community, "grid": m.Fact.Grid,
			"duty": m.Duty.Duty, "chance": m.Chance, "missed_before": m.Risk.Missed > 0, "attempted": m.Attempted, "days_since": since})
	}
	return writeJSON(w, http.StatusOK, map[string]any{"period": c.Period.String(), "items": items, "as_known_at": nullTime(c.Known), "as_of": asOf(c, now)})
}

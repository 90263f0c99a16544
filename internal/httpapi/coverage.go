package httpapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
)

type states struct {
	Met       int `json:"met"`
	Attempted int `json:"attempted"`
	Open      int `json:"open"`
	Overdue   int `json:"overdue"`
	Excused   int `json:"excused"`
	Disputed  int `json:"disputed"`
}

// figures are a roll-up as the API shows it: integers, nothing rounded.
type figures struct {
	Complete *bool  `json:"complete"` // null: nothing is due
	Total    int    `json:"total"`    // the excused with them
	States   states `json:"states"`
	GapDays  *int   `json:"longest_gap_days"`
	Late     int    `json:"late"`         // of the met: reported after the period had ended only
	Astray   int    `json:"wrong_holder"` // of the met: visited by another body than the holder
}

func figuresOf(r coverage.Rollup) figures {
	f := figures{Complete: r.Complete(), Total: r.Total(), States: states{r.States[coverage.Met], r.States[coverage.Attempted],
		r.States[coverage.Open], r.States[coverage.Overdue], r.States[coverage.Excused], r.States[coverage.Disputed]}, Late: r.Late, Astray: r.Astray}
	if r.GapDays >= 0 {
		f.GapDays = &r.GapDays
	}
	return f
}

func (s *Server) getCoverage(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, coverageParams...)
	now := s.now()
	c := q.coverage(a, now)
	if q.err != nil {
		return q.err
	}
	var class any
	if c.Class != 0 {
		class = c.Class
	}
	// What was counted: one unit, or all of the asker's.
	units := []string{cmp.Or(c.TownLevel, c.Unit)}
	if units[0] == "" {
		if units = a.scope.Units; len(units) == 0 {
			units = []string{a.view.district.Code}
		}
	}
	var unit *string
	if len(units) == 1 {
		unit = &units[0]
	}
	return writeJSON(w, http.StatusOK, struct {
		Unit   *string  `json:"unit"` // null: several
		Units  []string `json:"units"`
		Period string   `json:"period"`
		Class  any      `json:"class"`
		figures
		Policy  string     `json:"policy"`
		KnownAt *time.Time `json:"as_known_at"`
		AsOf    time.Time  `json:"as_of"`
	}{unit, units, c.Period.String(), class, figuresOf(a.view.book.Coverage(c, now)), a.view.policyOf(c), nullTime(c.Known), asOf(c, now)})
}

func (s *Server) getRollup(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, append([]string{"by"}, coverageParams...)...)
	now := s.now()
	c := q.coverage(a, now)
	by := coverage.By(q.text("by"))
	if !slices.Contains(coverage.Breakdowns, by) {
		q.fail("parameter by must be one of %v", coverage.Breakdowns)
	}
	if q.err != nil {
		return q.err
	}
	type row struct {
		Key  string `json:"key"`
		Name string `json:"name"`
		figures
	}
	rows := []row{}
	for key, f := range a.view.book.Breakdown(c, by, now) {
		if !s.seesWhole(a, by, key) {
			continue
		}
		rows = append(rows, row{key, s.keyName(a.view, by, key), figuresOf(f)})
	}
	slices.SortFunc(rows, func(x, y row) int { return strings.Compare(x.Key, y.Key) })
	return writeJSON(w, http.StatusOK, map[string]any{"items": rows, "next": nil, "as_known_at": nullTime(c.Known), "as_of": asOf(c, now), "policy": a.view.policyOf(c)})
}

// seesWhole reports whether a row of a breakdown is all that its key names. A
// unit or grid that reaches beyond the asker's scope has no row, since the
// part counted would bear the name of the whole.
func (s *Server) seesWhole(a *asker, by coverage.By, key string) bool {
	switch by {
	case coverage.ByTown, coverage.ByPark, coverage.ByTownLevel, coverage.ByCommunity, coverage.ByHolder:
		u, ok := a.view.tree.Unit(key)
		return !ok || a.seesUnit(u)
	case coverage.ByGrid:
		i, ok := a.view.gridAt[key]
		return !ok || a.seesGrid(i)
	}
	return true
}

func (s *Server) keyName(v *view, by coverage.By, key string) string {
	switch by {
	case coverage.ByTown, coverage.ByPark, coverage.ByTownLevel, coverage.ByCommunity, coverage.ByHolder:
		if n := v.named(key); n != nil {
			return n.Name
		}
	case coverage.ByGrid:
		if i, ok := v.gridAt[key]; ok {
			return v.grids[i].Name
		}
	case coverage.ByPeriod:
		return key
	case coverage.ByDuty:
		if i, ok := v.book.Policy().DutyIndex(key); ok {
			return v.book.Policy().Duties[i].Name.ZH
		}
	case coverage.ByClass:
		for _, d := range v.book.Policy().Duties {
			if string(rune('0'+d.Class)) == key {
				return d.Name.ZH
			}
		}
	case coverage.ByCategory:
		if c, ok := v.book.Policy().Category(key); ok {
			return c.ZH
		}
	}
	return ""
}

// listObligations lists what is not met, or what is in a state.
func (s *Server) listObligations(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, append([]string{"state", "limit", "after", "f"}, coverageParams...)...)
	now := s.now()
	c := q.coverage(a, now)
	limit := q.limit()
	after := struct {
		Place  uuid.UUID `json:"p"`
		Duty   string    `json:"d"`
		Period string    `json:"t"`
	}{}
	q.cursor(&after)
	mark := coverage.Mark{Place: after.Place, Duty: after.Duty}
	if after.Place != uuid.Nil {
		var err error
		if mark.Period, err = policy.ParsePeriod(after.Period); err != nil {
			q.fail("parameter after must be taken from a next link")
		}
	}
	format := q.text("f")
	if format != "" && format != "geojson" && format != "json" {
		q.fail("parameter f must be json or geojson")
	}
	if q.err != nil {
		return q.err
	}
	items := a.view.book.Unmet(c, mark, limit, now)
	var more *string
	if len(items) == limit {
		last := items[limit-1].Mark()
		after.Place, after.Duty, after.Period = last.Place, last.Duty, last.Period.String()
		more = next(r, after)
	}
	rows := []map[string]any{}
	for _, it := range items {
		o := obligationOf(&it)
		unit, _ := coverage.Holder(it.Duty.Body, it.Verdict.Answers.Placement())
		at := it.Fact.Anchor.Orb()
		rows = append(rows, map[string]any{"place": it.Fact.ID, "layer": it.Fact.Layer, "category": it.Fact.Category, "name": it.Fact.Name, "address": it.Fact.Address,
			"lon": at[0], "lat": at[1], "grid": it.Fact.Grid, "town": it.Fact.Town, "community": it.Fact.Community,
			"duty": o.Duty, "class": o.Class, "period": o.Period, "state": o.State, "due": o.Due, "reasons": o.Reasons, "nearest": o.Nearest,
			"holder": map[string]any{"body": it.Duty.Body, "unit": a.view.named(unit)}})
	}
	if format != "geojson" && !strings.Contains(r.Header.Get("Accept"), geoJSON) {
		return writeJSON(w, http.StatusOK, page{rows, more})
	}
	out := collection{Type: "FeatureCollection", Features: []feature{}, Next: more}
	for _, row := range rows {
		at := orb.Point{row["lon"].(float64), row["lat"].(float64)}
		delete(row, "lon")
		delete(row, "lat")
		out.Features = append(out.Features, feature{"Feature", row["place"].(uuid.UUID).String() + "/" + row["duty"].(string) + "/" + row["period"].(string), shapeOf(at), row, nil})
	}
	return writeAs(w, http.StatusOK, geoJSON, out)
}

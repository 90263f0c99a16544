package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"gridward/grids/coverage/policy"
	"gridward/grids/roster"
	"gridward/internal/postgres"
)

// maxSpan bounds the days of one question about vacancies.
const maxSpan = 400

// rosterOver reads the roster for a span of days and the grids that the asker
// sees, those of a unit or with a code if one is named. Who answers for a community's grid is
// often the town's: the roster is read past the scope, and shown for the asker's
// own grids only.
func (s *Server) rosterOver(ctx context.Context, a *asker, over roster.Span, unit string, codes ...string) (*roster.Roster, []roster.Grid, error) {
	var of roster.Records
	var grids []roster.Grid
	err := s.db.Read(ctx, postgres.API, a.live.scope(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		if of, err = roster.Read(ctx, tx, over, codes); err != nil {
			return err
		}
		grids, err = roster.Grids(ctx, tx, over, codes)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	grids = slices.DeleteFunc(grids, func(g roster.Grid) bool {
		return !a.scope.Sees(g.Town, g.Park, g.Community) || (unit != "" && unit != g.Town && unit != g.Park && unit != g.Community)
	})
	return roster.New(of), grids, nil
}

// coded is a reason with its texts.
type coded struct {
	Code string `json:"code"`
	policy.Text
}

var reasonTexts = map[roster.Reason]policy.Text{
	roster.Posted:     {ZH: "派驻该网格", EN: "is posted to the grid"},
	roster.Substitute: {ZH: "替班", EN: "stands in for the one before"},
	roster.TeamOf:     {ZH: "派驻人员所在队伍", EN: "is the team of the person posted"},
	roster.Territory:  {ZH: "无人在岗，属地兜底", EN: "by territory, since nobody else answers"},
	roster.NotPosted:  {ZH: "无人派驻", EN: "nobody is posted"},
	roster.Absent:     {ZH: "不在岗", EN: "is away"},
	roster.Gone:       {ZH: "当日不在编", EN: "is not with the unit on that day"},
	roster.Circle:     {ZH: "替班安排循环", EN: "is away, and the substitutes name each other in a circle"},
}

var offTexts = map[roster.Off]policy.Text{
	roster.OffGone:    {ZH: "当日不在编", EN: "is not with the unit on that day"},
	roster.OffAbsent:  {ZH: "请假缺勤", EN: "is away"},
	roster.OffHoliday: {ZH: "节假日", EN: "has a day off"},
	roster.OffShift:   {ZH: "当日无班次", EN: "has no shift on that day"},
}

func reasonOf(r roster.Reason) *coded {
	if r == "" {
		return nil
	}
	return &coded{string(r), reasonTexts[r]}
}

func offOf(o roster.Off) *coded {
	if o == "" {
		return nil
	}
	return &coded{string(o), offTexts[o]}
}

// shownHolder is a person, team or unit by name.
type shownHolder struct {
	Kind roster.HolderKind `json:"kind"`
	ID   any               `json:"id"`   // of a person or team
	Unit *named            `json:"unit"` // that it is or belongs to
	Name string            `json:"name"`
}

func (v *view) holderOf(of *roster.Roster, h roster.Holder) shownHolder {
	out := shownHolder{Kind: h.Kind, ID: shownID(h.ID)}
	switch h.Kind {
	case roster.APerson:
		if p := of.Person(h.ID); p != nil {
			out.Name, out.Unit = p.Name, v.named(p.Unit)
		}
	case roster.ATeam:
		if t := of.Team(h.ID); t != nil {
			out.Name, out.Unit = t.Name, v.named(t.Unit)
		}
	case roster.AUnit:
		if out.Unit = v.named(h.Unit); out.Unit != nil {
			out.Name = out.Unit.Name
		}
	}
	return out
}

// getRoster says who answers for each class of each grid on a day, and why.
func (s *Server) getRoster(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "day", "unit", "class", "grid", "limit", "after")
	on, unit, class, grid, limit := q.day("day", a.view.day), q.unit(a), q.number("class", 1, 3, 0), q.text("grid"), q.limit()
	var after struct {
		Grid  string `json:"g"`
		Class int    `json:"c"`
	}
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	var codes []string
	if grid != "" {
		codes = []string{grid}
	}
	of, grids, err := s.rosterOver(r.Context(), a, roster.Span{From: on, To: on.AddDate(0, 0, 1)}, unit, codes...)
	if err != nil {
		return err
	}
	type step struct {
		shownHolder
		Came   *coded `json:"came"`
		Passed *coded `json:"passed"`
	}
	items := []map[string]any{}
	out := page{}
	for i := range grids {
		g := &grids[i]
		for _, c := range roster.Classes {
			if (class != 0 && c != class) || cmp.Or(cmp.Compare(g.Code, after.Grid), cmp.Compare(c, after.Class)) <= 0 {
				continue
			}
			if len(items) == limit {
				out.Next = next(r, after)
				out.Items = items
				return writeJSON(w, http.StatusOK, out)
			}
			answer := of.Answer(on, g, c)
			var steps []step
			for _, p := range answer.Steps {
				steps = append(steps, step{a.view.holderOf(of, p.Holder), reasonOf(p.Came), reasonOf(p.Passed)})
			}
			item := map[string]any{"grid": g.Code, "name": g.Name, "town": g.Town, "community": g.Community, "class": c, "posting": shownID(answer.Posting),
				"holder": steps[len(steps)-1].shownHolder, "vacant": answer.Vacant(), "why": reasonOf(answer.Why()), "steps": steps, "works": nil, "off": nil}
			if h := answer.Holder(); h.Kind == roster.APerson {
				off := of.Works(on, h.ID)
				item["works"], item["off"] = off == "", offOf(off)
			}
			items = append(items, item)
			after.Grid, after.Class = g.Code, c
		}
	}
	out.Items = items
	return writeJSON(w, http.StatusOK, out)
}

// span reads the days of a question; a month from today without them.
func (q *query) span(a *asker) roster.Span {
	from := q.day("from", a.view.day)
	over := roster.Span{From: from, To: q.day("to", from.AddDate(0, 0, 31))}
	if !over.From.Before(over.To) || over.To.After(over.From.AddDate(0, 0, maxSpan)) {
		q.fail("to must lie 1 to %d days after from", maxSpan)
	}
	return over
}

// place is where the next page of a list by grid, class and day begins.
type place struct {
	Grid  string `json:"g"`
	Class int    `json:"c"`
	From  string `json:"d"`
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.Grid, o.Grid), cmp.Compare(p.Class, o.Class), cmp.Compare(p.From, o.From))
}

func placeOf(grid string, class int, from time.Time) place {
	return place{grid, class, from.Format(time.DateOnly)}
}

// pageOf shows the rows that come after a place, as many as a page holds. The
// rows are in the order of their places.
func pageOf[T any](r *http.Request, limit int, after place, rows []T, show func(*T) (place, map[string]any)) page {
	items := []map[string]any{}
	out := page{}
	for i := range rows {
		at, item := show(&rows[i])
		if at.compare(after) <= 0 {
			continue
		}
		if len(items) == limit {
			out.Next = next(r, after)
			break
		}
		items, after = append(items, item), at
	}
	out.Items = items
	return out
}

// listVacancies lists the classes of grids that nobody but the unit answers for.
func (s *Server) listVacancies(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "from", "to", "unit", "limit", "after")
	over, unit, limit := q.span(a), q.unit(a), q.limit()
	var after place
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	of, grids, err := s.rosterOver(r.Context(), a, over, unit)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, pageOf(r, limit, after, of.Vacancies(over, grids), func(v *roster.Vacancy) (place, map[string]any) {
		return placeOf(v.Grid, v.Class, v.From), map[string]any{"grid": v.Grid, "class": v.Class, "town": v.Town, "community": v.Community, "unit": a.view.named(v.Unit),
			"from": shownDay(v.From), "to": shownDay(v.To), "posting": shownID(v.Posting), "why": reasonOf(v.Why)}
	}))
}

// listStale lists the postings to grids that are in no plan any more, or not yet.
func (s *Server) listStale(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "from", "to", "unit", "limit", "after")
	over, unit, limit := q.span(a), q.unit(a), q.limit()
	var after place
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	of, grids, err := s.rosterOver(r.Context(), a, over, unit)
	if err != nil {
		return err
	}
	// Grids of others were left out above: a posting of theirs only looks stale.
	stale := slices.DeleteFunc(of.Stale(over, grids), func(v roster.Stale) bool {
		p := &v.Posting
		return !a.scope.Sees(p.Town, p.Park, p.Community) || (unit != "" && unit != p.Town && unit != p.Park && unit != p.Community)
	})
	return writeJSON(w, http.StatusOK, pageOf(r, limit, after, stale, func(v *roster.Stale) (place, map[string]any) {
		return placeOf(v.Posting.Grid, v.Posting.Class, v.From), map[string]any{"posting": postingJSON(&v.Posting), "from": shownDay(v.From), "to": shownDay(v.To)}
	}))
}

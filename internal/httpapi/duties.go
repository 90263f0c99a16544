package httpapi

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/roster"
)

// listDuties lists what waits for a visit, the most urgent first: of a unit, a
// holder, a grid or an inspector of the roster, as JSON, CSV or GeoJSON. This is
// what routes are made of.
func (s *Server) listDuties(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, append([]string{"state", "inspector", "limit", "after", "f"}, coverageParams...)...)
	now := s.now()
	c := q.coverage(a, now)
	limit := q.limit()
	inspector := q.id("inspector")
	skip := 0
	q.cursor(&skip)
	format := q.text("f")
	if format == "" && strings.Contains(r.Header.Get("Accept"), geoJSON) {
		format = "geojson"
	}
	if format != "" && format != "json" && format != "csv" && format != "geojson" {
		q.fail("parameter f must be json, csv or geojson")
	}
	if skip < 0 {
		q.fail("parameter after must be taken from a next link")
	}
	if q.err != nil {
		return q.err
	}
	if inspector != uuid.Nil {
		answers, err := s.answersOf(r, a, inspector)
		if err != nil {
			return err
		}
		c.Among = answers
	}
	heat := a.view.heat
	list, total := a.view.book.DueList(c, func(place uuid.UUID) coverage.HazardsAt {
		open, worst := heat.OpenAt(place)
		return coverage.HazardsAt{Open: open, Worst: worst}
	}, skip, limit, now)
	var more *string
	if skip+len(list) < total {
		more = next(r, skip+len(list))
	}
	rows := make([]dutyRow, len(list))
	for i := range list {
		rows[i] = a.view.dutyRow(&list[i])
	}
	switch format {
	case "csv":
		return writeDutiesCSV(w, rows, more)
	case "geojson":
		out := collection{Type: "FeatureCollection", Features: []feature{}, Next: more}
		for i := range rows {
			at := list[i].Fact.Anchor.Orb()
			out.Features = append(out.Features, feature{"Feature", rows[i].Place.String() + "/" + rows[i].Duty + "/" + rows[i].Period, shapeOf(at), rows[i], nil})
		}
		return writeAs(w, http.StatusOK, geoJSON, out)
	}
	return writeJSON(w, http.StatusOK, struct {
		Items   []dutyRow  `json:"items"`
		Total   int        `json:"total"`
		Next    *string    `json:"next"`
		KnownAt *time.Time `json:"as_known_at"`
		AsOf    time.Time  `json:"as_of"`
	}{rows, total, more, nullTime(c.Known), asOf(c, now)})
}

// dutyRow is one line of a due list.
type dutyRow struct {
	Place     uuid.UUID         `json:"place"`
	Layer     string            `json:"layer"`
	Category  string            `json:"category"`
	Name      string            `json:"name"`
	Address   string            `json:"address"`
	Lon       float64           `json:"lon"`
	Lat       float64           `json:"lat"`
	Town      string            `json:"town"`
	Community string            `json:"community"`
	Grid      string            `json:"grid"`
	Duty      string            `json:"duty"`
	Class     int               `json:"class"`
	Checklist string            `json:"checklist"`
	Period    string            `json:"period"`
	State     string            `json:"state"`
	Due       string            `json:"due"`
	DaysLeft  int               `json:"days_left"`
	NotBefore string            `json:"not_before"`
	Made      int               `json:"made"`
	Times     int               `json:"times"`
	Risk      int16             `json:"risk"`
	LastVisit *time.Time        `json:"last_visit"`
	DaysSince *int              `json:"days_since"`
	Hazards   int               `json:"open_hazards"`
	Worst     int16             `json:"worst_hazard"`
	Urgency   float64           `json:"urgency"`
	Minutes   float64           `json:"minutes"` // of a visit, by the policy
	Holder    *named            `json:"holder"`
	Reasons   []coverage.Reason `json:"reasons"`
}

func (v *view) dutyRow(d *coverage.Due) dutyRow {
	at := d.Fact.Anchor.Orb()
	row := dutyRow{Place: d.Fact.ID, Layer: d.Fact.Layer, Category: d.Fact.Category, Name: d.Fact.Name, Address: d.Fact.Address, Lon: at[0], Lat: at[1],
		Town: d.Fact.Town, Community: d.Fact.Community, Grid: d.Fact.Grid, Duty: d.Duty.Duty, Class: d.Duty.Class, Checklist: d.Duty.Checklist, Period: d.Period.String(),
		State: d.Verdict.State.String(), Due: d.Verdict.Due.String(), DaysLeft: d.DaysLeft, NotBefore: d.From.String(), Made: d.Verdict.Made, Times: d.Verdict.Times,
		Risk: d.Fact.Risk, Hazards: d.Hazards, Worst: d.Worst, Urgency: d.Urgency, Minutes: d.Policy.VisitMinutes(d.Fact.Category), Holder: v.holderAt(d.Duty, d.Verdict.Answers), Reasons: d.Verdict.Reasons}
	if !d.LastVisit.IsZero() {
		row.LastVisit = &d.LastVisit
	}
	if d.DaysSince >= 0 {
		row.DaysSince = &d.DaysSince
	}
	return row
}

// writeDutiesCSV writes a list for spreadsheets; the next page's address stands
// in a header.
func writeDutiesCSV(w http.ResponseWriter, rows []dutyRow, more *string) error {
	var b strings.Builder
	b.WriteString("\ufeff") // or spreadsheets take the Chinese for something else
	out := csv.NewWriter(&b)
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	out.Write(strings.Split("place,name,address,category,lon,lat,town,community,grid,duty,class,period,state,due,days_left,not_before,made,times,risk,last_visit,open_hazards,urgency,holder,reason", ","))
	for _, r := range rows {
		last, holder, reason := "", "", ""
		if r.LastVisit != nil {
			last = r.LastVisit.Format(time.RFC3339)
		}
		if r.Holder != nil {
			holder = r.Holder.Name
		}
		if len(r.Reasons) > 0 {
			reason = r.Reasons[0].ZH
		}
		cells := []string{r.Place.String(), r.Name, r.Address, r.Category, number(r.Lon), number(r.Lat), r.Town, r.Community, r.Grid, r.Duty, fmt.Sprint(r.Class), r.Period, r.State, r.Due,
			fmt.Sprint(r.DaysLeft), r.NotBefore, fmt.Sprint(r.Made), fmt.Sprint(r.Times), fmt.Sprint(r.Risk), last, fmt.Sprint(r.Hazards), number(r.Urgency), holder, reason}
		for i, c := range cells {
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) && i < 4 {
				cells[i] = "'" + c // a name is no formula
			}
		}
		out.Write(cells)
	}
	out.Flush()
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="duties.csv"`)
	h.Set("Cache-Control", "private, no-cache")
	if more != nil {
		h.Set("Link", "<"+*more+`>; rel="next"`)
	}
	_, err := w.Write([]byte(b.String()))
	return err
}

// answersOf are the grids and classes that a person of the roster answers for today.
func (s *Server) answersOf(r *http.Request, a *asker, person uuid.UUID) (map[coverage.Post]bool, error) {
	people, grids, err := s.rosterOver(r.Context(), a, roster.Span{From: a.view.day, To: a.view.day.AddDate(0, 0, 1)}, "")
	if err != nil {
		return nil, err
	}
	p := people.Person(person)
	if p == nil || !a.scope.Sees(p.Town, p.Park, p.Community) {
		return nil, notFound("person %s", person)
	}
	out := map[coverage.Post]bool{}
	for _, c := range people.Duties(a.view.day, person, grids, nil).Charges {
		out[coverage.Post{Grid: c.Grid, Class: c.Class}] = true
	}
	return out, nil
}

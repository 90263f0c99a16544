package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/policy"
	"gridward/grids/roster"
	"gridward/internal/auth"
	"gridward/internal/postgres"
)

// staff gives each town a team with two people: the first is posted to class I
// of the town's grid and away for three days with the other standing in. A
// posting to a grid that no plan has is stale. The whole district has a week off.
func (w *world) staff(t *testing.T) map[string]roster.Records {
	t.Helper()
	out := map[string]roster.Records{}
	day := func(d int) time.Time { return time.Date(2026, 10, d, 0, 0, 0, 0, time.UTC) }
	from := roster.Span{From: day(1)}
	for town, community := range map[string]string{westTown: westComm, eastTown: eastComm} {
		team := roster.Team{ID: uuid.New(), Name: "队" + community, Unit: community, Body: policy.CommunityStaff, Span: from, Town: town, Community: community}
		of := roster.Records{Teams: []roster.Team{team}}
		for i := range 2 {
			of.People = append(of.People, roster.Person{ID: uuid.New(), Name: fmt.Sprint(community, "-", i), Kind: roster.CommunityFullTime, Unit: community, Team: team.ID, Span: from, Town: town, Community: community})
		}
		for _, grid := range []string{"001", "009"} {
			of.Postings = append(of.Postings, roster.Posting{ID: uuid.New(), Grid: community + grid, Class: 1, Person: of.People[0].ID, Span: from, Town: town, Community: community})
		}
		of.Absences = []roster.Absence{{ID: uuid.New(), Person: of.People[0].ID, Reason: "leave", Substitute: of.People[1].ID, Span: roster.Span{From: day(20), To: day(23)}, Town: town, Community: community}}
		out[town] = of
	}
	w.write(t, func(ctx context.Context, tx *postgres.Tx) error {
		for _, of := range out {
			if err := roster.Load(ctx, tx, of); err != nil {
				return err
			}
		}
		return roster.Load(ctx, tx, roster.Records{Holidays: []roster.Holiday{{ID: uuid.New(), Unit: whole, Name: "国庆节", Span: roster.Span{From: day(1), To: day(8)}}}})
	})
	return out
}

func (w *world) write(t *testing.T, fn func(context.Context, *postgres.Tx) error) {
	t.Helper()
	if err := w.db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district}, fn); err != nil {
		t.Fatal(err)
	}
}

// account makes an account while the server runs.
func (w *world) account(t *testing.T, name string, role auth.Role, units ...string) {
	t.Helper()
	w.write(t, func(ctx context.Context, tx *postgres.Tx) (err error) {
		_, w.tokens[name], err = auth.Create(ctx, tx, name, role, units, w.now, time.Time{})
		return err
	})
}

type rosterPage struct {
	Items []struct {
		Grid   string
		Class  int
		Holder struct{ Kind, Name string }
		Vacant bool
		Why    *struct{ Code, ZH string }
		Works  *bool
		Off    *struct{ Code string }
		Steps  []struct {
			Name string
			Came struct{ Code string }
		}
		From, To string
	}
	Next *string
}

// TestATownStaffsItsGrid does by the API what a planner does: a team, people,
// postings, an absence; and asks after each step who answers.
func TestATownStaffsItsGrid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.account(t, "planner", auth.Planner, westTown)
	w.account(t, "other", auth.Planner, eastTown)
	w.account(t, "village", auth.Viewer, westComm)
	grid := westComm + "001"
	send := func(who, method, path string, want int, body map[string]any) answer {
		t.Helper()
		a := w.ask(t, who, method, path, body)
		if a.code != want {
			t.Fatalf("%s %s %s as %s: %d %s, want %d", method, path, body, who, a.code, a.body, want)
		}
		if again := w.ask(t, who, method, path, body); want < 300 && (again.code != http.StatusOK || !bytes.Equal(again.body, a.body)) {
			t.Errorf("%s %s again: %d %s, first %s", method, path, again.code, again.body, a.body)
		}
		return a
	}
	ask := func(who, path string) (p rosterPage) {
		t.Helper()
		a := w.ask(t, who, "GET", path, nil)
		if a.code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.code, a.body)
		}
		a.json(t, &p)
		return p
	}
	// Nobody is posted: the units answer by territory, and all is vacant.
	if p := ask("planner", "/api/roster"); len(p.Items) != 3 || !p.Items[0].Vacant || p.Items[0].Holder.Name != "西村" || p.Items[1].Holder.Name != "西镇" || p.Items[2].Why.Code != "not_posted" || p.Items[2].Why.ZH == "" {
		t.Errorf("nobody is posted: %+v", p)
	}
	if p := ask("planner", "/api/roster/vacancies?from=2026-10-01&to=2026-11-01"); len(p.Items) != 3 || p.Items[0].From != "2026-10-01" || p.Items[0].To != "2026-11-01" {
		t.Errorf("vacancies: %+v", p)
	}
	team, wang, li := uuid.New(), uuid.New(), uuid.New()
	newTeam := map[string]any{"id": team, "name": "西镇巡查队", "unit": westTown, "body": "town_patrol", "provider": "某保安公司", "from": "2026-10-01"}
	send("west", "POST", "/api/teams", http.StatusForbidden, newTeam)
	send("other", "POST", "/api/teams", http.StatusNotFound, newTeam)
	send("planner", "POST", "/api/teams", http.StatusCreated, newTeam)
	for id, name := range map[uuid.UUID]string{wang: "王", li: "李"} {
		send("planner", "POST", "/api/people", http.StatusCreated, map[string]any{"id": id, "name": name, "kind": "grid_patrol", "unit": westTown, "team": team, "skills": []string{"发现火灾隐患"},
			"hours_per_month": 160, "shifts": []map[string]any{{"weekday": 2, "from": "08:00", "to": "16:00"}, {"weekday": 3, "from": "08:00", "to": "16:00"}}, "from": "2026-10-01"})
	}
	send("planner", "POST", "/api/people", http.StatusUnprocessableEntity, map[string]any{"id": uuid.New(), "name": "", "kind": "king", "unit": "1", "from": "2026-10-02", "to": "2026-10-01"})
	post := func(class int, from string) map[string]any {
		return map[string]any{"id": uuid.New(), "grid": grid, "class": class, "person": wang, "from": from}
	}
	first := post(2, "2026-10-10")
	send("other", "POST", "/api/postings", http.StatusNotFound, first)
	send("planner", "POST", "/api/postings", http.StatusNotFound, map[string]any{"id": uuid.New(), "grid": westComm + "777", "class": 2, "person": wang, "from": "2026-10-10"})
	send("planner", "POST", "/api/postings", http.StatusCreated, first)
	taken := send("planner", "POST", "/api/postings", http.StatusConflict, post(2, "2026-12-01"))
	if !bytes.Contains(taken.body, []byte("/problems/taken")) {
		t.Errorf("a day that is taken: %s", taken.body)
	}
	send("planner", "POST", "/api/postings", http.StatusCreated, map[string]any{"id": uuid.New(), "grid": grid, "class": 3, "team": team, "from": "2026-10-10"})
	path := "/api/roster?class=2&day="
	if p := ask("planner", path+"2026-10-20"); p.Items[0].Holder.Name != "王" || p.Items[0].Vacant || p.Items[0].Works == nil || !*p.Items[0].Works {
		t.Errorf("posted: %+v", p)
	}
	if p := ask("planner", path+"2026-10-22"); p.Items[0].Holder.Name != "王" || *p.Items[0].Works || p.Items[0].Off.Code != "shift" {
		t.Errorf("on a Thursday without a shift: %+v", p)
	}
	if p := ask("planner", path+"2026-10-09"); !p.Items[0].Vacant {
		t.Errorf("before the first day: %+v", p)
	}
	absence := uuid.New()
	send("planner", "POST", "/api/absences", http.StatusCreated, map[string]any{"id": absence, "person": wang, "reason": "sick", "substitute": li, "from": "2026-10-20", "to": "2026-10-25"})
	if p := ask("village", path+"2026-10-20"); len(p.Items) != 1 || p.Items[0].Holder.Name != "李" || len(p.Items[0].Steps) != 2 || p.Items[0].Steps[1].Came.Code != "substitute" {
		t.Errorf("the village asks who patrols its grid while 王 is away: %+v", p)
	}
	if a := w.ask(t, "village", "GET", "/api/people", nil); strings.Contains(string(a.body), "王") {
		t.Errorf("the village lists the town's people: %s", a.body)
	}
	send("planner", "PATCH", "/api/absences/"+absence.String(), http.StatusOK, map[string]any{"id": uuid.New(), "version": 1, "substitute": nil})
	if p := ask("planner", path+"2026-10-20"); p.Items[0].Holder.Kind != "team" || p.Items[0].Vacant {
		t.Errorf("nobody stands in: %+v", p)
	}
	change := map[string]any{"id": uuid.New(), "version": 1, "team": nil, "hours_per_month": 80}
	send("other", "PATCH", "/api/people/"+wang.String(), http.StatusNotFound, change)
	send("planner", "PATCH", "/api/people/"+wang.String(), http.StatusOK, change)
	send("planner", "PATCH", "/api/people/"+wang.String(), http.StatusConflict, map[string]any{"id": uuid.New(), "version": 1, "name": "x"})
	if p := ask("planner", path+"2026-10-20"); !p.Items[0].Vacant || p.Items[0].Why.Code != "absent" || p.Items[0].Holder.Name != "西镇" {
		t.Errorf("nobody stands in and there is no team: %+v", p)
	}
	if p := ask("planner", "/api/roster/vacancies?from=2026-10-12&to=2026-11-12&limit=1"); len(p.Items) != 1 || p.Items[0].Class != 1 || p.Next == nil {
		t.Errorf("the first vacancy: %+v", p)
	} else if p := ask("planner", *p.Next); len(p.Items) != 1 || p.Items[0].Class != 2 || p.Items[0].From != "2026-10-20" || p.Items[0].To != "2026-10-25" || p.Next != nil {
		t.Errorf("the last vacancy: %+v", p)
	}
	send("planner", "PATCH", "/api/postings/"+first["id"].(uuid.UUID).String(), http.StatusOK, map[string]any{"id": uuid.New(), "version": 1, "to": "2026-12-01"})
	send("planner", "POST", "/api/postings", http.StatusCreated, post(2, "2026-12-01"))
	send("planner", "PATCH", "/api/teams/"+team.String(), http.StatusOK, map[string]any{"id": uuid.New(), "version": 1, "name": "西镇一队"})
	holiday := map[string]any{"id": uuid.New(), "unit": westTown, "name": "调休", "from": "2026-10-27", "to": "2026-10-29"}
	send("planner", "POST", "/api/holidays", http.StatusCreated, holiday)
	var got struct {
		Works   bool
		Off     *struct{ Code string }
		Charges []struct {
			Class int
			As    struct{ Code string }
		}
	}
	answers := "/api/people/" + li.String() + "/answers?day=2026-10-27"
	w.ask(t, "planner", "GET", answers, nil).json(t, &got)
	if got.Works || got.Off.Code != "holiday" || len(got.Charges) != 1 || got.Charges[0].Class != 3 || got.Charges[0].As.Code != "team" {
		t.Errorf("what 李 answers for: %+v", got)
	}
	send("planner", "PATCH", "/api/holidays/"+holiday["id"].(uuid.UUID).String(), http.StatusOK, map[string]any{"id": uuid.New(), "version": 1, "to": "2026-10-27"})
	w.ask(t, "planner", "GET", answers, nil).json(t, &got)
	if !got.Works {
		t.Errorf("after the holiday was withdrawn: %+v", got)
	}
	for _, bad := range []string{"/api/roster?day=tomorrow", "/api/roster/vacancies?from=2026-10-02&to=2026-10-02", "/api/roster/vacancies?to=2028-01-01", "/api/people?team=x", "/api/teams?after=x"} {
		if a := w.ask(t, "planner", "GET", bad, nil); a.code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, a.code, a.body)
		}
	}
}

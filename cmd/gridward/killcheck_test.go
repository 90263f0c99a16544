package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

// checkTable holds the register to what was acknowledged.
func (s *storm) checkTable(db *postgres.DB) {
	t := s.t
	conn, err := pgx.Connect(t.Context(), db.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	s.rows = map[uuid.UUID]*report{}
	rows, err := conn.Query(t.Context(), `select id, place, device_at, inspector, unit, outcome, checklist, st_x(position), st_y(position), accuracy_m, dwell_s, device, mock,
		(select coalesce(array_agg(encode(p, 'hex')), '{}') from unnest(photos) p), walk, corrects, note, town, (extract(epoch from device_at - at) * 1e6)::bigint, (distance_m is null) = (position is null) and received_at between $1 and now() from gridward.inspection`, s.now)
	if err != nil {
		t.Fatal(err)
	}
	var v report
	var skew int64
	var sound bool
	if _, err := pgx.ForEachRow(rows, []any{&v.ID, &v.Place, &v.At, &v.Inspector, &v.Unit, &v.Outcome, &v.Checklist, &v.Lon, &v.Lat, &v.AccuracyM, &v.DwellS, &v.Device, &v.Mock, &v.Photos, &v.Walk, &v.Corrects, &v.Note, &v.town, &skew, &sound}, func() error {
		if s.rows[v.ID] != nil {
			t.Errorf("visit %s is there twice", v.ID)
		}
		one := v
		one.skew = time.Duration(skew) * time.Microsecond
		s.rows[v.ID] = &one
		if !sound {
			t.Errorf("visit %s: when it was received or how far from the place it was is wrong", v.ID)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sent := map[uuid.UUID][]*report{}
	for _, v := range s.all {
		sent[v.ID] = append(sent[v.ID], v)
		row := s.rows[v.ID]
		switch {
		case s.acks[v] && row == nil:
			t.Errorf("acknowledged, and not there: %s", v.words())
		case s.acks[v] && (row.words() != v.words() || row.town != v.town || (row.skew-v.skew).Abs() > time.Minute):
			t.Errorf("acknowledged:\n%s\nand there is:\n%s", v.words(), row.words())
		}
	}
	for id, several := range sent {
		taken := 0
		for _, v := range several {
			if s.acks[v] {
				taken++
			}
		}
		if taken > 1 || taken == 0 && several[0].fate < may {
			t.Errorf("of %d reports under the id %s %d were taken", len(several), id, taken)
		}
	}
	for id, row := range s.rows {
		if !slices.ContainsFunc(sent[id], func(v *report) bool { return s.acks[v] }) {
			t.Errorf("never acknowledged, and there: %s", row.words())
		}
	}
	// Each was learned once, said once to the feed, and so were the hazards that it found.
	for what, query := range map[string]string{
		"audit":  `select (jsonb_array_elements_text(detail->'ids'))::uuid from gridward.audit where kind = 'inspections'`,
		"feed":   `select (jsonb_array_elements_text(detail->'ids'))::uuid from gridward.change_feed where topic = 'inspections'`,
		"hazard": `select inspection from gridward.hazard`,
	} {
		rows, err := conn.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			t.Fatal(err)
		}
		want := map[uuid.UUID]bool{}
		for id := range s.rows {
			want[id] = what != "hazard" || slices.ContainsFunc(sent[id], func(v *report) bool { return s.acks[v] && len(v.Hazards) > 0 })
		}
		maps.DeleteFunc(want, func(_ uuid.UUID, is bool) bool { return !is })
		for _, id := range ids {
			if !want[id] {
				t.Errorf("%s: visit %s is there twice, or need not be", what, id)
			}
			delete(want, id)
		}
		if len(want) > 0 {
			t.Errorf("%s: %d visits are not there", what, len(want))
		}
	}
}

// periods are those in which the visits were made.
func (s *storm) periods() []policy.Period {
	day := policy.DateOf(s.now, time.FixedZone("", 8*60*60))
	month := policy.Containing(day, policy.Month).FirstDay()
	return []policy.Period{policy.Containing(month, policy.Month), policy.Containing(month.AddDate(0, -1, 0), policy.Month), policy.Containing(month.AddDate(0, -2, 0), policy.Month), policy.Containing(day, policy.HalfYear)}
}

var listed = []coverage.State{coverage.NotDue, coverage.Met, coverage.Disputed}

// questions are the addresses of all figures and lists that are compared.
func (s *storm) questions() []string {
	var out []string
	for _, p := range s.periods() {
		out = append(out, "/api/coverage?period="+p.String())
		for _, by := range coverage.Breakdowns {
			out = append(out, fmt.Sprintf("/api/coverage/rollup?period=%s&by=%s", p, by))
		}
		for _, state := range listed {
			q := fmt.Sprintf("/api/coverage/places?period=%s&limit=1000", p)
			if state != coverage.NotDue {
				q += "&state=" + state.String()
			}
			out = append(out, q)
		}
	}
	return out
}

// get is an answer of the service but the moment at which it was given, lists with all their pages.
func (s *storm) get(ctx context.Context, address string) (map[string]any, error) {
	var whole map[string]any
	for next := address; next != ""; {
		code, raw, err := ask(ctx, http.DefaultClient, s.tokens[0], "GET", "http://"+s.addr+next, nil)
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("%d %s", code, raw)
		}
		var answer map[string]any
		if err == nil {
			err = json.Unmarshal(raw, &answer)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", next, err)
		}
		next, _ = answer["next"].(string)
		delete(answer, "next")
		delete(answer, "as_of")
		if whole == nil {
			whole = answer
		} else {
			whole["items"] = append(whole["items"].([]any), answer["items"].([]any)...)
		}
	}
	return whole, nil
}

// gather asks all questions, and why some places stand as they do.
func (s *storm) gather() (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	addresses := s.questions()
	for i := range 200 {
		addresses = append(addresses, fmt.Sprintf("/api/coverage/places/%s?period=%s", s.places[i*len(s.places)/200].id, s.periods()[i%4]))
	}
	for _, q := range addresses {
		answer, err := s.get(s.t.Context(), q)
		if err != nil {
			return nil, err
		}
		out[q] = answer
	}
	return out, nil
}

// expected are the answers to the questions by a book that is read anew, as far as a book tells.
func (s *storm) expected(db *postgres.DB) map[string]map[string]any {
	set, err := layers.Shipped()
	if err != nil {
		s.t.Fatal(err)
	}
	var book *coverage.Book
	now := time.Now()
	err = db.Read(s.t.Context(), postgres.Jobs, postgres.Scope{District: "310113"}, func(ctx context.Context, tx *postgres.Tx) (err error) {
		book, _, err = coverage.LoadBook(ctx, tx, coverage.Reading{Layers: inspectedLayers(set), Today: policy.DayAt(now, time.FixedZone("", 8*60*60)), Since: now.AddDate(-1, 0, 0)})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, q := range s.questions() {
		path, rest, _ := strings.Cut(q, "?")
		values := map[string]string{}
		for _, pair := range strings.Split(rest, "&") {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = value
		}
		period, err := policy.ParsePeriod(values["period"])
		if err != nil {
			s.t.Fatal(err)
		}
		query := coverage.Query{Period: period, Restricted: true}
		switch filepath.Base(path) {
		case "coverage":
			out[q] = figuresOf(book.Coverage(query, now))
		case "rollup":
			items := []any{}
			parts := book.Breakdown(query, coverage.By(values["by"]), now)
			for _, key := range slices.Sorted(maps.Keys(parts)) {
				f := figuresOf(parts[key])
				f["key"] = key
				items = append(items, f)
			}
			out[q] = map[string]any{"items": items}
		case "places":
			if state := values["state"]; state != "" {
				if query.State, err = coverage.ParseState(state); err != nil {
					s.t.Fatal(err)
				}
			}
			items := []any{}
			for _, it := range book.Unmet(query, coverage.Mark{}, 1<<30, now) {
				var nearest any
				if n := it.Verdict.Nearest; n != nil {
					nearest = n.Visit.String()
				}
				items = append(items, map[string]any{"place": it.Fact.ID.String(), "duty": it.Duty.Duty, "period": it.Period.String(), "state": it.Verdict.State.String(), "grid": it.Fact.Grid, "nearest": nearest})
			}
			out[q] = map[string]any{"items": items}
		}
	}
	return out
}

// figuresOf are a roll-up's as the service words them.
func figuresOf(r coverage.Rollup) map[string]any {
	n := func(s coverage.State) any { return float64(r.States[s]) }
	out := map[string]any{"complete": nil, "total": float64(r.Total()), "late": float64(r.Late), "wrong_holder": float64(r.Astray), "longest_gap_days": nil,
		"states": map[string]any{"met": n(coverage.Met), "attempted": n(coverage.Attempted), "open": n(coverage.Open), "overdue": n(coverage.Overdue), "excused": n(coverage.Excused), "disputed": n(coverage.Disputed)}}
	if c := r.Complete(); c != nil {
		out["complete"] = *c
	}
	if r.GapDays >= 0 {
		out["longest_gap_days"] = float64(r.GapDays)
	}
	return out
}

// within reports where an answer differs from what is expected of it; what is
// not expected is not looked at.
func within(want, got any, at string) error {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if id, named := got["inspection"]; ok && named && at[strings.LastIndex(at, ".")+1:] == "nearest" {
			return within(want, id, at)
		}
		for name, value := range want {
			if err := within(value, got[name], at+"."+name); err != nil || !ok {
				return cmp.Or(err, fmt.Errorf("%s: %v", at, got))
			}
		}
		return nil
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return fmt.Errorf("%s: %d items, want %d", at, len(got), len(want))
		}
		for i := range want {
			if err := within(want[i], got[i], fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	if nearest, ok := got.(map[string]any); ok && nearest["inspection"] != nil {
		got = nearest["inspection"]
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%s: %v, want %v", at, got, want)
	}
	return nil
}

// checkCoverage compares what the service kept with a book read anew and with a service started anew.
func (s *storm) checkCoverage(db *postgres.DB) string {
	t := s.t
	day := func() policy.Day { return policy.DayAt(time.Now(), time.FixedZone("", 8*60*60)) }
	for range 3 {
		today := day()
		want := s.expected(db)
		var kept map[string]map[string]any
		var wrong error
		for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(time.Second) {
			// The feed may have lost its last notice with the server, and looks again after some seconds.
			if kept, wrong = s.gather(); wrong == nil {
				for q := range want {
					if wrong = within(want[q], kept[q], q); wrong != nil {
						break
					}
				}
			}
			if wrong == nil {
				break
			}
		}
		s.stop(syscall.SIGTERM)
		s.start()
		var fresh map[string]map[string]any
		var err error
		for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(50 * time.Millisecond) {
			if fresh, err = s.gather(); err == nil {
				break
			}
		}
		if day() != today {
			continue // midnight in between
		}
		if err != nil {
			t.Errorf("started anew: %v", err)
			return ""
		}
		if wrong != nil {
			t.Errorf("what the service kept from the feed is not what a book read anew says: %v", wrong)
		}
		obligations := 0
		for q := range fresh {
			if !reflect.DeepEqual(kept[q], fresh[q]) {
				t.Errorf("%s:\nkept from the feed:\n%.3000v\nstarted anew:\n%.3000v", q, kept[q], fresh[q])
				break
			}
			if strings.HasPrefix(q, "/api/coverage?") {
				obligations += int(fresh[q]["total"].(float64))
			}
		}
		for q := range want {
			if err := within(want[q], fresh[q], q); err != nil {
				t.Errorf("a service started anew is not what a book read anew says: %v", err)
				break
			}
		}
		return fmt.Sprintf("%d answers about %d obligations are the same kept, read and started anew", len(fresh), obligations)
	}
	t.Error("it is midnight again and again")
	return ""
}

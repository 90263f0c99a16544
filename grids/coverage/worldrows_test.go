package coverage_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
)

// row is a row of a table by its columns' names.
type row map[string]any

// stamp is a moment as the database reads it.
func stamp(m coverage.Moment) string {
	if m == coverage.Ever {
		return "infinity"
	}
	return m.Time().Format(time.RFC3339Nano)
}

func date(d policy.Day) any {
	if d == policy.NoDay {
		return nil
	}
	return d.String()
}

func optional(id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	return id
}

// store writes rows to a table, each with its columns by name.
func store(t testing.TB, conn *pgx.Conn, table string, rows []row) {
	t.Helper()
	if len(rows) == 0 {
		return
	}
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), fmt.Sprintf(`insert into %[1]s select * from jsonb_populate_recordset(null::%[1]s, $1::jsonb)`, table), string(text)); err != nil {
		t.Fatalf("store rows of %s: %v", table, err)
	}
}

// tables are the rows that a world is in a database, by table, in the order in
// which they refer to each other.
func (w *world) tables(district string) (names []string, rows map[string][]row) {
	rows = map[string][]row{}
	add := func(table string, r row) {
		if table = "gridward." + table; rows[table] == nil {
			names = append(names, table)
		}
		r["district"] = district
		rows[table] = append(rows[table], r)
	}
	units := row{"town": "", "park": "", "community": ""} // of what is written once and not looked at
	with := func(r row) row {
		for k, v := range units {
			if r[k] == nil {
				r[k] = v
			}
		}
		return r
	}
	for _, v := range w.versions {
		add("policy", row{"version": v.policy.Version, "valid_from": v.policy.ValidFrom, "document": v.text, "recorded_at": stamp(v.recorded)})
	}
	for i := range w.places {
		p := &w.places[i]
		last := p.records[len(p.records)-1]
		add("place", with(row{"id": p.id, "layer": "points", "source": "made up", "source_id": p.id, "category": last.facts.Category, "name": fmt.Sprint("点位 ", i), "address": "",
			"geom": "SRID=4326;POINT(121.4 31.4)", "x": 1214000000, "y": 314000000, "h3": i, "risk": last.facts.Risk, "attributes": last.facts.Attributes,
			"valid_from": date(p.records[0].from), "version": 1, "supervised": last.facts.Supervised}))
		for _, r := range p.records {
			add("place_record", with(row{"place": p.id, "recorded_at": stamp(r.recorded), "from_day": date(r.from), "to_day": date(r.to), "category": r.facts.Category, "risk": r.facts.Risk,
				"supervised": r.facts.Supervised, "under_compound": r.facts.UnderCompound, "attributes": r.facts.Attributes, "duplicate_of": optional(r.duplicate)}))
		}
		for _, g := range p.placings {
			add("placement", row{"place": p.id, "recorded_at": stamp(g.recorded), "from_day": date(g.from), "town": g.spot.Town, "park": g.spot.Park, "community": g.spot.Community, "grid": g.spot.Grid})
		}
		for k, c := range p.cares {
			add("care", with(row{"id": uuid.NewSHA1(p.id, []byte{byte(k)}), "place": p.id, "recorded_at": stamp(c.recorded), "from_day": date(c.from), "people": c.people, "actor": "王五"}))
		}
	}
	for _, v := range w.visits {
		photos := make([]string, v.photos)
		for k := range photos {
			photos[k] = fmt.Sprintf(`\x%064x`, k)
		}
		add("inspection", with(row{"id": v.id, "place": v.place, "at": stamp(v.at), "device_at": stamp(v.at), "received_at": stamp(v.received), "skew_s": v.skew, "inspector": "王五", "unit": v.unit,
			"outcome": v.outcome, "checklist": v.checklist, "accuracy_m": v.accuracy, "distance_m": v.distance, "dwell_s": v.dwell, "mock": v.mock, "photos": photos,
			"corrects": optional(v.corrects), "device": "", "note": ""}))
	}
	for _, r := range w.reviews {
		add("inspection_review", with(row{"id": r.id, "inspection": r.visit, "recorded_at": stamp(r.recorded), "accepted": r.accepted, "reviewer": "李四", "reason": "现场核实"}))
	}
	for _, e := range w.exemptions {
		add("exemption", with(row{"id": e.id, "place": e.place, "duty": e.duty, "period": e.period, "reason": "demolition", "reviewer": "张三", "at": stamp(e.recorded)}))
		if e.withdrawn != coverage.Ever {
			add("exemption_withdrawal", with(row{"exemption": e.id, "recorded_at": stamp(e.withdrawn), "reviewer": "张三", "reason": "恢复营业"}))
		}
	}
	return names, rows
}

// rulesRows are what the oracle is told of the rules, by temporary table.
func (w *world) rulesRows(district string) map[string][]row {
	rows := map[string][]row{}
	add := func(table string, version int, r row) {
		r["district"], r["version"] = district, version
		rows[table] = append(rows[table], r)
	}
	for n, v := range w.versions {
		p, e := v.policy, &v.policy.Evidence
		add("version", n, row{"valid_from": p.ValidFrom, "recorded": stamp(v.recorded), "retroactive": p.Retroactive != "", "zone": p.Timezone, "grace": p.GraceDays,
			"counts": int(e.Counts), "no_position": int(e.NoPosition.AtMost), "far_m": e.Far.OverM, "far": int(e.Far.AtMost), "very_far_m": e.VeryFar.OverM, "very_far": int(e.VeryFar.AtMost),
			"inaccurate_m": e.Inaccurate.OverM, "inaccurate": int(e.Inaccurate.AtMost), "no_accuracy": int(e.NoAccuracy.AtMost), "mock": int(e.Mock.AtMost),
			"short_dwell_s": e.ShortDwell.UnderS, "short_dwell": int(e.ShortDwell.AtMost), "clock_s": e.Clock.OverS, "clock": int(e.Clock.AtMost),
			"shift_from": int(e.OutsideShift.From), "shift_to": int(e.OutsideShift.To), "outside_shift": int(e.OutsideShift.AtMost), "no_photo_asked": e.NoPhoto.Asked, "no_photo": int(e.NoPhoto.AtMost)})
		for k := range p.Duties {
			d := &p.Duties[k]
			r := row{"duty": k, "code": d.Duty, "kind": d.Period, "body": d.Body}
			var spans []string
			for _, s := range d.Spans() {
				spans = append(spans, fmt.Sprintf("[%s,%s)", s.First, s.End))
			}
			for _, c := range p.Campaigns {
				if c.Campaign == d.Duty {
					if r["spans"] = spans; len(c.Units) > 0 {
						r["units"] = c.Units
					}
				}
			}
			add("duty", n, r)
		}
		for _, c := range p.Checklists {
			for _, code := range c.Serves {
				k, _ := p.DutyIndex(code)
				add("serves", n, row{"checklist": c.Checklist, "duty": k})
			}
		}
		seen := map[string]bool{}
		for i := range w.places {
			for _, r := range w.places[i].records {
				for _, care := range []bool{false, true} {
					f := r.facts
					f.Care = care
					if kind, _ := json.Marshal(f); seen[string(kind)] {
						continue
					} else {
						seen[string(kind)] = true
					}
					owes, _ := p.Owes(f)
					for _, o := range owes {
						add("owes", n, row{"category": f.Category, "risk": f.Risk, "supervised": f.Supervised, "under_compound": f.UnderCompound, "care": care, "attributes": f.Attributes,
							"duty": o.Duty, "times": o.Times, "spacing": o.Spacing})
					}
				}
			}
		}
	}
	return rows
}

// periods are those of a year that the versions know of any duty.
func (w *world) periods() []policy.Period {
	var out []policy.Period
	seen := map[policy.Period]bool{}
	add := func(p policy.Period) {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	for d := policy.DayOf(day("2026-01-01")); d < policy.DayOf(day("2027-01-01")); d++ {
		for _, v := range w.versions {
			for k := range v.policy.Duties {
				if of := &v.policy.Duties[k]; of.Period != policy.Custom {
					if p := policy.Containing(d.Date(), of.Period); p.End-1 == d { // its last day lies in the year
						add(p)
					}
				}
				for _, s := range v.policy.Duties[k].Spans() {
					add(s)
				}
			}
		}
	}
	return out
}

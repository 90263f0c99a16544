package coverage_test

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// A second implementation, in SQL, reads the tables that the service writes and
// says of every obligation what the engine says.

//go:embed testdata/oracle.sql
var oracleSQL string

//go:embed testdata/rules.sql
var oracleRules string

// told is one obligation's answer.
type told struct {
	State, Category             string
	Town, Park, Community, Grid string // that answers
	Times, Made, Gap            int
	MetOn, TriedOn              string // days; empty: none
	By                          uuid.UUID
	Late, Astray                bool
}

// about names the obligation of a sight.
type about struct {
	district     string
	sight        int
	place        uuid.UUID
	duty, period string
}

// TestOracle compares the engine, read back from the database, with the SQL for
// every obligation of random districts, from several places in time.
func TestOracle(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	shares, each := 8, 25
	switch {
	case testing.Short():
		shares, each = 2, 5
	case raced: // the same without the detector is what compares
		shares, each = 4, 10
	}
	for share := range shares {
		t.Run(fmt.Sprint(share), func(t *testing.T) {
			t.Parallel()
			compareWithOracle(t, db, share*each, each)
		})
	}
}

// questions are from where a district is looked at: now, as known when a month
// ended, as known at some moment, and of what had happened by one, as known now
// or at another.
func (w *world) questions(r *rand.Rand) []ask {
	m := &maker{r, w, nil}
	closes := w.begins(policy.Containing((worldBegins + 40 + policy.Day(r.IntN(250))).Date(), policy.Month).First)
	until := ask{Query: coverage.Query{Until: m.happened().Time()}}
	if chance(r, 0.5) {
		until.Known = m.moment().Time()
	}
	return []ask{
		{now: max(m.moment(), m.moment()).Time()},
		{Query: coverage.Query{Known: closes.Time()}},
		{Query: coverage.Query{Known: w.asks(r, 1, w.later())[0].Known}},
		until,
	}
}

func compareWithOracle(t *testing.T, db *postgres.DB, first, n int) {
	conn := testdb.Owner(t, db)
	run := func(sql string) {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run(oracleRules)
	worlds, asked := map[string]*world{}, map[string][]ask{}
	tables, temporary := map[string][]row{}, map[string][]row{}
	var names []string
	for k := range n {
		r := rand.New(rand.NewPCG(uint64(first+k), 2026))
		w := newWorld(t, r, 10+r.IntN(21))
		district := fmt.Sprintf("%06d", 310000+first+k)
		worlds[district], asked[district] = w, w.questions(r)
		order, rows := w.tables(district)
		if len(order) > len(names) {
			names = order
		}
		for table, some := range rows {
			tables[table] = append(tables[table], some...)
		}
		for table, some := range w.rulesRows(district) {
			temporary[table] = append(temporary[table], some...)
		}
		if k == 0 {
			temporary["every_day"] = append(temporary["every_day"], row{"district": district})
		}
		for s, a := range asked[district] {
			from := a.sight(w.zone)
			temporary["sight"] = append(temporary["sight"], row{"district": district, "sight": s, "known": stamp(from.Known), "until": stamp(from.Until), "today": from.Today.String()})
		}
		for _, p := range w.periods() {
			temporary["period"] = append(temporary["period"], row{"district": district, "period": p.String(), "kind": p.Kind, "first": p.First.String(), "after": p.End.String()})
		}
	}
	for _, table := range names {
		store(t, conn, table, tables[table])
	}
	for table, rows := range temporary {
		store(t, conn, table, rows)
		run("analyze " + table)
	}
	run("analyze gridward.place_record; analyze gridward.placement; analyze gridward.inspection; analyze gridward.place")
	run(oracleSQL)
	want := readOracle(t, conn)
	states := map[string]int{}
	for district, w := range worlds {
		var book *coverage.Book
		var unclassified []string
		err := db.Read(t.Context(), postgres.Jobs, postgres.Scope{District: district, Actor: "test"}, func(ctx context.Context, tx *postgres.Tx) (err error) {
			book, unclassified, err = coverage.LoadBook(ctx, tx, coverage.Reading{Layers: []string{"points"}, Today: worldEnds, Since: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		expectUnclassified(t, w, book, unclassified)
		for s, a := range asked[district] {
			compareDistrict(t, district, w, book, s, a, want, states)
		}
		if t.Failed() {
			t.Fatal("other districts are not looked at")
		}
		readInParts(t, db, district, w, book)
		// What is read is what was written.
		r := rand.New(rand.NewPCG(uint64(first), 3))
		for _, a := range w.asks(r, 1, coverage.Ever) {
			if got, want := answer(book, a, w.ids()), answer(w.book(), a, w.ids()); !bytes.Equal(got, want) {
				t.Fatalf("district %s: read back and made of the same values differ: %s", district, differ(got, want))
			}
		}
	}
	if n > 20 && len(states) < 6 {
		t.Errorf("the districts hold only %v", states)
	}
}

// compareDistrict compares all obligations of a district from one place in time,
// and the sums.
func compareDistrict(t *testing.T, district string, w *world, book *coverage.Book, sight int, a ask, want map[about]told, states map[string]int) {
	a.Restricted = true
	got := map[about]told{}
	for _, half := range []string{"2026-H1", "2026-H2"} {
		a.Period = period(t, half)
		tally := map[string]coverage.Rollup{}
		for _, id := range w.ids() {
			its, ok := book.Place(id, a.Query, a.now)
			if !ok {
				t.Fatalf("the book does not know place %s", id)
			}
			for _, it := range its {
				v := &it.Verdict
				if v.State == coverage.NotDue {
					continue
				}
				got[about{district, sight, id, it.Duty.Duty, it.Period.String()}] = toldBy(v)
				key := it.Duty.Duty + " " + v.Answers.Grid
				sum, known := tally[key]
				if !known {
					sum = coverage.NewRollup()
				}
				sum.Merge(counted(v))
				tally[key] = sum
			}
		}
		for _, duty := range []string{"class-1", "class-2", "class-3", "winter"} {
			q := a.Query
			q.Duty = duty
			for grid, part := range book.Breakdown(q, coverage.ByGrid, a.now) {
				if tally[duty+" "+grid] != part {
					t.Errorf("district %s, sight %d, %s: grid %q has %+v, its obligations are %+v", district, sight, half, grid, part, tally[duty+" "+grid])
				}
			}
		}
	}
	defer func() {
		if t.Failed() {
			t.FailNow()
		}
	}()
	shown := 0
	wrong := func(t *testing.T, w *world, k about, a ask, g, o told) {
		if shown++; shown <= 3 {
			wrong(t, w, k, a, g, o)
		}
	}
	for k, g := range got {
		states[g.State]++
		if o, ok := want[k]; !ok {
			o.State = "not_due"
			wrong(t, w, k, a, g, o)
		} else if o != g {
			wrong(t, w, k, a, g, o)
		}
	}
	for k, o := range want {
		if _, ok := got[k]; k.district == district && k.sight == sight && o.State != "not_due" && !ok {
			wrong(t, w, k, a, told{State: "not_due"}, o)
		}
	}
}

// toldBy is the engine's answer.
func toldBy(v *coverage.Verdict) told {
	out := told{State: v.State.String(), Category: v.Category, Town: v.Answers.Town, Park: v.Answers.Park, Community: v.Answers.Community, Grid: v.Answers.Grid,
		Times: v.Times, Made: v.Made, Gap: v.GapDays, By: v.By, Late: v.Late, Astray: v.Astray}
	if v.State == coverage.Met {
		out.MetOn = v.MetOn.String()
	}
	if v.TriedOn != policy.NoDay {
		out.TriedOn = v.TriedOn.String()
	}
	return out
}

func readOracle(t *testing.T, conn *pgx.Conn) map[about]told {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select district, sight, place, code, period, state, category, town, park, community, grid, times, made, gap,
		coalesce(met_on::text, ''), coalesce(tried_on::text, ''), coalesce(met_by, '00000000-0000-0000-0000-000000000000'), late, astray from verdict`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[about]told{}
	var k about
	var o told
	if _, err := pgx.ForEachRow(rows, []any{&k.district, &k.sight, &k.place, &k.duty, &k.period, &o.State, &o.Category, &o.Town, &o.Park, &o.Community, &o.Grid, &o.Times, &o.Made, &o.Gap,
		&o.MetOn, &o.TriedOn, &o.By, &o.Late, &o.Astray}, func() error {
		if _, twice := out[k]; twice {
			return fmt.Errorf("the oracle answers %+v twice", k)
		}
		out[k] = o
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// wrong shows an obligation of which the two say different things, with all that
// is known of the place.
func wrong(t *testing.T, w *world, k about, a ask, engine, oracle told) {
	t.Helper()
	t.Errorf("district %s (sight %d: known %v until %v today %v), place %s, %s %s:\nengine %+v\noracle %+v", k.district, k.sight, a.Known, a.Until, a.sight(w.zone).Today, k.place, k.duty, k.period, engine, oracle)
	for i := range w.places {
		p := &w.places[i]
		if p.id != k.place && !w.leadsTo(p, k.place, coverage.MomentOf(a.Known)) {
			continue
		}
		for _, r := range p.records {
			t.Logf("  %s record %v from %s to %s: %+v duplicate %v", p.id, r.recorded.Time(), r.from, r.to, r.facts, r.duplicate)
		}
		for _, g := range p.placings {
			t.Logf("  placing %v from %s: %+v", g.recorded.Time(), g.from, g.spot)
		}
		for _, c := range p.cares {
			t.Logf("  care %v from %s: %d", c.recorded.Time(), c.from, c.people)
		}
		for _, v := range w.visits {
			if v.place == p.id {
				t.Logf("  visit %s at %v received %v: %s %s unit %q void %v %+v", v.id, v.at.Time(), v.received.Time(), v.outcome, v.checklist, v.unit, w.void(v.id).Time(), w.visit(v).Evidence)
			}
		}
	}
}

// expectUnclassified: places whose category the policy in force does not know are
// named, and no others.
func expectUnclassified(t *testing.T, w *world, book *coverage.Book, named []string) {
	t.Helper()
	want := 0
	for i := range w.places {
		p := &w.places[i]
		if _, known := book.Policy().Category(p.records[len(p.records)-1].facts.Category); known {
			continue
		}
		if want++; !slices.ContainsFunc(named, func(s string) bool { return strings.Contains(s, p.id.String()) }) {
			t.Errorf("place %s is of category %s, which policy %s does not know; named are %v", p.id, p.records[len(p.records)-1].facts.Category, book.Policy().Version, named)
		}
	}
	if want != len(named) {
		t.Errorf("%d places are not classified by policy %s, named are %v", want, book.Policy().Version, named)
	}
}

// readInParts: a book that is told of places, visits and exemptions by their ids,
// as the change feed names them, answers like one that is read at once.
func readInParts(t *testing.T, db *postgres.DB, district string, w *world, whole *coverage.Book) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(len(w.visits)), 5))
	since := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var inspections []uuid.UUID
	for _, v := range w.visits {
		if v.corrects == uuid.Nil || chance(r, 0.5) {
			inspections = append(inspections, v.id)
		}
	}
	for _, v := range w.visits {
		if v.corrects != uuid.Nil { // what it corrects is read with it
			inspections = append(inspections, v.id)
		}
	}
	r.Shuffle(len(inspections), func(i, j int) { inspections[i], inspections[j] = inspections[j], inspections[i] })
	ids := w.ids()
	reading := coverage.Reading{Layers: []string{"points"}, Today: worldEnds, Since: since}
	book := coverage.NewBook(whole.Rules(), worldEnds, nil)
	err := db.Read(t.Context(), postgres.Jobs, postgres.Scope{District: district, Actor: "test"}, func(ctx context.Context, tx *postgres.Tx) error {
		for _, part := range [][]uuid.UUID{ids[:len(ids)/2], ids[len(ids)/2:], ids[:1]} {
			places, _, err := coverage.Places(ctx, tx, whole.Rules(), reading, part)
			if err != nil {
				return err
			}
			book.PutPlaces(places)
		}
		for part := range slices.Chunk(inspections, 7) {
			visits, err := coverage.Visits(ctx, tx, since, part)
			if err != nil {
				return err
			}
			book.PutVisits(visits)
		}
		exemptions, err := coverage.Exemptions(ctx, tx, ids)
		book.PutExemptions(exemptions)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range w.asks(r, 1, coverage.Ever) {
		if got, want := answer(book, a, ids), answer(whole, a, ids); !bytes.Equal(got, want) {
			t.Fatalf("district %s: read in parts and at once differ: %s", district, differ(got, want))
		}
	}
}

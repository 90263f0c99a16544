package coverage_test

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/evidence"
	"gridward/grids/coverage/policy"
	"gridward/internal/testdb"
	"gridward/layers/inspection"
)

//go:embed testdata/bench.sql
var benchSQL string

// mix is how often a kind of place comes in a big district, of a hundred.
var mix = []struct {
	category string
	share    int
}{
	{"residential_building", 27}, {"high_rise_residential", 6}, {"self_built_house", 8}, {"self_built_rental", 16}, {"street_shop", 16}, {"small_commercial", 9},
	{"residential_compound", 2}, {"underground_space", 3}, {"three_in_one", 1}, {"other_building", 6}, {"high_rise_other", 1}, {"homestay", 1}, {"large_rental", 1},
	{"construction_site", 1}, {"important_building", 1}, {"large_producer", 1},
}

const (
	bigPlaces      = 500_000
	bigTowns       = 12
	bigCommunities = 40 // a town
	bigGrids       = 8  // a community
)

// big is a district of half a million places in October 2026.
type big struct {
	rules  policy.Rules
	places []coverage.Place
	facts  []policy.Facts
	now    time.Time
}

// bigDistrict is made once for all benchmarks.
var bigDistrict = sync.OnceValues(func() (*big, error) {
	p, err := policy.Default()
	if err != nil {
		return nil, err
	}
	d := &big{rules: policy.Rules{{Policy: p}}, now: time.Date(2026, 10, 26, 1, 0, 0, 0, time.UTC)}
	m := &bigMaker{maker: &maker{Rand: rand.New(rand.NewPCG(1, 500))}, big: d, policy: p, owes: map[string][][]policy.Obligated{}}
	for _, k := range mix {
		m.kinds = append(m.kinds, slices.Repeat([]string{k.category}, k.share)...)
	}
	const cells = bigTowns * bigCommunities * bigGrids
	for cell := range cells {
		town, community, grid := cell/bigGrids/bigCommunities, cell/bigGrids%bigCommunities, cell%bigGrids
		spot := &coverage.Spot{Town: fmt.Sprintf("310113%03d000", 101+town), Community: fmt.Sprintf("310113%03d%03d", 101+town, 1+community)}
		spot.Grid = fmt.Sprintf("%s%03d", spot.Community, 1+grid)
		if town < 2 && community < 6 {
			spot.Park = park
		}
		former := *spot
		former.Grid = fmt.Sprintf("%s%03d", spot.Community, 101+grid)
		for range bigPlaces*(cell+1)/cells - bigPlaces*cell/cells {
			if err := m.place(spot, &former); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
})

type bigMaker struct {
	*maker
	*big
	policy *policy.Policy
	kinds  []string                        // each as often as it comes
	owes   map[string][][]policy.Obligated // by facts
}

// bigBegins is the day on which the register of the big district begins.
var bigBegins = policy.DayOf(day("2025-01-01"))

func (m *bigMaker) at(d policy.Day, hours float64) coverage.Moment {
	return coverage.MomentOf(d.Begins(m.policy.Zone())) + coverage.Moment(hours*float64(hour))
}

// place adds a place: mostly with one record, some new, some ended, some in a grid
// that was drawn anew.
func (m *bigMaker) place(spot, former *coverage.Spot) error {
	f := policy.Facts{Category: oneOf(m.Rand, m.kinds...), UnderCompound: chance(m.Rand, 0.5), Supervised: chance(m.Rand, 0.01)}
	if chance(m.Rand, 0.2) {
		f.Risk = int16(m.IntN(5))
	}
	owes := m.owes[fmt.Sprint(f)]
	if owes == nil {
		o, err := m.policy.Owes(f)
		if err != nil {
			return err
		}
		owes = [][]policy.Obligated{o}
		m.owes[fmt.Sprint(f)] = owes
	}
	first := m.at(bigBegins, 0)
	record := coverage.Record{Recorded: first, From: bigBegins, To: policy.NoDay, Category: f.Category, Risk: f.Risk, Owes: owes, Cares: noCare}
	placings := []coverage.Placing{{Recorded: first, From: bigBegins, Spot: spot}}
	switch {
	case chance(m.Rand, 0.02):
		record.From = bigBegins + policy.Day(500+m.IntN(170))
		record.Recorded = m.at(record.From, 9)
		placings[0].Recorded, placings[0].From = record.Recorded, record.From
	case chance(m.Rand, 0.15):
		placings = []coverage.Placing{{Recorded: first, From: bigBegins, Spot: former}, {Recorded: m.at(bigBegins+400, 9), From: bigBegins + 410, Spot: spot}}
	}
	place := coverage.Place{ID: m.id(), Layer: "points", History: coverage.History{Records: []coverage.Record{record}, Placings: placings, Visits: m.visits(spot, m.policy.Duties[owes[0][0].Duty].Checklist)}}
	if chance(m.Rand, 0.01) {
		record.To = record.From + policy.Day(m.IntN(700))
		if record.Recorded = max(record.Recorded+second, m.at(record.To, 10)); record.Recorded < coverage.MomentOf(m.now) {
			place.Records = append(place.Records, record)
		}
	}
	m.big.places, m.big.facts = append(m.big.places, place), append(m.big.facts, f)
	return nil
}

var noCare = [][]policy.Obligated{nil}

// visits are those to a place since July.
func (m *bigMaker) visits(spot *coverage.Spot, list string) (out []coverage.Visit) {
	often := 0.7 // a month
	if list == "class-3" {
		often = 0.15
	}
	for month := time.July; month <= time.October; month++ {
		if !chance(m.Rand, often) {
			continue
		}
		v := coverage.Visit{ID: m.id(), Void: coverage.Ever, Outcome: inspection.Done, Checklist: list, Unit: spot.Community, Evidence: evidence.Own{ExcessM: float32(m.IntN(40) - 20), AccuracyM: 10, DwellS: 300}}
		v.At = m.at(policy.DayOf(time.Date(2026, month, 1+m.IntN(28), 0, 0, 0, 0, time.UTC)), 7+12*m.Float64())
		if v.Recorded = v.At + coverage.Moment(m.Int64N(int64(2*hour))); v.Recorded >= coverage.MomentOf(m.now) {
			continue // it lies ahead
		}
		switch {
		case chance(m.Rand, 0.05):
			v.Outcome = inspection.NoAccess
		case chance(m.Rand, 0.02):
			v.Evidence.ExcessM = 800
		case chance(m.Rand, 0.02):
			v.Recorded += 20 * aDay
		}
		out = append(out, v)
	}
	return out
}

func (d *big) book() *coverage.Book {
	return coverage.NewBook(d.rules, policy.DayOf(day("2026-10-26")), slices.Clone(d.places))
}

var october = policy.Containing(day("2026-10-01"), policy.Month)

// BenchmarkCoverageFull judges every obligation of half a million places in a
// month, and in the half-year around it, anew; SQL counts the same states of the
// same history. Of both the median is given.
func BenchmarkCoverageFull(b *testing.B) {
	d, err := bigDistrict()
	if err != nil {
		b.Fatal(err)
	}
	var bySQL float64
	var states map[string]int
	b.Run("sql", func(b *testing.B) { bySQL, states = countBySQL(b, d) })
	b.Run("engine", func(b *testing.B) {
		book := d.book()
		q := coverage.Query{Period: october, Known: d.now}
		obligations := book.Coverage(q, d.now).Total()
		runtime.GC()
		var took []float64
		for b.Loop() {
			book.PutPlaces(nil) // it forgets what it judged
			began := time.Now()
			book.Coverage(q, d.now)
			took = append(took, time.Since(began).Seconds())
		}
		each := reportMedian(b, took)
		b.ReportMetric(float64(obligations)/each, "obligations/s")
		if bySQL > 0 {
			b.ReportMetric(bySQL/each, "x-sql")
		}
		for town, r := range book.Breakdown(q, coverage.ByTown, d.now) {
			for s := coverage.Met; s <= coverage.Disputed; s++ {
				if n := states[town+" "+s.String()]; bySQL > 0 && n != r.States[s] {
					b.Fatalf("town %s has %d of state %v, by SQL %d", town, r.States[s], s, n)
				}
			}
		}
	})
}

// reportMedian gives the median of seconds, instead of the mean.
func reportMedian(b *testing.B, took []float64) float64 {
	slices.Sort(took)
	median := took[len(took)/2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median, "s")
	return median
}

// countBySQL stores the district and counts its states.
func countBySQL(b *testing.B, d *big) (seconds float64, states map[string]int) {
	conn := testdb.Owner(b, testdb.New(b))
	run := func(sql string, args ...any) {
		if _, err := conn.Exec(b.Context(), sql, args...); err != nil {
			b.Fatal(err)
		}
	}
	run("set session_replication_role = replica") // the keys are right, and half a million look-ups are slow
	p := d.rules[0].Policy
	d.copyTo(b, conn)
	run("create table owes (category text, risk smallint, supervised boolean, under_compound boolean, duty int, code text, kind text, times int, spacing int, grace int)")
	run("create table serves (checklist text, duty int)")
	known := map[string]bool{}
	for _, f := range d.facts {
		key := fmt.Sprint(f)
		if known[key] {
			continue
		}
		known[key] = true
		owes, _ := p.Owes(f)
		for _, o := range owes {
			run("insert into owes values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", f.Category, f.Risk, f.Supervised, f.UnderCompound,
				o.Duty, p.Duties[o.Duty].Duty, string(p.Duties[o.Duty].Period), o.Times, o.Spacing, p.GraceDays)
		}
	}
	for _, c := range p.Checklists {
		for _, code := range c.Serves {
			k, _ := p.DutyIndex(code)
			run("insert into serves values ($1, $2)", c.Checklist, k)
		}
	}
	run("analyze")
	run("set work_mem = '256MB'")
	count := func() {
		states = map[string]int{}
		rows, err := conn.Query(b.Context(), benchSQL, "310113", d.now, policy.DayAt(d.now, p.Zone()).Date(), october.FirstDay(), day("2026-07-01"))
		if err != nil {
			b.Fatal(err)
		}
		var town, code, state string
		var n int
		if _, err := pgx.ForEachRow(rows, []any{&town, &code, &state, &n}, func() error { states[town+" "+state] += n; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	count()
	var took []float64
	for b.Loop() {
		began := time.Now()
		count()
		took = append(took, time.Since(began).Seconds())
	}
	return reportMedian(b, took), states
}

// copyTo writes the district to the tables.
func (d *big) copyTo(b *testing.B, conn *pgx.Conn) {
	write := func(table, columns string, row func(w io.Writer, p *coverage.Place, f *policy.Facts)) {
		read, w := io.Pipe()
		go func() {
			for i := range d.places {
				row(w, &d.places[i], &d.facts[i])
			}
			w.Close()
		}()
		if _, err := conn.PgConn().CopyFrom(context.Background(), read, "copy gridward."+table+" (district, "+columns+") from stdin"); err != nil {
			b.Fatalf("copy to %s: %v", table, err)
		}
	}
	write("place_record", "place, recorded_at, from_day, to_day, category, risk, supervised, under_compound, attributes, town, community", func(w io.Writer, p *coverage.Place, f *policy.Facts) {
		for _, r := range p.Records {
			to := `\N`
			if r.To != policy.NoDay {
				to = r.To.String()
			}
			fmt.Fprintf(w, "310113\t%s\t%s\t%s\t%s\t%s\t%d\t%v\t%v\t{}\t\t\n", p.ID, stamp(r.Recorded), r.From, to, r.Category, r.Risk, f.Supervised, f.UnderCompound)
		}
	})
	write("placement", "place, recorded_at, from_day, town, park, community, grid", func(w io.Writer, p *coverage.Place, _ *policy.Facts) {
		for _, g := range p.Placings {
			fmt.Fprintf(w, "310113\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, stamp(g.Recorded), g.From, g.Spot.Town, g.Spot.Park, g.Spot.Community, g.Spot.Grid)
		}
	})
	write("inspection", "id, place, at, received_at, inspector, unit, outcome, checklist, distance_m, accuracy_m, dwell_s, town, community", func(w io.Writer, p *coverage.Place, _ *policy.Facts) {
		for _, v := range p.Visits {
			fmt.Fprintf(w, "310113\t%s\t%s\t%s\t%s\t王五\t%s\t%s\t%s\t%v\t%v\t%d\t\t\n", v.ID, p.ID, stamp(v.At), stamp(v.Recorded), v.Unit, v.Outcome, v.Checklist,
				v.Evidence.ExcessM+v.Evidence.AccuracyM, v.Evidence.AccuracyM, v.Evidence.DwellS)
		}
	})
}

// BenchmarkRollupRead asks for roll-ups of all kinds of a book that has judged the
// month, in random order.
func BenchmarkRollupRead(b *testing.B) {
	d, err := bigDistrict()
	if err != nil {
		b.Fatal(err)
	}
	book := d.book()
	r := rand.New(rand.NewPCG(1, 501))
	ask := func() {
		s := oneOf(r, d.places...).Placings[0].Spot
		q := coverage.Query{Period: oneOf(r, october, october, policy.Containing(day("2026-10-01"), policy.HalfYear)), Known: d.now}
		switch r.IntN(8) {
		case 0: // the district
		case 1:
			q.Unit = s.Town
		case 2:
			q.Unit = s.Community
		case 3:
			q.Grid = s.Grid
		case 4:
			q.Holder = oneOf(r, s.Town, s.Community, park)
		case 5:
			q.Class = 1 + r.IntN(3)
		case 6:
			q.Category = oneOf(r, mix...).category
		case 7:
			q.TownLevel, q.Class = s.Town, 1+r.IntN(3)
		}
		if r.IntN(2) == 0 {
			book.Coverage(q, d.now)
		} else {
			book.Breakdown(q, oneOf(r, coverage.Breakdowns...), d.now)
		}
	}
	visit := func() { // some place is visited again, and what it changes is judged
		p := oneOf(r, d.places...)
		at := coverage.MomentOf(d.now.Add(-time.Duration(r.IntN(20*24)) * time.Hour))
		v := coverage.Visit{ID: uuid.New(), At: at, Recorded: at, Void: coverage.Ever, Tracked: coverage.Ever, Outcome: inspection.Done, Checklist: "class-3", Evidence: evidence.Blank()}
		book.PutVisits(map[uuid.UUID][]coverage.Visit{p.ID: {v}})
	}
	for range 10000 { // everything that is asked is judged
		ask()
	}
	for _, c := range []struct {
		name  string
		every int // a visit after so many questions
	}{{"quiet", 0}, {"visited", 10}} {
		b.Run(c.name, func(b *testing.B) {
			runtime.GC()
			var took []time.Duration
			for n := 1; b.Loop(); n++ {
				if c.every > 0 && n%c.every == 0 {
					b.StopTimer()
					visit()
					b.StartTimer()
				}
				began := time.Now()
				ask()
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
			b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
		})
	}
}

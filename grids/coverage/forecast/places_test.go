package forecast_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/coverage/forecast"
)

// traits are what could be told of an obligation on a day of a month.
func (o *owed) traits(month, day int) forecast.Traits {
	t := forecast.Traits{Missed: -1, SinceDays: -1}
	for m := month - 1; m >= 0 && o.month[m].due; m-- {
		if t.Missed = max(t.Missed, 0); o.month[m].met >= 0 {
			break
		}
		t.Missed++
	}
	for _, tried := range o.month[month].tried {
		t.Attempted = t.Attempted || tried < day
	}
	for _, visited := range o.month[month].visited {
		if since := day - visited; visited < day && (t.SinceDays < 0 || since < t.SinceDays) {
			t.SinceDays = since
		}
	}
	return t
}

// open reports whether an obligation was not met before a day of a month.
func (l *lived) open(day int) bool { return l.due && (l.met < 0 || l.met >= day) }

// ahead is how likely a missed obligation stands before one that was met.
func ahead(chance []float64, missed []bool) float64 {
	order := make([]int, len(chance))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(chance[a], chance[b]) })
	below, won, n := 0.0, 0.0, 0.0
	for i := 0; i < len(order); {
		j, ms, ns := i, 0.0, 0.0
		for ; j < len(order) && chance[order[j]] == chance[order[i]]; j++ {
			if missed[order[j]] {
				ms++
			} else {
				ns++
			}
		}
		won += ms * (below + ns/2)
		below += ns
		n += ms
		i = j
	}
	return won / n / below
}

func TestBacktestPlaces(t *testing.T) {
	t.Parallel()
	all, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	units := courses(all, 1)
	const passed, before = 20, 19 // of October's 31 days and of September's 30
	hs := histories(units, 2, passed)
	m := forecast.Fit(hs, passed)
	miss := map[string]float64{}
	for _, h := range hs {
		miss[h.Unit] = m.Of(h).Miss
	}
	var open []forecast.Open
	var past []forecast.Before
	truth := map[uuid.UUID]bool{}
	for i := range all {
		o := &all[i]
		if o.class != 1 {
			continue
		}
		if o.month[1].open(before) {
			past = append(past, forecast.Before{Unit: o.unit, Traits: o.traits(1, before), MissedThen: o.month[1].met < 0})
		}
		if o.month[2].open(passed) {
			open = append(open, forecast.Open{Place: o.place, Unit: o.unit, Traits: o.traits(2, passed)})
			truth[o.place] = o.month[2].met < 0
		}
	}
	ranked := forecast.Rank(open, past, miss)
	var chance, alone []float64
	var missed []bool
	var s score
	lost, first := 0, 0
	for i, r := range ranked {
		chance, alone, missed = append(chance, r.Chance), append(alone, miss[r.Unit]), append(missed, truth[r.Place])
		s.add(r.Chance, truth[r.Place])
		if truth[r.Place] {
			lost++
			if i < len(ranked)/10 {
				first++
			}
		}
	}
	s.calibrated(t, "places, to be missed", 20) // a unit's share in them
	by, unit := ahead(chance, missed), ahead(alone, missed)
	t.Logf("%d open, %d missed at last; the first tenth holds %d; a missed one stands before a met one in %.2f %%, by its unit alone in %.2f %%", len(ranked), lost, first, 100*by, 100*unit)
	if s.mean() > 0.8*s.base() || by < unit-0.002 || first*10 < lost*2 {
		t.Errorf("Brier %.4f, of the base rate %.4f; %.4f stand right, %.4f by the unit alone; %d of %d in the first tenth", s.mean(), s.base(), by, unit, first, lost)
	}
}

func id(n byte) uuid.UUID { return uuid.UUID{15: n} }

// TestRank: what makes a place stand first, by the past of others.
func TestRank(t *testing.T) {
	t.Parallel()
	var before []forecast.Before
	add := func(unit string, t forecast.Traits, met, missed int) {
		for k := range met + missed {
			before = append(before, forecast.Before{Unit: unit, Traits: t, MissedThen: k >= met})
		}
	}
	usual, again := forecast.Traits{SinceDays: 20}, forecast.Traits{Missed: 1, SinceDays: 60}
	shut := forecast.Traits{Attempted: true, SinceDays: 20}
	for _, unit := range []string{"a", "b"} {
		add(unit, usual, 190, 10)
		add(unit, again, 20, 20)
		add(unit, shut, 10, 5)
	}
	often := forecast.Traits{Missed: 5, SinceDays: 170} // more often than was ever seen
	open := []forecast.Open{
		{id(1), "a", usual}, {id(2), "a", again}, {id(3), "a", shut}, {id(4), "b", usual}, {id(9), "a", often},
		{id(7), "a", usual}, {id(6), "a", usual}, {id(5), "new", usual}, {id(8), "sure", again},
	}
	ranked := forecast.Rank(open, before, map[string]float64{"a": 0.1, "b": 0.5, "sure": 0})
	var order []byte
	for _, r := range ranked {
		order = append(order, r.Place[15])
	}
	if want := []byte{2, 9, 4, 3, 5, 1, 6, 7, 8}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v: %+v", order, want, ranked)
	}
	if first := ranked[0]; first.Like != 80 || first.LikeMissed != 40 || first.Chance < 0.3 || first.Chance > 0.6 {
		t.Errorf("first %+v", first)
	}
	if last := ranked[len(ranked)-1]; last.Chance != 0 {
		t.Errorf("a unit that misses nothing: %+v", last)
	}
	if got := forecast.Rank(open, nil, nil); got[0].Chance != 0.5 || got[0].Place != id(1) {
		t.Errorf("nothing is known, and the first is %+v", got[0])
	}
}

// TestRankAgainstOneWhoKnows: places that are hard to get into stay so from month
// to month, and units differ. The chances are held to those of one who knows
// both, and the order must be better than the units' alone.
func TestRankAgainstOneWhoKnows(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	var before []forecast.Before
	var open []forecast.Open
	miss, count := map[string]float64{}, map[string]int{}
	oracle, missed := map[uuid.UUID]float64{}, map[uuid.UUID]bool{}
	for n := range 40000 {
		unit := string(rune('a' + n%25))
		p := 0.01 + 0.01*float64(n%25)
		if r.IntN(8) == 0 {
			p = 0.6
		}
		t1, t2 := forecast.Traits{SinceDays: 20}, forecast.Traits{SinceDays: 20}
		if r.Float64() < p {
			t1.Missed = 1
		}
		then := r.Float64() < p
		if then {
			t2.Missed = 1 + t1.Missed
		}
		before = append(before, forecast.Before{Unit: unit, Traits: t1, MissedThen: then})
		place := uuid.UUID{byte(n >> 8), byte(n)}
		open = append(open, forecast.Open{Place: place, Unit: unit, Traits: t2})
		oracle[place], missed[place] = p, r.Float64() < p
		count[unit]++
		if then {
			miss[unit]++
		}
	}
	for unit, n := range count {
		miss[unit] /= float64(n)
	}
	var chance, alone, known []float64
	var came []bool
	var s, best score
	for _, k := range forecast.Rank(open, before, miss) {
		chance, alone, known, came = append(chance, k.Chance), append(alone, miss[k.Unit]), append(known, oracle[k.Place]), append(came, missed[k.Place])
		s.add(k.Chance, missed[k.Place])
		best.add(oracle[k.Place], missed[k.Place])
	}
	// Careful units have the hard places only, careless ones the others too, and
	// the correction is the same for both: the ends are off by up to a tenth.
	s.calibrated(t, "places", 10)
	by, unit, all := ahead(chance, came), ahead(alone, came), ahead(known, came)
	t.Logf("stand right %.3f, by the unit alone %.3f, by one who knows %.3f; Brier %.4f, %.4f", by, unit, all, s.mean(), best.mean())
	if by < unit+0.05 || by > all+0.01 {
		t.Errorf("%.3f stand right, by the unit alone %.3f, by one who knows %.3f", by, unit, all)
	}
}

// TestRankIsDeterministic: the order of what is given changes nothing.
func TestRankIsDeterministic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 14))
		traits := func() forecast.Traits {
			return forecast.Traits{Missed: r.IntN(5) - 1, Attempted: r.IntN(4) == 0, SinceDays: r.IntN(80) - 1}
		}
		var before []forecast.Before
		var open []forecast.Open
		miss := map[string]float64{"a": r.Float64(), "b": r.Float64(), "c": 0, "d": 1}
		for range r.IntN(60) {
			before = append(before, forecast.Before{Unit: string(rune('a' + r.IntN(6))), Traits: traits(), MissedThen: r.IntN(3) == 0})
		}
		for n := range r.IntN(40) {
			open = append(open, forecast.Open{Place: id(byte(n)), Unit: string(rune('a' + r.IntN(6))), Traits: traits()})
		}
		first := forecast.Rank(open, before, miss)
		r.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
		r.Shuffle(len(before), func(i, j int) { before[i], before[j] = before[j], before[i] })
		again := forecast.Rank(open, before, miss)
		if !slices.Equal(first, again) || len(first) != len(open) {
			t.Fatalf("%+v and %+v", first, again)
		}
		for i, k := range first {
			if !(k.Chance >= 0 && k.Chance <= 1) || i > 0 && k.Chance > first[i-1].Chance {
				t.Fatalf("%+v after %+v", k, first[max(0, i-1)])
			}
		}
	})
}

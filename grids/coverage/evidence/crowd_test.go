package evidence_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/grids/coverage/evidence"
)

// crowd makes up the visits of a district: honest people with phones as they
// are, and some who report what they did not do.
type crowd struct {
	r      *rand.Rand
	visits []evidence.Visit
	found  []evidence.Contradiction
	n      int // ids given
}

type beat struct {
	name   string
	places []uuid.UUID
	at     []orb.Point
	share  float64 // how prone to mishaps, around 1
}

func (c *crowd) id() uuid.UUID {
	c.n++
	return id(c.n)
}

// metres moves a point.
func metres(p orb.Point, east, north float64) orb.Point {
	lon, lat := geo.MetersToDegrees(p[1])
	return orb.Point{p[0] + east*lon, p[1] + north*lat}
}

// beat has sixty places within a kilometre or so of somewhere in the district.
func (c *crowd) beat(name string) *beat {
	b := &beat{name: name, share: math.Exp(0.4 * c.r.NormFloat64())}
	centre := metres(orb.Point{121.40, 31.40}, 7000*(2*c.r.Float64()-1), 7000*(2*c.r.Float64()-1))
	for range 60 {
		b.places = append(b.places, c.id())
		b.at = append(b.at, metres(centre, 600*c.r.NormFloat64(), 600*c.r.NormFloat64()))
	}
	return b
}

// mishap reports whether something that happens at a rate happens.
func (c *crowd) mishap(b *beat, rate float64) bool { return c.r.Float64() < rate*b.share }

// put sets where a visit was reported from, and what follows of it; a place's
// footprint is taken as 15 m around its anchor.
func put(v *evidence.Visit, at orb.Point, accuracy float64) {
	v.Lon, v.Lat, v.HasPosition = at[0], at[1], true
	away := geo.Distance(orb.Point{v.AnchorLon, v.AnchorLat}, at)
	v.Own.AccuracyM = float32(accuracy)
	v.Own.ExcessM = float32(max(0, away-15) - accuracy)
}

func lose(v *evidence.Visit) {
	v.Lon, v.Lat, v.HasPosition = v.AnchorLon, v.AnchorLat, false
	v.Own.ExcessM, v.Own.AccuracyM = nan(), nan()
}

// honestDay appends a day of honest visits and returns their indices.
func (c *crowd) honestDay(b *beat, d int) (rows []int) {
	at := morning.AddDate(0, 0, d).Add(time.Duration(c.r.IntN(3600)-1800) * time.Second)
	if c.mishap(b, 0.02) {
		at = at.Add(12 * time.Hour) // an evening's inspection
	}
	broken := c.mishap(b, 0.01) // the phone takes a cell tower for the position all day
	device := "phone " + b.name
	if c.mishap(b, 0.01) {
		device = fmt.Sprintf("spare %d", c.r.IntN(10))
	}
	var skew int32
	if c.mishap(b, 0.02) {
		skew = int32(c.r.IntN(3600) - 1800)
	}
	cached := orb.Point{}
	for range 8 + c.r.IntN(9) {
		i := c.r.IntN(len(b.places))
		at = at.Add(time.Duration(12*60*math.Exp(0.5*c.r.NormFloat64())) * time.Second)
		v := evidence.Visit{ID: c.id(), Place: b.places[i], Inspector: b.name, Device: device, At: at,
			AnchorLon: b.at[i][0], AnchorLat: b.at[i][1], Clean: c.r.Float64() < 0.8}
		v.Own = evidence.Own{DwellS: int32(420 * math.Exp(0.6*c.r.NormFloat64())), SkewS: skew}
		v.Photos = [][32]byte{c.hash()}
		if c.mishap(b, 0.002) && len(c.visits) > 0 {
			v.Photos = append(v.Photos, c.visits[c.r.IntN(len(c.visits))].Photos...) // sent with the wrong form
		}
		accuracy := 8 * math.Exp(0.6*c.r.NormFloat64())
		sigma := accuracy / 1.51 // 68 % within the accuracy
		if c.r.Float64() < 0.05 {
			sigma *= 4 // a street of tall buildings
		}
		where := metres(b.at[i], sigma*c.r.NormFloat64(), sigma*c.r.NormFloat64())
		switch {
		case broken:
			put(&v, metres(b.at[i], 800*c.r.NormFloat64(), 800*c.r.NormFloat64()), 30)
		case c.mishap(b, 0.04):
			lose(&v)
		case c.mishap(b, 0.01):
			put(&v, metres(b.at[0], 300, -200), accuracy) // filled in afterwards, from the office
		case c.mishap(b, 0.01) && cached != orb.Point{}:
			put(&v, cached, accuracy) // the phone gives its last fix again
		case c.mishap(b, 0.02):
			put(&v, where, 300+300*c.r.Float64())
		default:
			put(&v, where, accuracy)
			cached = where
		}
		rows = append(rows, len(c.visits))
		c.visits = append(c.visits, v)
		if c.mishap(b, 0.05) { // the cellar underneath, of the same walk
			w := v
			w.ID, w.Place, w.Walk = c.id(), c.id(), c.id()
			c.visits[len(c.visits)-1].Walk = w.Walk
			lose(&w)
			rows = append(rows, len(c.visits))
			c.visits = append(c.visits, w)
		}
		if c.mishap(b, 0.03) { // three forms filled in at once
			at = at.Add(10 * time.Second)
		}
		if c.r.Float64() < 0.03 { // something comes to light later
			by := fmt.Sprintf("office %d", c.r.IntN(5))
			c.found = append(c.found, evidence.Contradiction{Place: v.Place, At: at.Add(time.Duration(1+c.r.IntN(20*24)) * time.Hour), Kind: "exit_blocked", Inspector: by})
		}
	}
	return rows
}

func (c *crowd) hash() (h [32]byte) {
	for i := range 16 {
		h[i] = byte(c.r.Uint32())
	}
	return h
}

const workdays = 40

// work is two months of a beat's honest visits, changed by spoil: the day's
// visits and which day it is.
func (c *crowd) work(b *beat, spoil func(day []*evidence.Visit, d int)) {
	for d := range workdays {
		rows := c.honestDay(b, d+d/5*2)
		if spoil == nil {
			continue
		}
		var day []*evidence.Visit
		for _, row := range rows {
			day = append(day, &c.visits[row])
		}
		spoil(day, d)
	}
}

// plant adds people who do not what they report, each of another kind, and
// returns which kind each must be found by.
func (c *crowd) plant() map[string]evidence.Kind {
	r := c.r
	far := c.beat("elsewhere")
	c.work(c.beat("瞬移"), func(day []*evidence.Visit, _ int) {
		for i := 1; i < len(day); i += 3 { // sent from there for a place on the other side of the district
			v, k := day[i], r.IntN(60)
			at := metres(far.at[k], 0, 0)
			if geo.Distance(at, orb.Point{v.AnchorLon, v.AnchorLat}) < 4000 {
				at = metres(at, 9000, 0)
			}
			v.Place, v.AnchorLon, v.AnchorLat = far.places[k], at[0], at[1]
			v.At = day[i-1].At.Add(90 * time.Second)
			put(v, metres(at, 5*r.NormFloat64(), 5*r.NormFloat64()), 10)
		}
	})
	c.work(c.beat("集中"), func(day []*evidence.Visit, d int) {
		if d%2 == 0 {
			for i, v := range day { // the day's forms at its end, sitting down
				v.At = day[len(day)-1].At.Add(time.Duration(7*i) * time.Second)
			}
		}
	})
	used := [][32]byte{}
	c.work(c.beat("旧照"), func(day []*evidence.Visit, _ int) {
		for _, v := range day {
			if len(used) > 20 && r.IntN(3) == 0 {
				v.Photos = [][32]byte{used[r.IntN(len(used))]}
			} else {
				used = append(used, v.Photos...)
			}
		}
	})
	b := c.beat("抄坐标")
	c.work(b, func(day []*evidence.Visit, _ int) {
		for _, v := range day {
			if r.IntN(3) == 0 { // one of five positions that were noted down
				put(v, b.at[r.IntN(5)], 10)
			}
		}
	})
	c.work(c.beat("定时"), func(day []*evidence.Visit, d int) {
		if d%2 == 0 {
			for i, v := range day[1:] {
				v.At = day[0].At.Add(time.Duration(i+1)*13*time.Minute + time.Duration(r.IntN(4))*time.Second)
			}
		}
	})
	home := c.beat("远程")
	c.work(home, func(day []*evidence.Visit, _ int) {
		for _, v := range day {
			if r.IntN(4) == 0 {
				put(v, metres(home.at[0], 3000+8*r.NormFloat64(), 8*r.NormFloat64()), 15)
			}
		}
	})
	for _, name := range []string{"共机一", "共机二"} {
		c.work(c.beat(name), func(day []*evidence.Visit, d int) {
			for _, v := range day {
				if d%2 == 0 {
					v.Device = "共机"
				}
			}
		})
	}
	c.work(c.beat("无隐患"), func(day []*evidence.Visit, _ int) {
		for _, v := range day {
			v.Clean = true
			if r.IntN(7) == 0 {
				c.found = append(c.found, evidence.Contradiction{Place: v.Place, At: v.At.Add(time.Duration(20+r.IntN(200)) * time.Hour), Kind: "group_rental", Inspector: "office 1"})
			}
		}
	})
	c.work(c.beat("平移"), func(day []*evidence.Visit, _ int) {
		for _, v := range day {
			if r.IntN(2) == 0 {
				put(v, metres(orb.Point{v.AnchorLon, v.AnchorLat}, -240+6*r.NormFloat64(), 190+6*r.NormFloat64()), 10)
			}
		}
	})
	return map[string]evidence.Kind{
		"瞬移": evidence.KindSpeed, "集中": evidence.KindBurst, "旧照": evidence.KindPhotoAgain, "抄坐标": evidence.KindCopiedPosition,
		"定时": evidence.KindRegular, "远程": evidence.KindFar, "共机一": evidence.KindSharedDevice, "共机二": evidence.KindSharedDevice,
		"无隐患": evidence.KindContradicted, "平移": evidence.KindSameOffset,
	}
}

// TestTheCrowd: those who were planted come first, each by what was done; no
// honest inspector of two hundred is listed, nor one whose phone sends another
// coordinate system, nor a newcomer with three odd visits.
func TestTheCrowd(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		c := &crowd{r: rand.New(rand.NewPCG(seed, 17))}
		for i := range 200 {
			c.work(c.beat(fmt.Sprintf("honest %d", i)), nil)
		}
		c.work(c.beat("mars"), func(day []*evidence.Visit, _ int) {
			for _, v := range day {
				if v.HasPosition {
					put(v, crs.ToGCJ02(orb.Point{v.Lon, v.Lat}), float64(v.Own.AccuracyM))
				}
			}
		})
		newcomer := c.beat("newcomer")
		for _, row := range c.honestDay(newcomer, 3)[:3] {
			v := &c.visits[row]
			put(v, metres(orb.Point{v.AnchorLon, v.AnchorLat}, 4000, 0), 10)
		}
		first := 0 // of the newcomer's visits only the first three
		c.visits = slices.DeleteFunc(c.visits, func(v evidence.Visit) bool {
			if v.Inspector == "newcomer" {
				first++
				return first > 3
			}
			return false
		})
		planted := c.plant()

		r := evidence.DefaultRules()
		start := time.Now()
		patterns := r.Patterns(c.visits, c.found, shanghai)
		took := time.Since(start)
		r.Pattern.Score = 0
		all := r.Patterns(c.visits, c.found, shanghai)
		honest := 0.0 // the highest finding of anybody honest
		for _, p := range all {
			for _, f := range p.Findings {
				if _, bad := planted[p.Inspector]; !bad {
					honest = max(honest, f.Score)
				}
			}
		}
		t.Logf("seed %d: %d visits of %d inspectors in %v; the highest honest finding scores %.2f, the list begins at 4", seed, len(c.visits), 202+len(planted), took.Round(time.Millisecond), honest)
		for i, p := range patterns {
			kind, bad := planted[p.Inspector]
			switch {
			case i < len(planted) && !bad:
				t.Errorf("seed %d: %s stands at %d before some who were planted", seed, p.Inspector, i+1)
			case bad && p.Findings[0].Kind != kind && !slices.ContainsFunc(p.Findings, func(f evidence.Finding) bool { return f.Kind == kind }):
				t.Errorf("seed %d: %s was not found by %v: %+v", seed, p.Inspector, kind, p.Findings)
			case !bad && p.Inspector != "mars":
				t.Errorf("seed %d: %s is honest and listed: %+v", seed, p.Inspector, p.Findings)
			}
			if p.Inspector == "mars" && (p.Score != 0 || len(p.Findings) != 1 || p.Findings[0].Kind != evidence.KindCoordinateSystem || !strings.Contains(p.Findings[0].ZH, "GCJ-02")) {
				t.Errorf("seed %d: a phone's setting is held against it: %+v", seed, p)
			}
			if seed == 0 {
				for _, f := range p.Findings {
					t.Logf("%2d %s %6.1f %-17s %s", i+1, p.Inspector, f.Score, f.Kind, f.EN)
				}
			}
		}
		for name := range planted {
			if !slices.ContainsFunc(patterns, func(p evidence.Pattern) bool { return p.Inspector == name }) {
				t.Errorf("seed %d: %s is not listed", seed, name)
			}
		}
		if len(patterns) != len(planted)+1 {
			t.Errorf("seed %d: %d are listed, want %d and the one phone", seed, len(patterns), len(planted))
		}
	}
}

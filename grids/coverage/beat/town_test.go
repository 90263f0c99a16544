package beat_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/grids/coverage/beat"
)

// corner is the south-west corner of every town of these tests.
var corner = orb.Point{121.40, 31.40}

// at is the place so many metres east and north of the corner.
func at(x, y float64) orb.Point {
	lon, lat := geo.MetersToDegrees(corner[1])
	return geo.Snap(orb.Point{corner[0] + x*lon, corner[1] + y*lat}).Orb()
}

// number is an id that says which street it is.
func number(n int) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n+1))
	return id
}

// town is a random network with what the tests know about it.
type town struct {
	streets []beat.Street
	kind    map[uuid.UUID]string
	graph
}

func (t *town) add(kind string, width float64, line ...orb.Point) uuid.UUID {
	id := number(len(t.streets))
	t.streets = append(t.streets, beat.Street{ID: id, Line: orb.LineString(line), WidthM: width})
	if t.kind == nil {
		t.kind = map[uuid.UUID]string{}
	}
	t.kind[id] = kind
	return id
}

// newTown is a mesh of streets with blocks of 110 to 200 m, some of them curved,
// a diagonal that crosses it in the middle of segments, alleys 15 m beside a
// street, and dead ends. Streets of the mesh meet in vertices, all else does not.
func newTown(r *rand.Rand, size int) *town {
	return newTownOf(r, size, 110, []float64{22, 7, 13, 7})
}

// newTownOf has blocks of a length up to that and 90 m more, or twice the
// length if that is less, and streets of these widths in turn.
func newTownOf(r *rand.Rand, size int, block float64, widths []float64) *town {
	t := &town{}
	xs, ys := []float64{0}, []float64{0}
	for range size {
		more := min(90, block)
		xs, ys = append(xs, xs[len(xs)-1]+block+more*r.Float64()), append(ys, ys[len(ys)-1]+block+more*r.Float64())
	}
	node := make([][]orb.Point, size+1)
	for i := range node {
		node[i] = make([]orb.Point, size+1)
		for j := range node[i] {
			node[i][j] = at(xs[i]+20*(r.Float64()-0.5), ys[j]+20*(r.Float64()-0.5))
		}
	}
	for vertical := range 2 {
		for line := range size + 1 {
			curved := r.IntN(4) == 0
			var path orb.LineString
			for k := range size + 1 {
				p := node[line][k]
				if vertical == 0 {
					p = node[k][line]
				}
				if curved && k > 0 {
					a := path[len(path)-1]
					for s := 1; s < 8; s++ {
						u := float64(s) / 8
						bulge := 18 * math.Sin(u*math.Pi) / 111000
						path = append(path, geo.Snap(orb.Point{a[0] + u*(p[0]-a[0]) + bulge*float64(vertical), a[1] + u*(p[1]-a[1]) + bulge*float64(1-vertical)}).Orb())
					}
				}
				path = append(path, p)
			}
			t.add("mesh", widths[line%len(widths)], path...)
		}
	}
	t.add("diagonal", 7, at(xs[0]+13, ys[0]-30), at(xs[size]-25, ys[size]+35))
	for range 3 { // alleys from one street to the next, 15 m beside the street between them
		i, j := r.IntN(size), 1+r.IntN(size-1)
		a, b := node[i][j], node[i+1][j]
		beside := 15.0 / 111000
		t.add("alley", 5, meetsAt(orb.Point{a[0], a[1] + beside}, orb.Point{b[0], b[1] + beside}, node[i][j], node[i][j+1]),
			meetsAt(orb.Point{a[0], a[1] + beside}, orb.Point{b[0], b[1] + beside}, node[i+1][j], node[i+1][j+1]))
	}
	for range 4 { // dead ends
		i, j := r.IntN(size), r.IntN(size)
		a, b := node[i][j], node[i+1][j]
		u := 0.3 + 0.4*r.Float64()
		from := geo.Snap(orb.Point{a[0] + u*(b[0]-a[0]), a[1] + u*(b[1]-a[1])}).Orb()
		_, lat := geo.MetersToDegrees(from[1])
		t.add("dead end", 5, from, geo.Snap(orb.Point{from[0], from[1] + (45+30*r.Float64())*lat}).Orb())
	}
	t.graph = crossingsOf(t.streets)
	return t
}

// meetsAt is where two lines meet.
func meetsAt(a, b, c, d orb.Point) orb.Point {
	u, _, _ := solve(a, b, c, d)
	return geo.Snap(orb.Point{a[0] + u*(b[0]-a[0]), a[1] + u*(b[1]-a[1])}).Orb()
}

// solve finds where lines ab and cd meet, as shares of both.
func solve(a, b, c, d orb.Point) (u, v float64, ok bool) {
	det := (b[0]-a[0])*(d[1]-c[1]) - (b[1]-a[1])*(d[0]-c[0])
	if math.Abs(det) < 1e-18 {
		return 0, 0, false
	}
	u = ((c[0]-a[0])*(d[1]-c[1]) - (c[1]-a[1])*(d[0]-c[0])) / det
	v = ((c[0]-a[0])*(b[1]-a[1]) - (c[1]-a[1])*(b[0]-a[0])) / det
	return u, v, true
}

// graph is a network by another way than the package's: every pair of segments
// is solved, and places within half a metre are one node.
type graph struct {
	nodes []orb.Point
	from  [][]hop // by node
}

// hop is a street from one node to the next; reversed against its line.
type hop struct {
	street   int
	a, b     int // nodes
	from, to float64
}

func crossingsOf(streets []beat.Street) graph {
	var g graph
	node := func(p orb.Point) int {
		for i, q := range g.nodes {
			if geo.Distance(p, q) < 0.5 {
				return i
			}
		}
		g.nodes = append(g.nodes, p)
		return len(g.nodes) - 1
	}
	type place struct {
		at   float64
		node int
	}
	for s := range streets {
		line := streets[s].Line.(orb.LineString)
		var places []place
		sum := 0.0
		for i := 1; i < len(line); i++ {
			a, b := line[i-1], line[i]
			l := geo.Distance(a, b)
			for o := range streets {
				other := streets[o].Line.(orb.LineString)
				for j := 1; j < len(other) && o != s; j++ {
					u, v, ok := solve(a, b, other[j-1], other[j])
					eps := 0.1 / l
					if epsV := 0.1 / geo.Distance(other[j-1], other[j]); ok && u > -eps && u < 1+eps && v > -epsV && v < 1+epsV {
						u = max(0, min(1, u))
						places = append(places, place{sum + u*l, node(orb.Point{a[0] + u*(b[0]-a[0]), a[1] + u*(b[1]-a[1])})})
					}
				}
			}
			sum += l
		}
		places = append(places, place{0, node(line[0])}, place{sum, node(line[len(line)-1])})
		slices.SortFunc(places, func(x, y place) int { return int(math.Copysign(1, x.at-y.at)) })
		last := places[0]
		for _, p := range places[1:] {
			if p.node != last.node {
				for len(g.from) < len(g.nodes) {
					g.from = append(g.from, nil)
				}
				g.from[last.node] = append(g.from[last.node], hop{s, last.node, p.node, last.at, p.at})
				g.from[p.node] = append(g.from[p.node], hop{s, p.node, last.node, p.at, last.at})
				last = p
			}
		}
	}
	return g
}

// pointOn is the place on a street's line at a measure in metres.
func pointOn(line orb.LineString, at float64) (p orb.Point, direction [2]float64) {
	for i := 1; ; i++ {
		a, b := line[i-1], line[i]
		l := geo.Distance(a, b)
		if at <= l || i == len(line)-1 {
			u := at / l
			lon, lat := geo.MetersToDegrees(a[1])
			return orb.Point{a[0] + u*(b[0]-a[0]), a[1] + u*(b[1]-a[1])}, [2]float64{(b[0] - a[0]) / lon / l, (b[1] - a[1]) / lat / l}
		}
		at -= l
	}
}

// stroll says how somebody walks and what the receiver makes of it.
type stroll struct {
	seconds float64
	speed   float64 // metres a second
	every   float64 // seconds between fixes
	noise   float64 // metres along either axis
	lost    float64 // share of fixes that are lost one by one
	outages float64 // an hour; each lasts 15 to 50 s
	stops   float64 // an hour; each lasts 20 to 120 s
	drift   float64 // metres along either axis of an error that changes over a minute
}

var usualStroll = stroll{seconds: 3600, speed: 1.35, every: 2, noise: 8, lost: 0.05, outages: 6, stops: 8}

// start is when strolls begin: nine in the morning in Shanghai.
var start = time.Date(2026, 10, 21, 1, 0, 0, 0, time.UTC)

// truth is what was really walked: spans in centimetres by street.
type truth map[uuid.UUID][]beat.Span

// walk goes through the town at random: at each node on along any street but
// back, at a dead end back. It ends at a node.
func (t *town) walk(r *rand.Rand, s stroll) ([]beat.Fix, truth) {
	w := receiver{r: r, stroll: s}
	walked := truth{}
	begin := r.IntN(len(t.nodes))
	h := t.from[begin][r.IntN(len(t.from[begin]))]
	for w.clock < s.seconds {
		w.along(&t.streets[h.street], h.from, h.to)
		walked.add(t.streets[h.street].ID, h.from, h.to)
		var next []hop
		for _, n := range t.from[h.b] {
			if n.b != h.a || n.street != h.street {
				next = append(next, n)
			}
		}
		if len(next) == 0 {
			next = t.from[h.b]
		}
		h = next[r.IntN(len(next))]
	}
	return w.fixes, walked
}

func (t truth) add(street uuid.UUID, from, to float64) {
	t[street] = append(t[street], beat.Span{From: int64(math.Round(100 * min(from, to))), To: int64(math.Round(100 * max(from, to)))})
}

// receiver notes fixes while somebody walks.
type receiver struct {
	r *rand.Rand
	stroll
	clock   float64
	next    float64 // when the next fix is due
	silent  float64 // until when there is none
	errors  [2]float64
	fixes   []beat.Fix
	lateral float64
}

// along walks a street from one measure to another, on one side of it.
func (w *receiver) along(s *beat.Street, from, to float64) {
	line := s.Line.(orb.LineString)
	w.lateral = (w.r.Float64() - 0.5) * s.WidthM
	length := math.Abs(to - from)
	for walked := 0.0; walked < length; {
		p, d := pointOn(line, from+(to-from)*walked/length)
		w.tick(p, d)
		if w.r.Float64() < w.stops/3600 {
			for wait := 20 + 100*w.r.Float64(); wait > 0; wait-- {
				w.tick(p, d)
			}
		}
		walked += w.speed
	}
}

// tick is a second at a place.
func (w *receiver) tick(p orb.Point, direction [2]float64) {
	w.clock++
	lon, lat := geo.MetersToDegrees(p[1])
	const fade = 1.0 / 60
	for k := range w.errors {
		w.errors[k] = w.errors[k]*(1-fade) + w.r.NormFloat64()*w.drift*math.Sqrt(2*fade)
	}
	if w.r.Float64() < w.outages/3600 {
		w.silent = w.clock + 15 + 35*w.r.Float64()
	}
	if w.clock < w.next {
		return
	}
	w.next = w.clock + w.every
	if w.clock < w.silent || w.r.Float64() < w.lost {
		return
	}
	x := -direction[1]*w.lateral + w.errors[0] + w.r.NormFloat64()*w.noise
	y := direction[0]*w.lateral + w.errors[1] + w.r.NormFloat64()*w.noise
	w.fixes = append(w.fixes, beat.Fix{At: start.Add(time.Duration(w.clock * float64(time.Second))), Lon: p[0] + x*lon, Lat: p[1] + y*lat,
		AccuracyM: 1.515 * math.Hypot(w.noise, w.drift) * (0.8 + 0.4*w.r.Float64())})
}

// stand is somebody who stays at a place.
func stand(r *rand.Rand, s stroll, p orb.Point) []beat.Fix {
	w := receiver{r: r, stroll: s}
	for w.clock < s.seconds {
		w.tick(p, [2]float64{1, 0})
	}
	return w.fixes
}

package balance

import (
	"math"
	"slices"

	"gridward/geo"
	"gridward/geo/planar"
)

// load counts the work of places and streets at the pieces where it is.
func (p *pieces) load() {
	held := make([]map[int]int, len(p.list))
	for _, q := range p.a.Zone.Places {
		i := p.at(q.At)
		if i < 0 {
			i = p.nearest(q.At)
		}
		p.list[i].Minutes += q.Minutes
		p.list[i].Places++
		if q.Grid >= 0 {
			if held[i] == nil {
				held[i] = map[int]int{}
			}
			held[i][q.Grid]++
		}
	}
	for i, by := range held {
		p.list[i].Held = heldOf(by)
	}
	if p.a.Zone.WalkMinutes > 0 {
		for _, s := range p.a.Zone.Streets {
			for i := 1; i < len(s); i++ {
				p.walk(s[i-1], s[i])
			}
		}
	}
}

func heldOf(by map[int]int) []Held {
	out := make([]Held, 0, len(by))
	for g, n := range by {
		out = append(out, Held{g, n})
	}
	slices.SortFunc(out, func(a, b Held) int { return a.Grid - b.Grid })
	return out
}

// kerb is how far beside a street's line its two sides are taken, in metres.
const kerb = 2

// pace is the length in metres for which one look to either side stands.
const pace = 25

// walk counts the work of a stretch of street: half of it on either side, so
// that two atoms share the street on their border, and so do two communities.
func (p *pieces) walk(a, b geo.Point) {
	length := p.a.plane.length(a, b)
	if length == 0 {
		return
	}
	ax, ay := p.a.plane.at(a)
	bx, by := p.a.plane.at(b)
	nx, ny := -(by-ay)/length*kerb, (bx-ax)/length*kerb
	minutes := length / 1000 * p.a.Zone.WalkMinutes / 2
	from := 0.0
	for _, to := range append(p.m.Crossings(a, b), 1) {
		n := math.Ceil((to - from) * length / pace)
		for k := range int(n) {
			t := from + (to-from)*(float64(k)+0.5)/n
			x, y := ax+t*(bx-ax), ay+t*(by-ay)
			for _, side := range [2]float64{1, -1} {
				if i := p.at(p.a.plane.point(x+side*nx, y+side*ny)); i >= 0 {
					p.list[i].Minutes += (to - from) / n * minutes
				}
			}
		}
		from = to
	}
}

// at is the piece that holds a point, -1 if none does.
func (p *pieces) at(q geo.Point) int {
	f := p.m.FaceAt(q)
	if f == planar.Outside {
		return -1
	}
	in := p.of[f]
	if len(in) == 0 {
		return -1 // in a hem
	}
	for _, i := range in[1:] {
		if p.list[i].Outline.Side(q) != geo.Outside {
			return i
		}
	}
	return in[0]
}

// nearest is the piece whose centroid is nearest to a point.
func (p *pieces) nearest(q geo.Point) int {
	x, y := p.a.plane.at(q)
	best, away := 0, math.Inf(1)
	for i := range p.list {
		if d := math.Hypot(p.list[i].X-x, p.list[i].Y-y); d < away {
			best, away = i, d
		}
	}
	return best
}

package balance

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/uber/h3-go/v4"

	"gridward/geo"
	"gridward/geo/planar"
)

// Kind is what a zone is cut by.
type Kind string

// The kinds of atoms.
const (
	Blocks Kind = "blocks" // by streets and water; by H3 cells of resolution 10 where none divides the zone
	H3r9   Kind = "h3-9"   // cells of some 105,000 m²
	H3r10  Kind = "h3-10"  // 15,000 m²
	H3r11  Kind = "h3-11"  // 2,150 m²
)

var resolutions = map[Kind]int{H3r9: 9, H3r10: 10, H3r11: 11}

// scissors cut a zone.
type scissors struct {
	m     *planar.Map // of the zone as one face
	zone  *Zone
	plane plane
	boxes []geo.Box // of what must stay whole
	// drawn are the corners of everything that was drawn: all other vertices
	// were made where lines meet.
	drawn map[geo.Point]bool
	left  int // lines that the lattice could not keep apart from others
}

// byCells cuts by the borders of H3 cells, the present grids' borders and around
// what must stay whole, in which no border is needed. It returns the area of a
// cell in m².
func (s *scissors) byCells(resolution int, present []planar.Bordered) (float64, error) {
	cover, err := cellsOver(s.zone.Outline, resolution)
	if err != nil {
		return 0, fmt.Errorf("community %s: %w", s.zone.Code, err)
	}
	if len(cover) == 0 {
		return 0, fmt.Errorf("community %s: no H3 cell meets it", s.zone.Code)
	}
	rings := make([][]geo.Point, len(cover))
	area := 0.0
	for i, c := range cover {
		if rings[i], err = c.Ring(); err != nil {
			return 0, err
		}
		area += geo.Outline{rings[i]}.Area() / float64(len(cover))
	}
	side := math.Sqrt(area * 2 / (3 * math.Sqrt(3))) // of a regular hexagon
	c := newClip(s.zone.Outline, s.plane, side/3)
	once := map[[2]geo.Point]bool{}
	for _, ring := range rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			if b.X < a.X || (b.X == a.X && b.Y < a.Y) {
				a, b = b, a
			}
			if !once[[2]geo.Point{a, b}] && !s.inWhole(a, b) {
				c.add([]geo.Point{a, b})
			}
			once[[2]geo.Point{a, b}] = true
		}
	}
	s.present(c, present)
	c.corner = exact
	for _, ring := range s.wholes() {
		c.add(ring)
	}
	return area, s.cut(c)
}

// exact is how near to a corner, in metres, lines end in the corner that somebody
// drew where they are.
const exact = 0.5

// reach is how far a street is drawn out at its ends, in metres: it divides
// a block also where it stops short of the next.
const reach = 5

// byLines cuts by streets, water and the present grids' borders, and around what
// must stay whole where one of them runs through it. It reports whether there was
// a street or water that divides anything.
func (s *scissors) byLines(present []planar.Bordered) (bool, error) {
	c := newClip(s.zone.Outline, s.plane, reach)
	for _, set := range [][][]geo.Point{s.zone.Streets, s.zone.Water} {
		for _, l := range set {
			if l = slices.Compact(slices.Clone(l)); len(l) > 1 {
				n := len(l)
				first, last := s.drawnOut(l[1], l[0]), s.drawnOut(l[n-2], l[n-1])
				l[0], l[n-1] = first, last
				c.add(l)
			}
		}
	}
	if err := s.cut(c); err != nil {
		return false, err
	}
	divided := 0 // hems divide nothing
	for _, f := range s.m.Faces() {
		if o := s.m.Outline(f); !sliver(o, s.plane) {
			divided++
		}
	}
	if divided < 2 {
		return false, nil
	}
	s.present(c, present)
	c.corner = exact
	for _, ring := range s.wholes() {
		for i := 1; i < len(ring); i++ {
			if len(s.m.Crossings(ring[i-1], ring[i])) > 0 {
				c.add(ring)
				break
			}
		}
	}
	m, err := planar.New([]planar.Input{{Outline: s.zone.Outline}}) // anew: a hem is sewn once, for all lines
	if err != nil {
		return false, err
	}
	s.m, s.left = m, 0
	return true, s.cut(c)
}

// drawnOut is b, moved away from a.
func (s *scissors) drawnOut(a, b geo.Point) geo.Point {
	ax, ay := s.plane.at(a)
	bx, by := s.plane.at(b)
	d := math.Hypot(bx-ax, by-ay)
	if d == 0 {
		return b
	}
	return s.plane.point(bx+(bx-ax)/d*reach, by+(by-ay)/d*reach)
}

// present brings in the borders between the present grids.
func (s *scissors) present(c *clip, edges []planar.Bordered) {
	c.corner = exact
	for _, e := range edges {
		if e.Left != planar.Outside && e.Right != planar.Outside {
			c.add([]geo.Point{e.A, e.B})
			s.drawn[e.A], s.drawn[e.B] = true, true
		}
	}
}

// inWhole reports whether a segment's ends lie in the same compound.
func (s *scissors) inWhole(a, b geo.Point) bool {
	for i, o := range s.zone.Whole {
		if s.boxes[i].Holds(a) && s.boxes[i].Holds(b) && o.Side(a) == geo.Inside && o.Side(b) == geo.Inside {
			return true
		}
	}
	return false
}

// wholes are the rings of what must stay whole, as closed lines.
func (s *scissors) wholes() [][]geo.Point {
	var out [][]geo.Point
	for _, o := range s.zone.Whole {
		for _, ring := range o {
			out = append(out, append(slices.Clone(ring), ring[0]))
		}
	}
	return out
}

// cut brings the clipped lines into the map.
func (s *scissors) cut(c *clip) error {
	lines := c.sewn()
	for _, l := range lines {
		s.drawn[l[0]], s.drawn[l[1]] = true, true
	}
	for _, hem := range c.hems {
		for _, p := range hem {
			delete(s.drawn, p.at) // needed only where a border ends
		}
	}
	return s.bring(lines)
}

// bring brings lines in; when the lattice cannot keep them apart it brings in one
// half and then the other, and leaves out the single lines that cannot be.
func (s *scissors) bring(lines [][]geo.Point) error {
	if len(lines) == 0 {
		return nil
	}
	_, err := s.m.Cut(lines, nil)
	switch {
	case err == nil, errors.Is(err, planar.ErrNothing):
		return nil
	case !errors.Is(err, planar.ErrTight) && !errors.Is(err, planar.ErrDisconnected):
		return fmt.Errorf("community %s: cutting it into atoms: %w", s.zone.Code, err)
	case len(lines) == 1:
		s.left++
		return nil
	}
	half := len(lines) / 2
	if err := s.bring(lines[:half]); err != nil {
		return err
	}
	return s.bring(lines[half:])
}

// sliver reports whether land is nowhere wider than a few steps, on average.
func sliver(o geo.Outline, p plane) bool {
	around := 0.0
	for _, ring := range o {
		for i, q := range ring {
			around += p.length(q, ring[(i+1)%len(ring)])
		}
	}
	return o.Area() < around/2*near*2*p.ky
}

// cellsOver lists the H3 cells that meet an outline, ascending.
func cellsOver(o geo.Outline, resolution int) ([]geo.Cell, error) {
	var out []geo.Cell
	for _, polygon := range o.MultiPolygon() {
		found, err := h3.PolygonToCellsExperimental(h3.GeoPolygon{GeoLoop: loop(polygon[0])}, resolution, h3.ContainmentOverlapping)
		if err != nil {
			return nil, fmt.Errorf("h3 cells of resolution %d: %w", resolution, err)
		}
		for _, c := range found {
			out = append(out, geo.Cell(c))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func loop(ring orb.Ring) h3.GeoLoop {
	out := make(h3.GeoLoop, 0, len(ring))
	for _, p := range ring[:len(ring)-1] {
		out = append(out, h3.NewLatLng(p[1], p[0]))
	}
	return out
}

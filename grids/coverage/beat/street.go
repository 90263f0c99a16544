package beat

import (
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
)

// Street is a line that is walked.
type Street struct {
	ID     uuid.UUID
	Line   orb.Geometry // LineString or MultiLineString, longitude/latitude, WGS 84
	WidthM float64      // kerb to kerb in metres; 0 where it is not known
}

// course is a street with its measure: how many metres along the street each
// vertex lies. The measure runs on from part to part, so the way between two
// parts has no length.
type course struct {
	id     uuid.UUID
	half   float64 // of the width
	parts  []part
	length int64 // centimetres
}

type part struct {
	points []orb.Point
	at     []float64 // metres along the street, strictly ascending
}

// newCourse measures a street. Each part is stretched by at most half a
// centimetre, so that it ends on a whole one and spans can name its end; what
// is shorter than that is no part.
func newCourse(s Street, usualWidth float64) (course, error) {
	var lines orb.MultiLineString
	switch g := s.Line.(type) {
	case orb.LineString:
		lines = orb.MultiLineString{g}
	case orb.MultiLineString:
		lines = g
	default:
		return course{}, fmt.Errorf("street %s: a street is a LineString or a MultiLineString, not %T", s.ID, s.Line)
	}
	if !(s.WidthM >= 0 && s.WidthM <= 1000) {
		return course{}, fmt.Errorf("street %s: a width of %v m cannot be", s.ID, s.WidthM)
	}
	c := course{id: s.ID, half: s.WidthM / 2}
	if s.WidthM == 0 {
		c.half = usualWidth / 2
	}
	for i, line := range lines {
		p := part{points: make([]orb.Point, 0, len(line)), at: make([]float64, 0, len(line))}
		sum := 0.0
		for j, q := range line {
			if _, err := geo.SnapChecked(q); err != nil {
				return course{}, fmt.Errorf("street %s, part %d, vertex %d: %w", s.ID, i, j, err)
			}
			if n := len(p.points); n > 0 {
				d := geo.Distance(p.points[n-1], q)
				if d < 1e-6 {
					continue
				}
				sum += d
			}
			p.points, p.at = append(p.points, q), append(p.at, sum)
		}
		whole := math.Round(sum * 100)
		if whole == 0 {
			continue
		}
		begin, stretch := float64(c.length)/100, whole/100/sum
		for j := range p.at {
			p.at[j] = begin + p.at[j]*stretch
		}
		c.length += int64(whole)
		p.at[len(p.at)-1] = float64(c.length) / 100
		c.parts = append(c.parts, p)
	}
	return c, nil
}

// span is the part's own.
func (p *part) span() Span { return Span{centimetres(p.at[0]), centimetres(p.at[len(p.at)-1])} }

// point is the place at a measure in metres within the part.
func (p *part) point(at float64) orb.Point {
	i, exact := slices.BinarySearch(p.at, at)
	switch {
	case exact:
		return p.points[i]
	case i == 0:
		return p.points[0]
	case i == len(p.at):
		return p.points[i-1]
	}
	a, b := p.points[i-1], p.points[i]
	t := (at - p.at[i-1]) / (p.at[i] - p.at[i-1])
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
}

// line is the part's line within a span that lies in it.
func (p *part) line(s Span) orb.LineString {
	from, to := float64(s.From)/100, float64(s.To)/100
	out := orb.LineString{p.point(from)}
	for i, at := range p.at {
		if at > from && at < to {
			out = append(out, p.points[i])
		}
	}
	return append(out, p.point(to))
}

func centimetres(m float64) int64 { return int64(math.Round(m * 100)) }

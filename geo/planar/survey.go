package planar

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"gridward/geo"
)

// Claim is an area that somebody drew: a grid as a file has it.
type Claim struct {
	Outline geo.Outline
}

// Flaw is the way in which claims fail to tile their zones.
type Flaw string

// The flaws.
const (
	Gap     Flaw = "gap"     // land of a zone that nobody claims
	Overlap Flaw = "overlap" // land that several claim
	Beyond  Flaw = "beyond"  // land of another zone, or of none, than the one in which most of the claim lies
	Dangle  Flaw = "dangle"  // a line that leads out and back and encloses nothing
	Empty   Flaw = "empty"   // a claim of which nothing is left
)

// Finding is one flaw with its place, and what would mend it.
type Finding struct {
	Flaw   Flaw
	Claims []int // those concerned, ascending
	Zone   Zone  // where it is; -1 outside every zone
	Land   geo.Outline
	At     geo.Point
	AreaM2 float64
	Sliver bool // narrower than a metre on average
	// Mend is the claim that would get the land, its neighbour along the longest
	// border; -1 where a new face would be made of it, or nothing is to be done.
	Mend int
}

// Survey is what claims come to on the lattice.
type Survey struct {
	Findings []Finding
	// Map has every finding mended as it proposes. It is only a proposal where
	// there are findings; without any it is the claims themselves.
	Map *Map
	// Faces are the claims' faces, Outside for one of which nothing is left.
	Faces []Face
	// Fresh are faces of land that nobody claims, each a zone without any claim.
	Fresh []Face
}

// Examine cuts claims at each other and at the zones' borders, on the lattice,
// and reports where they do not tile the zones: each gap, overlap, sliver,
// dangle, and what lies beyond a claim's zone. Nothing is mended silently: what
// the map has otherwise than the claims is listed in the findings. The zones must
// be a partition. The error says that the lattice cannot part some lines.
func Examine(zones []geo.Outline, claims []Claim) (*Survey, error) {
	in := make([]Input, len(zones))
	for z, o := range zones {
		in[z] = Input{Zone: Zone(z), Outline: o}
	}
	m, err := New(in)
	if err != nil {
		return nil, err
	}
	s := &Survey{Map: m, Faces: make([]Face, len(claims))}
	drawn := make([]geo.Outline, len(claims))
	for i, c := range claims {
		s.Faces[i] = Outside
		drawn[i] = s.dangles(i, c.Outline)
	}
	found := make([][]part, len(zones))
	for z, zone := range zones {
		if found[z], err = m.cut(Face(z), linesIn(zone.Box(), drawn), drawn); err != nil {
			return nil, err
		}
	}
	home := homes(found, len(claims))
	if err := s.beyond(drawn); err != nil {
		return nil, err
	}
	for i := range claims {
		if home[i] < 0 {
			s.Findings = append(s.Findings, Finding{Flaw: Empty, Claims: []int{i}, Zone: -1, At: somewhereOn(claims[i].Outline), Mend: -1})
		}
	}
	for z := range zones {
		if err := s.settle(Zone(z), zones[z], found[z], drawn, home); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(s.Findings, func(a, b Finding) int { return cmp.Compare(b.AreaM2, a.AreaM2) })
	return s, nil
}

func somewhereOn(o geo.Outline) geo.Point {
	for _, r := range o {
		for _, p := range r {
			return p
		}
	}
	return geo.Point{}
}

// dangles takes the lines out of a claim's rings that lead out and back, and
// reports them.
func (s *Survey) dangles(claim int, o geo.Outline) geo.Outline {
	var out geo.Outline
	for _, ring := range o {
		var kept []geo.Point
		var lost []geo.Point
		for _, p := range ring {
			kept = append(kept, p)
			for len(kept) > 2 && spike(kept[len(kept)-3], kept[len(kept)-2], kept[len(kept)-1]) {
				n := len(kept)
				lost = append(lost, kept[n-2])
				kept = append(kept[:n-2], kept[n-1])
				if kept[n-3] == kept[n-2] {
					kept = kept[:n-2]
				}
			}
		}
		for len(kept) > 3 { // across the seam
			n := len(kept)
			switch {
			case spike(kept[n-2], kept[n-1], kept[0]):
				lost, kept = append(lost, kept[n-1]), kept[:n-1]
			case spike(kept[n-1], kept[0], kept[1]):
				lost, kept = append(lost, kept[0]), kept[1:]
			default:
				n = 0
			}
			if n == 0 {
				break
			}
		}
		for _, p := range lost {
			s.Findings = append(s.Findings, Finding{Flaw: Dangle, Claims: []int{claim}, Zone: -1, At: p, Mend: -1})
		}
		if len(kept) > 2 {
			out = append(out, kept)
		}
	}
	return out
}

// spike reports whether the way from a over b to c turns back on itself.
func spike(a, b, c geo.Point) bool {
	if b == c || a == b {
		return true
	}
	if geo.Orientation(a, b, c) != 0 {
		return false
	}
	dx, dy := int64(b.X)-int64(a.X), int64(b.Y)-int64(a.Y)
	ex, ey := int64(c.X)-int64(b.X), int64(c.Y)-int64(b.Y)
	return dx*ex+dy*ey < 0
}

// part is a piece of a zone with the claims that cover it.
type part struct {
	piece piece
	of    []int
}

// cut cuts a face by lines and says which claims cover each part.
func (m *Map) cut(f Face, lines []line, claims []geo.Outline) ([]part, error) {
	a, err := m.arrange(map[Face]bool{f: true}, lines, false)
	if err != nil {
		return nil, m.refuse(err, lines)
	}
	in := a.classify()
	a.prune(in)
	pieces, err := assemble(trace(a.halves(in)))
	if err != nil {
		return nil, m.refuse(err, lines)
	}
	out := make([]part, len(pieces))
	for i, of := range locate(pieces, len(claims), func(i int) geo.Outline { return claims[i] }) {
		out[i] = part{pieces[i], of}
	}
	return out, nil
}

// linesIn are the edges of claims that come near a box, each once.
func linesIn(box geo.Box, claims []geo.Outline) []line {
	once := map[Edge]bool{}
	var lines []line
	for _, c := range claims {
		for _, ring := range c {
			for i, p := range ring {
				b := ordered(p, ring[(i+1)%len(ring)], 0, 0)
				if b.A != b.B && !once[b.Edge] && b.Edge.box().Meets(box) {
					once[b.Edge] = true
					lines = append(lines, line{b.A, b.B})
				}
			}
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return compareEdges(Edge{a[0], a[1]}, Edge{b[0], b[1]}) })
	return lines
}

// homes are the zones in which most of each claim lies; -1 for one that lies in none.
func homes(found [][]part, claims int) []Zone {
	home, most := make([]Zone, claims), make([]int64, claims)
	for i := range home {
		home[i] = -1
	}
	for z, parts := range found {
		area := map[int]int64{}
		for _, p := range parts {
			for _, i := range p.of {
				area[i] += p.piece.area
			}
		}
		for _, i := range slices.Sorted(maps.Keys(area)) {
			if area[i] > most[i] {
				home[i], most[i] = Zone(z), area[i]
			}
		}
	}
	return home
}

// beyond reports what claims have of the land outside every zone: a box with
// the zones as its holes, cut by the claims like a zone.
func (s *Survey) beyond(claims []geo.Outline) error {
	box := geo.EmptyBox()
	for _, e := range s.Map.Edges() {
		box = box.Extend(e.A).Extend(e.B)
	}
	for _, c := range claims {
		if len(c) > 0 {
			box = box.Union(c.Box())
		}
	}
	const margin = 10
	lo, hi := geo.Point{X: box.Min.X - margin, Y: box.Min.Y - margin}, geo.Point{X: box.Max.X + margin, Y: box.Max.Y + margin}
	outside := geo.Outline{{lo, {X: hi.X, Y: lo.Y}, hi, {X: lo.X, Y: hi.Y}}}
	for _, c := range trace(s.Map.around(Outside)) {
		outside = append(outside, geo.SimpleRings(c.points())...)
	}
	m, err := New([]Input{{Outline: outside}})
	if err != nil {
		return err
	}
	parts, err := m.cut(0, linesIn(outside.Box(), claims), claims)
	if err != nil {
		return err
	}
	for i := range parts {
		for _, c := range parts[i].of {
			s.report(Finding{Flaw: Beyond, Claims: []int{c}, Zone: -1, Mend: -1}, &parts[i].piece)
		}
	}
	return nil
}

// settle gives every part of a zone to a face and reports what was not clear.
func (s *Survey) settle(z Zone, zone geo.Outline, parts []part, claims []geo.Outline, home []Zone) error {
	pieces := make([]piece, len(parts))
	holder := make([]int, len(parts)) // the claim, or -1
	var unclear []int
	for i, p := range parts {
		pieces[i] = p.piece
		var at []int
		for _, c := range p.of {
			if home[c] == z {
				at = append(at, c)
			} else {
				s.report(Finding{Flaw: Beyond, Claims: []int{c}, Zone: z, Mend: -1}, &p.piece)
			}
		}
		holder[i] = -1
		if len(at) == 1 {
			holder[i] = at[0]
			continue
		}
		unclear = append(unclear, i)
		parts[i].of = at
	}
	beside := bordering(pieces)
	for waiting := unclear; len(waiting) > 0; {
		var rest []int
		for _, i := range waiting {
			best, longest := -1, 0.0
			length := map[int]float64{}
			for k, n := range beside[i] {
				if holder[k] >= 0 && (len(parts[i].of) == 0 || slices.Contains(parts[i].of, holder[k])) {
					length[holder[k]] += n
				}
			}
			for _, c := range slices.Sorted(maps.Keys(length)) {
				if length[c] > longest {
					best, longest = c, length[c]
				}
			}
			if best < 0 {
				rest = append(rest, i)
				continue
			}
			holder[i] = best
			s.unclear(&parts[i], z, best)
		}
		if len(rest) == len(waiting) { // nobody beside them
			for _, i := range rest {
				if len(parts[i].of) > 0 { // claims that cover each other wholly: the first
					holder[i] = parts[i].of[0]
				}
				s.unclear(&parts[i], z, holder[i])
				if holder[i] < 0 {
					parts[i].of = nil
				}
			}
			break
		}
		waiting = rest
	}
	return s.divide(z, claims, zone, holder)
}

// unclear reports a part that nobody or several claim.
func (s *Survey) unclear(p *part, z Zone, mend int) {
	flaw := Gap
	if len(p.of) > 0 {
		flaw = Overlap
	}
	s.report(Finding{Flaw: flaw, Claims: slices.Clone(p.of), Zone: z, Mend: mend}, &p.piece)
}

func (s *Survey) report(f Finding, p *piece) {
	f.Land = p.outline()
	f.At = f.Land.Anchor()
	f.AreaM2 = f.Land.Area()
	around := 0.0
	p.each(func(h half) { around += geo.Distance(h.from.Orb(), h.to.Orb()) })
	f.Sliver = 2*f.AreaM2 < around
	s.Findings = append(s.Findings, f)
}

// bordering is the length in steps of the border between pieces.
func bordering(pieces []piece) []map[int]float64 {
	across := map[Edge]int{}
	out := make([]map[int]float64, len(pieces))
	for i := range pieces {
		out[i] = map[int]float64{}
		pieces[i].each(func(h half) {
			e := ordered(h.from, h.to, 0, 0).Edge
			k, met := across[e]
			if !met {
				across[e] = i
				return
			}
			if k != i {
				out[i][k] += steps(h.from, h.to)
				out[k][i] += steps(h.from, h.to)
			}
		})
	}
	return out
}

// divide makes the faces of a zone: the same cut again, each piece to its holder.
func (s *Survey) divide(z Zone, claims []geo.Outline, zone geo.Outline, holder []int) error {
	whole := Face(z)
	if !slices.ContainsFunc(holder, func(c int) bool { return c >= 0 }) {
		s.Fresh = append(s.Fresh, whole)
		return nil
	}
	lines := linesIn(zone.Box(), claims)
	_, err := s.Map.reworkAs(map[Face]bool{whole: true}, lines, manner{parts: true, exact: true}, func(pieces []piece) ([]Face, []Begun, error) {
		if len(pieces) != len(holder) {
			return nil, nil, fmt.Errorf("zone %d: %d pieces the second time, %d the first", z, len(pieces), len(holder))
		}
		owner := make([]Face, len(pieces))
		var begun []Begun
		for i, c := range holder {
			if c < 0 {
				owner[i] = whole
				continue
			}
			if s.Faces[c] == Outside {
				s.Faces[c] = s.Map.next
				begun = append(begun, Begun{s.Map.next, z})
				s.Map.next++
			}
			owner[i] = s.Faces[c]
		}
		return owner, begun, nil
	})
	if err != nil {
		return err
	}
	if _, left := s.Map.faces[whole]; left {
		s.Fresh = append(s.Fresh, whole)
	}
	return nil
}

package layers

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/geo/geoio"
)

// PlaceUnits says in which units a place lies; false when in none.
type PlaceUnits func(footprint orb.Geometry, anchor geo.Point, key geo.Key) (town, park, community string, ok bool)

// Mistake is the kind of a bad row.
type Mistake string

// The mistakes a row can have.
const (
	NotValid         Mistake = "not valid"
	OutsideDistrict  Mistake = "outside the district"
	WrongAxisOrder   Mistake = "wrong axis order suspected"
	WrongSystem      Mistake = "wrong coordinate system suspected"
	Duplicate        Mistake = "duplicate"
	MissingAttribute Mistake = "missing attribute"
	NotEnumerated    Mistake = "not in enumeration"
	BadAttribute     Mistake = "attribute does not fit"
)

// BadRow names one bad row.
type BadRow struct {
	Row      int
	SourceID string
	Mistake  Mistake
	Reason   string
}

func (b BadRow) String() string {
	return fmt.Sprintf("row %d (%s): %s: %s", b.Row, b.SourceID, b.Mistake, b.Reason)
}

// Importer turns a file's records into places of one layer, as a stream.
type Importer struct {
	Layer  *Definition
	System crs.System
	Source string
	// Columns gives the file's column for a target (see [Definition.Targets]). A
	// target that is not there takes the column of its own name.
	Columns map[string]string
	// Values gives the layer's value for the file's own: "highway.track" is
	// taken as its value; "highway.*" stands for every other value of the
	// column and "highway." for a missing one.
	Values map[string]string
	Day    time.Time // first day of new places
	Units  PlaceUnits
	Known  map[string]Known // by source id
	// CommunityName is a community's name, for the wrong-coordinate detective.
	CommunityName func(code string) string
	// Named is where the register has a place of the layer whose name no other
	// place of it has, for the detective too.
	Named map[string]geo.Point
	// Bad hears of each bad row as soon as it is read.
	Bad func(BadRow)
}

// Report is what an import found; it grows while the places are read.
type Report struct {
	Rows, Good, Bad int
	IDs             []string // of every row that has one, the bad ones too
	Warnings        []string
}

// reserved targets that are no attribute.
const (
	targetID        = "source_id"
	targetName      = "name"
	targetAddress   = "address"
	targetRisk      = "risk"
	targetCommunity = "community"
)

// Targets are what a file's columns can stand for in an import: the layer's
// attributes and what every place has.
func (d *Definition) Targets() []string {
	out := []string{targetID, targetName, targetAddress, targetRisk, targetCommunity}
	for _, a := range d.Attributes {
		out = append(out, a.Name)
	}
	return out
}

// CheckValues holds [Importer.Values] to the layer: the attributes must be
// there and take the values.
func (d *Definition) CheckValues(values map[string]string) error {
	var problems []error
	for from, to := range values {
		name, _, _ := strings.Cut(from, ".")
		a, ok := d.Attribute(name)
		if !ok {
			problems = append(problems, fmt.Errorf("%s=%s: layer %s has no attribute %q; its attributes are %s", from, to, d.Layer, name, strings.Join(d.Targets()[5:], ", ")))
		} else if _, err := a.Read(to); err != nil {
			problems = append(problems, fmt.Errorf("%s=%s: %w", from, to, err))
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

// Places reads every record and yields the good ones. It never stops at a bad
// row: all are named. An error ends it: the file is broken. The report is whole
// when the last place has been taken.
func (m *Importer) Places(in geoio.Reader, report *Report) iter.Seq2[*Place, error] {
	return func(yield func(*Place, error) bool) {
		seen, numbered := map[string]int{}, 0
		d := detective{said: m.System, place: m.Units, name: m.CommunityName}
		for in.Next() {
			r := in.Record()
			report.Rows++
			id := m.text(r, targetID, "id", "osm_id", "osm_way_id", "fid", "@id")
			if id == "" {
				numbered++
				id = fmt.Sprintf("row-%d", r.Row)
			}
			first, again := seen[id]
			if !again {
				seen[id] = r.Row
				report.IDs = append(report.IDs, id)
			}
			p, kind, why := (*Place)(nil), Duplicate, fmt.Sprintf("row %d has the same id", first)
			if !again {
				p, kind, why = m.place(r, id)
			}
			if kind != "" {
				report.Bad++
				if m.Bad != nil {
					m.Bad(BadRow{r.Row, id, kind, why})
				}
				continue
			}
			report.Good++
			d.look(m.text(r, targetCommunity), m.Known[id], m.Named[p.Name], p.Anchor)
			if !yield(p, nil) {
				return
			}
		}
		if err := in.Err(); err != nil {
			yield(nil, err)
			return
		}
		if numbered > 0 {
			report.Warnings = append(report.Warnings, fmt.Sprintf("%d rows have no id (the columns id, osm_id, fid, or --map COLUMN=source_id): their row numbers stand for it, so a file imported again is matched by the order of its rows", numbered))
		}
		report.Warnings = append(report.Warnings, d.verdict()...)
	}
}

// place reads one row; a mistake comes with its reason.
func (m *Importer) place(r geoio.Record, id string) (*Place, Mistake, string) {
	if r.Problem != nil {
		return nil, NotValid, r.Problem.Error()
	}
	p := &Place{Layer: m.Layer.Layer, Source: m.Source, SourceID: id, ValidFrom: m.Day, Version: 1,
		Name: m.text(r, targetName), Address: m.text(r, targetAddress)}
	raw := make(map[string]any, len(m.Layer.Attributes))
	for _, a := range m.Layer.Attributes {
		raw[a.Name] = m.value(&a, r.Attributes[m.column(a.Name)])
	}
	attributes, err := m.Layer.Read(raw)
	if err != nil {
		kind := BadAttribute
		switch {
		case errors.Is(err, ErrMissingAttribute):
			kind = MissingAttribute
		case errors.Is(err, ErrNotInEnumeration):
			kind = NotEnumerated
		}
		return nil, kind, strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	p.Attributes, p.Category = attributes, m.Layer.CategoryOf(attributes)
	if kind, why := m.shape(p, r); kind != "" {
		return nil, kind, why
	}
	known, again := m.Known[id]
	if p.Risk, err = risk(m.text(r, targetRisk), known.Risk); err != nil {
		return nil, BadAttribute, err.Error()
	}
	if p.ID = known.ID; !again {
		p.ID = uuid.Must(uuid.NewV7())
	}
	return p, "", ""
}

// risk reads a risk from 0 to 4; a row that says nothing leaves it as it was.
func risk(s string, before int16) (int16, error) {
	switch s {
	case "":
		return before, nil
	case "0", "1", "2", "3", "4":
		return int16(s[0] - '0'), nil
	}
	return 0, fmt.Errorf("risk %q is not between 0 and 4", s)
}

// value is a cell in the layer's own words, as far as Values says.
func (m *Importer) value(a *Attribute, cell any) any {
	if len(m.Values) == 0 {
		return cell
	}
	s := ""
	if cell != nil {
		s = strings.TrimSpace(text(cell))
	}
	if v, ok := m.Values[a.Name+"."+s]; ok {
		return v
	}
	if v, ok := m.Values[a.Name+".*"]; ok && s != "" {
		if _, err := a.Read(cell); err != nil {
			return v
		}
	}
	return cell
}

// column is the file's column for a target.
func (m *Importer) column(target string) string {
	if c, ok := m.Columns[target]; ok {
		return c
	}
	return target
}

func (m *Importer) text(r geoio.Record, target string, usual ...string) string {
	columns := []string{m.column(target)}
	if _, mapped := m.Columns[target]; !mapped {
		columns = append(columns, usual...)
	}
	for _, c := range columns {
		if v, ok := r.Attributes[c]; ok && v != nil {
			if s := strings.TrimSpace(text(v)); s != "" {
				return s
			}
		}
	}
	return ""
}

// shape brings a row's geometry into the register's form and finds its units;
// a mistake comes with its reason.
func (m *Importer) shape(p *Place, r geoio.Record) (Mistake, string) {
	plan := m.System.Geometry(r.Geometry)
	for _, v := range vertices(plan) {
		if _, err := geo.SnapChecked(v); err != nil {
			if _, swapped := geo.SnapChecked(orb.Point{v[1], v[0]}); swapped == nil && m.System.Geographic() {
				return WrongAxisOrder, fmt.Sprintf("%v: latitude seems to stand first", err)
			}
			if fits := m.planes(v); m.System.Geographic() && len(fits) > 0 {
				return WrongSystem, fmt.Sprintf("%v %v are no degrees; taken as metres of %s it lies inside", v[0], v[1], strings.Join(fits, " or "))
			}
			return NotValid, err.Error()
		}
	}
	if !m.accepts(plan, r.Solid) {
		return NotValid, fmt.Sprintf("a %s is not what layer %s holds: %s", kindOf(plan, r.Solid), m.Layer.Layer, strings.Join(m.Layer.Geometry, ", "))
	}
	p.Footprint = geo.SnapGeometry(plan)
	if empty(p.Footprint) {
		return NotValid, "nothing is left of it on the lattice of 1e-7 degree (1 cm)"
	}
	if err := Valid(p.Footprint); err != nil {
		return NotValid, err.Error()
	}
	if m.Layer.WithDepth() && r.Solid != nil {
		p.Solid = snapSolid(m.System.Solid(r.Solid))
	}
	var err error
	if p.Anchor, err = geo.Anchor(p.Footprint); err != nil {
		return NotValid, err.Error()
	}
	if p.Key, err = geo.KeyAt(p.Anchor); err != nil {
		return NotValid, err.Error()
	}
	var ok bool
	if p.Town, p.Park, p.Community, ok = m.Units(p.Footprint, p.Anchor, p.Key); !ok {
		return m.lost(p.Anchor.Orb(), r.Geometry)
	}
	return "", ""
}

// lost says why a place lies in no unit, as far as it can be told.
func (m *Importer) lost(at orb.Point, raw orb.Geometry) (Mistake, string) {
	inside := m.inside
	switch {
	case !m.System.Geographic() && inside(raw.Bound().Center()):
		c := raw.Bound().Center()
		return WrongSystem, fmt.Sprintf("%v %v taken as metres of %s lies outside; taken as degrees it lies inside", c[0], c[1], m.System)
	case m.System.Geographic() && inside(orb.Point{at[1], at[0]}):
		return WrongAxisOrder, fmt.Sprintf("%.6f %.6f lies outside, the other way round inside", at[0], at[1])
	case m.System.String() == crs.WGS84.String() || m.System.String() == crs.CGCS2000.String():
		if crs.FromGCJ02(at) != at && (inside(crs.FromGCJ02(at)) || inside(crs.FromBD09(at))) {
			return WrongSystem, fmt.Sprintf("%.6f %.6f lies outside; taken as GCJ-02 or BD-09 it lies inside", at[0], at[1])
		}
	}
	return OutsideDistrict, fmt.Sprintf("%.6f %.6f lies in no community", at[0], at[1])
}

// inside reports whether a point lies in a unit of the district.
func (m *Importer) inside(p orb.Point) bool {
	s, err := geo.SnapChecked(p)
	if err != nil {
		return false
	}
	key, err := geo.KeyAt(s)
	if err != nil {
		return false
	}
	_, _, _, ok := m.Units(s.Orb(), s, key)
	return ok
}

// planes are the systems in metres by which a point lies in the district.
func (m *Importer) planes(p orb.Point) []string {
	var found []string
	for _, s := range crs.Planes() {
		switch {
		case m.inside(s.ToWGS84(p)):
			found = append(found, s.String())
		case m.inside(s.ToWGS84(orb.Point{p[1], p[0]})):
			found = append(found, s.String()+" with the northing first")
		}
	}
	return found
}

func (m *Importer) accepts(g orb.Geometry, solid geom.T) bool {
	kinds := m.Layer.Geometry
	return slices.Contains(kinds, g.GeoJSONType()) || (solid != nil && slices.Contains(kinds, kindOf(g, solid)))
}

func kindOf(g orb.Geometry, solid geom.T) string {
	if solid != nil {
		return g.GeoJSONType() + "Z"
	}
	return g.GeoJSONType()
}

func vertices(g orb.Geometry) []orb.Point {
	var out []orb.Point
	switch g := g.(type) {
	case orb.Point:
		out = append(out, g)
	case orb.MultiPoint:
		out = append(out, g...)
	case orb.LineString:
		out = append(out, g...)
	case orb.MultiLineString:
		for _, l := range g {
			out = append(out, l...)
		}
	case orb.Polygon:
		for _, r := range g {
			out = append(out, r...)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for _, r := range p {
				out = append(out, r...)
			}
		}
	}
	return out
}

func empty(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.LineString:
		return len(g) < 2
	case orb.MultiLineString:
		return len(g) == 0
	case orb.Polygon:
		return len(g) == 0
	case orb.MultiPolygon:
		return len(g) == 0
	}
	return g == nil
}

// snapSolid puts a geometry with depth on the lattice, in plan.
func snapSolid(g geom.T) geom.T {
	flat, stride := g.FlatCoords(), g.Stride()
	for i := 0; i+1 < len(flat); i += stride {
		p := geo.Snap(orb.Point{flat[i], flat[i+1]}).Orb()
		flat[i], flat[i+1] = p[0], p[1]
	}
	return g
}

package geoio

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
)

// Writer writes records, whose Attributes it takes whole.
type Writer interface {
	Write(Record) error
	Close() error
}

// NewGeoJSON writes a FeatureCollection as RFC 7946 has it: WGS 84, seven
// decimals, the right-hand rule.
func NewGeoJSON(w io.Writer) Writer { return &geoJSONWriter{out: bufio.NewWriterSize(w, 1<<16)} }

// NewGeoJSONSeq writes one feature a line.
func NewGeoJSONSeq(w io.Writer) Writer {
	return &geoJSONWriter{out: bufio.NewWriterSize(w, 1<<16), lines: true}
}

type geoJSONWriter struct {
	out   *bufio.Writer
	lines bool
	n     int
}

func (g *geoJSONWriter) Write(r Record) error {
	geometry := json.RawMessage("null")
	if r.Geometry != nil {
		raw, err := json.Marshal(struct {
			Type        string       `json:"type"`
			Coordinates orb.Geometry `json:"coordinates"`
		}{r.Geometry.GeoJSONType(), rightHand(r.Geometry)})
		if err != nil {
			return fmt.Errorf("row %d: %w", r.Row, err)
		}
		geometry = raw
	}
	raw, err := json.Marshal(struct {
		Type       string          `json:"type"`
		Geometry   json.RawMessage `json:"geometry"`
		Properties map[string]any  `json:"properties"`
	}{"Feature", geometry, r.Attributes})
	if err != nil {
		return fmt.Errorf("row %d: %w", r.Row, err)
	}
	switch {
	case g.lines:
	case g.n == 0:
		g.out.WriteString(`{"type":"FeatureCollection","features":[` + "\n")
	default:
		g.out.WriteString(",\n")
	}
	g.n++
	g.out.Write(raw)
	if g.lines {
		g.out.WriteByte('\n')
	}
	return nil
}

func (g *geoJSONWriter) Close() error {
	if !g.lines {
		if g.n == 0 {
			g.out.WriteString(`{"type":"FeatureCollection","features":[`)
		}
		g.out.WriteString("\n]}\n")
	}
	return g.out.Flush()
}

// rightHand turns outer rings counter-clockwise and holes clockwise.
func rightHand(g orb.Geometry) orb.Geometry {
	turn := func(p orb.Polygon) {
		for i, r := range p {
			if (r.Orientation() == orb.CCW) != (i == 0) {
				r.Reverse()
			}
		}
	}
	switch g := orb.Clone(g).(type) {
	case orb.Polygon:
		turn(g)
		return g
	case orb.MultiPolygon:
		for _, p := range g {
			turn(p)
		}
		return g
	}
	return g
}

// NewCSV writes a table with a WKT column, UTF-8 with the mark that Excel
// wants. columns are the attributes, in order.
func NewCSV(w io.Writer, columns []string) (Writer, error) {
	if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil {
		return nil, err
	}
	c := &csvWriter{out: csv.NewWriter(w), columns: columns}
	return c, c.out.Write(append(slices.Clone(columns), "wkt"))
}

type csvWriter struct {
	out     *csv.Writer
	columns []string
}

func (c *csvWriter) Write(r Record) error {
	cells := make([]string, 0, len(c.columns)+1)
	for _, name := range c.columns {
		v := r.Attributes[name]
		if v == nil {
			cells = append(cells, "")
			continue
		}
		s := fmt.Sprint(v)
		if _, text := v.(string); text {
			s = harmless(s)
		}
		cells = append(cells, s)
	}
	where := ""
	if r.Geometry != nil {
		where = wkt.MarshalString(r.Geometry)
	}
	return c.out.Write(append(cells, where))
}

func (c *csvWriter) Close() error {
	c.out.Flush()
	return c.out.Error()
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", first) {
		return "'" + s
	}
	return s
}

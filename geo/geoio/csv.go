package geoio

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom/encoding/wkt"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// csvFile reads a table with longitude and latitude, or with a WKT column.
type csvFile struct {
	file          *os.File
	in            *csv.Reader
	names         []string
	lon, lat, wkt int // column, or -1
	rec           Record
	row           int
	err           error
}

func openCSV(path string, o Options) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(f, 1<<20)
	head, _ := in.Peek(1 << 16)
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		in.Discard(3)
	}
	var text io.Reader = in
	if strings.EqualFold(o.Encoding, "gbk") || (o.Encoding == "" && !validUTF8(head)) {
		text = transform.NewReader(in, simplifiedchinese.GB18030.NewDecoder())
	}
	c := &csvFile{file: f, in: csv.NewReader(text)}
	if strings.HasSuffix(strings.ToLower(path), ".tsv") {
		c.in.Comma = '\t'
	}
	c.in.ReuseRecord = true
	first, err := c.in.Read()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: the first line with the columns' names cannot be read: %w", path, err)
	}
	c.names = slices.Clone(first)
	find := func(given string, usual ...string) int {
		if given != "" {
			usual = []string{given}
		}
		return slices.IndexFunc(c.names, func(n string) bool {
			return slices.ContainsFunc(usual, func(u string) bool { return strings.EqualFold(strings.TrimSpace(n), u) })
		})
	}
	c.wkt = find("", "wkt", "geom", "geometry", "the_geom")
	c.lon = find(o.Lon, "lon", "lng", "longitude", "x", "经度")
	c.lat = find(o.Lat, "lat", "latitude", "y", "纬度")
	if c.wkt < 0 && (c.lon < 0 || c.lat < 0) {
		f.Close()
		return nil, fmt.Errorf("%s: no columns with coordinates among %v: lon and lat, or wkt, are wanted", path, c.names)
	}
	return c, nil
}

// validUTF8 allows for a character cut off at the end.
func validUTF8(b []byte) bool {
	for cut := 0; cut < 4 && cut <= len(b); cut++ {
		if utf8.Valid(b[:len(b)-cut]) {
			return true
		}
	}
	return false
}

func (c *csvFile) Next() bool {
	if c.err != nil {
		return false
	}
	cells, err := c.in.Read()
	if errors.Is(err, io.EOF) {
		return false
	}
	c.row++
	c.rec = Record{Row: c.row, Attributes: make(map[string]any, len(c.names))}
	if errors.Is(err, csv.ErrFieldCount) {
		c.rec.Problem = fmt.Errorf("%d cells where the first line names %d columns", len(cells), len(c.names))
		return true
	}
	if err != nil {
		c.err = fmt.Errorf("row %d: %w", c.row, err)
		return false
	}
	for i, v := range cells {
		if i != c.wkt {
			c.rec.Attributes[strings.TrimSpace(c.names[i])] = v
		}
	}
	if c.wkt >= 0 {
		g, err := wkt.Unmarshal(cells[c.wkt])
		if err != nil {
			c.rec.Problem = fmt.Errorf("column %s is not WKT: %w", c.names[c.wkt], err)
			return true
		}
		c.rec.Geometry, c.rec.Solid, c.rec.Problem = planOf(g)
		return true
	}
	var p orb.Point
	for i, column := range []int{c.lon, c.lat} {
		if p[i], err = strconv.ParseFloat(strings.TrimSpace(cells[column]), 64); err != nil || p[i] != p[i] {
			c.rec.Problem = fmt.Errorf("column %s holds %q, which is no number", c.names[column], cells[column])
			return true
		}
	}
	c.rec.Geometry = p
	return true
}

func (c *csvFile) Record() Record { return c.rec }
func (c *csvFile) Err() error     { return c.err }
func (c *csvFile) Columns() []string {
	out := make([]string, len(c.names))
	for i, n := range c.names {
		out[i] = strings.TrimSpace(n)
	}
	return out
}
func (c *csvFile) CRS() string  { return "" }
func (c *csvFile) Close() error { return c.file.Close() }

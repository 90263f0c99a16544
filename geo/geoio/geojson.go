package geoio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// geoJSON reads a FeatureCollection token by token, or one feature a line.
type geoJSON struct {
	file    *os.File
	in      *bufio.Reader
	decoder *json.Decoder // nil: one feature a line
	rec     Record
	row     int
	err     error
	crs     string
}

func openGeoJSON(path string) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	g := &geoJSON{file: f, in: bufio.NewReaderSize(f, 1<<20)}
	if err := g.begin(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// begin finds out which of the two it is, and goes to the first feature.
func (g *geoJSON) begin() error {
	if bom, err := g.in.Peek(3); err == nil && bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		g.in.Discard(3)
	}
	head, _ := g.in.Peek(4096)
	head = bytes.TrimLeft(head, " \t\r\n\x1e")
	line, _, _ := bytes.Cut(head, []byte("\n"))
	var one struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(bytes.TrimSpace(line), &one) == nil && one.Type == "Feature" || bytes.HasPrefix(head, []byte("\x1e")) {
		return nil
	}
	if !bytes.HasPrefix(head, []byte("{")) {
		return errors.New("this is not GeoJSON: it does not begin with {")
	}
	if i := bytes.Index(head, []byte(`"Feature"`)); i >= 0 && !bytes.Contains(head[:i], []byte("[")) {
		return nil // features one a line, longer than what was looked at
	}
	g.decoder = json.NewDecoder(g.in)
	if _, err := g.decoder.Token(); err != nil {
		return fmt.Errorf("not GeoJSON: %w", err)
	}
	for g.decoder.More() {
		key, err := g.decoder.Token()
		if err != nil {
			return fmt.Errorf("not GeoJSON: %w", err)
		}
		switch key {
		case "features":
			if t, err := g.decoder.Token(); err != nil || t != json.Delim('[') {
				return errors.New("not GeoJSON: features is not a list")
			}
			return nil
		case "type":
			var kind string
			if err := g.decoder.Decode(&kind); err != nil || kind != "FeatureCollection" {
				return fmt.Errorf("a FeatureCollection is wanted, this is a %q", kind)
			}
		case "crs":
			var crs struct {
				Properties struct {
					Name string `json:"name"`
				} `json:"properties"`
			}
			if err := g.decoder.Decode(&crs); err != nil {
				return fmt.Errorf("crs: %w", err)
			}
			g.crs = crs.Properties.Name
		default:
			var skip json.RawMessage
			if err := g.decoder.Decode(&skip); err != nil {
				return fmt.Errorf("not GeoJSON: %w", err)
			}
		}
	}
	return errors.New("not GeoJSON: there are no features")
}

func (g *geoJSON) Next() bool {
	if g.err != nil {
		return false
	}
	var raw json.RawMessage
	if g.decoder != nil {
		if !g.decoder.More() {
			if _, err := g.decoder.Token(); err != nil {
				g.err = fmt.Errorf("after row %d: the file ends too early: %w", g.row, err)
			}
			return false
		}
		if err := g.decoder.Decode(&raw); err != nil {
			g.err = fmt.Errorf("row %d: not JSON: %w", g.row+1, err)
			return false
		}
	} else {
		for {
			line, err := g.in.ReadBytes('\n')
			if raw = bytes.Trim(line, " \t\r\n\x1e"); len(raw) > 0 {
				break
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					g.err = err
				}
				return false
			}
		}
	}
	g.row++
	g.rec = decodeFeature(raw)
	g.rec.Row = g.row
	return true
}

func decodeFeature(raw []byte) Record {
	if len(raw) > maxFeature {
		return Record{Problem: fmt.Errorf("the feature has %d bytes; at most %d are taken", len(raw), maxFeature)}
	}
	var f struct {
		Type       string          `json:"type"`
		ID         any             `json:"id"`
		Geometry   json.RawMessage `json:"geometry"`
		Properties map[string]any  `json:"properties"`
	}
	if err := noDuplicateKeys(raw); err != nil {
		return Record{Problem: fmt.Errorf("not a feature: %w", err)}
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return Record{Problem: fmt.Errorf("not a feature: %w", err)}
	}
	if f.Type != "Feature" {
		return Record{Problem: fmt.Errorf("a Feature is wanted, this is a %q", f.Type)}
	}
	rec := Record{Attributes: f.Properties}
	if rec.Attributes == nil {
		rec.Attributes = map[string]any{}
	}
	if _, there := rec.Attributes["id"]; f.ID != nil && !there {
		rec.Attributes["id"] = f.ID
	}
	rec.Geometry, rec.Solid, rec.Problem = DecodeGeometry(f.Geometry)
	return rec
}

func (g *geoJSON) Record() Record  { return g.rec }
func (g *geoJSON) Err() error      { return g.err }
func (*geoJSON) Columns() []string { return nil }
func (g *geoJSON) CRS() string     { return g.crs }
func (g *geoJSON) Close() error    { return g.file.Close() }

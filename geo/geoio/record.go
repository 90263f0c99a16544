// Package geoio reads and writes geodata files as streams of records: GeoJSON,
// GeoJSON text sequences, CSV, GeoPackage and zipped Shapefiles. A bad row is
// a record with a Problem and reading goes on; a broken file ends it.
package geoio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
)

// Record is one row of a file.
type Record struct {
	Row        int          // from 1
	Geometry   orb.Geometry // plan view, as the file has it; nil when there is none
	Solid      geom.T       // the geometry with depth where the file has it
	Attributes map[string]any
	Problem    error // why the row cannot be used
}

// Reader is a stream of records.
type Reader interface {
	Next() bool
	Record() Record
	Err() error
	// Columns are those that the file's head names; nil where each row names its
	// own, as in GeoJSON.
	Columns() []string
	// CRS is what the file itself says of its coordinate system; often nothing.
	CRS() string
	Close() error
}

// Options say how to read what a file does not say itself.
type Options struct {
	Encoding string // of text attributes: "utf-8", "gbk"; empty: found out
	Layer    string // of a GeoPackage; empty: its first
	Lon, Lat string // of a CSV: the columns; empty: the usual names
}

// Limits on a file. A district's buildings are some 100 MB.
const (
	maxFile     = 1 << 30
	maxVertices = 100_000
	maxFeature  = 16 << 20 // bytes of one GeoJSON feature
)

// ErrFormat says that a file is of no known format.
var ErrFormat = errors.New("unknown format: .geojson, .json, .geojsons, .geojsonl, .csv, .gpkg and .zip (a Shapefile) are read")

// Open opens a file by its name's ending.
func Open(path string, o Options) (Reader, error) {
	in, err := open(path, o)
	if err != nil {
		return nil, err
	}
	return legible{in}, nil
}

// legible makes a Problem of attributes that are no text: no database keeps a
// U+0000, nor bytes that are not UTF-8.
type legible struct{ Reader }

func (l legible) Record() Record {
	r := l.Reader.Record()
	if r.Problem != nil {
		return r
	}
	worst := ""
	for name, v := range r.Attributes {
		if garbled(v) && (worst == "" || name < worst) {
			worst, r.Problem = name, fmt.Errorf("attribute %q holds the character U+0000 or bytes that are not UTF-8, which is no text", name)
		}
	}
	return r
}

func garbled(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, 0) || !utf8.ValidString(v)
	case []any:
		return slices.ContainsFunc(v, garbled)
	case map[string]any:
		for name, of := range v {
			if garbled(name) || garbled(of) {
				return true
			}
		}
	}
	return false
}

func open(path string, o Options) (Reader, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read", path, info.Size(), maxFile)
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".geojson", ".json", ".geojsons", ".geojsonl", ".ndjson":
		return openGeoJSON(path)
	case ".csv", ".tsv":
		return openCSV(path, o)
	case ".gpkg":
		return openGeoPackage(path, o)
	case ".zip":
		return openShapefile(path, o)
	}
	return nil, fmt.Errorf("%s: %w", path, ErrFormat)
}

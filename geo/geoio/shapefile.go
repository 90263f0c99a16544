package geoio

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/jonas-p/go-shp"
	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"

	"gridward/geo"
)

// Limits on an archive: a small file must not unpack to a disk full.
const (
	maxEntries  = 1000
	maxUnpacked = 2 << 30
	maxRatio    = 200
)

// shapefile reads a zipped Shapefile, unpacked into a folder of its own.
type shapefile struct {
	dir    string
	in     *shp.Reader
	fields []shp.Field
	gbk    bool
	prj    string
	rec    Record
	row    int
}

func openShapefile(path string, o Options) (Reader, error) {
	dir, err := os.MkdirTemp("", "gridward-shp-*")
	if err != nil {
		return nil, err
	}
	s := &shapefile{dir: dir}
	if err := s.begin(path, o); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *shapefile) begin(path string, o Options) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("not a zip archive: %w", err)
	}
	defer z.Close()
	if len(z.File) > maxEntries {
		return fmt.Errorf("the archive has %d files; at most %d are taken", len(z.File), maxEntries)
	}
	var base string
	cpg := ""
	for _, f := range z.File {
		ext := strings.ToLower(filepath.Ext(f.Name))
		if f.FileInfo().IsDir() || strings.HasPrefix(filepath.Base(f.Name), ".") || strings.Contains(f.Name, "__MACOSX") {
			continue
		}
		switch ext {
		case ".shp", ".shx", ".dbf", ".prj", ".cpg":
		default:
			continue
		}
		stem := strings.TrimSuffix(f.Name, filepath.Ext(f.Name))
		if base == "" {
			base = stem
		}
		if stem != base {
			return errors.New("the archive holds more than one Shapefile; one is wanted")
		}
		if f.UncompressedSize64 > maxUnpacked || (f.CompressedSize64 > 0 && f.UncompressedSize64/f.CompressedSize64 > maxRatio) {
			return fmt.Errorf("%s unpacks to %d bytes, which is too much", f.Name, f.UncompressedSize64)
		}
		to := filepath.Join(s.dir, "data"+ext)
		if err := unpack(f, to); err != nil {
			return err
		}
		if ext == ".prj" || ext == ".cpg" {
			raw, err := os.ReadFile(to)
			if err != nil {
				return err
			}
			if ext == ".prj" {
				s.prj = strings.TrimSpace(string(raw))
			} else {
				cpg = strings.ToLower(strings.TrimSpace(string(raw)))
			}
		}
	}
	if s.in, err = shp.Open(filepath.Join(s.dir, "data.shp")); err != nil {
		return fmt.Errorf("the archive holds no readable .shp: %w", err)
	}
	s.fields = s.in.Fields()
	switch {
	case o.Encoding != "":
		s.gbk = strings.EqualFold(o.Encoding, "gbk")
	case cpg != "":
		s.gbk = strings.Contains(cpg, "gb") || strings.Contains(cpg, "936")
	default:
		raw, err := os.ReadFile(filepath.Join(s.dir, "data.dbf"))
		s.gbk = err == nil && !utf8.Valid(raw[min(len(raw), 32*(len(s.fields)+1)+1):])
	}
	return nil
}

func unpack(f *zip.File, to string) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	n, err := io.Copy(out, io.LimitReader(in, maxUnpacked+1))
	if err == nil && n > maxUnpacked {
		err = fmt.Errorf("%s unpacks to more than %d bytes", f.Name, maxUnpacked)
	}
	return err
}

func (s *shapefile) Next() bool {
	if !s.in.Next() {
		return false
	}
	s.row++
	i, shape := s.in.Shape()
	s.rec = Record{Row: s.row, Attributes: make(map[string]any, len(s.fields))}
	for k, f := range s.fields {
		v := strings.TrimSpace(strings.TrimRight(s.in.ReadAttribute(i, k), "\x00"))
		if s.gbk {
			if text, err := simplifiedchinese.GB18030.NewDecoder().String(v); err == nil {
				v = text
			}
		}
		if !utf8.ValidString(v) {
			s.rec.Problem = fmt.Errorf("attribute %s is not text in the file's encoding; say which with --encoding", f.String())
		}
		s.rec.Attributes[f.String()] = v
	}
	if s.rec.Problem == nil {
		s.rec.Geometry, s.rec.Problem = fromShape(shape)
	}
	return true
}

func fromShape(shape shp.Shape) (orb.Geometry, error) {
	switch g := shape.(type) {
	case *shp.Point:
		return orb.Point{g.X, g.Y}, nil
	case *shp.PointZ:
		return orb.Point{g.X, g.Y}, nil
	case *shp.PolyLine:
		return lines(g.Parts, g.Points), nil
	case *shp.PolyLineZ:
		return lines(g.Parts, g.Points), nil
	case *shp.Polygon:
		return rings(g.Parts, g.Points)
	case *shp.PolygonZ:
		return rings(g.Parts, g.Points)
	case *shp.MultiPoint:
		var out orb.MultiPoint
		for _, p := range g.Points {
			out = append(out, orb.Point{p.X, p.Y})
		}
		return out, nil
	case nil, *shp.Null:
		return nil, ErrNoGeometry
	}
	return nil, fmt.Errorf("a shape of type %T is not read", shape)
}

func parts(starts []int32, points []shp.Point) [][]orb.Point {
	var out [][]orb.Point
	for i, from := range starts {
		to := int32(len(points))
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		var part []orb.Point
		for _, p := range points[max(0, min(from, to)):to] {
			part = append(part, orb.Point{p.X, p.Y})
		}
		out = append(out, part)
	}
	return out
}

func lines(starts []int32, points []shp.Point) orb.Geometry {
	var out orb.MultiLineString
	for _, p := range parts(starts, points) {
		out = append(out, orb.LineString(p))
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// rings puts a Shapefile's rings together: outer ones run clockwise there, and
// each hole belongs to the outer ring that holds it.
func rings(starts []int32, points []shp.Point) (orb.Geometry, error) {
	var out orb.MultiPolygon
	var holes []orb.Ring
	for _, p := range parts(starts, points) {
		if len(p) < 4 {
			return nil, fmt.Errorf("a ring with %d positions", len(p))
		}
		if ring := orb.Ring(p); ring.Orientation() == orb.CW {
			out = append(out, orb.Polygon{ring})
		} else {
			holes = append(holes, ring)
		}
	}
	for _, h := range holes {
		at := -1
		for i := range out {
			if o, err := geo.NewOutline(orb.Polygon{out[i][0]}); err == nil && o.Side(geo.Snap(h[0])) != geo.Outside {
				at = i
			}
		}
		if at < 0 {
			out = append(out, orb.Polygon{h}) // turned the wrong way round by its writer
		} else {
			out[at] = append(out[at], h)
		}
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

func (s *shapefile) Record() Record { return s.rec }
func (s *shapefile) Err() error     { return s.in.Err() }
func (s *shapefile) CRS() string    { return s.prj }
func (s *shapefile) Close() error   { return errors.Join(s.in.Close(), os.RemoveAll(s.dir)) }

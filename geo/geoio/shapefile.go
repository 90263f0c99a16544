package geoio

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
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
	files  [2]*os.File // .shp and .dbf
	shapes *shpReader
	table  *dbfReader
	prj    string
	rec    Record
	row    int
	err    error
}

func openShapefile(path string, o Options) (Reader, error) {
	dir, err := os.MkdirTemp("", "gridward-shp-*")
	if err != nil {
		return nil, err
	}
	s := &shapefile{dir: dir}
	if err := s.begin(path, o); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), s.Close())
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
	for i, name := range []string{"data.shp", "data.dbf"} {
		if s.files[i], err = os.Open(filepath.Join(s.dir, name)); err != nil {
			return fmt.Errorf("the archive lacks a %s", filepath.Ext(name))
		}
	}
	if s.shapes, err = newShpReader(bufio.NewReaderSize(s.files[0], 1<<20)); err != nil {
		return err
	}
	if s.table, err = newDbfReader(bufio.NewReaderSize(s.files[1], 1<<20)); err != nil {
		return err
	}
	switch {
	case o.Encoding != "":
		s.table.gbk = strings.EqualFold(o.Encoding, "gbk")
	case cpg != "":
		s.table.gbk = strings.Contains(cpg, "gb") || strings.Contains(cpg, "936")
	case s.table.gbkID:
		s.table.gbk = true
	default:
		s.table.gbk, err = notUTF8(filepath.Join(s.dir, "data.dbf"))
	}
	return err
}

// notUTF8 looks at a whole table: a file says nothing of its encoding.
func notUTF8(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	d, err := newDbfReader(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return false, err
	}
	for range d.rows {
		if _, err := d.next(); err != nil {
			return false, nil // reading says so again, with the row
		}
		if !utf8.Valid(d.record) {
			return true, nil
		}
	}
	return false, nil
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
	for s.err == nil {
		content, err := s.shapes.next()
		if errors.Is(err, io.EOF) {
			if s.row != s.table.rows {
				s.err = fmt.Errorf("the .shp has %d rows, the .dbf %d", s.row, s.table.rows)
			}
			return false
		}
		s.row++
		standing := false
		if err == nil {
			standing, err = s.table.next()
		}
		if err != nil {
			s.err = err
			return false
		}
		if !standing {
			continue // deleted, and not yet packed away
		}
		s.rec = Record{Row: s.row}
		s.rec.Attributes, s.rec.Problem = s.table.attributes()
		if s.rec.Problem == nil {
			s.rec.Geometry, s.rec.Solid, s.rec.Problem = decodeShape(content)
		}
		return true
	}
	return false
}

func (s *shapefile) Record() Record { return s.rec }
func (s *shapefile) Err() error     { return s.err }
func (s *shapefile) Columns() []string {
	out := make([]string, len(s.table.fields))
	for i, f := range s.table.fields {
		out[i] = f.name
	}
	return out
}
func (s *shapefile) CRS() string { return s.prj }

func (s *shapefile) Close() error {
	var errs []error
	for _, f := range s.files {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

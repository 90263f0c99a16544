package geoio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// dbfReader reads the attributes of a Shapefile: a dBASE III table.
type dbfReader struct {
	in     io.Reader
	fields []dbfField
	record []byte
	rows   int // that the header says
	row    int
	gbk    bool
	gbkID  bool // the header names code page 936
}

type dbfField struct {
	name string
	kind byte // C text, N and F numbers, D date, L logical
	at   int  // first byte in the record
	size int
}

func newDbfReader(in io.Reader) (*dbfReader, error) {
	var head [32]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, errors.New("the .dbf does not begin as a table")
	}
	d := &dbfReader{in: in, rows: int(binary.LittleEndian.Uint32(head[4:])), gbkID: head[29] == 0x4d || head[29] == 0x7a}
	length := int(binary.LittleEndian.Uint16(head[8:]))
	width := int(binary.LittleEndian.Uint16(head[10:]))
	if length < 33 || width < 1 {
		return nil, fmt.Errorf("the .dbf says that its header has %d bytes and a record %d", length, width)
	}
	rest := make([]byte, length-32)
	if _, err := io.ReadFull(in, rest); err != nil {
		return nil, errors.New("the .dbf ends in its header")
	}
	at := 1 // a mark of deletion stands first
	for len(rest) >= 32 && rest[0] != '\r' {
		name, _, _ := strings.Cut(string(rest[:11]), "\x00")
		f := dbfField{name: strings.TrimSpace(name), kind: rest[11], at: at, size: int(rest[16])}
		at += f.size
		d.fields = append(d.fields, f)
		rest = rest[32:]
	}
	if at > width {
		return nil, fmt.Errorf("the .dbf's columns need %d bytes, its records have %d", at, width)
	}
	d.record = make([]byte, width)
	return d, nil
}

// next reads the next record; false when it was deleted.
func (d *dbfReader) next() (standing bool, err error) {
	if _, err := io.ReadFull(d.in, d.record); err != nil {
		return false, fmt.Errorf("row %d: the .dbf ends before it", d.row+1)
	}
	d.row++
	return d.record[0] != '*', nil
}

// attributes are the current record's values: text, and dates as 2006-01-02.
func (d *dbfReader) attributes() (map[string]any, error) {
	out := make(map[string]any, len(d.fields))
	var bad error
	for _, f := range d.fields {
		v, err := d.text(d.record[f.at : f.at+f.size])
		if err != nil {
			bad = fmt.Errorf("attribute %s is not text in the file's encoding; say which with --encoding", f.name)
			continue
		}
		if f.kind == 'D' {
			if day, err := time.Parse("20060102", v); err == nil {
				v = day.Format(time.DateOnly)
			} else if strings.Trim(v, "0") == "" {
				v = "" // how GDAL writes no date
			}
		}
		name, err := d.text([]byte(f.name))
		if err != nil {
			name = strings.ToValidUTF8(f.name, "?")
		}
		out[name] = v
	}
	return out, bad
}

func (d *dbfReader) text(raw []byte) (string, error) {
	s := strings.TrimSpace(strings.TrimRight(string(raw), "\x00"))
	if d.gbk {
		// GB18030 holds GBK; what is no character of it becomes U+FFFD.
		t, err := simplifiedchinese.GB18030.NewDecoder().String(s)
		if err != nil || strings.ContainsRune(t, utf8.RuneError) {
			return "", errors.New("not GBK")
		}
		return t, nil
	}
	if !utf8.ValidString(s) {
		return "", errors.New("not UTF-8")
	}
	return s, nil
}

package geoio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"
)

// shpOf is a .shp file of one record.
func shpOf(content []byte) []byte {
	head := make([]byte, shpHeader)
	binary.BigEndian.PutUint32(head, shpMagic)
	out := append(head, 0, 0, 0, 1)
	out = binary.BigEndian.AppendUint32(out, uint32(len(content)/2))
	return append(out, content...)
}

func FuzzShape(f *testing.F) {
	u32 := binary.LittleEndian.AppendUint32
	number := func(b []byte, xs ...float64) []byte {
		for _, x := range xs {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
		return b
	}
	f.Add(shpOf(number(u32(nil, 1), 121.4, 31.3)))
	area := number(u32(nil, 15), 0, 0, 1, 1)
	area = u32(u32(u32(area, 1), 4), 0)
	area = number(area, 0, 0, 0, 1, 1, 1, 0, 0, -5, -4, -5, -5, -4, -5)
	f.Add(shpOf(area))
	f.Add(shpOf(u32(u32(number(u32(nil, 3), 0, 0, 1, 1), 1<<30), 1<<31)))
	f.Add(shpOf(u32(number(u32(nil, 8), 0, 0, 1, 1), 1<<31)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := newShpReader(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for {
			content, err := r.next()
			if err != nil {
				if errors.Is(err, io.EOF) && r.row == 0 && len(raw) > shpHeader {
					t.Fatal("a file with something after its header has no row and no error")
				}
				return
			}
			if g, _, err := decodeShape(content); (g == nil) == (err == nil) {
				t.Fatalf("%v, %v", g, err)
			}
		}
	})
}

func FuzzTable(f *testing.F) {
	head := make([]byte, 32)
	head[0], head[4], head[8], head[10] = 3, 1, 65, 5
	field := make([]byte, 32)
	copy(field, "name")
	field[11], field[16] = 'C', 4
	f.Add(append(append(append([]byte{}, head...), field...), "\r abcd"...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := newDbfReader(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for range min(d.rows, 1000) {
			if _, err := d.next(); err != nil {
				return
			}
			d.attributes()
		}
	})
}

func FuzzGeoPackageGeometry(f *testing.F) {
	point := append([]byte("GP\x00\x01"), make([]byte, 4)...)
	point = append(point, 1, 1, 0, 0, 0)
	point = append(point, make([]byte, 16)...)
	f.Add(point)
	f.Add([]byte("GP\x00\x03"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var g geoPackage
		if g.decode(raw); (g.rec.Geometry == nil) == (g.rec.Problem == nil) {
			t.Fatalf("%v, %v", g.rec.Geometry, g.rec.Problem)
		}
	})
}

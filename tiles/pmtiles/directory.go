package pmtiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// entry says where tiles lie: run of them, from the tile of an id on, are the
// same bytes. A run of 0 is a directory of more entries.
type entry struct {
	id     uint64
	offset uint64
	length uint32
	run    uint32
}

// appendDirectory encodes entries column by column.
func appendDirectory(to []byte, entries []entry) []byte {
	to = binary.AppendUvarint(to, uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		to = binary.AppendUvarint(to, e.id-last)
		last = e.id
	}
	for _, e := range entries {
		to = binary.AppendUvarint(to, uint64(e.run))
	}
	for _, e := range entries {
		to = binary.AppendUvarint(to, uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			to = append(to, 0) // where the one before ends
		} else {
			to = binary.AppendUvarint(to, e.offset+1)
		}
	}
	return to
}

var errDirectory = errors.New("pmtiles: no directory")

// readDirectory is the way back.
func readDirectory(raw []byte) ([]entry, error) {
	r := bytes.NewReader(raw)
	bad := false
	next := func() uint64 {
		v, err := binary.ReadUvarint(r)
		bad = bad || err != nil
		return v
	}
	n := next()
	if bad || n > uint64(len(raw)) {
		return nil, errDirectory
	}
	out := make([]entry, n)
	last := uint64(0)
	for i := range out {
		last += next()
		out[i].id = last
	}
	for i := range out {
		out[i].run = uint32(next())
	}
	for i := range out {
		out[i].length = uint32(next())
	}
	for i := range out {
		switch v := next(); {
		case v > 0:
			out[i].offset = v - 1
		case i > 0:
			out[i].offset = out[i-1].offset + uint64(out[i-1].length)
		default:
			bad = true
		}
	}
	if bad || r.Len() > 0 {
		return nil, errDirectory
	}
	return out, nil
}

func zip(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

func unzip(raw []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("pmtiles: %w", err)
	}
	return io.ReadAll(z)
}

// rootRoom is the bytes that a root directory may take: it is read with the
// header in one go of 16 KiB.
const rootRoom = 16384 - headerSize

// directories packs entries into a root directory and, where they are too many
// for it, leaves that it points to.
func directories(entries []entry) (root, leaves []byte, err error) {
	if root, err = zip(appendDirectory(nil, entries)); err != nil || len(root) <= rootRoom {
		return root, nil, err
	}
	for size := 4096; ; size *= 2 {
		var top []entry
		leaves = leaves[:0]
		for from := 0; from < len(entries); from += size {
			part := entries[from:min(from+size, len(entries))]
			leaf, err := zip(appendDirectory(nil, part))
			if err != nil {
				return nil, nil, err
			}
			top = append(top, entry{id: part[0].id, offset: uint64(len(leaves)), length: uint32(len(leaf))})
			leaves = append(leaves, leaf...)
		}
		if root, err = zip(appendDirectory(nil, top)); err != nil || len(root) <= rootRoom {
			return root, leaves, err
		}
	}
}

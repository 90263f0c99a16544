package pmtiles

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

const headerSize = 127

// The codes of the format that are used here.
const (
	gzipCoding = 2
	mvtType    = 1
)

// Info describes an archive.
type Info struct {
	MinZoom, MaxZoom uint8
	Bounds           orb.Bound // longitude/latitude
	Center           orb.Point
	CenterZoom       uint8
	Metadata         map[string]any // "vector_layers", "name", "attribution"
}

// Writer gathers vector tiles in the order of their ids.
type Writer struct {
	data    *os.File // the tiles, before what stands before them is known
	size    uint64
	entries []entry
	known   map[[sha256.Size]byte]entry
	packer  *gzip.Writer
	packed  sliceWriter
	tiles   uint64 // addressed
}

type sliceWriter []byte

func (s *sliceWriter) Write(b []byte) (int, error) {
	*s = append(*s, b...)
	return len(b), nil
}

// ErrOrder says that tiles did not come in the order of their ids.
var ErrOrder = errors.New("pmtiles: tiles must come in the order of their ids")

// NewWriter keeps tiles in a file of the system's temporary folder until
// [Writer.WriteTo] or [Writer.Close].
func NewWriter() (*Writer, error) {
	data, err := os.CreateTemp("", "gridward-pmtiles-")
	if err != nil {
		return nil, fmt.Errorf("pmtiles: %w", err)
	}
	packer, err := gzip.NewWriterLevel(nil, 6)
	if err != nil {
		return nil, errors.Join(err, data.Close(), os.Remove(data.Name()))
	}
	return &Writer{data: data, known: map[[sha256.Size]byte]entry{}, packer: packer}, nil
}

// Close removes what was kept.
func (w *Writer) Close() error { return errors.Join(w.data.Close(), os.Remove(w.data.Name())) }

// Add adds a tile; one without bytes is left out.
func (w *Writer) Add(t maptile.Tile, raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	id := ID(t)
	if n := len(w.entries); n > 0 && id < w.entries[n-1].id+uint64(w.entries[n-1].run) {
		return fmt.Errorf("%v: %w", t, ErrOrder)
	}
	w.tiles++
	sum := sha256.Sum256(raw)
	at, twice := w.known[sum]
	if twice {
		if n := len(w.entries); n > 0 && w.entries[n-1].offset == at.offset && id == w.entries[n-1].id+uint64(w.entries[n-1].run) {
			w.entries[n-1].run++
			return nil
		}
	} else {
		w.packed = w.packed[:0]
		w.packer.Reset(&w.packed)
		if _, err := w.packer.Write(raw); err != nil {
			return fmt.Errorf("pmtiles: %w", err)
		}
		if err := w.packer.Close(); err != nil {
			return fmt.Errorf("pmtiles: %w", err)
		}
		if _, err := w.data.Write(w.packed); err != nil {
			return fmt.Errorf("pmtiles: %w", err)
		}
		at = entry{offset: w.size, length: uint32(len(w.packed))}
		w.size += uint64(len(w.packed))
		w.known[sum] = at
	}
	w.entries = append(w.entries, entry{id, at.offset, at.length, 1})
	return nil
}

// Counts are the tiles that were added, the entries and the different contents.
func (w *Writer) Counts() (tiles, entries, contents int) {
	return int(w.tiles), len(w.entries), len(w.known)
}

// Write writes the archive.
func (w *Writer) Write(out io.Writer, info Info) error {
	root, leaves, err := directories(w.entries)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(info.Metadata)
	if err != nil {
		return fmt.Errorf("pmtiles: %w", err)
	}
	metadata, err := zip(raw)
	if err != nil {
		return err
	}
	h := make([]byte, 0, headerSize)
	h = append(h, "PMTiles\x03"...)
	at := uint64(headerSize)
	for _, part := range []uint64{uint64(len(root)), uint64(len(metadata)), uint64(len(leaves)), w.size} {
		h = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(h, at), part)
		at += part
	}
	for _, n := range []uint64{w.tiles, uint64(len(w.entries)), uint64(len(w.known))} {
		h = binary.LittleEndian.AppendUint64(h, n)
	}
	// Not clustered: an equal tile lies where its first one does.
	h = append(h, 0, gzipCoding, gzipCoding, mvtType, info.MinZoom, info.MaxZoom)
	place := func(p orb.Point) {
		for _, v := range p {
			h = binary.LittleEndian.AppendUint32(h, uint32(int32(math.Round(v*1e7))))
		}
	}
	place(info.Bounds.Min)
	place(info.Bounds.Max)
	h = append(h, info.CenterZoom)
	place(info.Center)
	for _, part := range [][]byte{h, root, metadata, leaves} {
		if _, err := out.Write(part); err != nil {
			return fmt.Errorf("pmtiles: %w", err)
		}
	}
	if _, err := w.data.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("pmtiles: %w", err)
	}
	if _, err := io.Copy(out, w.data); err != nil {
		return fmt.Errorf("pmtiles: %w", err)
	}
	return nil
}

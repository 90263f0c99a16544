package tiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// An H3 column tile is a heat tile for clients that draw hexagons themselves:
// the cells and a column for each figure, an eighth of the size of the vector
// tile. All numbers are unsigned LEB128 (uvarint), as in protocol buffers:
//
//	4 bytes   "H3T" and the version, 1
//	uvarint   the H3 resolution of all cells
//	uvarint   n, how many cells there are
//	n uvarint the cells' compact numbers, ascending, each less the one before
//	          (the first less 0); see below
//	uvarint   how many columns follow, of each
//	  uvarint   the bytes of its name, and the name in UTF-8
//	  1 byte    what its values are: 1 whole numbers, 2 thousandths, zigzag
//	            (v<<1 ^ v>>63) so that small negative ones are short
//	  n uvarint its values, in the order of the cells
//
// A compact number is the cell's index with mode, resolution and the digits that
// it does not use taken out: (index >> 3(15-res)) & (2^(7+3res) - 1). The index is
// got back as 0x0800000000000000 | res<<52 | number << 3(15-res) | (2^(3(15-res)) - 1).
//
// Columns are count (1), weight (2), max_severity (1), and where it was asked for
// change (2) or places (1), how many places weight was divided by: each figure that
// the vector tile has. Cells are those whose outline meets the tile and its buffer.
const columnTileVersion = 1

// The kinds of a column.
const (
	wholeNumbers = 1
	thousandths  = 2
)

// Columns makes an H3 column tile of a surface; empty where nothing is.
func (s *Surface) Columns(t Address) Tile {
	box := frameOf(t, bufferShape).box
	var chosen []*cellHeat
	for i := range s.cells {
		if s.cells[i].box.meets(box) {
			chosen = append(chosen, &s.cells[i])
		}
	}
	if len(chosen) == 0 {
		return Tile{}
	}
	raw := append(make([]byte, 0, 16+12*len(chosen)), 'H', '3', 'T', columnTileVersion)
	raw = binary.AppendUvarint(raw, uint64(HeatResolution(t.Depth())))
	raw = binary.AppendUvarint(raw, uint64(len(chosen)))
	last := uint64(0)
	for _, c := range chosen { // the order of cells of one resolution is that of their numbers
		n := c.cell.Compact()
		raw = binary.AppendUvarint(raw, n-last)
		last = n
	}
	columns := 3
	if s.compared || s.perPlaces { // nobody gets both
		columns = 4
	}
	raw = binary.AppendUvarint(raw, uint64(columns))
	column := func(name string, kind byte, value func(*cellHeat) float64) {
		raw = append(append(binary.AppendUvarint(raw, uint64(len(name))), name...), kind)
		for _, c := range chosen {
			if kind == wholeNumbers {
				raw = binary.AppendUvarint(raw, uint64(value(c)))
			} else {
				raw = binary.AppendVarint(raw, int64(math.Round(value(c)*1000)))
			}
		}
	}
	column("count", wholeNumbers, func(c *cellHeat) float64 { return float64(c.count) })
	column("weight", thousandths, func(c *cellHeat) float64 { return c.weight })
	column("max_severity", wholeNumbers, func(c *cellHeat) float64 { return float64(c.worst) })
	if s.compared {
		column("change", thousandths, func(c *cellHeat) float64 { return c.weight - c.previous })
	}
	if s.perPlaces {
		column("places", wholeNumbers, func(c *cellHeat) float64 { return float64(c.places) })
	}
	return Tile{Raw: raw}
}

// ColumnTile is an H3 column tile as it was read.
type ColumnTile struct {
	Resolution int
	Cells      []uint64 // compact numbers, ascending
	Columns    map[string][]float64
}

// ErrColumnTile says that bytes are no H3 column tile.
var ErrColumnTile = errors.New("no H3 column tile")

// DecodeColumns reads an H3 column tile.
func DecodeColumns(raw []byte) (*ColumnTile, error) {
	if len(raw) < 4 || string(raw[:3]) != "H3T" || raw[3] != columnTileVersion {
		return nil, fmt.Errorf("its first bytes: %w", ErrColumnTile)
	}
	rest := raw[4:]
	bad := false
	next := func() uint64 {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			bad, rest = true, nil
			return 0
		}
		rest = rest[n:]
		return v
	}
	out := &ColumnTile{Resolution: int(next()), Columns: map[string][]float64{}}
	n := next()
	if bad || out.Resolution > 15 || n > uint64(len(rest)) { // each cell takes a byte at least
		return nil, fmt.Errorf("its head: %w", ErrColumnTile)
	}
	last := uint64(0)
	for i := range n {
		d := next()
		if bad || d > math.MaxUint64-last || i > 0 && d == 0 {
			return nil, fmt.Errorf("cell %d: %w", i, ErrColumnTile)
		}
		last += d
		out.Cells = append(out.Cells, last)
	}
	columns := next()
	for c := range columns {
		size := next()
		if bad || size >= uint64(len(rest)) {
			return nil, fmt.Errorf("column %d: %w", c, ErrColumnTile)
		}
		name, kind := string(rest[:size]), rest[size]
		rest = rest[size+1:]
		if _, twice := out.Columns[name]; twice || (kind != wholeNumbers && kind != thousandths) {
			return nil, fmt.Errorf("column %q: %w", name, ErrColumnTile)
		}
		values := make([]float64, 0, n)
		for range n {
			v := next()
			if kind == thousandths {
				values = append(values, float64(int64(v>>1)^-int64(v&1))/1000)
			} else {
				values = append(values, float64(v))
			}
		}
		if bad {
			return nil, fmt.Errorf("column %q: %w", name, ErrColumnTile)
		}
		out.Columns[name] = values
	}
	if bad || len(rest) > 0 {
		return nil, fmt.Errorf("its end: %w", ErrColumnTile)
	}
	return out, nil
}

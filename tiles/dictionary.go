package tiles

import (
	"fmt"

	"gridward/tiles/mvt"
)

// dictionary holds each attribute value of a layer once, encoded as tiles have
// it. It is only ever added to, by one writer at a time: snapshots that were
// made before read what they knew.
type dictionary struct {
	blob  []byte
	ends  []uint32
	index map[string]uint32 // by the encoded value: its number plus one
}

func newDictionary() *dictionary { return &dictionary{index: map[string]uint32{}} }

// add is a value's number plus one; 0 for nil.
func (d *dictionary) add(v any) uint32 {
	if v == nil {
		return 0
	}
	from := len(d.blob)
	switch v := v.(type) {
	case string:
		d.blob = mvt.AppendString(d.blob, v)
	case float64:
		d.blob = mvt.AppendNumber(d.blob, v)
	case int:
		d.blob = mvt.AppendNumber(d.blob, float64(v))
	case bool:
		d.blob = mvt.AppendBool(d.blob, v)
	default:
		panic(fmt.Sprintf("tiles: a feature's value is a %T", v)) // a caller's mistake, not data's
	}
	if n, ok := d.index[string(d.blob[from:])]; ok {
		d.blob = d.blob[:from]
		return n
	}
	d.ends = append(d.ends, uint32(len(d.blob)))
	d.index[string(d.blob[from:])] = uint32(len(d.ends))
	return uint32(len(d.ends))
}

// words is what a snapshot reads of a dictionary.
type words struct {
	blob []byte
	ends []uint32
}

func (d *dictionary) words() words { return words{d.blob, d.ends} }

// bytes is what it holds in memory; its index holds each value again.
func (d *dictionary) bytes() int { return 2*len(d.blob) + (4+32)*len(d.ends) }

func (d *dictionary) encoded(at uint32) []byte { return d.words().encoded(at) }

// encoded is the value of a number plus one; empty for 0.
func (w words) encoded(at uint32) []byte {
	if at == 0 {
		return nil
	}
	from := uint32(0)
	if at > 1 {
		from = w.ends[at-2]
	}
	return w.blob[from:w.ends[at-1]]
}

// value is the value itself: a string, a float64, a bool, or nil.
func (w words) value(at uint32) any {
	v, err := mvt.DecodeValue(w.encoded(at))
	if err != nil {
		panic(fmt.Sprintf("tiles: value %d of a dictionary: %v", at, err)) // it was encoded here
	}
	return v
}

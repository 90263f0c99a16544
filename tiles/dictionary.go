package tiles

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	"gridward/tiles/mvt"
)

// dictionary holds each attribute value of a layer once, encoded as tiles have
// it. It is only ever added to, by one writer at a time: snapshots that were
// made before read what they knew. Most values of a layer are names that no other
// place has, so the table by which a value is found holds numbers and no copies.
type dictionary struct {
	blob  []byte
	ends  []uint32
	slots []uint32 // by a value's hash, or the next free one: its number plus one
}

func newDictionary() *dictionary { return &dictionary{} }

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
	if 4*len(d.ends) >= 3*len(d.slots) {
		d.widen()
	}
	slot := d.slot(d.blob[from:])
	if n := *slot; n > 0 {
		d.blob = d.blob[:from]
		return n
	}
	d.ends = append(d.ends, uint32(len(d.blob)))
	*slot = uint32(len(d.ends))
	return *slot
}

// slot is where a value's number stands, or where it is to stand.
func (d *dictionary) slot(encoded []byte) *uint32 {
	mask := uint64(len(d.slots) - 1)
	for i := xxhash.Sum64(encoded) & mask; ; i = (i + 1) & mask {
		if n := d.slots[i]; n == 0 || bytes.Equal(d.encoded(n), encoded) {
			return &d.slots[i]
		}
	}
}

// widen makes room for twice as many values.
func (d *dictionary) widen() {
	d.slots = make([]uint32, max(16, 2*len(d.slots)))
	for n := range d.ends {
		*d.slot(d.encoded(uint32(n + 1))) = uint32(n + 1)
	}
}

// clip lets go of room that is not used.
func (d *dictionary) clip() { d.blob, d.ends = slices.Clone(d.blob), slices.Clone(d.ends) }

// words is what a snapshot reads of a dictionary.
type words struct {
	blob []byte
	ends []uint32
}

func (d *dictionary) words() words { return words{d.blob, d.ends} }

// size is the bytes that it holds in memory.
func (d *dictionary) size() int { return cap(d.blob) + 4*cap(d.ends) + 4*len(d.slots) }

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

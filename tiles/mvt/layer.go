package mvt

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
)

// Extent is the number of steps across a tile, to the right and down.
const Extent = 4096

// Kind is a feature's kind of geometry, numbered as the format numbers it.
type Kind byte

// The kinds of geometry.
const (
	Points Kind = 1 + iota
	Lines
	Polygons
)

// The wire types of the encoding; a field's tag is its number above them.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// The fields of the format's messages that are written here.
var (
	tileLayer    = field(3, wireBytes)
	layerName    = field(1, wireBytes)
	layerFeature = field(2, wireBytes)
	layerKey     = field(3, wireBytes)
	layerValue   = field(4, wireBytes)
	layerExtent  = field(5, wireVarint)
	layerVersion = field(15, wireVarint)
	featureID    = field(1, wireVarint)
	featureTags  = field(2, wireBytes)
	featureKind  = field(3, wireVarint)
	featureShape = field(4, wireBytes)
	valueString  = field(1, wireBytes)
	valueFloat   = field(2, wire32)
	valueDouble  = field(3, wire64)
	valueUint    = field(5, wireVarint)
	valueSint    = field(6, wireVarint)
	valueBool    = field(7, wireVarint)
)

func field(number, wire byte) byte { return number<<3 | wire }

// mostSafeNumber is where JavaScript's numbers cease to be exact.
const mostSafeNumber = 1 << 53

// Layer is one layer on its way into a tile. The zero Layer must be begun; one
// that was begun before keeps its memory.
type Layer struct {
	name     string
	keys     []string
	features []byte
	values   []byte      // every value as a field of the layer
	count    uint32      // of values
	some     int         // features
	small    [256]uint32 // of whole numbers up to 255: the value's number plus one
	words    map[string]uint32
	numbers  map[number]uint32
	shared   []uint32 // by an index of the caller's: the value's number plus one, where era says so
	eras     []uint32
	era      uint32

	tags  []byte // of the feature at hand
	Shape Shape  // of the feature at hand; Add empties it
}

type number struct {
	bits  uint64
	field byte
}

// Begin empties the layer and gives it a name and its keys, of which tags are
// by number.
func (l *Layer) Begin(name string, keys []string) {
	l.name, l.keys, l.count, l.some = name, keys, 0, 0
	l.features, l.values, l.tags = l.features[:0], l.values[:0], l.tags[:0]
	if l.words == nil {
		l.words, l.numbers = map[string]uint32{}, map[number]uint32{}
	}
	clear(l.words)
	clear(l.numbers)
	clear(l.small[:])
	if l.era++; l.era == 0 { // after 2^32 layers
		clear(l.eras)
		l.era = 1
	}
	l.Shape.reset()
}

// Len is the number of features.
func (l *Layer) Len() int { return l.some }

func (l *Layer) tag(key int, value uint32) {
	if key < 0x80 && value < 0x80 {
		l.tags = append(l.tags, byte(key), byte(value))
		return
	}
	l.tags = binary.AppendUvarint(l.tags, uint64(key))
	l.tags = binary.AppendUvarint(l.tags, uint64(value))
}

// value adds a value that is encoded already.
func (l *Layer) value(encoded []byte) uint32 {
	l.values = append(l.values, layerValue)
	l.values = binary.AppendUvarint(l.values, uint64(len(encoded)))
	l.values = append(l.values, encoded...)
	l.count++
	return l.count - 1
}

// String gives the feature at hand a text.
func (l *Layer) String(key int, s string) {
	n, ok := l.words[s]
	if !ok {
		n = l.unique(s)
		l.words[s] = n
	}
	l.tag(key, n)
}

// Unique gives the feature at hand a text that no other feature has: it is not
// looked for among those that are there.
func (l *Layer) Unique(key int, s string) { l.tag(key, l.unique(s)) }

func (l *Layer) unique(s string) uint32 {
	l.values = append(l.values, layerValue)
	l.values = binary.AppendUvarint(l.values, uint64(1+uvarintLen(uint64(len(s)))+len(s)))
	l.values = append(l.values, valueString)
	l.values = binary.AppendUvarint(l.values, uint64(len(s)))
	l.values = append(l.values, s...)
	l.count++
	return l.count - 1
}

// Int gives the feature at hand a whole number.
func (l *Layer) Int(key int, v int64) {
	if v >= 0 && v < int64(len(l.small)) {
		if l.small[v] == 0 {
			l.small[v] = l.value(binary.AppendUvarint([]byte{valueUint}, uint64(v))) + 1
		}
		l.tag(key, l.small[v]-1)
		return
	}
	var room [12]byte
	field, bits := valueUint, uint64(v)
	if v < 0 {
		field, bits = valueSint, zigzag(v)
	}
	n, ok := l.numbers[number{bits, field}]
	if !ok {
		n = l.value(binary.AppendUvarint(append(room[:0], field), bits))
		l.numbers[number{bits, field}] = n
	}
	l.tag(key, n)
}

// Number gives the feature at hand a number; one that is not finite is left out.
func (l *Layer) Number(key int, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	if v == math.Trunc(v) && math.Abs(v) < mostSafeNumber {
		l.Int(key, int64(v))
		return
	}
	var room [12]byte
	field := valueDouble
	encoded := binary.LittleEndian.AppendUint64(append(room[:0], valueDouble), math.Float64bits(v))
	if single := float32(v); float64(single) == v {
		field, encoded = valueFloat, binary.LittleEndian.AppendUint32(append(room[:0], valueFloat), math.Float32bits(single))
	}
	n, ok := l.numbers[number{math.Float64bits(v), field}]
	if !ok {
		n = l.value(encoded)
		l.numbers[number{math.Float64bits(v), field}] = n
	}
	l.tag(key, n)
}

// Bool gives the feature at hand a yes or no.
func (l *Layer) Bool(key int, v bool) {
	bits := uint64(0)
	if v {
		bits = 1
	}
	n, ok := l.numbers[number{bits, valueBool}]
	if !ok {
		n = l.value([]byte{valueBool, byte(bits)})
		l.numbers[number{bits, valueBool}] = n
	}
	l.tag(key, n)
}

// Encoded gives the feature at hand a value of the caller's dictionary: its
// index there, and as [AppendString] and the like encoded it.
func (l *Layer) Encoded(key int, index uint32, encoded []byte) {
	if int(index) >= len(l.eras) {
		more := max(int(index)+1, 2*len(l.eras))
		l.eras = append(l.eras, make([]uint32, more-len(l.eras))...)
		l.shared = append(l.shared, make([]uint32, more-len(l.shared))...)
	}
	if l.eras[index] != l.era {
		l.eras[index], l.shared[index] = l.era, l.value(encoded)
	}
	l.tag(key, l.shared[index])
}

// AppendString encodes a text for [Layer.Encoded].
func AppendString(to []byte, s string) []byte {
	to = binary.AppendUvarint(append(to, valueString), uint64(len(s)))
	return append(to, s...)
}

// AppendNumber encodes a finite number for [Layer.Encoded].
func AppendNumber(to []byte, v float64) []byte {
	switch {
	case v == math.Trunc(v) && v >= 0 && v < mostSafeNumber:
		return binary.AppendUvarint(append(to, valueUint), uint64(v))
	case v == math.Trunc(v) && v > -mostSafeNumber && v < 0:
		return binary.AppendUvarint(append(to, valueSint), zigzag(int64(v)))
	case float64(float32(v)) == v:
		return binary.LittleEndian.AppendUint32(append(to, valueFloat), math.Float32bits(float32(v)))
	}
	return binary.LittleEndian.AppendUint64(append(to, valueDouble), math.Float64bits(v))
}

// AppendBool encodes a yes or no for [Layer.Encoded].
func AppendBool(to []byte, v bool) []byte {
	if v {
		return append(to, valueBool, 1)
	}
	return append(to, valueBool, 0)
}

// Drop forgets the feature at hand: its tags and its shape.
func (l *Layer) Drop() {
	l.tags = l.tags[:0]
	l.Shape.reset()
}

// Tags are those of the features since the last that was added, as they are
// encoded, and Values all values of the layer.
func (l *Layer) Tags() []byte { return l.tags }

// Values are all values of the layer, as they are encoded.
func (l *Layer) Values() []byte { return l.values }

// Add ends the feature at hand; one whose shape is empty is dropped. Ids must
// be below 2^53 to be exact in a browser.
func (l *Layer) Add(id uint64, kind Kind) {
	shape := l.Shape.commands
	if len(shape) == 0 {
		l.Drop()
		return
	}
	size := 1 + uvarintLen(id) + 2 + 1 + uvarintLen(uint64(len(shape))) + len(shape)
	if len(l.tags) > 0 {
		size += 1 + uvarintLen(uint64(len(l.tags))) + len(l.tags)
	}
	f := binary.AppendUvarint(append(l.features, layerFeature), uint64(size))
	f = binary.AppendUvarint(append(f, featureID), id)
	if len(l.tags) > 0 {
		f = binary.AppendUvarint(append(f, featureTags), uint64(len(l.tags)))
		f = append(f, l.tags...)
	}
	f = append(f, featureKind, byte(kind))
	f = binary.AppendUvarint(append(f, featureShape), uint64(len(shape)))
	l.features = append(f, shape...)
	l.some++
	l.Drop()
}

// AppendTo closes the layer into a tile. A layer without features adds nothing:
// the format wants at least one.
func (l *Layer) AppendTo(tile []byte) []byte {
	if l.some == 0 {
		return tile
	}
	size := 2 + 1 + uvarintLen(uint64(len(l.name))) + len(l.name) + len(l.features) + len(l.values) + 1 + uvarintLen(Extent)
	for _, k := range l.keys {
		size += 1 + uvarintLen(uint64(len(k))) + len(k)
	}
	tile = slices.Grow(tile, size+6) // at once, and not in steps
	tile = binary.AppendUvarint(append(tile, tileLayer), uint64(size))
	tile = append(tile, layerVersion, 2)
	tile = binary.AppendUvarint(append(tile, layerName), uint64(len(l.name)))
	tile = append(tile, l.name...)
	tile = append(tile, l.features...)
	for _, k := range l.keys {
		tile = binary.AppendUvarint(append(tile, layerKey), uint64(len(k)))
		tile = append(tile, k...)
	}
	tile = append(tile, l.values...)
	return binary.AppendUvarint(append(tile, layerExtent), Extent)
}

func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func uvarintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// ID gives the feature at hand a UUID as a text, which no other feature has.
func (l *Layer) ID(key int, id [16]byte) {
	const size = 36
	l.values = append(l.values, layerValue, 2+size, valueString, size)
	l.values = hex.AppendEncode(l.values, id[:4])
	for _, part := range [4][2]int{{4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		l.values = hex.AppendEncode(append(l.values, '-'), id[part[0]:part[1]])
	}
	l.count++
	l.tag(key, l.count-1)
}

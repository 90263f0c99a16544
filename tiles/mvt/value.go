package mvt

import (
	"encoding/binary"
	"fmt"
	"math"
)

// DecodeValue is the way back from [AppendString] and the like: a string, a
// float64, a bool, or nil for nothing.
func DecodeValue(b []byte) (any, error) {
	if len(b) == 0 {
		return nil, nil
	}
	switch rest := b[1:]; b[0] {
	case valueString:
		size, n := binary.Uvarint(rest)
		if n <= 0 || uint64(len(rest)-n) != size {
			return nil, fmt.Errorf("mvt: a text of %d bytes in %d", size, len(rest))
		}
		return string(rest[n:]), nil
	case valueUint, valueSint, valueBool:
		v, n := binary.Uvarint(rest)
		if n != len(rest) {
			return nil, fmt.Errorf("mvt: a number of %d bytes in %d", n, len(rest))
		}
		if b[0] == valueBool {
			return v != 0, nil
		}
		if b[0] == valueSint {
			return float64(int64(v>>1) ^ -int64(v&1)), nil
		}
		return float64(v), nil
	case valueFloat:
		if len(rest) == 4 {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(rest))), nil
		}
	case valueDouble:
		if len(rest) == 8 {
			return math.Float64frombits(binary.LittleEndian.Uint64(rest)), nil
		}
	}
	return nil, fmt.Errorf("mvt: a value of %d bytes that begins with %d", len(b), b[0])
}

package mvt

import "encoding/binary"

// Shape is a geometry as the format's commands: each part begins where the last
// one ended, in steps of the tile.
type Shape struct {
	commands []byte
	x, y     int32 // the cursor
}

func (s *Shape) reset() { s.commands, s.x, s.y = s.commands[:0], 0, 0 }

// Empty reports whether nothing was drawn.
func (s *Shape) Empty() bool { return len(s.commands) == 0 }

// The commands, with how often they follow in the bits above.
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

func (s *Shape) to(x, y int32) {
	dx, dy := zigzag(int64(x)-int64(s.x)), zigzag(int64(y)-int64(s.y))
	if s.x, s.y = x, y; dx|dy < 0x80 {
		s.commands = append(s.commands, byte(dx), byte(dy))
		return
	}
	s.commands = appendVarint(appendVarint(s.commands, dx), dy)
}

// appendVarint is binary.AppendUvarint, which is not inlined, for what is seldom
// above 2^14: steps of a tile.
func appendVarint(b []byte, v uint64) []byte {
	if v < 1<<7 {
		return append(b, byte(v))
	}
	if v < 1<<14 {
		return append(b, byte(v)|0x80, byte(v>>7))
	}
	return binary.AppendUvarint(b, v)
}

// Point draws the one point of a feature.
func (s *Shape) Point(x, y int32) {
	s.commands = append(s.commands, 1<<3|moveTo)
	s.to(x, y)
}

// Line draws a line of at least two vertices that differ from their neighbours.
func (s *Shape) Line(xy [][2]int32) {
	s.commands = append(s.commands, 1<<3|moveTo)
	s.to(xy[0][0], xy[0][1])
	s.commands = binary.AppendUvarint(s.commands, uint64(len(xy)-1)<<3|lineTo)
	for _, p := range xy[1:] {
		s.to(p[0], p[1])
	}
}

// Ring draws a ring of at least three vertices that differ from their
// neighbours, the first not repeated at the end. With y down, an outer ring has
// a positive area by the surveyor's formula, a hole a negative one, and holes
// follow their outer ring.
func (s *Shape) Ring(xy [][2]int32) {
	s.Line(xy)
	s.commands = append(s.commands, 1<<3|closePath)
}

// Area is twice the area of a ring by the surveyor's formula; above zero it
// runs clockwise on a screen, as the format's outer rings do.
func Area(xy [][2]int32) int64 {
	var sum int64
	last := xy[len(xy)-1]
	for _, p := range xy {
		sum += int64(last[0])*int64(p[1]) - int64(p[0])*int64(last[1])
		last = p
	}
	return sum
}

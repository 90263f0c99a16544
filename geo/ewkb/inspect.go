package ewkb

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Limits on one geometry. Anything larger is a mistake or an attack.
const (
	MaxVertices = 1_000_000
	maxDepth    = 4
)

// ErrTooLarge says that a geometry promises more than its bytes can hold or
// than Gridward takes.
var ErrTooLarge = errors.New("geometry too large")

// Head is what [Inspect] finds.
type Head struct {
	Type     uint32 // 1 Point … 7 GeometryCollection
	Stride   int    // numbers a vertex
	SRID     uint32
	Vertices int
}

// Inspect walks the bytes of an EWKB geometry without building it, and refuses
// counts that the bytes cannot hold, more than MaxVertices vertices, more than
// four levels of nesting, and bytes left over.
func Inspect(raw []byte) (Head, error) {
	w := walker{raw: raw}
	h, err := w.geometry(0)
	if err != nil {
		return h, fmt.Errorf("ewkb at byte %d: %w", w.at, err)
	}
	if w.at != len(raw) {
		return h, fmt.Errorf("ewkb: %d bytes left over", len(raw)-w.at)
	}
	h.Vertices = w.vertices
	return h, nil
}

type walker struct {
	raw      []byte
	at       int
	vertices int
}

var errShort = errors.New("the bytes end too early")

func (w *walker) uint32(order binary.ByteOrder) (uint32, error) {
	if len(w.raw)-w.at < 4 {
		return 0, errShort
	}
	v := order.Uint32(w.raw[w.at:])
	w.at += 4
	return v, nil
}

func (w *walker) geometry(depth int) (h Head, err error) {
	if depth > maxDepth {
		return h, fmt.Errorf("%w: nested deeper than %d", ErrTooLarge, maxDepth)
	}
	if len(w.raw)-w.at < 1 {
		return h, errShort
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch w.raw[w.at] {
	case 0:
		order = binary.BigEndian
	case 1:
	default:
		return h, fmt.Errorf("byte order %d is neither 0 nor 1", w.raw[w.at])
	}
	w.at++
	kind, err := w.uint32(order)
	if err != nil {
		return h, err
	}
	h.Stride = 2
	if kind&0x80000000 != 0 {
		h.Stride++
	}
	if kind&0x40000000 != 0 {
		h.Stride++
	}
	if kind&0x20000000 != 0 {
		if h.SRID, err = w.uint32(order); err != nil {
			return h, err
		}
	}
	h.Type = kind & 0x1fffffff
	switch h.Type {
	case 1:
		return h, w.points(1, h.Stride)
	case 2:
		return h, w.path(order, h.Stride)
	case 3:
		n, err := w.count(order, 4)
		for ; err == nil && n > 0; n-- {
			err = w.path(order, h.Stride)
		}
		return h, err
	case 4, 5, 6, 7:
		n, err := w.count(order, 5)
		for ; err == nil && n > 0; n-- {
			_, err = w.geometry(depth + 1)
		}
		return h, err
	}
	return h, fmt.Errorf("geometry type %d is not known", h.Type)
}

// count reads how many members follow, each of at least size bytes.
func (w *walker) count(order binary.ByteOrder, size int) (int, error) {
	n, err := w.uint32(order)
	if err != nil {
		return 0, err
	}
	if int64(n)*int64(size) > int64(len(w.raw)-w.at) {
		return 0, fmt.Errorf("%w: %d members in %d bytes", ErrTooLarge, n, len(w.raw)-w.at)
	}
	return int(n), nil
}

func (w *walker) path(order binary.ByteOrder, stride int) error {
	n, err := w.count(order, 8*stride)
	if err != nil {
		return err
	}
	return w.points(n, stride)
}

func (w *walker) points(n, stride int) error {
	if len(w.raw)-w.at < n*stride*8 {
		return errShort
	}
	if w.vertices += n; w.vertices > MaxVertices {
		return fmt.Errorf("%w: more than %d vertices", ErrTooLarge, MaxVertices)
	}
	w.at += n * stride * 8
	return nil
}

package ewkb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Limits on one geometry. Anything larger is a mistake or an attack.
const (
	MaxVertices = 1_000_000 // unless [WithMaxVertices] says otherwise
	MaxDepth    = 4         // collections inside collections; parts of a multi-geometry count as one level
)

// ErrTooLarge says that a geometry promises more than its bytes can hold or
// than Gridward takes.
var ErrTooLarge = errors.New("geometry too large")

// Head is what [Inspect] finds.
type Head struct {
	Type        uint32 // 1 Point … 7 GeometryCollection
	Stride      int    // numbers a vertex: 2, 3 or 4
	HasZ, HasM  bool
	SRID        uint32 // 0: the bytes name none
	Vertices    int    // all of them, repeated first and last ones included
	EmptyPoints int    // points without a place, written as not-a-numbers
}

// The flags of EWKB's type number.
const (
	flagZ    = 0x80000000
	flagM    = 0x40000000
	flagSRID = 0x20000000
)

// Inspect walks the bytes of an EWKB geometry without building it. It refuses
// counts that the bytes cannot hold, more than MaxVertices vertices or members,
// more than MaxDepth levels, members of another kind, dimension or SRID than
// their parent's, numbers that are not finite and bytes left over. The decoders
// behind it may then trust what they read.
func Inspect(raw []byte) (Head, error) { return inspect(raw, MaxVertices) }

func inspect(raw []byte, maxVertices int) (Head, error) {
	w := walker{raw: raw, max: maxVertices}
	h, err := w.geometry(0, nil)
	if err != nil {
		return h, fmt.Errorf("ewkb at byte %d: %w", w.at, err)
	}
	if w.at != len(raw) {
		return h, fmt.Errorf("ewkb: %d bytes left over after the geometry", len(raw)-w.at)
	}
	h.Vertices, h.EmptyPoints = w.vertices, w.empty
	return h, nil
}

type walker struct {
	raw                      []byte
	at, max                  int
	vertices, members, empty int
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

// geometry walks one geometry; parent is nil for the outermost.
func (w *walker) geometry(depth int, parent *Head) (h Head, err error) {
	if depth > MaxDepth {
		return h, fmt.Errorf("%w: nested deeper than %d", ErrTooLarge, MaxDepth)
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
	h = Head{Type: kind &^ (flagZ | flagM | flagSRID), Stride: 2, HasZ: kind&flagZ != 0, HasM: kind&flagM != 0}
	if h.HasZ {
		h.Stride++
	}
	if h.HasM {
		h.Stride++
	}
	if kind&flagSRID != 0 {
		if h.SRID, err = w.uint32(order); err != nil {
			return h, err
		}
	}
	if parent != nil {
		if err := h.belongsTo(parent); err != nil {
			return h, err
		}
	}
	switch h.Type {
	case 1:
		return h, w.points(order, 1, h.Stride, true)
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
			_, err = w.geometry(depth+1, &h)
		}
		return h, err
	}
	return h, fmt.Errorf("geometry type %d is not known", h.Type)
}

// belongsTo checks a member against what it is a member of.
func (h *Head) belongsTo(parent *Head) error {
	if parent.Type != 7 && h.Type != parent.Type-3 {
		return fmt.Errorf("a geometry of type %d is a member of one of type %d", h.Type, parent.Type)
	}
	if h.HasZ != parent.HasZ || h.HasM != parent.HasM {
		return fmt.Errorf("a member has %d numbers a vertex and its parent %d, or others", h.Stride, parent.Stride)
	}
	if h.SRID != 0 && h.SRID != parent.SRID {
		return fmt.Errorf("a member has SRID %d and its parent %d", h.SRID, parent.SRID)
	}
	return nil
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
	// Members without vertices cost memory too.
	if w.members += int(n); w.members > w.max {
		return 0, fmt.Errorf("%w: more than %d members", ErrTooLarge, w.max)
	}
	return int(n), nil
}

// path reads one counted row of vertices: a line or a ring.
func (w *walker) path(order binary.ByteOrder, stride int) error {
	n, err := w.uint32(order)
	if err != nil {
		return err
	}
	if int64(n)*int64(8*stride) > int64(len(w.raw)-w.at) {
		return fmt.Errorf("%w: %d vertices in %d bytes", ErrTooLarge, n, len(w.raw)-w.at)
	}
	return w.points(order, int(n), stride, false)
}

// emptyNaN is the one not-a-number that stands for an empty point. PostGIS
// writes no other, and go-geom takes any other for a coordinate.
const emptyNaN = 0x7ff8000000000000

// points walks n vertices. A lone point may be empty: all its numbers are
// emptyNaN then.
func (w *walker) points(order binary.ByteOrder, n, stride int, lone bool) error {
	if len(w.raw)-w.at < n*stride*8 {
		return errShort
	}
	if w.vertices += n; w.vertices > w.max {
		return fmt.Errorf("%w: more than %d vertices", ErrTooLarge, w.max)
	}
	nans := 0
	for range n * stride {
		bits := order.Uint64(w.raw[w.at:])
		if v := math.Float64frombits(bits); lone && bits == emptyNaN {
			nans++
		} else if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("the number %v is not finite", v)
		}
		w.at += 8
	}
	if nans == 0 {
		return nil
	}
	if nans != stride {
		return fmt.Errorf("%d of a point's %d numbers are missing", nans, stride)
	}
	w.empty++
	return nil
}

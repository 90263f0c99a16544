package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits on a request's body. A coordinate of a MultiPolygon stands 7 deep.
const (
	maxBody    = 1 << 20 // bytes
	maxNesting = 12
)

// readJSON reads a body strictly: bounded in size and depth, no name twice, no
// unknown fields, one value.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	return readJSONUpTo(w, r, into, maxBody)
}

// maxDrawing bounds the body of an operation on a plan: a town redrawn whole.
const maxDrawing = 16 << 20 // bytes

// readJSONUpTo is readJSON with another limit.
func readJSONUpTo(w http.ResponseWriter, r *http.Request, into any, limit int64) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return err // the server's own limit, or the client went away
	}
	if err := strictJSON(raw); err != nil {
		return badRequest("the body is not the JSON that is wanted: %v", err)
	}
	if err := decodeKnown(raw, into); err != nil {
		return badRequest("the body is not the JSON that is wanted: %v", err)
	}
	return nil
}

// decodeKnown decodes JSON whose every name is known.
func decodeKnown(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// oneOrMany is a value or a list of such values.
type oneOrMany[T any] struct {
	list []T
	many bool
}

// UnmarshalJSON reads either; a decoder's strictness does not reach in here.
func (o *oneOrMany[T]) UnmarshalJSON(raw []byte) error {
	if o.many = len(raw) > 0 && raw[0] == '['; o.many {
		return decodeKnown(raw, &o.list)
	}
	o.list = make([]T, 1)
	return decodeKnown(raw, &o.list[0])
}

// strictJSON refuses what encoding/json lets pass: depth without bound, a name
// that stands twice in an object (also in another case, since the decoder takes
// one for the other), text that the database cannot keep (U+0000, or bytes that
// are not UTF-8, which the decoder would replace), and anything after the value.
func strictJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	garbled := notUTF8(raw)
	// One entry for each open value: the names of an object, nil for a list.
	var open []map[string]bool
	var path []string // the name under which each open object's value stands
	wantName := false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{':
				open, path = append(open, map[string]bool{}), append(path, "")
			case '[':
				open, path = append(open, nil), append(path, "")
			default:
				open, path = open[:len(open)-1], path[:len(path)-1]
			}
			if len(open) > maxNesting {
				return errors.New("it is nested too deeply")
			}
		case string:
			if wantName {
				path[len(path)-1] = t
			}
			if garbled >= 0 && d.InputOffset() > int64(garbled) {
				return fmt.Errorf("%s holds bytes that are not UTF-8", fieldAt(path))
			}
			if strings.ContainsRune(t, 0) {
				return fmt.Errorf("%s holds the character U+0000, which is no text", fieldAt(path))
			}
			if wantName {
				names := open[len(open)-1]
				if k := strings.ToLower(t); names[k] {
					return errors.New("the name " + t + " stands twice")
				} else {
					names[k] = true
				}
				wantName = false
				continue
			}
		}
		if len(open) == 0 {
			break
		}
		wantName = open[len(open)-1] != nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one value")
	}
	return nil
}

// fieldAt words where a value stands: hazards.description.
func fieldAt(path []string) string {
	names := slices.DeleteFunc(slices.Clone(path), func(s string) bool { return s == "" })
	if len(names) == 0 {
		return "the body"
	}
	return "field " + strings.ReplaceAll(strings.Join(names, "."), "\x00", "\\u0000")
}

// notUTF8 is where the first byte stands that is not UTF-8; -1 without one.
func notUTF8(raw []byte) int {
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// day is a date in a body; null and a missing one are no date.
type day struct{ time.Time }

// UnmarshalJSON reads 2026-10-01 or null.
func (d *day) UnmarshalJSON(raw []byte) error {
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		d.Time = time.Time{}
		return err
	}
	t, err := time.Parse(time.DateOnly, *s)
	if err != nil {
		return fmt.Errorf("%q is not a date such as 2026-10-01", *s)
	}
	d.Time = t
	return nil
}

// shownDay is a date in an answer; nil for none.
func shownDay(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.DateOnly)
}

// shownID is an id in an answer; nil for none.
func shownID(id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	return id
}

// optional is a field of a change: one that is missing leaves what is there, and
// null removes it.
type optional[T any] struct {
	Set   bool
	Value T
}

// UnmarshalJSON is called for fields that are there, null among them.
func (o *optional[T]) UnmarshalJSON(raw []byte) error {
	o.Set = true
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(&o.Value)
}

// into changes a field if the change names it.
func (o optional[T]) into(field *T) {
	if o.Set {
		*field = o.Value
	}
}

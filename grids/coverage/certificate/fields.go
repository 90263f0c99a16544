package certificate

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// fields reads an object's members into Go values, and writes down whatever is
// not as it should be; a reader of a faulty document goes on and finds the rest.
// Each value has one text, so what was read is written again as it was.
type fields struct {
	of     object
	where  string
	faults *Faults
}

// fieldsOf takes an object that must have exactly these members.
func fieldsOf(v any, where string, faults *Faults, names ...string) fields {
	of, ok := v.(object)
	if !ok {
		faults.add(WrongValue, where, "it is not an object")
		return fields{nil, where, &Faults{}} // that its members are missing says nothing more
	}
	for _, name := range names {
		if _, ok := of[name]; !ok {
			faults.add(MissingField, member(where, name), "it is not there")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if !slices.Contains(names, name) {
			faults.add(UnknownField, member(where, name), "a document of this format has no such field")
		}
	}
	return fields{of, where, faults}
}

func (f fields) at(name string) string { return member(f.where, name) }

// wrong reports a member that is there and not as wanted.
func (f fields) wrong(name, wanted string) {
	if _, ok := f.of[name]; ok {
		f.faults.add(WrongValue, f.at(name), "it is not %s", wanted)
	}
}

func (f fields) text(name string) string {
	s, ok := f.of[name].(string)
	if !ok {
		f.wrong(name, "a text")
	}
	return s
}

func (f fields) integer(name string) int {
	n, ok := f.of[name].(int)
	if !ok {
		f.wrong(name, "an integer")
	}
	return n
}

func (f fields) list(name string) list {
	l, ok := f.of[name].(list)
	if !ok {
		f.wrong(name, "a list")
	}
	return l
}

// isNull reports a member that is there and null.
func (f fields) isNull(name string) bool {
	v, ok := f.of[name]
	return ok && v == nil
}

func (f fields) integerOrNull(name string) *int {
	if f.isNull(name) {
		return nil
	}
	n := f.integer(name)
	return &n
}

func (f fields) boolOrNull(name string) *bool {
	if f.isNull(name) {
		return nil
	}
	b, ok := f.of[name].(bool)
	if !ok {
		f.wrong(name, "true, false or null")
	}
	return &b
}

// textOrNull is empty for null, and an empty text is wrong: nothing has one form.
func (f fields) textOrNull(name string) string {
	if f.isNull(name) {
		return ""
	}
	s := f.text(name)
	if s == "" {
		f.wrong(name, "a text or null")
	}
	return s
}

// bytes are a text of lower-case hexadecimal digits.
func (f fields) bytes(name string, n int) []byte {
	b := hexBytes(f.of[name], n)
	if b == nil {
		f.wrong(name, fmt.Sprintf("%d lower-case hexadecimal digits", 2*n))
		b = make([]byte, n)
	}
	return b
}

func hexBytes(v any, n int) []byte {
	s, _ := v.(string)
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != n || hex.EncodeToString(b) != s {
		return nil
	}
	return b
}

func (f fields) id(name string) uuid.UUID {
	s, _ := f.of[name].(string)
	id, err := uuid.Parse(s)
	if err != nil || id.String() != s {
		f.wrong(name, "a UUID in lower case")
	}
	return id
}

// idOrNull is zero for null, and a UUID of zeros is wrong.
func (f fields) idOrNull(name string) uuid.UUID {
	if f.isNull(name) {
		return uuid.Nil
	}
	id := f.id(name)
	if id == uuid.Nil {
		f.wrong(name, "null, which says that there is none")
	}
	return id
}

const (
	instantForm = "2006-01-02T15:04:05.000000Z"
	dayForm     = time.DateOnly
)

// moment reads an instant or a day. time.Parse takes more than it writes.
func (f fields) moment(name, form string) time.Time {
	s, _ := f.of[name].(string)
	t, err := time.Parse(form, s)
	if err != nil || t.Format(form) != s {
		f.wrong(name, "a time in the form of "+form)
	}
	return t
}

// orNull writes nothing as null.
func orNull[T comparable](v T, text string) any {
	var zero T
	if v == zero {
		return nil
	}
	return text
}

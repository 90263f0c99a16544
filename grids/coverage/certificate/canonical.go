package certificate

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A document is a tree of object, list, string, int, bool and nil.
type (
	object = map[string]any
	list   = []any
)

const (
	mostBytes   = 4 << 20   // of a document; nothing longer is looked at
	mostDepth   = 8         // of objects and lists in each other, more than any format has
	mostInteger = 1<<53 - 1 // beyond it RFC 8785's readers lose digits
)

// appendCanonical writes a tree as RFC 8785 wants it. All names are ASCII, so
// that order by byte is its order by UTF-16.
func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, name), ':')
			b = appendCanonical(b, v[name])
		}
		return append(b, '}')
	case list:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, x)
		}
		return append(b, ']')
	case string:
		return appendString(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case bool:
		return strconv.AppendBool(b, v)
	}
	return append(b, "null"...)
}

// appendString escapes what RFC 8785 escapes and nothing else, which no setting
// of encoding/json does (it escapes U+2028 too).
func appendString(b []byte, s string) []byte {
	const short = "\b\t\n\f\r\"\\"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case bytes.IndexByte([]byte(short), c) >= 0:
			b = append(b, '\\', "btnfr\"\\"[bytes.IndexByte([]byte(short), c)])
		case c < ' ':
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// parse reads a document's tree, however it is set: whether it is canonical
// shows when what it means is written again.
func parse(raw []byte) (any, Faults) {
	var f Faults
	if len(raw) > mostBytes {
		f.add(TooLarge, "", "%d bytes are more than %d", len(raw), mostBytes)
		return nil, f
	}
	if !utf8.Valid(raw) {
		f.add(NotJSON, "", "it is not UTF-8")
		return nil, f
	}
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		f.add(NotJSON, "", "%v", err)
		return nil, f
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v := parseValue(d, "", mostDepth, &f)
	return v, f
}

// parseValue reads one value. encoding/json alone would let the last of two
// members with one name win without a word.
func parseValue(d *json.Decoder, where string, depth int, f *Faults) any {
	token, err := d.Token()
	if err != nil {
		f.add(NotJSON, where, "%v", err)
		return nil
	}
	switch t := token.(type) {
	case json.Number:
		n, err := strconv.ParseInt(t.String(), 10, 64)
		if err != nil || n < 0 || n > mostInteger {
			f.add(WrongValue, where, "%s is not an integer from 0 to 2^53-1", t)
			return nil
		}
		return int(n)
	case json.Delim:
		if depth == 0 {
			f.add(WrongValue, where, "it is nested more than %d deep", mostDepth)
			return nil
		}
		var v any
		if t == '{' {
			v = parseObject(d, where, depth-1, f)
		} else {
			v = parseList(d, where, depth-1, f)
		}
		if len(*f) == 0 {
			if _, err := d.Token(); err != nil { // the closing bracket
				f.add(NotJSON, where, "%v", err)
			}
		}
		return v
	}
	return token
}

// parseObject and parseList stop at the first fault: what follows it has no
// certain meaning.
func parseObject(d *json.Decoder, where string, depth int, f *Faults) object {
	out := object{}
	for len(*f) == 0 && d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			f.add(NotJSON, where, "there is no name")
			return out
		}
		if _, there := out[name]; there {
			f.add(DuplicateKey, member(where, name), "it is there twice")
			return out
		}
		out[name] = parseValue(d, member(where, name), depth, f)
	}
	return out
}

func parseList(d *json.Decoder, where string, depth int, f *Faults) list {
	out := list{}
	for len(*f) == 0 && d.More() {
		out = append(out, parseValue(d, element(where, len(out)), depth, f))
	}
	return out
}

// sameBytes says where a document first differs from its canonical form.
func sameBytes(raw, canonical []byte, f *Faults) {
	if bytes.Equal(raw, canonical) {
		return
	}
	at := 0
	for at < min(len(raw), len(canonical)) && raw[at] == canonical[at] {
		at++
	}
	part := func(b []byte) string { return strconv.Quote(string(b[at:min(at+12, len(b))])) }
	f.add(NotCanonical, "", "at byte %d it has %s where its canonical form has %s: perhaps an editor set it anew, and the original is wanted",
		at, part(raw), part(canonical))
}

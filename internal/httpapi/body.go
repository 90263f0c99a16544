package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Limits on a request's body. A coordinate of a MultiPolygon stands 7 deep.
const (
	maxBody    = 1 << 20 // bytes
	maxNesting = 12
)

// readJSON reads a body strictly: bounded in size and depth, no name twice, no
// unknown fields, one value.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err // the server's own limit, or the client went away
	}
	if err := strictJSON(raw); err != nil {
		return badRequest("the body is not the JSON that is wanted: %v", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest("the body is not the JSON that is wanted: %v", err)
	}
	return nil
}

// strictJSON refuses what encoding/json lets pass: depth without bound, a name
// that stands twice in an object (also in another case, since the decoder takes
// one for the other), and anything after the value.
func strictJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	// One entry for each open value: the names of an object, nil for a list.
	var open []map[string]bool
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
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			if len(open) > maxNesting {
				return errors.New("it is nested too deeply")
			}
		case string:
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

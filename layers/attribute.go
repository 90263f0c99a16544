package layers

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Attribute is one column of a layer's schema.
type Attribute struct {
	Name     string   `yaml:"name"`
	ZH       string   `yaml:"zh"`
	EN       string   `yaml:"en"`
	Type     string   `yaml:"type"` // text, integer, number, boolean, date or enum
	Unit     string   `yaml:"unit"` // shown behind the value: m, m², t
	Required bool     `yaml:"required"`
	Min      *float64 `yaml:"min"`
	Max      *float64 `yaml:"max"`
	Values   []Value  `yaml:"values"` // of an enum
}

// Value is one value of an enumeration.
type Value struct {
	Value string `yaml:"value" json:"value"`
	ZH    string `yaml:"zh" json:"zh"`
	EN    string `yaml:"en" json:"en"`
}

var attributeTypes = []string{"text", "integer", "number", "boolean", "date", "enum"}

func (a *Attribute) check() error {
	switch {
	case !snake.MatchString(a.Name):
		return errors.New("the name must be lower-case words joined by underscores")
	case a.ZH == "" || a.EN == "":
		return errors.New("both zh and en are needed")
	case !slices.Contains(attributeTypes, a.Type):
		return fmt.Errorf("type %q is none of %v", a.Type, attributeTypes)
	case (a.Type == "enum") != (len(a.Values) > 0):
		return errors.New("an enum, and only an enum, lists values")
	}
	return nil
}

// ErrNotInEnumeration and the others are the kinds of mistake that an
// attribute's value can be.
var (
	ErrMissingAttribute = errors.New("missing attribute")
	ErrNotInEnumeration = errors.New("not in the enumeration")
	ErrBadValue         = errors.New("value does not fit the attribute's type")
)

// maxText bounds a text value in bytes.
const maxText = 4096

// Read turns a value as files bring it (a string, a float64, a bool, an int64,
// nil) into the value that is kept: string, int64, float64, bool or a date as
// "2006-01-02". nil and blank strings give nil, which is an error only where
// the attribute is required. Errors wrap one of the kinds above.
func (a *Attribute) Read(v any) (any, error) {
	if s, ok := v.(string); ok {
		v = strings.TrimSpace(s)
	}
	if v == nil || v == "" {
		if a.Required {
			return nil, fmt.Errorf("%w %s", ErrMissingAttribute, a.Name)
		}
		return nil, nil
	}
	bad := func(why string) (any, error) {
		return nil, fmt.Errorf("%w: %s = %v %s", ErrBadValue, a.Name, v, why)
	}
	switch a.Type {
	case "text":
		s := text(v)
		if len(s) > maxText {
			return nil, fmt.Errorf("%w: %s is longer than %d bytes", ErrBadValue, a.Name, maxText)
		}
		return s, nil
	case "enum":
		s := text(v)
		for _, known := range a.Values {
			if s == known.Value || s == known.ZH {
				return known.Value, nil
			}
		}
		return nil, fmt.Errorf("%w: %s = %q is none of %s", ErrNotInEnumeration, a.Name, s, a.choices())
	case "boolean":
		switch strings.ToLower(text(v)) {
		case "true", "t", "yes", "y", "1", "是", "有":
			return true, nil
		case "false", "f", "no", "n", "0", "否", "无":
			return false, nil
		}
		return bad("is neither true nor false (是/否)")
	case "date":
		s := text(v)
		for _, form := range []string{time.DateOnly, "2006/01/02", "2006/1/2", time.RFC3339, "2006年1月2日"} {
			if d, err := time.Parse(form, s); err == nil {
				return d.Format(time.DateOnly), nil
			}
		}
		return bad("is not a date such as 2026-10-31")
	}
	n, ok := number(v)
	if !ok {
		n64, err := strconv.ParseFloat(text(v), 64)
		if err != nil {
			return bad("is not a number")
		}
		n = n64
	}
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0):
		return bad("is not a finite number")
	case a.Min != nil && n < *a.Min:
		return bad(fmt.Sprintf("is below the least, %v", *a.Min))
	case a.Max != nil && n > *a.Max:
		return bad(fmt.Sprintf("is above the most, %v", *a.Max))
	case a.Type == "integer" && n != math.Trunc(n):
		return bad("is not a whole number")
	case a.Type == "integer":
		return int64(n), nil
	}
	return n, nil
}

func (a *Attribute) choices() string {
	out := make([]string, len(a.Values))
	for i, v := range a.Values {
		out[i] = v.Value
	}
	return strings.Join(out, ", ")
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case int32:
		return float64(v), true
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	}
	return 0, false
}

// Read turns a row's raw attributes into those of the layer. Attributes that
// the schema does not know are left out; every problem is reported.
func (d *Definition) Read(raw map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(d.Attributes))
	var problems []error
	for i := range d.Attributes {
		a := &d.Attributes[i]
		v, err := a.Read(raw[a.Name])
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if v != nil {
			out[a.Name] = v
		}
	}
	return out, errors.Join(problems...)
}

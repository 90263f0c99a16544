package policy

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// schemaDocument says which form a policy has; what the names in it must refer
// to is checked besides.
//
//go:embed schema.json
var schemaDocument []byte

// SchemaDocument is the JSON Schema of a policy, for editors.
func SchemaDocument() []byte { return schemaDocument }

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaDocument))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("policy.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("policy.json")
})

// schemaOf holds a document to the schema and names each mistake with its line.
func schemaOf(raw []byte, line func(path string) int) error {
	s, err := schema()
	if err != nil {
		return err
	}
	text, err := yaml.YAMLToJSON(raw)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	var found *jsonschema.ValidationError
	if err := s.Validate(doc); !errors.As(err, &found) {
		return err
	}
	var problems []error
	english := message.NewPrinter(language.English)
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			at := pathOf(e.InstanceLocation)
			problems = append(problems, fmt.Errorf("line %d: %s: %s", line(at), at, e.ErrorKind.LocalizedString(english)))
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(found)
	return errors.Join(problems...)
}

// pathOf writes a place in a document as duties[2].class.
func pathOf(location []string) string {
	var b strings.Builder
	for _, part := range location {
		if _, err := strconv.Atoi(part); err == nil {
			b.WriteString("[" + part + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(part)
	}
	return b.String()
}

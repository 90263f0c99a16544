package policy

import (
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// linesOf finds the line on which a part of a document begins, by its path such
// as duties[2]; what is not there is looked for at the document's beginning.
func linesOf(raw []byte) func(path string) int {
	file, err := parser.ParseBytes(raw, 0)
	return func(path string) int {
		if err != nil {
			return 1
		}
		at, err := yaml.PathString("$." + path)
		if err != nil {
			return 1
		}
		node, err := at.FilterFile(file)
		if err != nil || node == nil {
			return 1
		}
		return node.GetToken().Position.Line
	}
}

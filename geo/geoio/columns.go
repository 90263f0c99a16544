package geoio

import (
	"maps"
	"slices"
)

// Lacks tells which of the wanted columns a file does not have, and which it
// has instead. A file without a head is read until every column was seen, to
// its end if one is lacking.
func Lacks(path string, o Options, wanted []string) (lacking, there []string, err error) {
	in, err := Open(path, o)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	seen := map[string]bool{}
	rest := func() []string {
		return slices.DeleteFunc(slices.Clone(wanted), func(c string) bool { return seen[c] })
	}
	for _, c := range in.Columns() {
		seen[c] = true
	}
	for lacking = rest(); len(lacking) > 0 && in.Columns() == nil && in.Next(); {
		for c := range in.Record().Attributes {
			if !seen[c] {
				seen[c] = true
				lacking = rest()
			}
		}
	}
	return lacking, slices.Sorted(maps.Keys(seen)), in.Err()
}

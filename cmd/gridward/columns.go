package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"gridward/geo/geoio"
)

// columnMap is --map: a file's columns and what they stand for, source=target.
type columnMap []struct{ column, target string }

// Decode reads yt=use;mc=name. A column may stand for several targets, and its
// name may hold an equals sign; a target's never does.
func (m *columnMap) Decode(ctx *kong.DecodeContext) error {
	var s string
	if err := ctx.Scan.PopValueInto("map", &s); err != nil {
		return err
	}
	for _, pair := range strings.Split(s, ";") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		i := strings.LastIndexByte(pair, '=')
		if i < 0 {
			return fmt.Errorf("%q is not source=target, the file's column on the left", pair)
		}
		*m = append(*m, struct{ column, target string }{strings.TrimSpace(pair[:i]), strings.TrimSpace(pair[i+1:])})
	}
	return nil
}

// columns gives the file's column for each target, after holding both sides to
// what there is: the targets known and the columns of the file.
func (m columnMap) columns(path string, o geoio.Options, known []string) (map[string]string, error) {
	out := map[string]string{}
	wanted := make([]string, len(m))
	for i, p := range m {
		wanted[i] = p.column
		if !slices.Contains(known, p.target) {
			return nil, fmt.Errorf("--map %s=%s: there is no target %q; the targets are %s", p.column, p.target, p.target, strings.Join(known, ", "))
		}
		if other, twice := out[p.target]; twice {
			return nil, fmt.Errorf("--map: %s and %s both stand for %s", other, p.column, p.target)
		}
		out[p.target] = p.column
	}
	if len(m) == 0 {
		return out, nil
	}
	lacking, there, err := geoio.Lacks(path, o, wanted)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(lacking) > 0 {
		return nil, fmt.Errorf("--map source=target: %s has no column %s; its columns are %s", path, strings.Join(lacking, ", "), strings.Join(there, ", "))
	}
	return out, nil
}

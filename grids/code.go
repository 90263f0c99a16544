package grids

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"gridward/geo"
)

var codeForm = regexp.MustCompile(`^[0-9]{15}$`)

// CodeOf is a grid's code: its community's 12 digits and a serial of 3, as GB/T
// 30428.1 describes. The prefix says where the grid was when it got its code;
// where it is now stands in Grid.Community.
func CodeOf(community string, serial int) (string, error) {
	if len(community) != 12 || serial < 1 || serial > 999 {
		return "", fmt.Errorf("no grid code for community %q and serial %d: 12 digits and 1 to 999 are needed", community, serial)
	}
	return fmt.Sprintf("%s%03d", community, serial), nil
}

// ValidCode reports whether a code has the form of a grid's.
func ValidCode(code string) bool { return codeForm.MatchString(code) }

// Number gives codes to the grids of one community, from west to east and from
// north to south, skipping every code that was ever used.
func Number(community string, grids []Grid, used map[string]bool) error {
	order := make([]int, len(grids))
	anchors := make([]geo.Point, len(grids))
	for i := range grids {
		order[i] = i
		a, err := geo.Anchor(grids[i].Geometry)
		if err != nil {
			return fmt.Errorf("number the grids of %s: %w", community, err)
		}
		anchors[i] = a
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(anchors[a].X, anchors[b].X), cmp.Compare(anchors[b].Y, anchors[a].Y))
	})
	serial := 0
	for _, i := range order {
		for {
			serial++
			code, err := CodeOf(community, serial)
			if err != nil {
				return err
			}
			if !used[code] {
				used[code] = true
				grids[i].Code = code
				break
			}
		}
	}
	return nil
}

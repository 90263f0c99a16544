package layers

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/ewkb"
	"gridward/internal/postgres"
)

// UnitsAt reads the units that hold on a day and that the transaction's scope
// may see, by code.
func UnitsAt(ctx context.Context, tx *postgres.Tx, day time.Time) ([]Unit, error) {
	rows, err := tx.Query(ctx, queries.Get("units_at"), tx.Scope().District, tx.Scope().Visible(), day)
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	units, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Unit, error) {
		var u Unit
		var g ewkb.Orb
		var to *time.Time
		if err := row.Scan(&u.Code, &u.Kind, &u.Name, &u.NameEN, &u.Parent, &g, &u.ValidFrom, &to); err != nil {
			return u, err
		}
		u.Geometry, _ = g.Geometry.(orb.MultiPolygon)
		if to != nil {
			u.ValidTo = *to
		}
		return u, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	return units, nil
}

// UnitChanges counts what a new set of units changed.
type UnitChanges struct {
	Added, Changed, Ended, Kept int
}

// ReplaceUnits makes the given units the ones that hold from a day on. Units
// that are as they were go on untouched; one that differs ends that day and
// begins anew; what held before stays on record. Changes that had been planned
// for that day or later are dropped: the new set says what holds then.
func ReplaceUnits(ctx context.Context, tx *postgres.Tx, units []Unit, from time.Time) (UnitChanges, error) {
	var out UnitChanges
	district := tx.Scope().District
	for _, name := range []string{"delete_parents_from", "delete_units_from", "reopen_parents", "reopen_units"} {
		if _, err := tx.Exec(ctx, queries.Get(name), district, from); err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
	}
	before, err := UnitsAt(ctx, tx, from)
	if err != nil {
		return out, err
	}
	was, err := unitRows(before)
	if err != nil {
		return out, err
	}
	is, err := unitRows(units)
	if err != nil {
		return out, err
	}
	var ended, relinked []string
	for code, old := range was {
		now, there := is[code]
		switch {
		case !there:
			out.Ended++
		case !now.same(old):
			out.Changed++
		default:
			out.Kept++
		}
		if !there || !now.same(old) {
			ended = append(ended, code)
		}
		if old.parent != "" && (!there || now.parent != old.parent) {
			relinked = append(relinked, code)
		}
	}
	for name, codes := range map[string][]string{"end_units": ended, "end_parents": relinked} {
		if _, err := tx.Exec(ctx, queries.Get(name), district, from, codes); err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
	}
	var rows, links [][]any
	for code, u := range is {
		old, there := was[code]
		if !there {
			out.Added++
		}
		if !there || !u.same(old) {
			rows = append(rows, []any{district, code, string(u.kind), u.name, u.nameEN, u.town, u.park, u.community, ewkb.Orb{Geometry: u.geometry}, int64(u.key), from, nil})
		}
		if u.parent != "" && (!there || u.parent != old.parent) {
			links = append(links, []any{district, code, u.parent, from, nil})
		}
	}
	if _, err := tx.CopyInto(ctx, "unit",
		[]string{"district", "code", "kind", "name", "name_en", "town", "park", "community", "geom", "h3", "valid_from", "valid_to"},
		pgx.CopyFromRows(rows)); err != nil {
		return out, fmt.Errorf("write units: %w", err)
	}
	if _, err := tx.CopyInto(ctx, "unit_parent",
		[]string{"district", "child", "parent", "valid_from", "valid_to"}, pgx.CopyFromRows(links)); err != nil {
		return out, fmt.Errorf("write parent links: %w", err)
	}
	if out.Added+out.Changed+out.Ended > 0 {
		tx.Change("units", uuid.Nil, nil)
	}
	return out, nil
}

// unitRow is a unit as its table has it: with the units whose accounts see it.
type unitRow struct {
	kind                          UnitKind
	name, nameEN                  string
	town, park, community, parent string
	geometry                      orb.MultiPolygon
	key                           geo.Key
}

func (r unitRow) same(o unitRow) bool {
	return r.kind == o.kind && r.name == o.name && r.nameEN == o.nameEN && r.town == o.town && r.park == o.park && r.community == o.community && orb.Equal(r.geometry, o.geometry)
}

func unitRows(units []Unit) (map[string]unitRow, error) {
	tree := NewTree(units)
	out := make(map[string]unitRow, len(units))
	for i := range units {
		u := &units[i]
		anchor, err := geo.Anchor(u.Geometry)
		if err != nil {
			return nil, fmt.Errorf("unit %s %s: %w", u.Code, u.Name, err)
		}
		r := unitRow{kind: u.Kind, name: u.Name, nameEN: u.NameEN, parent: u.Parent, geometry: u.Geometry}
		if r.key, err = geo.KeyAt(anchor); err != nil {
			return nil, fmt.Errorf("unit %s %s: %w", u.Code, u.Name, err)
		}
		r.town, r.park, r.community = tree.Ancestors(u.Code)
		if r.town == "" && (r.park != "" || r.community != "") {
			r.town = townAt(tree, anchor) // a park lies inside towns, and so do its communities
		}
		if _, twice := out[u.Code]; twice {
			return nil, fmt.Errorf("unit %s %s: the code stands twice", u.Code, u.Name)
		}
		out[u.Code] = r
	}
	return out, nil
}

// townAt is the town whose land holds a point; empty if none.
func townAt(tree *Tree, p geo.Point) string {
	for _, t := range tree.OfKind(Town) {
		if o, err := geo.NewOutline(t.Geometry); err == nil && o.Side(p) != geo.Outside {
			return t.Code
		}
	}
	return ""
}

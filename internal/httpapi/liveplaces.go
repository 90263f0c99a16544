package httpapi

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/tiles"
)

// readLayer makes the snapshot of one layer's tiles: the places that stand on
// a day, with name, category, class, risk and what is enumerated of them. It is
// slim if it would hold more than so many bytes (0: never).
func readLayer(ctx context.Context, tx *postgres.Tx, d *layers.Definition, day time.Time, book *coverage.Book, most int) (*tiles.Snapshot, error) {
	layout, show := shownOf(d, book)
	b := tiles.NewBuilder(layout, most)
	if err := layers.EachShown(ctx, tx, d.Layer, day, func(p *layers.Place) error { return b.Add(show(p)) }); err != nil {
		return nil, err
	}
	return b.Snapshot(), nil
}

// standing are those of some places that stand on a day, as the map shows them.
func standing(ctx context.Context, tx *postgres.Tx, d *layers.Definition, day time.Time, book *coverage.Book, ids []uuid.UUID) ([]tiles.Feature, error) {
	found, err := layers.PlacesByID(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	_, show := shownOf(d, book)
	var out []tiles.Feature
	for i := range found {
		if p := &found[i]; !p.ValidFrom.After(day) && (p.ValidTo.IsZero() || p.ValidTo.After(day)) {
			out = append(out, show(p))
		}
	}
	return out, nil
}

// readSome is a layer's snapshot with some places read anew.
func readSome(ctx context.Context, tx *postgres.Tx, d *layers.Definition, day time.Time, book *coverage.Book, old *tiles.Snapshot, ids []uuid.UUID) (*tiles.Snapshot, error) {
	features, err := standing(ctx, tx, d, day, book, ids)
	if err != nil {
		return nil, err
	}
	if old.Slim() { // whole blocks are read anew
		all := map[uuid.UUID]bool{}
		for _, id := range slices.Concat(ids, old.Blockmates(ids, features)) {
			all[id] = true
		}
		ids = slices.Collect(maps.Keys(all))
		if features, err = standing(ctx, tx, d, day, book, ids); err != nil {
			return nil, err
		}
	}
	return old.With(ids, features), nil
}

// shownOf makes of a layer's places what the map shows.
func shownOf(d *layers.Definition, book *coverage.Book) (tiles.Layout, func(*layers.Place) tiles.Feature) {
	fields := []string{"category", "name"}
	if d.Inspected {
		fields = append(fields, "risk", "class")
	}
	var shown []string
	for _, a := range d.Attributes {
		if a.Type != "text" && a.Type != "date" {
			shown = append(shown, a.Name)
		}
	}
	layout := tiles.Layout{Layer: d.Layer, Fields: append(fields, shown...)}
	return layout, func(p *layers.Place) tiles.Feature {
		values := make([]any, 0, len(layout.Fields))
		values = append(values, p.Category, nil)
		if p.Name != "" {
			values[1] = p.Name
		}
		if d.Inspected {
			values = append(values, int(p.Risk), nil)
			if class := classOf(book, p.ID); class > 0 {
				values[3] = class
			}
		}
		for _, a := range shown {
			switch value := p.Attributes[a].(type) {
			case float64, string, bool:
				values = append(values, value)
			default:
				values = append(values, nil)
			}
		}
		return tiles.Feature{Ref: p.ID, Key: p.Key, Anchor: p.Anchor, Geometry: p.Footprint, Values: values, Risk: p.Risk, Owner: tiles.Owner{Town: p.Town, Park: p.Park, Community: p.Community}}
	}
}

// readAtOnce is how many places of a slim layer are read by one statement.
const readAtOnce = 5000

// features reads places of a slim layer as the map shows them.
func (l *live) features(layer string, day time.Time, book *coverage.Book, ids []uuid.UUID) ([]tiles.Feature, error) {
	d, ok := l.s.set.Get(layer)
	if !ok {
		return nil, fmt.Errorf("layer %s is not there", layer)
	}
	var out []tiles.Feature
	err := l.s.db.Read(l.s.ctx, postgres.Tiles, l.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		for part := range slices.Chunk(ids, readAtOnce) {
			some, err := standing(ctx, tx, d, day, book, part)
			if err != nil {
				return err
			}
			out = append(out, some...)
		}
		return nil
	})
	return out, err
}

// each calls fn for the places that pick takes of a layer, with their shapes and
// values.
func (v *view) each(layer string, pick func(*tiles.Snapshot, func(*tiles.Feature)), fn func(*tiles.Feature)) error {
	snap := v.places[layer]
	switch {
	case snap == nil:
		return nil
	case !snap.Slim():
		pick(snap, fn)
		return nil
	}
	var ids []uuid.UUID
	pick(snap, func(f *tiles.Feature) { ids = append(ids, f.Ref) })
	found, err := v.read(layer, ids)
	if err != nil {
		return fmt.Errorf("read places of %s: %w", layer, err)
	}
	for i := range found {
		fn(&found[i])
	}
	return nil
}

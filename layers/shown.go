package layers

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"gridward/geo/ewkb"
	"gridward/internal/postgres"
)

// EachShown calls fn for every place of a layer that stands on a day (zero: all)
// and that the scope may see, in key order, with what maps show of it and nothing
// else. It is for whole layers: texts and attributes that come again are one
// piece of memory, so fn may keep them and may not change them. The place itself
// is valid during the call only.
func EachShown(ctx context.Context, tx *postgres.Tx, layer string, day time.Time, fn func(*Place) error) error {
	var on *time.Time
	if !day.IsZero() {
		on = &day
	}
	rows, err := tx.Query(ctx, queries.Get("shown_of_layer"), tx.Scope().District, tx.Scope().Visible(), layer, on)
	if err != nil {
		return fmt.Errorf("read what is shown of %s: %w", layer, err)
	}
	defer rows.Close()
	p := Place{District: tx.Scope().District, Layer: layer}
	var g ewkb.Orb
	var category, town, park, community, attributes pgtype.DriverBytes // not copied
	to := []any{&p.ID, &category, &p.Name, &g, &p.Anchor.X, &p.Anchor.Y, &p.Key, &town, &park, &community, &p.Risk, &attributes}
	same := seen{texts: map[string]string{}, attributes: map[string]map[string]any{}}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return fmt.Errorf("read what is shown of %s: %w", layer, err)
		}
		p.Footprint = g.Geometry
		p.Category, p.Town, p.Park, p.Community = same.text(category), same.text(town), same.text(park), same.text(community)
		if p.Attributes, err = same.attributesOf(attributes); err != nil {
			return fmt.Errorf("attributes of place %s of %s: %w", p.ID, layer, err)
		}
		if err := fn(&p); err != nil {
			return err
		}
	}
	return rows.Err()
}

// seen is what came before.
type seen struct {
	texts      map[string]string
	attributes map[string]map[string]any
}

func (s *seen) text(raw []byte) string {
	if one, ok := s.texts[string(raw)]; ok {
		return one
	}
	one := string(raw)
	s.texts[one] = one
	return one
}

// mostAttributes bounds the sets of attributes that are remembered: of a layer
// whose places have each their own, few come again.
const mostAttributes = 1 << 14

func (s *seen) attributesOf(raw []byte) (map[string]any, error) {
	if one, ok := s.attributes[string(raw)]; ok {
		return one, nil
	}
	var one map[string]any
	if err := json.Unmarshal(raw, &one); err != nil {
		return nil, err
	}
	if len(s.attributes) < mostAttributes {
		s.attributes[string(raw)] = one
	}
	return one, nil
}

package coverage

import (
	"context"
	"time"

	"github.com/google/uuid"

	"gridward/geo"
	"gridward/grids"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

// Fact is a place as it is known now, on the book's day.
type Fact struct {
	ID                    uuid.UUID
	Layer, Category       string
	Name, Address         string
	Anchor                geo.Point
	Risk                  int16
	Town, Park, Community string
	Grid                  string // empty: none
	ValidFrom, ValidTo    time.Time
	Owes                  []policy.Obligated // by [Book.Policy]; what is restricted too
}

// PlacementOf is where the book says a place belongs.
func (f *Fact) PlacementOf() grids.Placement {
	return grids.Placement{Town: f.Town, Park: f.Park, Community: f.Community, Grid: f.Grid}
}

// fact is a place on the book's day: as it is then, else as it was last or will be first.
func (s *state) fact(p *Place) Fact {
	f := Fact{ID: p.ID, Layer: p.Layer, Name: p.Name, Address: p.Address, Anchor: p.Anchor}
	spot := p.spotOn(s.today, Ever)
	f.Town, f.Park, f.Community, f.Grid = spot.Town, spot.Park, spot.Community, spot.Grid
	segments := p.segments(Ever, nil)
	if len(segments) == 0 {
		if n := len(p.Records); n > 0 {
			f.Category = p.Records[n-1].Category
		}
		return f
	}
	at := &segments[0]
	for i := range segments {
		if segments[i].from <= s.today {
			at = &segments[i]
		}
	}
	f.Category, f.Risk, f.Owes = at.record.Category, at.record.Risk, at.record.Owes[s.holds()]
	f.ValidFrom = segments[0].from.Date()
	if to := segments[len(segments)-1].to; to != policy.NoDay {
		f.ValidTo = to.Date()
	}
	return f
}

// Fact is what the book knows of a place.
func (b *Book) Fact(id uuid.UUID) (Fact, bool) {
	s := b.now.Load()
	i, ok := s.at[id]
	if !ok {
		return Fact{}, false
	}
	return s.fact(s.places.at(i)), true
}

// Facts is every place.
func (b *Book) Facts() []Fact {
	s := b.now.Load()
	out := make([]Fact, s.places.size)
	for i := range out {
		out[i] = s.fact(s.places.at(i))
	}
	return out
}

// Len is how many places the book has.
func (b *Book) Len() int { return b.now.Load().places.size }

// Facts reads every place as it is known now, and names those that the policy
// cannot classify.
func Facts(ctx context.Context, tx *postgres.Tx, r Reading) (facts []Fact, unclassified []string, err error) {
	rules, err := Rules(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	places, unclassified, err := Places(ctx, tx, rules, r, nil)
	if err != nil {
		return nil, nil, err
	}
	return NewBook(rules, r.Today, places).Facts(), unclassified, nil
}

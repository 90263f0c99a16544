package httpapi

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/internal/postgres"
	"gridward/layers"
	"gridward/layers/hazard"
	"gridward/layers/inspection"
)

// report is a list of visits on its way into the register. What is wrong with
// one of them is its own result.
type report struct {
	asker   *asker
	list    []inspectionBody
	visits  []inspection.Inspection
	results []taken
	good    []int       // those that go to the database, in the order of their ids
	again   map[int]int // those that stand in the list before, and where
	now     time.Time
}

func (b *report) refuse(i int, err error) {
	b.results[i] = taken{ID: b.list[i].ID, Result: refusedItem, Problem: problemOf(err)}
}

// read sorts out what can be told without the database.
func (b *report) read() {
	first := map[uuid.UUID]int{}
	b.again = map[int]int{}
	for i := range b.list {
		var err error
		if b.visits[i], err = b.list[i].read(b.asker, b.now); err != nil {
			b.refuse(i, err)
			continue
		}
		if before, twice := first[b.list[i].ID]; !twice {
			first[b.list[i].ID] = i
			b.good = append(b.good, i)
		} else if b.visits[before].Same(&b.visits[i]) {
			b.again[i] = before
		} else {
			b.refuse(i, postgres.ErrKeyReused)
		}
	}
	// Two lists with the same visits meet them in the same order.
	slices.SortFunc(b.good, func(x, y int) int { return slices.Compare(b.list[x].ID[:], b.list[y].ID[:]) })
}

// store writes the good ones; it may run several times.
func (b *report) store(ctx context.Context, tx *postgres.Tx) error {
	places, err := b.placesOfHazards(ctx, tx)
	if err != nil {
		return err
	}
	var visits []inspection.Inspection
	var hazards []hazard.Hazard
	for _, i := range b.good {
		v := &b.visits[i]
		b.results[i] = taken{ID: v.ID, Result: created}
		if len(b.list[i].Hazards) > 0 {
			place := places[v.Place]
			if place == nil {
				b.refuse(i, notFound("place %s", v.Place))
				continue
			}
			found, err := b.list[i].hazards(b.asker, v, place, b.now)
			if err != nil {
				b.refuse(i, err)
				continue
			}
			hazards = append(hazards, found...)
		}
		visits = append(visits, *v)
	}
	fresh, _, err := inspection.Insert(ctx, tx, visits)
	if err != nil {
		return err
	}
	stored := make(map[uuid.UUID]bool, len(fresh))
	for _, id := range fresh {
		stored[id] = true
	}
	for _, i := range b.good {
		if v := &b.visits[i]; b.results[i].Result == created && !stored[v.ID] {
			if _, err := whyNotTaken(ctx, tx, v); err != nil {
				if spoils(err) {
					return err
				}
				b.refuse(i, err)
			} else {
				b.results[i].Result = repeated
			}
		}
	}
	for i, before := range b.again {
		// What is refused once is refused twice: only what is stored may be acknowledged.
		if b.results[i] = b.results[before]; b.results[i].Result == created {
			b.results[i].Result = repeated
		}
	}
	hazards = slices.DeleteFunc(hazards, func(h hazard.Hazard) bool { return !stored[h.Inspection] })
	if err := storeHazards(ctx, tx, hazards); err != nil {
		return err
	}
	if len(fresh) > 0 {
		tx.Change("inspections", uuid.Nil, map[string]any{"ids": fresh})
		tx.Audit("report", "inspections", "", map[string]any{"ids": fresh})
	}
	return nil
}

// spoils reports whether an error is the database's and not the visit's.
func spoils(err error) bool { return problemOf(err).Status >= 500 }

// placesOfHazards are the places at which something was found.
func (b *report) placesOfHazards(ctx context.Context, tx *postgres.Tx) (map[uuid.UUID]*layers.Place, error) {
	var ids []uuid.UUID
	for _, i := range b.good {
		if len(b.list[i].Hazards) > 0 {
			ids = append(ids, b.visits[i].Place)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := layers.PlacesByID(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	out := map[uuid.UUID]*layers.Place{}
	for i := range found {
		out[found[i].ID] = &found[i]
	}
	return out, nil
}

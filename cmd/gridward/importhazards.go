package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/geo/geoio"
	"gridward/grids"
	"gridward/internal/postgres"
	"gridward/layers/hazard"
)

// hazardNamespace makes a hazard's id from its source and the source's id, so
// that importing a file again brings nothing twice.
var hazardNamespace = uuid.MustParse("0b7e4c1c-9c53-5a55-8f0e-5d1f6b1f7a31")

// hazardTargets are what the columns of a file of hazards can stand for.
var hazardTargets = []string{"source_id", "type", "severity", "state", "discovered_at", "closed_at", "origin", "description"}

// importHazards reads hazards as points; a known one is left as it is.
func (c importCmd) importHazards(ctx context.Context, a *app, tx *postgres.Tx, in geoio.Reader, system crs.System) error {
	f, err := a.facts(ctx, tx)
	if err != nil {
		return err
	}
	placer, err := grids.NewPlacer(f.units, nil)
	if err != nil {
		return err
	}
	severity := map[string]int16{}
	for _, h := range f.policy.Hazards {
		severity[h.Type] = h.Severity
	}
	var list []hazard.Hazard
	rows, bad := 0, 0
	for in.Next() {
		r := in.Record()
		rows++
		get := func(target string) string {
			if v := r.Attributes[cmp.Or(c.columns[target], target)]; v != nil {
				s := fmt.Sprint(v)
				return cmp.Or(c.Value[target+"."+s], s)
			}
			return c.Value[target+"."]
		}
		id := cmp.Or(get("source_id"), get("id"), fmt.Sprintf("row-%d", r.Row))
		h := hazard.Hazard{ID: uuid.NewSHA1(hazardNamespace, []byte(a.cli.District+"/"+c.Source+"/"+id)), Type: get("type"), State: hazard.State(cmp.Or(get("state"), string(hazard.Discovered))),
			Origin: cmp.Or(get("origin"), "import"), Description: get("description"), Version: 1}
		h.Severity = severity[h.Type]
		problem := r.Problem
		if s := get("severity"); s != "" && problem == nil {
			n, err := strconv.ParseInt(s, 10, 16)
			h.Severity, problem = int16(n), err
		}
		for name, into := range map[string]*time.Time{"discovered_at": &h.DiscoveredAt, "closed_at": &h.ClosedAt} {
			if s := get(name); s != "" && problem == nil {
				*into, problem = moment(s, f.policy.Zone())
			}
		}
		if problem == nil {
			problem = h.Check(f.policy.HazardTypes(), a.now())
		}
		if problem == nil {
			problem = placeHazard(&h, r.Geometry, system, placer)
		}
		if problem != nil {
			bad++
			fmt.Fprintf(a.out, "row %d (%s): %v\n", r.Row, id, problem)
			continue
		}
		list = append(list, h)
	}
	if err := in.Err(); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%d rows: %d good, %d bad\n", rows, len(list), bad)
	if bad > 0 && !c.AcceptGoodRows {
		return errRefused
	}
	fresh, err := hazard.Insert(ctx, tx, list)
	if err != nil {
		return err
	}
	if len(fresh) > 0 {
		tx.Change("hazard", uuid.Nil, nil)
	}
	tx.Audit("import", "hazards", c.Source, map[string]any{"rows": rows, "added": len(fresh), "bad": bad})
	fmt.Fprintf(a.out, "hazards: %d added, %d known\n", len(fresh), len(list)-len(fresh))
	return nil
}

// moment reads a time; one without a zone is the district's.
func moment(s string, zone *time.Location) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly, "2006/1/2 15:04", "2006/1/2"} {
		if t, err := time.ParseInLocation(form, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time such as 2026-10-31 09:30", s)
}

func placeHazard(h *hazard.Hazard, g orb.Geometry, system crs.System, placer *grids.Placer) error {
	p, ok := g.(orb.Point)
	if !ok {
		return fmt.Errorf("a hazard is a Point, not a %T", g)
	}
	at, err := geo.SnapChecked(system.ToWGS84(p))
	if err != nil {
		return err
	}
	key, err := geo.KeyAt(at)
	if err != nil {
		return err
	}
	where, ok := placer.Place(at.Orb(), at, key)
	if !ok {
		return fmt.Errorf("outside the district: %v lies in no community", at)
	}
	h.Point, h.Key, h.Town, h.Park, h.Community = at.Orb(), key, where.Town, where.Park, where.Community
	return nil
}

package forecast_test

import (
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"gridward/fixtures"
	"gridward/grids/coverage/forecast"
	"gridward/grids/coverage/policy"
	"gridward/layers/inspection"
)

// owed is one place's monthly duty in the demo's three months.
type owed struct {
	place uuid.UUID
	class int
	unit  string
	month [3]lived
}

// lived is what became of an obligation in one month.
type lived struct {
	due     bool
	met     int   // the day of the month, from 0; -1 never
	tried   []int // days with a visit that did not get in
	visited []int // days with a visit that was done, before the month too
}

// demo is the whole demo up to the last instant of October: August and September
// are its past, October is a whole month too.
var demo = sync.OnceValues(func() ([]owed, error) {
	p, err := policy.Default()
	if err != nil {
		return nil, err
	}
	last := time.Date(2026, 10, 31, 23, 59, 59, 0, p.Zone())
	d, err := fixtures.Generate(1, last, nil)
	if err != nil {
		return nil, err
	}
	visits := map[uuid.UUID][]inspection.Inspection{}
	for _, v := range d.Inspections {
		visits[v.Place] = append(visits[v.Place], v)
	}
	compounds := map[uuid.UUID]bool{}
	for _, c := range d.Places["residential-compound"] {
		compounds[c.ID] = true
	}
	var months [3]policy.Period
	for m := range months {
		months[m] = policy.Containing(time.Date(2026, time.Month(8+m), 1, 0, 0, 0, 0, time.UTC), policy.Month)
	}
	var out []owed
	for _, layer := range slices.Sorted(maps.Keys(d.Places)) {
		for _, pl := range d.Places[layer] {
			owes, err := p.Owes(policy.Facts{Category: pl.Category, Attributes: pl.Attributes, UnderCompound: compounds[pl.Above]})
			if err != nil {
				break // the layer is not inspected
			}
			for _, o := range owes {
				duty := &p.Duties[o.Duty]
				if duty.Period != policy.Month {
					continue
				}
				of := owed{place: pl.ID, class: duty.Class, unit: map[int]string{1: pl.Community, 2: pl.Town}[duty.Class]}
				for m, period := range months {
					of.month[m] = live(p, o.Duty, period, pl.ValidFrom, visits[pl.ID])
				}
				out = append(out, of)
			}
		}
	}
	return out, nil
})

func live(p *policy.Policy, duty int, period policy.Period, validFrom time.Time, visits []inspection.Inspection) lived {
	l := lived{due: !validFrom.After(period.FirstDay()), met: -1}
	from, to := period.Bounds(p.Zone())
	for _, v := range visits {
		if !p.Serves(v.Checklist, duty) || !v.At.Before(to) {
			continue
		}
		day := int(math.Floor(v.At.Sub(from).Hours() / 24))
		switch {
		case v.Outcome != inspection.Done && day >= 0:
			l.tried = append(l.tried, day)
		case v.Outcome == inspection.Done:
			l.visited = append(l.visited, day)
			if day >= 0 && (l.met < 0 || day < l.met) {
				l.met = day
			}
		}
	}
	return l
}

var daysOf = [3]int{31, 30, 31} // August to October

// courses are a class's units month by month; history is one of them when so
// many days of the target month had passed.
func courses(all []owed, class int) map[string]*[3]forecast.Course {
	out := map[string]*[3]forecast.Course{}
	for i := range all {
		o := &all[i]
		if o.class != class {
			continue
		}
		u := out[o.unit]
		if u == nil {
			u = &[3]forecast.Course{}
			for m := range u {
				u[m] = forecast.NewCourse(daysOf[m])
			}
			out[o.unit] = u
		}
		for m, l := range o.month {
			if l.due {
				u[m].Add(l.met)
			}
		}
	}
	return out
}

func history(unit string, c *[3]forecast.Course, target, passed int) forecast.History {
	now := c[target]
	now.MetOn = now.MetOn[:passed]
	return forecast.History{Unit: unit, Past: c[:target], Now: now}
}

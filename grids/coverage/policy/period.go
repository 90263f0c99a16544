package policy

import (
	"fmt"
	"strings"
	"time"
)

// Kind is how long a duty's period is.
type Kind string

// The kinds of period: calendar months and half-years (January–June,
// July–December), weeks from Monday to Sunday, days, and the spans of a
// campaign, which are written out.
const (
	Month    Kind = "month"
	HalfYear Kind = "half_year"
	Week     Kind = "week"
	OneDay   Kind = "day"
	Custom   Kind = "custom"
)

// Calendar are the kinds whose periods follow each other without end.
var Calendar = []Kind{Month, HalfYear, Week, OneDay}

// Period is a span of days. Two periods are the same when they are equal by ==.
type Period struct {
	Kind  Kind
	First Day
	End   Day // the first day after it
}

// Span is the custom period from a day to the day before another.
func Span(first, end Day) Period { return Period{Custom, first, end} }

// ParsePeriod reads "2026-10", "2026-H2", "2026-W44", "2026-10-31" or
// "2026-09-25..2026-10-08", both days in it.
func ParsePeriod(s string) (Period, error) {
	bad := fmt.Errorf("period %q is no month such as 2026-10, half-year such as 2026-H2, week such as 2026-W44, day such as 2026-10-31 or span such as 2026-09-25..2026-10-08", s)
	if from, to, ok := strings.Cut(s, ".."); ok {
		first, err := time.Parse(time.DateOnly, from)
		last, err2 := time.Parse(time.DateOnly, to)
		if err != nil || err2 != nil || last.Before(first) || !fits(first) || !fits(last) {
			return Period{}, bad
		}
		return Span(DayOf(first), DayOf(last)+1), nil
	}
	var p Period
	var year, n int
	switch {
	case len(s) == 10:
		d, err := time.Parse(time.DateOnly, s)
		if err != nil || !fits(d) {
			return p, bad
		}
		return Containing(d, OneDay), nil
	case len(s) == 7 && scans(s, "%4d-H%1d", &year, &n) && (n == 1 || n == 2):
		p = Containing(time.Date(year, time.Month(n*6), 1, 0, 0, 0, 0, time.UTC), HalfYear)
	case len(s) == 8 && scans(s, "%4d-W%2d", &year, &n) && n >= 1 && n <= 53:
		// The week with 4 January is the year's first (ISO 8601).
		p = Containing(time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 7*(n-1)), Week)
	case len(s) == 7 && scans(s, "%4d-%2d", &year, &n) && n >= 1 && n <= 12:
		p = Containing(time.Date(year, time.Month(n), 1, 0, 0, 0, 0, time.UTC), Month)
	}
	// Whatever the scanner forgave does not read back the same.
	if p.Kind == "" || year < 2000 || year > 2999 || p.String() != s {
		return Period{}, bad
	}
	return p, nil
}

func fits(d time.Time) bool { return d.Year() >= 2000 && d.Year() <= 2999 }

func scans(s, format string, into ...any) bool {
	n, err := fmt.Sscanf(s, format, into...)
	return err == nil && n == len(into)
}

// Containing is the period of a calendar kind that holds a date.
func Containing(date time.Time, kind Kind) Period {
	y, m, d := date.Date()
	at := func(y int, m time.Month, d int) Day { return DayOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) }
	switch kind {
	case HalfYear:
		m = (m-1)/6*6 + 1
		return Period{kind, at(y, m, 1), at(y, m+6, 1)}
	case Month:
		return Period{kind, at(y, m, 1), at(y, m+1, 1)}
	case Week:
		day := at(y, m, d)
		monday := day - (day+3)%7 // 1 January 1970 was a Thursday
		return Period{kind, monday, monday + 7}
	case OneDay:
		return Period{kind, at(y, m, d), at(y, m, d) + 1}
	}
	panic(fmt.Sprintf("policy: no calendar has periods of kind %q", kind))
}

// String is what [ParsePeriod] reads.
func (p Period) String() string {
	d := p.First.Date()
	switch p.Kind {
	case HalfYear:
		return fmt.Sprintf("%04d-H%d", d.Year(), (int(d.Month())-1)/6+1)
	case Month:
		return d.Format("2006-01")
	case Week:
		y, w := d.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", y, w)
	case OneDay:
		return d.Format(time.DateOnly)
	}
	return p.First.String() + ".." + (p.End - 1).String()
}

// Days is how many days the period has.
func (p Period) Days() int { return int(p.End - p.First) }

// FirstDay is the period's first day, midnight UTC.
func (p Period) FirstDay() time.Time { return p.First.Date() }

// EndDay is the first day after the period, midnight UTC.
func (p Period) EndDay() time.Time { return p.End.Date() }

// Bounds are the instants at which the period begins and ends (exclusive) in a zone.
func (p Period) Bounds(zone *time.Location) (from, to time.Time) {
	return p.First.Begins(zone), p.End.Begins(zone)
}

// Next is the period after; after a custom one, as many days.
func (p Period) Next() Period {
	if p.Kind == Custom {
		return Span(p.End, p.End+Day(p.Days()))
	}
	return Containing(p.EndDay(), p.Kind)
}

// Previous is the period before; before a custom one, as many days.
func (p Period) Previous() Period {
	if p.Kind == Custom {
		return Span(p.First-Day(p.Days()), p.First)
	}
	return Containing((p.First - 1).Date(), p.Kind)
}

// Overlaps reports whether two periods have a day in common.
func (p Period) Overlaps(q Period) bool { return p.First < q.End && q.First < p.End }

// Periods are the periods of a calendar kind that a question about p looks at,
// in order: all whose last day lies in p (six months of a half-year), or, where
// there is none, those that hold a day of it (the half-year around a month).
func (p Period) Periods(kind Kind) []Period {
	var within, around []Period
	for q := Containing(p.FirstDay(), kind); q.First < p.End; q = q.Next() {
		around = append(around, q)
		if q.End <= p.End {
			within = append(within, q)
		}
	}
	if len(within) > 0 {
		return within
	}
	return around
}

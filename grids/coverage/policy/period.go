package policy

import (
	"fmt"
	"time"
)

// Kind is how long a duty's period is.
type Kind string

// The kinds of period.
const (
	Month    Kind = "month"
	HalfYear Kind = "half_year"
)

// Period is a calendar month or half-year: January–June, July–December.
type Period struct {
	Kind   Kind
	Year   int
	Number int // 1–12, or 1–2
}

// ParsePeriod reads "2026-10" or "2026-H2".
func ParsePeriod(s string) (Period, error) {
	var p Period
	bad := fmt.Errorf("period %q is neither a month such as 2026-10 nor a half-year such as 2026-H2", s)
	if len(s) != 7 || s[4] != '-' {
		return p, bad
	}
	if _, err := fmt.Sscanf(s[:4], "%d", &p.Year); err != nil || p.Year < 2000 || p.Year > 2999 {
		return p, bad
	}
	if s[5] == 'H' {
		p.Kind, p.Number = HalfYear, int(s[6]-'0')
		if p.Number != 1 && p.Number != 2 {
			return p, bad
		}
		return p, nil
	}
	p.Kind = Month
	if s[5] < '0' || s[5] > '1' || s[6] < '0' || s[6] > '9' {
		return p, bad
	}
	p.Number = int(s[5]-'0')*10 + int(s[6]-'0')
	if p.Number < 1 || p.Number > 12 {
		return p, bad
	}
	return p, nil
}

// Containing is the period of a kind that holds a day.
func Containing(day time.Time, kind Kind) Period {
	y, m, _ := day.Date()
	if kind == HalfYear {
		return Period{HalfYear, y, (int(m)-1)/6 + 1}
	}
	return Period{Month, y, int(m)}
}

// String is "2026-10" or "2026-H2".
func (p Period) String() string {
	if p.Kind == HalfYear {
		return fmt.Sprintf("%04d-H%d", p.Year, p.Number)
	}
	return fmt.Sprintf("%04d-%02d", p.Year, p.Number)
}

// FirstDay and EndDay bound the period in days, midnight UTC; EndDay is the
// first day after it.
func (p Period) FirstDay() time.Time { return p.firstDay(time.UTC) }

// EndDay is the first day after the period, midnight UTC.
func (p Period) EndDay() time.Time { return p.Next().firstDay(time.UTC) }

// Bounds are the instants at which the period begins and ends (exclusive) in a zone.
func (p Period) Bounds(zone *time.Location) (from, to time.Time) {
	return p.firstDay(zone), p.Next().firstDay(zone)
}

func (p Period) firstDay(zone *time.Location) time.Time {
	m := p.Number
	if p.Kind == HalfYear {
		m = (p.Number-1)*6 + 1
	}
	return time.Date(p.Year, time.Month(m), 1, 0, 0, 0, 0, zone)
}

// Next is the period after.
func (p Period) Next() Period { return p.shift(1) }

// Previous is the period before.
func (p Period) Previous() Period { return p.shift(-1) }

func (p Period) shift(by int) Period {
	n := 12
	if p.Kind == HalfYear {
		n = 2
	}
	at := p.Year*n + p.Number - 1 + by
	return Period{p.Kind, at / n, at%n + 1}
}

// Periods are the periods of a kind that a question about p looks at, in order:
// all that p holds (six months of a half-year), or the one that holds p.
func (p Period) Periods(kind Kind) []Period {
	var out []Period
	for q := Containing(p.FirstDay(), kind); q.FirstDay().Before(p.EndDay()); q = q.Next() {
		out = append(out, q)
	}
	return out
}

// DateOf is the day on which an instant falls in a zone, midnight UTC.
func DateOf(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

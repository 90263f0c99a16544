package policy

import "time"

// Day is a calendar day, counted from 1 January 1970. Days are what periods,
// validity and gaps are made of; instants become days in the policy's zone.
type Day int32

// NoDay stands for an end that has not come.
const NoDay Day = 1<<31 - 1

const secondsADay = 24 * 60 * 60

// DayOf is the day of a date as the database gives it, midnight UTC.
func DayOf(date time.Time) Day {
	s := date.Unix()
	if s < 0 {
		s -= secondsADay - 1
	}
	return Day(s / secondsADay)
}

// DayAt is the day on which an instant falls in a zone.
func DayAt(at time.Time, zone *time.Location) Day {
	y, m, d := at.In(zone).Date()
	return DayOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// Date is the day as a date, midnight UTC.
func (d Day) Date() time.Time { return time.Unix(int64(d)*secondsADay, 0).UTC() }

// Begins is the instant at which the day begins in a zone.
func (d Day) Begins(zone *time.Location) time.Time {
	y, m, day := d.Date().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// String is the date, 2026-10-31.
func (d Day) String() string { return d.Date().Format(time.DateOnly) }

// DateOf is the day on which an instant falls in a zone, midnight UTC.
func DateOf(t time.Time, zone *time.Location) time.Time { return DayAt(t, zone).Date() }

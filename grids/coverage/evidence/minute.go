package evidence

import (
	"fmt"
	"time"
)

// Minute is a time of the day in minutes since midnight, written as 06:00.
type Minute int16

// day is how many minutes one has; 24:00 is its end.
const day = 24 * 60

func (m Minute) String() string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// MarshalText writes hours and minutes.
func (m Minute) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads hours and minutes, 24:00 included.
func (m *Minute) UnmarshalText(text []byte) error {
	if string(text) == "24:00" {
		*m = day
		return nil
	}
	t, err := time.Parse("15:04", string(text))
	if err != nil {
		return fmt.Errorf("%q is no time of the day, such as 06:00", text)
	}
	*m = Minute(t.Hour()*60 + t.Minute())
	return nil
}

// MinuteOfDay is a visit's minute in the policy's time zone, as [Rules.OwnGrade]
// takes it.
func MinuteOfDay(at time.Time, zone *time.Location) int {
	at = at.In(zone)
	return at.Hour()*60 + at.Minute()
}

// holds reports whether a minute of the day lies within the shift.
func (s *ShiftRule) holds(minute int) bool {
	from, to := int(s.From), int(s.To)
	switch {
	case minute < 0 || from == to:
		return true
	case from < to:
		return minute >= from && minute < to
	}
	return minute >= from || minute < to
}

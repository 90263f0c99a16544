package evidence

import (
	"fmt"
	"slices"
)

// Code says what kind of reason one is. A policy gives each its weight under
// the same name.
type Code uint8

// The codes of own evidence.
const (
	CodeNoPosition Code = iota
	CodeFar
	CodeVeryFar
	CodeInaccurate
	CodeNoAccuracy
	CodeMock
	CodeShortDwell
	CodeClock
	CodeOutsideShift
	CodeNoPhoto
	CodeNoTrack
	// The codes of related evidence.
	CodeSpeed
	CodeSharedDevice
	CodeBurst
	CodePhotoAgain
	codeCount
)

var codeNames = [...]string{
	"no_position", "far", "very_far", "inaccurate", "no_accuracy", "mock_location", "short_dwell", "clock", "outside_shift", "no_photo", "no_track",
	"speed", "shared_device", "burst", "photo_again",
}

func (c Code) String() string { return codeNames[c] }

// Related reports whether a reason of this kind depends on other visits.
func (c Code) Related() bool { return c >= CodeSpeed }

// MarshalText writes the name.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name.
func (c *Code) UnmarshalText(text []byte) error {
	i := slices.Index(codeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("reason %q is none of %v", text, codeNames)
	}
	*c = Code(i)
	return nil
}

// atMost is the best grade that a reason of this kind leaves.
func (r *Rules) atMost(c Code) Grade {
	switch c {
	case CodeNoPosition:
		return r.NoPosition.AtMost
	case CodeFar:
		return r.Far.AtMost
	case CodeVeryFar:
		return r.VeryFar.AtMost
	case CodeInaccurate:
		return r.Inaccurate.AtMost
	case CodeNoAccuracy:
		return r.NoAccuracy.AtMost
	case CodeMock:
		return r.Mock.AtMost
	case CodeShortDwell:
		return r.ShortDwell.AtMost
	case CodeClock:
		return r.Clock.AtMost
	case CodeOutsideShift:
		return r.OutsideShift.AtMost
	case CodeNoPhoto:
		return r.NoPhoto.AtMost
	case CodeNoTrack:
		return r.NoTrack.AtMost
	case CodeSpeed:
		return min(r.Speed.AtMost, r.floor())
	case CodeSharedDevice:
		return min(r.SharedDevice.AtMost, r.floor())
	case CodeBurst:
		return min(r.Burst.AtMost, r.floor())
	case CodePhotoAgain:
		return min(r.PhotoAgain.AtMost, r.floor())
	}
	panic(fmt.Sprintf("evidence: code %d", c))
}

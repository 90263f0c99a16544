package evidence

import (
	"fmt"
	"slices"
)

// Kind is what a finding is about.
type Kind uint8

// The kinds of findings.
const (
	KindSpeed            Kind = iota // ways between visits that nobody goes so fast
	KindBurst                        // many visits at once
	KindSharedDevice                 // a device in several hands
	KindPhotoAgain                   // photos seen before
	KindFar                          // away from the places
	KindCopiedPosition               // the same coordinates at different places
	KindSameOffset                   // beside the places by the same vector
	KindCoordinateSystem             // the vector is the shift of a coordinate system: a setting to be put right, with a score of zero
	KindRegular                      // times between visits equal to the second
	KindContradicted                 // nothing found where others soon found something
	KindNoPosition                   // no position
	KindInaccurate                   // poor accuracy
	KindMock                         // mocked positions
	KindShortDwell                   // short visits
	KindOutsideShift                 // outside the shift
	kindCount
)

var kindNames = [...]string{
	"speed", "burst", "shared_device", "photo_again", "far", "copied_position", "same_offset", "coordinate_system",
	"regular", "contradicted", "no_position", "inaccurate", "mock_location", "short_dwell", "outside_shift",
}

func (k Kind) String() string { return kindNames[k] }

// MarshalText writes the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name.
func (k *Kind) UnmarshalText(text []byte) error {
	i := slices.Index(kindNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("kind %q is none of %v", text, kindNames)
	}
	*k = Kind(i)
	return nil
}

// ownKinds are the kinds that count a reason of the visit alone.
var ownKinds = [...]struct {
	kind  Kind
	codes signs
}{
	{KindFar, 1<<CodeFar | 1<<CodeVeryFar},
	{KindNoPosition, 1 << CodeNoPosition},
	{KindInaccurate, 1 << CodeInaccurate},
	{KindMock, 1 << CodeMock},
	{KindShortDwell, 1 << CodeShortDwell},
	{KindOutsideShift, 1 << CodeOutsideShift},
}

// kinds is a set of kinds, one bit each.
type kinds uint16

// looksAt says of which kinds a visit is a look: where a hit could be seen.
// Intervals are looked at where they are taken.
func (v *Visit) looksAt() kinds {
	const always = 1<<KindSpeed | 1<<KindBurst | 1<<KindNoPosition | 1<<KindOutsideShift
	const placed = 1<<KindFar | 1<<KindCopiedPosition | 1<<KindSameOffset | 1<<KindCoordinateSystem | 1<<KindInaccurate | 1<<KindMock
	k := kinds(always)
	if v.HasPosition {
		k |= placed
	}
	if v.Device != "" {
		k |= 1 << KindSharedDevice
	}
	if len(v.Photos) > 0 {
		k |= 1 << KindPhotoAgain
	}
	if v.Clean {
		k |= 1 << KindContradicted
	}
	if v.Own.DwellS >= 0 {
		k |= 1 << KindShortDwell
	}
	return k
}

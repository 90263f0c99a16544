package beat

// Reason is why a fix covers nothing.
type Reason uint8

// The reasons, in the order in which they are looked for.
const (
	Invalid    Reason = iota // no time, no place on the earth, or an accuracy that is no number
	Repeated                 // another fix of the same instant was taken
	Inaccurate               // worse than the rules allow
	Jump                     // far from the fix before and the one after, which are near each other
	Ride                     // faster than the rules allow
	OffStreet                // no street near it
	NoWay                    // no way along the streets leads to it in its time
	Alone                    // on a street, but joined to no other place: somebody who stood, or a scrap between breaks
	reasons
)

var reasonNames = [reasons]string{"invalid", "repeated", "inaccurate", "jump", "ride", "off_street", "no_way", "alone"}

func (r Reason) String() string { return reasonNames[r] }

// Counts say what became of the fixes of a track: Given is Used and all the
// Dropped together.
type Counts struct {
	Given, Used int
	Dropped     [reasons]int
	// Breaks are the places where what was walked does not go on, though the
	// track does.
	Breaks Breaks
}

// Breaks counts breaks by cause.
type Breaks struct {
	Gap    int // too long without a fix
	Ride   int // too fast
	Street int // off every street, or no way from the last place to the next
}

// ByReason are the dropped fixes by name, without zeros.
func (c *Counts) ByReason() map[string]int {
	out := map[string]int{}
	for r, n := range c.Dropped {
		if n > 0 {
			out[Reason(r).String()] = n
		}
	}
	return out
}

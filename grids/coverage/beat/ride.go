package beat

import "math"

const (
	// longestLook is over how many seconds at most a speed is taken.
	longestLook = 30.0
	// shortestWalk in seconds: who seems to walk for less than this before or
	// after a ride still rides. It is a red light, a turn, or a bend of which
	// the receiver saw both ends and not the middle.
	shortestWalk = 90.0
	// unseen is how many seconds between two stops count as seen at most: what
	// somebody did while the receiver was silent is no proof of a walk.
	unseen = 15.0
)

func seconds(nanos int64) float64 { return float64(nanos) / 1e9 }

// split cuts stops into legs where there was no fix for too long and where
// somebody rode, and drops what was ridden.
func (t *Track) split(flat plane, stops []stop) [][]stop {
	fast := t.fast(flat, stops)
	var legs [][]stop
	begin, rode := 0, false
	for i := range stops {
		rides, ends := fast[i], i+1 == len(stops)
		late := !ends && seconds(stops[i+1].first-stops[i].last) > t.rules.LongestGapS
		if !rides && !late && !ends {
			continue
		}
		leg := stops[begin : i+1]
		if (rode || rides) && seen(leg) < shortestWalk {
			for _, s := range leg {
				t.counts.Dropped[Ride] += s.fixes
			}
		} else {
			legs = append(legs, leg)
		}
		switch {
		case late:
			t.counts.Breaks.Gap++
		case rides:
			t.counts.Breaks.Ride++
		}
		begin, rode = i+1, rides
	}
	return legs
}

// seen is for how many seconds a leg was seen.
func seen(leg []stop) float64 {
	sum := seconds(leg[0].last - leg[0].first)
	for i := 1; i < len(leg); i++ {
		sum += min(unseen, seconds(leg[i].first-leg[i-1].last)) + seconds(leg[i].last-leg[i].first)
	}
	return sum
}

// fast tells between which stops and the next somebody moved faster than the
// rules allow. The distance is lessened by what the fixes' errors can make of
// it, so a walker with a bad receiver is no rider; where that leaves no verdict
// on two neighbours, stops further apart are compared.
func (t *Track) fast(flat plane, stops []stop) []bool {
	out := make([]bool, len(stops))
	at := make([]vec, len(stops))
	for i := range stops {
		at[i] = flat.of(stops[i].at)
	}
	for i := range stops {
		for j := i + 1; j < len(stops); j++ {
			if seconds(stops[j].first-stops[j-1].last) > t.rules.LongestGapS {
				break
			}
			took := seconds(stops[j].arrive - stops[i].leave)
			if took > longestLook && j > i+1 {
				break
			}
			doubt := 1.5 * math.Hypot(stops[i].spread(), stops[j].spread())
			if at[i].to(at[j])-doubt > t.rules.TopSpeed*took {
				for k := i; k < j; k++ {
					out[k] = true
				}
			}
			if doubt < t.rules.TopSpeed*took/2 {
				break
			}
		}
	}
	return out
}

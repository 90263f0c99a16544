package beat

import (
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
)

// Fix is one position that a device reported.
type Fix struct {
	At        time.Time
	Lon, Lat  float64 // degrees, WGS 84
	AccuracyM float64 // within which the true place lies with 68 %, as Android and iOS say it; 0 where the device did not say
}

func (f *Fix) point() orb.Point { return orb.Point{f.Lon, f.Lat} }

// latest is a second in the year 2255, from which on instants no longer fit 64
// bits of nanoseconds; what lies above was not meant in seconds.
const latest = 9e9

// Fixes reads a track as the database keeps it: a LineString whose measure is
// the time in Unix seconds (layout XYM or XYZM; the height is left behind).
// accuracies are those of its vertices in metres, or nil where none is known. A
// measure that is no time gives a fix without one, which [NewTrack] drops and
// counts.
func Fixes(line *geom.LineString, accuracies []float64) ([]Fix, error) {
	m := line.Layout().MIndex()
	if m < 0 {
		return nil, fmt.Errorf("a track needs its times as measures (LineStringM or ZM), and this one's layout is %v", line.Layout())
	}
	n := line.NumCoords()
	if accuracies != nil && len(accuracies) != n {
		return nil, fmt.Errorf("a track of %d positions with %d accuracies", n, len(accuracies))
	}
	flat, stride := line.FlatCoords(), line.Stride()
	out := make([]Fix, n)
	for i := range out {
		c := flat[i*stride : (i+1)*stride]
		out[i] = Fix{Lon: c[0], Lat: c[1]}
		if c[m] > 0 && c[m] < latest {
			whole, part := math.Modf(c[m])
			out[i].At = time.Unix(int64(whole), int64(part*1e9))
		}
		if accuracies != nil {
			out[i].AccuracyM = accuracies[i]
		}
	}
	return out, nil
}

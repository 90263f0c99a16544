package beat

import "math"

// shortestStep in metres: a smaller move is never told from standing.
const shortestStep = 5.0

// shortestStand in seconds: whoever stays within reach for less is on the way,
// or turned round, and each of his stops is kept.
const shortestStand = 60.0

// settle makes one stop of the stops of somebody who stood: those between which
// nobody moved further than their errors. Without it an hour on a corner would be
// a walk to and fro along all the street that the errors reach.
func settle(flat plane, leg []stop) []stop {
	var out []stop
	for i := 0; i < len(leg); {
		begin := i
		d := dwell{flat: flat}
		d.take(&leg[i])
		for i++; i < len(leg); i++ {
			far, reach := d.distance(&leg[i]), d.reach(&leg[i])
			if far > reach {
				// One stop outside that is followed by one inside is an error.
				if far > 2*reach || i+1 == len(leg) || d.distance(&leg[i+1]) > d.reach(&leg[i+1]) {
					break
				}
				d.pass(&leg[i])
				continue
			}
			d.take(&leg[i])
		}
		if seconds(d.sum.last-d.sum.first) < shortestStand {
			out = append(out, leg[begin:i]...)
		} else {
			out = append(out, d.stop())
		}
	}
	return out
}

// dwell grows a stop.
type dwell struct {
	flat   plane
	sum    stop
	x, y   float64
	weight float64
}

func (d *dwell) take(s *stop) {
	v := d.flat.of(s.at)
	w := float64(s.fixes) / (s.accuracy * s.accuracy)
	d.x, d.y, d.weight = d.x+w*v.x, d.y+w*v.y, d.weight+w
	if d.sum.fixes == 0 {
		d.sum = *s
		return
	}
	d.pass(s)
	d.sum.leave = s.leave
}

// pass adds a stop's fixes and time, but not its place.
func (d *dwell) pass(s *stop) {
	n, m := float64(d.sum.fixes), float64(s.fixes)
	d.sum.accuracy = (d.sum.accuracy*n + s.accuracy*m) / (n + m)
	d.sum.fixes += s.fixes
	d.sum.last = s.last
}

func (d *dwell) place() vec { return vec{d.x / d.weight, d.y / d.weight} }

func (d *dwell) distance(s *stop) float64 { return d.place().to(d.flat.of(s.at)) }

// reach is how far from the dwell a stop is still it: the accuracy of one fix,
// which errors that drift keep within however many fixes are averaged, or three
// standard deviations of the difference between two means of few fixes.
func (d *dwell) reach(s *stop) float64 {
	return max(shortestStep, s.accuracy, 2*s.accuracy*math.Sqrt(1/float64(s.fixes)+1/float64(d.sum.fixes)))
}

func (d *dwell) stop() stop {
	d.sum.at = d.flat.point(d.place())
	return d.sum
}

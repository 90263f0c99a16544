// Package patrol is what a district decides about patrols on foot, as numbers of
// its policy: what counts as walked, and how much of a street or area is enough.
package patrol

import (
	"errors"
	"fmt"
)

// Rules decide what counts as walked, so a change of rules asks for the tracks
// to be matched again.
type Rules struct {
	// ToleranceM is how far beside a street, beyond half its width and the
	// fix's own accuracy, somebody may be and still walk it, in metres.
	ToleranceM float64 `yaml:"tolerance_m" json:"tolerance_m"`
	// WorstAccuracyM is the worst accuracy of a fix that is used, in metres.
	WorstAccuracyM float64 `yaml:"worst_accuracy_m" json:"worst_accuracy_m"`
	// UsualAccuracyM stands for an accuracy that the device did not say.
	UsualAccuracyM float64 `yaml:"usual_accuracy_m" json:"usual_accuracy_m"`
	// UsualWidthM stands for a width that the street does not say.
	UsualWidthM float64 `yaml:"usual_width_m" json:"usual_width_m"`
	// LongestGapS is the longest time between two fixes, in seconds, over
	// which it is believed that the way between them was walked.
	LongestGapS float64 `yaml:"longest_gap_s" json:"longest_gap_s"`
	// TopSpeed is the speed in metres a second above which nobody looks at
	// anything: whoever moves faster rides.
	TopSpeed float64 `yaml:"top_speed_m_s" json:"top_speed_m_s"`
	// LowestShare is the share of a street, in percent, from which on it
	// counts as walked on a day.
	LowestShare int `yaml:"lowest_share_percent" json:"lowest_share_percent"`

	// SightM is how far somebody who walks a public area sees, in metres.
	SightM float64 `yaml:"sight_m" json:"sight_m"`
	// ShortestStayS is the shortest time inside a public area, in seconds,
	// that counts: who cuts a corner or strays over the wall was not there.
	ShortestStayS float64 `yaml:"shortest_stay_s" json:"shortest_stay_s"`
	// LowestAreaShare is the share of a public area, in percent, that must
	// have been in sight for it to count as covered.
	LowestAreaShare int `yaml:"lowest_area_share_percent" json:"lowest_area_share_percent"`
}

// Usual are the rules of a district that says nothing else. 8 m is a pavement
// and the yard before a shop; 5 m/s is a bicycle at ease; one fix a minute is
// what a phone that saves its battery still gives.
func Usual() Rules {
	return Rules{
		ToleranceM: 8, WorstAccuracyM: 50, UsualAccuracyM: 10, UsualWidthM: 7, LongestGapS: 60, TopSpeed: 5, LowestShare: 80,
		SightM: 20, ShortestStayS: 30, LowestAreaShare: 60,
	}
}

// Check names every rule that cannot be.
func (r Rules) Check() error {
	var problems []error
	between := func(name string, v, lo, hi float64) {
		if !(v >= lo && v <= hi) { // false for NaN
			problems = append(problems, fmt.Errorf("%s is %v, but must be from %v to %v", name, v, lo, hi))
		}
	}
	between("tolerance_m", r.ToleranceM, 0, 100)
	between("worst_accuracy_m", r.WorstAccuracyM, 1, 200)
	between("usual_accuracy_m", r.UsualAccuracyM, 1, r.WorstAccuracyM)
	between("usual_width_m", r.UsualWidthM, 0, 200)
	between("longest_gap_s", r.LongestGapS, 1, 600)
	between("top_speed_m_s", r.TopSpeed, 0.5, 50)
	between("lowest_share_percent", float64(r.LowestShare), 1, 100)
	between("sight_m", r.SightM, 1, 200)
	between("shortest_stay_s", r.ShortestStayS, 0, 3600)
	between("lowest_area_share_percent", float64(r.LowestAreaShare), 1, 100)
	return errors.Join(problems...)
}

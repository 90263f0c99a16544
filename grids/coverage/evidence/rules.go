package evidence

// Rules is the policy's part about evidence. Each reason has the best grade
// that a visit with it can still have; a reason at A is seen and weighs nothing.
// Distances are metres, times seconds.
type Rules struct {
	// Counts is the lowest grade that meets a duty: C lets everything count that
	// is not below the bar.
	Counts Grade `yaml:"counts" json:"counts"`

	// Own evidence: of the visit alone.

	NoPosition   BarRule      `yaml:"no_position" json:"no_position"`     // no fix was reported
	Far          DistanceRule `yaml:"far" json:"far"`                     // from the footprint, beyond the reported accuracy
	VeryFar      DistanceRule `yaml:"very_far" json:"very_far"`           // the same, a second step
	Inaccurate   DistanceRule `yaml:"inaccurate" json:"inaccurate"`       // the reported accuracy itself
	NoAccuracy   BarRule      `yaml:"no_accuracy" json:"no_accuracy"`     // a position without an accuracy
	Mock         BarRule      `yaml:"mock_location" json:"mock_location"` // the device says that the position is mocked
	ShortDwell   DwellRule    `yaml:"short_dwell" json:"short_dwell"`
	Clock        ClockRule    `yaml:"clock" json:"clock"`
	OutsideShift ShiftRule    `yaml:"outside_shift" json:"outside_shift"`
	NoPhoto      AskedRule    `yaml:"no_photo" json:"no_photo"`
	NoTrack      AskedRule    `yaml:"no_track" json:"no_track"`

	// Related evidence: never below C, nor below what counts.

	Speed        SpeedRule   `yaml:"speed" json:"speed"`
	SharedDevice SharingRule `yaml:"shared_device" json:"shared_device"`
	Burst        BurstRule   `yaml:"burst" json:"burst"`
	PhotoAgain   BarRule     `yaml:"photo_again" json:"photo_again"` // a photo of an earlier visit

	Pattern PatternRules `yaml:"patterns" json:"patterns"`
}

// BarRule is a reason without a threshold.
type BarRule struct {
	AtMost Grade `yaml:"at_most" json:"at_most"`
}

// DistanceRule is a reason above so many metres.
type DistanceRule struct {
	OverM  float32 `yaml:"over_m" json:"over_m"`
	AtMost Grade   `yaml:"at_most" json:"at_most"`
}

// DwellRule is a reason where a visit took less than so many seconds; a visit
// whose length nobody knows has no such reason.
type DwellRule struct {
	UnderS int32 `yaml:"under_s" json:"under_s"`
	AtMost Grade `yaml:"at_most" json:"at_most"`
}

// ClockRule is a reason where the device's clock was off by more than so many
// seconds, fast or slow.
type ClockRule struct {
	OverS  int32 `yaml:"over_s" json:"over_s"`
	AtMost Grade `yaml:"at_most" json:"at_most"`
}

// ShiftRule is a reason where a visit began outside the hours of the shift:
// before From, or at To or later. A shift may run over midnight; with the same
// time twice it is the whole day.
type ShiftRule struct {
	From   Minute `yaml:"from" json:"from"`
	To     Minute `yaml:"to" json:"to"`
	AtMost Grade  `yaml:"at_most" json:"at_most"`
}

// AskedRule is a reason where something is missing that the district asks for.
type AskedRule struct {
	Asked  bool  `yaml:"asked" json:"asked"`
	AtMost Grade `yaml:"at_most" json:"at_most"`
}

// SpeedRule is a reason where an inspector would have gone faster than OverKMH
// from one visit to the next. What is slack is taken in the inspector's favour:
// both accuracies off the distance (PlaceM for a visit without a position,
// which stands at its place), GrainS added to the time, for a visit's time is
// when its form was opened or sent. Distances below FromM are none.
type SpeedRule struct {
	OverKMH float64 `yaml:"over_kmh" json:"over_kmh"`
	FromM   float64 `yaml:"from_m" json:"from_m"`
	PlaceM  float64 `yaml:"place_m" json:"place_m"`
	GrainS  float64 `yaml:"grain_s" json:"grain_s"`
	AtMost  Grade   `yaml:"at_most" json:"at_most"`
}

// SharingRule is a reason where one device served at least so many inspectors
// on one day of the policy's time zone.
type SharingRule struct {
	Inspectors int   `yaml:"inspectors" json:"inspectors"`
	AtMost     Grade `yaml:"at_most" json:"at_most"`
}

// BurstRule is a reason where an inspector reported at least so many visits
// within so many seconds; a walk is one of them.
type BurstRule struct {
	Visits  int   `yaml:"visits" json:"visits"`
	WithinS int   `yaml:"within_s" json:"within_s"`
	AtMost  Grade `yaml:"at_most" json:"at_most"`
}

// PatternRules say what is a pattern and from where one is listed.
type PatternRules struct {
	// Score is from where a finding is listed: 4 lets chance list at most one
	// in 10,000 findings about people who do as the others do.
	Score float64 `yaml:"score" json:"score"`
	// Tolerance is how many times the odds of the others are still nothing to
	// remark: people's beats differ, cellars have no fix.
	Tolerance float64 `yaml:"tolerance" json:"tolerance"`
	// RateFloor is the least rate that anything is taken to have among honest
	// reports, however clean the district.
	RateFloor float64 `yaml:"rate_floor" json:"rate_floor"`
	// Examples is how many visits are named with a finding, MapLimit how many
	// points of a track and lines of distance go with it.
	Examples int `yaml:"examples" json:"examples"`
	MapLimit int `yaml:"map_limit" json:"map_limit"`

	Regular RegularRule `yaml:"regular" json:"regular"`
	// CopiedFromM is how far apart two places lie at least that cannot honestly
	// have the same coordinates of a visit, to the last digit.
	CopiedFromM float64    `yaml:"copied_from_m" json:"copied_from_m"`
	Offset      OffsetRule `yaml:"offset" json:"offset"`
	// ContradictedDays is how long after a visit that found nothing somebody
	// else's finding at the place contradicts it.
	ContradictedDays int `yaml:"contradicted_days" json:"contradicted_days"`
}

// RegularRule: two times between visits, one after the other, count as equal
// within WithinS; times below GapS are bursts and no intervals.
type RegularRule struct {
	WithinS float64 `yaml:"within_s" json:"within_s"`
	GapS    float64 `yaml:"gap_s" json:"gap_s"`
}

// OffsetRule: positions that lie beside their places by the same vector, within
// WithinM and at least FromM long, at no fewer than Visits places. Where so many
// visits, and half of all that lie so far off, are within ShiftM of a known
// shift or its opposite, it is a mix-up of coordinate systems.
type OffsetRule struct {
	FromM   float64 `yaml:"from_m" json:"from_m"`
	WithinM float64 `yaml:"within_m" json:"within_m"`
	Visits  int     `yaml:"visits" json:"visits"`
	ShiftM  float64 `yaml:"shift_m" json:"shift_m"`
	Shifts  []Shift `yaml:"shifts" json:"shifts"`
}

// Shift is by how much a coordinate system lies beside WGS 84 in the district.
type Shift struct {
	System string  `yaml:"system" json:"system"`
	EastM  float64 `yaml:"east_m" json:"east_m"`
	NorthM float64 `yaml:"north_m" json:"north_m"`
}

// DefaultRules are sensible figures for a district whose phones report a
// position and whose app asks for neither a track nor a photo. Everything but
// a mocked position and one far away counts.
func DefaultRules() Rules {
	return Rules{
		Counts:     C,
		NoPosition: BarRule{C}, // cellars have no fix; who has none anywhere comes up as a pattern
		// Beside tall buildings an honest fix lies a street away; half a kilometre
		// beyond its accuracy is another neighbourhood. Between the two lies the
		// shift of GCJ-02 (480 m), which must not cost an honest inspector a duty.
		Far:          DistanceRule{100, C},
		VeryFar:      DistanceRule{500, D},
		Inaccurate:   DistanceRule{200, C}, // cell towers: the position says the neighbourhood at best
		NoAccuracy:   BarRule{B},
		Mock:         BarRule{D}, // deliberate, though not always for a bad reason: a review decides
		ShortDwell:   DwellRule{60, B},
		Clock:        ClockRule{600, B},
		OutsideShift: ShiftRule{From: 6 * 60, To: 22 * 60, AtMost: B}, // where people sleep over a shop is seen at night
		NoPhoto:      AskedRule{false, B},
		NoTrack:      AskedRule{false, B},

		Speed:        SpeedRule{OverKMH: 120, FromM: 1000, PlaceM: 200, GrainS: 60, AtMost: C},
		SharedDevice: SharingRule{2, B}, // a colleague's phone when one's own is empty
		Burst:        BurstRule{4, 60, C},
		PhotoAgain:   BarRule{C},

		Pattern: PatternRules{
			Score: 4, Tolerance: 3, RateFloor: 0.01, Examples: 10, MapLimit: 200,
			Regular:     RegularRule{WithinS: 5, GapS: 60},
			CopiedFromM: 50,
			// The shifts at Baoshan by the published formulas; over the district
			// they vary by 30 m and 55 m. Elsewhere they are other figures.
			Offset: OffsetRule{FromM: 100, WithinM: 30, Visits: 8, ShiftM: 90, Shifts: []Shift{
				{"GCJ-02", 432, -209}, {"BD-09", 1050, 455},
			}},
			ContradictedDays: 14,
		},
	}
}

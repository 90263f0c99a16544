package evidence

import (
	"fmt"
	"math"
	"math/bits"
)

// Own is what a visit says of itself, small enough to be kept of each of
// millions.
type Own struct {
	ExcessM   float32 // from the footprint, less the reported accuracy, metres; below zero within it; NaN without a position
	AccuracyM float32 // as the device reported it, metres; NaN, zero or less is none
	DwellS    int32   // how long the visit took, seconds; -1 where nobody knows
	SkewS     int32   // the device's clock less ours, seconds; 0 where nobody knows
	Flags     uint8   // Mock, NoPhoto, NoTrack
}

// The flags of Own.
const (
	Mock    uint8 = 1 << iota // the device says that the position is mocked
	NoPhoto                   // no photo came with the visit
	NoTrack                   // no track covers the visit
)

// Blank is a visit of which nothing is known.
func Blank() Own {
	nan := float32(math.NaN())
	return Own{ExcessM: nan, AccuracyM: nan, DwellS: -1}
}

// signs is a set of codes of own evidence, one bit each.
type signs uint16

// signs are the reasons that hold for a visit; minuteOfDay is its time in the
// policy's zone, below zero where that is not known.
func (r *Rules) signs(o *Own, minuteOfDay int) signs {
	var s signs
	switch {
	case o.ExcessM != o.ExcessM: // NaN
		s |= 1 << CodeNoPosition
	default:
		if o.ExcessM > r.VeryFar.OverM {
			s |= 1 << CodeVeryFar
		} else if o.ExcessM > r.Far.OverM {
			s |= 1 << CodeFar
		}
		if !(o.AccuracyM > 0) {
			s |= 1 << CodeNoAccuracy
		} else if o.AccuracyM > r.Inaccurate.OverM {
			s |= 1 << CodeInaccurate
		}
	}
	if o.DwellS >= 0 && o.DwellS < r.ShortDwell.UnderS {
		s |= 1 << CodeShortDwell
	}
	if o.SkewS > r.Clock.OverS || o.SkewS < -r.Clock.OverS {
		s |= 1 << CodeClock
	}
	if !r.OutsideShift.holds(minuteOfDay) {
		s |= 1 << CodeOutsideShift
	}
	if o.Flags != 0 {
		if o.Flags&Mock != 0 {
			s |= 1 << CodeMock
		}
		if o.Flags&NoPhoto != 0 && r.NoPhoto.Asked {
			s |= 1 << CodeNoPhoto
		}
		if o.Flags&NoTrack != 0 && r.NoTrack.Asked {
			s |= 1 << CodeNoTrack
		}
	}
	return s
}

// OwnGrade is the grade of a visit by its own evidence, which decides whether
// it counts. minuteOfDay is its time in the policy's zone; see [MinuteOfDay].
// It does not allocate.
func (r *Rules) OwnGrade(o *Own, minuteOfDay int) Grade {
	g := A
	for s := r.signs(o, minuteOfDay); s != 0; s &= s - 1 {
		g = max(g, r.atMost(Code(bits.TrailingZeros16(uint16(s)))))
	}
	return g
}

// OwnReasons are the reasons behind OwnGrade, with their figures.
func (r *Rules) OwnReasons(o *Own, minuteOfDay int) []Reason {
	var out []Reason
	for s := r.signs(o, minuteOfDay); s != 0; s &= s - 1 {
		c := Code(bits.TrailingZeros16(uint16(s)))
		zh, en := r.ownText(c, o, minuteOfDay)
		out = append(out, Reason{Code: c, AtMost: r.atMost(c), ZH: zh, EN: en})
	}
	return out
}

// ownText says what was seen and what the policy allows.
func (r *Rules) ownText(c Code, o *Own, minuteOfDay int) (zh, en string) {
	switch c {
	case CodeNoPosition:
		return "未上报定位", "no position was reported"
	case CodeFar, CodeVeryFar:
		limit := r.Far.OverM
		if c == CodeVeryFar {
			limit = r.VeryFar.OverM
		}
		beyond := math.Ceil(float64(o.ExcessM)) // so that what is over the limit reads so
		if !(o.AccuracyM > 0) {
			return fmt.Sprintf("定位在场所轮廓外 %.0f 米（未报精度），限 %.0f 米", beyond, limit),
				fmt.Sprintf("reported from %.0f m outside the footprint (no accuracy given); %.0f m are allowed", beyond, limit)
		}
		return fmt.Sprintf("定位在场所轮廓外 %.0f 米，扣除精度 %.0f 米后仍超出 %.0f 米，限 %.0f 米", o.ExcessM+o.AccuracyM, o.AccuracyM, beyond, limit),
			fmt.Sprintf("reported from %.0f m outside the footprint, %.0f m beyond the accuracy of %.0f m; %.0f m are allowed", o.ExcessM+o.AccuracyM, beyond, o.AccuracyM, limit)
	case CodeInaccurate:
		return fmt.Sprintf("定位精度仅 %.0f 米，限 %.0f 米", o.AccuracyM, r.Inaccurate.OverM),
			fmt.Sprintf("the position is accurate to %.0f m only; %.0f m are allowed", o.AccuracyM, r.Inaccurate.OverM)
	case CodeNoAccuracy:
		return "定位未带精度", "the position came without an accuracy"
	case CodeMock:
		return "设备标明该定位为模拟定位", "the device says that the position is mocked"
	case CodeShortDwell:
		return fmt.Sprintf("停留 %d 秒，少于 %d 秒", o.DwellS, r.ShortDwell.UnderS),
			fmt.Sprintf("the visit took %d s, fewer than %d s", o.DwellS, r.ShortDwell.UnderS)
	case CodeClock:
		zh, en = "快", "fast"
		off := int64(o.SkewS)
		if off < 0 {
			zh, en, off = "慢", "slow", -off
		}
		return fmt.Sprintf("设备时钟%s %d 秒，限 %d 秒", zh, off, r.Clock.OverS),
			fmt.Sprintf("the device's clock was %d s %s; %d s are allowed", off, en, r.Clock.OverS)
	case CodeOutsideShift:
		s := r.OutsideShift
		return fmt.Sprintf("%v 检查，不在 %v—%v 之内", Minute(minuteOfDay), s.From, s.To),
			fmt.Sprintf("visited at %v, outside %v to %v", Minute(minuteOfDay), s.From, s.To)
	case CodeNoPhoto:
		return "未附照片", "no photo came with the visit"
	case CodeNoTrack:
		return "无轨迹", "no track covers the visit"
	}
	panic("evidence: " + c.String() + " is not of the visit alone")
}

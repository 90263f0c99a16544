package evidence

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// show gives a finding its words, its examples and its map.
func (r *Rules) show(s *survey, f *Finding, who int, p people, zone *time.Location) {
	l := s.ledger
	hits := s.hitsOf(f.Kind, p)
	f.ZH, f.EN = r.findingText(s, f, who, hits)

	strongest := slices.Clone(hits)
	slices.SortStableFunc(strongest, func(a, b hit) int { return cmp.Compare(b.weight, a.weight) })
	for _, h := range strongest[:min(len(strongest), r.Pattern.Examples)] {
		f.Examples = append(f.Examples, l.visits[h.row].ID)
	}

	// The day with the most hits; from its first hit's visit before on, where
	// the day is longer than the map takes.
	at, most := 0, 0
	for i, j := 0, 0; i < len(hits); i = j {
		for j = i; j < len(hits) && l.day[hits[j].row] == l.day[hits[i].row]; j++ {
		}
		if j-i > most {
			at, most = i, j-i
		}
	}
	first := int(hits[at].row)
	day := l.day[first]
	for n := r.Pattern.MapLimit; first > p.lo && l.day[first-1] == day && n > 0; n-- {
		first--
	}
	last := first
	for last+1 < p.hi && l.day[last+1] == day {
		last++
	}
	if over := last - first + 1 - r.Pattern.MapLimit; over > 0 {
		skip := max(0, min(over, int(hits[at].row)-1-first))
		first += skip
		last -= over - skip
	}
	for row := first; row <= last; row++ {
		v := l.visits[row]
		f.Track = append(f.Track, Stop{v.ID, v.At.In(zone), v.position(), s.has[row]>>f.Kind&1 == 1})
	}
	switch f.Kind {
	case KindFar, KindCopiedPosition, KindSameOffset, KindCoordinateSystem, KindMock, KindInaccurate:
		for _, h := range strongest[:min(len(strongest), r.Pattern.MapLimit)] {
			v := l.visits[h.row]
			f.Lines = append(f.Lines, Line{v.ID, v.anchor(), v.position()})
		}
	}
}

// hitsOf are an inspector's hits of a kind, in order of time.
func (s *survey) hitsOf(k Kind, p people) []hit {
	byRow := func(h hit, row int) int { return cmp.Compare(int(h.row), row) }
	lo, _ := slices.BinarySearchFunc(s.hits[k], p.lo, byRow)
	hi, _ := slices.BinarySearchFunc(s.hits[k], p.hi, byRow)
	return s.hits[k][lo:hi]
}

// findingText says what was seen, how often, and how often others have it.
func (r *Rules) findingText(s *survey, f *Finding, who int, hits []hit) (zh, en string) {
	top := 0.0
	for _, h := range hits {
		top = math.Max(top, h.weight)
	}
	ofZH, ofEN := fmt.Sprintf("%d 次中有 %d 次", f.Looks, f.Hits), fmt.Sprintf("%d of %d visits", f.Hits, f.Looks)
	switch f.Kind {
	case KindSpeed:
		zh = fmt.Sprintf("%s与上一次检查之间时速超过 %.0f 公里，最高 %.0f 公里；也可能多人共用一个账号，或补录时间不准", ofZH, r.Speed.OverKMH, top)
		en = fmt.Sprintf("%s lie more than %.0f km/h from the one before, at most %.0f km/h; several people under one name or times filled in later look the same", ofEN, r.Speed.OverKMH, top)
	case KindBurst:
		zh = fmt.Sprintf("%s与其他检查在 %d 秒内集中上报，最多连续 %.0f 次；也可能是事后补录", ofZH, r.Burst.WithinS, top)
		en = fmt.Sprintf("%s were reported with others within %d s, at most %.0f in a row; forms filled in afterwards look the same", ofEN, r.Burst.WithinS, top)
	case KindSharedDevice:
		zh = fmt.Sprintf("%s使用的设备当日另有检查员使用，最多 %.0f 人", ofZH, top)
		en = fmt.Sprintf("%s came from a device that other inspectors used on the same day, at most %.0f people", ofEN, top)
	case KindPhotoAgain:
		zh = ofZH + "附有此前检查用过的照片"
		en = ofEN + " have a photo of an earlier visit"
	case KindFar:
		zh = fmt.Sprintf("%s定位在场所之外超过 %.0f 米（已扣除精度），最远 %.0f 米", ofZH, r.Far.OverM, top)
		en = fmt.Sprintf("%s were reported from more than %.0f m outside the place, accuracy taken off, at most %.0f m", ofEN, r.Far.OverM, top)
	case KindCopiedPosition:
		zh = ofZH + "与另一场所检查的坐标完全相同"
		en = ofEN + " have exactly the coordinates of a visit to another place"
	case KindSameOffset:
		zh, en = r.offsetText(s, hits, ofZH, ofEN)
	case KindCoordinateSystem:
		zh, en = s.mixUps[who].text(ofZH, ofEN)
		return zh, en
	case KindRegular:
		zh = fmt.Sprintf("%s与上一次的间隔和再上一次的间隔相差不超过 %.0f 秒；也可能是按整点填写的时间", ofZH, r.Pattern.Regular.WithinS)
		en = fmt.Sprintf("%s follow after the same time as the one before, within %.0f s; times typed in by hand look the same", ofEN, r.Pattern.Regular.WithinS)
	case KindContradicted:
		zh = fmt.Sprintf("报告无隐患的 %s之后 %d 天内被他人发现问题：%s", ofZH, r.Pattern.ContradictedDays, contradictionKinds(hits, "、"))
		en = fmt.Sprintf("%s that found nothing were followed by a finding of somebody else within %d days: %s", ofEN, r.Pattern.ContradictedDays, contradictionKinds(hits, ", "))
	case KindNoPosition:
		zh, en = ofZH+"未上报定位；地下场所也会如此", ofEN+" came without a position; cellars look the same"
	case KindInaccurate:
		zh = fmt.Sprintf("%s定位精度差于 %.0f 米", ofZH, r.Inaccurate.OverM)
		en = fmt.Sprintf("%s have a position accurate to more than %.0f m only", ofEN, r.Inaccurate.OverM)
	case KindMock:
		zh, en = ofZH+"为模拟定位", ofEN+" have a mocked position"
	case KindShortDwell:
		zh = fmt.Sprintf("%s停留少于 %d 秒", ofZH, r.ShortDwell.UnderS)
		en = fmt.Sprintf("%s took fewer than %d s", ofEN, r.ShortDwell.UnderS)
	case KindOutsideShift:
		zh = fmt.Sprintf("%s不在 %v—%v 之内", ofZH, r.OutsideShift.From, r.OutsideShift.To)
		en = fmt.Sprintf("%s lie outside %v to %v", ofEN, r.OutsideShift.From, r.OutsideShift.To)
	}
	return zh + fmt.Sprintf("（其他检查员 %.1f%%）", 100*f.Usual), en + fmt.Sprintf(" (other inspectors: %.1f %%)", 100*f.Usual)
}

func (r *Rules) offsetText(s *survey, hits []hit, ofZH, ofEN string) (zh, en string) {
	var east, north float64
	for _, h := range hits {
		v := s.ledger.visits[h.row]
		e, n := vector(v)
		east, north = east+e/float64(len(hits)), north+n/float64(len(hits))
	}
	windZH, windEN := wind(east, north)
	away := math.Hypot(east, north)
	return fmt.Sprintf("%s定位在场所%s约 %.0f 米处，每次偏移相同；也可能是坐标系或软件设置问题", ofZH, windZH, away),
		fmt.Sprintf("%s were reported from about %.0f m %s of the place, by the same vector each; a setting of the app or a coordinate system looks the same", ofEN, away, windEN)
}

// text names a mix-up as what it is.
func (m mixUp) text(ofZH, ofEN string) (zh, en string) {
	east, north := middle(m.members)
	windZH, windEN := wind(east, north)
	away := math.Hypot(east, north)
	if m.register {
		return fmt.Sprintf("%s定位在场所%s约 %.0f 米处，与场所坐标误用 %s 的偏差一致：应核对场所坐标，不作为虚报线索", ofZH, windZH, away, m.shift.System),
			fmt.Sprintf("%s were reported from about %.0f m %s of the place, which is how a place registered in %s looks: the places' coordinates are to be checked; this is no sign of a false report", ofEN, away, windEN, m.shift.System)
	}
	return fmt.Sprintf("%s定位在场所%s约 %.0f 米处，与设备误报 %s 坐标的偏差一致：应核对设备坐标系设置，不作为虚报线索", ofZH, windZH, away, m.shift.System),
		fmt.Sprintf("%s were reported from about %.0f m %s of the place, which is how a device that sends %s looks: its setting is to be checked; this is no sign of a false report", ofEN, away, windEN, m.shift.System)
}

// winds are the sixteen directions from north, clockwise.
var winds = [...][2]string{
	{"北", "north"}, {"北东北", "north-north-east"}, {"东北", "north-east"}, {"东东北", "east-north-east"},
	{"东", "east"}, {"东东南", "east-south-east"}, {"东南", "south-east"}, {"南东南", "south-south-east"},
	{"南", "south"}, {"南西南", "south-south-west"}, {"西南", "south-west"}, {"西西南", "west-south-west"},
	{"西", "west"}, {"西西北", "west-north-west"}, {"西北", "north-west"}, {"北西北", "north-north-west"},
}

// wind names the direction of a vector.
func wind(east, north float64) (zh, en string) {
	w := winds[int(math.Round(math.Atan2(east, north)/(math.Pi/8))+16)%16]
	return w[0], w[1]
}

// contradictionKinds are the kinds among hits, the most frequent first, with
// how often each comes.
func contradictionKinds(hits []hit, between string) string {
	n := map[string]int{}
	var names []string
	for _, h := range hits {
		if n[h.extra]++; n[h.extra] == 1 {
			names = append(names, h.extra)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, n[name])
	}
	return strings.Join(names, between)
}

package evidence

// sharing is a visit from a device that several inspectors used on its day.
type sharing struct {
	row        int32
	inspectors int
}

// sharings are the visits from shared devices, in order of rows.
func (r *Rules) sharings(l *ledger) []sharing {
	type deviceDay struct{ device, day int32 }
	type users struct{ n, last int32 }
	// Rows stand by inspector, so a new user is one who is not the last.
	used := map[deviceDay]*users{}
	number := map[string]int32{}
	of := make([]*users, len(l.visits))
	for who, p := range l.people {
		for row := p.lo; row < p.hi; row++ {
			device := l.visits[row].Device
			if device == "" {
				continue
			}
			n, ok := number[device]
			if !ok {
				n = int32(len(number))
				number[device] = n
			}
			u := used[deviceDay{n, l.day[row]}]
			if u == nil {
				u = &users{last: -1}
				used[deviceDay{n, l.day[row]}] = u
			}
			if u.last != int32(who) {
				u.n, u.last = u.n+1, int32(who)
			}
			of[row] = u
		}
	}
	var out []sharing
	for row, u := range of {
		if u != nil && int(u.n) >= r.SharedDevice.Inspectors {
			out = append(out, sharing{int32(row), int(u.n)})
		}
	}
	return out
}

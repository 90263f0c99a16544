package coverage

// Rollup is coverage over any set of obligations, in integers.
type Rollup struct {
	States  [stateCount]int // by State; NotDue counts nothing
	GapDays int             // the longest of all; -1 when there is nothing
}

// NewRollup is the roll-up of nothing.
func NewRollup() Rollup { return Rollup{GapDays: -1} }

// Add counts one obligation.
func (r *Rollup) Add(s State, gapDays int) {
	if s == NotDue {
		return
	}
	r.States[s]++
	if s != Excused {
		r.GapDays = max(r.GapDays, gapDays)
	}
}

// Merge counts another roll-up's obligations too.
func (r *Rollup) Merge(o Rollup) {
	for s, n := range o.States {
		r.States[s] += n
	}
	r.GapDays = max(r.GapDays, o.GapDays)
}

// Total is every obligation, the excused ones with them.
func (r Rollup) Total() int {
	n := 0
	for s := Met; s < stateCount; s++ {
		n += r.States[s]
	}
	return n
}

// Due is every obligation but the excused.
func (r Rollup) Due() int { return r.Total() - r.States[Excused] }

// Unmet is what stands between this and completeness.
func (r Rollup) Unmet() int { return r.Due() - r.States[Met] }

// Complete is whether nothing is unmet; nil where nothing is due.
func (r Rollup) Complete() *bool {
	if r.Due() == 0 {
		return nil
	}
	done := r.Unmet() == 0
	return &done
}

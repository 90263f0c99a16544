package coverage

// Rollup is coverage over any set of obligations, in integers.
type Rollup struct {
	States  [stateCount]int // by State; NotDue counts nothing
	GapDays int             // the longest of all; -1 when there is nothing
	Late    int             // of the met: only by what was reported after the period had ended
	Astray  int             // of the met: by a visit that another body made than the holder
}

// NewRollup is the roll-up of nothing.
func NewRollup() Rollup { return Rollup{GapDays: -1} }

// add counts one obligation.
func (r *Rollup) add(j *judgement) {
	if j.state == NotDue {
		return
	}
	r.States[j.state]++
	if j.state != Excused {
		r.GapDays = max(r.GapDays, int(j.gap))
	}
	if j.flags&late != 0 {
		r.Late++
	}
	if j.flags&astray != 0 {
		r.Astray++
	}
}

// Merge counts another roll-up's obligations too.
func (r *Rollup) Merge(o Rollup) {
	for s, n := range o.States {
		r.States[s] += n
	}
	r.GapDays = max(r.GapDays, o.GapDays)
	r.Late += o.Late
	r.Astray += o.Astray
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

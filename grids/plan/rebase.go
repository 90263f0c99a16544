package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/layers"
)

// Decision is what a planner says of a conflict.
type Decision string

// The decisions.
const (
	Drop Decision = "drop" // leave the operation out
	Keep Decision = "keep" // do it on the new base all the same
)

// Conflict is an operation that cannot simply be done on another base.
type Conflict struct {
	Seq   int
	Name  string
	Op    Operation
	Why   layers.Text
	Grids []string // references, as they were
	Box   geo.Box
	At    orb.Point // where it was refused on the new base; zero if it was not
}

// Rebase does a draft's operations on another base: what was published
// meanwhile. Operations on grids that are the same in both bases go through.
// Others, and those that build on them, are conflicts, to be decided one by one;
// the draft comes back only when every conflict has a decision that can be
// carried out, else the conflicts do. Neither draft nor base is changed.
func Rebase(d *Draft, base *Layout, used map[string]bool, decisions map[int]Decision) (*Draft, []Conflict, error) {
	fresh := NewDraft(base, used)
	fresh.seq = d.seq
	foreign := map[string]bool{} // codes whose land is another in the new base
	for _, l := range [2]*Layout{d.base, base} {
		for _, g := range l.grids {
			a, inOld := faceOfCode(d.base, g.code)
			b, inNew := faceOfCode(base, g.code)
			if !inOld || !inNew || !sameLand(d.base.m.Outline(a), base.m.Outline(b)) {
				foreign[g.code] = true
			}
		}
	}
	missing := map[string]bool{} // references that steps left out would have begun
	var conflicts []Conflict
	for _, s := range d.steps {
		touched := append(slices.Clone(s.Grids), namedIn(&s.Op)...)
		c := Conflict{Seq: s.Seq, Name: s.Name, Op: s.Op, Grids: s.Grids, Box: s.change.Box()}
		conflicting := false
		for _, ref := range touched {
			switch {
			case foreign[ref]:
				conflicting = true
				c.Why = layers.Text{ZH: "网格" + ref + "已被他人修改并发布", EN: "grid " + ref + " was changed by what was published meanwhile"}
			case missing[ref]:
				conflicting = true
				c.Why = layers.Text{ZH: "依赖于未执行的步骤（网格" + ref + "）", EN: "it builds on a step that is left out (grid " + ref + ")"}
			}
		}
		leaveOut := func() {
			for _, ref := range s.Grids {
				if _, was := s.before[ref]; !was {
					missing[ref] = true
				}
			}
		}
		if conflicting {
			switch decisions[s.Seq] {
			case Drop:
				leaveOut()
				continue
			case Keep:
			default:
				conflicts = append(conflicts, c)
				leaveOut()
				continue
			}
		}
		again, err := fresh.do(s.Op, s.Name, s.Seq)
		if err == nil && !conflicting && !slices.Equal(again.Grids, s.Grids) {
			fresh.steps = fresh.steps[:len(fresh.steps)-1]
			fresh.takeBack(again)
			c.Why = layers.Text{ZH: "在新方案上涉及其他网格", EN: "on the new base it concerns other grids"}
			if decisions[s.Seq] == Drop {
				leaveOut()
				continue
			}
			if decisions[s.Seq] != Keep {
				conflicts = append(conflicts, c)
				leaveOut()
				continue
			}
			_, err = fresh.do(s.Op, s.Name, s.Seq)
		}
		if err != nil {
			if decisions[s.Seq] == Drop {
				leaveOut()
				continue
			}
			if why, ok := errors.AsType[*Refused](err); ok {
				c.At = why.At
			}
			c.Why = layers.Text{ZH: "在新方案上无法执行：" + err.Error(), EN: "it cannot be done on the new base: " + err.Error()}
			conflicts = append(conflicts, c)
			leaveOut()
		}
	}
	if len(conflicts) > 0 {
		return nil, conflicts, nil
	}
	for seq := range decisions {
		if !slices.ContainsFunc(d.steps, func(s *Step) bool { return s.Seq == seq }) {
			return nil, nil, fmt.Errorf("%w: there is no step %d to decide", ErrOperation, seq)
		}
	}
	return fresh, nil, nil
}

// namedIn are the references that an operation names.
func namedIn(o *Operation) []string {
	out := append(slices.Clone(o.Grids), o.Donors...)
	if o.Grid != "" {
		out = append(out, o.Grid)
	}
	for _, s := range o.Shares {
		if s.Grid != "" {
			out = append(out, s.Grid)
		}
	}
	return out
}

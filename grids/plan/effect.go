package plan

import (
	"slices"

	"gridward/geo"
)

// Effect is what a step does to a plan: what a planner sees before deciding.
type Effect struct {
	Box   geo.Box
	Ended []string // references of grids that are gone
	Grids []Changed
	Moved []Moved
	// Kept of Total places with a grid are in the grid of the base that they
	// were in: the draft's stability.
	Kept, Total int
}

// Changed is a grid before and after; nil where it is not there.
type Changed struct {
	Ref, Code, Name string
	Before, After   *Standing
}

// Standing is a grid's figures and places at one moment.
type Standing struct {
	Figures
	PlacesOf []int32 // indices into the town's places, ascending
}

// Moved is a place that another grid has.
type Moved struct {
	Place    int
	From, To string // references
}

func (g *gridOf) standing(t *Town) *Standing { return &Standing{g.figures(t), g.places} }

// Effect is what the given step, the last one done, did.
func (d *Draft) Effect(s *Step) Effect {
	e := Effect{Box: s.change.Box()}
	refs := func(m move) Moved {
		out := Moved{Place: int(m.place)}
		if g, ok := d.grids[m.from]; ok {
			out.From = g.ref
		} else if g, ok := s.ended[m.from]; ok {
			out.From = g.ref
		}
		if g, ok := d.grids[m.to]; ok {
			out.To = g.ref
		}
		return out
	}
	for _, m := range s.moves {
		e.Moved = append(e.Moved, refs(m))
	}
	for _, ref := range s.Grids {
		c := Changed{Ref: ref}
		if was, ok := s.before[ref]; ok {
			c.Code, c.Name, c.Before = was.code, was.name, was.standing(d.Town)
		}
		if f, ok := d.face[ref]; ok {
			g := d.grids[f]
			c.Code, c.Name, c.After = g.code, g.name, g.standing(d.Town)
		} else {
			e.Ended = append(e.Ended, ref)
		}
		e.Grids = append(e.Grids, c)
	}
	e.Kept, e.Total = d.Stability()
	return e
}

// Reversed is an effect taken back; the draft is the one that it was taken back on.
func (e Effect) Reversed(d *Draft) Effect {
	out := Effect{Box: e.Box, Grids: slices.Clone(e.Grids), Moved: slices.Clone(e.Moved)}
	for i, c := range out.Grids {
		out.Grids[i].Before, out.Grids[i].After = c.After, c.Before
		if c.Before == nil {
			out.Ended = append(out.Ended, c.Ref)
		}
	}
	for i, m := range out.Moved {
		out.Moved[i].From, out.Moved[i].To = m.To, m.From
	}
	out.Kept, out.Total = d.Stability()
	return out
}

// Preview is what an operation would do; the draft is as it was afterwards.
// Errors are those of [Draft.Apply].
func (d *Draft) Preview(op Operation) (Effect, []Grid, []Border, error) {
	s, err := d.do(op, "", d.seq+1)
	if err != nil {
		return Effect{}, nil, nil, err
	}
	e := d.Effect(s)
	grids, borders := d.Redrawn(e)
	d.steps, d.seq = d.steps[:len(d.steps)-1], d.seq-1
	d.takeBack(s)
	return e, grids, borders, nil
}

// Redrawn are the grids that an effect leaves behind, with their borders.
func (d *Draft) Redrawn(e Effect) ([]Grid, []Border) {
	grids, refs := []Grid{}, []string{}
	for _, c := range e.Grids {
		if g, ok := d.Grid(c.Ref); ok {
			grids, refs = append(grids, g), append(refs, c.Ref)
		}
	}
	return grids, d.Borders(refs)
}

// Stability counts the places that are in the grid of the base that they were in.
func (d *Draft) Stability() (kept, total int) { return d.kept, d.placed }

func stability(base, now *Layout) (kept, total int) {
	same := map[[2]int32]bool{} // by face: is it the same grid
	for i, was := range base.of {
		b, ok := base.grids[was]
		if !ok {
			continue
		}
		total++
		pair := [2]int32{int32(was), int32(now.of[i])}
		is, known := same[pair]
		if !known {
			g, there := now.grids[now.of[i]]
			is = there && g.code == b.code
			same[pair] = is
		}
		if is {
			kept++
		}
	}
	return kept, total
}

// Joined is the effect of several steps, done one after the other, as one.
func Joined(d *Draft, effects []Effect) Effect {
	if len(effects) == 1 {
		return effects[0]
	}
	out := Effect{Box: geo.EmptyBox()}
	at := map[string]int{}   // by reference
	moved := map[int]Moved{} // by place
	var order []int
	for _, e := range effects {
		if e.Box.Min.X <= e.Box.Max.X {
			out.Box = out.Box.Union(e.Box)
		}
		for _, c := range e.Grids {
			i, known := at[c.Ref]
			if !known {
				at[c.Ref] = len(out.Grids)
				out.Grids = append(out.Grids, c)
				continue
			}
			out.Grids[i].After, out.Grids[i].Name = c.After, c.Name
		}
		for _, m := range e.Moved {
			was, known := moved[m.Place]
			if !known {
				order = append(order, m.Place)
			} else {
				m.From = was.From
			}
			moved[m.Place] = m
		}
	}
	out.Grids = slices.DeleteFunc(out.Grids, func(c Changed) bool { return c.Before == nil && c.After == nil })
	for _, c := range out.Grids {
		if c.After == nil {
			out.Ended = append(out.Ended, c.Ref)
		}
	}
	for _, p := range order {
		if m := moved[p]; m.From != m.To {
			out.Moved = append(out.Moved, m)
		}
	}
	out.Kept, out.Total = d.Stability()
	return out
}

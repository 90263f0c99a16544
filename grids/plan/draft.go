package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/planar"
	"gridward/grids"
)

// Draft is a base plan with operations on top: each can be undone and done
// again, without limit. It is not safe for concurrent use.
//
// Operations name grids by reference: the code of a grid of the base, or
// "seq.n" for the n-th grid that operation seq began. Codes are given to new
// grids when they begin, the next free one of the community; a reference stays
// what it is when a rebase gives a grid another code.
type Draft struct {
	*Layout
	base   *Layout
	used   map[string]bool // every code that was ever given in the town, and the draft's own
	steps  []*Step
	undone []*Step // the one undone last is last
	seq    int
	kept   int // places in the grid of the base that they were in
	placed int // places with a grid in the base
}

// Step is an operation with what it did.
type Step struct {
	Seq  int
	Name string
	Op   Operation
	// Grids are the references of the grids whose land it changed, those that
	// it ended among them.
	Grids []string

	change  planar.Change
	begun   []planar.Face
	ended   map[planar.Face]*gridOf
	moves   []move
	before  map[string]gridOf // what it changed, as it was, by reference
	renamed string            // a rename's former name
}

type move struct {
	place    int32
	from, to planar.Face
}

// NewDraft begins a draft on a base layout, which it does not change. used are
// the codes that were ever given in the town.
func NewDraft(base *Layout, used map[string]bool) *Draft {
	d := &Draft{Layout: base.Copy(), base: base, used: maps.Clone(used)}
	if d.used == nil {
		d.used = map[string]bool{}
	}
	for _, g := range base.grids {
		d.used[g.code] = true
	}
	d.kept, d.placed = stability(base, d.Layout)
	return d
}

// Base is the layout that the draft began on.
func (d *Draft) Base() *Layout { return d.base }

// Steps lists the operations that are done, in order.
func (d *Draft) Steps() []*Step { return d.steps }

// Undone lists the operations that can be done again, the next one last.
func (d *Draft) Undone() []*Step { return d.undone }

// Refused says why an operation is not done, and where.
type Refused struct {
	Reason string    // one of the reasons below
	At     orb.Point // zero if it has no place
	Grid   string    // the reference of the grid concerned, or empty
	Place  uuid.UUID // the place that would be divided; zero if none
	Name   string    // and its name
	Err    error
}

// The reasons for which an operation is refused.
const (
	ReasonCrosses    = "crosses"    // a border would run over another
	ReasonDisconnect = "disconnect" // a grid would fall into parts
	ReasonFixed      = "fixed"      // a community's border would move
	ReasonCut        = "cut"        // a place that must stay whole would be divided
	ReasonZones      = "zones"      // land would pass from one community to another
	ReasonTight      = "tight"      // lines lie closer than the lattice can tell
	ReasonNothing    = "nothing"    // nothing would change
	ReasonUnknown    = "unknown"    // a grid, corner or edge is not there
	ReasonNode       = "node"       // more than two borders meet there
	ReasonPath       = "path"       // the path does not divide the two grids
	ReasonCodes      = "codes"      // the community has no code left
)

func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap gives the cause.
func (r *Refused) Unwrap() error { return r.Err }

var reasonOf = []struct {
	err    error
	reason string
}{
	{planar.ErrCrosses, ReasonCrosses}, {planar.ErrDisconnected, ReasonDisconnect}, {planar.ErrFixed, ReasonFixed}, {planar.ErrZones, ReasonZones},
	{planar.ErrTight, ReasonTight}, {planar.ErrNothing, ReasonNothing}, {planar.ErrUnknown, ReasonUnknown}, {planar.ErrNode, ReasonNode}, {planar.ErrPath, ReasonPath},
}

// refused words a planar map's refusal with the plan's names.
func (d *Draft) refused(err error) error {
	if _, ok := errors.AsType[*Refused](err); ok || errors.Is(err, ErrOperation) {
		return err
	}
	out := &Refused{Reason: ReasonTight, Err: err}
	for _, r := range reasonOf {
		if errors.Is(err, r.err) {
			out.Reason = r.reason
		}
	}
	if at, ok := errors.AsType[*planar.Refusal](err); ok {
		if at.At != (geo.Point{}) {
			out.At = at.At.Orb()
		}
		if g, known := d.grids[at.Face]; known {
			out.Grid = g.ref
		}
		out.Err = at.Reason
	}
	return out
}

// Apply does an operation. Nothing is changed when it fails: with a [*Refused]
// where the operation would break a promise, with an error that wraps
// [ErrOperation] where it is not well formed. What had been undone cannot be done
// again afterwards.
func (d *Draft) Apply(op Operation, name string) (*Step, error) {
	s, err := d.do(op, name, d.seq+1)
	if err != nil {
		return nil, err
	}
	d.undone = nil
	return s, nil
}

// do does an operation under a number.
func (d *Draft) do(op Operation, name string, seq int) (*Step, error) {
	if err := op.Check(); err != nil {
		return nil, err
	}
	s := &Step{Seq: seq, Name: name, Op: op}
	if op.Kind == Rename {
		f, ok := d.face[op.Grid]
		if !ok {
			return nil, d.unknown(op.Grid)
		}
		g := d.grids[f]
		if g.name == op.Name {
			return nil, &Refused{Reason: ReasonNothing, Grid: g.ref, Err: planar.ErrNothing}
		}
		s.before = map[string]gridOf{g.ref: *g}
		s.renamed, g.name, s.Grids = g.name, op.Name, []string{g.ref}
	} else {
		c, names, err := d.redraw(&op)
		if err != nil {
			return nil, d.refused(err)
		}
		s.change = c
		if err := d.settle(s, names); err != nil {
			d.m.Revert(c)
			return nil, err
		}
	}
	d.steps, d.seq = append(d.steps, s), max(d.seq, seq)
	return s, nil
}

func (d *Draft) unknown(ref string) error {
	return &Refused{Reason: ReasonUnknown, Grid: ref, Err: fmt.Errorf("%w: no grid %q in this draft", planar.ErrUnknown, ref)}
}

// faces looks references up.
func (d *Draft) faces(refs []string) ([]planar.Face, error) {
	if refs == nil {
		return nil, nil
	}
	out := []planar.Face{}
	for _, r := range refs {
		f, ok := d.face[r]
		if !ok {
			return nil, d.unknown(r)
		}
		out = append(out, f)
	}
	return out, nil
}

func (d *Draft) zone(community string) (planar.Zone, error) {
	z, ok := d.Town.at[community]
	if !ok {
		return 0, &Refused{Reason: ReasonUnknown, Err: fmt.Errorf("%w: the town has no community %q", planar.ErrUnknown, community)}
	}
	return planar.Zone(z), nil
}

// redraw does an operation on the map; names are those asked for of the grids
// that it begins, in their order.
func (d *Draft) redraw(op *Operation) (c planar.Change, names []string, err error) {
	grids, err := d.faces(op.Grids)
	if err != nil {
		return c, nil, err
	}
	donors, err := d.faces(op.Donors)
	if err != nil {
		return c, nil, err
	}
	parts := op.allows(Disconnect)
	point := func(p *LonLat) geo.Point {
		var q geo.Point
		if err == nil {
			q, err = geo.SnapChecked(orb.Point(*p))
		}
		return q
	}
	switch op.Kind {
	case Split:
		var line []geo.Point
		if line, err = pointsOf(op.Line); err == nil && len(line) < 2 {
			err = planar.ErrNothing
		}
		if err == nil {
			c, err = d.m.Split(line, grids)
		}
	case Merge:
		c, err = d.m.Merge(parts, grids[0], grids[1:]...)
	case MoveVertex:
		if from, to := point(op.From), point(op.To); err == nil {
			c, err = d.m.MoveVertex(from, to)
		}
	case InsertVertex:
		if a, b, at := point(&op.Edge[0]), point(&op.Edge[1]), point(op.At); err == nil {
			c, err = d.m.InsertVertex(planar.Edge{A: a, B: b}, at)
		}
	case DeleteVertex:
		if at := point(op.At); err == nil {
			c, err = d.m.DeleteVertex(at)
		}
	case Reroute:
		var path []geo.Point
		if path, err = pointsOf(op.Path); err == nil {
			c, err = d.m.Reroute(grids[0], grids[1], path)
		}
	case Straighten:
		c, err = d.m.Straighten(grids[0], grids[1], op.Tolerance)
	case Give, Carve:
		var region geo.Outline
		if region, err = regionOf(op.Region, op.Cells); err != nil {
			return c, nil, err
		}
		if op.Kind == Give {
			to, known := d.face[op.Grid]
			if !known {
				return c, nil, d.unknown(op.Grid)
			}
			c, err = d.m.Give(region, to, donors, parts)
			break
		}
		var z planar.Zone
		if z, err = d.zone(op.Community); err == nil {
			c, err = d.m.Carve(region, z, donors, parts)
			names = []string{op.Name}
		}
	case Allot:
		var z planar.Zone
		if z, err = d.zone(op.Community); err != nil {
			return c, nil, err
		}
		shares := make([]planar.Share, len(op.Shares))
		for i, s := range op.Shares {
			shares[i].To = planar.Outside
			if s.Grid != "" {
				f, known := d.face[s.Grid]
				if !known {
					return c, nil, d.unknown(s.Grid)
				}
				shares[i].To = f
			} else {
				names = append(names, s.Name)
			}
			if shares[i].Region, err = regionOf(s.Region, s.Cells); err != nil {
				return c, nil, fmt.Errorf("shares[%d]: %w", i, err)
			}
		}
		c, err = d.m.Allot(z, shares, donors, parts)
	}
	if errors.Is(err, geo.ErrOutsideWorld) {
		err = fmt.Errorf("%w: %w", ErrOperation, err)
	}
	return c, names, err
}

// settle brings the layout up to the step's change: grids begin and end, places
// move, streets are measured anew. It changes nothing when it fails.
func (d *Draft) settle(s *Step, names []string) error {
	c := &s.change
	if !s.Op.allows(Cut) {
		if err := d.uncut(c); err != nil {
			return err
		}
	}
	fresh, err := d.begin(s, names)
	if err != nil {
		return &Refused{Reason: ReasonCodes, Err: err}
	}
	s.before, s.ended = map[string]gridOf{}, map[planar.Face]*gridOf{}
	touched := map[planar.Face]bool{}
	for _, e := range c.Ended {
		s.ended[e.Face] = d.grids[e.Face]
		touched[e.Face] = true
	}
	for _, f := range c.Touched {
		touched[f] = true
	}
	for f := range touched {
		if g, there := d.grids[f]; there {
			s.before[g.ref] = *g
		}
	}
	for i, b := range c.Begun {
		d.grids[b.Face], d.face[fresh[i].ref] = fresh[i], b.Face
		s.begun = append(s.begun, b.Face)
		touched[b.Face] = true
	}
	box := c.Box()
	among := d.m.Among(slices.Collect(maps.Keys(touched)))
	find := func(p geo.Point) planar.Face {
		if f := among.FaceAt(p); f != planar.Outside {
			return f
		}
		return d.m.FaceAt(p)
	}
	for _, i := range d.Town.placesNear.near(box) {
		// A footprint may pass to or from a grid whose land is as it was, when
		// the shares of others change.
		p, was := &d.Town.Places[i], d.of[i]
		if !touched[was] && p.Footprint == nil && was != planar.Outside {
			continue
		}
		if now := d.placeAt(p, find); now != was {
			s.moves = append(s.moves, move{i, was, now})
		}
	}
	for _, m := range s.moves {
		for _, f := range [2]planar.Face{m.from, m.to} {
			if g, there := d.grids[f]; there && !touched[f] {
				touched[f], s.before[g.ref] = true, *g
			}
		}
	}
	for f := range touched {
		s.Grids = append(s.Grids, d.grids[f].ref)
	}
	slices.Sort(s.Grids)
	d.shift(s.moves)
	d.remeasure(box)
	for f := range s.ended {
		delete(d.face, d.grids[f].ref)
		delete(d.grids, f)
		delete(touched, f)
	}
	for f := range touched {
		d.survey(f)
	}
	return nil
}

// begin gives the grids that a step begins their references, codes and names.
func (d *Draft) begin(s *Step, names []string) ([]*gridOf, error) {
	var fresh []*gridOf
	for i, b := range s.change.Begun {
		community := d.Town.Communities[b.Zone]
		code, serial, err := d.nextCode(community.Code)
		if err != nil {
			for _, g := range fresh {
				delete(d.used, g.code)
			}
			return nil, err
		}
		g := &gridOf{ref: fmt.Sprintf("%d.%d", s.Seq, i+1), code: code, name: fmt.Sprintf("%s第%03d网格", community.Name, serial)}
		if i < len(names) && names[i] != "" {
			g.name = names[i]
		}
		d.used[code] = true
		fresh = append(fresh, g)
	}
	return fresh, nil
}

// nextCode is the next free code of a community.
func (d *Draft) nextCode(community string) (code string, serial int, err error) {
	for serial = 1; ; serial++ {
		if code, err = grids.CodeOf(community, serial); err != nil || !d.used[code] {
			return code, serial, err
		}
	}
}

// uncut refuses a change that divides a place that must stay whole, or divides
// it further.
func (d *Draft) uncut(c *planar.Change) error {
	for _, i := range d.Town.placesNear.near(c.Box()) {
		if p := &d.Town.Places[i]; p.Whole {
			if among := d.divides(i); len(among) > max(1, d.parts[i]) {
				out := &Refused{Reason: ReasonCut, At: p.Anchor.Orb(), Place: p.ID, Name: p.Name, Err: fmt.Errorf("%s would be divided among %d grids", p.Name, len(among))}
				return out
			}
		}
	}
	return nil
}

// shift moves places from grid to grid.
func (d *Draft) shift(moves []move) {
	changed := map[planar.Face]bool{}
	for _, m := range moves {
		p := &d.Town.Places[m.place]
		if g, ok := d.grids[m.from]; ok {
			g.add(p, -1)
			changed[m.from] = true
		}
		if g, ok := d.grids[m.to]; ok {
			g.add(p, 1)
			changed[m.to] = true
		}
		d.of[m.place] = m.to
		if was, ok := d.base.grids[d.base.of[m.place]]; ok {
			if g, ok := d.grids[m.from]; ok && g.code == was.code {
				d.kept--
			}
			if g, ok := d.grids[m.to]; ok && g.code == was.code {
				d.kept++
			}
		}
	}
	coming := map[planar.Face][]int32{}
	for _, m := range moves {
		coming[m.to] = append(coming[m.to], m.place)
	}
	for f := range changed {
		g := d.grids[f]
		kept := make([]int32, 0, len(g.places)+len(coming[f])) // a new list: effects keep the old one
		for _, i := range g.places {
			if d.of[i] == f {
				kept = append(kept, i)
			}
		}
		kept = append(kept, coming[f]...)
		slices.Sort(kept)
		g.places = slices.Compact(kept)
	}
}

// remeasure measures streets and places that must stay whole anew in a box.
func (d *Draft) remeasure(box geo.Box) {
	for _, i := range d.Town.streetNear.near(box) {
		d.walk(i)
	}
	for _, i := range d.Town.placesNear.near(box) {
		if d.Town.Places[i].Whole {
			d.parts[i] = len(d.divides(i))
		}
	}
}

// Undo takes the last operation back and says which; nil if there is none.
func (d *Draft) Undo() *Step {
	if len(d.steps) == 0 {
		return nil
	}
	s := d.steps[len(d.steps)-1]
	d.steps = d.steps[:len(d.steps)-1]
	d.undone = append(d.undone, s)
	d.takeBack(s)
	return s
}

func (d *Draft) takeBack(s *Step) {
	if s.Op.Kind == Rename {
		d.grids[d.face[s.Op.Grid]].name = s.renamed
		return
	}
	d.m.Revert(s.change)
	for f, g := range s.ended {
		d.grids[f], d.face[g.ref] = g, f
	}
	back := make([]move, len(s.moves))
	for i, m := range s.moves {
		back[len(back)-1-i] = move{m.place, m.to, m.from}
	}
	d.shift(back)
	d.remeasure(s.change.Box())
	for _, f := range s.begun {
		g := d.grids[f]
		delete(d.used, g.code)
		delete(d.face, g.ref)
		delete(d.grids, f)
	}
	for ref, was := range s.before {
		g := d.grids[d.face[ref]]
		g.areaM2, g.perimeterM = was.areaM2, was.perimeterM
	}
}

// Redo does the operation that was undone last again and says which; nil if
// there is none.
func (d *Draft) Redo() (*Step, error) {
	if len(d.undone) == 0 {
		return nil, nil
	}
	s := d.undone[len(d.undone)-1]
	again, err := d.do(s.Op, s.Name, s.Seq)
	if err != nil {
		return nil, fmt.Errorf("do step %d again: %w", s.Seq, err)
	}
	d.undone = d.undone[:len(d.undone)-1]
	return again, nil
}

// Record is an operation as the database keeps it.
type Record struct {
	Seq  int
	Name string
	Op   Operation
	Done bool // false: undone
}

// Replay does recorded operations, in order; those that are undone can be done
// again. last is the highest number that the draft ever used. It stops at the
// first that cannot be done.
func (d *Draft) Replay(records []Record, last int) error {
	d.seq = max(d.seq, last)
	var undone []*Step
	for _, r := range records {
		d.seq = max(d.seq, r.Seq)
		if !r.Done {
			undone = append(undone, &Step{Seq: r.Seq, Name: r.Name, Op: r.Op})
			continue
		}
		if _, err := d.do(r.Op, r.Name, r.Seq); err != nil {
			return fmt.Errorf("step %d (%s): %w", r.Seq, r.Op.Kind, err)
		}
	}
	slices.Reverse(undone)
	d.undone = undone
	return nil
}

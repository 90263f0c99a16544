package beat

import (
	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids/coverage/policy"
)

// Gap is a part of a street that nobody walked, to be drawn.
type Gap struct {
	Street uuid.UUID
	Span
	Line orb.LineString // longitude/latitude; its ends are where the walks end
}

// Gaps is what nobody walked of a street on any day from the first up to,
// without, end. With what was walked they are the whole street to the
// centimetre. Ends of a few metres come of corners and of dead ends that
// nobody walks to the last wall; whoever draws a map leaves out what is short.
func (n *Network) Gaps(w Walked, street uuid.UUID, first, end policy.Day) []Gap {
	var out []Gap
	for _, s := range w.On(street, first, end).Missing(Span{0, n.Length(street)}) {
		out = append(out, n.Lines(street, s)...)
	}
	return out
}

// Lines draws a span of a street: one line for each part of the street that it
// touches, cut exactly where the span begins and ends.
func (n *Network) Lines(street uuid.UUID, s Span) []Gap {
	i, ok := n.index(street)
	if !ok {
		return nil
	}
	var out []Gap
	for k := range n.courses[i].parts {
		p := &n.courses[i].parts[k]
		for _, c := range (Spans{s}).Within(p.span()) {
			out = append(out, Gap{street, c, p.line(c)})
		}
	}
	return out
}

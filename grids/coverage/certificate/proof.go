package certificate

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// ProofFormat is the version of the proof's form.
const ProofFormat = "gridward-coverage-proof/1"

// Leaf is an obligation with its way up to the certificate's root.
type Leaf struct {
	Obligation
	Index int
	Path  []Digest // RFC 6962's audit path, from the sibling upwards
}

// Proof is all that a certificate holds of one place. Its neighbours show that
// nothing was left out: each is nil only where the list begins or ends.
type Proof struct {
	Certificate Certificate
	Place       uuid.UUID
	Before      *Leaf  // the last obligation of the places before it
	Obligations []Leaf // in order; none where the place has none
	After       *Leaf  // the first obligation of the places after it
}

// Absent reports a proof that the place has no obligation in the certificate.
func (p *Proof) Absent() bool { return len(p.Obligations) == 0 }

// Prove shows what a certificate says of a place, or that it says nothing. The
// leaves must be those that the certificate was issued for.
func Prove(c *Certificate, leaves *Leaves, place uuid.UUID) (*Proof, error) {
	if err := c.Agrees(leaves); err != nil {
		return nil, fmt.Errorf("prove place %s: these are not the certificate's obligations: %w", place, err)
	}
	first, end := leaves.of(place)
	p := &Proof{Certificate: *c, Place: place}
	p.Certificate.Statement = c.Statement.inOrder()
	for i := max(first-1, 0); i < min(end+1, leaves.Len()); i++ {
		path, err := leaves.path(i)
		if err != nil {
			return nil, fmt.Errorf("prove place %s: leaf %d: %w", place, i, err)
		}
		leaf := Leaf{leaves.obligations[i], i, path}
		switch {
		case i < first:
			p.Before = &leaf
		case i < end:
			p.Obligations = append(p.Obligations, leaf)
		default:
			p.After = &leaf
		}
	}
	return p, nil
}

// Encode is the document.
func (p *Proof) Encode() []byte {
	obligations := list{}
	for i := range p.Obligations {
		obligations = append(obligations, p.Obligations[i].tree())
	}
	neighbour := func(l *Leaf) any {
		if l == nil {
			return nil
		}
		return l.tree()
	}
	return appendCanonical(nil, object{"format": ProofFormat, "certificate": p.Certificate.tree(), "place": p.Place.String(),
		"before": neighbour(p.Before), "obligations": obligations, "after": neighbour(p.After)})
}

// CheckProof reads a proof and holds it, and the certificate in it, to
// everything that can be known from its bytes. Keys and errors are as with [Check].
// It proves what it says of its own Place: whoever asked about a place compares,
// since a true proof about another is a true proof.
func CheckProof(raw []byte, trusted ...ed25519.PublicKey) (*Proof, error) {
	v, f := parse(raw)
	if err := f.err(); err != nil {
		return nil, err
	}
	p := proofOf(v, &f)
	if err := f.err(); err != nil {
		return nil, err
	}
	sameBytes(raw, p.Encode(), &f)
	f = append(f, p.Certificate.faults("certificate", trusted)...)
	f = append(f, p.leafFaults()...)
	f = append(f, p.runFaults()...)
	if !f.all(UnknownKey) {
		return nil, f
	}
	return p, f.err()
}

func proofOf(v any, f *Faults) *Proof {
	m := fieldsOf(v, "", f, "format", "certificate", "place", "before", "obligations", "after")
	if got := m.text("format"); got != ProofFormat {
		m.wrong("format", ProofFormat)
	}
	p := &Proof{Place: m.id("place")}
	if c, ok := m.of["certificate"]; ok {
		p.Certificate = *certificateOf(c, "certificate", f)
	}
	for i, o := range m.list("obligations") {
		p.Obligations = append(p.Obligations, leafOf(o, element("obligations", i), f))
	}
	neighbour := func(name string) *Leaf {
		v, ok := m.of[name]
		if !ok || v == nil {
			return nil
		}
		l := leafOf(v, name, f)
		return &l
	}
	p.Before, p.After = neighbour("before"), neighbour("after")
	return p
}

// shown is a leaf with its name in the document, and on which side of the
// proof's place its own place must lie.
type shown struct {
	*Leaf
	where string
	side  int
}

// run is every leaf that is shown, in order.
func (p *Proof) run() []shown {
	var out []shown
	if p.Before != nil {
		out = append(out, shown{p.Before, "before", -1})
	}
	for i := range p.Obligations {
		out = append(out, shown{&p.Obligations[i], element("obligations", i), 0})
	}
	if p.After != nil {
		out = append(out, shown{p.After, "after", 1})
	}
	return out
}

// leafFaults hold each leaf to the root, and all of them to the counts: a
// certificate without an overdue obligation cannot have one to show.
func (p *Proof) leafFaults() Faults {
	var f Faults
	s := &p.Certificate.Statement
	var counts Counts
	for _, l := range p.run() {
		wrong := l.faults(l.where)
		f = append(f, wrong...)
		if len(wrong) > 0 {
			continue // it has no bytes to hash
		}
		if err := included(&l.Obligation, l.Index, s.Obligations, l.Path, s.Root); err != nil {
			f.add(NotIncluded, l.where, "%v", err)
		}
		*counts.of(l.State)++
		if !slices.Contains(s.Duties, l.Duty) {
			f.add(WrongValue, member(l.where, "duty"), "%q is none of the certificate's duties", l.Duty)
		}
	}
	for _, state := range allStates {
		if has, said := *counts.of(state), *s.Counts.of(state); has > said {
			f.add(WrongCounts, "certificate.statement.counts."+string(state), "it is %d, and the proof shows %d", said, has)
		}
	}
	return f
}

// runFaults hold the leaves to being all that there is around the place: they
// follow each other without a gap, from a place before it, or the first leaf, to
// a place after it, or the last.
func (p *Proof) runFaults() Faults {
	var f Faults
	run := p.run()
	size := p.Certificate.Statement.Obligations
	for i, l := range run {
		if side := bytes.Compare(l.Place[:], p.Place[:]); side != l.side {
			f.add(WrongOrder, l.where, "place %s lies %s place %s, and must lie %s", l.Place, sideName(side), p.Place, sideName(l.side))
		}
		if i == 0 {
			continue
		}
		if l.Index != run[i-1].Index+1 {
			f.add(NotAdjacent, l.where, "index %d does not follow %d", l.Index, run[i-1].Index)
		}
		if l.compare(&run[i-1].Obligation) <= 0 {
			f.add(WrongOrder, l.where, "it does not come after the one before it")
		}
	}
	switch {
	case len(run) == 0 && size > 0:
		f.add(NotAdjacent, "", "no leaf is shown, and the certificate has %d", size)
	case len(run) > 0 && p.Before == nil && run[0].Index != 0:
		f.add(NotAdjacent, "before", "no leaf is shown before index %d", run[0].Index)
	}
	if last := len(run) - 1; last >= 0 && p.After == nil && run[last].Index != size-1 {
		f.add(NotAdjacent, "after", "no leaf is shown after index %d of %d", run[last].Index, size)
	}
	return f
}

func sideName(side int) string {
	return [...]string{"before", "at", "after"}[side+1]
}

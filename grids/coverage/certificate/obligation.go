package certificate

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// State is where an obligation stood, by its name. What is not due is no
// obligation and has no leaf.
type State string

// The states.
const (
	Met       State = "met"
	Attempted State = "attempted"
	Open      State = "open"
	Overdue   State = "overdue"
	Excused   State = "excused"
	Disputed  State = "disputed"
)

var allStates = []State{Met, Attempted, Open, Overdue, Excused, Disputed}

// Obligation is a place, a duty and a period with what became of it: a leaf.
type Obligation struct {
	Place         uuid.UUID
	Duty          string // such as class-1
	Period        string // such as 2026-10 or 2026-H2
	State         State
	Visit         uuid.UUID // that met it; zero unless it is met
	HolderAtVisit string    // 12 digits, the unit that held the duty then; empty where unknown or unmet
	HolderAtClose string    // 12 digits, the unit that held it at the end; empty where unknown
	Category      string
}

const (
	leafVersion = 1
	mostText    = 200 // bytes of any text, so that a length always fits into two
)

// texts are the obligation's in the order of the encoding.
func (o *Obligation) texts() [6]string {
	return [6]string{o.Duty, o.Period, string(o.State), o.HolderAtVisit, o.HolderAtClose, o.Category}
}

// append encodes an obligation that has no faults.
func (o *Obligation) append(b []byte) []byte {
	b = append(b, leafVersion)
	b = append(b, o.Place[:]...)
	b = append(b, o.Visit[:]...)
	for _, s := range o.texts() {
		b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	return b
}

// Encode is the leaf's bytes: what the tree hashes. Different obligations have
// different bytes.
func (o Obligation) Encode() ([]byte, error) {
	if err := o.faults("").err(); err != nil {
		return nil, fmt.Errorf("encode the obligation of place %s: %w", o.Place, err)
	}
	return o.append(nil), nil
}

// DecodeObligation reads what [Obligation.Encode] wrote, and nothing else.
func DecodeObligation(raw []byte) (Obligation, error) {
	var o Obligation
	if len(raw) < 1+2*len(o.Place) {
		return Obligation{}, fmt.Errorf("decode an obligation: %d bytes are too few", len(raw))
	}
	if raw[0] != leafVersion {
		return Obligation{}, fmt.Errorf("decode an obligation: version %d, want %d", raw[0], leafVersion)
	}
	raw = raw[1:]
	raw = raw[copy(o.Place[:], raw):]
	raw = raw[copy(o.Visit[:], raw):]
	var texts [6]string
	for i := range texts {
		if len(raw) < 2 || len(raw)-2 < int(binary.BigEndian.Uint16(raw)) {
			return Obligation{}, fmt.Errorf("decode an obligation: it ends within text %d of %d", i+1, len(texts))
		}
		end := 2 + int(binary.BigEndian.Uint16(raw))
		texts[i], raw = string(raw[2:end]), raw[end:]
	}
	if len(raw) > 0 {
		return Obligation{}, fmt.Errorf("decode an obligation: %d bytes follow it", len(raw))
	}
	o.Duty, o.Period, o.State = texts[0], texts[1], State(texts[2])
	o.HolderAtVisit, o.HolderAtClose, o.Category = texts[3], texts[4], texts[5]
	if err := o.faults("").err(); err != nil {
		return Obligation{}, fmt.Errorf("decode an obligation: %w", err)
	}
	return o, nil
}

// compare orders leaves, and is nought only for two of the same obligation.
func (o *Obligation) compare(p *Obligation) int {
	if c := bytes.Compare(o.Place[:], p.Place[:]); c != 0 {
		return c // nearly always: the texts are only looked at where they matter
	}
	return cmp.Or(strings.Compare(o.Duty, p.Duty), strings.Compare(o.Period, p.Period))
}

// faults are what makes an obligation none.
func (o *Obligation) faults(where string) Faults {
	var f Faults
	check := func(name string, err error) {
		if err != nil {
			f.add(WrongValue, member(where, name), "%v", err)
		}
	}
	check("duty", plain(o.Duty))
	check("period", plain(o.Period))
	check("category", plain(o.Category))
	if !slices.Contains(allStates, o.State) {
		f.add(WrongValue, member(where, "state"), "%q is none of %v", o.State, allStates)
	}
	switch met := o.State == Met; {
	case met && o.Visit == uuid.Nil:
		f.add(WrongValue, member(where, "visit"), "it is met, and by no visit")
	case !met && o.Visit != uuid.Nil:
		f.add(WrongValue, member(where, "visit"), "visit %s met it, and it is %s", o.Visit, o.State)
	case !met && o.HolderAtVisit != "":
		f.add(WrongValue, member(where, "holder_at_visit"), "no visit met it, and %s held it then", o.HolderAtVisit)
	}
	for _, h := range [...]struct{ name, code string }{{"holder_at_visit", o.HolderAtVisit}, {"holder_at_close", o.HolderAtClose}} {
		if h.code != "" {
			check(h.name, digits(h.code, 12))
		}
	}
	return f
}

// plain says why a text is none that a certificate may hold: what a reader
// cannot see must not make two texts differ.
func plain(s string) error {
	switch {
	case s == "":
		return errors.New("it is empty")
	case len(s) > mostText:
		return fmt.Errorf("%d bytes are more than %d", len(s), mostText)
	case !utf8.ValidString(s):
		return fmt.Errorf("%q is not UTF-8", s)
	case strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("%q has a control character", s)
	}
	return nil
}

func digits(s string, n int) error {
	if len(s) != n || strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return fmt.Errorf("%q has not %d digits", s, n)
	}
	return nil
}

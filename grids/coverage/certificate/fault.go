package certificate

import (
	"fmt"
	"slices"
	"strings"
)

// Flaw is a kind of thing that can be wrong with a document. It is an error, so
// that errors.Is(err, WrongSignature) asks whether it is among the faults.
type Flaw string

// The flaws of any document.
const (
	TooLarge     Flaw = "too_large"
	NotJSON      Flaw = "not_json"
	DuplicateKey Flaw = "duplicate_key" // two members of one name: readers would disagree about which counts
	UnknownField Flaw = "unknown_field"
	MissingField Flaw = "missing_field"
	WrongValue   Flaw = "wrong_value"   // of the wrong type or form, or impossible beside the others
	NotCanonical Flaw = "not_canonical" // says what it may say, in other bytes
)

// The flaws of a certificate.
const (
	WrongCounts    Flaw = "wrong_counts"   // figures that do not add up, or that the obligations contradict
	WrongComplete  Flaw = "wrong_complete" // complete, and its own counts say otherwise
	WrongKey       Flaw = "wrong_key"      // the key id is not that of the public key
	WrongSignature Flaw = "wrong_signature"
	UnknownKey     Flaw = "unknown_key" // alone: all else is right, the signature too
)

// The flaws of a proof.
const (
	NotIncluded Flaw = "not_included" // the audit path does not lead from the leaf to the root
	NotAdjacent Flaw = "not_adjacent" // something may lie between two leaves, or beyond the last
	WrongOrder  Flaw = "wrong_order"  // a leaf lies where one of its place cannot
)

func (f Flaw) Error() string { return strings.ReplaceAll(string(f), "_", " ") }

// Fault is one thing that is wrong, and where.
type Fault struct {
	Flaw  Flaw
	Where string // such as statement.counts.met; empty for the document as a whole
	Why   string
}

func (f Fault) Error() string {
	if f.Where == "" {
		return fmt.Sprintf("%s: %s", f.Flaw.Error(), f.Why)
	}
	return fmt.Sprintf("%s at %s: %s", f.Flaw.Error(), f.Where, f.Why)
}

// Unwrap is the flaw.
func (f Fault) Unwrap() error { return f.Flaw }

// Faults is everything that is wrong with a document, and the only error that
// [Check] and [CheckProof] return.
type Faults []Fault

func (f Faults) Error() string {
	words := make([]string, len(f))
	for i := range f {
		words[i] = f[i].Error()
	}
	return strings.Join(words, "; ")
}

// Unwrap is each fault.
func (f Faults) Unwrap() []error {
	out := make([]error, len(f))
	for i := range f {
		out[i] = f[i]
	}
	return out
}

func (f *Faults) add(flaw Flaw, where, format string, args ...any) {
	*f = append(*f, Fault{flaw, where, fmt.Sprintf(format, args...)})
}

// err is the faults as an error, nil when there is none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// all reports whether there is no fault but those of one flaw.
func (f Faults) all(flaw Flaw) bool {
	return !slices.ContainsFunc(f, func(x Fault) bool { return x.Flaw != flaw })
}

// member is the name of a document's part inside another.
func member(where, name string) string {
	if where == "" {
		return name
	}
	return where + "." + name
}

func element(where string, i int) string { return fmt.Sprintf("%s[%d]", where, i) }

package certificate

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// signedPrefix stands before every statement that is signed.
const signedPrefix = "gridward/coverage-certificate/1\x00"

// Certificate is a statement that somebody answers for.
type Certificate struct {
	Statement Statement
	Signature [ed25519.SignatureSize]byte
	PublicKey [ed25519.PublicKeySize]byte
}

// Issue signs a statement about obligations. It fills in the format, the number
// of leaves, the root and the key's id, puts lists in order and cuts instants to
// microseconds; what else it finds wrong, or at odds with the obligations, it
// does not sign, and the error is [Faults].
func Issue(s Statement, leaves *Leaves, key ed25519.PrivateKey) (*Certificate, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("sign the certificate of %s: a private key of %d bytes, want %d", s.Unit, len(key), ed25519.PrivateKeySize)
	}
	public := key.Public().(ed25519.PublicKey)
	s = s.inOrder()
	s.Format, s.Obligations, s.Root, s.KeyID = Format, leaves.Len(), leaves.Root(), KeyID(public)
	f := append(s.faults("statement"), s.leafFaults("statement", leaves)...)
	if err := f.err(); err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: %w", s.Unit, err)
	}
	c := &Certificate{Statement: s, PublicKey: [ed25519.PublicKeySize]byte(public)}
	c.Signature = [ed25519.SignatureSize]byte(ed25519.Sign(key, c.signed()))
	// What is signed goes out into the world: it is read once as its readers will.
	if _, err := Check(c.Encode(), public); err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: what was signed does not stand: %w", s.Unit, err)
	}
	return c, nil
}

// leafFaults are where a statement and the obligations contradict each other.
func (s *Statement) leafFaults(where string, leaves *Leaves) Faults {
	var f Faults
	got := leaves.Counts()
	for _, state := range allStates {
		if said, is := *s.Counts.of(state), *got.of(state); said != is {
			f.add(WrongCounts, member(where, "counts."+string(state)), "the statement says %d, and %d obligations are", said, is)
		}
	}
	for _, duty := range slices.Sorted(maps.Keys(leaves.duties)) {
		if !slices.Contains(s.Duties, duty) {
			f.add(WrongValue, member(where, "duties"), "place %s owes %q, which is not among them", leaves.duties[duty], duty)
		}
	}
	return f
}

// Agrees says how a certificate and a full list of obligations differ: the
// check for whoever holds them all. The error is [Faults].
func (c *Certificate) Agrees(leaves *Leaves) error {
	f := c.Statement.leafFaults("statement", leaves)
	if c.Statement.Root != leaves.Root() {
		f.add(NotIncluded, "statement.root", "it is %s, and the obligations give %s", c.Statement.Root, leaves.Root())
	}
	if c.Statement.Obligations != leaves.Len() {
		f.add(WrongCounts, "statement.obligations", "it is %d, and there are %d", c.Statement.Obligations, leaves.Len())
	}
	return f.err()
}

// signed is what the signature is on.
func (c *Certificate) signed() []byte {
	return appendCanonical([]byte(signedPrefix), c.Statement.tree())
}

// Encode is the document.
func (c *Certificate) Encode() []byte { return appendCanonical(nil, c.tree()) }

// Check reads a certificate and holds it to everything that can be known from
// its bytes. Trusted are the keys that the reader accepts; without any, nothing
// is trusted. The error is [Faults], all that was found; the certificate is
// returned where there are none, and beside a lone [UnknownKey], so that it can
// be shown with that warning.
func Check(raw []byte, trusted ...ed25519.PublicKey) (*Certificate, error) {
	v, f := parse(raw)
	if err := f.err(); err != nil {
		return nil, err
	}
	c := certificateOf(v, "", &f)
	if err := f.err(); err != nil {
		return nil, err
	}
	sameBytes(raw, c.Encode(), &f)
	f = append(f, c.faults("", trusted)...)
	if !f.all(UnknownKey) {
		return nil, f
	}
	return c, f.err()
}

// faults are all that is wrong with a certificate of the right form.
func (c *Certificate) faults(where string, trusted []ed25519.PublicKey) Faults {
	s := &c.Statement
	f := s.faults(member(where, "statement"))
	key := ed25519.PublicKey(c.PublicKey[:])
	if want := KeyID(key); s.KeyID != want {
		f.add(WrongKey, member(where, "statement.key_id"), "it is %q, and that of the public key is %s", s.KeyID, want)
	}
	fits := ed25519.Verify(key, c.signed(), c.Signature[:])
	if !fits {
		f.add(WrongSignature, member(where, "signature"), "the public key did not sign this statement: it was changed, or signed by another")
	}
	if !slices.ContainsFunc(trusted, func(k ed25519.PublicKey) bool { return bytes.Equal(k, key) }) {
		how := "it did not sign this, and"
		if fits {
			how = "it signed this, but"
		}
		f.add(UnknownKey, member(where, "public_key"), "%s key %s is none of the %d that are trusted", how, KeyID(key), len(trusted))
	}
	return f
}

func (c *Certificate) tree() object {
	return object{
		"statement":  c.Statement.tree(),
		"signature":  hex.EncodeToString(c.Signature[:]),
		"public_key": hex.EncodeToString(c.PublicKey[:]),
	}
}

func certificateOf(v any, where string, f *Faults) *Certificate {
	m := fieldsOf(v, where, f, "statement", "signature", "public_key")
	c := &Certificate{}
	if s, ok := m.of["statement"]; ok {
		c.Statement = statementOf(s, m.at("statement"), f)
	}
	c.Signature = [ed25519.SignatureSize]byte(m.bytes("signature", ed25519.SignatureSize))
	c.PublicKey = [ed25519.PublicKeySize]byte(m.bytes("public_key", ed25519.PublicKeySize))
	return c
}

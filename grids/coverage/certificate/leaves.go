package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"

	"github.com/google/uuid"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// Digest is a SHA-256 hash.
type Digest [sha256.Size]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

var (
	hasher = rfc6962.DefaultHasher
	ranges = &compact.RangeFactory{Hash: hasher.HashChildren}
)

// Leaves are all obligations of a certificate in order, with their tree: made
// once, it proves any number of places. It is read by many at a time.
type Leaves struct {
	obligations []Obligation
	levels      [][]byte // hashes of the perfect subtrees, by height and then from the left, one after another
	root        Digest
	counts      Counts
	duties      map[string]uuid.UUID // each with the first place that owes it
}

// NewLeaves orders obligations, in whatever order they come, and builds the tree.
// The same obligation twice is an error. Without any, the root is RFC 6962's of
// the empty tree.
func NewLeaves(obligations []Obligation) (*Leaves, error) {
	l := &Leaves{obligations: slices.Clone(obligations), duties: map[string]uuid.UUID{}}
	slices.SortFunc(l.obligations, func(a, b Obligation) int { return a.compare(&b) })
	tree := ranges.NewEmptyRange(0)
	var leaf []byte
	for i := range l.obligations {
		o := &l.obligations[i]
		if err := o.faults("").err(); err != nil {
			return nil, fmt.Errorf("obligation of place %s, duty %q, period %q: %w", o.Place, o.Duty, o.Period, err)
		}
		if i > 0 && o.compare(&l.obligations[i-1]) == 0 {
			return nil, fmt.Errorf("obligation of place %s, duty %q, period %q is there twice", o.Place, o.Duty, o.Period)
		}
		*l.counts.of(o.State)++
		if _, ok := l.duties[o.Duty]; !ok {
			l.duties[o.Duty] = o.Place
		}
		leaf = o.append(leaf[:0])
		if err := tree.Append(hasher.HashLeaf(leaf), l.keep); err != nil {
			return nil, fmt.Errorf("build the tree: %w", err)
		}
	}
	root, err := tree.GetRootHash(nil)
	if err != nil {
		return nil, fmt.Errorf("build the tree: %w", err)
	}
	if root == nil {
		root = hasher.EmptyRoot()
	}
	l.root = Digest(root)
	return l, nil
}

// keep stores a node as the tree grows; those of a height come from the left.
func (l *Leaves) keep(id compact.NodeID, hash []byte) {
	if int(id.Level) == len(l.levels) {
		l.levels = append(l.levels, make([]byte, 0, len(l.obligations)>>id.Level*len(hash)))
	}
	l.levels[id.Level] = append(l.levels[id.Level], hash...)
}

// Len is how many obligations there are.
func (l *Leaves) Len() int { return len(l.obligations) }

// At is the obligation of an index, in the tree's order.
func (l *Leaves) At(i int) Obligation { return l.obligations[i] }

// Root is the tree's root hash.
func (l *Leaves) Root() Digest { return l.root }

// Counts are the obligations by state.
func (l *Leaves) Counts() Counts { return l.counts }

// of are the indexes of a place's obligations: from first up to end. They are
// equal where it has none, and say where they would be.
func (l *Leaves) of(place uuid.UUID) (first, end int) {
	at := func(least int) int {
		return sort.Search(len(l.obligations), func(i int) bool {
			return bytes.Compare(l.obligations[i].Place[:], place[:]) >= least
		})
	}
	return at(0), at(1)
}

// path is the audit path of a leaf, from its sibling upwards.
func (l *Leaves) path(index int) ([]Digest, error) {
	nodes, err := proof.Inclusion(uint64(index), uint64(len(l.obligations)))
	if err != nil {
		return nil, err
	}
	hashes := make([][]byte, len(nodes.IDs))
	for i, id := range nodes.IDs {
		from := int(id.Index) * len(Digest{})
		hashes[i] = l.levels[id.Level][from : from+len(Digest{}) : from+len(Digest{})]
	}
	if hashes, err = nodes.Rehash(hashes, hasher.HashChildren); err != nil {
		return nil, err
	}
	path := make([]Digest, len(hashes))
	for i, h := range hashes {
		path[i] = Digest(h)
	}
	return path, nil
}

// included says why a leaf is not the one of an index under a root.
func included(o *Obligation, index, size int, path []Digest, root Digest) error {
	hashes := make([][]byte, len(path))
	for i := range path {
		hashes[i] = path[i][:]
	}
	got, err := proof.RootFromInclusionProof(hasher, uint64(index), uint64(size), hasher.HashLeaf(o.append(nil)), hashes)
	if err != nil {
		return err
	}
	if Digest(got) != root {
		return fmt.Errorf("it leads to root %x, the certificate has %s", got, root)
	}
	return nil
}

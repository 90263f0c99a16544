package certificate_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gridward/grids/coverage/certificate"
)

// naiveRoot and naivePath are RFC 6962, section 2.1, word for word.
func naiveRoot(leaves [][]byte) []byte {
	var sum [sha256.Size]byte
	switch n := len(leaves); n {
	case 0:
		sum = sha256.Sum256(nil)
	case 1:
		sum = sha256.Sum256(append([]byte{0}, leaves[0]...))
	default:
		k := split(n)
		sum = sha256.Sum256(slices.Concat([]byte{1}, naiveRoot(leaves[:k]), naiveRoot(leaves[k:])))
	}
	return sum[:]
}

func naivePath(m int, leaves [][]byte) [][]byte {
	n := len(leaves)
	if n == 1 {
		return nil
	}
	if k := split(n); m < k {
		return append(naivePath(m, leaves[:k]), naiveRoot(leaves[k:]))
	} else {
		return append(naivePath(m-k, leaves[k:]), naiveRoot(leaves[:k]))
	}
}

// split is the largest power of two below n.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

// encoded are obligations in order, each as its bytes; the order is the test's own.
func encoded(t testing.TB, obligations []certificate.Obligation) ([]certificate.Obligation, [][]byte) {
	t.Helper()
	sorted := slices.Clone(obligations)
	slices.SortFunc(sorted, func(a, b certificate.Obligation) int {
		return cmp.Or(strings.Compare(a.Place.String(), b.Place.String()), strings.Compare(a.Duty, b.Duty), strings.Compare(a.Period, b.Period))
	})
	var out [][]byte
	for _, o := range sorted {
		raw, err := o.Encode()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return sorted, out
}

func TestTreesAreRFC6962(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 1000} {
		obligations := randomObligations(r, n)
		sorted, raw := encoded(t, obligations)
		c, l := issued(t, obligations)
		if root := l.Root(); l.Len() != n || !bytes.Equal(root[:], naiveRoot(raw)) {
			t.Fatalf("%d leaves: %d with root %s, want %x", n, l.Len(), root, naiveRoot(raw))
		}
		for i, o := range sorted {
			if l.At(i) != o {
				t.Fatalf("%d leaves: %d is %+v, want %+v", n, i, l.At(i), o)
			}
			if n > 100 && i%97 > 0 && i < n-2 {
				continue
			}
			p, err := certificate.Prove(c, l, o.Place)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(p.Obligations, func(l certificate.Leaf) bool { return l.Obligation == o })
			if at < 0 || p.Obligations[at].Index != i {
				t.Fatalf("%d leaves: %+v is not in %+v", n, o, p.Obligations)
			}
			var got []string
			for _, h := range p.Obligations[at].Path {
				got = append(got, h.String())
			}
			var want []string
			for _, h := range naivePath(i, raw) {
				want = append(want, hex.EncodeToString(h))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%d leaves: path of %d is %v, want %v", n, i, got, want)
			}
		}
	}
}

func TestLeavesInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		obligations := randomObligations(r, 1+r.IntN(60))
		before := slices.Clone(obligations)
		a, err := certificate.NewLeaves(obligations)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(before, obligations) {
			t.Fatal("the caller's list was put in order")
		}
		r.Shuffle(len(obligations), func(i, j int) { obligations[i], obligations[j] = obligations[j], obligations[i] })
		b, err := certificate.NewLeaves(obligations)
		if err != nil {
			t.Fatal(err)
		}
		if a.Root() != b.Root() || a.Counts() != b.Counts() {
			t.Fatal("the order of obligations changes the certificate")
		}
		other := slices.Clone(obligations)
		i := r.IntN(len(other))
		other[i].Category += "x"
		if c, err := certificate.NewLeaves(other); err != nil || c.Root() == a.Root() {
			t.Fatalf("another category and the same root: %v", err)
		}
		twice := append(obligations, obligations[i])
		twice[len(twice)-1].Category += "x" // the same place, duty and period all the same
		if _, err := certificate.NewLeaves(twice); err == nil || !strings.Contains(err.Error(), "twice") || !strings.Contains(err.Error(), fmt.Sprint(obligations[i].Place)) {
			t.Fatalf("one obligation twice: %v", err)
		}
	})
}

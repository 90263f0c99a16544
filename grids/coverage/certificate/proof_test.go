package certificate_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/coverage/certificate"
)

func TestProveAndCheck(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 9))
		obligations := randomObligations(r, r.IntN(50))
		c, l := issued(t, obligations)
		place := randomID(r)
		switch r.IntN(4) {
		case 0: // anywhere: almost always without obligations
		case 1:
			place = uuid.UUID{} // before all
		case 2:
			place = uuid.UUID(bytes.Repeat([]byte{0xff}, 16)) // after all
		default:
			if len(obligations) > 0 {
				place = obligations[r.IntN(len(obligations))].Place
			}
		}
		raw := proven(t, c, l, place)
		if !bytes.Equal(raw, write(t, read(t, raw))) {
			rt.Fatalf("another writer of canonical JSON would write %s otherwise", raw)
		}
		p, err := certificate.CheckProof(raw, public(seeded(1)))
		if err != nil {
			rt.Fatal(err)
		}
		var want, got []certificate.Obligation
		for _, o := range obligations {
			if o.Place == place {
				want = append(want, o)
			}
		}
		for _, l := range p.Obligations {
			got = append(got, l.Obligation)
		}
		want, _ = encoded(t, want)
		if p.Place != place || !slices.Equal(got, want) || p.Absent() != (len(want) == 0) || !reflect.DeepEqual(&p.Certificate, c) {
			rt.Fatalf("place %s owes %+v, and the proof shows %+v", place, want, got)
		}
		p, err = certificate.CheckProof(raw, public(seeded(2)))
		wantFlaws(t, err, certificate.UnknownKey)
		if p == nil {
			rt.Fatal("signed rightly by an unknown key, it is not shown")
		}
		if other := leavesOf(t, randomObligations(r, 1+r.IntN(50))); other.Root() != l.Root() {
			if _, err := certificate.Prove(c, other, place); !errors.Is(err, certificate.NotIncluded) {
				rt.Fatalf("proved from another list: %v", err)
			}
		}
	})
}

// leafDoc is a leaf as a document has it, of a list in any order, its path the
// test's own.
func leafDoc(t testing.TB, list []certificate.Obligation, i int) doc {
	t.Helper()
	o := list[i]
	path := []any{}
	for _, h := range naivePath(i, rawOf(t, list)) {
		path = append(path, hex.EncodeToString(h))
	}
	orNull := func(s, null string) any {
		if s == null {
			return nil
		}
		return s
	}
	return doc{"index": i, "path": path, "place": o.Place.String(), "duty": o.Duty, "period": o.Period, "state": string(o.State), "category": o.Category,
		"visit": orNull(o.Visit.String(), uuid.Nil.String()), "holder_at_visit": orNull(o.HolderAtVisit, ""), "holder_at_close": orNull(o.HolderAtClose, "")}
}

func rawOf(t testing.TB, list []certificate.Obligation) [][]byte {
	t.Helper()
	var out [][]byte
	for _, o := range list {
		raw, err := o.Encode()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

// five places with their obligations, place 3 with three of them.
func fivePlaces() []certificate.Obligation {
	var out []certificate.Obligation
	for place, periods := range [][]string{1: {"2026-01"}, 2: {"2026-01"}, 3: {"2026-01", "2026-02", "2026-03"}, 4: {"2026-01"}, 5: {"2026-01"}} {
		for _, p := range periods {
			out = append(out, certificate.Obligation{Place: uuid.UUID{byte(place)}, Duty: "class-1", Period: p, State: certificate.Open, Category: "shop"})
		}
	}
	return out
}

// TestProofsThatHide are what a clever holder of the documents can put together
// from true leaves with true paths, and what an issuer can sign.
func TestProofsThatHide(t *testing.T) {
	t.Parallel()
	list := fivePlaces() // indexes 0, 1, 2–4, 5, 6
	c, l := issued(t, list)
	id := func(b byte) uuid.UUID { return uuid.UUID{b} }
	leaf := func(i int) doc { return leafDoc(t, list, i) }
	between := uuid.UUID{3, 1}
	for _, x := range []struct {
		name   string
		place  uuid.UUID
		forge  func(p doc)
		sealed bool
		want   []certificate.Flaw
	}{
		{"nothing", id(3), func(p doc) {}, false, nil},
		{"nothing, of the first", id(1), func(p doc) {}, false, nil},
		{"nothing, of the last", id(5), func(p doc) {}, false, nil},
		{"nothing, of none", between, func(p doc) {}, false, nil},
		{"the first left out", id(3), func(p doc) { p["obligations"] = []any{leaf(3), leaf(4)} }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"the middle left out", id(3), func(p doc) { p["obligations"] = []any{leaf(2), leaf(4)} }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"the last left out", id(3), func(p doc) { p["obligations"] = []any{leaf(2), leaf(3)} }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"all left out", id(3), func(p doc) { p["obligations"] = []any{} }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"nothing shown", id(3), func(p doc) { p["before"], p["obligations"], p["after"] = nil, []any{}, nil }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"the first left out, and what was before", id(3), func(p doc) { p["before"], p["obligations"] = nil, []any{leaf(3), leaf(4)} }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"the last left out, and what comes after", id(3), func(p doc) { p["after"], p["obligations"] = nil, []any{leaf(2), leaf(3)} }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"its own as neighbour before", id(3), func(p doc) { p["before"], p["obligations"] = leaf(2), []any{leaf(3), leaf(4)} }, false, []certificate.Flaw{certificate.WrongOrder}},
		{"its own as neighbour after", id(3), func(p doc) { p["after"], p["obligations"] = leaf(4), []any{leaf(2), leaf(3)} }, false, []certificate.Flaw{certificate.WrongOrder}},
		{"another's as its own", id(3), func(p doc) { p["before"], p["obligations"] = leaf(0), []any{leaf(1), leaf(2), leaf(3), leaf(4)} }, false, []certificate.Flaw{certificate.WrongOrder}},
		{"twice", id(3), func(p doc) { p["obligations"] = []any{leaf(2), leaf(2), leaf(3), leaf(4)} }, false, []certificate.Flaw{certificate.NotAdjacent, certificate.WrongOrder}},
		{"neighbours further off", between, func(p doc) { p["before"] = leaf(3) }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"absent, where it is another that is", between, func(p doc) { p["place"] = id(4).String() }, false, []certificate.Flaw{certificate.WrongOrder}},
		{"before the first, and not the first", uuid.Nil, func(p doc) { p["after"] = leaf(1) }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"after the last, and not the last", id(9), func(p doc) { p["before"] = leaf(5) }, false, []certificate.Flaw{certificate.NotAdjacent}},
		{"an index shifted", id(3), func(p doc) { p["after"].(doc)["index"] = 6 }, false, []certificate.Flaw{certificate.NotAdjacent, certificate.NotIncluded}},
		{"an index beyond", id(5), func(p doc) { p["obligations"].([]any)[0].(doc)["index"] = 7 }, false, []certificate.Flaw{certificate.NotAdjacent, certificate.NotIncluded}},
		{"met after all", id(1), func(p doc) {
			o := p["obligations"].([]any)[0].(doc)
			o["state"], o["visit"] = "met", id(9).String()
		}, false, []certificate.Flaw{certificate.NotIncluded, certificate.WrongCounts}},
		{"met by nothing", id(1), func(p doc) { p["obligations"].([]any)[0].(doc)["state"] = "met" }, false, []certificate.Flaw{certificate.WrongValue}},
		{"another holder", id(1), func(p doc) { p["obligations"].([]any)[0].(doc)["holder_at_close"] = "310113101000" }, false, []certificate.Flaw{certificate.NotIncluded}},
		{"another's path", id(1), func(p doc) { p["obligations"].([]any)[0].(doc)["path"] = leaf(1)["path"] }, false, []certificate.Flaw{certificate.NotIncluded}},
		{"a longer path", id(1), func(p doc) {
			o := p["obligations"].([]any)[0].(doc)
			o["path"] = append(o["path"].([]any), c.Statement.Root.String())
		}, false, []certificate.Flaw{certificate.NotIncluded}},
		{"a capital in a path", id(1), func(p doc) {
			o := p["obligations"].([]any)[0].(doc)
			o["path"].([]any)[0] = "A" + o["path"].([]any)[0].(string)[1:]
		}, false, []certificate.Flaw{certificate.WrongValue}},
		{"nothing as an empty text", id(1), func(p doc) { p["obligations"].([]any)[0].(doc)["holder_at_visit"] = "" }, false, []certificate.Flaw{certificate.WrongValue}},
		{"no visit as noughts", id(1), func(p doc) { p["obligations"].([]any)[0].(doc)["visit"] = uuid.Nil.String() }, false, []certificate.Flaw{certificate.WrongValue}},
		{"another format", id(1), func(p doc) { p["format"] = "gridward-coverage-proof/2" }, false, []certificate.Flaw{certificate.WrongValue}},
		{"an unknown field", id(1), func(p doc) { p["after"].(doc)["note"] = nil }, false, []certificate.Flaw{certificate.UnknownField}},
		{"a missing neighbour's field", id(1), func(p doc) { delete(p["after"].(doc), "visit") }, false, []certificate.Flaw{certificate.MissingField}},
		{"a missing neighbour", id(1), func(p doc) { delete(p, "before") }, false, []certificate.Flaw{certificate.MissingField}},
		{"no certificate", id(1), func(p doc) { delete(p, "certificate") }, false, []certificate.Flaw{certificate.MissingField}},
		{"issuer: all are met", id(3), func(p doc) {
			s := p["certificate"].(doc)["statement"].(doc)
			s["counts"].(doc)["met"], s["counts"].(doc)["open"], s["met"], s["complete"] = 7, 0, 7, true
		}, true, []certificate.Flaw{certificate.WrongCounts}},
		{"issuer: another duty", id(3), func(p doc) {
			p["certificate"].(doc)["statement"].(doc)["duties"] = []any{"class-2"}
		}, true, []certificate.Flaw{certificate.WrongValue}},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := read(t, proven(t, c, l, x.place))
			x.forge(p)
			if x.sealed {
				seal(t, p["certificate"].(doc), seeded(1))
			}
			_, err := certificate.CheckProof(write(t, p), public(seeded(1)))
			wantFlaws(t, err, x.want...)
		})
	}

	t.Run("issuer: out of order", func(t *testing.T) {
		unsorted := slices.Clone(list)
		unsorted[1], unsorted[6] = unsorted[6], unsorted[1] // place 5 where 2 was
		p := read(t, proven(t, c, l, id(3)))
		p["certificate"].(doc)["statement"].(doc)["root"] = hex.EncodeToString(naiveRoot(rawOf(t, unsorted)))
		seal(t, p["certificate"].(doc), seeded(1))
		p["before"], p["after"] = leafDoc(t, unsorted, 1), leafDoc(t, unsorted, 5)
		p["obligations"] = []any{leafDoc(t, unsorted, 2), leafDoc(t, unsorted, 3), leafDoc(t, unsorted, 4)}
		_, err := certificate.CheckProof(write(t, p), public(seeded(1)))
		wantFlaws(t, err, certificate.WrongOrder)

		// The list as the document has it is as wrong for whoever holds it all.
		cc := *c
		cc.Statement.Root = certificate.Digest(naiveRoot(rawOf(t, unsorted)))
		wantFlaws(t, cc.Agrees(l), certificate.NotIncluded)
	})

	t.Run("a proof under another certificate", func(t *testing.T) {
		other := fivePlaces()
		other[2].State = certificate.Overdue
		d, _ := issued(t, other)
		p := read(t, proven(t, c, l, id(3)))
		p["certificate"] = read(t, d.Encode())
		_, err := certificate.CheckProof(write(t, p), public(seeded(1)))
		wantFlaws(t, err, certificate.NotIncluded) // its counts allow six open ones
	})
}

// places are the ways to every value and member of a document.
func places(v any, way []any, out *[][]any) {
	if len(way) > 0 {
		*out = append(*out, slices.Clone(way))
	}
	switch v := v.(type) {
	case doc:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			places(v[name], append(way, name), out)
		}
	case []any:
		for i := range v {
			places(v[i], append(way, i), out)
		}
	}
}

// tampered changes what stands at a place into something else that could stand
// there, or takes it away, or moves it.
func tampered(t *rapid.T, v any) any {
	switch v := v.(type) {
	case string:
		i := rapid.IntRange(0, max(len(v)-1, 0)).Draw(t, "letter")
		b := []byte(v)
		switch {
		case len(b) == 0:
			return "310113101000"
		case b[i] == '0':
			b[i] = '1'
		default:
			b[i] = '0'
		}
		return rapid.SampledFrom([]any{string(b), v[:i], v + "0", nil}).Draw(t, "text")
	case json.Number:
		n, _ := strconv.Atoi(v.String())
		return rapid.SampledFrom([]any{n + 1, n - 1, nil, strconv.Itoa(n)}).Draw(t, "number")
	case bool:
		return rapid.SampledFrom([]any{!v, nil}).Draw(t, "bool")
	case nil:
		return rapid.SampledFrom([]any{true, false, 0, "310113101000", "01000000-0000-0000-0000-000000000000"}).Draw(t, "nothing")
	case []any:
		if len(v) == 0 {
			return []any{"class-1"}
		}
		i := rapid.IntRange(0, len(v)-1).Draw(t, "element")
		return rapid.SampledFrom([]any{slices.Delete(slices.Clone(v), i, i+1), slices.Insert(slices.Clone(v), i, v[i]), []any{}, nil}).
			Filter(func(x any) bool { return !reflect.DeepEqual(x, any(v)) }).Draw(t, "list")
	}
	return nil
}

func TestEveryFieldOfAProofCounts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 10))
	obligations := randomObligations(r, 30)
	c, l := issued(t, obligations)
	proofs := [][]byte{proven(t, c, l, obligations[0].Place), proven(t, c, l, randomID(r)), proven(t, c, l, l.At(0).Place), proven(t, c, l, l.At(29).Place), proven(t, c, l, uuid.Nil)}
	rapid.Check(t, func(rt *rapid.T) {
		d := read(t, proofs[rapid.IntRange(0, len(proofs)-1).Draw(rt, "proof")])
		var all [][]any
		places(d, nil, &all)
		way := rapid.SampledFrom(all).Draw(rt, "way")
		at := any(d)
		for _, step := range way[:len(way)-1] {
			if name, ok := step.(string); ok {
				at = at.(doc)[name]
			} else {
				at = at.([]any)[step.(int)]
			}
		}
		switch last := way[len(way)-1].(type) {
		case string:
			of := at.(doc)
			switch was := of[last]; rapid.IntRange(0, 9).Draw(rt, "how") {
			case 0:
				delete(of, last)
			case 1:
				delete(of, last)
				of[last+"x"] = was
			default:
				of[last] = tampered(rt, was)
			}
		case int:
			at.([]any)[last] = tampered(rt, at.([]any)[last])
		}
		raw := write(t, d)
		p, err := certificate.CheckProof(raw, public(seeded(1)))
		if p != nil && way[0] == "place" && p.Absent() && !slices.ContainsFunc(obligations, func(o certificate.Obligation) bool { return o.Place == p.Place }) {
			return // the same neighbours have this one between them too: a true proof of another place
		}
		if err == nil || p != nil {
			rt.Fatalf("%v was changed, and nothing said: %s", way, raw)
		}
		if c, ok := d["certificate"]; ok && way[0] == "certificate" && len(way) > 1 {
			if c, err := certificate.Check(write(t, c), public(seeded(1))); err == nil || c != nil {
				rt.Fatalf("%v was changed in the certificate, and nothing said: %s", way, raw)
			}
		}
	})
}

func TestEveryByteOfAProofCounts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 11))
	c, l := issued(t, randomObligations(r, 12))
	raw := proven(t, c, l, l.At(5).Place)
	inside := bytes.Index(raw, c.Encode())
	for i := range raw {
		if i >= inside && i < inside+len(c.Encode()) && i%8 > 0 {
			continue // its certificate has its own test
		}
		was := raw[i]
		raw[i] ^= byte(1 + r.IntN(255))
		if i%2 == 0 {
			raw[i] = was ^ 1 // most often another letter or digit
		}
		if got, err := certificate.CheckProof(raw, public(seeded(1))); err == nil || got != nil {
			t.Fatalf("byte %d was %q and is %q, and %v", i, was, raw[i], err)
		}
		raw[i] = was
	}
	for range 100 {
		i, n := r.IntN(len(raw)), 1+r.IntN(40)
		cut := slices.Delete(slices.Clone(raw), i, min(i+n, len(raw)))
		more := slices.Insert(slices.Clone(raw), i, raw[i:min(i+n, len(raw))]...)
		for _, x := range [][]byte{cut, more} {
			if got, err := certificate.CheckProof(x, public(seeded(1))); err == nil || got != nil {
				t.Fatalf("%d bytes at %d were taken or doubled, and %v", n, i, err)
			}
		}
	}
}

// FuzzCheck and FuzzCheckProof want that whatever is taken is written again as
// it was: no two documents say the same.
func FuzzCheck(f *testing.F) {
	for _, n := range []int{0, 1, 9} {
		c, _ := issued(f, randomObligations(rand.New(rand.NewPCG(12, 12)), n))
		f.Add(c.Encode())
	}
	f.Add([]byte(`{"statement":{"counts":{},"duties":[1],"plans":[{}],"policies":[null]},"signature":"","public_key":""}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := certificate.Check(raw, public(seeded(1)))
		if (c == nil) != (err != nil && !slices.Equal(flawsOf(t, err), []string{"unknown_key"})) {
			t.Fatalf("%v beside %v", c, err)
		}
		if c != nil && !bytes.Equal(c.Encode(), raw) {
			t.Fatalf("%s was taken for %s", raw, c.Encode())
		}
	})
}

func FuzzCheckProof(f *testing.F) {
	list := fivePlaces()
	c, l := issued(f, list)
	for _, place := range []uuid.UUID{{}, {1}, {3}, {3, 1}, {9}} {
		f.Add(proven(f, c, l, place))
	}
	none, l := issued(f, nil)
	f.Add(proven(f, none, l, uuid.UUID{1}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := certificate.CheckProof(raw, public(seeded(1)))
		if (p == nil) != (err != nil && !slices.Equal(flawsOf(t, err), []string{"unknown_key"})) {
			t.Fatalf("%v beside %v", p, err)
		}
		if p != nil && !bytes.Equal(p.Encode(), raw) {
			t.Fatalf("%s was taken for %s", raw, p.Encode())
		}
	})
}

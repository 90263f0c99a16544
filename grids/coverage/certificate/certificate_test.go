package certificate_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gridward/grids/coverage/certificate"
)

func TestIssueAndCheck(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 4))
		obligations := randomObligations(r, r.IntN(40))
		c, l := issued(t, obligations)
		raw := c.Encode()
		if !bytes.Equal(raw, write(t, read(t, raw))) {
			rt.Fatalf("another writer of canonical JSON would write %s otherwise", raw)
		}
		back, err := certificate.Check(raw, public(seeded(2)), public(seeded(1)))
		if err != nil || !reflect.DeepEqual(back, c) {
			rt.Fatalf("%+v came back as %+v: %v", c, back, err)
		}
		if err := back.Agrees(l); err != nil {
			rt.Fatal(err)
		}
		if len(obligations) > 0 {
			wantFlaws(t, back.Agrees(leavesOf(t, obligations[1:])), certificate.WrongCounts, certificate.NotIncluded)
		}
		back, err = certificate.Check(raw, public(seeded(2)))
		wantFlaws(t, err, certificate.UnknownKey)
		if !reflect.DeepEqual(back, c) {
			rt.Fatal("signed rightly by an unknown key, it is not shown")
		}
		_, err = certificate.Check(raw)
		wantFlaws(t, err, certificate.UnknownKey)
	})
}

// TestCertificateIsWritten holds the whole document to one that was given out.
func TestCertificateIsWritten(t *testing.T) {
	t.Parallel()
	c, l := issued(t, randomObligations(rand.New(rand.NewPCG(5, 5)), 20))
	for path, got := range map[string][]byte{"testdata/certificate.json": c.Encode(), "testdata/proof.json": proven(t, c, l, l.At(8).Place)} {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: now it would be\n%s\nand documents that were given out could not be read: that needs a new format", path, got)
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	obligations := randomObligations(rand.New(rand.NewPCG(6, 6)), 30)
	yes, seven := true, 7
	for _, c := range []struct {
		name  string
		spoil func(s *certificate.Statement)
		flaw  certificate.Flaw
		where string
	}{
		{"one met more than there are", func(s *certificate.Statement) { s.Counts.Met++; s.Met++; s.Due++; s.Total++ }, certificate.WrongCounts, "statement.counts.met"},
		{"one open as overdue", func(s *certificate.Statement) { s.Counts.Open--; s.Counts.Overdue++ }, certificate.WrongCounts, "statement.counts.overdue"},
		{"a negative count", func(s *certificate.Statement) { s.Counts.Open = -1 }, certificate.WrongCounts, "statement.counts.open"},
		{"the excused as due", func(s *certificate.Statement) { s.Due = s.Total }, certificate.WrongCounts, "statement.due"},
		{"another total", func(s *certificate.Statement) { s.Total++ }, certificate.WrongCounts, "statement.total"},
		{"another met", func(s *certificate.Statement) { s.Met-- }, certificate.WrongCounts, "statement.met"},
		{"complete", func(s *certificate.Statement) { s.Complete = &yes }, certificate.WrongComplete, "statement.complete"},
		{"undecided", func(s *certificate.Statement) { s.Complete = nil }, certificate.WrongComplete, "statement.complete"},
		{"a duty that is not named", func(s *certificate.Statement) { s.Duties = []string{"class-1"} }, certificate.WrongValue, "statement.duties"},
		{"no duty", func(s *certificate.Statement) { s.Duties = nil }, certificate.WrongValue, "statement.duties"},
		{"a duty twice", func(s *certificate.Statement) { s.Duties = append(s.Duties, "class-1") }, certificate.WrongValue, "statement.duties[1]"},
		{"no policy", func(s *certificate.Statement) { s.Policies = nil }, certificate.WrongValue, "statement.policies"},
		{"a policy from noon", func(s *certificate.Statement) { s.Policies[0].ValidFrom = s.Policies[0].ValidFrom.Add(12 * time.Hour) }, certificate.WrongValue, "statement.policies[1].valid_from"},
		{"a plan of no town", func(s *certificate.Statement) { s.Plans[0].Town = "310113" }, certificate.WrongValue, "statement.plans[0].town"},
		{"a plan twice", func(s *certificate.Statement) { s.Plans = append(s.Plans, s.Plans[0]) }, certificate.WrongValue, "statement.plans[1]"},
		{"a district of seven digits", func(s *certificate.Statement) { s.District = "3101130" }, certificate.WrongValue, "statement.district"},
		{"a unit of letters", func(s *certificate.Statement) { s.Unit = "31011310100x" }, certificate.WrongValue, "statement.unit"},
		{"no name", func(s *certificate.Statement) { s.UnitName = "" }, certificate.WrongValue, "statement.unit_name"},
		{"a negative class", func(s *certificate.Statement) { s.Class = -1 }, certificate.WrongValue, "statement.class"},
		{"no time", func(s *certificate.Statement) { s.AsOf = time.Time{} }, certificate.WrongValue, "statement.as_of"},
		{"known later than issued", func(s *certificate.Statement) { s.KnownAt = s.IssuedAt.Add(time.Microsecond) }, certificate.WrongValue, "statement.issued_at"},
		{"a negative gap", func(s *certificate.Statement) { seven = -7; s.LongestGapDays = &seven }, certificate.WrongCounts, "statement.longest_gap_days"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := statementOf(obligations)
			c.spoil(&s)
			_, err := certificate.Issue(s, leavesOf(t, obligations), seeded(1))
			var faults certificate.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("it was signed: %v", err)
			}
			for _, f := range faults {
				if f.Flaw == c.flaw && f.Where == c.where {
					return
				}
			}
			t.Errorf("no %s at %s: %v", c.flaw, c.where, err)
		})
	}
	none := statementOf(nil)
	none.LongestGapDays = &seven
	if _, err := certificate.Issue(none, leavesOf(t, nil), seeded(1)); !errors.Is(err, certificate.WrongCounts) {
		t.Errorf("a gap and nothing due: %v", err)
	}
	if _, err := certificate.Issue(statementOf(obligations), leavesOf(t, obligations), seeded(1)[:32]); err == nil {
		t.Error("signed with half a key")
	}
	mixed := append(bytes.Clone(seeded(1)[:32]), public(seeded(2))...)
	if _, err := certificate.Issue(statementOf(obligations), leavesOf(t, obligations), ed25519.PrivateKey(mixed)); !errors.Is(err, certificate.WrongSignature) {
		t.Errorf("signed with a key of two halves: %v", err)
	}
}

// TestCheckNamesTheFlaw changes one thing and wants to be told that thing alone.
// An issuer's mistake is signed after the change, a forger's is not.
func TestCheckNamesTheFlaw(t *testing.T) {
	t.Parallel()
	obligations := randomObligations(rand.New(rand.NewPCG(7, 7)), 30)
	issuedOne, _ := issued(t, obligations)
	raw := issuedOne.Encode()
	statement := func(c doc) doc { return c["statement"].(doc) }
	for _, c := range []struct {
		name   string
		change func(c doc)
		sealed bool
		want   []certificate.Flaw
	}{
		{"nothing", func(c doc) {}, true, nil},
		{"issuer: total", func(c doc) { statement(c)["total"] = 31 }, true, []certificate.Flaw{certificate.WrongCounts}},
		{"forger: total", func(c doc) { statement(c)["total"] = 31 }, false, []certificate.Flaw{certificate.WrongCounts, certificate.WrongSignature}},
		{"issuer: leaves", func(c doc) { statement(c)["obligations"] = 29 }, true, []certificate.Flaw{certificate.WrongCounts}},
		{"issuer: complete", func(c doc) { statement(c)["complete"] = true }, true, []certificate.Flaw{certificate.WrongComplete}},
		{"issuer: undecided", func(c doc) { statement(c)["complete"] = nil }, true, []certificate.Flaw{certificate.WrongComplete}},
		{"forger: name", func(c doc) { statement(c)["unit_name"] = "大场镇" }, false, []certificate.Flaw{certificate.WrongSignature}},
		{"forger: root", func(c doc) { statement(c)["root"] = strings.Repeat("00", 32) }, false, []certificate.Flaw{certificate.WrongSignature}},
		{"forger: signature", func(c doc) { c["signature"] = strings.Repeat("00", 64) }, false, []certificate.Flaw{certificate.WrongSignature}},
		{"key of another", func(c doc) { statement(c)["key_id"] = certificate.KeyID(public(seeded(2))) }, true, []certificate.Flaw{certificate.WrongKey}},
		{"public key of another", func(c doc) { c["public_key"] = strings.Repeat("11", 32) }, false, []certificate.Flaw{certificate.WrongKey, certificate.WrongSignature, certificate.UnknownKey}},
		{"signed by another", func(c doc) {
			statement(c)["key_id"] = certificate.KeyID(public(seeded(2)))
			seal(t, c, seeded(2))
		}, false, []certificate.Flaw{certificate.UnknownKey}},
		{"unknown field", func(c doc) { statement(c)["note"] = "" }, true, []certificate.Flaw{certificate.UnknownField}},
		{"unknown field outside", func(c doc) { c["note"] = "" }, true, []certificate.Flaw{certificate.UnknownField}},
		{"unknown state", func(c doc) { statement(c)["counts"].(doc)["lost"] = 0 }, true, []certificate.Flaw{certificate.UnknownField}},
		{"missing field", func(c doc) { delete(statement(c), "plans") }, true, []certificate.Flaw{certificate.MissingField}},
		{"missing statement", func(c doc) { delete(c, "statement") }, false, []certificate.Flaw{certificate.MissingField}},
		{"missing signature", func(c doc) { delete(c, "signature") }, false, []certificate.Flaw{certificate.MissingField}},
		{"a text for a number", func(c doc) { statement(c)["class"] = "1" }, true, []certificate.Flaw{certificate.WrongValue}},
		{"null for a list", func(c doc) { statement(c)["plans"] = nil }, true, []certificate.Flaw{certificate.WrongValue}},
		{"a list for an object", func(c doc) { statement(c)["counts"] = []any{} }, true, []certificate.Flaw{certificate.WrongValue}},
		{"a fraction", func(c doc) { statement(c)["class"] = 0.5 }, true, []certificate.Flaw{certificate.WrongValue}},
		{"a negative number", func(c doc) { statement(c)["longest_gap_days"] = -1 }, true, []certificate.Flaw{certificate.WrongValue}},
		{"too large a number", func(c doc) { statement(c)["longest_gap_days"] = 1 << 53 }, true, []certificate.Flaw{certificate.WrongValue}},
		{"another format", func(c doc) { statement(c)["format"] = "gridward-coverage/2" }, true, []certificate.Flaw{certificate.WrongValue}},
		{"hexadecimal in capitals", func(c doc) { statement(c)["root"] = strings.ToUpper(statement(c)["root"].(string)) }, true, []certificate.Flaw{certificate.WrongValue}},
		{"a short root", func(c doc) { statement(c)["root"] = "00" }, true, []certificate.Flaw{certificate.WrongValue}},
		{"a time of another zone", func(c doc) { statement(c)["known_at"] = "2026-07-01T08:00:00.123456+08:00" }, true, []certificate.Flaw{certificate.WrongValue}},
		{"a time without microseconds", func(c doc) { statement(c)["known_at"] = "2026-07-01T08:00:00Z" }, true, []certificate.Flaw{certificate.WrongValue}},
		{"a time with a comma", func(c doc) { statement(c)["known_at"] = "2026-07-01T08:00:00,123456Z" }, true, []certificate.Flaw{certificate.WrongValue}},
		{"no day", func(c doc) { statement(c)["policies"].([]any)[0].(doc)["valid_from"] = "2026-02-30" }, true, []certificate.Flaw{certificate.WrongValue}},
		{"duties out of order", func(c doc) { statement(c)["duties"] = []any{"class-2", "class-1"} }, true, []certificate.Flaw{certificate.WrongValue}},
		{"policies out of order", func(c doc) { p := statement(c)["policies"].([]any); p[0], p[1] = p[1], p[0] }, true, []certificate.Flaw{certificate.WrongValue}},
		{"a plan's id in braces", func(c doc) {
			statement(c)["plans"].([]any)[0].(doc)["id"] = "{07000000-0000-0000-0000-000000000000}"
		}, true, []certificate.Flaw{certificate.WrongValue}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := read(t, raw)
			c.change(d)
			if c.sealed {
				seal(t, d, seeded(1))
			}
			got, err := certificate.Check(write(t, d), public(seeded(1)))
			wantFlaws(t, err, c.want...)
			if shown := len(c.want) == 0 || c.want[0] == certificate.UnknownKey; (got != nil) != shown {
				t.Errorf("certificate %v beside %v", got, err)
			}
		})
	}
	text := string(raw)
	for _, c := range []struct {
		name, raw string
		want      certificate.Flaw
	}{
		{"nothing", "", certificate.NotJSON},
		{"half of it", text[:len(text)/2], certificate.NotJSON},
		{"something after it", text + "{}", certificate.NotJSON},
		{"not UTF-8", strings.Replace(text, "罗", "\xe7\xbd", 1), certificate.NotJSON},
		{"a leading nought", strings.Replace(text, `"class":0`, `"class":00`, 1), certificate.NotJSON},
		{"an exponent", strings.Replace(text, `"class":0`, `"class":0e0`, 1), certificate.WrongValue},
		{"a member twice", strings.Replace(text, `"class":0`, `"class":0,"class":0`, 1), certificate.DuplicateKey},
		{"a member twice, once in disguise", strings.Replace(text, `"class":0`, `"class":0,"cl\u0061ss":1`, 1), certificate.DuplicateKey},
		{"a statement twice", strings.Replace(text, `"statement":`, `"statement":{},"statement":`, 1), certificate.DuplicateKey},
		{"a line's end", text + "\n", certificate.NotCanonical},
		{"white space", strings.Replace(text, `"class":0`, `"class": 0`, 1), certificate.NotCanonical},
		{"an escape", strings.Replace(text, "罗", `\u7f57`, 1), certificate.NotCanonical},
		{"half a surrogate", strings.Replace(text, "罗", `\ud800`, 1), certificate.NotCanonical},
		{"minus nought", strings.Replace(text, `"class":0`, `"class":-0`, 1), certificate.NotCanonical},
		{"members in another order", strings.Replace(text, `"class":0,"complete":false`, `"complete":false,"class":0`, 1), certificate.NotCanonical},
		{"a list", "[]", certificate.WrongValue},
		{"null", "null", certificate.WrongValue},
		{"deep", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), certificate.WrongValue},
		{"long", strings.Repeat(" ", 5<<20), certificate.TooLarge},
	} {
		if c.raw == text {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		got, err := certificate.Check([]byte(c.raw), public(seeded(1)))
		if got != nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if flaws := flawsOf(t, err); len(flaws) > 1 && c.name != "half a surrogate" { // which also changes a name
			t.Errorf("%s: %v besides %s", c.name, flaws, c.want)
		}
	}
}

// TestTextIsCanonical has every kind of character that RFC 8785 writes in its
// own way, against RFC 8785, section 3.2.2.2.
func TestTextIsCanonical(t *testing.T) {
	t.Parallel()
	s := statementOf(nil)
	s.UnitName = "a\"\\/<&>\u2028\u20ac罗😀"
	c, err := certificate.Issue(s, leavesOf(t, nil), seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"unit_name":"a\"\\/<&>` + "\u2028\u20ac罗😀" + `"`; !bytes.Contains(c.Encode(), []byte(want)) {
		t.Errorf("%s has no %s", c.Encode(), want)
	}
}

// TestEveryByteOfACertificateCounts turns two bits of each byte, one at a time:
// all eight take too long under the race detector.
func TestEveryByteOfACertificateCounts(t *testing.T) {
	t.Parallel()
	c, _ := issued(t, randomObligations(rand.New(rand.NewPCG(8, 8)), 12))
	raw := c.Encode()
	for i := range raw {
		for _, bit := range []int{0, 1 + i%7} {
			raw[i] ^= 1 << bit
			if got, err := certificate.Check(raw, public(seeded(1))); err == nil || got != nil {
				t.Fatalf("bit %d of byte %d (%q) was turned, and %v", bit, i, raw[i], err)
			}
			raw[i] ^= 1 << bit
		}
	}
}

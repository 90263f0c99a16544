package certificate_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gridward/grids/coverage/certificate"
)

// anObligation is any, from so few texts that two of them often agree in most.
func anObligation(t *rapid.T, label string) certificate.Obligation {
	text := rapid.OneOf(rapid.SampledFrom([]string{"a", "aa", "b", "罗店", "a\u2028"}), rapid.StringMatching(`[a-z0-9_"\\ -]{1,30}`))
	holder := rapid.SampledFrom([]string{"", "310113101000", "310113103000"})
	id := rapid.Custom(func(t *rapid.T) uuid.UUID { return uuid.UUID{15: rapid.Byte().Draw(t, "b") % 4} })
	o := certificate.Obligation{Place: id.Draw(t, label+" place"), Duty: text.Draw(t, label+" duty"), Period: text.Draw(t, label+" period"),
		State: rapid.SampledFrom(states).Draw(t, label+" state"), HolderAtClose: holder.Draw(t, label+" close"), Category: text.Draw(t, label+" category")}
	if o.State == certificate.Met {
		o.Visit = uuid.UUID{0: 1 + rapid.Byte().Draw(t, label+" visit")%3}
		o.HolderAtVisit = holder.Draw(t, label+" holder")
	}
	return o
}

func TestEncodingIsOneToOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anObligation(t, "a"), anObligation(t, "b")
		x, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if (a == b) != bytes.Equal(x, y) {
			t.Fatalf("%+v and %+v: %x and %x", a, b, x, y)
		}
		if back, err := certificate.DecodeObligation(x); err != nil || back != a {
			t.Fatalf("%+v came back as %+v: %v", a, back, err)
		}
		cut := rapid.IntRange(0, len(x)-1).Draw(t, "cut")
		if back, err := certificate.DecodeObligation(x[:cut]); err == nil {
			t.Fatalf("%d of %d bytes are %+v", cut, len(x), back)
		}
		if _, err := certificate.DecodeObligation(append(x, 0)); err == nil {
			t.Fatal("a byte more was not seen")
		}
		x[0]++
		if _, err := certificate.DecodeObligation(x); err == nil {
			t.Fatal("another version was read as this one")
		}
	})
}

// TestEncodingIsWritten holds the bytes to what doc.go says of them: roots of
// certificates that were given out rest on it.
func TestEncodingIsWritten(t *testing.T) {
	t.Parallel()
	o := certificate.Obligation{Place: uuid.MustParse("00112233-4455-6677-8899-aabbccddeeff"), Duty: "class-1", Period: "2026-10", State: certificate.Met,
		Visit: uuid.MustParse("0f0f0f0f-0000-4000-8000-000000000001"), HolderAtVisit: "310113101000", Category: "shop"}
	want := "01" + "00112233445566778899aabbccddeeff" + "0f0f0f0f000040008000000000000001" +
		"0007" + hex.EncodeToString([]byte("class-1")) + "0007" + hex.EncodeToString([]byte("2026-10")) + "0003" + hex.EncodeToString([]byte("met")) +
		"000c" + hex.EncodeToString([]byte("310113101000")) + "0000" + "0004" + hex.EncodeToString([]byte("shop"))
	got, err := o.Encode()
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s: %v", got, want, err)
	}
}

func TestWhatIsNoObligation(t *testing.T) {
	t.Parallel()
	good := certificate.Obligation{Place: uuid.UUID{1}, Duty: "class-1", Period: "2026-10", State: certificate.Open, Category: "shop"}
	for name, spoil := range map[string]func(o *certificate.Obligation){
		"duty":            func(o *certificate.Obligation) { o.Duty = "" },
		"period":          func(o *certificate.Obligation) { o.Period = "2026\n10" },
		"category":        func(o *certificate.Obligation) { o.Category = strings.Repeat("x", 201) },
		"state":           func(o *certificate.Obligation) { o.State = "not_due" },
		"visit":           func(o *certificate.Obligation) { o.Visit = uuid.UUID{1} },
		"holder_at_visit": func(o *certificate.Obligation) { o.HolderAtVisit = "310113101000" },
		"holder_at_close": func(o *certificate.Obligation) { o.HolderAtClose = "31011310100" },
		"is met":          func(o *certificate.Obligation) { o.State = certificate.Met },
		"UTF-8":           func(o *certificate.Obligation) { o.Duty = "\xff" },
	} {
		o := good
		spoil(&o)
		if _, err := o.Encode(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := certificate.NewLeaves([]certificate.Obligation{good, o}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s among leaves: %v", name, err)
		}
	}
}

func FuzzDecodeObligation(f *testing.F) {
	for _, o := range []certificate.Obligation{
		{Place: uuid.UUID{1}, Duty: "class-1", Period: "2026-10", State: certificate.Open, Category: "shop"},
		{Place: uuid.UUID{2}, Duty: "罗", Period: "2026-H1", State: certificate.Met, Visit: uuid.UUID{9}, HolderAtVisit: "310113101000", HolderAtClose: "310113101000", Category: "c"},
	} {
		raw, err := o.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := certificate.DecodeObligation(raw)
		if err != nil {
			return
		}
		if again, err := o.Encode(); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%x was read as %+v, which is %x: %v", raw, o, again, err)
		}
	})
}

package httpapi_test

import (
	"crypto/ed25519"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/certificate"
)

// moment is a time as a query parameter.
func moment(t time.Time) string {
	return strings.ReplaceAll(t.UTC().Format(time.RFC3339Nano), "+", "%2B")
}

// visitAt is a visit as a client reports it.
func (w *world) visitAt(place uuid.UUID, outcome string) map[string]any {
	return map[string]any{"id": uuid.New(), "place": place, "at": w.now.Add(-time.Hour), "inspector": "王", "outcome": outcome, "checklist": "class-2", "lon": 121.42, "lat": 31.35, "accuracy_m": 5}
}

// TestManyInspectionsAtOnce: each visit of a list has a result of its own, and
// sending the list again changes nothing.
func TestManyInspectionsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.places[westTown][0]
	good, future, elsewhere, noPlace := w.visitAt(shop, "done"), w.visitAt(shop, "done"), w.visitAt(w.places[eastTown][0], "done"), w.visitAt(uuid.New(), "done")
	future["at"] = w.now.Add(time.Hour)
	void := w.visitAt(shop, "void")
	void["corrects"] = good["id"]
	again := w.visitAt(shop, "refused")
	again["corrects"] = good["id"]
	unknown := w.visitAt(shop, "done")
	unknown["corrects"] = uuid.New()
	other := map[string]any{}
	for k, v := range good {
		other[k] = v
	}
	other["outcome"] = "refused"
	list := []any{good, future, elsewhere, noPlace, good, other, void, again, unknown, noPlace, void}
	type result struct {
		Items []struct {
			ID      uuid.UUID
			Result  string
			Problem *struct{ Type string }
		}
		Created, Repeated, Refused int
	}
	want := []string{"created", "refused invalid", "refused not-found", "refused not-found", "repeated", "refused id-reused", "created", "refused corrected", "refused not-found", "refused not-found", "repeated"}
	var first, second result
	a := w.ask(t, "west", "POST", "/api/inspections", list)
	if a.code != http.StatusOK {
		t.Fatalf("%d %s", a.code, a.body)
	}
	a.json(t, &first)
	// Of two corrections of one visit the one with the lower id comes first.
	v, n := void["id"].(uuid.UUID), again["id"].(uuid.UUID)
	if strings.Compare(v.String(), n.String()) > 0 {
		want[6], want[7], want[10] = want[7], want[6], "refused corrected"
	}
	for i, r := range first.Items {
		got := r.Result
		if r.Problem != nil {
			got += " " + strings.TrimPrefix(r.Problem.Type, "/problems/")
		}
		if got != want[i] {
			t.Errorf("visit %d: %s, want %s", i, got, want[i])
		}
	}
	if first.Created != 2 || first.Repeated+first.Refused != len(list)-2 {
		t.Errorf("%+v", first)
	}
	w.ask(t, "west", "POST", "/api/inspections", list).json(t, &second)
	if second.Created != 0 || second.Repeated != 2+first.Repeated || second.Refused != first.Refused {
		t.Errorf("sent again: %+v", second)
	}
	if a := w.ask(t, "west", "POST", "/api/inspections", []any{}); a.code != http.StatusBadRequest {
		t.Errorf("an empty list: %d %s", a.code, a.body)
	}
}

// TestAsKnownAt: a visit, its correction and an exemption change answers as known
// later; as known before them the answer is the same, byte for byte.
func TestAsKnownAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.places[westTown][0]
	paths := func(at time.Time) []string {
		known := "as_known_at=" + moment(at) + "&as_of=" + moment(w.now)
		return []string{"/api/coverage?" + known, "/api/coverage/rollup?by=grid&" + known, "/api/coverage/places?" + known, "/api/coverage/places/" + shop.String() + "?" + known, "/api/coverage/series?" + known, "/api/duties?" + known}
	}
	var moments []time.Time
	var answers [][]string
	look := func(want string) {
		t.Helper()
		moments = append(moments, time.Now())
		var said []string
		for _, p := range paths(moments[len(moments)-1]) {
			a := w.ask(t, "west", "GET", p, nil)
			if a.code != http.StatusOK {
				t.Fatalf("%s: %d %s", p, a.code, a.body)
			}
			said = append(said, string(a.body))
		}
		answers = append(answers, said)
		var place struct{ Obligations []struct{ State string } }
		w.ask(t, "west", "GET", "/api/coverage/places/"+shop.String(), nil).json(t, &place)
		if len(place.Obligations) != 1 || place.Obligations[0].State != want {
			t.Errorf("look %d: %+v, want %s", len(moments), place, want)
		}
	}
	look("open")
	visit := w.visitAt(shop, "done")
	w.ask(t, "west", "POST", "/api/inspections", visit)
	look("met")
	void := w.visitAt(shop, "void")
	void["corrects"] = visit["id"]
	if a := w.ask(t, "west", "POST", "/api/inspections", void); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	look("open")
	excuse := uuid.New()
	if a := w.ask(t, "admin", "POST", "/api/exemptions", map[string]any{"id": excuse, "place": shop, "duty": "class-2", "period": "2026-10", "reason": "sealed", "reviewer": "张三"}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	look("excused")
	if a := w.ask(t, "admin", "POST", "/api/exemptions/"+excuse.String()+"/withdraw", map[string]any{"id": uuid.New(), "reason": "已恢复营业", "reviewer": "张三"}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	look("open")
	far := w.visitAt(shop, "done")
	far["lon"] = 121.48
	w.ask(t, "west", "POST", "/api/inspections", far)
	look("disputed")
	word := map[string]any{"id": uuid.New(), "accepted": true, "reviewer": "李四", "reason": "定位漂移"}
	if a := w.ask(t, "west", "POST", "/api/inspections/"+far["id"].(uuid.UUID).String()+"/reviews", word); a.code != http.StatusForbidden {
		t.Errorf("an inspector reviews: %d", a.code)
	}
	if a := w.ask(t, "admin", "POST", "/api/inspections/"+far["id"].(uuid.UUID).String()+"/reviews", word); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	look("met")
	for i, at := range moments {
		for k, p := range paths(at) {
			if got := string(w.ask(t, "west", "GET", p, nil).body); got != answers[i][k] {
				t.Errorf("as known at look %d, %s was\n%s and is\n%s", i+1, p, answers[i][k], got)
			}
		}
	}
	if a := w.ask(t, "west", "GET", "/api/coverage?as_known_at="+moment(time.Now().Add(time.Hour)), nil); a.code != http.StatusConflict || !strings.Contains(string(a.body), "/problems/not-settled") {
		t.Errorf("as known in an hour: %d %s", a.code, a.body)
	}
}

// TestCertificateIsCheckedElsewhere signs coverage and checks certificate and
// proofs with nothing but the public key.
func TestCertificateIsCheckedElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop, rental := w.places[westTown][0], w.places[westTown][3]
	w.ask(t, "west", "POST", "/api/inspections", w.visitAt(shop, "done"))
	id := uuid.New()
	ask := map[string]any{"id": id, "unit": westTown, "class": 2, "period": "2026-10"}
	if a := w.ask(t, "west", "POST", "/api/coverage/certificates", ask); a.code != http.StatusForbidden {
		t.Errorf("an inspector signs: %d", a.code)
	}
	var made struct{ Document string }
	a := w.ask(t, "admin", "POST", "/api/coverage/certificates", ask)
	if a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	a.json(t, &made)
	pub, err := certificate.ParsePublicKey(w.ask(t, "admin", "GET", "/api/coverage/certificates/key", nil).body)
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/coverage/certificates/" + id.String()
	document := w.ask(t, "west", "GET", path, nil).body
	if string(document) != made.Document {
		t.Error("the certificate is not the one that was signed")
	}
	c, err := certificate.Check(document, pub)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Statement; s.Total != 3 || s.Met != 1 || s.Counts.Open != 3-1 && s.Counts.Overdue != 3-1 || s.Unit != westTown || *s.Complete {
		t.Errorf("%+v", s)
	}
	// What comes later changes nothing of it.
	w.ask(t, "west", "POST", "/api/inspections", w.visitAt(w.places[westTown][1], "done"))
	for place, absent := range map[uuid.UUID]bool{shop: false, w.places[westTown][1]: false, rental: true} {
		a := w.ask(t, "west", "GET", path+"/proof?place="+place.String(), nil)
		p, err := certificate.CheckProof(a.body, pub)
		if err != nil {
			t.Fatalf("%s: %v", a.body, err)
		}
		if p.Place != place || p.Absent() != absent || !absent && (p.Obligations[0].State == certificate.Met) != (place == shop) {
			t.Errorf("the proof says %+v", p)
		}
	}
	other, _, _ := ed25519.GenerateKey(nil)
	if _, err := certificate.Check(document, other); err == nil {
		t.Error("a stranger's key was trusted")
	}
	if a := w.ask(t, "east", "GET", path, nil); a.code != http.StatusNotFound {
		t.Errorf("another town reads it: %d %s", a.code, a.body)
	}
	if a := w.ask(t, "west", "GET", path+"/proof?place="+w.places[eastTown][0].String(), nil); a.code != http.StatusNotFound {
		t.Errorf("a proof about another town's place: %d", a.code)
	}
	if page := string(w.ask(t, "west", "GET", path+"/page", nil).body); !strings.Contains(page, "未全覆盖") || !strings.Contains(page, c.Statement.Root.String()) {
		t.Errorf("the page: %s", page)
	}
}

// TestDueLists: what is due comes most urgent first, the same in each form.
func TestDueLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hot := w.places[westTown][2]
	if a := w.ask(t, "west", "POST", "/api/hazards", map[string]any{"id": uuid.New(), "type": "lpg_misuse", "severity": 4, "place": hot, "discovered_at": w.now.Add(-time.Hour), "origin": "12345"}); a.code != http.StatusCreated {
		t.Fatalf("%d %s", a.code, a.body)
	}
	w.ask(t, "west", "POST", "/api/inspections", w.visitAt(w.places[westTown][0], "done"))
	var list struct {
		Items []struct {
			Place   uuid.UUID
			Urgency float64
			Hazards int `json:"open_hazards"`
		}
		Total int
		Next  *string
	}
	w.ask(t, "west", "GET", "/api/duties", nil).json(t, &list)
	if list.Total != 5 || len(list.Items) != 5 || list.Items[0].Place != hot || list.Items[0].Hazards != 1 {
		t.Fatalf("%+v", list)
	}
	for i := range list.Items[1:] {
		if list.Items[i+1].Urgency > list.Items[i].Urgency {
			t.Errorf("item %d is more urgent than the one before", i+1)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(w.ask(t, "west", "GET", "/api/duties?f=csv", nil).body), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 6 {
		t.Fatalf("%v, %v", rows, err)
	}
	var features struct {
		Features []struct{ Properties struct{ Place uuid.UUID } }
	}
	w.ask(t, "west", "GET", "/api/duties?f=geojson", nil).json(t, &features)
	var paged []string
	for path := "/api/duties?limit=2"; path != ""; {
		w.ask(t, "west", "GET", path, nil).json(t, &list)
		for _, it := range list.Items {
			paged = append(paged, it.Place.String())
		}
		if path = ""; list.Next != nil {
			path, list.Next = *list.Next, nil
		}
	}
	for i, row := range rows[1:] {
		if row[0] != features.Features[i].Properties.Place.String() || row[0] != paged[i] {
			t.Errorf("row %d differs: %s, %s, %s", i, row[0], features.Features[i].Properties.Place, paged[i])
		}
	}
	// An inspector of the roster sees what they answer for.
	staffed := w.staff(t)[westTown]
	found := 0
	for _, p := range staffed.People {
		w.ask(t, "west", "GET", fmt.Sprintf("/api/duties?inspector=%s", p.ID), nil).json(t, &list)
		found += list.Total
	}
	if found == 0 {
		t.Error("nobody of the roster has anything to do")
	}
}

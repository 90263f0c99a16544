package httpapi

import (
	"bytes"
	"context"
	"crypto/ed25519"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage"
	"gridward/grids/coverage/certificate"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
)

// certificateBody asks for a certificate.
type certificateBody struct {
	ID      uuid.UUID  `json:"id"`
	Unit    string     `json:"unit"`
	Class   int        `json:"class"` // 0: all
	Period  string     `json:"period"`
	KnownAt *time.Time `json:"known_at"` // null: what is settled now
}

func (s *Server) postCertificate(w http.ResponseWriter, r *http.Request, a *asker) error {
	var body certificateBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	key, err := s.signingKey()
	if err != nil {
		return kindNotReady.fail("certificates cannot be signed: %v", err)
	}
	period, err := policy.ParsePeriod(body.Period)
	if err != nil || body.ID == uuid.Nil || body.Class < 0 || body.Class > 3 {
		return badRequest("an id, a unit, a class from 0 (all) to 3 and a period such as 2026-10 are needed")
	}
	if period.FirstDay().Before(a.view.since.AddDate(0, 1, 0)) {
		return badRequest("period %s lies before what is kept in memory (%s): use gridward coverage certify", body.Period, a.view.since.Format(time.DateOnly))
	}
	unit, ok := a.view.tree.Unit(body.Unit)
	if !ok || !a.seesUnit(unit) {
		return notFound("unit %q", body.Unit)
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, body.ID, body, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		known, err := s.knownFor(ctx, a, body.KnownAt)
		if err != nil {
			return nil, err
		}
		v := a.live.view()
		document, err := v.book.Sign(ctx, tx, coverage.Order{ID: body.ID, Tree: v.tree, Unit: unit, Class: body.Class, Period: period, Known: known}, key, time.Now())
		if flaws, ok := errors.AsType[certificate.Faults](err); ok {
			return nil, invalid(flaws)
		}
		return map[string]any{"id": body.ID, "document": string(document)}, err // text: JSON in the database has its keys in another order
	})
	if err != nil {
		return err
	}
	code := http.StatusCreated
	if repeated {
		code = http.StatusOK
	}
	return writeJSON(w, code, raw)
}

// knownFor is the moment that a certificate is as known at: the one asked for,
// once it is settled, or what is settled now.
func (s *Server) knownFor(ctx context.Context, a *asker, asked *time.Time) (time.Time, error) {
	if asked != nil {
		known := asked.UTC().Truncate(time.Microsecond)
		return known, a.live.settle(ctx, known)
	}
	known, err := s.db.Settled(ctx, a.District)
	if err != nil {
		return known, err
	}
	known = known.Truncate(time.Microsecond)
	return known, a.live.settle(ctx, known)
}

// issuedOf reads a certificate of the asker's scope.
func (s *Server) issuedOf(r *http.Request, a *asker) (string, *certificate.Certificate, error) {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return "", nil, err
	}
	var document string
	err = s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		document, err = coverage.CertificateByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	key, err := s.signingKey()
	if err != nil {
		return "", nil, kindNotReady.fail("certificates cannot be checked: %v", err)
	}
	c, err := certificate.Check([]byte(document), key.Public().(ed25519.PublicKey))
	if c == nil {
		return "", nil, fmt.Errorf("stored certificate %s: %w", id, err)
	}
	return document, c, nil
}

// getCertificate gives a certificate as it was signed, to the last byte.
func (s *Server) getCertificate(w http.ResponseWriter, r *http.Request, a *asker) error {
	document, _, err := s.issuedOf(r, a)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Disposition", `attachment; filename="certificate.json"`)
	_, err = w.Write([]byte(document))
	return err
}

// getProof proves what a certificate says of a place, from what is stored.
func (s *Server) getProof(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "place")
	place := q.id("place")
	if place == uuid.Nil {
		q.fail("parameter place is needed: the id of a place")
	}
	if q.err != nil {
		return q.err
	}
	_, c, err := s.issuedOf(r, a)
	if err != nil {
		return err
	}
	if fact, ok := a.view.book.Fact(place); !ok || !a.scope.Sees(fact.Town, fact.Park, fact.Community) {
		return notFound("place %s", place)
	}
	period, err := policy.ParsePeriod(c.Statement.Period)
	if err != nil {
		return err
	}
	unit, ok := a.view.tree.Unit(c.Statement.Unit)
	if !ok {
		return notFound("unit %q", c.Statement.Unit)
	}
	order := coverage.Order{Unit: unit, Class: c.Statement.Class, Period: period}
	proof, err := a.view.book.Prove(c, order.Query(), place)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "private, no-cache")
	_, err = w.Write(proof.Encode())
	return err
}

func (s *Server) listCertificates(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "period", "limit", "after")
	unit, period, limit := q.text("unit"), q.text("period"), q.limit()
	var after coverage.Issued
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	var found []coverage.Issued
	err := s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = coverage.CertificatesOf(ctx, tx, unit, period, after, limit)
		return err
	})
	if err != nil {
		return err
	}
	items := []map[string]any{}
	for _, f := range found {
		items = append(items, map[string]any{"id": f.ID, "certificate": json.RawMessage(f.Document)})
	}
	out := page{Items: items}
	if len(found) == limit {
		last := found[limit-1]
		last.Document = ""
		out.Next = next(r, last)
	}
	return writeJSON(w, http.StatusOK, out)
}

// getSigningKey gives the public key by which certificates are checked.
func (s *Server) getSigningKey(w http.ResponseWriter, _ *http.Request, _ *asker) error {
	key, err := s.signingKey()
	if err != nil {
		return kindNotReady.fail("%v", err)
	}
	raw, err := certificate.MarshalPublicKey(key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, err = w.Write(raw)
	return err
}

//go:embed certificate.html
var certificatePage string

var certificateTemplate = template.Must(template.New("certificate").Parse(certificatePage))

// printCertificate is a certificate as a page to print and sign.
func (s *Server) printCertificate(w http.ResponseWriter, r *http.Request, a *asker) error {
	_, c, err := s.issuedOf(r, a)
	if err != nil {
		return err
	}
	zone := a.view.book.Policy().Zone()
	st := &c.Statement
	when := func(t time.Time) string { return t.In(zone).Format("2006年1月2日 15:04:05") }
	verdict := "本期没有应检任务"
	if st.Complete != nil && *st.Complete {
		verdict = "已全覆盖：应检任务全部完成"
	} else if st.Complete != nil {
		verdict = fmt.Sprintf("未全覆盖：尚有 %d 项未完成", st.Due-st.Met)
	}
	class := "全部类别"
	if st.Class > 0 {
		class = []string{"", "第一类", "第二类", "第三类"}[st.Class]
	}
	gap := "—"
	if st.LongestGapDays != nil {
		gap = fmt.Sprintf("%d 天", *st.LongestGapDays)
	}
	var b bytes.Buffer
	if err := certificateTemplate.Execute(&b, map[string]any{"S": st, "Verdict": verdict, "Class": class, "Known": when(st.KnownAt), "Issued": when(st.IssuedAt), "Gap": gap, "Root": st.Root.String(),
		"Signature": fmt.Sprintf("%x", c.Signature), "Title": a.view.book.Policy().Title.ZH, "Synthetic": a.view.settings["synthetic"] == "true"}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, err = w.Write(b.Bytes())
	return err
}

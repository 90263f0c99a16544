package coverage

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids"
	"gridward/grids/coverage/certificate"
	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

// Order is what a certificate is asked for.
type Order struct {
	ID     uuid.UUID
	Tree   *layers.Tree
	Unit   *layers.Unit
	Class  int // 0: all
	Period policy.Period
	Known  time.Time // settled
}

// Query is the obligations of a unit's certificate: a town's and a park's are
// those that it answers for, so that the certificates of all of them are the
// district's; a community's are those on its land.
func (o *Order) Query() Query {
	q := Query{Period: o.Period, Class: o.Class}
	switch o.Unit.Kind {
	case layers.Town, layers.Park:
		q.TownLevel = o.Unit.Code
	case layers.Community:
		q.Unit = o.Unit.Code
	}
	return q
}

// Sign states what coverage was, signs it at an instant and keeps it.
func (b *Book) Sign(ctx context.Context, tx *postgres.Tx, o Order, key ed25519.PrivateKey, now time.Time) ([]byte, error) {
	found, err := b.Certify(o.Query(), o.Known)
	if err != nil {
		return nil, err
	}
	s := &found.Statement
	s.District, s.Unit, s.UnitName, s.IssuedAt = tx.Scope().District, o.Unit.Code, o.Unit.Name, now
	if now.Before(o.Known) {
		s.IssuedAt = o.Known // the database's clock is ahead of ours
	}
	last := min(o.Period.End-1, policy.DayAt(o.Known, b.Policy().Zone()))
	plans, err := grids.PlansInForce(ctx, tx, last.Date())
	if err != nil {
		return nil, err
	}
	spot := Spot{}
	spot.Town, spot.Park, spot.Community = o.Tree.Ancestors(o.Unit.Code)
	for _, p := range plans {
		if o.Unit.Kind == layers.District || p.Town == spot.Town {
			s.Plans = append(s.Plans, certificate.Plan{ID: p.ID, Town: p.Town, EffectiveFrom: p.EffectiveFrom})
		}
	}
	c, err := certificate.Issue(*s, found.Leaves, key)
	if err != nil {
		return nil, err
	}
	document := c.Encode()
	issued := Issued{ID: o.ID, IssuedAt: c.Statement.IssuedAt, Document: string(document)}
	return document, keepCertificate(ctx, tx, issued, &o, spot)
}

// Certified is what a certificate says, before it is signed, with every
// obligation behind it.
type Certified struct {
	Statement certificate.Statement
	Leaves    *certificate.Leaves
}

// Certify states what coverage was for a question as known at a moment: all
// that was known before it, of what had happened by it. Restricted duties are
// not in it: a certificate is shown around. Asked again, it states the same.
func (b *Book) Certify(q Query, known time.Time) (*Certified, error) {
	known = known.UTC().Truncate(time.Microsecond)
	q.Known, q.Until, q.Restricted, q.State = known, time.Time{}, false, NotDue
	v := b.view(q, known)
	list, sum := v.obligations()
	leaves, err := certificate.NewLeaves(list)
	if err != nil {
		return nil, fmt.Errorf("put obligations into a tree: %w", err)
	}
	s := certificate.Statement{Class: q.Class, Period: q.Period.String(), KnownAt: known, AsOf: known,
		Counts: certificate.Counts{Met: sum.States[Met], Attempted: sum.States[Attempted], Open: sum.States[Open], Overdue: sum.States[Overdue], Excused: sum.States[Excused], Disputed: sum.States[Disputed]},
		Total:  sum.Total(), Due: sum.Due(), Met: sum.States[Met], Complete: sum.Complete()}
	if sum.GapDays >= 0 && sum.Due() > 0 {
		s.LongestGapDays = &sum.GapDays
	}
	seen := map[int]bool{}
	for _, board := range v.boards {
		for i := range board.term.policy.Duties {
			d := &board.term.policy.Duties[i]
			if d.Falls(board.key.period) && !d.Restricted && (q.Class == 0 || d.Class == q.Class) && !slices.Contains(s.Duties, d.Duty) {
				s.Duties = append(s.Duties, d.Duty)
			}
		}
		if !seen[board.term.version] {
			seen[board.term.version] = true
			p := board.term.policy
			s.Policies = append(s.Policies, certificate.Policy{Version: p.Version, ValidFrom: p.From(), SHA256: p.Hash()})
		}
	}
	return &Certified{s, leaves}, nil
}

// obligations are all obligations of a question as a certificate has them, and
// their sum, counted from the roll-ups.
func (v *view) obligations() ([]certificate.Obligation, Rollup) {
	sum := NewRollup()
	v.eachLeaf(func(_ *board, _ *leaf, _ *policy.Duty, r *Rollup) { sum.Merge(*r) })
	list := make([]certificate.Obligation, 0, sum.Total())
	v.each(0, func(i, _ int, b *board, j *judgement) bool {
		history := v.historyOf(i, b.key.sight.Known)
		work := judging{term: &b.term, history: &history, sight: b.key.sight, duty: int(j.duty),
			segments: history.segments(b.key.sight.Known, nil), cared: history.caredFor(b.key.sight.Known, nil)}
		verdict := work.decide()
		d := &b.term.policy.Duties[j.duty]
		o := certificate.Obligation{Place: v.places.at(i).ID, Duty: d.Duty, Period: b.key.period.String(), State: certificate.State(verdict.State.String()),
			HolderAtClose: verdict.Answers.holder(d.Body), Category: verdict.Category}
		if verdict.State == Met {
			o.Visit, o.HolderAtVisit = verdict.By, verdict.Credit.holder(d.Body)
		}
		list = append(list, o)
		return true
	})
	return list, sum
}

// ErrNotCertified says that a certificate cannot be proved from what is stored:
// the database says something else than it did.
var ErrNotCertified = fmt.Errorf("what is stored no longer gives the certificate's root: it was changed behind the service's back")

// Prove gives the proof of what a certificate says of a place, after stating
// everything anew as it was known then.
func (b *Book) Prove(c *certificate.Certificate, q Query, place uuid.UUID) (*certificate.Proof, error) {
	again, err := b.Certify(q, c.Statement.KnownAt)
	if err != nil {
		return nil, err
	}
	if again.Leaves.Root() != c.Statement.Root {
		return nil, ErrNotCertified
	}
	return certificate.Prove(c, again.Leaves, place)
}

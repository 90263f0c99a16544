package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids/coverage/beat"
	"gridward/grids/coverage/policy"
	"gridward/grids/coverage/track"
	"gridward/internal/auth"
	"gridward/internal/postgres"
	"gridward/layers"
)

// maxTrack bounds a track's body: 50,000 points with every digit.
const maxTrack = 6 << 20 // bytes

// trackBody is a walk as a device reports it.
type trackBody struct {
	ID        uuid.UUID   `json:"id"`
	Inspector string      `json:"inspector"`
	Unit      string      `json:"unit"`
	Device    string      `json:"device"`
	Points    [][]float64 `json:"points"` // longitude, latitude, Unix seconds, accuracy in metres
}

// read is the body as a track of a unit that the asker sees.
func (b *trackBody) read(a *asker, now time.Time) (*track.Track, error) {
	unit := b.Unit
	if unit == "" && a.Role == auth.Inspector && len(a.Units) == 1 {
		unit = a.Units[0] // an inspector's account acts for its unit
	}
	t, err := track.New(b.ID, b.Inspector, unit, b.Device, b.Points, now)
	if err != nil {
		return nil, invalid(err)
	}
	u, ok := a.view.tree.Unit(unit)
	if !ok || !a.seesUnit(u) {
		return nil, invalid(fmt.Errorf("unit: %s is no unit of yours", unit))
	}
	if u.Kind == layers.District {
		return nil, invalid(fmt.Errorf("unit: %s is the district; a town, park or community patrols", unit))
	}
	t.Town, t.Park, t.Community = a.view.tree.Ancestors(unit)
	if t.Town == "" && u.Kind == layers.Community {
		t.Town = a.view.townOf(u)
	}
	return t, nil
}

// postTrack takes a walk: it is laid along the streets first, and stored with
// what it covered.
func (s *Server) postTrack(w http.ResponseWriter, r *http.Request, a *asker) error {
	var b trackBody
	if err := readJSONUpTo(w, r, &b, maxTrack); err != nil {
		return err
	}
	t, err := b.read(a, s.now())
	if err != nil {
		return err
	}
	p, err := a.view.patrolled()
	if err != nil {
		return err
	}
	fixes, err := t.Fixes()
	if err != nil {
		return err
	}
	areas, err := a.view.areasNear(fixes)
	if err != nil {
		return err
	}
	rules := a.view.book.Policy()
	covered, err := t.Match(p.net, areas, rules.Beats, rules.Version, rules.Zone())
	if err != nil {
		return err
	}
	raw, repeated, err := s.db.Write(r.Context(), a.scope, b.ID, b, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		fresh, err := track.Insert(ctx, tx, t, covered)
		if err != nil {
			return nil, err
		}
		if !fresh { // its write key was forgotten long ago, or it is another's
			known, err := track.ByID(ctx, tx, t.ID, time.Time{})
			if errors.Is(err, track.ErrNone) || err == nil && !known.Same(t) {
				return nil, postgres.ErrKeyReused
			}
			if err != nil {
				return nil, err
			}
			walked, err := track.WalkedBy(ctx, tx, t.ID)
			if err != nil {
				return nil, err
			}
			return a.trackJSON(summaryOf(known, walked), p, walked), nil
		}
		tx.Change("track", t.ID, nil)
		tx.Audit("report", "track", t.ID.String(), nil)
		return a.trackJSON(summaryOf(t, covered.Walked), p, covered.Walked), nil
	})
	return s.written(w, r, a, raw, repeated, err)
}

func summaryOf(t *track.Track, walked beat.Walked) *track.Summary {
	s := &track.Summary{ID: t.ID, Inspector: t.Inspector, Unit: t.Unit, Device: t.Device, Started: t.Started(), Ended: t.Ended(), ReceivedAt: t.ReceivedAt,
		Positions: t.Len(), Used: t.Used, Dropped: t.Dropped, Policy: t.Policy, Town: t.Town, Park: t.Park, Community: t.Community}
	for _, w := range walked {
		s.WalkedCM += w.Length()
	}
	return s
}

// trackRow is a track as lists show it.
type trackRow struct {
	ID         uuid.UUID      `json:"id"`
	Inspector  string         `json:"inspector"`
	Unit       *named         `json:"unit"`
	Device     string         `json:"device"`
	StartedAt  time.Time      `json:"started_at"`
	EndedAt    time.Time      `json:"ended_at"`
	ReceivedAt time.Time      `json:"received_at"`
	Points     int            `json:"points"`
	Used       int            `json:"used"`
	Dropped    map[string]int `json:"dropped"`
	WalkedCM   int64          `json:"walked_cm"`
	Policy     string         `json:"policy"`
}

func (v *view) trackRow(s *track.Summary) trackRow {
	dropped := s.Dropped
	if dropped == nil {
		dropped = map[string]int{}
	}
	return trackRow{s.ID, s.Inspector, v.named(s.Unit), s.Device, s.Started, s.Ended, s.ReceivedAt, s.Positions, s.Used, dropped, s.WalkedCM, s.Policy}
}

// trackStretch is what a track walked of a street on a day.
type trackStretch struct {
	Street   uuid.UUID `json:"street"`
	Name     *string   `json:"name"` // of streets of the asker's land
	Day      string    `json:"day"`
	FromCM   int64     `json:"from_cm"`
	ToCM     int64     `json:"to_cm"`
	LengthCM int64     `json:"length_cm"` // the whole street's
	FirstAt  time.Time `json:"first_at"`
}

type trackWalked struct {
	trackRow
	Walked []trackStretch `json:"walked"`
}

func (a *asker) trackJSON(s *track.Summary, p *patrols, walked beat.Walked) trackWalked {
	out := trackWalked{a.view.trackRow(s), []trackStretch{}}
	for _, w := range walked {
		row := trackStretch{Street: w.Street, Day: w.Day.String(), FromCM: w.From, ToCM: w.To, LengthCM: p.net.Length(w.Street), FirstAt: w.First}
		if f := p.streets[w.Street]; f != nil && a.scope.Sees(f.Town, f.Park, f.Community) {
			row.Name = &f.name
		}
		out.Walked = append(out.Walked, row)
	}
	return out
}

// known is the moment of a question as known at one. Asked so, the question
// waits until nothing that was learned before is still being written.
func (q *query) known(a *asker) time.Time {
	at := q.moment("as_known_at")
	if q.err == nil && !at.IsZero() {
		if q.err = a.live.settle(q.ctx, at); q.err == nil {
			a.view = a.live.view()
		}
	}
	return at
}

// maxDays bounds a question about walks.
const maxDays = 92

// days are the days asked about, from the first up to the one after the last:
// day alone, or from and to; today without any.
func (q *query) days(today time.Time) (first, end policy.Day) {
	if q.values.Has("day") {
		if q.values.Has("from") || q.values.Has("to") {
			q.fail("parameter day does not go together with from and to")
		}
		first = policy.DayOf(q.day("day", today))
		return first, first + 1
	}
	from := q.day("from", today)
	first, end = policy.DayOf(from), policy.DayOf(q.day("to", from.AddDate(0, 0, 1)))
	if end <= first || end-first > maxDays {
		q.fail("to must be the day after the last, from 1 to %d days after from", maxDays)
	}
	return first, end
}

// listTracks lists the tracks of the asker's units, the newest first.
func (s *Server) listTracks(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "day", "from", "to", "limit", "after", "as_known_at")
	f := track.Filter{Known: q.known(a)}
	f.Unit = q.unit(a)
	if q.values.Has("day") || q.values.Has("from") || q.values.Has("to") {
		zone := a.view.book.Policy().Zone()
		first, end := q.days(a.view.day)
		f.From, f.To = first.Begins(zone), end.Begins(zone)
	}
	limit := q.limit()
	after := struct {
		At time.Time `json:"t"`
		ID uuid.UUID `json:"i"`
	}{}
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	f.Before, f.BeforeID = after.At, after.ID
	if len(a.scope.Units) == 1 && f.Unit == a.scope.Units[0] {
		f.Unit = "" // the scope says it already
	}
	var list []track.Summary
	err := s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		list, err = track.List(ctx, tx, f, limit+1)
		return err
	})
	if err != nil {
		return err
	}
	out := page{}
	if len(list) > limit {
		list = list[:limit]
		after.At, after.ID = list[limit-1].Started, list[limit-1].ID
		out.Next = next(r, after)
	}
	items := make([]trackRow, len(list))
	for i := range list {
		items[i] = a.view.trackRow(&list[i])
	}
	out.Items = items
	return writeJSON(w, http.StatusOK, out)
}

// getTrack is one track as a line, with the time and accuracy of each point and
// what was walked.
func (s *Server) getTrack(w http.ResponseWriter, r *http.Request, a *asker) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	q := readQuery(r, "as_known_at")
	known := q.known(a)
	if q.err != nil {
		return q.err
	}
	p, err := a.view.patrolled()
	if err != nil {
		return err
	}
	var t *track.Track
	var walked beat.Walked
	err = s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if t, err = track.ByID(ctx, tx, id, known); err != nil {
			return err
		}
		walked, err = track.WalkedBy(ctx, tx, id)
		return err
	})
	if errors.Is(err, track.ErrNone) {
		return notFound("track %s", id)
	}
	if err != nil {
		return err
	}
	line, times := make(orb.LineString, t.Len()), make([]float64, t.Len())
	flat := t.Line.FlatCoords()
	for i := range line {
		line[i], times[i] = orb.Point{flat[3*i], flat[3*i+1]}, flat[3*i+2]
	}
	return writeAs(w, http.StatusOK, geoJSON, feature{"Feature", id.String(), shapeOf(line), struct {
		trackWalked
		Times    []float64 `json:"times"`
		Accuracy []float32 `json:"accuracy_m"`
	}{a.trackJSON(summaryOf(t, walked), p, walked), times, t.Accuracy}, bounds(line)})
}

package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"gridward/grids/coverage/beat"
	"gridward/grids/coverage/policy"
	"gridward/grids/coverage/track"
	"gridward/internal/postgres"
)

// beatParams are the parameters of every question about streets that were walked.
var beatParams = []string{"unit", "grid", "street", "day", "from", "to", "as_known_at", "limit", "after"}

// walk is a question about streets: which pieces of them, on which days, and
// what was walked there by anybody. A street is somebody's to walk; who else
// walked it does not matter, so walks are the whole district's, and the scope
// decides which streets and grids are shown.
type walk struct {
	*patrols
	pieces     []beat.Reach // by street; with a grid where grids are asked about
	first, end policy.Day
	known      time.Time
	walked     beat.Walked
}

// walk reads the question; byGrid cuts the streets by grid.
func (q *query) walk(s *Server, a *asker, byGrid bool) (*walk, error) {
	o := &walk{known: q.known(a)}
	unit, grid, street := q.unit(a), q.grid(a), q.id("street")
	o.first, o.end = q.days(a.view.day)
	if q.err != nil {
		return nil, q.err
	}
	var err error
	if o.patrols, err = a.view.patrolled(); err != nil {
		return nil, err
	}
	in := func(town, park, community string) bool {
		return a.scope.Sees(town, park, community) && (unit == "" || unit == town || unit == park || unit == community)
	}
	if street != uuid.Nil {
		if f := o.streets[street]; f == nil || !a.scope.Sees(f.Town, f.Park, f.Community) {
			return nil, notFound("street %s", street)
		}
	}
	if byGrid || grid != "" {
		visible := map[string]bool{}
		for _, g := range a.view.grids {
			_, park, _ := a.view.tree.Ancestors(g.Community)
			visible[g.Code] = in(g.Town, park, g.Community) && (grid == "" || grid == g.Code)
		}
		for _, r := range a.view.cutByGrid(o.patrols) {
			if visible[r.Grid] && (street == uuid.Nil || street == r.Street) {
				o.pieces = append(o.pieces, r)
			}
		}
	} else {
		for _, id := range o.net.Streets() {
			if f := o.streets[id]; in(f.Town, f.Park, f.Community) && (street == uuid.Nil || street == id) {
				o.pieces = append(o.pieces, beat.Reach{Street: id, Span: beat.Span{To: o.net.Length(id)}})
			}
		}
	}
	err = s.db.Read(q.ctx, postgres.API, a.live.scope(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		o.walked, err = track.WalkedOn(ctx, tx, o.first, o.end, o.known)
		return err
	})
	return o, err
}

// tally is how much was walked of some streets, and how many of them enough.
type tally struct {
	beat.Share
	streets, met int
}

// tallies adds the pieces up by what key makes of them; without a key a piece
// is left out.
func (o *walk) tallies(first, end policy.Day, rules beat.Rules, key func(*beat.Reach) string) map[string]*tally {
	out := map[string]*tally{}
	for i := 0; i < len(o.pieces); {
		street := o.pieces[i].Street
		on := o.walked.On(street, first, end)
		of := map[string]beat.Share{}
		for ; i < len(o.pieces) && o.pieces[i].Street == street; i++ {
			if k := key(&o.pieces[i]); k != "" {
				of[k] = of[k].Add(beat.Share{Walked: on.Within(o.pieces[i].Span).Length(), Length: o.pieces[i].Length()})
			}
		}
		for k, share := range of {
			t := out[k]
			if t == nil {
				t = &tally{}
				out[k] = t
			}
			t.Share = t.Add(share)
			t.streets++
			if share.Length > 0 && share.Enough(rules) {
				t.met++
			}
		}
	}
	return out
}

// beatRow is how much was walked, in whole centimetres.
type beatRow struct {
	Key        string   `json:"key"`
	Name       string   `json:"name"`
	Town       string   `json:"town"`
	LengthCM   int64    `json:"length_cm"`
	WalkedCM   int64    `json:"walked_cm"`
	Share      *float64 `json:"share"` // for showing; null where there is no street
	Met        bool     `json:"met"`
	Streets    int      `json:"streets"`
	StreetsMet int      `json:"streets_met"`
}

func newBeatRow(key string, t *tally, rules beat.Rules) beatRow {
	row := beatRow{Key: key, LengthCM: t.Length, WalkedCM: t.Walked, Met: t.Length > 0 && t.Enough(rules), Streets: t.streets, StreetsMet: t.met}
	if t.Length > 0 {
		share := float64(t.Walked) / float64(t.Length)
		row.Share = &share
	}
	return row
}

// listBeats says how much of the streets was walked on some days: by street,
// grid, town or day.
func (s *Server) listBeats(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, append([]string{"by"}, beatParams...)...)
	by := q.text("by")
	if by == "" {
		by = "street"
	}
	if !slices.Contains([]string{"street", "grid", "town", "day"}, by) {
		q.fail("parameter by must be street, grid, town or day")
	}
	limit := q.limit()
	var after string
	q.cursor(&after)
	o, err := q.walk(s, a, by == "grid")
	if err != nil {
		return err
	}
	rules := a.view.book.Policy().Beats
	var found map[string]*tally
	switch by {
	case "street":
		found = o.tallies(o.first, o.end, rules, func(r *beat.Reach) string { return r.Street.String() })
	case "grid":
		found = o.tallies(o.first, o.end, rules, func(r *beat.Reach) string { return r.Grid })
	case "town":
		// What bears a town's name counts all of it, so only who may see it all is shown it.
		found = o.tallies(o.first, o.end, rules, func(r *beat.Reach) string {
			town := o.streets[r.Street].Town
			if r.Grid != "" {
				town = a.view.grids[a.view.gridAt[r.Grid]].Town
			}
			if !a.mayAsk(town) {
				return ""
			}
			return town
		})
	case "day":
		found = map[string]*tally{}
		for d := o.first; d < o.end; d++ {
			found[d.String()] = &tally{}
			for _, t := range o.tallies(d, d+1, rules, func(*beat.Reach) string { return "all" }) {
				found[d.String()] = t
			}
		}
	}
	keys := make([]string, 0, len(found))
	for k := range found {
		if k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	out := struct {
		From        string     `json:"from"`
		To          string     `json:"to"`
		By          string     `json:"by"`
		LowestShare int        `json:"lowest_share_percent"`
		Total       beatRow    `json:"total"`
		Items       []beatRow  `json:"items"`
		Next        *string    `json:"next"`
		KnownAt     *time.Time `json:"as_known_at"`
	}{From: o.first.String(), To: o.end.String(), By: by, LowestShare: rules.LowestShare, Items: []beatRow{}, KnownAt: nullTime(o.known)}
	total := o.tallies(o.first, o.end, rules, func(*beat.Reach) string { return "all" })["all"]
	if total == nil {
		total = &tally{}
	}
	out.Total = newBeatRow("", total, rules)
	if len(keys) > limit {
		keys = keys[:limit]
		out.Next = next(r, keys[limit-1])
	}
	for _, k := range keys {
		row := newBeatRow(k, found[k], rules)
		row.Name, row.Town = a.view.walkName(o.patrols, by, k)
		out.Items = append(out.Items, row)
	}
	return writeJSON(w, http.StatusOK, out)
}

// walkName is what a row is called, and in which town it lies.
func (v *view) walkName(p *patrols, by, key string) (name, town string) {
	switch by {
	case "street":
		f := p.streets[uuid.MustParse(key)]
		return f.name, f.Town
	case "grid":
		g := &v.grids[v.gridAt[key]]
		return g.Name, g.Town
	case "town":
		return v.named(key).Name, key
	}
	return "", ""
}

// gap is a part of a street that nobody walked.
type gap struct {
	Street   uuid.UUID `json:"street"`
	Name     string    `json:"name"`
	Town     string    `json:"town"`
	Grid     *string   `json:"grid"`
	FromCM   int64     `json:"from_cm"`
	ToCM     int64     `json:"to_cm"`
	LengthCM int64     `json:"length_cm"`
}

// listGaps draws what nobody walked on some days, street by street. With what
// was walked the gaps are the streets, to the centimetre, unless short ones are
// left out.
func (s *Server) listGaps(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, append([]string{"at_least_m"}, beatParams...)...)
	limit, least := q.limit(), int64(q.number("at_least_m", 0, 100000, 0))*100
	var after uuid.UUID
	q.cursor(&after)
	o, err := q.walk(s, a, false)
	if err != nil {
		return err
	}
	out := collection{Type: "FeatureCollection", Features: []feature{}}
	i, _ := slices.BinarySearchFunc(o.pieces, after, func(p beat.Reach, id uuid.UUID) int { return cmp.Or(bytes.Compare(p.Street[:], id[:]), -1) })
	for streets := 0; i < len(o.pieces); {
		street := o.pieces[i].Street
		if streets == limit {
			out.Next = next(r, o.pieces[i-1].Street)
			break
		}
		f, on, drawn := o.streets[street], o.walked.On(street, o.first, o.end), len(out.Features)
		for ; i < len(o.pieces) && o.pieces[i].Street == street; i++ {
			for _, span := range on.Missing(o.pieces[i].Span) {
				if span.Length() < least {
					continue
				}
				for _, g := range o.net.Lines(street, span) {
					props := gap{Street: street, Name: f.name, Town: f.Town, FromCM: g.From, ToCM: g.To, LengthCM: g.Length()}
					if o.pieces[i].Grid != "" {
						props.Grid = &o.pieces[i].Grid
					}
					out.Features = append(out.Features, feature{"Feature", "", shapeOf(g.Line), props, nil})
				}
			}
		}
		if len(out.Features) > drawn {
			streets++
		}
	}
	return writeAs(w, http.StatusOK, geoJSON, out)
}

// listAreas says how much of public areas was seen on some days, a month for
// one: whoever patrols walks through them, and what is in sight counts.
func (s *Server) listAreas(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "unit", "day", "from", "to", "as_known_at", "limit", "after")
	known := q.known(a)
	unit, limit := q.unit(a), q.limit()
	first, end := q.days(a.view.day)
	var after uuid.UUID
	q.cursor(&after)
	if q.err != nil {
		return q.err
	}
	var looks []beat.Look
	err := s.db.Read(r.Context(), postgres.API, a.live.scope(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		looks, err = track.SeenOn(ctx, tx, first, end, known)
		return err
	})
	if err != nil {
		return err
	}
	of := map[uuid.UUID][]beat.Look{}
	for _, l := range looks {
		of[l.Area] = append(of[l.Area], l)
	}
	rules := a.view.book.Policy().Beats
	items := []areaRow{}
	out := page{}
	yards, err := a.view.publicAreas()
	if err != nil {
		return err
	}
	for _, y := range yards {
		if bytes.Compare(y.Ref[:], after[:]) <= 0 || !a.scope.Sees(y.Town, y.Park, y.Community) || unit != "" && unit != y.Town && unit != y.Park && unit != y.Community {
			continue
		}
		if len(items) == limit {
			out.Next = next(r, items[limit-1].Place)
			break
		}
		row := areaRow{Place: y.Ref, Name: y.name, Town: y.Town, Community: y.Community}
		if seen := of[y.Ref]; len(seen) > 0 {
			area, err := y.cells(a.view)
			if err != nil {
				return err
			}
			sight := area.Seen(seen, first, end)
			row.Days, row.InsideS, row.Met = len(seen), int(sight.Inside.Seconds()), sight.Enough(rules)
			if sight.Cells > 0 {
				row.Share = float64(sight.Seen) / float64(sight.Cells)
			}
		}
		items = append(items, row)
	}
	out.Items = items
	return writeJSON(w, http.StatusOK, out)
}

// areaRow is how much of a public area was in sight.
type areaRow struct {
	Place     uuid.UUID `json:"place"`
	Name      string    `json:"name"`
	Town      string    `json:"town"`
	Community string    `json:"community"`
	Share     float64   `json:"share"` // of the ground without the buildings
	Met       bool      `json:"met"`
	Days      int       `json:"days"` // on which somebody was there
	InsideS   int       `json:"inside_s"`
}

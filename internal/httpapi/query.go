package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/auth"
	"gridward/layers"
)

// query reads a request's parameters and remembers the first mistake.
type query struct {
	ctx    context.Context
	values url.Values
	err    error
}

// readQuery refuses parameters that the route does not know.
func readQuery(r *http.Request, known ...string) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &query{ctx: r.Context(), values: values}
	if err != nil {
		q.fail("the address's parameters cannot be read: %v", err)
	}
	for name, of := range q.values {
		for _, v := range of {
			if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
				q.fail("parameter %q holds the character U+0000 or bytes that are not UTF-8, which is no text", name)
			}
		}
		if !slices.Contains(known, name) {
			q.fail("parameter %q is not known here; known are %s", name, strings.Join(known, ", "))
		}
	}
	return q
}

func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = badRequest(format, args...)
	}
}

func (q *query) text(name string) string {
	v := q.values.Get(name)
	if len(v) > 200 {
		q.fail("parameter %s is longer than 200 bytes", name)
		return ""
	}
	return v
}

func (q *query) list(name string) []string {
	v := q.values.Get(name)
	if v == "" {
		return nil
	}
	out := strings.Split(v, ",")
	if len(out) > 100 {
		q.fail("parameter %s lists more than 100 values", name)
		return nil
	}
	return out
}

// among is a list of which every value is known.
func among[T ~string](q *query, name string, known []T) []string {
	out := q.list(name)
	for _, v := range out {
		if !slices.Contains(known, T(v)) {
			q.fail("parameter %s: %q is none of %v", name, v, known)
		}
	}
	return out
}

func (q *query) number(name string, lo, hi, without int) int {
	v := q.values.Get(name)
	if v == "" {
		return without
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < lo || n > hi {
		q.fail("parameter %s must be a whole number from %d to %d", name, lo, hi)
		return without
	}
	return n
}

func (q *query) float(name string) float64 {
	f, err := strconv.ParseFloat(q.values.Get(name), 64)
	if err != nil || f != f || f < -180 || f > 180 {
		q.fail("parameter %s must be a number of degrees", name)
	}
	return f
}

func (q *query) moment(name string) time.Time {
	v := q.values.Get(name)
	if v == "" {
		return time.Time{}
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, v); err == nil {
			return t
		}
	}
	q.fail("parameter %s must be a time such as 2026-10-31T09:30:00+08:00 or a date", name)
	return time.Time{}
}

// day is a date; without one, the day given.
func (q *query) day(name string, without time.Time) time.Time {
	v := q.values.Get(name)
	if v == "" {
		return without
	}
	t, err := time.Parse(time.DateOnly, v)
	if err != nil {
		q.fail("parameter %s must be a date such as 2026-10-31", name)
	}
	return t
}

func (q *query) id(name string) uuid.UUID {
	v := q.values.Get(name)
	if v == "" {
		return uuid.Nil
	}
	id, err := uuid.Parse(v)
	if err != nil {
		q.fail("parameter %s must be a UUID", name)
	}
	return id
}

func (q *query) box(name string) *orb.Bound {
	v := q.values.Get(name)
	if v == "" {
		return nil
	}
	parts := strings.Split(v, ",")
	var n [4]float64
	if len(parts) == 4 {
		for i, p := range parts {
			f, err := strconv.ParseFloat(p, 64)
			if err != nil || f != f {
				parts = nil
				break
			}
			n[i] = f
		}
	}
	if len(parts) != 4 || n[0] < -180 || n[2] > 180 || n[1] < -90 || n[3] > 90 || n[0] > n[2] || n[1] > n[3] {
		q.fail("parameter %s must be west,south,east,north in degrees, west before east", name)
		return nil
	}
	return &orb.Bound{Min: orb.Point{n[0], n[1]}, Max: orb.Point{n[2], n[3]}}
}

// period is the month or half-year asked for; the running month without one.
func (q *query) period(v *view, now time.Time) policy.Period {
	s := q.values.Get("period")
	if s == "" {
		return policy.Containing(policy.DateOf(now, v.book.Policy().Zone()), policy.Month)
	}
	p, err := policy.ParsePeriod(s)
	if err != nil {
		q.fail("%v", err)
		return p
	}
	if p.FirstDay().Before(v.since.AddDate(0, 1, 0)) {
		q.fail("period %s lies before what is kept in memory (%s)", s, v.since.Format(time.DateOnly))
	}
	return p
}

// interval is a span of days as OGC API writes it: a day, or two ends of which
// one may be open (".." or nothing). Instants are taken as their days in the
// district's zone. An open end is 0.
func (q *query) interval(name string, zone *time.Location) (first, last policy.Day) {
	s := q.text(name)
	if s == "" {
		return 0, 0
	}
	from, to, span := strings.Cut(s, "/")
	end := func(s string) policy.Day {
		if s == "" || s == ".." {
			return 0
		}
		if day, err := time.Parse(time.DateOnly, s); err == nil {
			return policy.DayOf(day)
		}
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			q.fail("parameter %s must be a day or two with a slash between, such as 2026-10-01/2026-10-31, not %q", name, s)
		}
		return policy.DayAt(at, zone)
	}
	if first = end(from); !span {
		return first, first
	}
	if last = end(to); first != 0 && last != 0 && last < first {
		q.fail("parameter %s ends before it begins", name)
	}
	return first, last
}

// unit is the unit asked about, the asker's own without one; empty for the
// whole district or for all of several. A unit that reaches beyond the asker's
// scope, the district too, is no more theirs than another.
func (q *query) unit(a *asker) string { return q.ownUnit(a, "unit") }

func (q *query) ownUnit(a *asker, name string) string {
	unit := q.text(name)
	if unit == "" && len(a.scope.Units) == 1 {
		return a.scope.Units[0]
	}
	if unit == "" || (unit == a.view.district.Code && len(a.scope.Units) == 0) {
		return ""
	}
	if u, ok := a.view.tree.Unit(unit); q.err == nil && (!ok || !a.seesUnit(u)) {
		q.err = notFound("unit %q", unit)
	}
	return unit
}

// grid is a grid in force that the asker sees; empty without one.
func (q *query) grid(a *asker) string {
	code := q.text("grid")
	if code == "" {
		return ""
	}
	if i, ok := a.view.gridAt[code]; q.err == nil && (!ok || !a.seesGrid(i)) {
		q.err = notFound("grid %q", code)
	}
	return code
}

// coverageParams are the parameters of every question about coverage.
var coverageParams = []string{"unit", "town_level", "holder", "grid", "class", "duty", "category", "period", "as_known_at", "as_of"}

// coverage is the obligations asked about, and from where in time. Asked as
// known at a moment it waits until nothing that was learned before is still
// being written, so that the answer is the same for ever.
func (q *query) coverage(a *asker, now time.Time) coverage.Query {
	out := coverage.Query{Known: q.moment("as_known_at"), Until: q.moment("as_of")}
	if q.err == nil && !out.Known.IsZero() {
		if q.err = a.live.settle(q.ctx, out.Known); q.err == nil {
			a.view = a.live.view()
		}
	}
	out.Period, out.Unit, out.Grid, out.Class = q.period(a.view, now), q.unit(a), q.grid(a), q.number("class", 0, 3, 0)
	out.Duty, out.Category, out.Sees, out.Restricted = q.text("duty"), q.text("category"), a.sees(), a.Role.Can(auth.Care)
	if d := out.Duty; d != "" && !slices.ContainsFunc(a.view.book.Rules(), func(v policy.Version) bool { _, ok := v.DutyIndex(d); return ok }) {
		q.fail("duty %q is in no version of the policy", d)
	}
	if q.text("holder") != "" {
		out.Holder = q.ownUnit(a, "holder")
	}
	if q.text("town_level") != "" {
		out.TownLevel = q.ownUnit(a, "town_level")
		if u, ok := a.view.tree.Unit(out.TownLevel); ok && u.Kind != layers.Town && u.Kind != layers.Park {
			q.fail("parameter town_level must be a town or a park, %s is a %s", u.Code, u.Kind)
		}
	}
	if c := out.Category; c != "" {
		if _, ok := a.view.book.Policy().Category(c); !ok {
			q.fail("category %q is not in the policy; GET /api/categories lists them", c)
		}
	}
	if s := q.text("state"); s != "" {
		state, err := coverage.ParseState(s)
		if err != nil {
			q.fail("%v", err)
		}
		out.State = state
	}
	return out
}

// A page's cursor is opaque to clients: what the next page begins after.
func encodeCursor(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // cursors are made of plain values
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (q *query) cursor(into any) {
	v := q.values.Get("after")
	if v == "" {
		return
	}
	raw, err := base64.RawURLEncoding.DecodeString(v)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		q.fail("parameter after must be taken from a next link")
	}
}

// next is the address of the page after this one.
func next(r *http.Request, cursor any) *string {
	values := r.URL.Query()
	values.Set("after", encodeCursor(cursor))
	u := r.URL.Path + "?" + values.Encode()
	return &u
}

type page struct {
	Items any     `json:"items"`
	Next  *string `json:"next"`
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (q *query) limit() int { return q.number("limit", 1, maxLimit, defaultLimit) }

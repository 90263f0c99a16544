package httpapi

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"gridward/grids/roster"
	"gridward/internal/postgres"
)

// What the roster's five resources have in common: pages by id, one row by id,
// and changes from a version on.

// roster reads the filters that all of them know, and the page.
func (q *query) roster(a *asker) roster.Filter {
	f := roster.Filter{Unit: q.text("unit"), Limit: q.limit()}
	if f.Unit == a.view.district.Code {
		f.Unit = ""
	}
	if on := q.day("day", f.Over.From); !on.IsZero() {
		f.Over = roster.Span{From: on, To: on.AddDate(0, 0, 1)}
	}
	q.cursor(&f.After)
	return f
}

type lister[T any] func(context.Context, *postgres.Tx, roster.Filter) ([]T, error)

func readList[T any](r *http.Request, s *Server, a *asker, f roster.Filter, list lister[T]) (found []T, err error) {
	err = s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		found, err = list(ctx, tx, f)
		return err
	})
	return found, err
}

// readOne reads the row that the path names.
func readOne[T any](r *http.Request, s *Server, a *asker, kind string, list lister[T]) (row T, err error) {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return row, err
	}
	found, err := readList(r, s, a, roster.Filter{IDs: []uuid.UUID{id}}, list)
	if err != nil {
		return row, err
	}
	if len(found) == 0 {
		return row, notFound("%s %s", kind, id)
	}
	return found[0], nil
}

func writeRows[T any](w http.ResponseWriter, r *http.Request, limit int, found []T, show func(*T) map[string]any, id func(*T) uuid.UUID) error {
	items := []map[string]any{}
	for i := range found {
		items = append(items, show(&found[i]))
	}
	out := page{Items: items}
	if len(found) == limit {
		out.Next = next(r, id(&found[limit-1]))
	}
	return writeJSON(w, http.StatusOK, out)
}

// changeRow reads a change of the row that the path names and makes it once.
func changeRow(w http.ResponseWriter, r *http.Request, s *Server, a *asker, body any, key func() (uuid.UUID, int32), change func(context.Context, *postgres.Tx, uuid.UUID) (any, error)) error {
	id, err := parseID(pathVar(r, "id"))
	if err != nil {
		return err
	}
	if err := readJSON(w, r, body); err != nil {
		return err
	}
	write, version := key()
	if write == uuid.Nil || version < 1 {
		return badRequest("an id of the change and the version that you saw are needed")
	}
	request := struct {
		Path string
		Body any
	}{r.URL.Path, body}
	raw, _, err := s.db.Write(r.Context(), a.scope, write, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		return change(ctx, tx, id)
	})
	return s.written(w, r, a, raw, true, err) // 200: nothing new came to be
}

func changeSpan(s *roster.Span, from, to optional[day]) {
	if from.Set {
		s.From = from.Value.Time
	}
	if to.Set {
		s.To = to.Value.Time
	}
}

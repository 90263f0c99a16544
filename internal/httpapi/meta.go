package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"gridward/grids/coverage/policy"
	"gridward/internal/postgres"
	"gridward/layers"
)

func (s *Server) getSession(w http.ResponseWriter, r *http.Request, a *asker) error {
	return writeJSON(w, http.StatusOK, map[string]any{"name": a.Name, "role": a.Role, "district": a.District, "units": a.Units})
}

func (s *Server) getDistrict(w http.ResponseWriter, r *http.Request, a *asker) error {
	p := a.view.book.Policy()
	today := policy.DateOf(s.now(), p.Zone())
	month := policy.Containing(today, policy.Month)
	periods := []string{}
	for range 6 {
		periods = append([]string{month.String()}, periods...)
		month = month.Previous()
	}
	bound := a.view.district.Geometry.Bound()
	type class struct {
		Class int    `json:"class"`
		ZH    string `json:"zh"`
		EN    string `json:"en"`
	}
	var classes []class
	for _, d := range p.Duties {
		if d.Class > 0 && !d.Restricted {
			classes = append(classes, class{d.Class, d.Name.ZH, d.Name.EN})
		}
	}
	return writeJSON(w, http.StatusOK, map[string]any{
		"code": a.view.district.Code, "name": a.view.district.Name, "name_en": a.view.district.NameEN,
		"bounds":    []float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]},
		"synthetic": a.view.settings["synthetic"] == "true", "attribution": a.view.settings["attribution"],
		"today": today.Format(time.DateOnly), "periods": periods, "classes": classes,
		"policy": map[string]any{"version": p.Version, "valid_from": p.ValidFrom, "title": p.Title},
	})
}

func (s *Server) getLayers(w http.ResponseWriter, r *http.Request, a *asker) error {
	var counts map[string]int64
	err := s.db.Read(r.Context(), postgres.API, a.scope, func(ctx context.Context, tx *postgres.Tx) (err error) {
		counts, err = layers.CountByLayer(ctx, tx, policy.DateOf(s.now(), a.view.book.Policy().Zone()))
		return err
	})
	if err != nil {
		return err
	}
	type attribute struct {
		Name     string         `json:"name"`
		ZH       string         `json:"zh"`
		EN       string         `json:"en"`
		Type     string         `json:"type"`
		Unit     string         `json:"unit,omitempty"`
		Required bool           `json:"required"`
		Values   []layers.Value `json:"values,omitempty"`
	}
	type layer struct {
		Name       string      `json:"name"`
		ZH         string      `json:"zh"`
		EN         string      `json:"en"`
		Group      string      `json:"group"`
		Geometry   []string    `json:"geometry"`
		Category   string      `json:"category"`
		Inspected  bool        `json:"inspected"`
		Count      int64       `json:"count"`
		MinZoom    int         `json:"minzoom"`
		MaxZoom    int         `json:"maxzoom"`
		Color      string      `json:"color"`
		Attributes []attribute `json:"attributes"`
	}
	items := []layer{}
	for _, d := range s.set.All() {
		l := layer{Name: d.Layer, ZH: d.Name.ZH, EN: d.Name.EN, Group: d.Group, Geometry: d.Geometry, Category: d.Category.Default,
			Inspected: d.Inspected, Count: counts[d.Layer], MinZoom: d.Zoom.Min, MaxZoom: d.Zoom.Max, Color: d.Color, Attributes: []attribute{}}
		for _, at := range d.Attributes {
			l.Attributes = append(l.Attributes, attribute{at.Name, at.ZH, at.EN, at.Type, at.Unit, at.Required, at.Values})
		}
		items = append(items, l)
	}
	return writeJSON(w, http.StatusOK, page{Items: items})
}

func (s *Server) getCategories(w http.ResponseWriter, r *http.Request, a *asker) error {
	p := a.view.book.Policy()
	type category struct {
		Category string `json:"category"`
		ZH       string `json:"zh"`
		EN       string `json:"en"`
		Classes  []int  `json:"classes"` // that places of the category can owe
	}
	items := []category{}
	for _, c := range p.Categories {
		out := category{c.Category, c.ZH, c.EN, []int{}}
		for _, o := range c.Duties {
			if i, ok := p.DutyIndex(o.Duty); ok && !slices.Contains(out.Classes, p.Duties[i].Class) {
				out.Classes = append(out.Classes, p.Duties[i].Class)
			}
		}
		if len(out.Classes) == 0 {
			out.Classes = []int{1} // the residual duty
		}
		slices.Sort(out.Classes)
		items = append(items, out)
	}
	return writeJSON(w, http.StatusOK, page{Items: items})
}

// getPolicySchema is the form of a policy, for editors.
func getPolicySchema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	w.Write(policy.SchemaDocument())
}

func (s *Server) getPolicy(w http.ResponseWriter, r *http.Request, a *asker) error {
	return writeJSON(w, http.StatusOK, a.view.book.Policy())
}

func (s *Server) getHazardTypes(w http.ResponseWriter, r *http.Request, a *asker) error {
	p := a.view.book.Policy()
	type kind struct {
		policy.Hazard
		Classes []int `json:"classes"` // on whose checklists it stands
	}
	items := []kind{}
	for _, h := range p.Hazards {
		k := kind{h, []int{}}
		for i, c := range p.Checklists {
			if slices.Contains(c.Hazards, h.Type) {
				k.Classes = append(k.Classes, i+1)
			}
		}
		items = append(items, k)
	}
	return writeJSON(w, http.StatusOK, page{Items: items})
}

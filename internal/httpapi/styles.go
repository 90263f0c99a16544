package httpapi

import (
	"net/http"
	"slices"

	"gridward/layers"
	"gridward/tiles"
	"gridward/tiles/style"
	"gridward/web"
)

// palette is the console's: a map elsewhere has the colours that the console has.
var palette = func() *style.Palette {
	p, err := style.ParsePalette(web.Palette)
	if err != nil {
		panic(err) // the file is embedded
	}
	return p
}()

// listStyles says which maps have a style.
func (s *Server) listStyles(w http.ResponseWriter, r *http.Request, _ *asker) error {
	if q := readQuery(r); q.err != nil {
		return q.err
	}
	type item struct {
		Map string `json:"map"`
		layers.Text
		URL string `json:"url"`
	}
	items := []item{}
	for _, m := range style.Maps() {
		items = append(items, item{m.Name, m.Title, askedOrigin(r) + "/styles/" + m.Name + ".json"})
	}
	return writeJSON(w, http.StatusOK, page{Items: items})
}

// getStyle answers with a built-in map's style. Parameters of the map's tile set are
// passed on to that set's TileJSON, and refused here where tiles would refuse them.
func (s *Server) getStyle(w http.ResponseWriter, r *http.Request, a *asker) error {
	all := style.Maps()
	i := slices.IndexFunc(all, func(m style.Map) bool { return m.Name == pathVar(r, "map") })
	if i < 0 {
		return notFound("map %q; GET /styles lists them", pathVar(r, "map"))
	}
	m := all[i]
	var known []string
	if m.Set != "" {
		set, _ := s.oneTileSet(a, m.Set)
		known = slices.Clone(set.params)
	}
	if m.Set == "heat" {
		known = append(known, "classes")
	}
	q := readQuery(r, known...)
	if q.err != nil {
		return q.err
	}
	in := style.Input{Palette: palette, Layers: s.set.All()}
	in.TileJSON = func(set string) string {
		address := askedOrigin(r) + "/tiles/" + set + ".json"
		if set != m.Set {
			return address
		}
		return withQuery(address, q.values.Encode())
	}
	switch m.Set {
	case "heat":
		legends, err := s.heatLegends(q, a)
		if err != nil {
			return err
		}
		in.Legends = map[int][]float64{}
		for i, bounds := range legends {
			in.Legends[tiles.HeatMin+i] = bounds
		}
	case "hazards":
		heatFilter(q, a)
	case "coverage":
		q.coverage(a, s.now())
	}
	if q.err != nil {
		return q.err
	}
	in.Bound, _ = a.view.unitTiles.Bound(a.sees())
	return writeJSON(w, http.StatusOK, m.Style(in))
}

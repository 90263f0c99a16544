package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gridward/tiles"
)

// getTileJSON describes a tile set in a tile matrix set, which is
// WebMercatorQuad where the path names none.
func (s *Server) getTileJSON(w http.ResponseWriter, r *http.Request, a *asker) error {
	matrix, err := tiles.ParseMatrix(pathVar(r, "matrix"))
	if err != nil {
		return err
	}
	name := pathVar(r, "layer")
	set, ok := s.tileSetOf(a, name)
	if !ok {
		return notFound("layer %q; GET /api/layers lists them", name)
	}
	q := readQuery(r, append(set.params, "classes")...)
	if q.err != nil {
		return q.err
	}
	out := tiles.TileJSON{TileJSON: "3.0.0", Name: name, Attribution: a.view.settings["attribution"], Matrix: matrix.String(), CRS: matrix.CRS(), Served: "memory"}
	if set.fromSQL {
		out.Served = "sql"
	}
	if out.MinZoom, out.MaxZoom, ok = matrix.Zooms(set.min, set.max); !ok {
		return set.noZoom(matrix)
	}
	for _, l := range set.layers {
		if l.MinZoom, l.MaxZoom, ok = matrix.Zooms(l.MinZoom, l.MaxZoom); ok {
			out.VectorLayers = append(out.VectorLayers, l)
		}
	}
	folder := askedOrigin(r) + "/tiles/"
	if given := pathVar(r, "matrix"); given != "" {
		folder += given + "/"
	}
	asked := r.URL.Query()
	asked.Del("classes") // legends have them, tiles do not
	out.Tiles = []string{withQuery(folder+name+"/{z}/{x}/{y}.mvt", asked.Encode())}
	if b, ok := a.view.unitTiles.Bound(a.sees()); ok {
		out.Bounds = tiles.BoundsOf(matrix.Bound(b))
	}
	if slices.Contains(strings.Split(name, ","), "heat") {
		legends, err := s.heatLegends(q, a)
		if err != nil {
			return err
		}
		out.Resolutions, out.Legends = map[string]int{}, map[string][]float64{}
		lo, hi, _ := matrix.Zooms(tiles.HeatMin, tiles.HeatMax)
		for z := lo; z <= hi; z++ {
			depth := tiles.HeatMin + z - lo
			out.Legends[strconv.Itoa(z)], out.Resolutions[strconv.Itoa(z)] = legends[depth-tiles.HeatMin], tiles.HeatResolution(depth)
		}
	}
	return writeJSON(w, http.StatusOK, out)
}

// heatLegends are each class's lower bound, ascending, of the depths from
// [tiles.HeatMin] to [tiles.HeatMax].
func (s *Server) heatLegends(q *query, a *asker) ([][]float64, error) {
	f := heatFilter(q, a)
	classes := tiles.Quantiles
	if c := q.text("classes"); c != "" {
		classes = tiles.Classes(c)
	}
	if q.err != nil {
		return nil, q.err
	}
	var out [][]float64
	for depth := tiles.HeatMin; depth <= tiles.HeatMax; depth++ {
		surface, err := a.view.heat.Surface(depth, f, a.tileScope())
		if err != nil {
			return nil, err
		}
		bounds, err := surface.Legend(classes)
		if err != nil {
			return nil, badRequest("%v", err)
		}
		out = append(out, bounds[:])
	}
	return out, nil
}

// askedOrigin is the scheme and host by which the asker came here.
func askedOrigin(r *http.Request) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// withQuery is an address with parameters, as they are encoded; none leave it as it is.
func withQuery(address, encoded string) string {
	if encoded == "" {
		return address
	}
	return address + "?" + encoded
}

package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/geo/crs"
	"gridward/geo/geoio"
	"gridward/grids/plan"
)

// maxPlanFile bounds a plan's file.
const maxPlanFile = 64 << 20 // bytes

var planFiles = map[string]struct{ name, kind string }{
	"geojson": {"plan.geojson", "application/geo+json"},
	"gpkg":    {"plan.gpkg", "application/geopackage+sqlite3"},
	"shp":     {"plan.zip", "application/zip"},
}

// importPlan compares a file with a draft: what the file has otherwise comes
// back as operations to accept, with the file's own flaws. Nothing is stored.
func (s *Server) importPlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "crs", "format")
	said, format := q.text("crs"), q.text("format")
	if q.err != nil {
		return q.err
	}
	file, ok := planFiles[format]
	if !ok {
		return badRequest("format %q is none of geojson, gpkg, shp (zipped)", format)
	}
	if said == "" {
		return badRequest("crs is missing: a file without a stated coordinate system is refused (EPSG:4326, EPSG:4490, EPSG:4549, GCJ-02 …)")
	}
	system, err := crs.Parse(said)
	if err != nil {
		return badRequest("crs: %v", err)
	}
	dir, err := os.MkdirTemp("", "gridward-plan-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, file.name)
	if err := save(path, http.MaxBytesReader(w, r.Body, maxPlanFile)); err != nil {
		return err
	}
	drawn, err := readDrawn(path, system)
	if err != nil {
		return kindInvalid.fail("%v", err)
	}
	return s.openPlan(r, a, func(ws *workspace) error {
		if err := ws.drawn(); err != nil {
			return err
		}
		d, err := ws.draft.Differ(drawn)
		if err != nil {
			return kindInvalid.fail("%v", err)
		}
		operations := d.Operations
		if operations == nil {
			operations = []plan.Operation{}
		}
		tagged(w, &ws.head)
		return writeJSON(w, http.StatusOK, map[string]any{"report": problemList(d.Problems), "operations": operations, "unchanged": d.Unchanged})
	})
}

func save(path string, from io.Reader) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}

// readDrawn reads the grids of a file.
func readDrawn(path string, system crs.System) ([]plan.Drawn, error) {
	in, err := geoio.Open(path, geoio.Options{})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var out []plan.Drawn
	for in.Next() {
		rec := in.Record()
		text := func(name string) string {
			if v := rec.Attributes[name]; v != nil {
				return fmt.Sprint(v)
			}
			return ""
		}
		if rec.Problem != nil {
			return nil, fmt.Errorf("row %d (%s): %w", rec.Row, text("code"), rec.Problem)
		}
		o, err := geo.NewOutline(system.Geometry(rec.Geometry))
		if err != nil {
			return nil, fmt.Errorf("row %d (%s): %w", rec.Row, text("code"), err)
		}
		out = append(out, plan.Drawn{Code: text("code"), Name: text("name"), Outline: o})
	}
	return out, in.Err()
}

// exportPlan writes a plan's grids as a file, for a desktop program.
func (s *Server) exportPlan(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "format")
	format := q.text("format")
	if q.err != nil {
		return q.err
	}
	if format != "geojson" && format != "gpkg" {
		return badRequest("format %q is neither geojson nor gpkg", format)
	}
	return s.openPlan(r, a, func(ws *workspace) error {
		dir, err := os.MkdirTemp("", "gridward-plan-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, planFiles[format].name)
		columns := []string{"code", "name", "community", "area_m2", "minutes"}
		out, closed, err := planWriter(path, format, columns, s.now())
		if err != nil {
			return err
		}
		for _, g := range ws.plans().Grids() {
			m := g.Outline.MultiPolygon()
			var shape orb.Geometry = m
			err = errors.Join(err, out.Write(geoio.Record{Geometry: shape, Attributes: map[string]any{"code": g.Code, "name": g.Name, "community": g.Community, "area_m2": g.AreaM2, "minutes": g.Minutes()}}))
		}
		if err := errors.Join(err, out.Close(), closed()); err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		h := w.Header()
		tagged(w, &ws.head)
		h.Set("Content-Type", planFiles[format].kind)
		h.Set("Content-Disposition", `attachment; filename="`+planFiles[format].name+`"`)
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Content-Length", strconv.Itoa(len(raw)))
		w.Write(raw)
		return nil
	})
}

// planWriter writes a file of a format; closed is to be called after its Close.
func planWriter(path, format string, columns []string, now time.Time) (w geoio.Writer, closed func() error, err error) {
	if format == "gpkg" {
		w, err = geoio.NewGeoPackage(path, "grids", columns, map[string]string{"area_m2": "REAL", "minutes": "REAL"}, now)
		return w, func() error { return nil }, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, err
	}
	return geoio.NewGeoJSON(f), f.Close, nil
}

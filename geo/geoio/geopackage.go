package geoio

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/twpayne/go-geom/encoding/wkb"
	_ "modernc.org/sqlite" // the driver "sqlite", in Go

	"gridward/geo/ewkb"
)

// geoPackage reads one table of a GeoPackage.
type geoPackage struct {
	db      *sql.DB
	rows    *sql.Rows
	columns []string
	geom    int
	crs     string
	rec     Record
	row     int
	err     error
}

func openGeoPackage(path string, o Options) (Reader, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return nil, err
	}
	g := &geoPackage{db: db}
	if err := g.begin(o); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

func (g *geoPackage) begin(o Options) error {
	var table, column string
	var srs int
	err := g.db.QueryRow(`select table_name, column_name, srs_id from gpkg_geometry_columns where ? = '' or table_name = ? order by table_name limit 1`, o.Layer, o.Layer).Scan(&table, &column, &srs)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("the GeoPackage has no layer %q", o.Layer)
	}
	if err != nil {
		return fmt.Errorf("not a GeoPackage: %w", err)
	}
	var org string
	var code int
	if err := g.db.QueryRow(`select organization, organization_coordsys_id from gpkg_spatial_ref_sys where srs_id = ?`, srs).Scan(&org, &code); err == nil && code > 0 {
		g.crs = fmt.Sprintf("%s:%d", strings.ToUpper(org), code)
	}
	quoted := `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
	if g.rows, err = g.db.Query("select * from " + quoted); err != nil {
		return err
	}
	if g.columns, err = g.rows.Columns(); err != nil {
		return err
	}
	g.geom = -1
	for i, c := range g.columns {
		if strings.EqualFold(c, column) {
			g.geom = i
		}
	}
	if g.geom < 0 {
		return fmt.Errorf("table %s has no column %s", table, column)
	}
	return nil
}

func (g *geoPackage) Next() bool {
	if g.err != nil || !g.rows.Next() {
		return false
	}
	g.row++
	cells := make([]any, len(g.columns))
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	if err := g.rows.Scan(into...); err != nil {
		g.err = fmt.Errorf("row %d: %w", g.row, err)
		return false
	}
	g.rec = Record{Row: g.row, Attributes: make(map[string]any, len(cells))}
	for i, v := range cells {
		if i == g.geom {
			raw, _ := v.([]byte)
			g.decode(raw)
			continue
		}
		if b, ok := v.([]byte); ok {
			v = string(b)
		}
		g.rec.Attributes[g.columns[i]] = v
	}
	return true
}

// decode reads GeoPackage binary: a header with an envelope, then WKB.
func (g *geoPackage) decode(raw []byte) {
	if len(raw) < 8 || raw[0] != 'G' || raw[1] != 'P' {
		g.rec.Problem = ErrNoGeometry
		return
	}
	envelope, ok := map[byte]int{0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[raw[3]>>1&7]
	if !ok || len(raw) < 8+envelope {
		g.rec.Problem = errors.New("the geometry's header is broken")
		return
	}
	body := raw[8+envelope:]
	if _, err := ewkb.Inspect(extended(body)); err != nil {
		g.rec.Problem = err
		return
	}
	t, err := wkb.Unmarshal(body)
	if err != nil {
		g.rec.Problem = fmt.Errorf("not WKB: %w", err)
		return
	}
	g.rec.Geometry, g.rec.Solid, g.rec.Problem = planOf(t)
}

// extended rewrites ISO type codes (1003 for PolygonZ) at every level so that
// one inspector serves both dialects. It stops quietly at broken bytes, which
// the inspector then refuses.
func extended(iso []byte) []byte {
	out := append([]byte(nil), iso...)
	var walk func(at int) int
	walk = func(at int) int {
		if at+5 > len(out) {
			return len(out)
		}
		var order binary.ByteOrder = binary.LittleEndian
		if out[at] == 0 {
			order = binary.BigEndian
		}
		kind := order.Uint32(out[at+1:])
		base, stride := kind%1000, 2
		if d := kind / 1000; d > 0 && d < 4 {
			flag := map[uint32]uint32{1: 0x80000000, 2: 0x40000000, 3: 0xc0000000}[d]
			order.PutUint32(out[at+1:], base|flag)
			stride = map[uint32]int{1: 3, 2: 3, 3: 4}[d]
		}
		at += 5
		number := func() int {
			if at+4 > len(out) {
				at = len(out)
				return 0
			}
			n := int(order.Uint32(out[at:]))
			at += 4
			return min(n, len(out))
		}
		switch base {
		case 1:
			at += 8 * stride
		case 2:
			at += number() * 8 * stride
		case 3:
			for n := number(); n > 0 && at < len(out); n-- {
				at += number() * 8 * stride
			}
		default:
			for n := number(); n > 0 && at < len(out); n-- {
				at = walk(at)
			}
		}
		return at
	}
	walk(0)
	return out
}

func (g *geoPackage) Record() Record    { return g.rec }
func (g *geoPackage) Columns() []string { return g.columns }
func (g *geoPackage) CRS() string       { return g.crs }

func (g *geoPackage) Err() error {
	if g.err != nil {
		return g.err
	}
	return g.rows.Err()
}

func (g *geoPackage) Close() error { return errors.Join(g.rows.Close(), g.db.Close()) }

package geoio

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	geomwkb "github.com/twpayne/go-geom/encoding/wkb"
)

// The least that OGC 12-128r19 (GeoPackage 1.3) demands of a file with features.
const geoPackageSchema = `
pragma application_id = 0x47504b47;
pragma user_version = 10300;
create table gpkg_spatial_ref_sys (srs_name text not null, srs_id integer primary key, organization text not null, organization_coordsys_id integer not null, definition text not null, description text);
insert into gpkg_spatial_ref_sys values
 ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinate reference system'),
 ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
 ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]', 'longitude/latitude in decimal degrees on the WGS 84 spheroid');
create table gpkg_contents (table_name text not null primary key, data_type text not null, identifier text unique, description text default '', last_change datetime not null, min_x double, min_y double, max_x double, max_y double, srs_id integer references gpkg_spatial_ref_sys (srs_id));
create table gpkg_geometry_columns (table_name text not null references gpkg_contents (table_name), column_name text not null, geometry_type_name text not null, srs_id integer not null references gpkg_spatial_ref_sys (srs_id), z tinyint not null, m tinyint not null, primary key (table_name, column_name));
`

type geoPackageWriter struct {
	db      *sql.DB
	tx      *sql.Tx
	insert  *sql.Stmt
	table   string
	columns []string
	bound   orb.Bound
	n       int
}

// NewGeoPackage writes a GeoPackage of one table in WGS 84, with depth where a
// record has it. path must not exist. columns are the attributes, in order;
// types gives their SQLite types, text where it is silent. now is the file's
// time stamp.
func NewGeoPackage(path, table string, columns []string, types map[string]string, now time.Time) (Writer, error) {
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("%s exists already", path)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	g := &geoPackageWriter{db: db, table: table, columns: columns}
	if err := g.begin(types, now); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return g, nil
}

func name(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func (g *geoPackageWriter) begin(types map[string]string, now time.Time) error {
	if _, err := g.db.Exec(geoPackageSchema); err != nil {
		return err
	}
	stamp := now.UTC().Format("2006-01-02T15:04:05.000Z")
	if _, err := g.db.Exec(`insert into gpkg_contents (table_name, data_type, identifier, last_change, srs_id) values (?, 'features', ?, ?, 4326)`, g.table, g.table, stamp); err != nil {
		return err
	}
	if _, err := g.db.Exec(`insert into gpkg_geometry_columns values (?, 'geom', 'GEOMETRY', 4326, 2, 0)`, g.table); err != nil {
		return err
	}
	list, marks := "", "?"
	for _, c := range g.columns {
		kind := types[c]
		if kind == "" {
			kind = "text"
		}
		list += ", " + name(c) + " " + kind
		marks += ", ?"
	}
	if _, err := g.db.Exec("create table " + name(g.table) + " (fid integer primary key autoincrement not null, geom geometry" + list + ")"); err != nil {
		return err
	}
	var err error
	if g.tx, err = g.db.Begin(); err != nil {
		return err
	}
	quoted := "geom"
	for _, c := range g.columns {
		quoted += ", " + name(c)
	}
	g.insert, err = g.tx.Prepare("insert into " + name(g.table) + " (" + quoted + ") values (" + marks + ")")
	return err
}

func (g *geoPackageWriter) Write(r Record) error {
	row := make([]any, 0, len(g.columns)+1)
	var blob []byte
	if r.Geometry != nil {
		var err error
		if blob, err = geoPackageBlob(r); err != nil {
			return fmt.Errorf("row %d: %w", r.Row, err)
		}
		if b := r.Geometry.Bound(); g.n == 0 {
			g.bound = b
		} else {
			g.bound = g.bound.Union(b)
		}
		g.n++
	}
	row = append(row, blob)
	for _, c := range g.columns {
		row = append(row, r.Attributes[c])
	}
	if _, err := g.insert.Exec(row...); err != nil {
		return fmt.Errorf("row %d: %w", r.Row, err)
	}
	return nil
}

// geoPackageBlob is the header with the box of a geometry, then WKB.
func geoPackageBlob(r Record) ([]byte, error) {
	var b bytes.Buffer
	b.Write([]byte{'G', 'P', 0, 0b0000_0011}) // little endian, box of x and y
	binary.Write(&b, binary.LittleEndian, int32(4326))
	box := r.Geometry.Bound()
	for _, v := range []float64{box.Min[0], box.Max[0], box.Min[1], box.Max[1]} {
		binary.Write(&b, binary.LittleEndian, math.Float64bits(v))
	}
	var raw []byte
	var err error
	if r.Solid != nil {
		raw, err = geomwkb.Marshal(r.Solid, binary.LittleEndian)
	} else {
		raw, err = wkb.Marshal(r.Geometry, binary.LittleEndian)
	}
	b.Write(raw)
	return b.Bytes(), err
}

func (g *geoPackageWriter) Close() error {
	_, err := g.tx.Exec(`update gpkg_contents set min_x = ?, min_y = ?, max_x = ?, max_y = ? where table_name = ?`, g.bound.Min[0], g.bound.Min[1], g.bound.Max[0], g.bound.Max[1], g.table)
	return errors.Join(err, g.insert.Close(), g.tx.Commit(), g.db.Close())
}

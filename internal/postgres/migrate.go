package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrations are the schema's steps, forward only.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Migrations is the folder of the schema's steps.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Migrate brings the schema up to date as the owner. A lock in the database
// keeps two programs from doing it at once.
func Migrate(ctx context.Context, url string, log *slog.Logger) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	// Not "$user" first: an owner named as the schema would find another place
	// for the table of what was done.
	cfg.RuntimeParams["search_path"] = "public"
	sqlDB := stdlib.OpenDB(*cfg)
	defer sqlDB.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, sqlDB, Migrations(),
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w%s", err, adviceOn(err))
	}
	for _, r := range done {
		log.Info("migrated", "step", r.Source.Path, "took", r.Duration)
	}
	return nil
}

// adviceOn says what to do about the usual reasons why a schema cannot be made.
func adviceOn(err error) string {
	switch code(err) {
	case "58P01", "0A000":
		return "; install PostGIS on the database's server (Debian: postgresql-15-postgis-3)"
	case "42501":
		return "; the user of DATABASE_URL must own the database and may need a superuser to run once: create extension postgis; create extension btree_gist; create role gridward_service nologin; and to grant gridward_service to it"
	}
	return ""
}

// ErrSchemaBehind says that the database's schema is older than the program.
var ErrSchemaBehind = errors.New("the database's schema is older than this program: run gridward migrate")

// newestStep is the number of the last step that this program knows.
func newestStep() (newest int64) {
	names, _ := fs.Glob(Migrations(), "*.sql")
	for _, name := range names {
		if n, err := goose.NumericComponent(name); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// checkVersion holds the schema to what the program needs. A newer schema is
// fine: while servers are replaced one by one, the old ones go on.
func checkVersion(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Close(ctx)
	var at int64
	err = conn.QueryRow(ctx, `select coalesce(max(version_id), 0) from public.goose_db_version where is_applied`).Scan(&at)
	if code(err) == "42P01" {
		at, err = 0, nil
	}
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if want := newestStep(); at < want {
		return fmt.Errorf("%w (it stands at step %d of %d)", ErrSchemaBehind, at, want)
	}
	return nil
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"gridward/geo/ewkb"
)

// PoolClass is which pool a transaction takes its connection from, so that a
// storm of one kind of work does not starve another.
type PoolClass int

// The pools.
const (
	API   PoolClass = iota // requests: short reads and writes
	Tiles                  // reading for snapshots and tiles
	Jobs                   // imports, exports, whole-district work
)

var poolNames = [...]string{"api", "tiles", "jobs"}

// serviceRole is what every pooled connection runs as.
const serviceRole = "gridward_service"

// Config says which database to use.
type Config struct {
	URL  string // DATABASE_URL; empty: a private cluster in Dir
	Dir  string // GRIDWARD_DIR
	Fast bool   // a private cluster without durability, for tests
	Log  *slog.Logger
}

// DB is the database: a private cluster, if need be, and the pools.
type DB struct {
	url     string
	cluster *Cluster
	pools   [3]*pgxpool.Pool
	log     *slog.Logger
}

// Open starts the private cluster if no URL is given, brings the schema up to
// date if migrate is set, and opens the pools.
func Open(ctx context.Context, cfg Config, migrate bool) (*DB, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	db := &DB{url: cfg.URL, log: cfg.Log}
	if db.url == "" {
		cluster, err := StartCluster(ctx, cfg.Dir, ClusterOptions{Fast: cfg.Fast, Log: cfg.Log})
		if err != nil {
			return nil, err
		}
		db.cluster = cluster
		db.url = cluster.URL("gridward")
		if err := createDatabase(ctx, cluster.URL("postgres"), "gridward"); err != nil {
			return nil, errors.Join(err, cluster.Close())
		}
	}
	if err := db.open(ctx, migrate); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, migrate bool) error {
	if migrate {
		if err := Migrate(ctx, db.url, db.log); err != nil {
			return err
		}
	}
	for class := range db.pools {
		pool, err := db.pool(ctx, PoolClass(class))
		if err != nil {
			return err
		}
		db.pools[class] = pool
	}
	return nil
}

func createDatabase(ctx context.Context, url, name string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to the private cluster: %w", err)
	}
	defer conn.Close(ctx)
	var there bool
	if err := conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, name).Scan(&there); err != nil {
		return err
	}
	if there {
		return nil
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize())
	return err
}

// pool opens one pool. Every connection steps down to the service's role in
// its start-up message, so there is no moment at which it is more.
func (db *DB) pool(ctx context.Context, class PoolClass) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(db.url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	p := cfg.ConnConfig.RuntimeParams
	p["role"] = serviceRole
	p["application_name"] = "gridward-" + poolNames[class]
	p["search_path"] = "public"
	p["timezone"] = "UTC"
	p["jit"] = "off"
	p["idle_in_transaction_session_timeout"] = "60000"
	cfg.MaxConnLifetime = time.Hour
	cfg.MaxConnLifetimeJitter = 5 * time.Minute
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.PingTimeout = 2 * time.Second
	switch class {
	case API:
		cfg.MaxConns, p["statement_timeout"] = 12, "15000"
	case Tiles:
		cfg.MaxConns, p["statement_timeout"] = 6, "60000"
		p["default_transaction_read_only"], p["max_parallel_workers_per_gather"] = "on", "0"
	case Jobs:
		cfg.MaxConns, p["statement_timeout"] = 4, "1800000"
	}
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error { return ewkb.Register(ctx, conn) }
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the %s pool: %w", poolNames[class], err)
	}
	return pool, nil
}

// Close closes the pools and lets go of the private cluster, which stops when
// no other process uses it.
func (db *DB) Close() error {
	for _, p := range db.pools {
		if p != nil {
			p.Close()
		}
	}
	if db.cluster != nil {
		return db.cluster.Close()
	}
	return nil
}

// URL is the owner's connection string, for migrations and for the user's own
// tools.
func (db *DB) URL() string { return db.url }

// Ready says whether the database can be written within a second and has the
// schema of this program.
func (db *DB) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var readOnly bool
	if err := db.pools[API].QueryRow(ctx, `select pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean`).Scan(&readOnly); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	if readOnly {
		return errors.New("the database is read-only")
	}
	return nil
}

// CheckWalls proves that the second wall stands: the service's role owns
// nothing and cannot bypass row-level security, and every table of the schema
// that belongs to a district has a forced policy.
func (db *DB) CheckWalls(ctx context.Context) error {
	var role string
	var strong bool
	var owned int
	var open []string
	err := db.pools[API].QueryRow(ctx, `
		select current_user,
		       (select rolsuper or rolbypassrls from pg_roles where rolname = current_user),
		       (select count(*) from pg_class where relowner = current_user::regrole and relpersistence = 'p'),
		       (select coalesce(array_agg(c.relname::text order by c.relname), '{}')
		        from pg_class c
		        where c.relnamespace = 'gridward'::regnamespace and c.relkind in ('r', 'p')
		          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'district' and not a.attisdropped)
		          and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid)))`).
		Scan(&role, &strong, &owned, &open)
	switch {
	case err != nil:
		return fmt.Errorf("check the walls: %w", err)
	case role != serviceRole:
		return fmt.Errorf("the service runs as %s and not as %s: refusing to serve", role, serviceRole)
	case strong:
		return fmt.Errorf("the role %s can bypass row-level security: refusing to serve; alter role %[1]s nosuperuser nobypassrls", role)
	case owned > 0:
		return fmt.Errorf("the role %s owns %d tables, so their policies do not hold for it: refusing to serve", role, owned)
	case len(open) > 0:
		return fmt.Errorf("no forced row-level security on %v: refusing to serve; run gridward migrate", open)
	}
	return nil
}

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
// date if migrate is set (else a schema older than the program is an error),
// and opens the pools.
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
	} else if err := checkVersion(ctx, db.url); err != nil {
		return err
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
	if c := code(err); c == "42P04" || c == "23505" {
		return nil // another process made it in between
	}
	if err != nil {
		return fmt.Errorf("make the database %s: %w", name, err)
	}
	return nil
}

// connConfig is a connection of the service. It steps down to the service's
// role in its start-up message, so there is no moment at which it is more.
func (db *DB) connConfig(cfg *pgx.ConnConfig, name string) {
	cfg.ConnectTimeout = 2 * time.Second // for each host of the URL
	cfg.OnNotice = noteWarning
	p := cfg.RuntimeParams
	p["role"] = serviceRole
	p["application_name"] = "gridward-" + name
	p["search_path"] = "public"
	p["timezone"] = "UTC"
	p["jit"] = "off"
	p["idle_in_transaction_session_timeout"] = "60000"
}

// pool opens one pool.
func (db *DB) pool(ctx context.Context, class PoolClass) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(db.url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	db.connConfig(cfg.ConnConfig, poolNames[class])
	// A server that lost its primary's place, or one that came back, is left or
	// found within minutes and without a restart.
	cfg.MaxConnLifetime = 5 * time.Minute
	cfg.MaxConnLifetimeJitter = time.Minute
	cfg.MaxConnIdleTime = 2 * time.Minute
	cfg.HealthCheckPeriod = 5 * time.Second
	cfg.PingTimeout = 2 * time.Second
	p := cfg.ConnConfig.RuntimeParams
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

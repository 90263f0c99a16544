// Command gridward is the whole service in one program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
	_ "time/tzdata" // Asia/Shanghai, also where the system has no zones

	"github.com/alecthomas/kong"
	"github.com/google/uuid"
	"golang.org/x/term"

	"gridward/grids/coverage"
	"gridward/grids/coverage/policy"
	"gridward/internal/jobs"
	"gridward/internal/postgres"
	"gridward/layers"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], time.Now, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "gridward:", err)
		os.Exit(1)
	}
}

// cli is every command with its flags and environment: the operator's manual.
type cli struct {
	Dir      string `env:"GRIDWARD_DIR" default:".gridward" help:"Folder of the private database, tokens and locks."`
	Database string `env:"DATABASE_URL" help:"Your own PostgreSQL with PostGIS, as its owner. Without it Gridward runs a private one in the folder."`
	District string `env:"GRIDWARD_DISTRICT" default:"310113" help:"Six digits of the district to work on."`
	Layers   string `env:"GRIDWARD_LAYERS" type:"existingdir" help:"Folder of your own layer definitions (YAML); one named as a shipped layer stands in its place."`
	Key      string `env:"GRIDWARD_SIGNING_KEY" help:"File with the key that signs certificates; without it one is made in the folder. Servers of one database share it."`
	LogLevel string `env:"GRIDWARD_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	LogJSON  bool   `env:"GRIDWARD_LOG_JSON" help:"Log as JSON, for machines."`

	Serve      serveCmd      `cmd:"" help:"Serve the API, tiles and console."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database's schema up to date."`
	Demo       demoCmd       `cmd:"" help:"Make the synthetic demo district."`
	Import     importCmd     `cmd:"" help:"Import units, places or hazards from a file."`
	Export     exportCmd     `cmd:"" help:"Export a layer as GeoJSON, GeoJSON text sequence or CSV."`
	Plan       planCmd       `cmd:"" help:"Make or read the plans that divide towns into grids, and assign every place."`
	Policy     policyCmd     `cmd:"" help:"Check, store and show the policy: who inspects what, how often."`
	Coverage   coverageCmd   `cmd:"" help:"Say whether a period's inspection is complete, and why not."`
	Verify     verifyCmd     `cmd:"" help:"Prove that every place has one grid, one class and one holder per duty."`
	Tiles      tilesCmd      `cmd:"" help:"Export tiles."`
	BenchTiles benchTilesCmd `cmd:"" hidden:"" help:"Measure tiles on the demo district, beside ST_AsMVT."`
	Token      tokenCmd      `cmd:"" help:"Make and revoke access tokens."`
}

// app is what commands share.
type app struct {
	cli *cli
	out io.Writer
	err io.Writer
	log *slog.Logger
	now func() time.Time
	tty bool
}

// run is the program with its clock and its outputs given.
func run(ctx context.Context, args []string, now func() time.Time, stdout, stderr io.Writer) error {
	uuid.EnableRandPool() // ids of requests need no system call each
	var c cli
	parser, err := kong.New(&c, kong.Name("gridward"),
		kong.Description("Gridward keeps a district's grids, places and inspections on one map and proves whether coverage is complete.\n\nStart with: gridward demo, then gridward serve."),
		kong.UsageOnError(), kong.Writers(stdout, stderr), kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	a := &app{cli: &c, out: stdout, err: stderr, now: now}
	if f, ok := stderr.(*os.File); ok {
		a.tty = term.IsTerminal(int(f.Fd()))
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return err
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogJSON {
		a.log = slog.New(slog.NewJSONHandler(stderr, options))
	} else {
		a.log = slog.New(slog.NewTextHandler(stderr, options))
	}
	return command.Run(ctx, a)
}

// open opens the database, its schema up to date.
func (a *app) open(ctx context.Context) (*postgres.DB, error) {
	dir, err := filepath.Abs(a.cli.Dir)
	if err != nil {
		return nil, err
	}
	db, err := postgres.Open(ctx, postgres.Config{URL: a.cli.Database, Dir: dir, Log: a.log}, true)
	if err != nil {
		return nil, err
	}
	if err := jobs.Migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openWithLayers opens the database and reads the layers.
func (a *app) openWithLayers(ctx context.Context) (*postgres.DB, *layers.Set, error) {
	db, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	set, err := a.layers()
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, set, nil
}

// layers are the shipped layers and the district's own.
func (a *app) layers() (*layers.Set, error) {
	if a.cli.Layers == "" {
		return layers.Shipped()
	}
	return layers.Shipped(os.DirFS(a.cli.Layers))
}

// scope is the whole district, for commands of its administrators.
func (a *app) scope(actor string) postgres.Scope {
	return postgres.Scope{District: a.cli.District, Actor: "cli:" + actor}
}

// inForce is the policy and the day by it.
type inForce struct {
	policy *policy.Policy
	today  time.Time
}

func (a *app) policyNow(ctx context.Context, tx *postgres.Tx) (f inForce, err error) {
	if f.policy, err = coverage.PolicyAt(ctx, tx, a.now()); err == nil {
		f.today = policy.DateOf(a.now(), f.policy.Zone())
	}
	return f, err
}

// districtFacts are what most commands read first.
type districtFacts struct {
	policy *policy.Policy
	day    time.Time
	units  []layers.Unit
	tree   *layers.Tree
}

func (a *app) facts(ctx context.Context, tx *postgres.Tx) (districtFacts, error) {
	p, err := a.policyNow(ctx, tx)
	f := districtFacts{policy: p.policy, day: p.today}
	if err != nil {
		return f, err
	}
	if f.units, err = layers.UnitsAt(ctx, tx, f.day); err != nil {
		return f, err
	}
	f.tree = layers.NewTree(f.units)
	if len(f.tree.OfKind(layers.District)) == 0 {
		return f, fmt.Errorf("the database has no units of district %s: run gridward demo, or gridward import --units", a.cli.District)
	}
	return f, nil
}

func inspectedLayers(set *layers.Set) []string {
	var out []string
	for _, d := range set.All() {
		if d.Inspected {
			out = append(out, d.Layer)
		}
	}
	return out
}

// keyFile is where the key lies that signs certificates.
func (a *app) keyFile() string {
	if a.cli.Key != "" {
		return a.cli.Key
	}
	return filepath.Join(a.cli.Dir, "signing-key.pem")
}

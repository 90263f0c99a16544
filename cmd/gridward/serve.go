package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"gridward/internal/earlyreply"
	"gridward/internal/httpapi"
	"gridward/internal/jobs"
	"gridward/internal/postgres"
	"gridward/web"
)

type serveCmd struct {
	Addr        string `env:"GRIDWARD_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	LayerMemory int    `env:"GRIDWARD_LAYER_MEMORY" default:"1024" help:"Megabytes that a layer of places may hold in memory. A larger one is read from the database when a tile of it is drawn."`
	Demo        bool   `env:"GRIDWARD_DEMO" help:"Make the demo district first if the database has none, and print its administrator's token."`
}

// drain is how long a stopping service waits for what it accepted.
const drain = 20 * time.Second

// Run serves until ctx ends, then finishes what it accepted.
func (c serveCmd) Run(ctx context.Context, a *app) error {
	lock, err := postgres.LockService(a.cli.Dir)
	if err != nil {
		return err
	}
	defer lock.Release()
	// The port is taken before the long work, so that a busy one is known at once.
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w; set GRIDWARD_ADDR to another address", err)
	}
	defer listener.Close()
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.CheckWalls(ctx); err != nil {
		return err
	}
	set, err := a.layers()
	if err != nil {
		return err
	}
	if c.Demo {
		if err := a.ensureDemo(ctx, db, set); err != nil {
			return err
		}
	}
	api := httpapi.New(httpapi.Options{DB: db, Layers: set, Log: a.log, KeyFile: a.keyFile(), Console: web.Handler, LayerBytes: c.LayerMemory << 20})
	defer api.Close()
	server := &http.Server{Handler: api.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	server.RegisterOnShutdown(api.EndStreams)
	done := make(chan error, 1)
	go func() { done <- earlyreply.Serve(server, listener, api.KeptTile) }()
	fmt.Fprintf(a.out, "Gridward serves on http://%s\n", listener.Addr())
	if c.Demo {
		a.printDemoToken(listener.Addr().String())
	}
	if err := api.Warm(ctx, a.cli.District); err != nil {
		a.log.Warn("the district is not loaded yet", "district", a.cli.District, "error", err)
	}
	work, err := jobs.Start(ctx, jobs.Options{DB: db, Log: a.log, Districts: []string{a.cli.District}, Inspected: inspectedLayers(set)})
	if err != nil {
		return err
	}
	var failed error
	select {
	case failed = <-done:
	case <-ctx.Done():
	}
	a.log.Info("stopping: finishing what was accepted")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := errors.Join(failed, server.Shutdown(stop)); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(fmt.Errorf("serve: %w", err), work.Stop(stop))
	}
	return work.Stop(stop)
}

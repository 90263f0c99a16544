package postgres

import (
	"context"
	"syscall"
	"time"
)

const (
	lookEvery    = 250 * time.Millisecond
	longestPause = 30 * time.Second // between tries to start a server that does not
)

// watch starts the server anew when it has gone although we hold the cluster:
// it was killed, ran out of memory, or somebody stopped it. It ends with ctx.
func (c *Cluster) watch(ctx context.Context, opts ClusterOptions) {
	defer close(c.watched)
	gone, pause := 0, time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery + pause):
		}
		if pid, _ := c.postmaster(); pid != 0 {
			gone, pause = 0, 0
			continue
		}
		if gone++; gone < 2 {
			continue // a note that is just being written
		}
		began := time.Now()
		switch err := c.revive(ctx, opts); {
		case err == nil:
			c.log.Warn("the private cluster had gone and was started anew", "took", time.Since(began).Round(time.Millisecond))
			gone = 0
		case ctx.Err() == nil:
			pause = min(max(2*pause, time.Second), longestPause)
			c.log.Error("the private cluster has gone and does not start; trying again", "in", pause, "error", err)
		}
	}
}

// revive starts the server, unless another process that holds the cluster was
// faster.
func (c *Cluster) revive(ctx context.Context, opts ClusterOptions) error {
	if err := waitLock(ctx, c.locks.start, syscall.LOCK_EX); err != nil {
		return err
	}
	defer c.locks.started()
	if pid, _ := c.postmaster(); pid != 0 {
		return c.await(ctx, nil)
	}
	return c.launch(ctx, opts)
}

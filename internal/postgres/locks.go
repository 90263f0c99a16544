package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// clusterLocks are two file locks of a folder: start is held while a cluster
// is started or stopped; users is shared by every process that uses it. The
// kernel drops them with the process, however it ends.
type clusterLocks struct {
	start, users *os.File
	closed       atomic.Bool
}

// lockCluster takes both; started lets go of the first.
func lockCluster(ctx context.Context, dir string) (*clusterLocks, error) {
	l := &clusterLocks{}
	var err error
	if l.start, err = openLock(filepath.Join(dir, "start.lock")); err != nil {
		return nil, err
	}
	if l.users, err = openLock(filepath.Join(dir, "users.lock")); err != nil {
		l.start.Close()
		return nil, err
	}
	err = waitLock(ctx, l.start, syscall.LOCK_EX)
	if err == nil {
		err = waitLock(ctx, l.users, syscall.LOCK_SH)
	}
	if err != nil {
		l.start.Close()
		l.users.Close()
		return nil, fmt.Errorf("wait for the cluster's lock in %s: %w", dir, err)
	}
	return l, nil
}

func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	return f, nil
}

// waitLock polls, since flock itself cannot be given a deadline.
func waitLock(ctx context.Context, f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (l *clusterLocks) started() { syscall.Flock(int(l.start.Fd()), syscall.LOCK_UN) }

func (l *clusterLocks) release() {
	l.users.Close()
	l.start.Close()
}

// close runs stop if nobody else uses the cluster, then lets go of it.
func (l *clusterLocks) close(stop func() error) error {
	if l.closed.Swap(true) {
		return nil
	}
	defer l.release()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := waitLock(ctx, l.start, syscall.LOCK_EX); err != nil {
		return err
	}
	if err := syscall.Flock(int(l.users.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil // others go on using it
	}
	return stop()
}

// ServiceLock is held by the one service of a folder.
type ServiceLock struct{ f *os.File }

// LockService refuses a second service on one folder, naming the first.
func LockService(dir string) (*ServiceLock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the service's folder: %w", err)
	}
	path := filepath.Join(dir, "service.lock")
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		raw, _ := os.ReadFile(path)
		pid := strings.TrimSpace(string(raw))
		if pid == "" {
			pid = "just starting"
		}
		return nil, fmt.Errorf("another gridward (process %s) serves from the folder %s: stop it, or set GRIDWARD_DIR to another folder", pid, dir)
	}
	if err := errors.Join(f.Truncate(0), writePID(f)); err != nil {
		f.Close()
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return &ServiceLock{f}, nil
}

func writePID(f *os.File) error {
	_, err := f.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	return err
}

// Release ends the lock.
func (l *ServiceLock) Release() { l.f.Close() }

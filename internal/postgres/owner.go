package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner is the user that a cluster runs as when we are root: PostgreSQL
// refuses to run as root, so we step down.
type owner struct{ uid, gid int }

// serverOwner is nil unless we are root.
func serverOwner() (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &owner{uid, gid}, nil
	}
	return nil, errors.New("running as root, and there is neither a user postgres nor a user nobody to run PostgreSQL as")
}

func (o *owner) credential() *syscall.Credential {
	return &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
}

// mkdir makes a folder that belongs to the owner.
func (o *owner) mkdir(path string, mode os.FileMode) error {
	if err := os.MkdirAll(path, mode); err != nil {
		return fmt.Errorf("make folder %s: %w", path, err)
	}
	if o == nil {
		return nil
	}
	if err := os.Chown(path, o.uid, o.gid); err != nil {
		return fmt.Errorf("give folder %s to the server's user: %w", path, err)
	}
	return os.Chmod(path, mode)
}

// reaches reports whether the owner may walk down to a folder.
func (o *owner) reaches(path string) bool {
	for p := filepath.Dir(path); ; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		if err != nil {
			return false
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return false
		}
		var bit os.FileMode = 0o001
		switch {
		case int(st.Uid) == o.uid:
			bit = 0o100
		case int(st.Gid) == o.gid:
			bit = 0o010
		}
		if info.Mode().Perm()&bit == 0 {
			return false
		}
		if p == "/" {
			return true
		}
	}
}

// dataFolder is dir/pg. Where the server's user cannot walk down to it (a
// clone under root's closed home folder), dir/pg becomes a link to a folder of
// its own under /var/lib/gridward.
func (c *Cluster) dataFolder(dir string) (string, error) {
	pg := filepath.Join(dir, "pg")
	if c.owner == nil || c.owner.reaches(pg) {
		return pg, c.owner.mkdir(pg, 0o700)
	}
	far := filepath.Join("/var/lib/gridward", shortHash(pg))
	if err := os.MkdirAll(filepath.Dir(far), 0o755); err != nil {
		return "", fmt.Errorf("make the cluster's folder: %w", err)
	}
	if err := c.owner.mkdir(far, 0o700); err != nil {
		return "", err
	}
	if at, err := os.Readlink(pg); err != nil || at != far {
		if err := os.Symlink(far, pg); err != nil {
			return "", fmt.Errorf("link %s to %s: %w", pg, far, err)
		}
		c.log.Info("PostgreSQL's user cannot reach this folder; its data lies elsewhere", "folder", pg, "data", far)
	}
	return far, nil
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

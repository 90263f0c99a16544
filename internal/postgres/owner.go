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

// mkdir makes a folder that belongs to the owner and that nobody else may
// enter. The folder may lie among other people's (a temporary folder): one that
// somebody else made, or a link, is refused rather than trusted.
func (o *owner) mkdir(path string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", filepath.Dir(path), err)
	}
	if err := os.Mkdir(path, mode); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make folder %s: %w", path, err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("make folder %s: %w", path, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() {
		return fmt.Errorf("%s is not a folder: remove it", path)
	}
	uid := os.Geteuid()
	if int(st.Uid) != uid && (o == nil || int(st.Uid) != o.uid) {
		return fmt.Errorf("the folder %s belongs to user %d and not to us: remove it", path, st.Uid)
	}
	if o != nil {
		if err := os.Lchown(path, o.uid, o.gid); err != nil {
			return fmt.Errorf("give folder %s to the server's user: %w", path, err)
		}
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
// its own under /var/lib/gridward, and stays one.
func (c *Cluster) dataFolder(dir string) (string, error) {
	pg := filepath.Join(dir, "pg")
	info, err := os.Lstat(pg)
	switch {
	case err == nil && info.Mode()&os.ModeSymlink != 0:
		far, err := filepath.EvalSymlinks(pg)
		if err != nil {
			return "", fmt.Errorf("the cluster's folder %s is a link that leads nowhere; remove it to begin anew: %w", pg, err)
		}
		return far, c.owner.mkdir(far, 0o700)
	case c.owner == nil || c.owner.reaches(pg):
		return pg, c.owner.mkdir(pg, 0o700)
	case err == nil:
		return "", fmt.Errorf("the user that PostgreSQL runs as cannot reach %s: let it walk there (chmod o+x on the folders above), or move %[1]s to a folder that it can reach and leave a link", pg)
	}
	far := filepath.Join("/var/lib/gridward", shortHash(pg))
	if err := c.owner.mkdir(far, 0o700); err != nil {
		return "", err
	}
	if err := os.Symlink(far, pg); err != nil {
		return "", fmt.Errorf("link %s to %s: %w", pg, far, err)
	}
	c.log.Info("PostgreSQL's user cannot reach this folder; its data lie elsewhere", "folder", pg, "data", far)
	return far, nil
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

package certificate

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
	mostKeyBytes = 1 << 12
)

// KeyID names a public key: the first 16 hexadecimal digits of its SHA-256. It
// is for people and logs; trust compares whole keys.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// LoadOrCreateKey reads the private key of a file (PEM, PKCS #8), and makes both
// where there is none, the file with mode 0600. A file that others can read is
// refused: its key may be anybody's, and a narrower mode now would not help.
func LoadOrCreateKey(path string) (ed25519.PrivateKey, error) {
	key, err := loadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make a signing key at %s: %w", path, err)
	}
	return loadKey(path) // ours, or that of whoever came first
}

func loadKey(path string) (ed25519.PrivateKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("signing key %s is not a file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("signing key %s has mode %04o, and others than its owner can reach it: "+
			"if nobody can have copied it, chmod 600 it; otherwise move it away, and a new one is made", path, mode)
	}
	raw, err := io.ReadAll(io.LimitReader(f, mostKeyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the signing key %s: %w", path, err)
	}
	der, err := onlyBlock(raw, privateBlock)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", path, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("signing key %s is a %T, and an Ed25519 key is wanted", path, parsed)
	}
	return key, nil
}

// createKey makes the whole file under another name and then gives it its own,
// so that nobody ever reads half a key and of two who try one wins.
func createKey(path string) error {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der}))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	// A key that is lost after its first certificate leaves one that nobody can
	// follow up, so its name is made to last as well.
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// MarshalPublicKey is a public key to hand out: PEM, PKIX.
func MarshalPublicKey(key ed25519.PublicKey) ([]byte, error) {
	if len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("a public key of %d bytes, want %d", len(key), ed25519.PublicKeySize)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("write a public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der}), nil
}

// ParsePublicKey reads what [MarshalPublicKey] wrote.
func ParsePublicKey(raw []byte) (ed25519.PublicKey, error) {
	der, err := onlyBlock(raw, publicBlock)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	key, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("public key is a %T, and an Ed25519 key is wanted", parsed)
	}
	return key, nil
}

// onlyBlock is the one PEM block of a text that has nothing else.
func onlyBlock(raw []byte, kind string) ([]byte, error) {
	if len(raw) > mostKeyBytes {
		return nil, fmt.Errorf("more than %d bytes are no key", mostKeyBytes)
	}
	block, rest := pem.Decode(raw)
	switch {
	case block == nil || !bytes.HasPrefix(raw, []byte("-----BEGIN ")):
		return nil, errors.New("it does not begin with a PEM block")
	case block.Type != kind:
		return nil, fmt.Errorf("its PEM block is %q, and %q is wanted", block.Type, kind)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("something follows its PEM block")
	}
	return block.Bytes, nil
}

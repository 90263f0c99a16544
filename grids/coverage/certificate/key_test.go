package certificate_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gridward/grids/coverage/certificate"
)

func TestKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "signing.pem")
	keys := make([]ed25519.PrivateKey, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := certificate.LoadOrCreateKey(path)
			if err != nil {
				t.Error(err)
			}
			keys[i] = k
		})
	}
	wg.Wait()
	for _, k := range keys {
		if !k.Equal(keys[0]) {
			t.Fatal("two who came at once have two keys")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v: %v", info.Mode(), err)
	}
	if rest, err := os.ReadDir(filepath.Dir(path)); err != nil || len(rest) != 1 {
		t.Fatalf("%v is left: %v", rest, err)
	}
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	block := func(kind string, der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	der, err := x509.MarshalPKCS8PrivateKey(seeded(1))
	good := block("PRIVATE KEY", der, err)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKCS8PrivateKey(other)
	ec := block("PRIVATE KEY", ecDER, err)
	for _, c := range []struct {
		name string
		raw  []byte
		mode os.FileMode
		want string
	}{
		{"good", good, 0o600, ""},
		{"its owner may not write it", good, 0o400, ""},
		{"the group reads it", good, 0o640, "chmod 600"},
		{"all read it", good, 0o604, "chmod 600"},
		{"the group writes it", good, 0o620, "chmod 600"},
		{"empty", nil, 0o600, "PEM"},
		{"cut", good[:len(good)/2], 0o600, "PEM"},
		{"another block", block("PUBLIC KEY", der, nil), 0o600, "PRIVATE KEY"},
		{"another key", ec, 0o600, "Ed25519"},
		{"not a key", block("PRIVATE KEY", []byte{1, 2}, nil), 0o600, "asn1"},
		{"two keys", append(bytes.Clone(good), good...), 0o600, "follows"},
		{"something before it", append([]byte("key:\n"), good...), 0o600, "begin"},
		{"long", bytes.Repeat([]byte("x"), 1<<16), 0o600, "4096"},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, c.raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		k, err := certificate.LoadOrCreateKey(path)
		switch {
		case c.want == "" && (err != nil || !k.Equal(seeded(1))):
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want something about %s", c.name, err, c.want)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, c.raw) {
			t.Errorf("%s: the file was changed: %v", c.name, err)
		}
	}
	if _, err := certificate.LoadOrCreateKey(dir); err == nil {
		t.Error("a folder was taken for a key")
	}
	if _, err := certificate.LoadOrCreateKey(filepath.Join(dir, "no", "folder")); err == nil {
		t.Error("a key was made in a folder that is not there")
	}
}

func TestPublicKeys(t *testing.T) {
	t.Parallel()
	key := public(seeded(1))
	raw, err := certificate.MarshalPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := certificate.ParsePublicKey(raw); err != nil || !back.Equal(key) {
		t.Errorf("%v: %v", back, err)
	}
	sum := sha256.Sum256(key)
	if id := certificate.KeyID(key); len(id) != 16 || !strings.HasPrefix(hex.EncodeToString(sum[:]), id) {
		t.Errorf("key id %s", id)
	}
	if _, err := certificate.MarshalPublicKey(key[:31]); err == nil {
		t.Error("31 bytes were taken for a key")
	}
	for _, bad := range [][]byte{nil, raw[:20], append(bytes.Clone(raw), "x"...), bytes.ReplaceAll(raw, []byte("PUBLIC"), []byte("PRIVATE"))} {
		if _, err := certificate.ParsePublicKey(bad); err == nil {
			t.Errorf("%q was taken for a key", bad)
		}
	}
}

func FuzzParsePublicKey(f *testing.F) {
	raw, err := certificate.MarshalPublicKey(public(seeded(1)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if k, err := certificate.ParsePublicKey(raw); err == nil && len(k) != ed25519.PublicKeySize {
			t.Fatalf("a key of %d bytes", len(k))
		}
	})
}
